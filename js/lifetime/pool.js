/**
 * Object pools: structs in slots of shared memory that are acquired and released instead of made and freed.
 *
 *     const pool = heap.pool(Particle, {capacity: 1000});
 *     const particle = pool.acquire();          a view; its fields are as the last user left them
 *     pool.release(particle);                   from now on the view throws
 *
 * How it works. The core keeps one word a slot (c/src/lifetime/pool.c): who has it, and which use of it this
 * is. A pool that is shared by threads changes it in wasm (shared-pool.js); one that belongs to a thread
 * changes it here, with plain loads and stores (thread-pool.js).
 *
 * Views. Each slot has one view in this agent, made at its first use and handed out at every later one: in
 * the steady state nothing is allocated. A released view reads through a table that throws on any access;
 * acquiring gives it the pool's table back. So a view is checked at no cost per access, instead of comparing
 * generations at each (5 % in V8, 35 % in JSC). What that leaves open, and handles close:
 *
 *   - A view that was kept after its release is the view of the next user of that slot. Keep handles
 *     instead: a handle names one use of a slot, and `at(handle)` refuses a later one.
 *   - When *another* thread releases what this one still looks at, the view goes on reading the slot.
 *     `isCurrent(view)` tells.
 *
 * Handles are integers below 2^53, so they can be posted, stored in an f64 field, used as a key:
 *
 *     | 5 bits of the pool's serial | 24 bits generation | 24 bits index |
 *
 * Values of variable size (string, bytes, any) stand beside the slot, and are unset by each release. In a
 * shared pool they belong to no thread, so that the death of their writer does not take them from the slot.
 *
 * End. `close()` ends acquiring for all agents. Each keeps what it has until it has released all of it; the
 * storage goes with the last one.
 *
 * Layer: lifetime. A Pool object belongs to one agent, the pool to the heap.
 *
 * @module lifetime/pool
 */
import { isUint32, typeError } from '../base/check.js';
import { describe, QbError } from '../base/errors.js';
import { LIMITS, OWNER, POOL } from '../base/generated/layout.js';
import { regionSerial } from '../heap/region.js';
import { clearOwned, ownsBoxes } from '../struct/graph.js';
import { newCounts, PoolBase, poolClosedError, releasedError, statsOf } from './pool-base.js';
import { PoolBuilder } from './pool-builder.js';
import { PoolCursor } from './pool-cursor.js';
import { foreignError } from './pool-options.js';
import { PoolSlots } from './pool-slots.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('../heap/ambient.js').Allocator} Allocator */
/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */
/** @typedef {import('../struct/link.js').StructMeta} StructMeta */
/** @typedef {import('../struct/scope.js').View} View */
/** @typedef {{ address: number, m: MemoryTable }} MovableView */

/**
 * What another agent needs to use the pool: `Pool.attach(heap, descriptor)`.
 *
 * @typedef {{ kind: 'qbwasm.pool', heap: string, address: number, serial: number, type: string }} PoolDescriptor
 */

/**
 * @template {object} T
 * @typedef {object} AttachOptions
 * @property {AnyClass} [type] the class of its structs; by default the one with that name in this agent
 * @property {(object: T) => void} [reset] as in heap.pool: functions do not travel with a descriptor
 * @property {(object: T) => void} [factory]
 * @property {import('./pool-options.js').StructOnlyOptions<T>['onOrphan']} [onOrphan]
 */

/** What a handle is made of. */
const INDEX_SPAN = 2 ** 24;
const GENERATION_SPAN = 2 ** 24;
const SERIAL_MASK = 31;

/** Words of POOL.user. */
export const USER = Object.freeze({ SCHEMA: 0, IN_USE: 1, PEAK: 2, FLAGS: 3 });
/** Bits of the flags. */
export const FLAG = Object.freeze({ STATS: 1, THREAD: 2, EAGER: 4 });

/**
 * Where the values beside a pool's structs come from.
 *
 * @implements {Allocator}
 */
class PoolAllocator {
  /**
   * @param {Heap} heap
   * @param {MemoryTable} table
   * @param {boolean} isShared
   */
  constructor(heap, table, isShared) {
    /** @readonly @type {'pool'} */
    this.kind = 'pool';
    /** @readonly */
    this.heap = heap;
    /** @readonly */
    this.table = table;
    this.isShared = isShared;
  }

  /**
   * @param {number} bytes
   * @param {number} alignBytes
   * @returns {number} address
   */
  allocate(bytes, alignBytes) {
    const address = this.heap.allocator.allocate(bytes, alignBytes);
    if (this.isShared) this.heap.core.blockOwn(address, OWNER.SHARED);
    return address;
  }
}

/**
 * A pool as this agent sees it. Its two kinds are made by `heap.pool` and `Pool.attach`.
 *
 * @abstract
 * @template {object} T
 * @extends {PoolBase<T>}
 */
export class Pool extends PoolBase {
  /** From which index on this agent may still hold slots of a closed pool. */
  #heldFrom = 0;
  #isGone = false;
  #capacityAtEnd = 0;

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
    /** @readonly */
    this.heap = heap;
    /** @readonly */
    this.address = address;
    /** @readonly the class of its structs */
    this.type = meta.Class;
    /** @readonly @type {'thread' | 'shared'} */
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
    this._ownsBoxes = ownsBoxes(meta.schema);
    const { references, nested } = meta.schema;
    /** Whether a release has to look after the content. */
    this._hasCare =
      hooks.reset !== null || this._ownsBoxes || references.length + nested.length > 0;
    this._isAlwaysPlain = !this._hasCare && this._counts === null;
    /** Whether a release has nothing to do but to release. */
    this._isPlain = this._isAlwaysPlain;
  }

  /**
   * Settings one by one: `Pool.builder(Particle).capacity(1000).shared().build()`.
   *
   * @template {AnyClass} C
   * @param {C} [type]
   * @returns {PoolBuilder<InstanceType<C>>}
   */
  static builder(type) {
    return new PoolBuilder(type);
  }

  /**
   * Attaches this agent to a shared pool that another one opened. Attaching again gives the same Pool.
   *
   * @template {object} T
   * @param {Heap} heap
   * @param {PoolDescriptor} descriptor
   * @param {AttachOptions<T>} [options]
   * @returns {Pool<T>}
   * @throws {QbError} `REGION`, `STALE` when it is gone; `HEAP`, `NOT_FOUND`, `TYPE`
   */
  static attach(heap, descriptor, options) {
    return heap.attachPool(descriptor, options);
  }

  /** Slots now. */
  get capacity() {
    return this._capacity();
  }

  /** True when no more can be acquired here. */
  get closed() {
    return !this._isOpen;
  }

  /** Acquired now, by all threads. Looks at every slot. */
  get inUse() {
    return this.#isGone ? 0 : this._slots.countUsed();
  }

  /**
   * Counts. Those of calls are of this agent, the others of the pool. Without `{stats: true}` only what the pool
   * knows anyway: capacity, in use, growth.
   *
   * @returns {import('./pool-base.js').PoolStats}
   */
  get stats() {
    const { inUse } = this;
    const counts = this._counts ?? newCounts();
    const growthEvents = this.#isGone ? 0 : this._slots.word(POOL.growthCount);
    return statsOf(counts, {
      capacity: this.capacity,
      inUse,
      peakInUse: Math.max(inUse, this._peakInUse()),
      growthEvents,
    });
  }

  /**
   * For `Pool.attach` in another agent.
   *
   * @returns {Readonly<PoolDescriptor>}
   * @throws {QbError} `CONFIGURATION` for a pool of one thread; `CLOSED`
   */
  get descriptor() {
    this._needOpen();
    if (this.sharing === 'thread') {
      throw new QbError(
        'CONFIGURATION',
        "the pool belongs to this thread (sharing: 'thread'). Open it with sharing: 'shared', or let each " +
          'thread open its own.',
      );
    }
    const { address, serial } = this;
    const type = this._meta.schema.name;
    return Object.freeze({ kind: 'qbwasm.pool', heap: this.heap.id, address, serial, type });
  }

  /* ---- handles ---- */

  /**
   * Names this use of the object, for other threads or for later. Valid until it is released.
   *
   * @param {T} object acquired, and not released since
   * @returns {number} integer below 2^53
   * @throws {QbError} `RELEASED`, `TYPE`
   */
  handle(object) {
    const index = this._indexOf(object);
    const generation = this._useAt(index) >>> 8;
    const serial = this.serial & SERIAL_MASK;
    return (serial * GENERATION_SPAN + generation) * INDEX_SPAN + index;
  }

  /**
   * The object that a handle names, whichever thread acquired it.
   *
   * @param {number} handle
   * @returns {T} the view of its slot in this agent
   * @throws {QbError} `STALE` when it was released; `TYPE`, `ARGUMENT`, `CLOSED`
   */
  at(handle) {
    if (this.#isGone) throw poolClosedError();
    if (typeof handle !== 'number') {
      throw typeError('handle', handle, 'a number that pool.handle() returned');
    }
    const index = handle % INDEX_SPAN;
    const rest = Math.floor(handle / INDEX_SPAN);
    const serial = Math.floor(rest / GENERATION_SPAN);
    const isOne = Number.isSafeInteger(handle) && handle >= 0;
    if (!isOne || serial !== (this.serial & SERIAL_MASK) || index >= this.capacity) {
      throw new QbError('ARGUMENT', `${describe(handle)} is no handle of this pool.`, {
        given: handle,
      });
    }
    const use = this._slots.load(index);
    if ((use & 255) === OWNER.NONE || use >>> 8 !== rest % GENERATION_SPAN) {
      throw new QbError(
        'STALE',
        'the handle is of an earlier use of its slot: the object was released since. Ask for a new handle.',
        { given: handle },
      );
    }
    return this._enter(index, use);
  }

  /**
   * Whether a view shows what it was acquired for (or what its handle named): false when it was released, by
   * this or another thread.
   *
   * @param {T} object
   * @returns {boolean}
   */
  isCurrent(object) {
    const index = this._findIndex(object);
    return index >= 0 && this._slots.load(index) === this._useAt(index);
  }

  /**
   * One view that moves over the objects in use, of all threads: for reading many without a view for each.
   *
   * @returns {PoolCursor<T>}
   * @throws {QbError} `CLOSED`
   */
  cursor() {
    if (this.#isGone) throw poolClosedError();
    const view = new this._meta.View(this.address, this._table);
    return new PoolCursor(
      this._slots,
      /** @type {T & MovableView} */ (/** @type {unknown} */ (view)),
    );
  }

  /* ---- leaving ---- */

  /**
   * Ends acquiring, in all agents. What was acquired stays usable until it is released.
   *
   * @throws {QbError} `CLOSED` the second time
   */
  close() {
    this._needOpen();
    this._stop();
    try {
      this._core.poolClose(this.address, this.serial, true);
    } catch (error) {
      if (!(error instanceof QbError) || error.code !== 'REGION') throw error; // another agent was first
    }
    this._settle();
  }

  /** The same as `close()`, but closing what is closed does nothing. */
  dispose() {
    if (this._isOpen) this.close();
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    this.dispose();
  }

  /**
   * This agent no longer uses the pool; others may. What it had acquired is released.
   *
   * @throws {QbError} `CLOSED`
   */
  detach() {
    this._needOpen();
    if (this.sharing === 'thread') {
      this.close();
      this.#releaseHeld();
      return;
    }
    this._stop();
    this.#releaseHeld();
    this._settle();
  }

  /* ---- for the two kinds ---- */

  /** @param {number} _index @returns {number} the state word of the use that this agent knows */
  _useAt(_index) {
    throw new Error('abstract');
  }

  /** @param {number} _index @param {number} _use @returns {T} the view of a slot in use */
  _enter(_index, _use) {
    throw new Error('abstract');
  }

  /** @returns {number} */
  _peakInUse() {
    throw new Error('abstract');
  }

  /** @override */
  _capacity() {
    return this.#isGone ? this.#capacityAtEnd : this._slots.word(POOL.capacity);
  }

  /** @override @param {T} object */
  _useOf(object) {
    const index = this._findIndex(object);
    return index < 0 ? -1 : this._useAt(index);
  }

  /** @throws {QbError} `CLOSED` */
  _needOpen() {
    if (!this._isOpen) throw poolClosedError();
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
        throw this.#isGone ? poolClosedError() : releasedError();
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

  /** No more acquiring in this agent. */
  _stop() {
    this._isOpen = false;
    this._isPlain = false;
    this._dismissAll(poolClosedError());
  }

  /** A closed pool is left when this agent holds nothing of it. */
  _settle() {
    if (this.#isGone || this._isOpen) return;
    this.#heldFrom = this._core.poolNext(this.address, this._ownerByte, this.#heldFrom);
    if (this.#heldFrom >= 0) return;
    this._bury();
    this._core.poolUnpin(this.address, this.serial);
  }

  #releaseHeld() {
    let index = this._core.poolNext(this.address, this._ownerByte, 0);
    while (index >= 0) {
      this.release(this._enter(index, this._slots.load(index)));
      if (this.#isGone) return;
      index = this._core.poolNext(this.address, this._ownerByte, index + 1);
    }
  }

  /** From here on no view of this agent reads the pool. */
  _bury() {
    this.#capacityAtEnd = this._capacity();
    this.#isGone = true;
    this._isOpen = false;
    this.onGone();
    this._table.revoke(poolClosedError);
    this._table.far = null;
    this.heap.memory.dropTable(this._table);
  }

  /** Set by the module that keeps the list of pools. */
  onGone() {}

  /** The heap closes in this agent: its slot word goes, and what it holds with it. */
  abandon() {
    if (this.#isGone) return;
    if (this._isOpen) this._stop();
    if (this._ownsBoxes)
      this.#eachOf(this._ownerByte, (index) => this._careFor(this._viewOf(index)));
    this._bury();
  }

  /**
   * A dead thread is being reaped, before the core releases what it held.
   *
   * @param {number} number of its slot
   */
  onReap(number) {
    if (this.#isGone || this.sharing === 'thread') return;
    const { onOrphan } = this._hooks;
    if (onOrphan === null && !this._hasCare) return;
    this.#eachOf(number, (index) => {
      const use = this._slots.load(index);
      const object = this._enter(index, use);
      const decision = onOrphan?.(object, this.handle(object)) ?? 'release';
      if (decision === 'release') {
        this._careFor(this._viewOf(index));
        this._viewOf(index).m = this._dead;
      } else {
        const owner = decision === 'own' ? this._ownerByte : OWNER.SHARED;
        this._slots.exchange(index, use, (use & ~255) | owner);
        this._enter(index, this._slots.load(index));
      }
    });
  }

  /** @param {number} index @returns {MovableView} */
  _viewOf(index) {
    return this._views[index] ?? this._makeView(index);
  }

  /**
   * @param {number} owner
   * @param {(index: number) => void} visit
   */
  #eachOf(owner, visit) {
    const { _core: core, address } = this;
    let index = core.poolNext(address, owner, 0);
    for (; index >= 0; index = core.poolNext(address, owner, index + 1)) visit(index);
  }
}

/**
 * @template T
 * @param {MovableView} view
 * @returns {T}
 */
function asObject(view) {
  return /** @type {T} */ (/** @type {unknown} */ (view));
}

/**
 * @param {unknown} value
 * @returns {value is PoolDescriptor}
 */
export function isPoolDescriptor(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'qbwasm.pool' &&
    'address' in value &&
    isUint32(value.address) &&
    'serial' in value &&
    isUint32(value.serial)
  );
}
