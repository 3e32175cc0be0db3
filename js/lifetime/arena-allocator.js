/**
 * Allocation in an arena: a bump of two words in shared memory, or a call into the core.
 *
 * Layer: lifetime. Only the thread that opened the arena allocates in it.
 *
 * @module lifetime/arena-allocator
 */
import { QbError } from '../base/errors.js';
import { ARENA } from '../base/generated/layout.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('../heap/ambient.js').Allocator} Allocator */
/** @typedef {import('./arena.js').Arena} Arena */
/** @typedef {import('./storage.js').ArenaStorage} ArenaStorage */

/** Largest slab there is. */
export const SLAB_BYTES_MAX = 2 ** 31;
/** Every address and size is a multiple of this. */
export const UNIT_BYTES = 8;
/** Up to this alignment JS bumps by itself: every slab ends 16 bytes before its last byte. */
const BUMP_ALIGN_MAX = 16;
/** Up to this size `top` cannot pass 2^32 unseen. */
const BUMP_BYTES_MAX = 2 ** 30;

/**
 * Where `new` allocates while the arena is open. All views of the arena reach it through their table.
 *
 * @implements {Allocator}
 */
export class ArenaAllocator {
  /**
   * @param {Arena} arena
   * @param {ArenaStorage} storage
   * @param {MemoryTable} table
   * @param {number} bytesMax of one object; Infinity: what the memory has
   */
  constructor(arena, storage, table, bytesMax) {
    /** @readonly @type {'arena'} */
    this.kind = 'arena';
    /** @readonly */
    this.heap = storage.heap;
    /** @readonly */
    this.table = table;
    /** @readonly */
    this.ledger = storage.ledger;
    /** @readonly */
    this.arena = arena;
    this.storage = storage;
    this.bytesMax = bytesMax;
    this.bumpBytesMax = Math.min(bytesMax, BUMP_BYTES_MAX);
    this.topWord = (storage.address + ARENA.topAddress) >>> 2;
    this.endWord = (storage.address + ARENA.endAddress) >>> 2;
  }

  /**
   * Bumps in the current slab. The usual case is two loads and a store in shared memory, without a call
   * into wasm; only the thread that opened the arena does this.
   *
   * @param {number} bytes
   * @param {number} alignBytes power of two
   * @returns {number} address
   */
  allocate(bytes, alignBytes) {
    const { u32 } = this.table;
    if (
      bytes <= this.bumpBytesMax &&
      alignBytes <= BUMP_ALIGN_MAX &&
      this.storage.state === 'open'
    ) {
      const address = ((u32[this.topWord] + alignBytes - 1) & -alignBytes) >>> 0;
      const top = address + ((bytes + UNIT_BYTES - 1) & -UNIT_BYTES);
      if (top <= u32[this.endWord]) {
        u32[this.topWord] = top;
        return address;
      }
    }
    return this.#grow(bytes, alignBytes);
  }

  /**
   * @param {number} bytes
   * @param {number} alignBytes
   * @returns {number} address
   */
  #grow(bytes, alignBytes) {
    const { heap, storage } = this;
    if (storage.state !== 'open') {
      throw new QbError(
        'CLOSED',
        `the arena was closed${storage.place}. What escaped can be read and its numbers written, but ` +
          'nothing new fits in: longer strings, bytes and objects need an open arena or the heap.',
      );
    }
    if (bytes > this.bytesMax) {
      throw new QbError(
        'SIZE',
        `${bytes} bytes are more than the ${this.bytesMax} that a slab may have. Open the arena with a larger ` +
          "slabBytes, or without {oversize: 'refuse'}, so that large objects get a slab of their own.",
        { requestedBytes: bytes },
      );
    }
    // More than the largest multiple does not fit in any memory: the core says so.
    const padded = Math.min(Math.ceil(bytes / UNIT_BYTES) * UNIT_BYTES, 2 ** 32 - UNIT_BYTES);
    const address = heap.core.arenaAlloc(storage.address, padded, Math.max(alignBytes, UNIT_BYTES));
    heap.memory.ensure(Math.max(address + padded, heap.memory.root.u32[this.endWord]));
    return address;
  }
}
