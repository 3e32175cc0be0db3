/**
 * Web Locks as far as js/heap/watch.js uses them: exclusive, in order, with `query` and `signal`.
 *
 * @module
 */
export class FakeLocks {
  /** @type {Map<string, {holder: object, waiting: (() => void)[]}>} */
  #locks = new Map();
  queries = 0;

  /** How the browser releases the locks of a worker that has stopped. @type {Map<string, () => void>} */
  drop = new Map();

  /**
   * @param {string} name
   * @param {{signal?: AbortSignal}} options
   * @param {() => unknown} callback
   * @returns {Promise<unknown>}
   */
  async request(name, { signal }, callback) {
    await this.#turn(name, signal);
    const dropped = new Promise((resolve) => {
      this.drop.set(name, () => resolve(undefined));
    });
    try {
      return await Promise.race([callback(), dropped]);
    } finally {
      const next = this.#locks.get(name)?.waiting.shift();
      if (next === undefined) this.#locks.delete(name);
      else next();
    }
  }

  async query() {
    this.queries++;
    return { held: [...this.#locks.keys()].map((name) => ({ name })) };
  }

  /** @param {string} name @param {AbortSignal | undefined} signal */
  #turn(name, signal) {
    const lock = this.#locks.get(name);
    if (lock === undefined) {
      this.#locks.set(name, { holder: {}, waiting: [] });
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const turn = () => resolve(undefined);
      lock.waiting.push(turn);
      signal?.addEventListener('abort', () => {
        lock.waiting = lock.waiting.filter((other) => other !== turn);
        reject(signal.reason);
      });
    });
  }
}
