/**
 * Memory pools: bounded memory with a manifest, for data whose sizes differ.
 *
 *     const pool = heap.memoryPool('frames', { bytes: 2 ** 20 });      in a worker: MemoryPool.attach(heap, 'frames')
 *     const frame = pool.allocWait(40_000);                            waits while the pool is full
 *     frame.bytes().set(pixels);
 *     frame.free();
 *
 * A pool has a budget that it never exceeds, and says of everything in it what it is: an id, a type, an id of the
 * user's among those of that type. Blocks have 2^k times the smallest size (`minBlock`): 10 000 bytes take a
 * block of 16 384. Free neighbours are one block at once. The state of each unit stands in the memory itself
 * (c/src/lifetime/memory_pool.c), so a worker may be terminated anywhere.
 *
 * Whose it is. The pool belongs to no thread: it stays until `destroy()`. An allocation belongs to the thread that
 * made it, and dies with that thread as its other blocks do; `share()` and `own()` change that.
 *
 * Pools do not nest: a pool takes its memory from the heap, never from an allocation of another pool.
 *
 * Layer: lifetime. A MemoryPool object belongs to one agent, the pool to the heap.
 *
 * @module lifetime/memory-pool
 */
import { checkInteger, checkOptions } from '../base/check.js';
import { describe, QbError } from '../base/errors.js';
import { OWNER } from '../base/generated/layout.js';
import { encoder } from '../base/utf8.js';
import { INDEX_SPAN } from './allocation.js';
import { MemoryPoolBase, orThrow } from './memory-pool-base.js';
import { commonTypes } from './memory-types.js';

/**
 * @template {object} T
 * @typedef {import('./allocation.js').Allocation<T>} Allocation
 */

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */
/** @typedef {import('./memory-pool-open.js').MemoryPoolDescriptor} MemoryPoolDescriptor */
/** @typedef {import('./memory-pool-open.js').MemoryPoolAttachOptions} MemoryPoolAttachOptions */
/** @typedef {import('./memory-types.js').TypeKey} TypeKey */

/** @typedef {import('./memory-pool-base.js').AllocOptions} AllocOptions */
/** @typedef {import('./memory-pool-base.js').AllocWaitOptions} AllocWaitOptions */
/** @typedef {import('./memory-pool-base.js').AllocAsyncOptions} AllocAsyncOptions */

const OPTIONS = ['type', 'id'];

/**
 * Bounded memory for data whose sizes differ. Made by `heap.memoryPool` and `MemoryPool.attach`.
 *
 * @example
 * const pool = heap.memoryPool('chunks', { bytes: 8192 });
 * const chunk = pool.alloc(2000, { id: 7 });
 * chunk.bytes().fill(1);
 * pool.size; // 1
 * pool.freeBytes; // 6144: the chunk has a block of 2048
 * pool.get('DATA', 7).free(); // as any thread may that has attached
 */
export class MemoryPool extends MemoryPoolBase {
  /**
   * Attaches this agent to a pool that another one opened. Attaching again gives the same MemoryPool.
   *
   * @param {Heap} heap
   * @param {MemoryPoolDescriptor | string | Uint8Array} source its descriptor, name, or what `serialize()` returned
   * @param {MemoryPoolAttachOptions} [options]
   * @returns {MemoryPool}
   * @throws {QbError} `REGION`, `STALE`, `NOT_FOUND` when it is gone; `HEAP`, `DESCRIPTOR`, `TYPE`
   */
  static attach(heap, source, options) {
    return heap.attachMemoryPool(source, options);
  }

  /**
   * Gives a type a name, for all pools of this agent.
   *
   * @param {string} name
   * @param {number} type 1 .. 65535; 1 is `DATA`
   * @returns {number} the type
   * @throws {QbError} `EXISTS` when one of the two means something else; `ARGUMENT`, `TYPE`
   * @example
   * const MESH = MemoryPool.type('MESH', 7);
   */
  static type(name, type) {
    return commonTypes.define(name, type);
  }

  /* ---- allocating ---- */

  /**
   * @template {AnyClass} C
   * @overload
   * @param {C} what a struct: zeroed, and `view()` of the result is one of that class
   * @param {AllocOptions} [options]
   * @returns {Allocation<InstanceType<C>>}
   */
  /**
   * @overload
   * @param {number} what bytes, 0 .. 2^32-1; 0 takes an entry and no room
   * @param {AllocOptions} [options]
   * @returns {Allocation<never>}
   */
  /**
   * Allocates now or not at all. The content is undefined, that of a struct zero.
   *
   * @param {number | AnyClass} what
   * @param {AllocOptions} [options]
   * @returns {Allocation<object>}
   * @throws {QbError} `NO_ROOM`, `FULL` (maxAllocations) now; `SIZE` ever; `EXISTS` when the id is taken; `TYPE`,
   *   `ARGUMENT`, `CLOSED`
   */
  alloc(what, options) {
    const request = this._request(what, options, OPTIONS);
    const made = this._attempt(request);
    if (made === null) throw this._exhausted(request.bytes);
    return orThrow(made);
  }

  /**
   * @template {AnyClass} C
   * @overload
   * @param {C} what
   * @param {AllocWaitOptions} [options]
   * @returns {Allocation<InstanceType<C>>}
   */
  /**
   * @overload
   * @param {number} what
   * @param {AllocWaitOptions} [options]
   * @returns {Allocation<never>}
   */
  /**
   * Blocks this thread until there is room.
   *
   * @param {number | AnyClass} what as of `alloc`
   * @param {AllocWaitOptions} [options] timeout in milliseconds: 0 does not wait; none: as long as it takes
   * @returns {Allocation<object>}
   * @throws {QbError} `TIMEOUT`; with timeout 0 `NO_ROOM`, `FULL`; `UNSUPPORTED` in an agent that may not block;
   *   what `alloc` throws
   */
  allocWait(what, options) {
    const request = this._request(what, options, [...OPTIONS, 'timeout']);
    return orThrow(this._queue.block(options?.timeout, request));
  }

  /**
   * @template {AnyClass} C
   * @overload
   * @param {C} what
   * @param {AllocAsyncOptions} [options]
   * @returns {Promise<Allocation<InstanceType<C>>>}
   */
  /**
   * @overload
   * @param {number} what
   * @param {AllocAsyncOptions} [options]
   * @returns {Promise<Allocation<never>>}
   */
  /**
   * A promise of an allocation. Those of one agent are served in the order in which they came, so a large one
   * holds up those behind it.
   *
   * @param {number | AnyClass} what as of `alloc`
   * @param {AllocAsyncOptions} [options] timeout in milliseconds: 0 does not wait; none: as long as it takes
   * @returns {Promise<Allocation<object>>} rejects with `TIMEOUT`, `CLOSED`, `EXISTS`, the signal's reason; with
   *   timeout 0 with `NO_ROOM`, `FULL`
   * @throws {QbError} `SIZE`, `TYPE`, `ARGUMENT`
   */
  allocAsync(what, options) {
    const request = this._request(what, options, [...OPTIONS, 'timeout', 'signal']);
    const { timeout, signal } = options ?? {};
    return this._queue.join({ timeout, signal }, request).then(orThrow);
  }

  /**
   * Gives memory back, whichever thread has it.
   *
   * @param {Allocation<object> | number} target or its id
   * @throws {QbError} `DOUBLE_FREE`; `STALE` when its place is in use again; `TYPE`, `ARGUMENT`, `CLOSED`
   */
  free(target) {
    const { index, generation } = this._find(target);
    this._needOpen();
    const status = this._core.free(this.address, index, generation);
    const known = this._known[index];
    if (known !== undefined && known._generation === generation) {
      this._known[index] = undefined;
      known._end();
    }
    if (status !== 0) {
      throw this.heap.core.failure(status, `free(${generation * INDEX_SPAN + index})`);
    }
    this._words.countFree();
    if (this._queue.length > 0) this._queue.serve();
  }

  /* ---- looking ---- */

  /**
   * What is allocated, by all threads. What comes or goes meanwhile may be missed.
   *
   * @param {{ type?: TypeKey, owner?: number }} [options] of that type; of the thread with that number alone
   * @returns {IterableIterator<Allocation<never>>}
   * @throws {QbError} `NOT_FOUND`, `ARGUMENT`, `TYPE`, `CLOSED`
   */
  allocations(options) {
    this._needOpen();
    const { type, owner = 0 } = checkOptions('allocations options', options, ['type', 'owner']);
    const number = type === undefined ? 0 : this._parts.types.numberOf(type);
    return this._each(number, checkInteger('owner', owner, 0, OWNER.SHARED));
  }

  /** The same as `allocations()`. */
  [Symbol.iterator]() {
    return this.allocations();
  }

  /**
   * @overload
   * @param {number} id
   * @returns {boolean}
   */
  /**
   * @overload
   * @param {TypeKey} type
   * @param {number} id the user's
   * @returns {boolean}
   */
  /**
   * @param {TypeKey} type the id, when it is the only argument
   * @param {number} [id]
   * @returns {boolean} whether it is allocated now
   * @throws {QbError} `NOT_FOUND` for a name of no type; `TYPE`, `ARGUMENT`, `CLOSED`
   */
  has(type, id) {
    return this._lookUp(type, id) !== null;
  }

  /**
   * @overload
   * @param {number} id
   * @returns {Allocation<never>}
   */
  /**
   * @overload
   * @param {TypeKey} type
   * @param {number} id the user's
   * @returns {Allocation<never>}
   */
  /**
   * @param {TypeKey} type the id, when it is the only argument
   * @param {number} [id]
   * @returns {Allocation<object>} for one allocation always the same object in this agent
   * @throws {QbError} `STALE` when the id's allocation was freed; `NOT_FOUND` for the user's id; `TYPE`, `ARGUMENT`,
   *   `CLOSED`
   */
  get(type, id) {
    const found = this._lookUp(type, id);
    if (found !== null) return found;
    if (id === undefined) {
      throw new QbError('STALE', `the allocation ${describe(type)} was freed.`, { given: type });
    }
    throw new QbError('NOT_FOUND', `no allocation of type ${describe(type)} has the id ${id}.`, {
      given: id,
    });
  }

  /**
   * @param {number} type
   * @returns {string | undefined} its name in this agent
   */
  typeName(type) {
    return this._parts.types.nameOf(type);
  }

  /** How many allocations there are. Looks at every entry. */
  get size() {
    this._needOpen();
    return this._words.countLive();
  }

  /** Bytes of the blocks that are free, of any size. Looks at every block. */
  get freeBytes() {
    this._needOpen();
    return this._words.freeBytes();
  }

  /** How much of the budget is taken, 0 .. 1. Blocks count as large as they are. */
  get utilization() {
    return 1 - this.freeBytes / this.bytes;
  }

  /**
   * The largest free blocks: what could be allocated now without freeing.
   *
   * @returns {Map<number, number>} size in bytes to how many, small ones first
   * @throws {QbError} `CLOSED`
   */
  freeBlocks() {
    this._needOpen();
    return this._words.freeBlocks();
  }

  /**
   * The most there ever were at a time. What a thread had that died counts on when it was reaped by one that
   * does not use the pool.
   */
  get peakAllocations() {
    this._needOpen();
    return this._words.peak();
  }

  /* ---- handing on ---- */

  /**
   * For `MemoryPool.attach` in another agent.
   *
   * @returns {Readonly<MemoryPoolDescriptor>}
   * @throws {QbError} `CLOSED`
   */
  get descriptor() {
    this._needOpen();
    const { address, serial, name } = this;
    const types = this._parts.types.toJSON();
    return Object.freeze({
      kind: 'qbwasm.memory-pool',
      heap: this.heap.id,
      address,
      serial,
      name,
      types,
    });
  }

  /**
   * The descriptor as bytes, for whatever carries bytes.
   *
   * @returns {Uint8Array<ArrayBuffer>}
   * @throws {QbError} `CLOSED`
   */
  serialize() {
    return encoder.encode(JSON.stringify(this.descriptor));
  }

  /* ---- leaving ---- */

  /**
   * This agent no longer uses the pool: its allocations and views throw here. What is allocated stays.
   *
   * @throws {QbError} `CLOSED`; `BUSY` while a channel of its allocations is open here
   */
  detach() {
    this._needHere();
    this._needNoChannel();
    this._bury();
    this._core.unpin(this.address, this.serial);
  }

  /**
   * Ends the pool for all agents, with all that is in it. Those who wait get `CLOSED`, and so does who allocates or
   * looks. The memory goes back to the heap when the last agent has detached.
   *
   * @throws {QbError} `CLOSED` when this agent has left it; `BUSY` while a channel of its allocations is open here
   */
  destroy() {
    this._needHere();
    this._needNoChannel();
    this._bury();
    this._parts.unname();
    try {
      this._core.close(this.address, this.serial, false);
    } catch (error) {
      if (!(error instanceof QbError) || error.code !== 'REGION') throw error; // another agent was first
    }
    this._core.unpin(this.address, this.serial);
  }

  /** Destroys the pool in the agent that opened it, detaches in others. Later calls change nothing. */
  dispose() {
    if (!this._isOpen) return;
    if (this._parts.isMaker) this.destroy();
    else this.detach();
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    this.dispose();
  }
}
