/**
 * Where the slots of a pool are: index to address to state word, and back.
 *
 *     chunk 0    firstCount slots          chunk k    firstCount << (k - 1) slots
 *
 *     chunk  | state words, 4 B each | slots, 16-aligned ... |
 *
 * Layer: lifetime. One for each Pool object.
 *
 * @module lifetime/pool-slots
 */
import { OWNER, POOL } from '../base/generated/layout.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('../heap/heap.js').Heap} Heap */

const SLOT_ALIGN_BYTES = 16;

/**
 * @typedef {object} Chunk
 * @property {number} first index of its first slot
 * @property {number} count
 * @property {number} word index into u32 of the first state word
 * @property {number} address of the first slot
 */

export class PoolSlots {
  /** @type {Chunk[]} */
  #chunks = [];
  #heap;
  #table;
  #pool;

  /**
   * @param {Heap} heap
   * @param {MemoryTable} table
   * @param {number} pool address
   */
  constructor(heap, table, pool) {
    this.#heap = heap;
    this.#table = table;
    this.#pool = pool;
    /** @readonly */
    this.slotBytes = this.word(POOL.slotBytes);
    /** Slots of the first chunk, the capacity at first. @readonly */
    this.firstCount = this.word(POOL.chunkSlots);
    const { word, address } = this.chunkOf(0);
    /** @readonly */
    this.firstWord = word;
    /** @readonly */
    this.firstAddress = address;
    /** @readonly */
    this.inverse = 1 / this.slotBytes;
  }

  /** @param {number} offset of a field of the pool */
  word(offset) {
    return this.#heap.memory.root.u32[(this.#pool + offset) >>> 2];
  }

  /**
   * @param {number} index below the capacity
   * @returns {Chunk}
   */
  chunkOf(index) {
    const quotient = (index / this.firstCount) | 0;
    const number = quotient === 0 ? 0 : 32 - Math.clz32(quotient);
    return this.#chunks[number] ?? this.#openChunk(number);
  }

  /**
   * @param {number} number
   * @returns {Chunk}
   */
  #openChunk(number) {
    const first = number === 0 ? 0 : this.firstCount * 2 ** (number - 1);
    const count = number === 0 ? this.firstCount : first;
    const states = this.word(POOL.chunks + 4 * number);
    const stateBytes = Math.ceil((count * 4) / SLOT_ALIGN_BYTES) * SLOT_ALIGN_BYTES;
    const address = states + stateBytes;
    this.#heap.memory.ensure(address + count * this.slotBytes);
    const chunk = { first, count, word: states >>> 2, address };
    while (this.#chunks.length < number) this.chunkOf(this.#firstOf(this.#chunks.length));
    this.#chunks[number] = chunk;
    return chunk;
  }

  /** @param {number} number of a chunk */
  #firstOf(number) {
    return number === 0 ? 0 : this.firstCount * 2 ** (number - 1);
  }

  /**
   * @param {number} index below the capacity
   * @returns {number} index into u32 and i32 of the state word
   */
  wordOf(index) {
    if (index < this.firstCount) return this.firstWord + index;
    const { first, word } = this.chunkOf(index);
    return word + index - first;
  }

  /**
   * @param {number} index below the capacity
   * @returns {number} address of the slot
   */
  addressOf(index) {
    const { first, address } = this.chunkOf(index);
    return address + (index - first) * this.slotBytes;
  }

  /**
   * @param {number} address
   * @returns {number} index of the slot that begins there; -1: none
   */
  indexOf(address) {
    const capacity = this.word(POOL.capacity);
    for (let first = 0; first < capacity; ) {
      const chunk = this.chunkOf(first);
      const index = chunk.first + (address - chunk.address) / this.slotBytes;
      const end = Math.min(chunk.first + chunk.count, capacity);
      if (index >= chunk.first && index < end) return Number.isInteger(index) ? index : -1;
      first = chunk.first + chunk.count;
    }
    return -1;
  }

  /** @param {number} index @returns {number} state word, as int32 */
  load(index) {
    return Atomics.load(this.#table.i32, this.wordOf(index));
  }

  /** @param {number} index @param {number} state */
  store(index, state) {
    Atomics.store(this.#table.i32, this.wordOf(index), state);
  }

  /** @param {number} index @param {number} before @param {number} after */
  exchange(index, before, after) {
    return Atomics.compareExchange(this.#table.i32, this.wordOf(index), before, after) === before;
  }

  /** @returns {number} how many slots are in use */
  countUsed() {
    const capacity = this.word(POOL.capacity);
    const { i32 } = this.#heap.memory.root;
    let count = 0;
    for (let index = 0; index < capacity; index++) {
      if ((i32[this.wordOf(index)] & 255) !== OWNER.NONE) count++;
    }
    return count;
  }

  /** The arrays that the pool's views read through. */
  get table() {
    return this.#table;
  }
}
