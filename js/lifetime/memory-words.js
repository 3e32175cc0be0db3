/**
 * A memory pool's words as JS reads them: entries, the word of each unit, what is free.
 *
 *     chunk | entries, 32 B each | a word a unit, 0 = free | pad to 64 | data ... |
 *
 * Only pools that do not grow: they have one chunk.
 *
 * Layer: lifetime. One for each MemoryPool object.
 *
 * @module lifetime/memory-words
 */
import { MEMORY, MEMORY_ENTRY, MEMORY_PHASE } from '../base/generated/layout.js';

const DATA_ALIGN_BYTES = 64;
/** Of a range: the first unit, and log2 of how many. */
const UNIT_MASK = 0x7ffffff;
const ORDER_SHIFT = 27;
const ORDER_NONE = 31;
const ENTRY_WORDS = MEMORY_ENTRY.bytes / 4;
const PHASE_MASK = 15;

/** Words of MEMORY.user. */
const USER = Object.freeze({ IN_USE: 0, PEAK: 1 });

/**
 * What an entry says of the allocation that it is of.
 *
 * @typedef {{ generation: number, address: number, length: number, type: number, key: number }} Entry
 */

export class MemoryWords {
  #memory;
  #address;
  #firstEntry;
  #firstUnit;
  #dataAddress;
  #unitCount;

  /**
   * @param {import('../base/memory.js').Memory} memory
   * @param {number} address of the pool, which the memory covers
   */
  constructor(memory, address) {
    this.#memory = memory;
    this.#address = address;
    /** The smallest block. @readonly */
    this.unitBytes = 2 ** this.#word(MEMORY.unitLog2);
    this.#unitCount = this.#word(MEMORY.chunkUnits);
    /** The budget, in whole units. @readonly */
    this.bytes = this.#unitCount * this.unitBytes;
    /** @readonly */
    this.entryCount = this.#word(MEMORY.chunkEntries);
    const entries = this.#word(MEMORY.chunks);
    const units = entries + this.entryCount * MEMORY_ENTRY.bytes;
    this.#firstEntry = entries >>> 2;
    this.#firstUnit = units >>> 2;
    this.#dataAddress =
      Math.ceil((units + 4 * this.#unitCount) / DATA_ALIGN_BYTES) * DATA_ALIGN_BYTES;
    memory.ensure(this.#dataAddress + this.bytes);
  }

  /** The largest block that it could ever give. */
  get blockBytesMax() {
    return 2 ** (31 - Math.clz32(this.#unitCount)) * this.unitBytes;
  }

  /* ---- entries ---- */

  /**
   * The entry of an allocation that cannot change meanwhile, because nobody else knows it yet.
   *
   * @param {number} index
   * @returns {Entry}
   */
  entry(index) {
    const { u32 } = this.#memory.root;
    const word = this.#firstEntry + index * ENTRY_WORDS;
    const range = u32[word + MEMORY_ENTRY.range / 4];
    const unit = range >>> ORDER_SHIFT === ORDER_NONE ? 0 : range & UNIT_MASK;
    return {
      generation: u32[word] >>> 8,
      address: this.#dataAddress + unit * this.unitBytes,
      length: u32[word + MEMORY_ENTRY.length / 4],
      type: u32[word + MEMORY_ENTRY.type / 4],
      key: u32[word + MEMORY_ENTRY.key / 4],
    };
  }

  /**
   * The entry of an allocation that others may free meanwhile.
   *
   * @param {number} index below `entryCount`
   * @returns {Entry | null} null: there is none
   */
  liveEntry(index) {
    const { u32 } = this.#memory.root;
    const word = this.#firstEntry + index * ENTRY_WORDS;
    const before = Atomics.load(u32, word) >>> 8;
    const isLive = (Atomics.load(u32, word + 1) & PHASE_MASK) === MEMORY_PHASE.LIVE;
    const entry = this.entry(index);
    return isLive && before === Atomics.load(u32, word) >>> 8 ? entry : null;
  }

  /**
   * Whether an allocation that was live once is live still.
   *
   * @param {number} index
   * @param {number} generation
   */
  isLive(index, generation) {
    const { u32 } = this.#memory.root;
    const word = this.#firstEntry + index * ENTRY_WORDS;
    // In this order: of this generation there is no phase before the live one any more.
    const phase = Atomics.load(u32, word + 1) & PHASE_MASK;
    return phase === MEMORY_PHASE.LIVE && Atomics.load(u32, word) >>> 8 === generation;
  }

  /** @param {number} index @returns {number} owner byte */
  ownerOf(index) {
    return Atomics.load(this.#memory.root.u32, this.#firstEntry + index * ENTRY_WORDS) & 255;
  }

  /** How many are live. */
  countLive() {
    const { u32 } = this.#memory.root;
    const end = this.#firstEntry + this.entryCount * ENTRY_WORDS;
    let count = 0;
    for (let word = this.#firstEntry + 1; word < end; word += ENTRY_WORDS) {
      if ((u32[word] & PHASE_MASK) === MEMORY_PHASE.LIVE) count++;
    }
    return count;
  }

  /* ---- units ---- */

  /**
   * Runs of free units.
   *
   * @returns {IterableIterator<[number, number]>} first unit and the one behind the last
   */
  *#freeRuns() {
    const { u32 } = this.#memory.root;
    const end = this.#unitCount;
    for (let unit = 0; unit < end; unit++) {
      if (u32[this.#firstUnit + unit] !== 0) continue;
      const first = unit;
      while (unit < end && u32[this.#firstUnit + unit] === 0) unit++;
      yield [first, unit];
    }
  }

  /** @returns {number} */
  freeBytes() {
    let count = 0;
    for (const [first, end] of this.#freeRuns()) count += end - first;
    return count * this.unitBytes;
  }

  /** @returns {Map<number, number>} size to how many, the largest blocks that are free, small ones first */
  freeBlocks() {
    /** @type {number[]} */
    const counts = [];
    for (const [first, end] of this.#freeRuns()) {
      for (let unit = first; unit < end; ) {
        // A block of 2^k units stands at a multiple of that.
        const aligned = unit === 0 ? ORDER_NONE : 31 - Math.clz32(unit & -unit);
        const order = Math.min(aligned, 31 - Math.clz32(end - unit));
        counts[order] = (counts[order] ?? 0) + 1;
        unit += 2 ** order;
      }
    }
    const blocks = new Map();
    counts.forEach((count, order) => {
      blocks.set(2 ** order * this.unitBytes, count);
    });
    return blocks;
  }

  /* ---- counts ---- */

  /** One more is live, as far as this counter knows: what a thread had that died is taken off by its reaper. */
  countAlloc() {
    const { u32 } = this.#memory.root;
    const word = this.#userWord(USER.PEAK);
    const inUse = Atomics.add(u32, word - USER.PEAK + USER.IN_USE, 1) + 1;
    let peak = u32[word];
    while (peak < inUse && inUse <= this.entryCount) {
      peak = Atomics.compareExchange(u32, word, peak, inUse);
    }
  }

  /** @param {number} [count] */
  countFree(count = 1) {
    Atomics.sub(this.#memory.root.u32, this.#userWord(USER.IN_USE), count);
  }

  peak() {
    return Atomics.load(this.#memory.root.u32, this.#userWord(USER.PEAK));
  }

  /** @param {number} index */
  #userWord(index) {
    return ((this.#address + MEMORY.user) >>> 2) + index;
  }

  /** @param {number} offset of a field of the pool */
  #word(offset) {
    return this.#memory.root.u32[(this.#address + offset) >>> 2];
  }
}
