/**
 * Attaches to the heap in workerData and runs the commands that TestWorker sends.
 *
 * @module
 */
import { workerData } from 'node:worker_threads';
import { nodeThreads } from '../../js/base/environment.js';
import { attach, fromWorkerData } from '../../js/worker.js';
import { serve } from './commands.js';
import { enter } from './enter.js';

// In browsers there is none that the library could look into: test/browser/node/worker_threads.js plays it.
const heap = nodeThreads() === null ? await enter(workerData.heap ?? workerData) : fromWorkerData();

/** @type {Record<string, (...args: never[]) => unknown>} */
const commands = {
  thread: () => heap.thread,
  /** @param {number[]} sizes */
  alloc: (sizes) => sizes.map((bytes) => heap.alloc(bytes)),
  /** @param {number[]} addresses */
  free: (addresses) => addresses.map((address) => outcome(() => heap.free(address))),
  /** @param {number} address @param {number} length @param {number} value */
  fill: (address, length, value) => {
    heap.bytes(address, length).fill(value);
  },
  /** Through the table as it is. @param {number} address */
  read: (address) => heap.memory.root.u8[address],
  /** @param {number} address @param {number} length */
  sum: (address, length) => heap.bytes(address, length).reduce((sum, byte) => sum + byte, 0),
  covered: () => heap.memory.byteLength,
  /** @param {string} name @param {number} value @param {object} options */
  setRoot: (name, value, options) => outcome(() => heap.roots.set(name, value, options)),
  /** @param {string} name */
  getRoot: (name) => heap.roots.get(name),
  /** @param {string} prefix @param {number} count */
  setRoots: (prefix, count) => {
    for (let i = 0; i < count; i++) heap.roots.set(`${prefix}${i}`, heap.alloc(32), { kind: i });
  },
  /** @param {number} address */
  own: (address) => heap.own(address),
  /** @param {number} slabBytes */
  openArena: (slabBytes) => heap.core.arenaOpen(slabBytes),
  /** @param {object} options */
  detach: (options) => heap.detach(options),
  /** @param {import('../../js/worker.js').HeapDescriptor} descriptor */
  attachAgain: (descriptor) => {
    const again = attach(descriptor);
    return { same: again === heap, thread: again.thread };
  },
  exit: () => process.exit(),
  /** @param {number} number */
  reap: (number) => heap.reap(number),
};

/**
 * @param {() => unknown} run
 * @returns {string} the code of its error, or 'OK'
 */
function outcome(run) {
  try {
    run();
    return 'OK';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

serve(commands);
