/**
 * The words of a channel in the memory, read by JS: how full it is, who is left.
 *
 * Layer: lifetime. Any thread.
 *
 * @module lifetime/channel-words
 */
import {
  CHANNEL,
  LIMITS,
  REGION_RECORD,
  REGION_STATE,
  RING,
  RING_END,
  WAITERS,
} from '../base/generated/layout.js';
import { regionWord } from '../heap/region.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */

const CELL_BYTES = 8;
/** The upper half of a cell: who, 8 bits; turn, 24 bits. */
const WHO_BITS = 8;
const STATE_MASK = 15;

export class ChannelWords {
  #heap;
  #address;
  #cells;

  /**
   * @param {Heap} heap
   * @param {number} address of the channel
   */
  constructor(heap, address) {
    this.#heap = heap;
    this.#address = address;
    /** @readonly */
    this.capacity = this.#word(CHANNEL.ring + RING.capacity);
    this.#cells = this.#word(CHANNEL.ring + RING.cellsAddress);
    heap.memory.ensure(this.#cells + CELL_BYTES * this.capacity);
  }

  /** Whether anybody may send. */
  get isOpen() {
    return (this.#record(REGION_RECORD.state) & STATE_MASK) === REGION_STATE.OPEN;
  }

  /** Whether it is closed, and only this agent is left. */
  get isLast() {
    if (this.isOpen) return false;
    const bit = this.#heap.thread.number - 1;
    for (let word = 0; word < LIMITS.THREADS_MAX / 32; word++) {
      const own = bit >>> 5 === word ? 1 << (bit & 31) : 0;
      if ((this.#record(REGION_RECORD.pins + 4 * word) & ~own) !== 0) return false;
    }
    return true;
  }

  /** Messages in it. Exact while nobody works. */
  get size() {
    const count = this.#position(RING.tail, 0) - this.#position(RING.head, 1);
    return Math.max(0, Math.min(this.capacity, count));
  }

  /**
   * @param {number} end RING.head or RING.tail
   * @returns {number} index of the word that changes when it moved on and somebody waits
   */
  epochIndex(end) {
    return (this.#address + CHANNEL.ring + end + RING_END.waiters + WAITERS.epoch) >>> 2;
  }

  /**
   * How many messages have passed an end. The word may be behind the cells, when a thread died.
   *
   * @param {number} end RING.head or RING.tail
   * @param {0 | 1} full whether its cells are full before they turn
   */
  #position(end, full) {
    const word = CHANNEL.ring + end + RING_END.position;
    let index = this.#word(word);
    let lap = this.#word(word + 4);
    for (let i = 0; i < this.capacity; i++) {
      const cell = this.#cells + CELL_BYTES * index;
      const upper = Atomics.load(this.#heap.memory.root.u32, (cell + 4) >>> 2);
      // As 24-bit numbers that wrap.
      const ahead = ((upper >>> WHO_BITS) - 2 * lap - full) << WHO_BITS;
      if (ahead <= 0) break;
      index++;
      if (index < this.capacity) continue;
      index = 0;
      lap++;
    }
    return lap * this.capacity + index;
  }

  /** @param {number} offset in the channel */
  #word(offset) {
    return Atomics.load(this.#heap.memory.root.u32, (this.#address + offset) >>> 2);
  }

  /** @param {number} offset from REGION_RECORD */
  #record(offset) {
    const { memory } = this.#heap;
    return Atomics.load(memory.root.u32, regionWord(memory, this.#address, offset));
  }
}
