/**
 * The pipeline, once over shared memory and once over messages: read, hash, count.
 *
 * @module demo/lib/stages
 */
import { Worker } from 'node:worker_threads';
import { Heap } from '../../../js/index.js';
import { FileResult } from './result.js';

/** @typedef {import('./files.js').TextFile} TextFile */
/** @typedef {{ hash: number, lines: number, words: number, times: number }} Row */
/** @typedef {{ rows: Row[], milliseconds: number }} Run */
/** @typedef {Run & { left: number, peak: number, orphans: number, isKilled: boolean }} SharedRun */

const POOL_ALLOCATIONS_MAX = 512;
const CHANNEL_CAPACITY = 64;
const LOOK_MS = 2;

/** @param {object} workerData */
function startStage(workerData) {
  const worker = new Worker(new URL('../pipeline.worker.js', import.meta.url), { workerData });
  const ended = new Promise((resolve, reject) => {
    worker.once('exit', resolve);
    worker.once('error', reject);
  });
  const ready = new Promise((resolve) => worker.once('message', resolve));
  return { worker, ended, ready };
}

/**
 * With `kills` the hasher is terminated half-way and another one started. What it had in hand comes to this thread
 * as an orphan, and goes into the channel again.
 *
 * @param {readonly TextFile[]} files
 * @param {number} budgetBytes
 * @param {boolean} kills
 * @returns {Promise<SharedRun>}
 */
export async function runShared(files, budgetBytes, kills) {
  const heap = Heap.create();
  /** @type {import('../../../js/index.js').Allocation<never>[]} */
  const orphans = [];
  const pool = heap.memoryPool('files', {
    bytes: budgetBytes,
    minBlock: 1024,
    maxAllocations: POOL_ALLOCATIONS_MAX,
    onOrphan: (allocation) => {
      orphans.push(allocation);
      return 'own';
    },
  });
  const toHash = heap.channel({ capacity: CHANNEL_CAPACITY, of: pool });
  const toCount = heap.channel({ capacity: CHANNEL_CAPACITY, of: pool });
  const results = heap.calloc(files.length, FileResult.bytes);
  const rows = files.map((_, i) => FileResult.at(heap, results + i * FileResult.bytes));
  const indexed = files.map((file, index) => ({ ...file, index }));
  const start = (/** @type {object} */ data) => {
    const { descriptor } = heap;
    const channels = [toHash.descriptor, toCount.descriptor];
    const stage = startStage({ ...data, heap: descriptor, channels, results });
    heap.watch(stage.worker);
    return stage;
  };
  const counter = start({ stage: 'count' });
  let hasher = start({ stage: 'hash' });
  await Promise.all([counter.ready, hasher.ready]);

  const reader = start({ stage: 'read', files: indexed });
  await reader.ready;
  const begin = performance.now();
  let isKilled = false;
  if (kills) {
    const doneCount = () => rows.reduce((sum, { times }) => sum + times, 0);
    const half = Math.floor(files.length / 2);
    while (doneCount() < half) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    await hasher.worker.terminate(); // wherever it is just now
    isKilled = doneCount() < files.length;
    hasher = start({ stage: 'hash' });
    for (const orphan of orphans) await toHash.sendAsync(orphan);
  }
  await reader.ended;
  toHash.close();
  await hasher.ended;
  toCount.close();
  await counter.ended;
  const milliseconds = performance.now() - begin;
  const run = {
    rows: rows.map(({ hash, lines, words, times }) => ({ hash, lines, words, times })),
    milliseconds,
    left: pool.size,
    peak: pool.peakAllocations,
    orphans: orphans.length,
    isKilled,
  };
  toHash.dispose();
  toCount.dispose();
  pool.destroy();
  heap.close();
  return run;
}

/**
 * The same with postMessage, by way of this thread. As many bytes are under way as the pool of the other run
 * has, or the reader would fill the memory.
 *
 * @param {readonly TextFile[]} files
 * @param {number} budgetBytes
 * @param {boolean} isTransferred
 * @returns {Promise<Run>}
 */
export async function runMessages(files, budgetBytes, isTransferred) {
  const [reader, hasher, counter] = ['read', 'hash', 'count'].map((stage) =>
    startStage({ stage, isTransferred }),
  );
  await Promise.all([reader.ready, hasher.ready, counter.ready]);
  /** @type {Row[]} */
  const rows = files.map(() => ({ hash: 0, lines: 0, words: 0, times: 0 }));
  const begin = performance.now();
  let next = 0;
  let done = 0;
  let bytesUnderWay = 0;
  const readMore = () => {
    while (next < files.length) {
      const { path, bytes } = files[next];
      if (bytesUnderWay > 0 && bytesUnderWay + bytes > budgetBytes) return;
      bytesUnderWay += bytes;
      reader.worker.postMessage({ index: next++, path });
    }
  };
  const transfer = (/** @type {Uint8Array<ArrayBuffer>} */ bytes) =>
    isTransferred ? [bytes.buffer] : [];
  await new Promise((resolve, reject) => {
    for (const { worker } of [reader, hasher, counter]) worker.once('error', reject);
    reader.worker.on('message', (message) => {
      hasher.worker.postMessage(message, transfer(message.bytes));
    });
    hasher.worker.on('message', ({ index, bytes, hash }) => {
      rows[index].hash = hash;
      counter.worker.postMessage({ index, bytes }, transfer(bytes));
    });
    counter.worker.on('message', ({ index, lines, words }) => {
      const row = rows[index];
      Object.assign(row, { lines, words, times: row.times + 1 });
      bytesUnderWay -= files[index].bytes;
      if (++done === files.length) resolve(undefined);
      readMore();
    });
    readMore();
  });
  const milliseconds = performance.now() - begin;
  await Promise.all([reader, hasher, counter].map(({ worker }) => worker.terminate()));
  return { rows, milliseconds };
}
