/**
 * The elements of arrays and values of maps, read in place: one class for each way in which they are stored.
 *
 *     NumberValues   in place, a typed array
 *     StructValues   in place, one struct behind the other
 *     TextValues     starts, UTF-8
 *     References     bodies (parts.js)
 *
 * Layer: image. Any thread.
 *
 * @module image/values
 */
import { DTYPE_BYTES, DTYPES } from '../struct/pack-format.js';
import { numbersAt } from '../struct/pack-read.js';
import { readerAt } from '../struct/pack-view.js';
import { decodeUtf8 } from '../struct/strings.js';
import { CONTAINER_FLAG } from './format.js';
import { Column, partAt, References, Texts } from './parts.js';

/** @typedef {import('../struct/link.js').StructMeta} StructMeta */
/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('../struct/pack-values.js').Numbers} Numbers */

/**
 * What all of them can do.
 *
 * @typedef {object} Values
 * @property {(index: number) => unknown} at the index is not checked
 */

/**
 * How values are stored.
 *
 * @typedef {object} Stored
 * @property {number} body of the container
 * @property {number} flags
 * @property {number} aux type of structs, dtype of numbers
 * @property {number} count of values
 * @property {number} stride from one to the next, in bytes
 * @property {number} column offset of the distance to the values or references
 * @property {number} data offset of the distance to the bodies
 */

/**
 * @param {Session} session
 * @param {Stored} stored
 * @param {StructMeta | null} hint what class structs should be
 * @returns {Values}
 */
export function openValues(session, stored, hint) {
  const { body, flags, aux, count, stride, column, data } = stored;
  if ((flags & CONTAINER_FLAG.NUMBERS) !== 0) {
    if (aux >= DTYPES.length || stride !== DTYPE_BYTES[aux]) {
      session.fail(`numbers of type ${aux}, ${stride} bytes apart`, body);
    }
    const at = partAt(session, body, column, count * stride);
    return new NumberValues(session, numbersAt(session, count === 0 ? 0 : at, aux, count));
  }
  if ((flags & CONTAINER_FLAG.STRUCTS) !== 0) {
    const reader = readerAt(session, aux, hint, body);
    if (stride !== reader.bytes) {
      session.fail(`structs of ${reader.bytes} bytes, ${stride} bytes apart`, body);
    }
    return new StructValues(session, reader, partAt(session, body, column, count * stride));
  }
  if (stride !== 4 && stride !== 8) session.fail(`references of ${stride} bytes`, body);
  const references = new Column(
    session,
    partAt(session, body, column, count * stride),
    stride === 8,
  );
  return new References(session, references, partAt(session, body, data, 0), hint);
}

/**
 * @param {Session} session
 * @param {Stored} stored `column` leads to the starts
 * @returns {Values}
 */
export function openTexts(session, { body, flags, count, column, data }) {
  const isWide = (flags & CONTAINER_FLAG.WIDE) !== 0;
  const starts = partAt(session, body, column, (count + 1) * (isWide ? 8 : 4));
  const text = partAt(session, body, data, 0);
  return new TextValues(session, new Texts(session, new Column(session, starts, isWide), text));
}

/** @implements {Values} */
export class NumberValues {
  #session;
  #numbers;

  /** @param {Session} session @param {Numbers} numbers in place */
  constructor(session, numbers) {
    this.#session = session;
    this.#numbers = numbers;
  }

  /** In place. @throws {QbError} `CLOSED` */
  get numbers() {
    return this.#session.alive(this.#numbers);
  }

  /** @param {number} index */
  at(index) {
    return this.numbers[index];
  }
}

/** @implements {Values} */
class StructValues {
  #m;
  #View;
  #start;
  #stride;

  /**
   * @param {Session} session
   * @param {import('../struct/pack-view.js').StructReader} reader
   * @param {number} start address of the first
   */
  constructor(session, reader, start) {
    this.#m = session.m;
    this.#View = reader.View;
    this.#start = start;
    this.#stride = reader.bytes;
    /** @readonly */
    this.meta = reader.meta;
  }

  /** A new view each time. @param {number} index */
  at(index) {
    return new this.#View(this.#start + index * this.#stride, this.#m);
  }
}

/** @implements {Values} */
class TextValues {
  #session;
  #texts;

  /** @param {Session} session @param {Texts} texts */
  constructor(session, texts) {
    this.#session = session;
    this.#texts = texts;
  }

  /** @param {number} index */
  at(index) {
    const texts = this.#texts;
    texts.seek(index);
    return decodeUtf8(this.#session.m, texts.startAddress, texts.bytes);
  }
}
