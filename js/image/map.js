/**
 * Maps of an image, read in place.
 *
 * Layer: image. A view belongs to one agent.
 *
 * @module image/map
 */
import { PackedDict } from '../struct/pack-dict.js';
import { rangeOf } from './range.js';

/** @typedef {import('./keys.js').Keys} Keys */
/** @typedef {import('./range.js').RangeOptions} RangeOptions */
/** @typedef {import('./values.js').Values} Values */

/**
 * A map of an image; it reads as a Map does. Structs and other objects are views, new ones each time.
 *
 * Its order is that of building; number keys ascend.
 *
 * @template [K=unknown]
 * @template [V=unknown]
 * @extends {PackedDict<K, V>}
 *
 * @example
 * const ages = openBytes(bytes).as(mapOf(t.string, t.u32));
 * ages.get('ada');
 */
export class ImageMap extends PackedDict {
  #keys;
  #values;

  /**
   * Not for users: see `Image`.
   *
   * @param {Keys} keys
   * @param {Values} values
   * @param {boolean} isApproximate
   */
  constructor(keys, values, isApproximate) {
    super(keys.count, false);
    this.#keys = keys;
    this.#values = values;
    /** Whether keys are told by their hashes alone: another key may be found by chance. @readonly */
    this.isApproximate = isApproximate;
  }

  /** Whether the keys ascend: then there is `range`. */
  get isOrdered() {
    return this.#keys.isOrdered;
  }

  /** @override @param {K} key @returns {boolean} */
  has(key) {
    return this.#keys.find(key) >= 0;
  }

  /** @override @param {K} key @returns {V | undefined} */
  get(key) {
    const entry = this.#keys.find(key);
    return entry < 0 ? undefined : /** @type {V} */ (this.#values.at(entry));
  }

  /**
   * @param {Iterable<K>} keys
   * @returns {(V | undefined)[]} in the order of the keys, undefined for those that are not there
   */
  getMany(keys) {
    return Array.from(keys, (key) => this.get(key));
  }

  /**
   * @param {K} key
   * @returns {number} position of its entry, -1 when there is none
   */
  indexOf(key) {
    return this.#keys.find(key);
  }

  /**
   * @param {number} index 0 .. size-1
   * @returns {K | undefined} undefined outside
   */
  keyAt(index) {
    return index >= 0 && index < this.size ? this.entryKey(Math.trunc(index)) : undefined;
  }

  /**
   * @param {number} index 0 .. size-1
   * @returns {V | undefined} undefined outside
   */
  valueAt(index) {
    return index >= 0 && index < this.size ? this.entryValue(Math.trunc(index)) : undefined;
  }

  /**
   * Entries of a range of number keys, in ascending order.
   *
   * @param {K} [from] the first; left out: from the least on
   * @param {K} [to] what is behind the last; left out: to the end
   * @param {RangeOptions} [options]
   * @returns {Generator<[K, V], void>}
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

  /** @override @protected @param {number} entry @returns {V} */
  entryValue(entry) {
    return /** @type {V} */ (this.#values.at(entry));
  }

  /** @param {number} start @param {number} end @param {number} step @returns {Generator<[K, V], void>} */
  *#walk(start, end, step) {
    for (let i = start; i !== end; i += step) yield [this.entryKey(i), this.entryValue(i)];
  }
}
