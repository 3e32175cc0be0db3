/**
 * Dicts in packed bytes, read in place. Keys are equal by value.
 *
 * Layer: struct. A view belongs to one agent.
 *
 * @module struct/pack-dict
 */
import { equalPacked } from './pack-equal.js';
import { DICT_ENTRY_BYTES, FLAG } from './pack-format.js';
import { findEntry, openIndex } from './pack-index.js';
import { plainOfValue } from './pack-plain.js';
import { readPointer } from './pack-read.js';
import { PACKED_KIND } from './pack-values.js';
import { INSPECT } from './reflect.js';

/** @typedef {import('./pack-session.js').Session} Session */

/**
 * A dict; it reads as a Map does.
 *
 * @template [K=unknown]
 * @template [V=unknown]
 */
export class DictView {
  #session;
  #index;

  /** @param {Session} session @param {number} body */
  constructor(session, body) {
    this.#session = session;
    this.#index = openIndex(session, body, DICT_ENTRY_BYTES);
    /** @readonly */
    this.size = this.#index.count;
    /** Whether it was packed from a plain object. @readonly */
    this.isObject = (session.open(body).flags & FLAG.OBJECT) !== 0;
  }

  /** @ignore */
  get [PACKED_KIND]() {
    return 'dict';
  }

  /** @param {K} key @returns {boolean} */
  has(key) {
    return findEntry(this.#session, this.#index, key) >= 0;
  }

  /** @param {K} key @returns {V | undefined} */
  get(key) {
    const entry = findEntry(this.#session, this.#index, key);
    return entry < 0 ? undefined : this.#value(entry);
  }

  /** In the order of packing. @returns {Generator<K, void>} */
  *keys() {
    for (let i = 0; i < this.size; i++) yield this.#key(i);
  }

  /** @returns {Generator<V, void>} */
  *values() {
    for (let i = 0; i < this.size; i++) yield this.#value(i);
  }

  /** @returns {Generator<[K, V], void>} */
  *entries() {
    for (let i = 0; i < this.size; i++) yield [this.#key(i), this.#value(i)];
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  /**
   * Deep, by value; structs by their fields.
   *
   * @param {unknown} other packed or not
   * @returns {boolean}
   */
  equals(other) {
    return equalPacked(this, other);
  }

  /** A plain object when it was one, else pairs of key and value. @returns {unknown} */
  toJSON() {
    return plainOfValue(this, true);
  }

  /** @param {number} _depth @param {object} options @param {(value: unknown, options: object) => string} inspect */
  [INSPECT](_depth, options, inspect) {
    return `PackedDict ${inspect(new Map(this.entries()), options)}`;
  }

  /** @param {number} entry @returns {K} */
  #key(entry) {
    return /** @type {K} */ (
      readPointer(this.#session, this.#index.entries + entry * DICT_ENTRY_BYTES + 4)
    );
  }

  /** @param {number} entry @returns {V} */
  #value(entry) {
    return /** @type {V} */ (
      readPointer(this.#session, this.#index.entries + entry * DICT_ENTRY_BYTES + 8)
    );
  }
}
