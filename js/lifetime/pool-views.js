/**
 * The views of a pool's structs in this agent: one a slot, made at its first use; and the content of a slot
 * before its first use and after each.
 *
 * Layer: lifetime. One agent.
 *
 * @module lifetime/pool-views
 */
import { LIMITS, POOL } from '../base/generated/layout.js';
import { regionSerial } from '../heap/region.js';
import { clearOwned, ownsBoxes } from '../struct/graph.js';
import { PoolBase } from './pool-base.js';
import { poolClosedError, releasedError } from './pool-lease.js';
import { foreignError } from './pool-options.js';
import { FLAG, PoolAllocator, USER } from './pool-parts.js';
import { PoolSlots } from './pool-slots.js';
import { newCounts } from './pool-stats.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/link.js').StructMeta} StructMeta */
/** @typedef {{ address: number, m: MemoryTable }} MovableView */

/**
 * @abstract
 * @template {object} T
 * @extends {PoolBase<T>}
 */
export class PoolViews extends PoolBase {
  /**
   * Not for users: see `heap.pool` and `Pool.attach`.
   *
   * @param {Heap} heap
   * @param {StructMeta} meta
   * @param {number} address of the pool
   * @param {Pick<import('./pool-options.js').Settings<T>, 'reset' | 'factory' | 'onOrphan'>} hooks
   */
  constructor(heap, meta, address, hooks) {
    heap.memory.ensure(address + LIMITS.REGION_BYTES);
    const { root } = heap.memory;
    const flags = root.u32[(address + POOL.user + 4 * USER.FLAGS) >>> 2];
    super((flags & FLAG.STATS) !== 0 ? newCounts() : null);
    /** The heap that it is in. @readonly */
    this.heap = heap;
    /** Of its first byte. @readonly */
    this.address = address;
    /** @readonly the class of its structs */
    this.type = meta.Class;
    /** Who acquires and releases. @readonly @type {'thread' | 'shared'} */
    this.sharing = (flags & FLAG.THREAD) !== 0 ? 'thread' : 'shared';
    /** Tells successive pools at one address apart. @readonly */
    this.serial = regionSerial(heap.memory, address);
    this._meta = meta;
    this._hooks = hooks;
    this._ownerByte = heap.thread.number;
    this._core = heap.core;
    this._table = heap.memory.createTable();
    this._table.scope = new PoolAllocator(heap, this._table, this.sharing === 'shared');
    /** What released views read through. */
    this._dead = heap.memory.createTable();
    this._dead.scope = this._table.scope;
    this._dead.revoke(releasedError);
    this._slots = new PoolSlots(heap, this._table, address);
    this._firstCount = this._slots.firstCount;
    this._firstWord = this._slots.firstWord;
    /** The view of each slot that was used in this agent. @type {(MovableView | undefined)[]} */
    this._views = [];
    this._eagerCount = (flags & FLAG.EAGER) !== 0 ? this._slots.firstCount : 0;
    this._isOpen = true;
    /** Whether this agent has left it, after it was closed. */
    this._isGone = false;
    this._ownsBoxes = ownsBoxes(meta.schema);
    const { references, nested } = meta.schema;
    /** Whether a release has to look after the content. */
    this._hasCare =
      hooks.reset !== null || this._ownsBoxes || references.length + nested.length > 0;
    this._isAlwaysPlain = !this._hasCare && this._counts === null;
    /** Whether a release has nothing to do but to release. */
    this._isPlain = this._isAlwaysPlain;
  }

  /** @param {number} _index @returns {number} the state word of the use that this agent knows */
  _useAt(_index) {
    throw new Error('abstract');
  }

  /** @param {number} _index @param {number} _use @returns {T} the view of a slot in use */
  _enter(_index, _use) {
    throw new Error('abstract');
  }

  /**
   * Index of a view's slot that this agent uses.
   *
   * @param {T} object
   * @returns {number}
   * @throws {QbError} `RELEASED`, `TYPE`
   */
  _indexOf(object) {
    const view = /** @type {MovableView} */ (/** @type {unknown} */ (object));
    if (typeof object === 'object' && object !== null) {
      const { firstAddress, inverse } = this._slots;
      const index = ((view.address - firstAddress) * inverse + 0.5) | 0;
      // One compare for all: it is the view of a slot of this pool, and this is the slot.
      if (index >>> 0 < this._views.length && this._views[index] === view) {
        if (view.m === this._table) return index;
        throw this._isGone ? poolClosedError() : releasedError();
      }
    }
    return this.#indexOfOther(view);
  }

  /**
   * @param {T} object
   * @returns {number} -1: it is not in use here
   */
  _findIndex(object) {
    try {
      return this._indexOf(object);
    } catch {
      return -1;
    }
  }

  /**
   * Of a grown pool, or of a view that is not the slot's own, such as a field that refers to it.
   *
   * @param {MovableView} view
   * @returns {number}
   */
  #indexOfOther(view) {
    const { name } = this._meta.schema;
    if (!(view instanceof this._meta.Base)) throw foreignError(`the pool of ${name}`, view);
    const other = /** @type {MovableView} */ (view);
    if (other.m === this._dead) throw releasedError();
    const index = this._slots.indexOf(other.address);
    if (index < 0 || other.m !== this._table) {
      const isOwn = index >= 0 && this._views[index] === other;
      throw isOwn ? poolClosedError() : foreignError(`the pool of ${name}`, view);
    }
    if (this._views[index] !== other && this._views[index]?.m !== this._table)
      throw releasedError();
    return index;
  }

  /**
   * @param {number} index
   * @returns {MovableView} the view of the slot, released
   */
  _makeView(index) {
    const address = this._slots.addressOf(index);
    const view = /** @type {MovableView} */ (new this._meta.View(address, this._table));
    while (this._views.length <= index) this._views.push(undefined);
    this._views[index] = view;
    view.m = this._dead;
    return view;
  }

  /** Makes the objects of the first capacity. */
  _makeAll() {
    for (let index = 0; index < this._slots.firstCount; index++) {
      const view = this._makeView(index);
      if (this._hooks.factory === null) continue;
      view.m = this._table;
      this._hooks.factory(asObject(view));
      view.m = this._dead;
    }
  }

  /**
   * A slot was acquired that was never used before.
   *
   * @param {MovableView} view
   * @param {number} index
   */
  _makeContent(view, index) {
    const { factory } = this._hooks;
    if (factory === null || index < this._eagerCount) return;
    try {
      factory(asObject(view));
    } catch (error) {
      view.m = this._dead;
      this._slots.store(index, 0); // free, and still never used
      throw error;
    }
  }

  /**
   * What a release does with the content. Throws what `reset` throws, when all is done.
   *
   * @param {MovableView} view
   */
  _careFor(view) {
    const { reset } = this._hooks;
    try {
      if (reset !== null) {
        if (this._counts !== null) this._counts.resets++;
        reset(asObject(view));
      }
    } finally {
      if (this._ownsBoxes || this._table.far !== null) this._clearContent(view);
    }
  }

  /**
   * Frees what stands beside the slot, and forgets references that leave the pool.
   *
   * @param {MovableView} view
   */
  _clearContent(view) {
    clearOwned(this._meta.schema, this._table, view.address);
  }

  /**
   * The object has gone into a channel: its view here shows nothing any more.
   *
   * @param {T} object
   */
  _sendAway(object) {
    const view = /** @type {MovableView} */ (/** @type {unknown} */ (object));
    view.m = this._dead;
    this._viewOf(this._slots.indexOf(view.address)).m = this._dead;
  }

  /**
   * The view of a slot that came out of a channel.
   *
   * @param {number} index
   * @returns {T}
   */
  _receive(index) {
    return this._enter(index, this._slots.load(index));
  }

  /** @param {number} index @returns {MovableView} */
  _viewOf(index) {
    return this._views[index] ?? this._makeView(index);
  }
}

/**
 * @template T
 * @param {MovableView} view
 * @returns {T}
 */
export function asObject(view) {
  return /** @type {T} */ (/** @type {unknown} */ (view));
}
