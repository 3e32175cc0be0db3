/**
 * The threads of the bench and what they measure.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import { hasTwin } from './vanilla.js';

/** @typedef {import('./workloads.js').Workload} Workload */
/** @typedef {import('./worker.js').JoinMessage} JoinMessage */
/** @typedef {import('./worker.js').RunMessage} RunMessage */

/**
 * One allocator on one workload with a number of threads. Its memory lives as long as the team.
 *
 * @typedef {object} Subject
 * @property {number} id
 * @property {string} allocator
 * @property {Workload} workload
 * @property {number} threads
 * @property {number} count operations of each thread in a timed run
 * @property {Sample[]} samples
 */

/**
 * One timed run.
 *
 * @typedef {object} Sample
 * @property {number} ns per operation
 * @property {number} preemptions how often the machine took a thread of this process off its core
 */

const MEMORY_PAGES = 1024; // 64 MiB: nobody has to grow while the clock runs
const MEMORY_PAGES_MAX = 4096;
const CALIBRATE_MS = 5;
const WARM_SHARE = 8; // an eighth of the run before the clock starts

export class Team {
  /** @type {Worker[]} */
  #workers = [];
  #barrier = new Int32Array(new SharedArrayBuffer(4));
  #nextId = 0;

  /** @param {number} threads */
  constructor(threads) {
    for (let thread = 0; thread < threads; thread++) {
      const workerData = { thread, barrier: this.#barrier };
      this.#workers.push(new Worker(new URL('./worker.js', import.meta.url), { workerData }));
    }
  }

  /**
   * @param {string} allocator
   * @param {WebAssembly.Module | null} module null: the JS twin
   * @param {Workload} workload
   * @param {number} threads
   * @returns {Promise<Subject | null>} null: there is no such twin
   */
  async createSubject(allocator, module, workload, threads) {
    if (module === null && !hasTwin(workload.code)) return null;
    const memory = module && new WebAssembly.Memory(memoryDescriptor());
    const id = this.#nextId++;
    const name = `${allocator} on ${workload.name}`;
    let state = 0;
    for (const worker of this.#workers.slice(0, threads)) {
      /** @type {JoinMessage} */
      const message = { type: 'join', id, name, module, memory, code: workload.code, state };
      const reply = /** @type {{state: number}} */ (await ask(worker, message));
      state = reply.state;
    }
    return { id, allocator, workload, threads, count: 0, samples: [] };
  }

  /**
   * Finds how many operations take about `ms`.
   *
   * @param {Subject} subject @param {number} ms
   */
  async calibrate(subject, ms) {
    let count = 1000;
    let ns = await this.#run(subject, this.#inSteps(subject, count), 0, 1);
    while (ns < CALIBRATE_MS * 1e6) {
      count *= 4;
      ns = await this.#run(subject, this.#inSteps(subject, count), 0, 1);
    }
    subject.count = this.#inSteps(subject, (count * ms * 1e6) / ns);
  }

  /** @param {Subject} subject @param {number} seed */
  async sample(subject, seed) {
    const warmCount = this.#inSteps(subject, subject.count / WARM_SHARE);
    const before = process.resourceUsage().involuntaryContextSwitches;
    const ns = await this.#run(subject, subject.count, warmCount, seed);
    const preemptions = process.resourceUsage().involuntaryContextSwitches - before;
    subject.samples.push({ ns: ns / subject.count, preemptions });
  }

  async close() {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  /**
   * @param {Subject} subject @param {number} count @param {number} warmCount @param {number} seed
   * @returns {Promise<number>} ns from the first thread's start to the last one's end
   */
  async #run({ id, threads }, count, warmCount, seed) {
    Atomics.store(this.#barrier, 0, 0);
    /** @type {RunMessage} */
    const message = { type: 'run', id, count, warmCount, seed, threads };
    const times = /** @type {{start: number, end: number}[]} */ (
      await Promise.all(this.#workers.slice(0, threads).map((worker) => ask(worker, message)))
    );
    const starts = times.map(({ start }) => start);
    const ends = times.map(({ end }) => end);
    return Math.max(...ends) - Math.min(...starts);
  }

  /** @param {Subject} subject @param {number} count */
  #inSteps({ workload }, count) {
    return Math.max(1, Math.round(count / workload.step)) * workload.step;
  }
}

/** @returns {WebAssembly.MemoryDescriptor} */
function memoryDescriptor() {
  return { initial: MEMORY_PAGES, maximum: MEMORY_PAGES_MAX, shared: true };
}

/**
 * @param {Worker} worker @param {JoinMessage | RunMessage} message
 * @returns {Promise<unknown>} the reply
 */
function ask(worker, message) {
  return new Promise((resolve, reject) => {
    const onMessage = (/** @type {unknown} */ reply) => {
      worker.off('error', reject);
      resolve(reply);
    };
    worker.once('message', onMessage);
    worker.once('error', reject);
    worker.postMessage(message);
  });
}
