/**
 * The methods by which a heap makes locks.
 *
 * Layer: wait. Any thread.
 *
 * @module wait/lock-open
 */
import { Condition } from './condition.js';
import { Mutex } from './mutex.js';
import { Semaphore } from './semaphore.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('./lock.js').LockOptions} LockOptions */

/** `heap.mutex`, `heap.semaphore`, `heap.condition`. @type {import('../heap/heap.js').HeapPart} */
export const locks = {
  /**
   * @this {Heap}
   * @param {LockOptions} [options]
   */
  mutex(options) {
    return Mutex.create(this, options);
  },

  /**
   * @this {Heap}
   * @param {number} permits
   * @param {LockOptions} [options]
   */
  semaphore(permits, options) {
    return Semaphore.create(this, permits, options);
  },

  /**
   * @this {Heap}
   * @param {LockOptions} [options]
   */
  condition(options) {
    return Condition.create(this, options);
  },
};
