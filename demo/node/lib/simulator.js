/**
 * A worker of the particles demo, as the main thread sees it: it answers each message by one.
 *
 * @module demo/lib/simulator
 */
import { Worker } from 'node:worker_threads';

/** @typedef {{ state?: import('./particle.js').Body[], gcMilliseconds?: number }} Reply */

export class Simulator {
  /** @type {(reply: Reply | null) => void} */
  #answer = () => {};
  #hasEnded = false;

  /** @param {object} workerData */
  constructor(workerData) {
    const file = new URL('../particles.worker.js', import.meta.url);
    this.worker = new Worker(file, { workerData });
    this.worker.on('message', (reply) => this.#answer(reply));
    this.worker.on('error', (error) => process.stderr.write(`particles: ${error.message}\n`));
    this.worker.on('exit', () => {
      this.#hasEnded = true;
      this.#answer(null);
    });
    /** Settled when the worker has its particles. */
    this.ready = this.#expect();
  }

  /**
   * @param {'step' | 'end'} command
   * @returns {Promise<Reply | null>} null when the worker has ended
   */
  ask(command) {
    if (this.#hasEnded) return Promise.resolve(null);
    const reply = this.#expect();
    this.worker.postMessage(command);
    return reply;
  }

  /** @returns {Promise<Reply | null>} */
  #expect() {
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }
}
