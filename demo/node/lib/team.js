/**
 * A team of workers that do one step after the other, all at the same time.
 *
 * @module demo/lib/team
 */
import { Worker } from 'node:worker_threads';

/** @typedef {{resolve: (reply: unknown) => void, reject: (error: unknown) => void}} Waiting */

export class Team {
  /** @type {Member[]} */
  #members = [];
  #signal;
  #onAbort = () => {
    for (const member of this.#members) member.fail(this.#signal.reason);
    void this.end();
  };

  /**
   * @param {URL} url of the worker's module
   * @param {number} count
   * @param {object} workerData the same for all
   * @param {AbortSignal} signal ends the team at once; what waits for it is rejected
   */
  constructor(url, count, workerData, signal) {
    signal.throwIfAborted();
    for (let i = 0; i < count; i++) {
      this.#members.push(new Member(new Worker(url, { workerData })));
    }
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
  }

  /** The workers themselves. */
  get workers() {
    return this.#members.map(({ worker }) => worker);
  }

  /**
   * Sends a step to every worker and waits for all replies.
   *
   * @param {string} step
   * @returns {Promise<unknown[]>}
   */
  ask(step) {
    return Promise.all(this.#members.map((member) => member.ask(step)));
  }

  /** Ends all workers and waits until they are gone. */
  async end() {
    this.#signal.removeEventListener('abort', this.#onAbort);
    await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
  }
}

class Member {
  /** @type {Waiting | null} */
  #waiting = null;
  /** @type {{ error: unknown } | null} what happened while nobody was waiting */
  #failure = null;

  /** @param {Worker} worker */
  constructor(worker) {
    /** @readonly */
    this.worker = worker;
    worker.on('message', (reply) => {
      this.#waiting?.resolve(reply);
      this.#waiting = null;
    });
    worker.on('error', (error) => this.fail(error));
    worker.on('exit', (code) => this.fail(new Error(`a worker has ended with code ${code}`)));
  }

  /** @param {string} step @returns {Promise<unknown>} */
  ask(step) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#failure === null) this.worker.postMessage(step);
      else this.fail(this.#failure.error);
    });
  }

  /** @param {unknown} error */
  fail(error) {
    this.#failure ??= { error };
    this.#waiting?.reject(this.#failure.error);
    this.#waiting = null;
  }
}
