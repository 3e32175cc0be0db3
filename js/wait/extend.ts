/**
 * The methods that this layer gives to Heap, for TypeScript: heap.js must not know this layer.
 */
import type { Condition } from './condition.js';
import type { LockOptions } from './lock.js';
import type { Mutex } from './mutex.js';
import type { Semaphore } from './semaphore.js';

/** The methods themselves. */
export interface HeapLocks {
  /**
   * Makes a mutex.
   *
   * @throws QbError `EXISTS` when the name is taken; `OUT_OF_MEMORY`, `NAME`, `TYPE`, `CLOSED`
   */
  mutex(options?: LockOptions): Mutex;
  /**
   * Makes a semaphore of 1 to 1024 permits.
   *
   * @throws QbError `EXISTS` when the name is taken; `ARGUMENT`, `OUT_OF_MEMORY`, `NAME`, `TYPE`, `CLOSED`
   */
  semaphore(permits: number, options?: LockOptions): Semaphore;
  /**
   * Makes a condition.
   *
   * @throws QbError `EXISTS` when the name is taken; `OUT_OF_MEMORY`, `NAME`, `TYPE`, `CLOSED`
   */
  condition(options?: LockOptions): Condition;
}

declare module '../heap/heap.js' {
  interface Heap extends HeapLocks {}
}
