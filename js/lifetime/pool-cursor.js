/**
 * A cursor: one view that moves over the structs of a pool that are in use.
 *
 *     const cursor = pool.cursor();
 *     while (cursor.next()) total += cursor.view.mass;
 *
 * The view is the same object throughout: what is kept of it shows another struct after the next step. Other
 * threads may acquire and release meanwhile; a struct that is in use all the time is visited.
 *
 * Layer: lifetime. Any thread.
 *
 * @module lifetime/pool-cursor
 */
import { OWNER, POOL } from '../base/generated/layout.js';
import { releasedError } from './pool-lease.js';
import { handleOf } from './pool-parts.js';

/** @typedef {import('./pool-slots.js').PoolSlots} PoolSlots */

/**
 * One view that moves over the structs of a pool that are in use.
 *
 * @template {object} T
 */
export class PoolCursor {
  #slots;
  #serial;
  #view;
  #index = -1;
  /** Of the chunk that is being visited. */
  #end = 0;
  #word = 0;
  #address = 0;

  /**
   * @param {PoolSlots} slots
   * @param {number} serial of the pool
   * @param {T & { address: number }} view of its own
   */
  constructor(slots, serial, view) {
    this.#slots = slots;
    this.#serial = serial;
    this.#view = view;
  }

  /** The struct that next() stopped at. @returns {T} */
  get view() {
    return this.#view;
  }

  /** Its index in the pool. */
  get index() {
    return this.#index;
  }

  /**
   * Handle of the struct that next() stopped at, whoever acquired it: `pool.release(pool.at(cursor.handle))`
   * gives back what belongs to nobody any more, as in a heap that was loaded.
   *
   * @returns {number}
   * @throws {import('../base/errors.js').QbError} `RELEASED` when it is free by now, or next() stopped nowhere
   */
  get handle() {
    const use = this.#index < 0 ? OWNER.NONE : this.#slots.load(this.#index);
    if ((use & 255) === OWNER.NONE) throw releasedError();
    return handleOf(this.#serial, use, this.#index);
  }

  /**
   * Moves on to the next struct in use.
   *
   * @returns {boolean} false: there is none; the next call begins anew
   * @throws {import('../base/errors.js').QbError} `CLOSED`
   */
  next() {
    const { i32 } = this.#slots.table;
    let index = this.#index + 1;
    for (;;) {
      const end = this.#end;
      const word = this.#word;
      for (; index < end; index++) {
        if ((i32[word + index] & 255) === OWNER.NONE) continue;
        this.#index = index;
        this.#view.address = this.#address + index * this.#slots.slotBytes;
        return true;
      }
      if (!this.#openChunk(index)) return false;
    }
  }

  /** Begins anew. */
  reset() {
    this.#index = -1;
    this.#end = 0;
  }

  /**
   * @param {number} index
   * @returns {boolean} false at the end of the pool
   */
  #openChunk(index) {
    const slots = this.#slots;
    const capacity = slots.word(POOL.capacity);
    if (index >= capacity) {
      this.reset();
      return false;
    }
    const chunk = slots.chunkOf(index);
    this.#end = Math.min(chunk.first + chunk.count, capacity);
    this.#word = chunk.word - chunk.first;
    this.#address = chunk.address - chunk.first * slots.slotBytes;
    return true;
  }

  /** From the beginning; each step gives the same view. @returns {IterableIterator<T>} */
  *[Symbol.iterator]() {
    this.reset();
    while (this.next()) yield this.#view;
  }
}
