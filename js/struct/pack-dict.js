/**
 * Dicts in packed bytes, read in place. Keys are equal by value.
 *
 * Layer: struct. A view belongs to one agent.
 *
 * @module struct/pack-dict
 */
import { QbTypeError } from '../base/errors.js';
import { equalPacked } from './pack-equal.js';
import { DICT_ENTRY_BYTES, FLAG } from './pack-format.js';
import { findEntry, openIndex } from './pack-index.js';
import { inspectPacked } from './pack-inspect.js';
import { jsonOf } from './pack-json.js';
import { readPointer } from './pack-read.js';
import { PACKED_KIND } from './pack-values.js';
import { INSPECT } from './reflect.js';

/** @typedef {import('./pack-session.js').Session} Session */

/**
 * What all dicts can do; they read as a Map does.
 *
 * @template [K=unknown]
 * @template [V=unknown]
 */
export class PackedDict {
  #size;
  #isObject;

  /**
   * @param {number} size
   * @param {boolean} isObject
   */
  constructor(size, isObject) {
    this.#size = size;
    this.#isObject = isObject;
  }

  /** How many there are. It cannot be changed: a packed value has the size that it has. */
  get size() {
    return this.#size;
  }

  /** Whether it was packed from a plain object. */
  get isObject() {
    return this.#isObject;
  }

  /** @ignore */
  get [PACKED_KIND]() {
    return 'dict';
  }

  /**
   * @param {K} key
   * @returns {number} number of the entry, -1 when there is none
   * @protected
   */
  find(key) {
    throw new QbTypeError('PackedDict has no entries of its own.', key);
  }

  /** @param {number} entry @returns {K} @protected */
  entryKey(entry) {
    throw new QbTypeError('PackedDict has no entries of its own.', entry);
  }

  /** @param {number} entry @returns {V} @protected */
  entryValue(entry) {
    throw new QbTypeError('PackedDict has no entries of its own.', entry);
  }

  /** @param {K} key @returns {boolean} */
  has(key) {
    return this.find(key) >= 0;
  }

  /** @param {K} key @returns {V | undefined} */
  get(key) {
    const entry = this.find(key);
    return entry < 0 ? undefined : this.entryValue(entry);
  }

  /** In the order of packing. @returns {Generator<K, void>} */
  *keys() {
    for (let i = 0; i < this.size; i++) yield this.entryKey(i);
  }

  /** @returns {Generator<V, void>} */
  *values() {
    for (let i = 0; i < this.size; i++) yield this.entryValue(i);
  }

  /** @returns {Generator<[K, V], void>} */
  *entries() {
    for (let i = 0; i < this.size; i++) yield [this.entryKey(i), this.entryValue(i)];
  }

  /** Pairs of key and value. */
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
    return jsonOf(this);
  }

  /** @param {number} depth @param {object} options */
  [INSPECT](depth, options) {
    return inspectPacked(this, depth, options);
  }
}

/**
 * A dict in packed bytes.
 *
 * @template [K=unknown]
 * @template [V=unknown]
 * @extends {PackedDict<K, V>}
 */
export class DictView extends PackedDict {
  #session;
  #index;

  /** @param {Session} session @param {number} body */
  constructor(session, body) {
    const index = openIndex(session, body, DICT_ENTRY_BYTES);
    super(index.count, (session.open(body).flags & FLAG.OBJECT) !== 0);
    this.#session = session;
    this.#index = index;
  }

  /** @override @protected @param {K} key */
  find(key) {
    return findEntry(this.#session, this.#index, key);
  }

  /** @override @protected @param {number} entry @returns {K} */
  entryKey(entry) {
    return /** @type {K} */ (
      readPointer(this.#session, this.#index.entries + entry * DICT_ENTRY_BYTES + 4)
    );
  }

  /**
   * For readers that know what to expect of a value.
   *
   * @ignore
   * @param {K} key
   * @returns {number} address of the pointer to its value, 0 when there is none
   */
  pointerOf(key) {
    const entry = this.find(key);
    return entry < 0 ? 0 : this.#index.entries + entry * DICT_ENTRY_BYTES + 8;
  }

  /** @override @protected @param {number} entry @returns {V} */
  entryValue(entry) {
    return /** @type {V} */ (
      readPointer(this.#session, this.#index.entries + entry * DICT_ENTRY_BYTES + 8)
    );
  }
}
