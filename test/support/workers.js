/**
 * Workers for tests: a Node worker that runs commands of test/support/heap.worker.js, or one that
 * does one thing until it is terminated.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';

/** @typedef {{number: number, generation: number}} Thread */

/**
 * What the commands of heap.worker.js answer.
 *
 * @typedef {object} Results
 * @property {Thread} thread
 * @property {number[]} alloc
 * @property {string[]} free
 * @property {undefined} fill
 * @property {number | undefined} read
 * @property {number} sum
 * @property {number} covered
 * @property {string} setRoot
 * @property {undefined} setRoots
 * @property {{value: number, kind: number} | undefined} getRoot
 * @property {number} own
 * @property {number} openArena
 * @property {undefined} detach
 * @property {{same: boolean, thread: Thread}} attachAgain
 * @property {boolean} reap
 * @property {Thread[]} seen
 */

/**
 * What the commands of pool.worker.js answer.
 *
 * @typedef {object} PoolResults
 * @property {number[]} take
 * @property {number[]} race
 * @property {number} takeAndWrite
 * @property {number} readHandle
 * @property {string} releaseHandle
 * @property {undefined} drop
 * @property {number} churn
 * @property {string} wait
 * @property {number} tasks
 * @property {{acquired: number, held: number}} history
 * @property {import('./pool-history.js').Call[]} record
 * @property {string} close
 * @property {string} detachPool
 * @property {string} acquire
 * @property {undefined} exit
 */

/**
 * What the commands of channel.worker.js answer.
 *
 * @typedef {object} ChannelResults
 * @property {undefined} produce
 * @property {number[]} consume
 * @property {number[]} consumeAsync
 * @property {number} passBlocks
 * @property {undefined} passPoints
 * @property {string} receive
 * @property {string} send
 * @property {[number, string, string]} sendOwnBlock
 */

/**
 * What the commands of lock.worker.js answer.
 *
 * @typedef {object} LockResults
 * @property {number} count
 * @property {number} countAsync
 * @property {number} pass
 * @property {{abandoned: boolean, at: number}} hold
 * @property {{abandoned: boolean, at: number}} holdAsync
 * @property {{abandoned: boolean, at: number} | null} tryHold
 * @property {string} lockCode
 * @property {string} unlockCode
 * @property {number} acquireSome
 * @property {{abandoned: boolean, at: number}} acquireOne
 * @property {{abandoned: boolean, at: number}} waitForFlag
 * @property {{isNotified: boolean, isHeld: boolean}} waitOnce
 * @property {number} takeAll
 */

/**
 * What the commands of memory.worker.js answer.
 *
 * @typedef {object} MemoryResults
 * @property {number} allocate
 * @property {undefined} write
 * @property {number} peek
 * @property {string} freeId
 * @property {string} allocWait
 * @property {string} allocCode
 * @property {undefined} dropAll
 * @property {string[]} raceFor
 * @property {number} churnMemory
 * @property {never} churnForever
 * @property {number} mixOwner
 * @property {number} ownerAlloc
 * @property {import('../../js/index.js').OwnerDescriptor} makeOwner
 * @property {string} ownerFree
 * @property {undefined} disposeOwner
 * @property {string} detachMemory
 * @property {string} destroyMemory
 */

/**
 * What the commands of image.worker.js answer.
 *
 * @typedef {object} ImageResults
 * @property {(number | undefined)[]} lookUp
 * @property {(number | undefined)[]} lookUpIn
 * @property {number} openFile
 * @property {string} build
 */

/** @typedef {Results & PoolResults & ChannelResults & LockResults & MemoryResults & ImageResults} AllResults */

/** Small, so that 64 of them fit on a small machine. */
const RESOURCE_LIMITS = {
  maxOldGenerationSizeMb: 16,
  maxYoungGenerationSizeMb: 4,
  codeRangeSizeMb: 8,
  stackSizeMb: 1,
};

/** @type {Set<TestWorker>} */
const running = new Set();

/**
 * A worker that runs commands. `worker` is the plain Worker, made with `{workerData}` alone.
 */
export class TestWorker {
  #nextId = 1;
  /** @type {Map<number, {resolve: (value: unknown) => void, reject: (error: Error) => void}>} */
  #pending = new Map();

  /**
   * @param {string} file name in test/support/
   * @param {unknown} workerData
   */
  constructor(file, workerData) {
    this.worker = new Worker(new URL(file, import.meta.url), {
      workerData,
      resourceLimits: RESOURCE_LIMITS,
    });
    /** @type {Promise<number>} */
    this.exited = new Promise((resolve) => {
      this.worker.once('exit', (code) => {
        running.delete(this);
        for (const { reject } of this.#pending.values()) reject(new Error('the worker is gone'));
        resolve(code);
      });
    });
    this.worker.on('message', ({ id, value, error }) => {
      const call = this.#pending.get(id);
      this.#pending.delete(id);
      if (error === undefined) call?.resolve(value);
      else call?.reject(Object.assign(new Error(error.message), error));
    });
    this.worker.on('error', (error) => {
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
    });
    running.add(this);
  }

  /**
   * Runs a command in the worker.
   *
   * @template {keyof AllResults} K
   * @param {K} command
   * @param {...unknown} args
   * @returns {Promise<AllResults[K]>}
   */
  call(command, ...args) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, {
        resolve: (value) => resolve(/** @type {AllResults[K]} */ (value)),
        reject,
      });
      this.worker.postMessage({ id, command, args });
    });
  }

  /** Stops the worker wherever it is. */
  async terminate() {
    await this.worker.terminate();
    await this.exited;
  }
}

/**
 * Starts workers that have run their first command, so that they are attached.
 *
 * @param {number} count
 * @param {unknown} workerData
 * @param {string} [file]
 * @returns {Promise<TestWorker[]>}
 */
export async function startWorkers(count, workerData, file = 'heap.worker.js') {
  const workers = Array.from({ length: count }, () => new TestWorker(file, workerData));
  await Promise.all(workers.map((worker) => worker.call('thread')));
  return workers;
}

/** For afterEach: ends the workers that a test left running. */
export async function stopWorkers() {
  await Promise.all([...running].map((worker) => worker.terminate()));
}
