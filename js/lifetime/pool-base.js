/**
 * What all object pools offer, whatever they pool: everything that can be said in terms of taking one
 * object and giving it back.
 *
 * Those who wait stand in a queue of this agent (wait/queue.js). It is served when this agent releases, and, of
 * a shared pool, when another one may have.
 *
 * Layer: lifetime. An object belongs to one agent.
 *
 * @module lifetime/pool-base
 */
import { checkTimeout, typeError } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { WaitQueue } from '../wait/queue.js';
import { Lease } from './pool-lease.js';
import { checkCount } from './pool-options.js';

/** @typedef {import('./pool-stats.js').Counts} Counts */
/** @typedef {import('../wait/queue.js').WaitOptions} WaitOptions */

/**
 * @template T
 * @typedef {import('../wait/queue.js').WaitSource<T>} WaitSource
 */

/**
 * Names that begin with `_` are for the pools themselves.
 *
 * @abstract
 * @template {object} T
 */
export class PoolBase {
  /** @param {Counts | null} counts null: nothing is counted */
  constructor(counts) {
    /** @protected @readonly */
    this._counts = counts;
    /** Whether anybody stands in the queue. A field: each release looks at it. @protected */
    this._hasQueue = false;
    /** @protected @readonly */
    this._queue = new WaitQueue(this._waitSource());
  }

  /* ---- what a kind of pool provides ---- */

  /**
   * Takes a free object.
   *
   * @abstract
   * @returns {T}
   * @throws {QbError} `EMPTY`, `CLOSED`, `OUT_OF_MEMORY`
   */
  acquire() {
    throw new Error('abstract');
  }

  /**
   * Gives an object back.
   *
   * @abstract
   * @param {T} _object
   * @returns {void}
   * @throws {QbError} `RELEASED`, `STALE`, `TYPE`
   */
  release(_object) {
    throw new Error('abstract');
  }

  /**
   * @abstract
   * @returns {T | null} null: empty. Not counted as a failure
   * @throws {QbError} `CLOSED`, `OUT_OF_MEMORY`
   */
  _tryAcquire() {
    throw new Error('abstract');
  }

  /**
   * Something that differs from one use of the object to the next.
   *
   * @abstract
   * @param {T} _object
   * @returns {number}
   */
  _useOf(_object) {
    throw new Error('abstract');
  }

  /**
   * What those who wait wait for. Called by the constructor: only its functions may look at the pool.
   *
   * @returns {WaitSource<T>}
   */
  _waitSource() {
    return {
      attempt: () => this._tryAcquire(),
      refusal: (waitedMilliseconds) => this._emptyError(waitedMilliseconds),
      queued: (isQueued) => this._setQueued(isQueued),
      counted: () => {
        if (this._counts !== null) this._counts.waits++;
      },
    };
  }

  /** @param {boolean} isQueued */
  _setQueued(isQueued) {
    this._hasQueue = isQueued;
  }

  /* ---- convenience ---- */

  /**
   * An object with a handle that gives it back: `using lease = pool.allocate()`, or `lease.dispose()`.
   *
   * @returns {Lease<T>}
   * @throws {QbError} `EMPTY`, `CLOSED`
   */
  allocate() {
    return new Lease(this, this.acquire());
  }

  /**
   * Calls a function with an object, and gives the object back: when it returns, when it throws, when the
   * promise that it returns is settled.
   *
   * @template R
   * @param {(object: T) => R} fn
   * @returns {R}
   * @throws {QbError} `EMPTY`, `CLOSED`
   */
  with(fn) {
    if (typeof fn !== 'function') throw typeError('with: the function', fn, 'a function');
    const lease = this.allocate();
    let isLater = false;
    try {
      const result = fn(lease.value);
      if (result instanceof Promise) {
        isLater = true;
        return /** @type {R} */ (/** @type {unknown} */ (result.finally(() => lease.dispose())));
      }
      return result;
    } finally {
      if (!isLater) lease.dispose();
    }
  }

  /**
   * All or none.
   *
   * @param {number} count
   * @returns {T[]}
   * @throws {QbError} `EMPTY`: fewer are free, and none was taken; `CLOSED`, `ARGUMENT`
   */
  acquireMany(count) {
    checkCount(count);
    /** @type {T[]} */
    const objects = [];
    try {
      while (objects.length < count) objects.push(this.acquire());
    } catch (error) {
      for (const object of objects.reverse()) this.release(object);
      throw error;
    }
    return objects;
  }

  /**
   * Gives all of them back. When some are refused the others go back all the same, and the first error is
   * thrown at the end.
   *
   * @param {Iterable<T>} objects
   * @throws {QbError} `RELEASED`, `STALE`, `TYPE`
   */
  releaseMany(objects) {
    /** @type {unknown[]} */
    const errors = [];
    for (const object of objects) {
      try {
        this.release(object);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  /* ---- waiting ---- */

  /**
   * Takes a free object, and blocks this thread until there is one. In a pool of one thread nobody else
   * can release while it waits, so there this never waits; a shared pool does.
   *
   * @param {number} [timeout] milliseconds: 0 does not wait; none: as long as it takes
   * @returns {T}
   * @throws {QbError} `EMPTY` after the timeout; `CLOSED`; `UNSUPPORTED` where this thread may not block, or
   *   where nobody else could release
   */
  acquireWait(timeout) {
    checkTimeout(timeout);
    const object = this._tryAcquire();
    if (object !== null) return object;
    if (timeout === 0) throw this._emptyError();
    throw new QbError(
      'UNSUPPORTED',
      'the pool is empty and belongs to this thread: while it waits, nobody releases. Use acquireAsync().',
    );
  }

  /**
   * Takes an object as soon as one is free. Those who wait in one agent are served in the order in which
   * they came.
   *
   * @param {WaitOptions} [options] timeout in milliseconds: 0 does not wait; none: as long as it takes
   * @returns {Promise<T>} rejects with `EMPTY` after the timeout, `CLOSED`, or the signal's reason
   * @throws {QbError} `ARGUMENT`, `TYPE`
   */
  acquireAsync(options) {
    return this._queue.join(options);
  }

  /* ---- errors ---- */

  /**
   * @param {number} [waitedMilliseconds]
   * @returns {QbError}
   */
  _emptyError(waitedMilliseconds) {
    if (this._counts !== null) this._counts.failures++;
    const waited =
      waitedMilliseconds === undefined ? '' : `; none came back in ${waitedMilliseconds} ms`;
    return new QbError(
      'EMPTY',
      `all ${this._capacity()} objects of the pool are in use, and it may not grow${waited}. Release ` +
        'some, wait with acquireAsync() or, in a worker, acquireWait(), or give the pool more capacity.',
    );
  }

  /**
   * @abstract
   * @returns {number}
   */
  _capacity() {
    throw new Error('abstract');
  }
}
