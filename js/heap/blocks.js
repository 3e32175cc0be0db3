/**
 * The part of a heap that deals in bytes: blocks, and looking at where they are. Heap adds the rest.
 *
 * Layer: heap. An object belongs to one agent.
 *
 * @module heap/blocks
 */
import { addressError, alignError, checkOptions, isUint32, sizeError } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { LIMITS, OWNER } from '../base/generated/layout.js';
import { readFaults, readPageMap, readStats } from './inspect.js';

/** @typedef {import('./ambient.js').Allocator} Allocator */

/**
 * The place of an agent in the heap.
 *
 * @typedef {object} ThreadSlot
 * @property {number} number 1 .. 128: the slot, and the owner byte of its blocks
 * @property {number} generation tells successive holders of a slot apart
 */

/** Alignment that every block has. */
const NATURAL_ALIGN_BYTES = 16;

/**
 * What `new Type()` uses outside of arenas (see heap/ambient.js).
 *
 * @implements {Allocator}
 */
export class HeapAllocator {
  /** @param {import('./heap.js').Heap} heap */
  constructor(heap) {
    /** @readonly @type {'heap'} */
    this.kind = 'heap';
    /** @readonly */
    this.heap = heap;
    /** @readonly */
    this.table = heap.memory.root;
  }

  /**
   * @param {number} bytes
   * @param {number} alignBytes
   * @returns {number} address
   */
  allocate(bytes, alignBytes) {
    const { core, memory } = this.heap;
    const address =
      alignBytes <= NATURAL_ALIGN_BYTES ? core.alloc(bytes) : core.allocAligned(bytes, alignBytes);
    memory.ensure(address + bytes);
    return address;
  }
}

/**
 * Blocks by address. Arguments are checked here; the core checks what they mean.
 */
export class Blocks {
  /**
   * @param {string} name
   * @param {import('../base/memory.js').Memory} memory
   * @param {import('../base/module.js').Core} core
   * @param {ThreadSlot} thread
   */
  constructor(name, memory, core, thread) {
    /** For messages and pictures. @readonly */
    this.name = name;
    /** @readonly tables of typed arrays over the memory */
    this.memory = memory;
    /** @readonly the raw core: no arguments are checked */
    this.core = core;
    /** @readonly this agent's slot */
    this.thread = thread;
  }

  /** True when this agent is no longer attached. */
  get closed() {
    return this.core.threadAddress === 0;
  }

  /**
   * @param {number} bytes 0 .. 2^32-1; 0 counts as 1
   * @param {{align?: number}} [options] power of two up to 65536; 16 by default
   * @returns {number} address of at least that many bytes, owned by this thread; content undefined
   * @throws {QbError} `OUT_OF_MEMORY`, `SIZE`, `ALIGN`, `TYPE`
   */
  alloc(bytes, options) {
    if (!isUint32(bytes)) throw sizeError('bytes', bytes);
    return options === undefined ? this.core.alloc(bytes) : this.#allocAligned(bytes, options);
  }

  /**
   * Zeroed room for `count` elements.
   *
   * @param {number} count
   * @param {number} [elementBytes]
   * @returns {number} address
   * @throws {QbError} `OUT_OF_MEMORY`, `SIZE`, `TYPE`
   */
  calloc(count, elementBytes = 1) {
    if (!isUint32(count)) throw sizeError('count', count);
    if (!isUint32(elementBytes)) throw sizeError('elementBytes', elementBytes);
    return this.core.calloc(count, elementBytes);
  }

  /**
   * Resizes a block, in place where possible. When it fails the block is as it was.
   *
   * @param {number} address 0 allocates
   * @param {number} bytes
   * @returns {number} address, maybe another one
   * @throws {QbError} `OUT_OF_MEMORY`, `SIZE`, `ADDRESS`, `DOUBLE_FREE`, `OVERRUN`, `TYPE`
   */
  realloc(address, bytes) {
    if (!isUint32(address)) throw addressError(address);
    if (!isUint32(bytes)) throw sizeError('bytes', bytes);
    return this.core.realloc(address, bytes);
  }

  /**
   * Frees a block, whoever owns it.
   *
   * @param {number} address
   * @throws {QbError} `ADDRESS`, `DOUBLE_FREE`, `OVERRUN`, `TYPE`
   */
  free(address) {
    if (!isUint32(address)) throw addressError(address);
    this.core.free(address);
  }

  /**
   * @param {number} address
   * @returns {number} bytes that may be used there; 0: no block lives there
   */
  usableBytes(address) {
    if (!isUint32(address)) throw addressError(address);
    return this.core.usableBytes(address);
  }

  /**
   * Makes a block belong to nobody: it survives the threads.
   *
   * @param {number} address
   * @returns {number} the address
   * @throws {QbError} `ADDRESS`, `TYPE`
   */
  share(address) {
    if (!isUint32(address)) throw addressError(address);
    this.core.blockOwn(address, OWNER.SHARED);
    return address;
  }

  /**
   * Makes a block belong to this thread, whoever had it.
   *
   * @param {number} address
   * @returns {number} the address
   * @throws {QbError} `ADDRESS`, `TYPE`
   */
  own(address) {
    if (!isUint32(address)) throw addressError(address);
    this.core.blockOwn(address, this.thread.number);
    return address;
  }

  /**
   * The bytes themselves, not a copy. They stay readable after a free, and then show other data.
   *
   * @param {number} address
   * @param {number} [length] the block's usable bytes by default
   * @returns {Uint8Array<SharedArrayBuffer>}
   * @throws {QbError} `ADDRESS`, `SIZE`, `TYPE`, `CLOSED`
   */
  bytes(address, length = this.usableBytes(address)) {
    if (!isUint32(address)) throw addressError(address);
    if (!isUint32(length)) throw sizeError('length', length);
    if (address < LIMITS.ADDRESS_MIN) throw addressError(address);
    needOpen(this);
    this.memory.ensure(address + length);
    return new Uint8Array(this.memory.root.u8.buffer, address, length);
  }

  /* ---- looking ---- */

  /** @returns {import('./inspect.js').HeapStats} exact while no other thread allocates */
  stats() {
    return readStats(this.core, this.memory);
  }

  /** @returns {import('./inspect.js').PageMap} one entry a page, for pictures */
  inspect() {
    needOpen(this);
    return readPageMap(this.memory);
  }

  /**
   * Walks the whole heap while no other thread works.
   *
   * @returns {import('./inspect.js').Fault[]} up to 16 violated invariants; none: the heap is sound
   */
  check() {
    return readFaults(this.core, this.memory);
  }

  /**
   * Gives this thread's empty pages back to all.
   *
   * @returns {number} how many
   */
  trim() {
    return this.core.trim();
  }

  /* ---- private ---- */

  /**
   * @param {number} bytes
   * @param {{align?: number}} options
   * @returns {number}
   */
  #allocAligned(bytes, options) {
    const { align = NATURAL_ALIGN_BYTES } = checkOptions('alloc options', options, ['align']);
    if (!isUint32(align)) throw alignError(align);
    return this.core.allocAligned(bytes, align);
  }
}

/**
 * @param {{closed: boolean, name: string}} heap
 * @throws {QbError} `CLOSED`
 */
export function needOpen({ closed, name }) {
  if (!closed) return;
  throw new QbError(
    'CLOSED',
    `heap ${JSON.stringify(name)} is closed in this thread. Attach to it again by its descriptor.`,
  );
}
