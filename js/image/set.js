/**
 * Sets of an image, read in place: keys without values, an id list.
 *
 * Layer: image. A view belongs to one agent.
 *
 * @module image/set
 */
import { PackedSet } from '../struct/pack-set.js';
import { readRange } from './range.js';

/** @typedef {import('./key-index.js').Keys} Keys */
/** @typedef {import('./range.js').RangeOptions} RangeOptions */

/**
 * A set of an image; it reads as a Set does. Each member has a position: numbers ascend, others are as they came.
 *
 * @template [T=unknown]
 * @extends {PackedSet<T>}
 *
 * @example
 * const Ids = setOf(t.u64);
 * const { buffer } = await Ids.build([17n, 4n]);
 * const ids = openBytes(buffer).as(Ids);
 * ids.has(17n); // true
 * ids.indexOf(18n); // -1: it is not there
 */
export class ImageSet extends PackedSet {
  #keys;

  /**
   * Not for users: see `Image`.
   *
   * @param {Keys} keys
   * @param {boolean} isApproximate
   */
  constructor(keys, isApproximate) {
    super(keys.count);
    this.#keys = keys;
    /** Whether members are told by their hashes alone: another value may be found by chance. @readonly */
    this.isApproximate = isApproximate;
  }

  /** Whether the members ascend: then there is `range`. */
  get isOrdered() {
    return this.#keys.isOrdered;
  }

  /** @override @param {unknown} value @returns {boolean} */
  has(value) {
    return this.#keys.find(value) >= 0;
  }

  /**
   * @param {T} value
   * @returns {number} its position, -1 when it is not there
   */
  indexOf(value) {
    return this.#keys.find(value);
  }

  /**
   * @param {number} index 0 .. size-1
   * @returns {T | undefined} undefined outside
   */
  keyAt(index) {
    return index >= 0 && index < this.size ? this.#at(Math.trunc(index)) : undefined;
  }

  /** @override @returns {Generator<T, void>} */
  *values() {
    for (let i = 0; i < this.size; i++) yield this.#at(i);
  }

  /**
   * Members of a range, ascending.
   *
   * @param {T} [from] the first; left out: from the least on
   * @param {T} [to] what is behind the last; left out: to the end
   * @param {RangeOptions} [options]
   * @returns {Generator<T, void>}
   * @throws {QbError} `UNSUPPORTED` when the members are no numbers; `TYPE`, `ARGUMENT`
   */
  range(from, to, options) {
    return readRange(this.#keys, from, to, options, (entry) => this.#at(entry));
  }

  /** @param {number} entry @returns {T} */
  #at(entry) {
    return /** @type {T} */ (this.#keys.at(entry));
  }
}
