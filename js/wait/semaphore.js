/**
 * Semaphore: so many threads, or tasks, at a time.
 *
 *     const permits = heap.semaphore(3);
 *     permits.acquire({timeout})   acquireAsync({timeout, signal})   tryAcquire(): null when all are taken
 *
 * A permit is held by the thread that acquired it and given back by that thread. Those of a thread that died
 * come back: who acquires one is told by `abandoned`. Those of one agent are served in the order in
 * which they came; there is no order among agents.
 *
 * Layer: wait. A Semaphore object belongs to one agent, the semaphore to the heap.
 *
 * @module wait/semaphore
 */
import { checkInteger } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { LIMITS, LOCK, LOCK_KIND } from '../base/generated/layout.js';
import { Guard } from './guard.js';
import { attachLock, openLock } from './lock.js';
import { Permits } from './permits.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('./lock.js').LockDescriptor} LockDescriptor */
/** @typedef {import('./lock.js').LockOptions} LockOptions */
/** @typedef {import('./queue.js').WaitOptions} WaitOptions */

/**
 * Made by `heap.semaphore` and `Semaphore.attach`.
 *
 * @example
 * const permits = heap.semaphore(2);
 * const permit = permits.acquire();
 * permits.tryAcquire()?.release();
 * permit.release();
 * permits.free();
 */
export class Semaphore extends Permits {
  /**
   * The same as `heap.semaphore`.
   *
   * @param {Heap} heap
   * @param {number} permits 1 .. 1024
   * @param {LockOptions} [options]
   * @returns {Semaphore}
   * @throws {QbError} `EXISTS` when the name is taken; `ARGUMENT`, `OUT_OF_MEMORY`, `NAME`, `TYPE`, `CLOSED`
   */
  static create(heap, permits, options) {
    checkInteger('permits', permits, 1, LIMITS.PERMITS_MAX);
    return openLock(Semaphore, heap, LOCK_KIND.SEMAPHORE, permits, options);
  }

  /**
   * Attaches this agent to a semaphore that another one made. Attaching again gives the same Semaphore.
   *
   * @param {Heap} heap
   * @param {LockDescriptor | string} target its descriptor or its name
   * @returns {Semaphore}
   * @throws {QbError} `STALE` when it was freed; `NOT_FOUND`, `HEAP`, `TYPE`, `CLOSED`
   */
  static attach(heap, target) {
    return attachLock(Semaphore, heap, LOCK_KIND.SEMAPHORE, target);
  }

  /** How many there are, free or not. */
  get permits() {
    if (this.closed) return 0;
    return this.heap.memory.root.u32[(this.address + LOCK.permitCount) >>> 2];
  }

  /**
   * Takes a permit if there is one.
   *
   * @returns {Guard | null} null: each was taken when it was looked at
   * @throws {QbError} `STALE`, `CLOSED`
   */
  tryAcquire() {
    return this._take();
  }

  /**
   * Takes a permit, and blocks this thread until there is one. In an agent that may not block (the main
   * thread of a browser) it takes a free one, and is refused otherwise. A thread that has all permits
   * and waits for one more waits for itself.
   *
   * @param {{ timeout?: number }} [options] milliseconds: 0 does not wait; none: as long as it takes
   * @returns {Guard}
   * @throws {QbError} `TIMEOUT`; `BUSY` with timeout 0; `UNSUPPORTED` in an agent that may not block; `STALE`,
   *   `CLOSED`, `ARGUMENT`, `TYPE`
   */
  acquire(options) {
    return this._block('acquire options', options);
  }

  /**
   * Takes a permit as soon as there is one, without blocking.
   *
   * @param {WaitOptions} [options] timeout in milliseconds: 0 does not wait; none: as long as it takes
   * @returns {Promise<Guard>} rejects with `TIMEOUT`, `BUSY`, `STALE`, `CLOSED`, or the signal's reason
   * @throws {QbError} `ARGUMENT`, `TYPE`
   */
  acquireAsync(options) {
    return this._join(options);
  }

  /**
   * The same as `permit.release()`.
   *
   * @param {Guard} permit that this semaphore gave
   * @throws {QbError} `RELEASED` the second time; `ARGUMENT` for one of another lock; `OWNER`, `STALE`, `CLOSED`
   */
  release(permit) {
    if (!(permit instanceof Guard) || permit.lock !== this) {
      throw new QbError('ARGUMENT', 'that is no permit of this semaphore.', { given: permit });
    }
    permit.release();
  }

  /**
   * Calls a function while this thread has a permit: until it returns or throws, or until the promise that
   * it returns is settled.
   *
   * @template R
   * @param {(permit: Guard) => R} fn
   * @param {{ timeout?: number }} [options] as in `acquire`
   * @returns {R}
   * @throws {QbError} as `acquire`
   */
  run(fn, options) {
    this._checkFunction(fn);
    return this._runWith(this.acquire(options), fn);
  }

  /**
   * The same without blocking.
   *
   * @template R
   * @param {(permit: Guard) => R | Promise<R>} fn
   * @param {WaitOptions} [options] as in `acquireAsync`
   * @returns {Promise<R>}
   * @throws {QbError} as `acquireAsync`
   */
  async runAsync(fn, options) {
    this._checkFunction(fn);
    return this._runWith(await this.acquireAsync(options), fn);
  }
}
