/**
 * Lists and tuples in packed bytes, read in place.
 *
 *     ListView      one pointer for each element
 *     NumbersView   a typed array
 *     StructsView   structs, one behind the other
 *
 * A slice is another view of the same bytes. Elements are read when they are asked for.
 *
 * Layer: struct. A view belongs to one agent.
 *
 * @module struct/pack-list
 */
import { QbTypeError } from '../base/errors.js';
import { equalPacked } from './pack-equal.js';
import { BODY_BYTES, FLAG, TAG } from './pack-format.js';
import { containerKind } from './pack-hash.js';
import { inspectPacked } from './pack-inspect.js';
import { jsonOf } from './pack-json.js';
import { checkNumbers, readPointer } from './pack-read.js';
import { PACKED_KIND } from './pack-values.js';
import { nestedView, readerAt } from './pack-view.js';
import { INSPECT } from './reflect.js';

/** @typedef {import('./pack-session.js').Session} Session */
/** @typedef {import('./pack-values.js').Numbers} Numbers */

/**
 * What all lists can do.
 *
 * @template [T=unknown]
 */
export class PackedList {
  #length;
  #isTuple;

  /**
   * @param {number} length
   * @param {boolean} isTuple
   */
  constructor(length, isTuple) {
    this.#length = length;
    this.#isTuple = isTuple;
  }

  /** How many there are. It cannot be changed: a packed value has the size that it has. */
  get length() {
    return this.#length;
  }

  /** Whether it was packed as a tuple. */
  get isTuple() {
    return this.#isTuple;
  }

  /** @ignore */
  get [PACKED_KIND]() {
    return 'sequence';
  }

  /**
   * @param {number} _index 0 .. length-1
   * @returns {T}
   * @protected
   */
  element(_index) {
    throw new QbTypeError('PackedList has no elements of its own.');
  }

  /**
   * @param {number} _start
   * @param {number} _length
   * @returns {PackedList<T>}
   * @protected
   */
  part(_start, _length) {
    return this;
  }

  /**
   * @param {number} index from the end when negative
   * @returns {T | undefined} undefined outside of the list
   */
  at(index) {
    const i = Math.trunc(index) || 0;
    const from = i < 0 ? i + this.length : i;
    return from >= 0 && from < this.length ? this.element(from) : undefined;
  }

  /**
   * A part of the list, in place. Arguments as of Array.slice.
   *
   * @param {number} [start]
   * @param {number} [end]
   * @returns {PackedList<T>}
   */
  slice(start = 0, end = this.length) {
    const from = clamp(start, this.length);
    return this.part(from, Math.max(0, clamp(end, this.length) - from));
  }

  /** @returns {Generator<T, void>} */
  *[Symbol.iterator]() {
    for (let i = 0; i < this.length; i++) yield this.element(i);
  }

  /**
   * The first element that equals a value, by value.
   *
   * @param {unknown} value
   * @returns {number} -1 when there is none
   */
  indexOf(value) {
    for (let i = 0; i < this.length; i++) if (equalPacked(this.element(i), value)) return i;
    return -1;
  }

  /** Whether an element is equal by value. @param {unknown} value */
  includes(value) {
    return this.indexOf(value) >= 0;
  }

  /**
   * Of a sorted list: how many elements are less than a value, which is where it would be inserted.
   *
   * @param {T} value a number, bigint, string or Date as the elements
   * @returns {number}
   * @throws {QbTypeError} when elements cannot be compared with it
   */
  bisect(value) {
    return this.#search(value, (order) => order < 0);
  }

  /**
   * Of a sorted list: how many elements are less than or equal to a value.
   *
   * @param {T} value
   * @returns {number}
   */
  bisectRight(value) {
    return this.#search(value, (order) => order <= 0);
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

  /** Elements as plain values; a copy. @returns {unknown[]} */
  toJSON() {
    return /** @type {unknown[]} */ (jsonOf(this));
  }

  /** @param {number} depth @param {object} options */
  [INSPECT](depth, options) {
    return inspectPacked(this, depth, options);
  }

  /**
   * @param {T} value
   * @param {(order: number) => boolean} isBefore
   */
  #search(value, isBefore) {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(compare(this.element(middle), value))) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** @param {number} index @param {number} length */
function clamp(index, length) {
  const i = Math.trunc(index) || 0;
  return i < 0 ? Math.max(0, i + length) : Math.min(i, length);
}

/** @param {unknown} a @param {unknown} b @returns {number} */
function compare(a, b) {
  const [x, y] = [a, b].map((v) => (v instanceof Date ? v.getTime() : v));
  const isNumber = isNumeric(x) && isNumeric(y);
  if (!isNumber && !(typeof x === 'string' && typeof y === 'string')) {
    throw new QbTypeError('bisect compares numbers with numbers and strings with strings.', b);
  }
  if (x === y) return 0;
  return /** @type {number} */ (x) < /** @type {number} */ (y) ? -1 : 1;
}

/** @param {unknown} value */
function isNumeric(value) {
  return typeof value === 'number' || typeof value === 'bigint';
}

/**
 * @template [T=unknown]
 * @extends {PackedList<T>}
 */
export class ListView extends PackedList {
  #session;
  #start;

  /**
   * @param {Session} session
   * @param {number} start address of the first pointer
   * @param {number} length
   * @param {boolean} isTuple
   */
  constructor(session, start, length, isTuple) {
    super(length, isTuple);
    this.#session = session;
    this.#start = start;
  }

  /** @param {Session} session @param {number} body */
  static open(session, body) {
    const { tag, count } = session.open(body);
    session.need(body + BODY_BYTES + count * 4, body);
    return new ListView(session, body + BODY_BYTES, count, tag === TAG.TUPLE);
  }

  /** @override @protected @param {number} index @returns {T} */
  element(index) {
    return /** @type {T} */ (readPointer(this.#session, this.#start + index * 4));
  }

  /** @override @protected @param {number} start @param {number} length @returns {ListView<T>} */
  part(start, length) {
    return new ListView(this.#session, this.#start + start * 4, length, this.isTuple);
  }
}

/** @extends {PackedList<number | bigint>} */
export class NumbersView extends PackedList {
  #array;

  /**
   * @param {Numbers} array
   * @param {boolean} isTuple
   */
  constructor(array, isTuple) {
    super(array.length, isTuple);
    this.#array = array;
  }

  /** The numbers in place: a typed array over the packed bytes, also when they are read only. Then do not write it. */
  get array() {
    return this.#array;
  }

  /** @param {Session} session @param {number} body */
  static open(session, body) {
    const { elements, first, count } = checkNumbers(session, body);
    const array = /** @type {Numbers} */ (elements.subarray(first, first + count));
    return new NumbersView(array, (session.open(body).flags & FLAG.TUPLE) !== 0);
  }

  /** @override @protected @param {number} index */
  element(index) {
    return this.array[index];
  }

  /** @override @protected @param {number} start @param {number} length */
  part(start, length) {
    return new NumbersView(this.array.subarray(start, start + length), this.isTuple);
  }

  /** @override */
  *[Symbol.iterator]() {
    yield* this.array;
  }

  /** @override @param {unknown} value @returns {number} */
  indexOf(value) {
    const { array } = this;
    const wanted = sameKind(array, value);
    if (wanted === undefined) return -1;
    if (Number.isNaN(wanted)) return array.findIndex(Number.isNaN);
    return array.indexOf(/** @type {never} */ (wanted));
  }
}

/**
 * @param {Numbers} array
 * @param {unknown} value
 * @returns {number | bigint | undefined} the value as elements are, undefined when it cannot be one
 */
function sameKind(array, value) {
  const isBig = array instanceof BigInt64Array || array instanceof BigUint64Array;
  if (typeof value === (isBig ? 'bigint' : 'number')) return /** @type {number} */ (value);
  if (isBig && typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (isBig || typeof value !== 'bigint' || BigInt(Number(value)) !== value) return undefined;
  return Number(value);
}

/**
 * @template {object} [T=object]
 * @extends {PackedList<T>}
 */
export class StructsView extends PackedList {
  #session;
  #reader;
  #start;

  /**
   * @param {Session} session
   * @param {import('./pack-view.js').StructReader} reader
   * @param {number} start
   * @param {number} length
   * @param {boolean} isTuple
   */
  constructor(session, reader, start, length, isTuple) {
    super(length, isTuple);
    this.#session = session;
    this.#reader = reader;
    this.#start = start;
  }

  /**
   * @param {Session} session
   * @param {number} body
   * @param {import('./link.js').StructMeta | null} hint
   */
  static open(session, body, hint) {
    const { flags, aux, count } = session.open(body);
    const reader = readerAt(session, aux, hint, body);
    session.need(body + BODY_BYTES + count * reader.bytes, body);
    const isTuple = (flags & FLAG.TUPLE) !== 0;
    return new StructsView(session, reader, body + BODY_BYTES, count, isTuple);
  }

  /** The class of the elements, for the packer. @ignore */
  get structs() {
    return this.#reader.meta;
  }

  /** Bytes from one struct to the next. */
  get strideBytes() {
    return this.#reader.bytes;
  }

  /** A new view at each call; compare with `equals`. @override @protected @param {number} index @returns {T} */
  element(index) {
    const address = this.#start + index * this.#reader.bytes;
    return /** @type {T} */ (nestedView(this.#session, this.#reader, address));
  }

  /** @override @protected @param {number} start @param {number} length @returns {StructsView<T>} */
  part(start, length) {
    const from = this.#start + start * this.#reader.bytes;
    return new StructsView(this.#session, this.#reader, from, length, this.isTuple);
  }
}

/** @param {unknown} value */
export function isSequence(value) {
  return typeof value === 'object' && value !== null && containerKind(value) === 'sequence';
}
