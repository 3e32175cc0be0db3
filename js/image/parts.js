/**
 * The parts of a container: where they are, and columns of starts and references.
 *
 *     container  | tag flags aux | ... | distances u64 |      part = first byte of the container + distance
 *
 * Opening looks at the container alone. That a part lies in the file is checked then; what stands in it is checked
 * when it is read.
 *
 * Layer: image. Any thread.
 *
 * @module image/parts
 */

import { BODY_BYTES, TAG } from '../struct/pack-format.js';
import { meter } from '../struct/pack-meter.js';
import { readBody, readFresh } from '../struct/pack-read.js';
import { readerOf, viewWith } from '../struct/pack-view.js';
import { NO_BODY, PART_ALIGN_BYTES, REFERENCE_UNIT_BYTES } from './format.js';

/** @typedef {import('../struct/link.js').StructMeta} StructMeta */
/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('../struct/pack-view.js').StructReader} StructReader */

const WORD = 2 ** 32;

/**
 * @param {Session} session
 * @param {number} at a multiple of 8
 * @returns {number} of a u64; inexact above 2^53, which is more than any file has
 */
export function u64At({ m }, at) {
  return m.u32[(at + 4) >>> 2] * WORD + m.u32[at >>> 2];
}

/**
 * @param {Session} session
 * @param {number} body of the container
 * @param {number} offset of the count in it
 * @returns {number}
 */
export function countAt(session, body, offset) {
  const count = u64At(session, body + offset);
  // Whatever is counted takes room, but for the keys of an approximate map, which have slots.
  if (count > WORD - 1) session.fail(`a container of ${count} entries`, body);
  return count;
}

/**
 * Where a part begins.
 *
 * @param {Session} session
 * @param {number} body of the container
 * @param {number} offset of the distance in it
 * @param {number} bytes that the part has at least
 * @returns {number} address; that of the container when it has no such part and needs none
 */
export function partAt(session, body, offset, bytes) {
  const distance = u64At(session, body + offset);
  if (distance === 0) {
    if (bytes > 0) session.fail(`a container without a part of ${bytes} bytes`, body);
    return body;
  }
  const at = body + distance;
  if ((at - session.base) % PART_ALIGN_BYTES !== 0) {
    session.fail(`a part at offset ${at - session.base}, which is no multiple of 64`, body);
  }
  session.need(at + bytes, body);
  return at;
}

/**
 * A column of unsigned integers of 4 or 8 bytes.
 */
export class Column {
  #m;
  #first;
  #step;

  /**
   * @param {Session} session
   * @param {number} at address, a multiple of 8
   * @param {boolean} isWide whether they have 8 bytes
   */
  constructor(session, at, isWide) {
    this.#m = session.m;
    this.#first = at >>> 2;
    this.#step = isWide ? 2 : 1;
    /** What stands for nothing: all bits. @readonly */
    this.none = isWide ? WORD * WORD : NO_BODY;
  }

  /**
   * @param {number} index
   * @returns {number}
   */
  at(index) {
    const { u32 } = this.#m;
    const word = this.#first + index * this.#step;
    if (this.#step === 1) return u32[word];
    const value = u32[word + 1] * WORD + u32[word];
    // Floats round: what is nearly all ones is another number, that no file has room for.
    return value === this.none && u32[word] !== NO_BODY ? value / 2 : value;
  }
}

/**
 * Texts of UTF-8, one behind the other.
 */
export class Texts {
  #session;
  #starts;
  #text;

  /**
   * @param {Session} session
   * @param {Column} starts one more than there are texts
   * @param {number} text address of the first
   */
  constructor(session, starts, text) {
    this.#session = session;
    this.#starts = starts;
    this.#text = text;
    /** Of the text that was asked for last. */
    this.startAddress = 0;
    this.bytes = 0;
  }

  /**
   * Finds a text: its place is in `startAddress` and `bytes` then.
   *
   * @param {number} index
   */
  seek(index) {
    const start = this.#starts.at(index);
    const end = this.#starts.at(index + 1);
    if (end < start) this.#session.fail(`a text from ${start} to ${end}`, this.#text);
    this.#session.need(this.#text + end, this.#text);
    this.startAddress = this.#text + start;
    this.bytes = end - start;
  }
}

/**
 * Values behind references.
 */
export class References {
  #session;
  #column;
  #data;
  #hint;
  /** How the struct that was read last begins, and its reader: mostly the next one is of the same type. */
  #word = 0;
  /** @type {StructReader | null} */
  #reader = null;

  /**
   * @param {Session} session
   * @param {Column} column
   * @param {number} data address of the bodies
   * @param {StructMeta | null} hint what class structs should be
   */
  constructor(session, column, data, hint) {
    this.#session = session;
    this.#column = column;
    this.#data = data;
    this.#hint = hint;
  }

  /**
   * @param {number} index
   * @returns {number} address of the body, 0 for none
   */
  bodyAt(index) {
    const reference = this.#column.at(index);
    if (reference === this.#column.none) return 0;
    const body = this.#data + reference * REFERENCE_UNIT_BYTES;
    if (body + BODY_BYTES > this.#session.end) {
      this.#session.fail(`a reference to ${reference}, which is no body`, this.#data);
    }
    return body;
  }

  /**
   * A new view each time. Only a conversion to plain values remembers them, as it must see what is shared.
   *
   * @param {number} index
   * @returns {unknown}
   */
  at(index) {
    const session = this.#session;
    const body = this.bodyAt(index);
    if (body === 0) return undefined;
    if (meter.texts !== null) return readBody(session, body, this.#hint);
    const word = session.m.u32[body >>> 2];
    if (word === this.#word && this.#reader !== null) {
      return viewWith(session, body, this.#reader);
    }
    if ((word & 255) !== TAG.STRUCT) return readFresh(session, body, this.#hint);
    this.#reader = readerOf(session, body, this.#hint);
    this.#word = word;
    return viewWith(session, body, this.#reader);
  }
}
