/**
 * What a memory pool is made of: its requests, this agent's objects of what is allocated, its end.
 *
 * Names that begin with `_` are for memory pools and their allocations.
 *
 * Layer: lifetime. An object belongs to one agent.
 *
 * @module lifetime/memory-pool-base
 */
import {
  checkChoice,
  checkInteger,
  checkOptions,
  isUint32,
  sizeError,
  typeError,
  UINT32_MAX,
} from '../base/check.js';
import { QbError, TimeoutError } from '../base/errors.js';
import { MEMORY, REGION_RECORD, REGION_STATE, STATUS, WAITERS } from '../base/generated/layout.js';
import { regionWord } from '../heap/region.js';
import { metaOf } from '../struct/link.js';
import { WaitQueue } from '../wait/queue.js';
import { Allocation, freedError, INDEX_SPAN } from './allocation.js';
import { DATA } from './memory-types.js';
import { MemoryWords } from './memory-words.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */
/** @typedef {import('./memory-pool.js').MemoryPool} MemoryPool */
/** @typedef {import('./memory-types.js').TypeKey} TypeKey */

/**
 * What an allocation is called: `pool.alloc(bytes, options)`.
 *
 * @typedef {object} AllocOptions
 * @property {TypeKey} [type] a number 1 .. 65535 or the name of one; `DATA` by default
 * @property {number} [id] the user's, 1 .. 2^32-1, which no other allocation of the type has now; none by default
 */

/** And how long to wait. @typedef {AllocOptions & Pick<import('../wait/queue.js').WaitOptions, 'timeout'>} AllocWaitOptions */
/** And how long to wait, or until when. @typedef {AllocOptions & import('../wait/queue.js').WaitOptions} AllocAsyncOptions */
/** What becomes of what a dead thread had. @typedef {'free' | 'keep' | 'own'} AllocationDecision */
/** @typedef {{ bytes: number, type: number, key: number, Type: AnyClass | null }} Request */

/**
 * Parts of a pool, made by memory-pool-open.js.
 *
 * @typedef {object} MemoryPoolParts
 * @property {Heap} heap
 * @property {number} address
 * @property {number} serial
 * @property {string | null} name
 * @property {import('./memory-types.js').MemoryTypes} types
 * @property {((allocation: Allocation<never>) => AllocationDecision | undefined | void) | null} onOrphan
 * @property {boolean} isMaker whether dispose() destroys it
 * @property {() => void} unname takes the pool's name from the directory
 */

/** @abstract */
export class MemoryPoolBase {
  _isOpen = true;
  /** This agent's objects of what is allocated, by index. @type {(Allocation<object> | undefined)[]} */
  _known = [];
  /** Channels of its allocations that are open here. */
  _channelCount = 0;
  /** Whether it was the number of allocations that the last refusal was for. */
  _isFull = false;

  /**
   * Not for users: see `heap.memoryPool` and `MemoryPool.attach`.
   *
   * @param {MemoryPoolParts} parts
   */
  constructor(parts) {
    const { heap, address, serial, name } = parts;
    this._parts = parts;
    this._core = heap.core.memory;
    /** The heap that it is in. @readonly */
    this.heap = heap;
    /** Of its first byte. @readonly */
    this.address = address;
    /** Tells successive pools at one address apart. @readonly */
    this.serial = serial;
    /** @readonly null: none */
    this.name = name;
    this._words = new MemoryWords(heap.memory, address);
    /** The budget in bytes, in whole blocks of the smallest size. @readonly */
    this.bytes = this._words.bytes;
    /** The smallest block in bytes. @readonly */
    this.minBlock = this._words.unitBytes;
    /** The largest that can be allocated, in bytes. @readonly */
    this.blockBytesMax = this._words.blockBytesMax;
    /** How many allocations there may be at a time. @readonly */
    this.maxAllocations = this._words.entryCount;
    /** Where the state of the region is. */
    this._stateWord = regionWord(heap.memory, address, REGION_RECORD.state);
    const wordIndex = () => (address + MEMORY.waiters + WAITERS.epoch) >>> 2;
    const words = () => heap.memory.root.i32;
    /** @type {WaitQueue<Allocation<object> | QbError, Request>} */
    this._queue = new WaitQueue({
      attempt: (request) => this._attempt(request),
      refusal: (waited, request) => this._exhausted(request.bytes, waited),
      words,
      wordIndex,
      ticket: () => (this._isOpen ? Atomics.load(words(), wordIndex()) : 0),
      mark: (isWaiting) => {
        if (!heap.closed) this._core.wait(address, isWaiting);
      },
    });
  }

  /* ---- for allocations, and the module that keeps the list of pools ---- */

  /** True when nothing can be allocated any more, or this agent has left. */
  get closed() {
    const { u32 } = this.heap.memory.root;
    return !this._isOpen || (Atomics.load(u32, this._stateWord) & 15) !== REGION_STATE.OPEN;
  }

  /** @param {number} index @param {number} generation */
  _isLive(index, generation) {
    return !this.closed && this._words.isLive(index, generation);
  }

  /** @param {number} index @param {number} generation @throws {QbError} `FREED`, `CLOSED` */
  _needLive(index, generation) {
    this._needOpen();
    if (!this._words.isLive(index, generation)) throw freedError();
  }

  /** @param {Allocation<object>} allocation that this agent has detached */
  _forget(allocation) {
    if (this._known[allocation._index] === allocation) this._known[allocation._index] = undefined;
  }

  /** A channel of its allocations was opened here, or has ended. @param {1 | -1} step */
  _keep(step) {
    this._channelCount += step;
  }

  /** @throws {QbError} `BUSY` */
  _needNoChannel() {
    if (this._channelCount === 0) return;
    throw new QbError(
      'BUSY',
      `${this._channelCount} channel(s) of this memory pool are open in this thread. End them first: close() and ` +
        'detach(), or dispose().',
    );
  }

  /** Set by the module that keeps the list of pools. */
  onGone() {}

  /** The heap closes in this agent. */
  abandon() {
    if (this._isOpen) this._bury();
  }

  /**
   * A dead thread is being reaped, before the core does as the policy says.
   *
   * @param {number} number of its slot
   * @param {number} policy POLICY
   */
  onReap(number, policy) {
    if (this.closed) return;
    const { onOrphan } = this._parts;
    for (const orphan of this._each(0, number)) {
      const decision = onOrphan?.(orphan) ?? (policy === 0 ? 'free' : 'keep');
      if (checkChoice('what onOrphan returned', decision, ['free', 'keep', 'own']) === 'free') {
        if (!orphan.freed) orphan.free();
      } else if (decision === 'own') orphan.own();
      else orphan.share();
    }
  }

  /* ---- allocating and finding ---- */

  get _self() {
    return /** @type {MemoryPool} */ (/** @type {unknown} */ (this));
  }

  /**
   * @param {unknown} what
   * @param {object | undefined} options
   * @param {readonly string[]} allowed
   * @returns {Request}
   */
  _request(what, options, allowed) {
    const { blockBytesMax } = this;
    if (options === undefined && isUint32(what) && what <= blockBytesMax) {
      return { bytes: what, type: DATA, key: 0, Type: null };
    }
    const { type = DATA, id } = checkOptions(
      'alloc options',
      /** @type {AllocOptions | undefined} */ (options),
      allowed,
    );
    const Type = typeof what === 'function' ? /** @type {AnyClass} */ (what) : null;
    const bytes = Type === null ? what : metaOf(Type).schema.bytes;
    if (!isUint32(bytes)) throw sizeError('bytes', bytes);
    if (bytes > blockBytesMax) {
      throw new QbError(
        'SIZE',
        `${bytes} bytes can never fit: the pool has ${this.bytes} bytes, and its largest block ` +
          `${blockBytesMax}. Ask for less, or open a larger pool.`,
        { requestedBytes: bytes, availableBytes: blockBytesMax },
      );
    }
    const key = id === undefined ? 0 : checkInteger('id', id, 1, UINT32_MAX);
    return { bytes, type: this._parts.types.numberOf(type), key, Type };
  }

  /**
   * @param {Request} request
   * @returns {Allocation<object> | QbError | null} null: not now. An error: this request is refused, whatever others
   *   wait for
   * @throws {QbError} `CLOSED`, `OUT_OF_MEMORY`
   */
  _attempt({ bytes, type, key, Type }) {
    if (!this._isOpen) throw closedError();
    const index = this._core.alloc(this.address, bytes, type, key, Type !== null);
    if (index >= 0) {
      this._words.countAlloc();
      return this._put(index, new Allocation(this._self, index, this._words.entry(index), Type));
    }
    this._isFull = index === -STATUS.FULL;
    if (this._isFull || index === -STATUS.NO_ROOM) return null;
    if (index !== -STATUS.EXISTS) throw closedError();
    return new QbError(
      'EXISTS',
      `type ${this._parts.types.nameOf(type) ?? type} has an allocation with the id ${key} already. Free it, or choose another id.`,
      { given: key },
    );
  }

  /**
   * @param {number} index
   * @param {Allocation<object>} allocation
   */
  _put(index, allocation) {
    const known = this._known;
    while (known.length <= index) known.push(undefined);
    known[index]?._end(); // another agent freed that one
    known[index] = allocation;
    return allocation;
  }

  /**
   * This agent's object of what is allocated there.
   *
   * @param {number} index
   * @returns {Allocation<never> | null} null: nothing
   */
  _at(index) {
    const entry = index < this.maxAllocations ? this._words.liveEntry(index) : null;
    if (entry === null) return null;
    const known = this._known[index];
    const isKnown = known !== undefined && known._generation === entry.generation;
    const found = isKnown
      ? known
      : this._put(index, new Allocation(this._self, index, entry, null));
    return /** @type {Allocation<never>} */ (found);
  }

  /**
   * @param {number} type 0: any
   * @param {number} owner byte; 0: any
   */
  *_each(type, owner) {
    let index = this._core.next(this.address, 0, type, owner);
    while (index >= 0) {
      const allocation = this._at(index);
      if (allocation !== null) yield allocation;
      if (!this._isOpen) return;
      index = this._core.next(this.address, index + 1, type, owner);
    }
  }

  /**
   * @param {unknown} type
   * @param {unknown} id
   * @returns {Allocation<never> | null}
   */
  _lookUp(type, id) {
    this._needOpen();
    if (id === undefined) {
      const { index, generation } = this._find(type);
      const found = this._at(index);
      return found?._generation === generation ? found : null;
    }
    const number = this._parts.types.numberOf(type);
    const key = checkInteger('id', id, 1, UINT32_MAX);
    const index = this._core.find(this.address, number, key);
    const found = index < 0 ? null : this._at(index);
    return found?.typeId === key && found.type === number ? found : null;
  }

  /**
   * @param {unknown} target an allocation or its id
   * @returns {{ index: number, generation: number }}
   */
  _find(target) {
    if (target instanceof Allocation) {
      target._needAttached();
      if (target.pool === this._self)
        return { index: target._index, generation: target._generation };
      throw typeError('the allocation', target, 'one of this pool');
    }
    const id = checkInteger('id', target, 0, INDEX_SPAN * INDEX_SPAN - 1);
    const index = id % INDEX_SPAN;
    if (index < this.maxAllocations) return { index, generation: (id - index) / INDEX_SPAN };
    throw new QbError('ARGUMENT', `${id} is no id of this pool.`, { given: id });
  }

  /**
   * @param {number} bytes
   * @param {number} [waitedMilliseconds]
   * @returns {QbError}
   */
  _exhausted(bytes, waitedMilliseconds) {
    if (this.closed) return closedError(); // returned: a timer asks
    const freeBytes = this._words.freeBytes();
    const largest = Math.max(0, ...this._words.freeBlocks().keys());
    const state = this._isFull
      ? `all ${this.maxAllocations} allocations of the pool are in use`
      : `${freeBytes} of its ${this.bytes} bytes are free, ${largest} in one block`;
    if (waitedMilliseconds !== undefined) {
      return new TimeoutError(
        `${bytes} bytes: none came free in ${waitedMilliseconds} ms; ${state}.`,
      );
    }
    return new QbError(
      this._isFull ? 'FULL' : 'NO_ROOM',
      `${bytes} bytes are not available now: ${state}. Free something, or wait: allocAsync(), in a worker allocWait().`,
      { requestedBytes: bytes, availableBytes: freeBytes },
    );
  }

  /** @throws {QbError} `CLOSED` */
  _needOpen() {
    if (this.closed) throw closedError();
  }

  /** @throws {QbError} `CLOSED` */
  _needHere() {
    if (!this._isOpen) throw closedError();
  }

  /** This agent leaves. */
  _bury() {
    this._isOpen = false;
    this._queue.dismiss(closedError());
    for (const allocation of this._known.splice(0)) allocation?._end();
    this.onGone();
  }
}

/**
 * @template {object} A
 * @param {A | QbError} made
 * @returns {A}
 */
export function orThrow(made) {
  if (made instanceof QbError) throw made;
  return made;
}

function closedError() {
  return new QbError(
    'CLOSED',
    'the memory pool was destroyed, or this agent has left it. Attach again, or open another one.',
  );
}
