/**
 * Arrays of an image, read in place.
 *
 * Layer: image. A view belongs to one agent.
 *
 * @module image/array
 */
import { NumbersView, PackedList } from '../struct/pack-list.js';
import { ARRAY, AUX_TEXTS, CONTAINER_FLAG } from './format.js';
import { countAt } from './parts.js';
import { NumberValues, openTexts, openValues } from './values.js';

/** @typedef {import('../struct/link.js').StructMeta} StructMeta */
/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('../struct/pack-values.js').Numbers} Numbers */
/** @typedef {import('./values.js').Values} Values */

/**
 * Elements of an image, one behind the other. Each is read when it is asked for; structs and other objects are
 * views, new ones each time.
 *
 * @template [T=unknown]
 * @extends {PackedList<T>}
 *
 * @example
 * class Point extends struct('Point', { x: t.f64, y: t.f64 }) {}
 * const { buffer } = await arrayOf(Point).build([{ x: 1, y: 2 }, { x: 3, y: 4 }]);
 * const points = openBytes(buffer).as(arrayOf(Point));
 * Array.from(points, (point) => point.x); // [ 1, 3 ]
 */
export class ImageArray extends PackedList {
  #values;
  #start;

  /**
   * Not for users: see `Image`.
   *
   * @param {Values} values
   * @param {number} start the first that belongs to it
   * @param {number} length
   */
  constructor(values, start, length) {
    super(length, false);
    this.#values = values;
    this.#start = start;
  }

  /** The elements in place as a typed array, if they are numbers; else null. @returns {Numbers | null} */
  get numbers() {
    const values = this.#values;
    if (!(values instanceof NumberValues)) return null;
    return /** @type {Numbers} */ (values.numbers.subarray(this.#start, this.#start + this.length));
  }

  /** @override @protected @param {number} index @returns {T} */
  element(index) {
    return /** @type {T} */ (this.#values.at(this.#start + index));
  }

  /** @override @protected @param {number} start @param {number} length @returns {ImageArray<T>} */
  part(start, length) {
    return new ImageArray(this.#values, this.#start + start, length);
  }

  /** In order. @returns {Generator<T, void>} */
  values() {
    return this[Symbol.iterator]();
  }

  /**
   * @param {Iterable<number>} indices from the end when negative
   * @returns {(T | undefined)[]} undefined for those outside of the array
   */
  getMany(indices) {
    return Array.from(indices, (index) => this.at(index));
  }

  /** @override @param {unknown} value @returns {number} */
  indexOf(value) {
    const { numbers } = this;
    return numbers === null ? super.indexOf(value) : new NumbersView(numbers, false).indexOf(value);
  }
}

/**
 * @param {Session} session
 * @param {number} body with the tag of an array
 * @param {StructMeta | null} hint what class the elements should be
 * @returns {ImageArray}
 */
export function openArray(session, body, hint) {
  session.need(body + ARRAY.BYTES, body);
  const { flags, aux } = session.open(body);
  const count = countAt(session, body, ARRAY.COUNT);
  const stride = session.m.u32[(body + ARRAY.STRIDE) >>> 2];
  const isInPlace = (flags & (CONTAINER_FLAG.STRUCTS | CONTAINER_FLAG.NUMBERS)) !== 0;
  const column = isInPlace ? ARRAY.DATA : ARRAY.STARTS;
  const stored = { body, flags, aux, count, stride, column, data: ARRAY.DATA };
  const isTexts = !isInPlace && aux === AUX_TEXTS;
  const values = isTexts ? openTexts(session, stored) : openValues(session, stored, hint);
  return new ImageArray(values, 0, count);
}
