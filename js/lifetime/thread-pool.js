/**
 * A pool of one thread: acquiring and releasing are plain loads and stores, without a call into wasm.
 *
 * Free slots that were used before stand on a stack of this agent, so that the one released last is acquired
 * next; behind them come those that were never used. The top of the stack is a field of its own: the usual
 * pair of acquire and release then touches nothing else, and takes half the time. The state words in the memory are kept up to date for
 * handles, and for whoever looks into the memory.
 *
 * Layer: lifetime. One agent.
 *
 * @module lifetime/thread-pool
 */
import { OWNER } from '../base/generated/layout.js';
import { Pool } from './pool.js';
import { poolClosedError } from './pool-lease.js';

/** @typedef {import('./pool-views.js').MovableView} MovableView */

const FREE_COUNT_FIRST = 64;
/** One more use: the generation stands above the owner byte. */
const GENERATION_ONE = 256;

/**
 * @template {object} T
 * @extends {Pool<T>}
 */
export class ThreadPool extends Pool {
  /** The slot released last, if it is still free. @type {MovableView | null} */
  #hot = null;
  /** Its index; while there is none, that of the slot acquired last. */
  #hotIndex = 0;
  /** Indexes of other free slots that were used before, the last released last. */
  #free = new Uint32Array(FREE_COUNT_FIRST);
  #freeCount = 0;
  /** Slots at and behind this index were never used. */
  #fresh = 0;

  /** @override @returns {T} */
  acquire() {
    const object = this._tryAcquire();
    if (object === null) throw this._emptyError();
    return object;
  }

  /** @override @returns {T | null} */
  _tryAcquire() {
    const view = this.#hot;
    if (view === null) return this.#acquireStacked();
    this.#hot = null;
    return this.#enterSlot(view, this.#hotIndex);
  }

  /** @returns {T | null} */
  #acquireStacked() {
    const last = this.#freeCount - 1;
    if (last < 0) return this.#acquireFresh();
    this.#freeCount = last;
    const index = this.#free[last];
    this.#hotIndex = index;
    return this.#enterSlot(/** @type {MovableView} */ (this._views[index]), index);
  }

  /**
   * @param {MovableView} view
   * @param {number} index
   * @returns {T}
   */
  #enterSlot(view, index) {
    const table = this._table;
    const word = index < this._firstCount ? this._firstWord + index : this._slots.wordOf(index);
    table.i32[word] |= this._ownerByte;
    view.m = table;
    if (this._counts !== null) this.#count();
    return /** @type {T} */ (/** @type {unknown} */ (view));
  }

  /** @override @param {T} object */
  release(object) {
    let index = this.#hotIndex; // most often it is the one acquired last
    const view = /** @type {MovableView} */ (/** @type {unknown} */ (object));
    if (this._views[index] !== view || view.m !== this._table) index = this._indexOf(object);
    if (this._isPlain && this._views[index] === view) this.#giveBack(index, view);
    else this.#giveBackWithCare(index, view);
  }

  /**
   * @param {number} index
   * @param {MovableView} view
   */
  #giveBack(index, view) {
    const { i32 } = this._table;
    const word = index < this._firstCount ? this._firstWord + index : this._slots.wordOf(index);
    const next = (i32[word] & ~255) + GENERATION_ONE;
    i32[word] = next === 0 ? GENERATION_ONE : next;
    view.m = this._dead;
    if (this.#hot !== null) this.#push(this.#hotIndex);
    this.#hot = view;
    this.#hotIndex = index;
  }

  /** @param {number} index */
  #push(index) {
    if (this.#freeCount === this.#free.length) this.#growFree();
    this.#free[this.#freeCount++] = index;
  }

  /**
   * @param {number} index
   * @param {MovableView} given the slot's view, or another one of the same struct
   */
  #giveBackWithCare(index, given) {
    const view = this._viewOf(index);
    try {
      if (this._hasCare) this._careFor(view);
    } finally {
      this.#giveBack(index, view);
      given.m = this._dead;
      if (this._counts !== null) this._counts.releases++;
      if (!this._isOpen) this.#afterClose();
      if (this._hasQueue) this._queue.serve();
    }
  }

  #afterClose() {
    this.#hot = null;
    this._settle();
  }

  #growFree() {
    const longer = new Uint32Array(this.#free.length * 4);
    longer.set(this.#free);
    this.#free = longer;
  }

  /** @returns {T | null} */
  #acquireFresh() {
    if (!this._isOpen) throw poolClosedError();
    let index = this.#fresh;
    if (index >= this.capacity) {
      // All slots are taken, so this grows the pool and takes the first of the new ones.
      index = this._core.poolAcquire(this.address, index);
      if (index < 0) return null;
      if (this._counts !== null) this._counts.misses++;
    }
    const view = this._viewOf(index);
    this._table.i32[this._slots.wordOf(index)] = this._ownerByte;
    view.m = this._table;
    this.#fresh = index + 1; // before the factory, which may acquire as well
    this.#hotIndex = index;
    try {
      this._makeContent(view, index);
    } catch (error) {
      if (this.#fresh === index + 1) this.#fresh = index;
      else this.#push(index);
      throw error;
    }
    if (this._counts !== null) this.#count();
    return /** @type {T} */ (/** @type {unknown} */ (view));
  }

  #count() {
    const counts = /** @type {import('./pool-stats.js').Counts} */ (this._counts);
    counts.allocations++;
    counts.peakInUse = Math.max(counts.peakInUse, this.#usedCount);
  }

  get #usedCount() {
    return this.#fresh - this.#freeCount - (this.#hot === null ? 0 : 1);
  }

  /** @override @param {boolean} isQueued */
  _setQueued(isQueued) {
    super._setQueued(isQueued);
    this._isPlain = this._isAlwaysPlain && this._isOpen && !this._hasQueue;
  }

  /** @override */
  _stop() {
    super._stop();
    this.#hot = null;
    this.#freeCount = 0;
  }

  /** @override */
  _peakInUse() {
    return this._counts?.peakInUse ?? 0;
  }

  /** @override @param {number} index */
  _useAt(index) {
    return this._slots.load(index);
  }

  /**
   * @override
   * @param {number} index
   * @param {number} use
   * @returns {T}
   */
  _enter(index, use) {
    const view = this._viewOf(index);
    if ((use & 255) !== OWNER.NONE) view.m = this._table;
    return /** @type {T} */ (/** @type {unknown} */ (view));
  }
}
