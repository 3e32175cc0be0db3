/**
 * Leases: acquired objects that go back by themselves. And what is said of objects that are gone.
 *
 * Layer: lifetime. One agent.
 *
 * @module lifetime/pool-lease
 */
import { QbError } from '../base/errors.js';

/**
 * An acquired object that goes back by itself: `using lease = pool.allocate()`.
 *
 * @template {object} T
 */
export class Lease {
  #pool;
  #use;

  /**
   * @param {{ release(object: T): void, _useOf(object: T): number }} pool
   * @param {T} value
   */
  constructor(pool, value) {
    this.#pool = pool;
    this.#use = pool._useOf(value);
    /** What is acquired. @readonly */
    this.value = value;
  }

  /** True once the object was given back, here or elsewhere. */
  get released() {
    return this.#pool._useOf(this.value) !== this.#use;
  }

  /** @throws {QbError} `RELEASED` the second time */
  release() {
    if (this.released) throw releasedError();
    this.#pool.release(this.value);
  }

  /** The same as `release()`, but releasing what is released does nothing. */
  dispose() {
    if (!this.released) this.#pool.release(this.value);
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    this.dispose();
  }
}

/** @returns {QbError} */
export function releasedError() {
  return new QbError(
    'RELEASED',
    'the object was released to its pool already, or sent through a channel. Acquire another one, and drop this ' +
      'reference.',
  );
}

/** @returns {QbError} */
export function poolClosedError() {
  return new QbError('CLOSED', 'the pool was closed. Open another one.');
}
