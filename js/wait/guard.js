/**
 * Guards: a lock that is held, and gives itself back at the end of its scope.
 *
 * Layer: wait. Belongs to the agent that holds it.
 *
 * @module wait/guard
 */
import { QbError } from '../base/errors.js';
import { LOCK_FLAG } from '../base/generated/layout.js';

/** @typedef {import('./permits.js').Permits} Permits */

/** Index of a guard that holds nothing. */
const NONE = -1;

/**
 * Made by `lock` and `acquire`: `using guard = mutex.lock()`, or `guard.release()`.
 */
export class Guard {
  #index = NONE;
  #isAbandoned = false;

  /**
   * Not for users.
   *
   * @param {Permits} lock
   * @param {number} taken from the core
   */
  constructor(lock, taken) {
    /** The mutex or semaphore. @readonly */
    this.lock = lock;
    this._hold(taken);
  }

  /**
   * True when the last holder died with it: what the lock guards may be half changed. The next holder is not
   * told again.
   */
  get abandoned() {
    return this.#isAbandoned;
  }

  /** False once it was released. */
  get held() {
    return this.#index !== NONE;
  }

  /**
   * Gives it back.
   *
   * @throws {QbError} `RELEASED` the second time; `OWNER` when this thread was reaped and another one has it
   *   now; `STALE`, `CLOSED`
   */
  release() {
    if (this.#index === NONE) {
      throw new QbError('RELEASED', 'the guard was released already. Lock again for another one.');
    }
    this.lock._release(this._drop());
  }

  /** The same as `release()`, but releasing what is released does nothing. */
  dispose() {
    // With the heap went the lock: the next one gets it.
    if (this.#index !== NONE && !this.lock.heap.closed) this.release();
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    this.dispose();
  }

  /** @param {number} taken from the core */
  _hold(taken) {
    this.#isAbandoned = taken >= LOCK_FLAG.ABANDONED;
    this.#index = this.#isAbandoned ? taken - LOCK_FLAG.ABANDONED : taken;
  }

  /** @returns {number} what it held: without that the lock cannot be released */
  _drop() {
    const index = this.#index;
    this.#index = NONE;
    return index;
  }

  /**
   * Takes over what another guard of the same lock holds.
   *
   * @param {Guard} other
   */
  _adopt(other) {
    this.#isAbandoned = other.#isAbandoned;
    this.#index = other._drop();
  }
}
