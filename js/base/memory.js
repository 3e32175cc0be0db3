/**
 * Typed arrays over the memory, and what happens to them when it grows or when a scope ends.
 *
 * Reading `memory.buffer` or making a typed array costs 45 to 75 ns, so both happen here, once per
 * growth. Everything else reads through a *memory table*: an object with one array of each kind over
 * the whole memory. Views hold a table in `m` and read `this.m.f64[this.address >>> 3]`.
 *
 *     WebAssembly.Memory --> Memory --+--> root table      the heap's own, never revoked
 *                                     +--> table of arena  revoked when the arena is released
 *                                     `--> ...
 *
 * Growth: any worker may grow the memory at any time. The arrays of before stay valid for the part they
 * cover (the bytes are the same), they only miss the new end. So nobody has to be told: whoever holds
 * an address calls `ensure(end)` once before it reads there, a single compare in the usual case.
 *
 * Revocation: the arrays of a table are replaced by one object that throws on any access. An access
 * through a live table pays nothing for this (docs/adr/0009); one through a dead table cannot read
 * other data.
 *
 * Layer: base. One Memory per agent and memory; not shared between agents.
 *
 * @module base/memory
 */
import { QbError } from './errors.js';

/**
 * @typedef {object} Arrays
 * @property {number} byteLength
 * @property {Int8Array<SharedArrayBuffer>} i8
 * @property {Uint8Array<SharedArrayBuffer>} u8
 * @property {Int16Array<SharedArrayBuffer>} i16
 * @property {Uint16Array<SharedArrayBuffer>} u16
 * @property {Int32Array<SharedArrayBuffer>} i32
 * @property {Uint32Array<SharedArrayBuffer>} u32
 * @property {Float32Array<SharedArrayBuffer>} f32
 * @property {Float64Array<SharedArrayBuffer>} f64
 * @property {BigInt64Array<SharedArrayBuffer>} i64
 * @property {BigUint64Array<SharedArrayBuffer>} u64
 */

/** Fewest dropped or collected tables before the list of tables is swept. */
const SWEEP_COUNT_MIN = 64;

/**
 * One array of each kind over the whole memory. All live tables have one hidden class.
 */
export class MemoryTable {
  /** @param {Arrays} arrays */
  constructor(arrays) {
    /** Bytes the arrays cover; 0 after revocation. */
    this.byteLength = arrays.byteLength;
    this.i8 = arrays.i8;
    this.u8 = arrays.u8;
    this.i16 = arrays.i16;
    this.u16 = arrays.u16;
    this.i32 = arrays.i32;
    this.u32 = arrays.u32;
    this.f32 = arrays.f32;
    this.f64 = arrays.f64;
    this.i64 = arrays.i64;
    this.u64 = arrays.u64;
    /**
     * References that leave the scope, by the address of the slot; null while there are none. The struct
     * layer's (struct/scope.js); it stands here because every read of a reference looks at it.
     *
     * @type {Map<number, unknown> | null}
     */
    this.far = null;
    /**
     * The allocator whose objects are read through this table, once there are any. The struct layer's.
     *
     * @type {object | null}
     */
    this.scope = null;
  }

  /** True after {@link MemoryTable.revoke}. */
  get revoked() {
    return this.byteLength === 0;
  }

  /**
   * Makes every further read and write through this table throw, for ever. Later calls change nothing.
   *
   * @param {QbError | (() => Error)} reason an error, of which each access throws a new one with the same
   *   code and message and the given one as cause; or a function that makes the error to throw
   */
  revoke(reason) {
    if (this.byteLength === 0) return;
    const makeError =
      typeof reason === 'function'
        ? reason
        : () => new QbError(reason.code, reason.message, { cause: reason });
    // Out of the hidden class of the live tables first. V8 notes with a hidden class what kind of object each
    // field holds: one foreign object there and all views, of all scopes, read slower for good.
    Reflect.deleteProperty(this, 'i8');
    bind(this, deadArrays(makeError));
  }
}

/**
 * The memory of one heap as this agent sees it.
 */
export class Memory {
  /** @type {Set<WeakRef<MemoryTable>>} weak: a table that no view reaches need not follow growth */
  #tables = new Set();
  /** @type {WeakMap<MemoryTable, WeakRef<MemoryTable>>} */
  #references = new WeakMap();
  #sweepAt = SWEEP_COUNT_MIN;

  /** @param {WebAssembly.Memory} wasmMemory */
  constructor(wasmMemory) {
    /** @readonly */
    this.wasmMemory = wasmMemory;
    /**
     * The table of the heap itself. Never revoked, follows growth.
     *
     * @readonly
     */
    this.root = new MemoryTable(liveArrays(bufferOf(wasmMemory)));
    /** Bytes that all tables cover. The memory may be longer already. */
    this.byteLength = this.root.byteLength;
  }

  /**
   * A table that follows growth until {@link Memory.dropTable}. It shares its arrays with the root, so
   * making one is cheap.
   *
   * @returns {MemoryTable}
   */
  createTable() {
    const table = new MemoryTable(this.root);
    if (this.#tables.size >= this.#sweepAt) this.#sweep();
    const reference = new WeakRef(table);
    this.#tables.add(reference);
    this.#references.set(table, reference);
    return table;
  }

  /**
   * Stops following growth for a table. Does not revoke it.
   *
   * @param {MemoryTable} table
   */
  dropTable(table) {
    const reference = this.#references.get(table);
    if (reference === undefined) return;
    this.#references.delete(table);
    this.#tables.delete(reference);
  }

  /**
   * Makes sure that every table covers the bytes below an address, which may lie in memory that another
   * worker has added.
   *
   * @param {number} endAddress 0 .. 2^32
   * @throws {QbError} `ADDRESS` when the memory ends before it
   */
  ensure(endAddress) {
    if (endAddress > this.byteLength) this.#follow(endAddress);
  }

  /** Rebinds all tables when the memory has grown since. */
  refresh() {
    const buffer = bufferOf(this.wasmMemory);
    if (buffer.byteLength === this.byteLength) return;
    bind(this.root, liveArrays(buffer));
    this.byteLength = this.root.byteLength;
    for (const reference of this.#tables) {
      const table = reference.deref();
      if (table === undefined || table.revoked) this.#tables.delete(reference);
      else bind(table, this.root);
    }
  }

  /** @param {number} endAddress */
  #follow(endAddress) {
    this.refresh();
    if (endAddress <= this.byteLength) return;
    // In WebKit wasm sees that another thread has grown the memory before JS does. This waits until it does.
    this.wasmMemory.grow(0);
    this.refresh();
    if (endAddress <= this.byteLength) return;
    throw new QbError(
      'ADDRESS',
      `address ${endAddress - 1} lies behind the end of the memory, which has ${this.byteLength} ` +
        'bytes. Pass on only addresses and sizes that this heap gave out.',
      { address: endAddress - 1 },
    );
  }

  #sweep() {
    for (const reference of this.#tables) {
      const table = reference.deref();
      if (table === undefined || table.revoked) this.#tables.delete(reference);
    }
    this.#sweepAt = Math.max(SWEEP_COUNT_MIN, this.#tables.size * 2);
  }
}

/**
 * A table over any buffer: packed bytes are read as structs are. Arrays of elements that do not fit into the end
 * of the buffer are shorter. It does not follow growth.
 *
 * @param {ArrayBufferLike} buffer
 * @returns {MemoryTable}
 */
export function bufferTable(buffer) {
  return new MemoryTable(liveArrays(/** @type {SharedArrayBuffer} */ (buffer)));
}

/**
 * @param {WebAssembly.Memory} wasmMemory
 * @returns {SharedArrayBuffer} (the DOM's types still know private memories only)
 */
function bufferOf(wasmMemory) {
  return /** @type {SharedArrayBuffer} */ (/** @type {unknown} */ (wasmMemory.buffer));
}

/**
 * @param {MemoryTable} table
 * @param {Arrays} from
 */
function bind(table, from) {
  table.byteLength = from.byteLength;
  table.i8 = from.i8;
  table.u8 = from.u8;
  table.i16 = from.i16;
  table.u16 = from.u16;
  table.i32 = from.i32;
  table.u32 = from.u32;
  table.f32 = from.f32;
  table.f64 = from.f64;
  table.i64 = from.i64;
  table.u64 = from.u64;
}

/**
 * @param {SharedArrayBuffer} buffer
 * @returns {Arrays}
 */
function liveArrays(buffer) {
  const { byteLength } = buffer;
  return {
    byteLength,
    i8: new Int8Array(buffer),
    u8: new Uint8Array(buffer),
    i16: new Int16Array(buffer, 0, Math.floor(byteLength / 2)),
    u16: new Uint16Array(buffer, 0, Math.floor(byteLength / 2)),
    i32: new Int32Array(buffer, 0, Math.floor(byteLength / 4)),
    u32: new Uint32Array(buffer, 0, Math.floor(byteLength / 4)),
    f32: new Float32Array(buffer, 0, Math.floor(byteLength / 4)),
    f64: new Float64Array(buffer, 0, Math.floor(byteLength / 8)),
    i64: new BigInt64Array(buffer, 0, Math.floor(byteLength / 8)),
    u64: new BigUint64Array(buffer, 0, Math.floor(byteLength / 8)),
  };
}

/**
 * One object in the place of ten arrays: whatever is asked of it throws.
 *
 * @param {() => Error} makeError
 * @returns {Arrays}
 */
function deadArrays(makeError) {
  const refuse = () => {
    throw makeError();
  };
  const dead = /** @type {never} */ (
    new Proxy(
      {},
      {
        get: refuse,
        set: refuse,
        has: refuse,
        deleteProperty: refuse,
        defineProperty: refuse,
        getOwnPropertyDescriptor: refuse,
        getPrototypeOf: refuse,
        setPrototypeOf: refuse,
        ownKeys: refuse,
        isExtensible: refuse,
        preventExtensions: refuse,
      },
    )
  );
  return {
    byteLength: 0,
    i8: dead,
    u8: dead,
    i16: dead,
    u16: dead,
    i32: dead,
    u32: dead,
    f32: dead,
    f64: dead,
    i64: dead,
    u64: dead,
  };
}
