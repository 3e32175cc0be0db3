/**
 * A stage of the pipeline: `read`, `hash` or `count`; over shared memory, or over messages.
 *
 * @module demo/pipeline.worker
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { Channel, MemoryPool } from '../../js/index.js';
import { attach } from '../../js/worker.js';
import { countsOf, hashOf } from './lib/bytes.js';
import { FileResult } from './lib/result.js';

/** @typedef {import('./lib/files.js').TextFile} TextFile */
/** @typedef {{ index: number, bytes: Uint8Array<ArrayBuffer> }} Message */

const { stage, files, isTransferred } = workerData;
if (workerData.heap === undefined) startWithMessages();
else runShared();

function runShared() {
  const heap = attach(workerData.heap);
  const pool = MemoryPool.attach(heap, 'files');
  const [toHash, toCount] = workerData.channels.map(
    (/** @type {import('../../js/index.js').ChannelDescriptor} */ descriptor) =>
      Channel.attach(heap, descriptor),
  );
  const resultOf = (/** @type {number} */ index) =>
    FileResult.at(heap, workerData.results + index * FileResult.bytes);
  parentPort?.postMessage('ready');
  if (stage === 'read') {
    for (const { index, path, bytes } of files) {
      const allocation = pool.allocWait(bytes, { id: index + 1 }); // waits while the budget is used up
      readInto(allocation.bytes(), path);
      toHash.send(allocation);
    }
  } else if (stage === 'hash') {
    for (const allocation of toHash) {
      resultOf(allocation.typeId - 1).hash = hashOf(allocation.bytes());
      toCount.send(allocation);
    }
  } else {
    for (const allocation of toCount) {
      const result = resultOf(allocation.typeId - 1);
      Object.assign(result, countsOf(allocation.bytes()));
      FileResult.atomic.times.add(result, 1);
      allocation.free();
    }
  }
  heap.detach();
}

/** @param {Uint8Array} target in shared memory @param {string} path */
function readInto(target, path) {
  const file = openSync(path, 'r');
  for (let at = 0; at < target.length; ) {
    const count = readSync(file, target, at, target.length - at, null);
    if (count === 0) throw new Error(`${path} has become shorter`);
    at += count;
  }
  closeSync(file);
}

/** The main thread sends work, and gets it back for the next stage. */
function startWithMessages() {
  parentPort?.on('message', (/** @type {Message & { path: string }} */ { index, path, bytes }) => {
    if (stage === 'read') {
      const content = new Uint8Array(readFileSync(path));
      answer({ index, bytes: content });
    } else if (stage === 'hash') {
      answer({ index, bytes, hash: hashOf(bytes) });
    } else {
      parentPort?.postMessage({ index, ...countsOf(bytes) });
    }
  });
  parentPort?.postMessage('ready');
}

/** @param {Message & { hash?: number }} message */
function answer(message) {
  parentPort?.postMessage(message, isTransferred ? [message.bytes.buffer] : []);
}
