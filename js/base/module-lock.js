/**
 * The part of the wasm module that deals in locks: see module.js, which makes it.
 *
 * That a lock is held, or gone, is no mistake of this layer: such a status is returned below zero, and
 * wait/lock.js says what it means for a mutex, a semaphore or a condition.
 *
 * Layer: base. Belongs to the agent that made it.
 *
 * @module base/module-lock
 */
import { LIMITS } from './generated/layout.js';

/** @typedef {(...args: number[]) => number} Export */

export class LockCore {
  #core;

  /**
   * @param {Record<string, Export>} raw
   * @param {import('./module.js').Core} core
   */
  constructor(raw, core) {
    this.#core = core;
    this._open = raw.lock_open;
    this._take = raw.lock_take;
    this._release = raw.lock_release;
    this._wait = raw.lock_wait;
    this._wake = raw.lock_wake;
    this._close = raw.lock_close;
  }

  /**
   * @param {number} kind LOCK_KIND
   * @param {number} permitCount
   * @returns {number} address
   */
  open(kind, permitCount) {
    const address = this._open(kind, permitCount) >>> 0;
    if (address >= LIMITS.ADDRESS_MIN) return address;
    throw this.#core.failure(address, `lock_open(kind ${kind}, ${permitCount} permits)`);
  }

  /**
   * @param {number} address
   * @param {number} id
   * @returns {number} index of the permit, with LOCK_FLAG.ABANDONED; -BUSY, -DEADLOCK, -STALE, -NOT_ATTACHED
   */
  take(address, id) {
    const result = this._take(address, id) >>> 0;
    return result >= LIMITS.ADDRESS_MIN ? result - LIMITS.ADDRESS_MIN : -result;
  }

  /**
   * @param {number} address
   * @param {number} id
   * @param {number} index of the permit
   * @returns {number} 0; -OWNER, -STALE, -NOT_ATTACHED
   */
  release(address, id, index) {
    return -this._release(address, id, index);
  }

  /**
   * @param {number} address
   * @param {number} id
   * @returns {number} the epoch, before a try; -STALE
   */
  wait(address, id) {
    const result = this._wait(address, id) >>> 0;
    return result >= LIMITS.ADDRESS_MIN ? result : -result;
  }

  /**
   * @param {number} address
   * @param {number} id
   * @param {number} count
   * @returns {number} 0; -STALE
   */
  wake(address, id, count) {
    return -this._wake(address, id, count);
  }

  /**
   * @param {number} address
   * @param {number} id
   * @returns {number} 0; -BUSY, -STALE, -NOT_ATTACHED
   */
  close(address, id) {
    return -this._close(address, id);
  }
}
