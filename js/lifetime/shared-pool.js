/**
 * A pool that all threads share: the core takes and gives slots, by one CAS each.
 *
 * This agent remembers the slots that it released last, and names the newest to the core as the one to try
 * first. That makes the pool LIFO for each thread and spares the search; since it is no more than a hint,
 * nothing is stranded here when others find the pool empty.
 *
 * A view is checked against the use it was acquired for when it is released: if another thread was first,
 * that is told, also when the slot is in use again.
 *
 * Layer: lifetime. Any thread.
 *
 * @module lifetime/shared-pool
 */
import { QbError } from '../base/errors.js';
import { POOL, STATUS, WAITERS } from '../base/generated/layout.js';
import { Pool } from './pool.js';
import { poolClosedError, releasedError } from './pool-lease.js';
import { USER } from './pool-parts.js';

/** @typedef {import('./pool-views.js').MovableView} MovableView */

/** How many releases are remembered; a power of two. */
const RECENT_COUNT = 4096;
const RECENT_MASK = RECENT_COUNT - 1;

/** The fraction whose multiples stay apart from each other. */
const GOLDEN = 0.6180339887498949;
/** As many state words share a cache line. */
const LINE_WORDS = 16;

/**
 * Where a thread begins to look: apart from the others, so that they do not write the same cache lines.
 *
 * @param {number} number of the thread
 * @param {number} capacity
 * @returns {number} index
 */
function firstHint(number, capacity) {
  const index = Math.floor((((number - 1) * GOLDEN) % 1) * capacity);
  return index - (index % LINE_WORDS);
}

/**
 * @template {object} T
 * @extends {Pool<T>}
 */
export class SharedPool extends Pool {
  /** Indexes released by this agent, in a ring. */
  #recent = new Uint32Array(RECENT_COUNT);
  #recentTop = 0;
  #recentCount = 0;
  /** Behind the slot acquired last; at first somewhere else for each thread. */
  #next = firstHint(this.heap.thread.number, this.capacity);
  /** By index: the state word of the use that this agent knows. */
  #uses = new Int32Array(RECENT_COUNT);
  #seenCapacity = this.capacity;

  /** @override @returns {T} */
  acquire() {
    const object = this._tryAcquire();
    if (object === null) throw this._emptyError();
    return object;
  }

  /** @override @returns {T | null} */
  _tryAcquire() {
    if (!this._isOpen) throw poolClosedError();
    let hint = this.#next;
    if (this.#recentCount > 0) {
      this.#recentCount--;
      hint = this.#recent[this.#recentTop];
      this.#recentTop = (this.#recentTop - 1) & RECENT_MASK;
    }
    const index = this._core.poolAcquire(this.address, hint);
    if (index < 0) return this.#refused(index);
    this.#next = index + 1;
    const view = this._views[index] ?? this._makeView(index);
    const use = this._table.i32[this._slots.wordOf(index)];
    if (index >= this.#uses.length) this.#growUses(index);
    this.#uses[index] = use;
    view.m = this._table;
    if (use >>> 8 === 0) this._makeContent(view, index);
    if (!this._isPlain) this.#afterAcquire(index, view);
    return /** @type {T} */ (/** @type {unknown} */ (view));
  }

  /** @override @param {T} object */
  release(object) {
    const index = this._indexOf(object);
    const view = /** @type {MovableView} */ (/** @type {unknown} */ (object));
    if (this._isPlain && this._views[index] === view) this.#giveBack(index, view);
    else this.#releaseWithCare(index, view);
    if (this._hasQueue) this._queue.serve();
  }

  /**
   * Blocks this thread until an object is free.
   *
   * @override
   * @param {number} [timeout] milliseconds: 0 does not wait; none: as long as it takes
   * @returns {T}
   * @throws {QbError} `EMPTY` after the timeout; `CLOSED`; `UNSUPPORTED` in an agent that may not block
   */
  acquireWait(timeout) {
    return this._queue.block(timeout);
  }

  /**
   * @param {number} index
   * @param {MovableView} given
   */
  #giveBack(index, given) {
    const status = this._core.poolRelease(this.address, index, this.#uses[index] >>> 8);
    given.m = this._dead;
    if (status !== 0) throw this.#notOurs(index, status);
    this.#recentTop = (this.#recentTop + 1) & RECENT_MASK;
    this.#recent[this.#recentTop] = index;
    if (this.#recentCount < RECENT_COUNT) this.#recentCount++;
  }

  /**
   * @param {number} index
   * @param {MovableView} given the slot's view, or another one of the same struct
   */
  #releaseWithCare(index, given) {
    const view = this._viewOf(index);
    try {
      // Another thread may have released it, and someone else use it by now: then it is not ours to reset.
      const word = this._slots.load(index);
      if (word !== this.#uses[index]) {
        throw this.#notOurs(index, (word & 255) === 0 ? STATUS.DOUBLE_FREE : STATUS.STALE);
      }
      try {
        if (this._hasCare) this._careFor(view);
      } finally {
        // Before the slot is free: so the count is never more than what is in use.
        if (this._counts !== null) this.#countRelease(this._counts);
        view.m = this._dead;
        this.#giveBack(index, given);
      }
    } finally {
      if (!this._isOpen) this._settle();
    }
  }

  /**
   * @param {number} index
   * @param {number} status
   * @returns {QbError}
   */
  #notOurs(index, status) {
    const view = this._views[index];
    if (view !== undefined) view.m = this._dead;
    if (status === STATUS.DOUBLE_FREE) return releasedError();
    return new QbError(
      'STALE',
      'another thread has released the object, and its slot is in use again. Release an object in one ' +
        'thread only.',
    );
  }

  /**
   * @param {number} result of the core
   * @returns {null}
   */
  #refused(result) {
    if (-result === STATUS.EMPTY) return null;
    // Another agent closed it.
    this._stop();
    this._settle();
    throw poolClosedError();
  }

  /**
   * @param {number} index
   * @param {MovableView} view
   */
  #afterAcquire(index, view) {
    // Only what a dead thread left behind is not clear: releasing clears.
    if (this._ownsBoxes) this._clearContent(view);
    if (this._counts === null) return;
    this._counts.allocations++;
    if (index >= this.#seenCapacity) {
      this.#seenCapacity = this.capacity;
      this._counts.misses++;
    }
    const { u32 } = this._table;
    const inUse = Atomics.add(u32, this.#userWord(USER.IN_USE), 1) + 1;
    const peakWord = this.#userWord(USER.PEAK);
    let peak = Atomics.load(u32, peakWord);
    while (peak < inUse && inUse < 2 ** 31) {
      peak = Atomics.compareExchange(u32, peakWord, peak, inUse);
    }
  }

  /** @param {import('./pool-stats.js').Counts} counts */
  #countRelease(counts) {
    counts.releases++;
    Atomics.sub(this._table.u32, this.#userWord(USER.IN_USE), 1);
  }

  get #isReadable() {
    return !this._table.revoked;
  }

  /** @param {number} word of POOL.user */
  #userWord(word) {
    return (this.address + POOL.user + 4 * word) >>> 2;
  }

  /** @param {number} index */
  #growUses(index) {
    const longer = new Int32Array(Math.max(index + 1, this.#uses.length * 4));
    longer.set(this.#uses);
    this.#uses = longer;
  }

  /* ---- for Pool ---- */

  /** @override @returns {import('./pool-base.js').WaitSource<T>} */
  _waitSource() {
    const wordIndex = () => (this.address + POOL.waiters + WAITERS.epoch) >>> 2;
    return {
      ...super._waitSource(),
      words: () => this._table.i32,
      wordIndex,
      // The word of a closed pool may be gone. _tryAcquire will say so.
      ticket: () => (this._isOpen ? Atomics.load(this._table.i32, wordIndex()) : 0),
      mark: (isWaiting) => {
        if (!this._table.revoked && !this.heap.closed) this._core.poolWait(this.address, isWaiting);
      },
    };
  }

  /** @override */
  _peakInUse() {
    return this._counts === null || !this.#isReadable
      ? 0
      : this._slots.word(POOL.user + 4 * USER.PEAK);
  }

  /** @override @param {number} index */
  _useAt(index) {
    return this.#uses[index];
  }

  /**
   * @override
   * @param {number} index
   * @param {number} use
   * @returns {T}
   */
  _enter(index, use) {
    const view = this._viewOf(index);
    if (index >= this.#uses.length) this.#growUses(index);
    this.#uses[index] = use;
    view.m = this._table;
    return /** @type {T} */ (/** @type {unknown} */ (view));
  }
}
