/**
 * Multi-maps of an image, read in place: a key has any number of values.
 *
 * Layer: image. A view belongs to one agent.
 *
 * @module image/multi-map
 */
import { ImageArray } from './array.js';
import { ImageDict } from './dict.js';
import { NumberValues } from './values.js';

/** @typedef {import('./key-index.js').Keys} Keys */
/** @typedef {import('./parts.js').Column} Column */
/** @typedef {import('./values.js').Values} Values */
/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('../struct/pack-values.js').Numbers} Numbers */

/**
 * A multi-map of an image: it reads as a Map from keys to lists of their values, in the order of building.
 *
 * @template [K=unknown]
 * @template [V=unknown]
 * @template [L=ImageArray<V>]
 * @extends {ImageDict<K, L>}
 *
 * @example
 * const BySection = multiMapOf(t.string, t.u32);
 * const { buffer } = await BySection.build([['net', 3], ['doc', 7], ['net', 8]]);
 * openBytes(buffer).as(BySection).get('net'); // Uint32Array(2) [ 3, 8 ]: in place
 */
export class ImageMultiMap extends ImageDict {
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
    super(keys, isApproximate);
    this.#session = session;
    this.#keys = keys;
    this.#values = values;
    this.#starts = starts;
    /** Of all keys. @readonly */
    this.valueCount = valueCount;
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
   * @override
   * @param {Iterable<K>} keys
   * @returns {L[]} in the order of the keys
   */
  getMany(keys) {
    return /** @type {L[]} */ (super.getMany(keys));
  }

  /**
   * @param {K} key
   * @returns {number} of its values
   */
  count(key) {
    const entry = this.#keys.find(key);
    if (entry < 0) return 0;
    const start = this.#starts.at(entry);
    return this.#endOf(entry, start) - start;
  }

  /** @override @protected @param {number} entry @returns {L} */
  entryValue(entry) {
    const start = this.#starts.at(entry);
    return this.#list(start, this.#endOf(entry, start));
  }

  /** @param {number} entry @param {number} start of its values */
  #endOf(entry, start) {
    const end = this.#starts.at(entry + 1);
    if (end >= start && end <= this.valueCount) return end;
    return this.#session.fail(
      `values from ${start} to ${end} of ${this.valueCount}`,
      this.#session.base,
    );
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
}
