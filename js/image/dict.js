/**
 * What maps and multi-maps of an image have in common: entries by key, by position and by range.
 *
 * Layer: image. A view belongs to one agent.
 *
 * @module image/dict
 */
import { PackedDict } from '../struct/pack-dict.js';
import { readRange } from './range.js';

/** @typedef {import('./key-index.js').Keys} Keys */
/** @typedef {import('./range.js').RangeOptions} RangeOptions */

/**
 * A dict of an image. Each entry has a position: number keys ascend, others are as they came.
 *
 * @template [K=unknown]
 * @template [V=unknown]
 * @extends {PackedDict<K, V>}
 */
export class ImageDict extends PackedDict {
  #keys;

  /**
   * Not for users: see `Image`.
   *
   * @param {Keys} keys
   * @param {boolean} isApproximate
   */
  constructor(keys, isApproximate) {
    super(keys.count, false);
    this.#keys = keys;
    /** Whether keys are told by their hashes alone: another key may be found by chance. @readonly */
    this.isApproximate = isApproximate;
  }

  /** Whether the keys ascend: then there is `range`. */
  get isOrdered() {
    return this.#keys.isOrdered;
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
    return readRange(this.#keys, from, to, options, (entry) => [
      this.entryKey(entry),
      this.entryValue(entry),
    ]);
  }

  /** @override @protected @param {K} key */
  find(key) {
    return this.#keys.find(key);
  }

  /** @override @protected @param {number} entry @returns {K} */
  entryKey(entry) {
    return /** @type {K} */ (this.#keys.at(entry));
  }
}
