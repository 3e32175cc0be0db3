/**
 * The check of foreign images: the walk of packed values, and the containers that stand in images only.
 *
 * What is proved stands in docs/format.md, "Limits": every part lies in the file, no two overlap, starts ascend,
 * references lead to bodies, those to keys to what can be a key, texts are UTF-8. Hashes and the order of keys are not looked at: a wrong one makes a key
 * unfindable.
 *
 * Layer: image. Any thread.
 *
 * @module image/verify
 */
import { checkOptions } from '../base/check.js';
import { sourceOf, verify as verifyPacked } from '../struct/pack.js';
import { BODY_BYTES, DTYPE_BYTES } from '../struct/pack-format.js';
import { snapshot } from '../struct/pack-session.js';
import { VERIFY_OPTIONS, Walk } from '../struct/pack-verify.js';
import { crc32c } from './crc.js';
import {
  ARRAY,
  AUX_TEXTS,
  CONTAINER_FLAG,
  CONTAINER_TAG,
  HEADER,
  IMAGE_MAGIC,
  KEY_KIND,
  MAP,
  REFERENCE_UNIT_BYTES,
  SLOT_BYTES,
} from './format.js';
import { openHeader } from './image.js';
import { Column, countAt, partAt } from './parts.js';

/** @typedef {import('../struct/pack.js').Bytes} Bytes */
/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('../struct/pack-session.js').Source} Source */
/** @typedef {import('../struct/pack-verify.js').VerifyLimits} VerifyLimits */
/** @typedef {import('../struct/pack-verify.js').VerifyReport} VerifyReport */

const FLAGS_OF_ARRAY =
  CONTAINER_FLAG.STRUCTS | CONTAINER_FLAG.DEDUPED | CONTAINER_FLAG.WIDE | CONTAINER_FLAG.NUMBERS;
/** Texts are decoded in pieces of about this size. */
const PIECE_BYTES = 2 ** 20;

/**
 * Checks foreign bytes as a whole, on a private copy: an image, or a packed value.
 *
 * @param {Bytes} buffer
 * @param {VerifyLimits & { offset?: number }} [options]
 * @returns {VerifyReport}
 * @throws {QbError} `CORRUPT`, `VERSION`, `SCHEMA`, `SIZE`; `LIMIT` when they are deeper, more or larger than allowed
 */
export function verify(buffer, options) {
  const { offset = 0, ...limits } = checkOptions('verify', options, VERIFY_OPTIONS);
  const { buffer: all, base, end } = sourceOf(buffer, offset);
  const magic = new Uint8Array(new Uint32Array(IMAGE_MAGIC).buffer);
  const head = new Uint8Array(all, base, Math.min(magic.length, end - base));
  const isImage = head.length === magic.length && head.every((byte, i) => byte === magic[i]);
  return isImage
    ? verifySource(snapshot({ buffer: all, base, end }), limits)
    : verifyPacked(buffer, options);
}

/**
 * @param {Source} source bytes that nobody else changes
 * @param {VerifyLimits} limits
 * @returns {VerifyReport}
 * @throws {QbError} `CORRUPT`, `VERSION`, `SCHEMA`, `LIMIT`
 */
export function verifySource(source, limits) {
  const { session, root } = openHeader(source, false);
  const { m, base, end } = session;
  const sum = crc32c(m.u8.subarray(base + HEADER.BYTES, end));
  if (m.u32[(base + HEADER.CHECKSUM) >>> 2] !== sum) {
    session.fail('bytes whose checksum is wrong', base + HEADER.CHECKSUM);
  }
  const walk = new ImageWalk(session, limits);
  walk.reach(root, base + HEADER.ROOT, 0, null);
  return walk.run();
}

/** A part: where it is, and how many bytes it has. @typedef {{ at: number, bytes: number }} Part */

class ImageWalk extends Walk {
  #session;

  /** @param {Session} session @param {VerifyLimits} limits */
  constructor(session, limits) {
    super(session, limits, HEADER.BYTES);
    this.#session = session;
  }

  /** @override @param {number} body @param {number} depth */
  container(body, depth) {
    const tag = this.#session.tag(body);
    if (tag === CONTAINER_TAG.ARRAY) this.#array(body, depth);
    else if (tag === CONTAINER_TAG.MAP) this.#map(body, depth);
    else super.container(body, depth);
  }

  /** @param {number} body @param {number} depth */
  #array(body, depth) {
    const session = this.#session;
    this.take(body, ARRAY.BYTES, depth);
    const { flags, aux } = session.open(body);
    if ((flags & ~FLAGS_OF_ARRAY) !== 0) session.fail(`unknown flags ${flags} of an array`, body);
    const count = countAt(session, body, ARRAY.COUNT);
    const isInPlace = (flags & (CONTAINER_FLAG.STRUCTS | CONTAINER_FLAG.NUMBERS)) !== 0;
    if (!isInPlace && aux > AUX_TEXTS) session.fail(`elements of kind ${aux}`, body);
    if (isInPlace || aux !== AUX_TEXTS) {
      const column = isInPlace ? ARRAY.DATA : ARRAY.STARTS;
      this.#values(body, { count, column, stride: ARRAY.STRIDE, data: ARRAY.DATA, depth });
    } else {
      this.#texts(body, { count, starts: ARRAY.STARTS, text: ARRAY.DATA, depth });
    }
  }

  /** @param {number} body @param {number} depth */
  #map(body, depth) {
    const session = this.#session;
    this.take(body, MAP.BYTES, depth);
    const { flags } = session.open(body);
    const count = countAt(session, body, MAP.COUNT);
    this.#index(body, count, depth);
    if ((flags & CONTAINER_FLAG.APPROXIMATE) === 0) this.#keys(body, count, depth);
    if ((flags & CONTAINER_FLAG.NO_VALUES) !== 0) return;
    const values = (flags & CONTAINER_FLAG.MULTI) === 0 ? count : this.#starts(body, count, depth);
    const places = { column: MAP.VALUES, stride: MAP.STRIDE, data: MAP.DATA };
    this.#values(body, { count: values, ...places, depth });
  }

  /** @param {number} body @param {number} count @param {number} depth */
  #index(body, count, depth) {
    const session = this.#session;
    const { u32 } = session.m;
    const slots = u32[(body + MAP.SLOTS) >>> 2];
    const isTable = slots === 0 || ((slots & (slots - 1)) === 0 && slots >= count);
    if (!isTable) session.fail(`an index of ${slots} slots for ${count} keys`, body);
    const { at } = this.#part(body, MAP.INDEX, slots * SLOT_BYTES, depth);
    for (let word = at >>> 2, i = 0; i < slots; i++, word += 2) {
      if (u32[word] > count) session.fail('a slot of an entry that is not there', at);
    }
    const isApproximate = (session.open(body).flags & CONTAINER_FLAG.APPROXIMATE) !== 0;
    if (isApproximate && slots === 0 && count > 0) {
      session.fail('an approximate map without an index', body);
    }
  }

  /** @param {number} body @param {number} count @param {number} depth */
  #keys(body, count, depth) {
    const session = this.#session;
    const { flags, count: kind } = session.open(body);
    const width = (flags & CONTAINER_FLAG.WIDE) === 0 ? 4 : 8;
    if (kind === KEY_KIND.STRINGS) {
      this.#texts(body, { count, starts: MAP.KEYS, text: MAP.TEXT, depth });
    } else if (kind === KEY_KIND.ANY) {
      const part = this.#part(body, MAP.KEYS, count * width, depth);
      this.#references(body, { part, count, width, data: MAP.DATA, depth, areKeys: true });
    } else {
      const bytes = DTYPE_BYTES[kind - KEY_KIND.NUMBERS];
      if (bytes === undefined) session.fail(`keys of kind ${kind}`, body);
      this.#part(body, MAP.KEYS, count * bytes, depth);
    }
  }

  /**
   * Where the values of the keys of a multi-map begin.
   *
   * @param {number} body
   * @param {number} count
   * @param {number} depth
   * @returns {number} of values
   */
  #starts(body, count, depth) {
    const session = this.#session;
    const isWide = (session.open(body).flags & CONTAINER_FLAG.WIDE) !== 0;
    const { at } = this.#part(body, MAP.STARTS, (count + 1) * (isWide ? 8 : 4), depth);
    const starts = new Column(session, at, isWide);
    let start = starts.at(0);
    if (start !== 0) session.fail(`values that begin with number ${start}`, at);
    for (let i = 1; i <= count; i++) {
      const end = starts.at(i);
      if (end < start) session.fail(`values from ${start} to ${end}`, at);
      start = end;
    }
    if (start > session.end) session.fail(`a map of ${start} values`, body);
    return start;
  }

  /**
   * @param {number} body
   * @param {{ count: number, starts: number, text: number, depth: number }} places offsets in the body
   */
  #texts(body, { count, starts: startsAt, text: textAt, depth }) {
    const session = this.#session;
    const isWide = (session.open(body).flags & CONTAINER_FLAG.WIDE) !== 0;
    const { at } = this.#part(body, startsAt, (count + 1) * (isWide ? 8 : 4), depth);
    const starts = new Column(session, at, isWide);
    const total = starts.at(count);
    const text = this.#part(body, textAt, total, depth).at;
    let [piece, start] = [starts.at(0), starts.at(0)];
    if (start !== 0) session.fail(`texts that begin at ${start}`, at);
    for (let i = 1; i <= count; i++) {
      const end = starts.at(i);
      if (end < start || end > total) session.fail(`a text from ${start} to ${end}`, at);
      // A text that begins within a character is none, and neither is the one before.
      const isWithin = end < total && (session.m.u8[text + end] & 0xc0) === 0x80;
      if (isWithin) session.fail('a string that is no UTF-8', text + end);
      start = end;
      if (end - piece < PIECE_BYTES && i < count) continue;
      this.utf8(text + piece, end - piece);
      piece = end;
    }
  }

  /**
   * @param {number} body
   * @param {{ count: number, column: number, stride: number, data: number, depth: number }} places offsets in the body
   */
  #values(body, { count, column, stride: strideAt, data, depth }) {
    const session = this.#session;
    const { flags, aux } = session.open(body);
    const stride = session.m.u32[(body + strideAt) >>> 2];
    const part = this.#part(body, column, count * stride, depth);
    if ((flags & CONTAINER_FLAG.NUMBERS) !== 0) {
      if (stride !== DTYPE_BYTES[aux]) session.fail(`numbers ${stride} bytes apart`, body);
    } else if ((flags & CONTAINER_FLAG.STRUCTS) !== 0) {
      this.column(aux, stride, part.at, count, depth);
    } else {
      if (stride !== 4 && stride !== 8) session.fail(`references of ${stride} bytes`, body);
      this.#references(body, { part, count, width: stride, data, depth, areKeys: false });
    }
  }

  /**
   * @param {number} body
   * @param {{ part: Part, count: number, width: number, data: number, depth: number, areKeys: boolean }} column
   */
  #references(body, { part, count, width, data: dataAt, depth, areKeys }) {
    const session = this.#session;
    const data = partAt(session, body, dataAt, 0);
    const column = new Column(session, part.at, width === 8);
    for (let i = 0; i < count; i++) {
      const reference = column.at(i);
      if (reference === column.none && !areKeys) continue;
      const target = data + reference * REFERENCE_UNIT_BYTES;
      const isBody = data !== body && target + BODY_BYTES <= session.end;
      if (!isBody)
        session.fail(`a reference to ${reference}, which is no body`, part.at + i * width);
      if (areKeys) this.reachKey(target, part.at + i * width, depth + 1);
      else this.reach(target, part.at + i * width, depth + 1, null);
    }
  }

  /** @param {number} body @param {number} offset @param {number} bytes @param {number} depth @returns {Part} */
  #part(body, offset, bytes, depth) {
    const at = partAt(this.#session, body, offset, bytes);
    this.takePart(at, bytes, depth);
    return { at, bytes };
  }
}
