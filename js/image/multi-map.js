/**
 * Multi-maps of an image, read in place: a key has any number of values.
 *
 * Layer: image. A view belongs to one agent.
 *
 * @module image/multi-map
 */
import { PackedDict } from '../struct/pack-dict.js';
import { ImageArray } from './array.js';
import { rangeOf } from './range.js';
import { NumberValues } from './values.js';

/** @typedef {import('./keys.js').Keys} Keys */
/** @typedef {import('./parts.js').Column} Column */
/** @typedef {import('./range.js').RangeOptions} RangeOptions */
/** @typedef {import('./values.js').Values} Values */
/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('../struct/pack-values.js').Numbers} Numbers */

/**
 * A multi-map of an image: it reads as a Map from keys to lists of their values, in the order of building.
 *
 * @template [K=unknown]
 * @template [V=unknown]
 * @template [L=ImageArray<V>]
 * @extends {PackedDict<K, L>}
 *
 * @example
 * const bySection = openBytes(bytes).as(multiMapOf(t.string, t.u32));
 * bySection.get('net'); // Uint32Array [ 3, 8, 11 ], in place
 */
export class ImageMultiMap extends PackedDict {
  #session;
  #keys;
  #values;
  #starts;

  /**
   * Not for users: see `Image`.
   *
   * @param {Session} session
   * @param {Keys} keys
   * @param {Values} values
   * @param {Column} starts of the values of each key, and the end of the last
   * @param {number} valueCount
   * @param {boolean} isApproximate
   */
  constructor(session, keys, values, starts, valueCount, isApproximate) {
    super(keys.count, false);
    this.#session = session;
    this.#keys = keys;
    this.#values = values;
    this.#starts = starts;
    /** Of all keys. @readonly */
    this.valueCount = valueCount;
    /** Whether keys are told by their hashes alone. @readonly */
    this.isApproximate = isApproximate;
  }

  /** Whether the keys ascend: then there is `range`. */
  get isOrdered() {
    return this.#keys.isOrdered;
  }

  /**
   * The values of a key, in place.
   *
   * @override
   * @param {K} key
   * @returns {L} empty when there are none
   */
  get(key) {
    const entry = this.#keys.find(key);
    return entry < 0 ? this.#list(0, 0) : this.entryValue(entry);
  }

  /**
   * @param {Iterable<K>} keys
   * @returns {L[]} in the order of the keys
   */
  getMany(keys) {
    return Array.from(keys, (key) => this.get(key));
  }

  /**
   * @param {K} key
   * @returns {number} of its values
   */
  count(key) {
    const entry = this.#keys.find(key);
    if (entry < 0) return 0;
    const { start, end } = this.#bounds(entry);
    return end - start;
  }

  /**
   * @param {K} key
   * @returns {number} position of its entry, -1 when there is none
   */
  indexOf(key) {
    return this.#keys.find(key);
  }

  /** @param {number} index 0 .. size-1 @returns {K | undefined} undefined outside */
  keyAt(index) {
    return index >= 0 && index < this.size ? this.entryKey(Math.trunc(index)) : undefined;
  }

  /** @param {number} index 0 .. size-1 @returns {L | undefined} undefined outside */
  valueAt(index) {
    return index >= 0 && index < this.size ? this.entryValue(Math.trunc(index)) : undefined;
  }

  /**
   * Keys of a range and their values, in ascending order of number keys.
   *
   * @param {K} [from] the first; left out: from the least on
   * @param {K} [to] what is behind the last; left out: to the end
   * @param {RangeOptions} [options]
   * @returns {Generator<[K, L], void>}
   * @throws {QbError} `UNSUPPORTED` when the keys are no numbers; `TYPE`, `ARGUMENT`
   */
  range(from, to, options) {
    const { start, end, step } = rangeOf(this.#keys, from, to, options);
    return this.#walk(start, end, step);
  }

  /** @override @protected @param {K} key */
  find(key) {
    return this.#keys.find(key);
  }

  /** @override @protected @param {number} entry @returns {K} */
  entryKey(entry) {
    return /** @type {K} */ (this.#keys.at(entry));
  }

  /** @override @protected @param {number} entry @returns {L} */
  entryValue(entry) {
    const { start, end } = this.#bounds(entry);
    return this.#list(start, end);
  }

  /** @param {number} entry */
  #bounds(entry) {
    const start = this.#starts.at(entry);
    const end = this.#starts.at(entry + 1);
    if (end < start || end > this.valueCount) {
      this.#session.fail(
        `values from ${start} to ${end} of ${this.valueCount}`,
        this.#session.base,
      );
    }
    return { start, end };
  }

  /** @param {number} start @param {number} end @returns {L} */
  #list(start, end) {
    const values = this.#values;
    const list =
      values instanceof NumberValues
        ? values.numbers.subarray(start, end)
        : new ImageArray(values, start, end - start);
    return /** @type {L} */ (/** @type {unknown} */ (list));
  }

  /** @param {number} start @param {number} end @param {number} step @returns {Generator<[K, L], void>} */
  *#walk(start, end, step) {
    for (let i = start; i !== end; i += step) yield [this.entryKey(i), this.entryValue(i)];
  }
}
