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
import { typeError } from '../base/check.js';
import { describe, QbError } from '../base/errors.js';
import { OWNER, POOL } from '../base/generated/layout.js';
import { PoolBuilder } from './pool-builder.js';
import { PoolCursor } from './pool-cursor.js';
import { poolClosedError } from './pool-lease.js';
import { GENERATION_SPAN, handleOf, INDEX_SPAN, SERIAL_MASK } from './pool-parts.js';
import { newCounts, statsOf } from './pool-stats.js';
import { PoolViews } from './pool-views.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */
/** @typedef {import('./pool-parts.js').PoolDescriptor} PoolDescriptor */
/** @typedef {import('./pool-views.js').MovableView} MovableView */

/**
 * @template {object} T
 * @typedef {import('./pool-parts.js').AttachOptions<T>} AttachOptions
 */

/**
 * A pool as this agent sees it. Its two kinds are made by `heap.pool` and `Pool.attach`.
 *
 * @abstract
 * @template {object} T
 * @extends {PoolViews<T>}
 *
 * @example
 * class Particle extends struct('Particle', { x: t.f64 }) {}
 * const pool = heap.pool(Particle, { capacity: 100 });
 * const particle = pool.acquire();
 * particle.x = 1;
 * const handle = pool.handle(particle); // to post to another thread, which has done Pool.attach
 * pool.at(handle).x; // 1
 * pool.release(particle);
 * pool.inUse; // 0
 */
export class Pool extends PoolViews {
  /** From which index on this agent may still hold slots of a closed pool. */
  #heldFrom = 0;
  #capacityAtEnd = 0;
  /** Channels of this agent. */
  #keepers = 0;

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
   * With a name it is the pool whose address was published under it: `heap.roots.set('particles',
   * pool.address)`. That works in a loaded heap as well, where descriptors of the saved one do not.
   *
   * @template {object} T
   * @param {Heap} heap
   * @param {PoolDescriptor | string} descriptor or the name of a root
   * @param {AttachOptions<T>} [options]
   * @returns {Pool<T>}
   * @throws {QbError} `REGION`, `STALE` when it is gone; `HEAP`, `NOT_FOUND`, `TYPE`; with a name also `NAME`,
   *   and `CONFIGURATION` when the pool belongs to one thread
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
    return this._isGone ? 0 : this._slots.countUsed();
  }

  /**
   * Counts. Those of calls are of this agent, the others of the pool. Without `{stats: true}` only what the pool
   * knows anyway: capacity, in use, growth.
   *
   * @returns {import('./pool-stats.js').PoolStats}
   */
  get stats() {
    const { inUse } = this;
    const counts = this._counts ?? newCounts();
    const growthEvents = this._isGone ? 0 : this._slots.word(POOL.growthCount);
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
    return handleOf(this.serial, this._useAt(index), index);
  }

  /**
   * The object that a handle names, whichever thread acquired it.
   *
   * @param {number} handle
   * @returns {T} the view of its slot in this agent
   * @throws {QbError} `STALE` when it was released; `TYPE`, `ARGUMENT`, `CLOSED`
   */
  at(handle) {
    if (this._isGone) throw poolClosedError();
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
    const owner = use & 255;
    if (owner === OWNER.NONE || owner === OWNER.MOVING || use >>> 8 !== rest % GENERATION_SPAN) {
      throw new QbError(
        'STALE',
        'the handle is of an earlier use of its slot: the object was released since, or it is in a channel. Ask ' +
          'for a new handle.',
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
    if (this._isGone) throw poolClosedError();
    const view = new this._meta.View(this.address, this._table);
    return new PoolCursor(
      this._slots,
      this.serial,
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

  /** @returns {number} */
  _peakInUse() {
    throw new Error('abstract');
  }

  /** @override */
  _capacity() {
    return this._isGone ? this.#capacityAtEnd : this._slots.word(POOL.capacity);
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

  /** No more acquiring in this agent. */
  _stop() {
    this._isOpen = false;
    this._isPlain = false;
    this._queue.dismiss(poolClosedError());
  }

  /**
   * A channel that carries objects of the pool keeps it, also when it is closed.
   *
   * @param {1 | -1} step
   */
  _keep(step) {
    this.#keepers += step;
    this._settle();
  }

  /** A closed pool is left when this agent holds nothing of it. */
  _settle() {
    if (this._isGone || this._isOpen || this.#keepers > 0) return;
    this.#heldFrom = this._core.poolNext(this.address, this._ownerByte, this.#heldFrom);
    if (this.#heldFrom >= 0) return;
    this._bury();
    this._core.poolUnpin(this.address, this.serial);
  }

  #releaseHeld() {
    let index = this._core.poolNext(this.address, this._ownerByte, 0);
    while (index >= 0) {
      this.release(this._enter(index, this._slots.load(index)));
      if (this._isGone) return;
      index = this._core.poolNext(this.address, this._ownerByte, index + 1);
    }
  }

  /** From here on no view of this agent reads the pool. */
  _bury() {
    this.#capacityAtEnd = this._capacity();
    this._isGone = true;
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
    if (this._isGone) return;
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
    if (this._isGone || this.sharing === 'thread') return;
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
