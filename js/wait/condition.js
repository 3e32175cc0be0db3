/**
 * Condition: waiting, with a mutex held, until somebody says that something has changed.
 *
 *     using guard = mutex.lock();
 *     condition.waitFor(guard, () => queue.length > 0);      waits without holding the mutex
 *
 *     mutex.run(() => { queue.push(job); condition.notify(); });
 *
 * The meaning is that of Atomics.Condition in TC39's proposal of shared structs: `wait` gives the mutex back and
 * begins to wait in one step, and has it again when it returns. `notify(n)` ends the waits of n threads, and may
 * end more: another wait may return when it looks by itself, once a slice. So a notification that a thread took
 * with it when it died is not lost. Wait for a predicate (`waitFor`), as with any condition.
 *
 * Layer: wait. A Condition object belongs to one agent, the condition to the heap.
 *
 * @module wait/condition
 */
import { checkInteger, checkOptions, checkTimeout, typeError } from '../base/check.js';
import { capabilities } from '../base/environment.js';
import { QbError, TimeoutError } from '../base/errors.js';
import { LOCK_KIND } from '../base/generated/layout.js';
import { Guard } from './guard.js';
import { attachLock, Lock, openLock } from './lock.js';
import { Mutex } from './mutex.js';
import { WaitQueue } from './queue.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('./lock.js').LockDescriptor} LockDescriptor */
/** @typedef {import('./lock.js').LockOptions} LockOptions */
/** @typedef {import('./queue.js').WaitOptions} WaitOptions */

/** What the core takes for all. */
const ALL = 0xffffffff;

/**
 * Made by `heap.condition` and `Condition.attach`.
 *
 * @example
 * const mutex = heap.mutex();
 * const changed = heap.condition();
 * const guard = mutex.lock();
 * let isDone = false; // mostly a word in the heap, which another thread sets before it calls notify()
 * changed.waitFor(guard, () => isDone, { timeout: 10 }); // false: not done in 10 ms
 * guard.release();
 */
export class Condition extends Lock {
  /** Those of this agent who wait without blocking. @type {Set<WaitQueue<true>>} */
  #waits = new Set();

  /**
   * The same as `heap.condition`.
   *
   * @param {Heap} heap
   * @param {LockOptions} [options]
   * @returns {Condition}
   * @throws {QbError} `EXISTS` when the name is taken; `OUT_OF_MEMORY`, `NAME`, `TYPE`, `CLOSED`
   */
  static create(heap, options) {
    return openLock(Condition, heap, LOCK_KIND.CONDITION, 0, options);
  }

  /**
   * Attaches this agent to a condition that another one made. Attaching again gives the same Condition.
   *
   * @param {Heap} heap
   * @param {LockDescriptor | string} target its descriptor or its name
   * @returns {Condition}
   * @throws {QbError} `STALE` when it was freed; `NOT_FOUND`, `HEAP`, `TYPE`, `CLOSED`
   */
  static attach(heap, target) {
    return attachLock(Condition, heap, LOCK_KIND.CONDITION, target);
  }

  /**
   * Gives the mutex back, blocks this thread until it is notified, and locks the mutex again, for as long
   * as that takes. May also return without a notification.
   *
   * @param {Guard} guard of a mutex that this thread holds; holds it again afterwards, also after an error. It says
   *   `abandoned` when the mutex was, in between
   * @param {{ timeout?: number }} [options] milliseconds: 0 does not wait; none: as long as it takes
   * @returns {boolean} false: not notified in time
   * @throws {QbError} `UNSUPPORTED` in an agent that may not block; `RELEASED` for a guard that holds nothing;
   *   `STALE` (then the guard holds nothing when it is the mutex that was freed), `HEAP`, `CLOSED`, `ARGUMENT`,
   *   `TYPE`
   */
  wait(guard, options) {
    const { timeout } = checkOptions('wait options', options, ['timeout']);
    checkTimeout(timeout);
    const mutex = this.#mutexOf(guard);
    if (!capabilities().atomicsWait) {
      throw new QbError('UNSUPPORTED', 'this thread may not block. Use waitAsync().');
    }
    const queue = this.#begin(this._ticket());
    mutex._release(guard._drop(), false);
    try {
      return queue.block(timeout);
    } catch (error) {
      if (error instanceof TimeoutError) return false;
      throw error;
    } finally {
      mutex._again(guard, mutex.lock());
    }
  }

  /**
   * The same without blocking.
   *
   * @param {Guard} guard as in `wait`; without effect until the promise is settled
   * @param {WaitOptions} [options] timeout in milliseconds: 0 does not wait; none: as long as it takes
   * @returns {Promise<boolean>} false: not notified in time. Rejects with the signal's reason, `STALE`, `CLOSED`;
   *   also then the guard holds the mutex again
   * @throws {QbError} `RELEASED`, `HEAP`, `STALE`, `CLOSED`, `ARGUMENT`, `TYPE`, all before it gives the mutex back
   */
  waitAsync(guard, options) {
    const { timeout, signal } = checkOptions('wait options', options, ['timeout', 'signal']);
    checkTimeout(timeout);
    const mutex = this.#mutexOf(guard);
    const queue = this.#begin(this._ticket());
    mutex._release(guard._drop());
    this.#waits.add(queue);
    return this.#end(queue, queue.join({ timeout, signal }), mutex, guard);
  }

  /**
   * Waits until a predicate holds. It is called with the mutex held, first at once.
   *
   * @param {Guard} guard as in `wait`
   * @param {() => boolean} predicate
   * @param {{ timeout?: number }} [options] milliseconds in all
   * @returns {boolean} false: it did not hold in time
   * @throws {QbError} as `wait`; what the predicate throws
   */
  waitFor(guard, predicate, options) {
    const { timeout } = checkOptions('waitFor options', options, ['timeout']);
    const end = performance.now() + checkTimeout(timeout);
    checkPredicate(predicate);
    this.#mutexOf(guard);
    while (!predicate()) {
      const left = end - performance.now();
      if (left <= 0) return false;
      this.wait(guard, Number.isFinite(left) ? { timeout: left } : undefined);
    }
    return true;
  }

  /**
   * The same without blocking.
   *
   * @param {Guard} guard as in `waitAsync`
   * @param {() => boolean} predicate
   * @param {WaitOptions} [options] timeout: milliseconds in all
   * @returns {Promise<boolean>} false: it did not hold in time
   */
  async waitForAsync(guard, predicate, options) {
    const { timeout, signal } = checkOptions('waitFor options', options, ['timeout', 'signal']);
    const end = performance.now() + checkTimeout(timeout);
    checkPredicate(predicate);
    this.#mutexOf(guard);
    while (!predicate()) {
      const left = end - performance.now();
      if (left <= 0) return false;
      await this.waitAsync(guard, { signal, ...(Number.isFinite(left) && { timeout: left }) });
    }
    return true;
  }

  /**
   * Ends the wait of one thread or of several, if so many wait; perhaps of more. The mutex need not be held.
   *
   * @param {number} [count] 0 .. 2^32-1; 1 by default
   * @throws {QbError} `STALE`, `CLOSED`, `ARGUMENT`, `TYPE`
   */
  notify(count = 1) {
    this.#wake(checkInteger('count', count, 0, ALL));
  }

  /**
   * Ends all waits.
   *
   * @throws {QbError} `STALE`, `CLOSED`
   */
  notifyAll() {
    this.#wake(ALL);
  }

  /** @override @param {unknown} reason */
  _leave(reason) {
    super._leave(reason);
    for (const queue of [...this.#waits]) queue.dismiss(reason);
  }

  /** @param {number} count */
  #wake(count) {
    if (this.heap.closed) throw this._failure(0);
    if (count === 0) return;
    const status = this._core.wake(this.address, this.id, count);
    if (status !== 0) throw this._failure(status);
  }

  /**
   * A wait of its own: it ends when the epoch is another one than it was at its begin.
   *
   * @param {number} ticket
   * @returns {WaitQueue<true>}
   */
  #begin(ticket) {
    return new WaitQueue({
      ...this._waitWords(),
      ticket: () => ticket,
      attempt: () => (this._ticket() !== ticket ? true : null),
      refusal: (waited) => new TimeoutError(`not notified in ${waited ?? 0} ms`),
    });
  }

  /**
   * @param {WaitQueue<true>} queue
   * @param {Promise<true>} wait
   * @param {Mutex} mutex
   * @param {Guard} guard
   */
  async #end(queue, wait, mutex, guard) {
    try {
      return await wait;
    } catch (error) {
      if (error instanceof TimeoutError) return false;
      throw error;
    } finally {
      this.#waits.delete(queue);
      mutex._again(guard, await mutex.lockAsync());
    }
  }

  /**
   * @param {unknown} guard
   * @returns {Mutex}
   */
  #mutexOf(guard) {
    if (!(guard instanceof Guard && guard.lock instanceof Mutex)) {
      throw typeError('guard', guard, 'what mutex.lock() returned');
    }
    if (guard.lock.heap !== this.heap) {
      throw new QbError('HEAP', 'the mutex belongs to another heap than the condition.');
    }
    if (!guard.held) {
      throw new QbError('RELEASED', 'the guard was released. Lock the mutex, then wait.');
    }
    return guard.lock;
  }
}

/** @param {unknown} predicate */
function checkPredicate(predicate) {
  if (typeof predicate !== 'function') throw typeError('predicate', predicate, 'a function');
}
