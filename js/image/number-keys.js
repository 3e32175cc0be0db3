/**
 * Keys that are numbers, in a column.
 *
 *     without gaps   7 8 9 10 ...     a key says itself where it stands
 *     with gaps      index --> entry --> number
 *
 * Layer: image. Any thread.
 *
 * @module image/number-keys
 */
import { equalKeys, hashKey } from '../struct/pack-hash.js';
import { Keys } from './key-index.js';

/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('../struct/pack-values.js').Numbers} Numbers */
/** @typedef {import('./key-index.js').Index} Index */

const WORD = 2 ** 32;

export class NumberKeys extends Keys {
  #numbers;
  #isOrdered;
  /** Whether there are no gaps, and then the least. */
  #isDense = false;
  #first = 0;
  /** Of keys of 64 bits: index of their first word. To read one as a bigint takes longer than all else. -1 of others. */
  #words;

  /**
   * @param {Session} session
   * @param {Index} index
   * @param {Numbers} numbers in place
   * @param {boolean} isOrdered
   */
  constructor(session, index, numbers, isOrdered) {
    super(session, index);
    this.#numbers = numbers;
    this.#isOrdered = isOrdered;
    if (isOrdered && isDense(numbers)) {
      this.#isDense = true;
      this.#first = Number(numbers[0]);
    }
    const isBig = numbers instanceof BigInt64Array || numbers instanceof BigUint64Array;
    this.#words = isBig ? (numbers.byteOffset - session.m.u32.byteOffset) >>> 2 : -1;
  }

  /** In place. @throws {QbError} `CLOSED` */
  get numbers() {
    return this.session.alive(this.#numbers);
  }

  /** @override */
  get isOrdered() {
    return this.#isOrdered;
  }

  /** @override @param {unknown} key */
  find(key) {
    if (typeof key !== 'number') return typeof key === 'bigint' ? this.#findAny(key) : -1;
    if (this.#isDense && !this.session.m.revoked) {
      const place = key - this.#first + 0; // not -0
      if (!(place >= 0 && place < this.count)) return -1;
      if (this.#isAt(place, key)) return place;
    }
    // NaN is found by value.
    return this.slots > 0 && !Number.isNaN(key)
      ? this.#search(hashKey(key), key)
      : this.#findAny(key);
  }

  /** @override @param {number} entry */
  at(entry) {
    return this.numbers[entry];
  }

  /** @override @protected @param {number} entry @param {number | bigint} key */
  isKey(entry, key) {
    return equalKeys(this.numbers[entry], key);
  }

  /** @param {number | bigint} key */
  #findAny(key) {
    if (this.slots > 0) return this.search(hashKey(key), key);
    if (!this.#isOrdered) return this.scan(key);
    const isNan = typeof key === 'number' && Number.isNaN(key);
    const entry = isNan ? this.count - 1 : bisect(this.numbers, key);
    return entry >= 0 && entry < this.count && this.isKey(entry, key) ? entry : -1;
  }

  /** @param {number} hash @param {number} key not NaN @returns {number} */
  #search(hash, key) {
    const { mask, table } = this;
    const numbers = this.#numbers;
    const { u32 } = this.session.m;
    const isBig = this.#words >= 0;
    for (let slot = hash & mask, tries = 0; tries <= mask; slot = (slot + 1) & mask, tries++) {
      const word = table + slot * 2;
      const entry = u32[word];
      if (entry === 0) return -1;
      if (u32[word + 1] !== hash) continue;
      if (entry > this.count) this.failAt(entry);
      const isFound = isBig ? this.#isAt(entry - 1, key) : numbers[entry - 1] === key;
      if (isFound) return entry - 1;
    }
    return -1;
  }

  /** @param {number} entry may have a fraction @param {number} key not NaN */
  #isAt(entry, key) {
    if (this.#words < 0) return this.#numbers[entry] === key;
    if (!Number.isSafeInteger(key)) return equalKeys(this.#numbers[entry], key);
    const { u32 } = this.session.m;
    const word = this.#words + entry * 2;
    return u32[word] === key >>> 0 && u32[word + 1] === Math.floor(key / WORD) >>> 0;
  }
}

/**
 * @param {Numbers} numbers ascending
 * @returns {boolean} whether they are whole, exact in JS, and without gaps
 */
function isDense(numbers) {
  if (numbers.length === 0 || numbers instanceof Float32Array || numbers instanceof Float64Array) {
    return false;
  }
  const [first, last] = [Number(numbers[0]), Number(numbers[numbers.length - 1])];
  const isExact = Number.isSafeInteger(first) && Number.isSafeInteger(last);
  return isExact && last - first === numbers.length - 1;
}

/**
 * @param {Numbers} numbers ascending, NaN last
 * @param {number | bigint} key not NaN
 * @returns {number} how many are less
 */
export function bisect(numbers, key) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
