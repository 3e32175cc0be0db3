/**
 * Mutex: one thread at a time.
 *
 *                 waits in a worker       promise               at once
 *     lock        lock({timeout})         lockAsync({timeout,   tryLock(): null when it is held
 *                                           signal})
 *     scope       run(fn)                 runAsync(fn)
 *
 * The meaning is that of Atomics.Mutex in TC39's proposal of shared structs: not recursive, only the holder
 * unlocks. Beyond it: a mutex whose holder died goes to the next one, whose guard says `abandoned`.
 *
 * The holder is the thread (the agent), not the async task: `lock()` in the thread that holds it is
 * refused as a deadlock, `lockAsync()` stands in line behind the tasks of this agent that came before. There
 * is no order among agents: who finds it free has it.
 *
 * Layer: wait. A Mutex object belongs to one agent, the mutex to the heap.
 *
 * @module wait/mutex
 */
import { LOCK_KIND } from '../base/generated/layout.js';
import { attachLock, openLock } from './lock.js';
import { Permits } from './permits.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('./guard.js').Guard} Guard */
/** @typedef {import('./lock.js').LockDescriptor} LockDescriptor */
/** @typedef {import('./lock.js').LockOptions} LockOptions */
/** @typedef {import('./queue.js').WaitOptions} WaitOptions */

/**
 * Made by `heap.mutex` and `Mutex.attach`. Lives until it is freed: `free()`, or the end of the scope of
 * `using mutex = heap.mutex()`.
 *
 * @example
 * class Total extends struct('Total', { value: t.u32 }) {}
 * const total = new Total();
 * const mutex = heap.mutex();
 * // in a worker: const mutex = Mutex.attach(heap, workerData.mutex);
 * const guard = mutex.lock();
 * try {
 *   if (guard.abandoned) total.value = 0; // the last holder died: begin anew
 *   total.value++;
 * } finally {
 *   guard.release();
 * }
 * mutex.run(() => total.value++); // the same
 * total.value; // 2
 */
export class Mutex extends Permits {
  /**
   * The same as `heap.mutex`.
   *
   * @param {Heap} heap
   * @param {LockOptions} [options]
   * @returns {Mutex}
   * @throws {QbError} `EXISTS` when the name is taken; `OUT_OF_MEMORY`, `NAME`, `TYPE`, `CLOSED`
   */
  static create(heap, options) {
    return openLock(Mutex, heap, LOCK_KIND.MUTEX, 1, options);
  }

  /**
   * Attaches this agent to a mutex that another one made. Attaching again gives the same Mutex.
   *
   * @param {Heap} heap
   * @param {LockDescriptor | string} target its descriptor or its name
   * @returns {Mutex}
   * @throws {QbError} `STALE` when it was freed; `NOT_FOUND`, `HEAP`, `TYPE`, `CLOSED`
   */
  static attach(heap, target) {
    return attachLock(Mutex, heap, LOCK_KIND.MUTEX, target);
  }

  /**
   * Locks it if it is free, in any agent.
   *
   * @returns {Guard | null} null: it is held, by another thread or by this one
   * @throws {QbError} `STALE`, `CLOSED`
   */
  tryLock() {
    return this._take();
  }

  /**
   * Locks it, and blocks this thread until that is possible. In an agent that may not block (the main
   * thread of a browser) it locks a free mutex, and is refused otherwise.
   *
   * @param {{ timeout?: number }} [options] milliseconds: 0 does not wait; none: as long as it takes
   * @returns {Guard}
   * @throws {QbError} `TIMEOUT`; `BUSY` with timeout 0; `DEADLOCK` when this thread holds it; `UNSUPPORTED` in an
   *   agent that may not block; `STALE`, `CLOSED`, `ARGUMENT`, `TYPE`
   */
  lock(options) {
    return this._block('lock options', options);
  }

  /**
   * Locks it as soon as possible, without blocking. Those of one agent get it in the order in which they
   * came.
   *
   * @param {WaitOptions} [options] timeout in milliseconds: 0 does not wait; none: as long as it takes
   * @returns {Promise<Guard>} rejects with `TIMEOUT`, `BUSY`, `STALE`, `CLOSED`, or the signal's reason
   * @throws {QbError} `ARGUMENT`, `TYPE`
   */
  lockAsync(options) {
    return this._join(options);
  }

  /**
   * Calls a function while this thread holds the mutex: until it returns or throws, or until the promise
   * that it returns is settled.
   *
   * @template R
   * @param {(guard: Guard) => R} fn
   * @param {{ timeout?: number }} [options] as in `lock`
   * @returns {R}
   * @throws {QbError} as `lock`
   */
  run(fn, options) {
    this._checkFunction(fn);
    return this._runWith(this.lock(options), fn);
  }

  /**
   * The same without blocking.
   *
   * @template R
   * @param {(guard: Guard) => R | Promise<R>} fn
   * @param {WaitOptions} [options] as in `lockAsync`
   * @returns {Promise<R>}
   * @throws {QbError} as `lockAsync`
   */
  async runAsync(fn, options) {
    this._checkFunction(fn);
    return this._runWith(await this.lockAsync(options), fn);
  }

  /**
   * Unlocks without the guard, which holds nothing afterwards.
   *
   * @throws {QbError} `OWNER` when this thread does not hold it; `STALE`, `CLOSED`
   */
  unlock() {
    const guard = this._latest;
    if (guard?.held) guard.release();
    else this._release(0);
  }
}
