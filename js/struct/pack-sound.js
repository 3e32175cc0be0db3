/**
 * Checks of single bodies of foreign bytes: flags, counts and content, without what they lead to.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-sound
 */
import { strictDecoder } from '../base/utf8.js';
import {
  BODY_BYTES,
  DICT_ENTRY_BYTES,
  DTYPE_BYTES,
  DTYPES,
  FLAG,
  PACK_LIMITS,
  padded,
  SET_ENTRY_BYTES,
  TAG,
} from './pack-format.js';
import { readBody } from './pack-read.js';

/** @typedef {import('./pack-session.js').Session} Session */

/** @type {Readonly<Record<number, number>>} */
const FLAGS_KNOWN = Object.freeze({
  [TAG.INT32]: FLAG.BIG,
  [TAG.INT64]: FLAG.BIG,
  [TAG.UINT64]: FLAG.BIG,
  [TAG.BIGINT]: FLAG.BIG | FLAG.NEGATIVE,
  [TAG.STRING]: FLAG.UTF16,
  [TAG.NUMBERS]: FLAG.TUPLE,
  [TAG.STRUCTS]: FLAG.TUPLE,
  [TAG.DICT]: FLAG.OBJECT,
  [TAG.DATE]: FLAG.ZONE | FLAG.WALL,
  [TAG.DECIMAL]: FLAG.NEGATIVE,
  [TAG.NDARRAY]: FLAG.PLAIN,
});

/** What a member of a set or key of a dict may be. @type {readonly number[]} */
export const KEY_TAGS = Object.freeze([
  TAG.NULL,
  TAG.FALSE,
  TAG.TRUE,
  TAG.INT32,
  TAG.INT64,
  TAG.UINT64,
  TAG.F64,
  TAG.BIGINT,
  TAG.STRING,
  TAG.BYTES,
  TAG.LIST,
  TAG.TUPLE,
  TAG.NUMBERS,
  TAG.SET,
  TAG.BITSET,
  TAG.DATE,
  TAG.DECIMAL,
]);

/**
 * @param {Session} session
 * @param {number} body
 * @throws {QbError} `CORRUPT`
 */
export function checkFlags(session, body) {
  const { tag, flags, aux } = session.open(body);
  const isUnknown = (flags & ~(FLAGS_KNOWN[tag] ?? 0)) !== 0;
  const isBoth = tag === TAG.DATE && flags === (FLAG.ZONE | FLAG.WALL);
  const isNotPlain = tag === TAG.NDARRAY && flags === FLAG.PLAIN && aux >>> 8 !== 1;
  if (isUnknown || isBoth || isNotPlain) session.fail(`the flags ${flags} of tag ${tag}`, body);
}

/**
 * The size of a body that has no pointers in it, its content checked.
 *
 * @param {Session} session
 * @param {number} body
 * @returns {number} bytes, -1 when it has pointers or is none of a value
 * @throws {QbError} `CORRUPT`
 */
export function leafBytes(session, body) {
  const { tag, aux, count } = session.open(body);
  switch (tag) {
    case TAG.NULL:
    case TAG.FALSE:
    case TAG.TRUE:
    case TAG.INT32:
      return BODY_BYTES;
    case TAG.INT64:
    case TAG.UINT64:
    case TAG.F64:
      return BODY_BYTES + 8;
    case TAG.BIGINT:
      readBody(session, body);
      return BODY_BYTES + count;
    case TAG.DATE:
      readBody(session, body);
      return BODY_BYTES + 8;
    case TAG.DECIMAL:
      readBody(session, body);
      return BODY_BYTES + 8 + count;
    case TAG.BYTES:
      if (count > PACK_LIMITS.TEXT_BYTES) session.fail(`${count} bytes as one value`, body);
      return BODY_BYTES + count;
    case TAG.NUMBERS:
      if (aux >= DTYPES.length) session.fail(`numbers of type ${aux}`, body);
      return BODY_BYTES + count * DTYPE_BYTES[aux];
    case TAG.NDARRAY:
      readBody(session, body);
      return BODY_BYTES + padded((aux >>> 8) * 4) + count * DTYPE_BYTES[aux & 255];
    case TAG.BITSET:
      return checkBits(session, body, count);
    case TAG.STRING:
      return checkText(session, body, count);
    default:
      return -1;
  }
}

/** @param {Session} session @param {number} body @param {number} bytes @returns {number} */
function checkText(session, body, bytes) {
  const start = body + BODY_BYTES;
  session.need(start + bytes, body);
  if (bytes > PACK_LIMITS.TEXT_BYTES) session.fail(`a string of ${bytes} bytes`, body);
  const isUtf16 = (session.open(body).flags & FLAG.UTF16) !== 0;
  if (!isUtf16) checkUtf8(session, start, bytes);
  else if (bytes % 2 !== 0) session.fail(`a UTF-16 string of ${bytes} bytes`, body);
  return BODY_BYTES + bytes;
}

/**
 * @param {Session} session
 * @param {number} start
 * @param {number} bytes that must be well-formed
 * @throws {QbError} `CORRUPT`
 */
export function checkUtf8(session, start, bytes) {
  try {
    // A copy: shared bytes cannot be decoded.
    strictDecoder.decode(
      /** @type {Uint8Array<ArrayBuffer>} */ (
        /** @type {unknown} */ (session.m.u8.slice(start, start + bytes))
      ),
    );
  } catch {
    session.fail('a string that is no UTF-8', start);
  }
}

/** @param {Session} session @param {number} body @param {number} words @returns {number} */
function checkBits(session, body, words) {
  readBody(session, body);
  const { u32 } = session.m;
  const first = (body + 16) >>> 2;
  let members = 0;
  for (let i = first; i < first + words; i++) {
    for (let word = u32[i]; word !== 0; word &= word - 1) members++;
  }
  if (members !== u32[(body + 8) >>> 2]) session.fail(`a set with ${members} bits`, body);
  return 16 + words * 4;
}

/**
 * Checks the hash table of a set or dict.
 *
 * @param {Session} session
 * @param {number} body
 * @returns {{ bytes: number, step: number }} of the body, and from one entry to the next
 * @throws {QbError} `CORRUPT`
 */
export function checkTable(session, body) {
  const { tag, count } = session.open(body);
  const { u32 } = session.m;
  session.need(body + 16, body);
  const step = tag === TAG.SET ? SET_ENTRY_BYTES : DICT_ENTRY_BYTES;
  const slots = u32[(body + 8) >>> 2];
  const isTable = slots === 0 || ((slots & (slots - 1)) === 0 && slots >= count);
  if (!isTable) session.fail(`a table of ${slots} slots for ${count} entries`, body);
  const bytes = 16 + count * step + slots * 4;
  session.need(body + bytes, body);
  const table = (body + 16 + count * step) >>> 2;
  for (let i = table; i < table + slots; i++) {
    if (u32[i] > count) session.fail('a slot of an entry that is not there', body);
  }
  return { bytes, step };
}
