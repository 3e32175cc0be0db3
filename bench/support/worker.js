/**
 * One thread of the bench. Holds an instance of each subject and runs what bench/support/team.js asks.
 *
 * A subject is one allocator on one workload with its own memory, made once and kept over all rounds.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { runTwin } from './vanilla.js';

/**
 * @typedef {object} Exports of a module built by bench/support/build.js
 * @property {() => number} init
 * @property {(thread: number) => number} attach
 * @property {(workload: number) => number} open
 * @property {(state: number, workload: number, thread: number) => void} fill
 * @property {(state: number, workload: number, thread: number, count: number, seed: number) => void} run
 * @property {((thread: number) => number)} [stack_top]
 * @property {WebAssembly.Global} [__stack_pointer]
 */

/**
 * @typedef {object} JoinMessage
 * @property {'join'} type
 * @property {number} id of the subject
 * @property {WebAssembly.Module | null} module null: the JS twin
 * @property {WebAssembly.Memory | null} memory
 * @property {number} code of the workload
 * @property {number} state address, 0: this thread makes it
 * @property {string} name of the subject, for errors
 */

/**
 * @typedef {object} RunMessage
 * @property {'run'} type
 * @property {number} id
 * @property {number} count operations
 * @property {number} warmCount operations before the clock starts
 * @property {number} seed
 * @property {number} threads that take part
 */

/** @typedef {(count: number, seed: number) => void} Run */

const { thread, barrier } = /** @type {{thread: number, barrier: Int32Array}} */ (workerData);
const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
/** @type {Run[]} */
const runs = [];

port.on('message', (/** @type {JoinMessage | RunMessage} */ message) => {
  port.postMessage(message.type === 'join' ? join(message) : measure(message));
});

/** @param {JoinMessage} message @returns {{state: number}} */
function join({ id, name, module, memory, code, state }) {
  if (module === null || memory === null) {
    runs[id] = (count, seed) => void runTwin(code, count, seed);
    return { state: 0 };
  }
  const imports = /** @type {WebAssembly.Imports} */ ({ env: { memory } });
  const exports = /** @type {Exports} */ (
    /** @type {unknown} */ (new WebAssembly.Instance(module, imports).exports)
  );
  if (exports.stack_top && exports.__stack_pointer) {
    exports.__stack_pointer.value = exports.stack_top(thread);
  }
  const isFirst = state === 0;
  if (isFirst && exports.init() === 0) throw new Error('the allocator could not be set up');
  if (exports.attach(thread) === 0) throw new Error('the thread could not be attached');
  const address = isFirst ? exports.open(code) : state;
  exports.fill(address, code, thread);
  runs[id] = (count, seed) => {
    try {
      exports.run(address, code, thread, count, seed);
    } catch (error) {
      throw new Error(`${name}, thread ${thread}, after ${count}, seed ${seed}`, { cause: error });
    }
  };
  return { state: address };
}

/**
 * All threads start together, as near as a spinning barrier gets them.
 *
 * @param {RunMessage} message
 * @returns {{start: number, end: number}} by a clock that all threads share
 */
function measure({ id, count, warmCount, seed, threads }) {
  const run = runs[id];
  const ownSeed = (seed + thread * 7919) | 1;
  if (warmCount > 0) run(warmCount, ownSeed);
  Atomics.add(barrier, 0, 1);
  while (Atomics.load(barrier, 0) < threads);
  const start = now();
  run(count, ownSeed + 2);
  return { start, end: now() };
}

/** ns of the monotonic clock, exact for months. */
function now() {
  return Number(process.hrtime.bigint());
}
