/**
 * Sets in packed bytes, read in place: membership by value, iteration, set algebra.
 *
 * The methods are those of Set in ES2025, and other sets may be given as these take them: anything with `size`,
 * `has` and `keys`, for example a Set. What they return is a new private Set.
 *
 * Layer: struct. A view belongs to one agent.
 *
 * @module struct/pack-set
 */
import { describe, QbTypeError } from '../base/errors.js';
import { equalPacked } from './pack-equal.js';
import { BODY_BYTES, SET_ENTRY_BYTES } from './pack-format.js';
import { findEntry, openIndex } from './pack-index.js';
import { inspectPacked } from './pack-inspect.js';
import { jsonOf } from './pack-json.js';
import { readPointer } from './pack-read.js';
import { PACKED_KIND } from './pack-values.js';
import { INSPECT } from './reflect.js';

/** @typedef {import('./pack-session.js').Session} Session */

/**
 * A Set, or what reads like one.
 *
 * @template [T=unknown]
 * @typedef {object} SetLike
 * @property {number} size members that it has
 * @property {(value: T) => boolean} has whether it is one of them
 * @property {() => Iterable<T>} keys the members
 */

/**
 * What both kinds of sets can do.
 *
 * @template [T=unknown]
 */
export class PackedSet {
  #size;

  /** @param {number} size */
  constructor(size) {
    this.#size = size;
  }

  /** How many there are. It cannot be changed: a packed value has the size that it has. */
  get size() {
    return this.#size;
  }

  /** @ignore */
  get [PACKED_KIND]() {
    return 'set';
  }

  /**
   * @param {unknown} _value
   * @returns {boolean} whether a member equals it, by value
   */
  has(_value) {
    return false;
  }

  /** @returns {Generator<T, void>} */
  *values() {}

  /** The same as values(). */
  keys() {
    return this.values();
  }

  /** The members. */
  [Symbol.iterator]() {
    return this.values();
  }

  /** @returns {Generator<[T, T], void>} */
  *entries() {
    for (const value of this.values()) yield [value, value];
  }

  /** @param {SetLike<T>} other @returns {Set<T>} @throws {QbTypeError} `TYPE`, as the methods below */
  union(other) {
    checkSetLike(other);
    const all = new Set(this.values());
    for (const value of other.keys()) if (!this.has(value)) all.add(value);
    return all;
  }

  /** @param {SetLike<T>} other @returns {Set<T>} */
  intersection(other) {
    checkSetLike(other);
    return this.#filter((value) => other.has(value));
  }

  /** @param {SetLike<T>} other @returns {Set<T>} */
  difference(other) {
    checkSetLike(other);
    return this.#filter((value) => !other.has(value));
  }

  /** @param {SetLike<T>} other @returns {Set<T>} */
  symmetricDifference(other) {
    const all = this.difference(other);
    for (const value of other.keys()) if (!this.has(value)) all.add(value);
    return all;
  }

  /** @param {SetLike<T>} other @returns {boolean} */
  isSubsetOf(other) {
    checkSetLike(other);
    if (this.size > other.size) return false;
    for (const value of this.values()) if (!other.has(value)) return false;
    return true;
  }

  /** @param {SetLike<T>} other @returns {boolean} */
  isSupersetOf(other) {
    checkSetLike(other);
    if (this.size < other.size) return false;
    for (const value of other.keys()) if (!this.has(value)) return false;
    return true;
  }

  /** @param {SetLike<T>} other @returns {boolean} */
  isDisjointFrom(other) {
    checkSetLike(other);
    for (const value of this.values()) if (other.has(value)) return false;
    return true;
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

  /** Members as plain values, in an array. @returns {unknown[]} */
  toJSON() {
    return /** @type {unknown[]} */ (jsonOf(this));
  }

  /** @param {number} depth @param {object} options */
  [INSPECT](depth, options) {
    return inspectPacked(this, depth, options);
  }

  /** @param {(value: T) => boolean} isIn @returns {Set<T>} */
  #filter(isIn) {
    const some = new Set();
    for (const value of this.values()) if (isIn(value)) some.add(value);
    return some;
  }
}

/** @param {unknown} other */
function checkSetLike(other) {
  const { size, has, keys } = /** @type {Partial<SetLike>} */ (other ?? {});
  const isSetLike =
    typeof size === 'number' && typeof has === 'function' && typeof keys === 'function';
  if (isSetLike) return;
  throw new QbTypeError(
    `a set is compared with a Set or packed set, not with ${describe(other)}.`,
    other,
  );
}

/**
 * @template [T=unknown]
 * @extends {PackedSet<T>}
 */
export class SetView extends PackedSet {
  #session;
  #index;

  /** @param {Session} session @param {number} body */
  constructor(session, body) {
    const index = openIndex(session, body, SET_ENTRY_BYTES);
    super(index.count);
    this.#session = session;
    this.#index = index;
  }

  /** @override @param {unknown} value @returns {boolean} */
  has(value) {
    return findEntry(this.#session, this.#index, value) >= 0;
  }

  /** @override @returns {Generator<T, void>} */
  *values() {
    const { entries } = this.#index;
    for (let i = 0; i < this.size; i++) {
      yield/** @type {T} */ (readPointer(this.#session, entries + i * SET_ENTRY_BYTES + 4));
    }
  }
}

/** A set of small integers. @extends {PackedSet<number>} */
export class BitSetView extends PackedSet {
  #words;
  #base;

  /** @param {Session} session @param {number} body */
  constructor(session, body) {
    const { size, base, words } = bitsAt(session, body);
    super(size);
    this.#base = base;
    this.#words = words;
  }

  /** @override @param {unknown} value @returns {boolean} */
  has(value) {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number)) return false;
    const bit = number - this.#base;
    if (!(bit >= 0 && bit < this.#words.length * 32)) return false;
    return ((this.#words[Math.floor(bit / 32)] >>> (bit % 32)) & 1) === 1;
  }

  /** Ascending. @override @returns {Generator<number, void>} */
  values() {
    return membersOf(this.#words, this.#base);
  }
}

/**
 * @param {Session} session
 * @param {number} body of a bit set
 * @returns {{ size: number, base: number, words: Uint32Array }} the words in place
 */
export function bitsAt(session, body) {
  const { count } = session.open(body);
  session.need(body + 16 + count * 4, body);
  const { u32 } = session.m;
  const first = (body + BODY_BYTES) >>> 2;
  const size = u32[first];
  const base = u32[first + 1];
  const isSet = size <= count * 32 && base % 32 === 0 && base + count * 32 <= 2 ** 32;
  if (!isSet) {
    session.fail(`a set of ${size} small integers in ${count} words from ${base} on`, body);
  }
  return { size, base, words: u32.subarray(first + 2, first + 2 + count) };
}

/**
 * The members of a bit set, ascending.
 *
 * @param {Uint32Array} words
 * @param {number} base the smallest number that may be in it
 * @returns {Generator<number, void>}
 */
export function* membersOf(words, base) {
  for (let i = 0; i < words.length; i++) {
    for (let word = words[i]; word !== 0; word &= word - 1) {
      yield base + i * 32 + (31 - Math.clz32(word & -word));
    }
  }
}
