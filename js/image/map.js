/**
 * Maps of an image, read in place.
 *
 * Layer: image. A view belongs to one agent.
 *
 * @module image/map
 */
import { ImageDict } from './dict.js';

/** @typedef {import('./key-index.js').Keys} Keys */
/** @typedef {import('./values.js').Values} Values */

/**
 * A map of an image; it reads as a Map does. Structs and other objects are views, new ones each time.
 *
 * Its order is that of building; number keys ascend.
 *
 * @template [K=unknown]
 * @template [V=unknown]
 * @extends {ImageDict<K, V>}
 *
 * @example
 * const Ages = mapOf(t.string, t.u32);
 * const { buffer } = await Ages.build([['ada', 36], ['bob', 41]]);
 * openBytes(buffer).as(Ages).get('ada'); // 36
 */
export class ImageMap extends ImageDict {
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
    super(keys, isApproximate);
    this.#keys = keys;
    this.#values = values;
  }

  /** @override @param {K} key @returns {V | undefined} */
  get(key) {
    const entry = this.#keys.find(key);
    return entry < 0 ? undefined : /** @type {V} */ (this.#values.at(entry));
  }

  /** @override @protected @param {number} entry @returns {V} */
  entryValue(entry) {
    return /** @type {V} */ (this.#values.at(entry));
  }
}
