/**
 * A worker of the index demo. It does one step for each message, and answers each:
 *
 *     'start'      nothing                        --> the worker is ready
 *     'build'      index a share of the files     --> the files that could not be read
 *     'hand over'  give the result away           --> where it stands, or a copy of it
 *
 * `workerData.heap` says how: with it the index is a tree in shared memory, without it a Map.
 *
 * @module demo/index.worker
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { reasonOf } from './lib/files.js';
import { Job } from './lib/job.js';
import { eachIdentifier } from './lib/tokens.js';

/**
 * @typedef {object} WorkerData
 * @property {string[]} paths
 * @property {Int32Array<SharedArrayBuffer>} counters
 * @property {import('../../js/index.js').HeapDescriptor | null} heap
 */

const { paths, counters, heap } = /** @type {WorkerData} */ (workerData);
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const job = new Job(counters);
const builder = await makeBuilder();

port.on('message', (step) => {
  if (step === 'start') port.postMessage('ready');
  if (step === 'build') port.postMessage(build());
  if (step === 'hand over') port.postMessage(builder.handOver());
});

async function makeBuilder() {
  if (heap === null) {
    const { TableBuilder } = await import('./lib/table.js');
    return new TableBuilder();
  }
  const { Heap } = await import('../../js/index.js');
  const { TreeBuilder } = await import('./lib/tree.js');
  return new TreeBuilder(Heap.attach(heap));
}

/** @returns {import('./lib/files.js').Unreadable[]} */
function build() {
  /** @type {import('./lib/files.js').Unreadable[]} */
  const unreadable = [];
  for (let index = job.take(); index < paths.length; index = job.take()) {
    const path = paths[index];
    const bytes = read(path, unreadable);
    if (bytes !== null) builder.addFile(bytes, eachIdentifier);
    job.done(bytes?.length ?? 0);
  }
  return unreadable;
}

/**
 * @param {string} path
 * @param {import('./lib/files.js').Unreadable[]} unreadable
 * @returns {Uint8Array | null}
 */
function read(path, unreadable) {
  try {
    return readFileSync(path);
  } catch (error) {
    unreadable.push({ path, reason: reasonOf(error) });
    return null;
  }
}
