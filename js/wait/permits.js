/**
 * What a mutex and a semaphore have in common: permits that threads take and give back, and waiting for one.
 *
 * A permit names the thread that holds it. When that thread is gone, because it was reaped or has left the
 * heap, the next one who looks gets the permit, and its guard says `abandoned`. Who waits looks at
 * least once a slice (wait/queue.js), so this needs no help from whoever reaps.
 *
 * Layer: wait. Belongs to one agent.
 *
 * @module wait/permits
 */
import { checkOptions, checkTimeout, typeError } from '../base/check.js';
import { QbError, TimeoutError } from '../base/errors.js';
import { STATUS } from '../base/generated/layout.js';
import { Guard } from './guard.js';
import { Lock } from './lock.js';
import { WaitQueue } from './queue.js';

/** @typedef {import('./queue.js').WaitOptions} WaitOptions */

/** Tries before a thread goes to sleep: about a microsecond, as long as a short critical section. */
const TRIES = 30;

/**
 * What a mutex and a semaphore have in common.
 *
 * @abstract
 */
export class Permits extends Lock {
  /** @type {WaitQueue<Guard>} */
  #sleepers;
  /** @type {WaitQueue<Guard>} */
  #queue;
  /** The guard made last: of a mutex, the one that may hold it. @type {Guard | null} */
  _latest = null;

  /**
   * @param {import('../heap/heap.js').Heap} heap
   * @param {number} address
   * @param {number} id
   */
  constructor(heap, address, id) {
    super(heap, address, id);
    const source = {
      ...this._waitWords(),
      ticket: () => this._ticket(),
      refusal: (/** @type {number | undefined} */ waited) => this.#refusal(waited),
    };
    this.#sleepers = new WaitQueue({ ...source, attempt: () => this.#takeAlone() });
    this.#queue = new WaitQueue({ ...source, attempt: () => this._take() });
  }

  /**
   * Takes a permit if there is one. None also when it is this thread that holds the mutex.
   *
   * @returns {Guard | null}
   */
  _take() {
    const taken = this._core.take(this.address, this.id);
    if (taken >= 0) return this.#grant(taken);
    if (taken === -STATUS.BUSY || taken === -STATUS.DEADLOCK) return null;
    throw this._failure(taken);
  }

  /**
   * Takes a permit, and blocks this thread until there is one.
   *
   * @param {string} what for messages
   * @param {{ timeout?: number } | undefined} options
   * @returns {Guard}
   */
  _block(what, options) {
    let timeout;
    if (options !== undefined) {
      timeout = checkOptions(what, options, ['timeout']).timeout;
      checkTimeout(timeout);
    }
    for (let tries = timeout === 0 ? 0 : TRIES; tries > 0; tries--) {
      const guard = this.#takeAlone();
      if (guard !== null) return guard;
    }
    return this.#sleepers.block(timeout);
  }

  /**
   * @param {WaitOptions | undefined} options
   * @returns {Promise<Guard>}
   */
  _join(options) {
    return this.#queue.join(options);
  }

  /**
   * Calls a function while the permit is held: until it returns, throws, or the promise that it returns
   * is settled.
   *
   * @template R
   * @param {Guard} guard
   * @param {(guard: Guard) => R} fn
   * @returns {R}
   */
  _runWith(guard, fn) {
    let isLater = false;
    try {
      const result = fn(guard);
      if (result instanceof Promise) {
        isLater = true;
        return /** @type {R} */ (/** @type {unknown} */ (result.finally(() => guard.dispose())));
      }
      return result;
    } finally {
      if (!isLater) guard.dispose();
    }
  }

  /** @param {unknown} fn */
  _checkFunction(fn) {
    if (typeof fn !== 'function') throw typeError('the function', fn, 'a function');
  }

  /**
   * @param {number} index of the permit
   * @param {boolean} [serves] false: not to those who stand in line in this agent, because it is about to block
   */
  _release(index, serves = true) {
    const status = this._core.release(this.address, this.id, index);
    if (status !== 0) throw this._failure(status);
    if (serves && this.#queue.length > 0) this.#queue.serve();
  }

  /**
   * After a wait on a condition: the guard that began to wait goes on.
   *
   * @param {Guard} guard
   * @param {Guard} fresh what was locked for it
   */
  _again(guard, fresh) {
    guard._adopt(fresh);
    this._latest = guard;
  }

  /** @override @param {unknown} reason */
  _leave(reason) {
    super._leave(reason);
    this.#queue.dismiss(reason);
  }

  /**
   * The same as `_take` for one who would wait without end for himself.
   *
   * @returns {Guard | null}
   */
  #takeAlone() {
    const taken = this._core.take(this.address, this.id);
    if (taken >= 0) return this.#grant(taken);
    if (taken === -STATUS.BUSY) return null;
    throw this._failure(taken);
  }

  /** @param {number} taken */
  #grant(taken) {
    const guard = new Guard(this, taken);
    this._latest = guard;
    return guard;
  }

  /** @param {number} [waitedMilliseconds] */
  #refusal(waitedMilliseconds) {
    if (waitedMilliseconds !== undefined) {
      return new TimeoutError(
        `nobody gave it back in ${waitedMilliseconds} ms. Wait for longer, or hold it for less time.`,
      );
    }
    return new QbError(
      'BUSY',
      'others have it, and this call does not wait (timeout 0). Try again, or wait.',
      { address: this.address },
    );
  }
}
