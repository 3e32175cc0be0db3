/**
 * Allocations of memory pools: a piece of shared memory with an id, a type and a length.
 *
 * Any thread frees, any thread reads. What is given out here is the memory itself, not a copy:
 *
 *     bytes()        a Uint8Array. It cannot be taken back: one that is kept after the free shows what is put
 *                    there next. Ask for it where it is used; that is cheap
 *     view(Type)     a struct in place. Views of this agent throw when this agent frees the allocation, or
 *                    leaves the pool
 *
 * Both are refused when the allocation was freed, by whichever thread.
 *
 * Layer: lifetime. An Allocation object belongs to one agent, the memory to the pool.
 *
 * @module lifetime/allocation
 */
import { checkInteger, typeError } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { OWNER } from '../base/generated/layout.js';
import { encoder } from '../base/utf8.js';
import { metaOf } from '../struct/link.js';
import { viewIn } from '../struct/view.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('../heap/ambient.js').Allocator} Allocator */
/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */
/** @typedef {import('./memory-pool.js').MemoryPool} MemoryPool */

/**
 * What another agent needs to use an allocation: `Allocation.attach(heap, descriptor)`.
 *
 * @typedef {object} AllocationDescriptor
 * @property {'qbwasm.allocation'} kind tells what it describes
 * @property {import('./memory-pool-open.js').MemoryPoolDescriptor} pool its pool
 * @property {number} id of the allocation
 * @property {number} offset of a clone
 * @property {number} length of a clone, in bytes
 */

/** Entries a pool can have; so many ids one use of all entries takes. */
export const INDEX_SPAN = 2 ** 24;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The scope of structs in an allocation or owner: they are read and written, but nothing is put beside them.
 *
 * @implements {Allocator}
 */
class InPlaceAllocator {
  /**
   * @param {Heap} heap
   * @param {MemoryTable} table
   * @param {object | null} kept is not collected while a view reads through the table
   */
  constructor(heap, table, kept) {
    /** @readonly @type {'arena'} as in an arena, the bytes go with what they stand in */
    this.kind = 'arena';
    /** @readonly */
    this.heap = heap;
    /** @readonly */
    this.table = table;
    this.kept = kept;
  }

  /** @returns {never} */
  allocate() {
    throw new QbError(
      'OWNER',
      'the struct stands in an allocation, and a longer value would stand beside it. Numbers and strings ' +
        'of up to 3 characters fit in place; use t.array(t.u8, n) or an allocation of its own for more.',
    );
  }
}

/**
 * @param {Heap} heap
 * @param {object | null} kept is not collected while a view reads through the table
 * @returns {MemoryTable} of structs that stand in place
 */
export function inPlaceTable(heap, kept) {
  const table = heap.memory.createTable();
  table.scope = new InPlaceAllocator(heap, table, kept);
  return table;
}

/**
 * Made by `pool.alloc` and its kin.
 *
 * @template {object} [T=never] what `view()` gives
 * @example
 * const pool = heap.memoryPool('images', { bytes: 2 ** 20 });
 * const image = pool.alloc(64 * 64, { type: 'DATA', id: 7 });
 * image.fill(255);
 * pool.get('DATA', 7).bytes()[0]; // 255
 * image.free();
 */
export class Allocation {
  /**
   * Not for users: see `pool.alloc`.
   *
   * @param {MemoryPool} pool
   * @param {number} index
   * @param {import('./memory-words.js').Entry} entry
   * @param {AnyClass | null} Type
   */
  constructor(pool, index, entry, Type) {
    /** The pool that it is in. @readonly */
    this.pool = pool;
    /** @readonly of the first byte */
    this.address = entry.address;
    /** @readonly bytes, as they were asked for */
    this.length = entry.length;
    /** @readonly number of its type; `MemoryPool.typeName` has the name */
    this.type = entry.type;
    /** @readonly the user's id among those of its type; 0: none */
    this.typeId = entry.key;
    this._index = index;
    this._generation = entry.generation;
    this._Type = Type;
    // No private fields: they take twice the time to make.
    /** @type {Uint8Array<SharedArrayBuffer> | null} */
    this._bytes = null;
    /** @type {MemoryTable | null} of the structs in it */
    this._table = null;
    /** The one that a clone is of. @type {Allocation<object> | null} */
    this._whole = null;
    this._isDetached = false;
  }

  /**
   * Attaches to an allocation that another agent serialised, and to its pool.
   *
   * @param {Heap} heap
   * @param {AllocationDescriptor | Uint8Array} source what `descriptor` is or `serialize()` returned
   * @returns {Allocation<never>}
   * @throws {QbError} `STALE` when it was freed since; what `MemoryPool.attach` throws
   */
  static attach(heap, source) {
    return heap.attachAllocation(source);
  }

  /** Names it for any thread, and for later: an integer below 2^48 that no other allocation of the pool gets. */
  get id() {
    return this._generation * INDEX_SPAN + this._index;
  }

  /** True when it was freed, by whichever thread, or when this agent has left the pool. */
  get freed() {
    return !this.pool._isLive(this._index, this._generation);
  }

  /**
   * Number of the thread that it dies with; 0: none.
   *
   * @throws {QbError} `FREED`, `CLOSED`
   */
  get owner() {
    this.#need();
    const owner = this.pool._words.ownerOf(this._index);
    return owner === OWNER.SHARED ? 0 : owner;
  }

  /* ---- content ---- */

  /**
   * The bytes themselves. Content is undefined until it is written, but that of an allocation of a struct is zero.
   *
   * @returns {Uint8Array<SharedArrayBuffer>} valid until it is freed
   * @throws {QbError} `FREED`, `CLOSED`
   */
  bytes() {
    this.#need();
    this._bytes ??= new Uint8Array(this.pool.heap.memory.root.u8.buffer, this.address, this.length);
    return this._bytes;
  }

  /**
   * A struct in place, at its begin. Runs no constructor.
   *
   * @template {AnyClass} C
   * @overload
   * @param {C} Type
   * @returns {InstanceType<C>}
   */
  /**
   * @overload
   * @returns {T}
   */
  /**
   * @param {AnyClass | null} [Type] of `alloc(Type)` by default
   * @returns {object}
   * @throws {QbError} `SIZE` when it is shorter; `ADDRESS` for a clone that is not aligned; `FREED`, `CLOSED`, `TYPE`
   */
  view(Type = this._Type) {
    this.#need();
    const { schema } = metaOf(Type);
    if (schema.bytes > this.length) {
      throw new QbError(
        'SIZE',
        `a ${schema.name} has ${schema.bytes} bytes, and the allocation ${this.length}. Allocate ${schema.name} itself.`,
        { requestedBytes: schema.bytes, availableBytes: this.length },
      );
    }
    return viewIn(Type, this.pool.heap, this.#tableOfViews(), this.address);
  }

  /**
   * @param {number} value of each byte, 0 .. 255
   * @returns {this}
   */
  fill(value) {
    this.bytes().fill(checkInteger('value', value, 0, 255));
    return this;
  }

  /**
   * @param {Allocation<object>} other of any pool
   * @returns {boolean} whether both have the same length and the same bytes
   */
  equals(other) {
    if (!(other instanceof Allocation)) throw typeError('other', other, 'an allocation');
    const [own, others] = [this.bytes(), other.bytes()];
    return own.length === others.length && own.every((byte, i) => byte === others[i]);
  }

  /**
   * FNV-1a of the bytes: a 32-bit number that is the same for equal content. No protection against those who
   * choose the content.
   *
   * @returns {number} uint32
   */
  hash() {
    let hash = FNV_OFFSET;
    for (const byte of this.bytes()) hash = Math.imul(hash ^ byte, FNV_PRIME);
    return hash >>> 0;
  }

  /**
   * A part of it as an allocation: the same memory, id and life. Freeing either frees both.
   *
   * @param {number} [offset] bytes
   * @param {number} [length] the rest by default
   * @returns {Allocation<never>}
   * @throws {QbError} `ARGUMENT`, `TYPE`, `FREED`, `CLOSED`
   */
  clone(offset = 0, length) {
    this.#need();
    checkInteger('offset', offset, 0, this.length);
    const size = checkInteger('length', length ?? this.length - offset, 0, this.length - offset);
    const { type, typeId: key, _generation: generation } = this;
    const entry = { generation, address: this.address + offset, length: size, type, key };
    const part = /** @type {Allocation<never>} */ (
      new Allocation(this.pool, this._index, entry, null)
    );
    part._whole = this.#root;
    return part;
  }

  /**
   * Copies the bytes into a new allocation, of this or another pool or heap.
   *
   * @param {MemoryPool} pool
   * @param {import('./memory-pool.js').AllocOptions} [options] the type is the same by default
   * @returns {Allocation<never>}
   * @throws {QbError} what `pool.alloc` throws; `FREED`, `CLOSED`
   */
  copyTo(pool, options) {
    const bytes = this.bytes();
    if (typeof pool?.alloc !== 'function') throw typeError('pool', pool, 'a memory pool');
    const copy = pool.alloc(this.length, { type: this.type, ...options });
    copy.bytes().set(bytes);
    return copy;
  }

  /* ---- handing on ---- */

  /**
   * For `Allocation.attach`, by postMessage.
   *
   * @returns {Readonly<AllocationDescriptor>}
   * @throws {QbError} `FREED`, `CLOSED`
   */
  get descriptor() {
    this.#need();
    const { id, length } = this;
    const offset = this.address - this.#root.address;
    const { descriptor: pool } = this.pool;
    return Object.freeze({ kind: 'qbwasm.allocation', pool, id, offset, length });
  }

  /**
   * The descriptor as bytes, for whatever carries bytes.
   *
   * @returns {Uint8Array<ArrayBuffer>}
   * @throws {QbError} `FREED`, `CLOSED`
   */
  serialize() {
    return encoder.encode(JSON.stringify(this.descriptor));
  }

  /**
   * Makes it belong to no thread: it outlives them all.
   *
   * @returns {this}
   * @throws {QbError} `FREED`, `CLOSED`
   */
  share() {
    return this.#ownBy(OWNER.SHARED);
  }

  /**
   * Makes it belong to this thread: when the thread dies, it is freed or kept as the reaper decides.
   *
   * @returns {this}
   * @throws {QbError} `FREED`, `CLOSED`
   */
  own() {
    return this.#ownBy(this.pool.heap.thread.number);
  }

  /* ---- leaving ---- */

  /**
   * Gives the memory back.
   *
   * @throws {QbError} `DOUBLE_FREE`, `STALE` when it was freed already; `CLOSED`
   */
  free() {
    this.pool.free(this);
  }

  /**
   * Ends this object and its views. The memory stays allocated, and any thread gets at it by its id.
   *
   * @throws {QbError} `CLOSED` the second time
   */
  detach() {
    if (this._isDetached) throw detachedError();
    if (this._whole === null) this.pool._forget(this);
    this._end();
    this._isDetached = true;
  }

  /** Frees it, unless that was done or this object was detached. */
  dispose() {
    if (!this._isDetached && !this.#root._isDetached && !this.freed) this.free();
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    this.dispose();
  }

  /* ---- for the pool ---- */

  /** Its views throw from now on. */
  _end() {
    const table = this._table;
    this._table = null;
    this._bytes = null;
    if (table === null) return;
    table.revoke(freedError);
    table.far = null;
    this.pool.heap.memory.dropTable(table);
  }

  /** @throws {QbError} `CLOSED` after `detach()` */
  _needAttached() {
    if (this.#root._isDetached || this._isDetached) throw detachedError();
  }

  /* ---- private ---- */

  #need() {
    this._needAttached();
    this.pool._needLive(this._index, this._generation);
  }

  /** @returns {Allocation<object>} */
  get #root() {
    return this._whole ?? this;
  }

  /** @returns {MemoryTable} of the structs in it, which throw when the pool's own object of it ends */
  #tableOfViews() {
    const root = this.#root;
    root._table ??= inPlaceTable(this.pool.heap, null);
    return root._table;
  }

  /** @param {number} owner byte @returns {this} */
  #ownBy(owner) {
    this.#need();
    this.pool.heap.core.memory.own(this.pool.address, this._index, this._generation, owner);
    return this;
  }
}

/** @returns {QbError} */
export function freedError() {
  return new QbError('FREED', 'the allocation was freed. Allocate again, and drop this reference.');
}

function detachedError() {
  return new QbError(
    'CLOSED',
    'the allocation was detached here. Get it again: pool.get(id), or attach to it.',
  );
}
