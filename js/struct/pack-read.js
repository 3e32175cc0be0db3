/**
 * Reading: from a body to a value, or to a view that reads in place.
 *
 *     null, booleans, numbers, bigints, strings, Dates, DateTimes, Decimals      values
 *     bytes, typed arrays, NdArrays                                               in place
 *     lists, tuples, sets, dicts, structs                                         views
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-read
 */
import { DictView } from './pack-dict.js';
import { BODY_BYTES, DTYPE_BYTES, DTYPES, FLAG, PACK_LIMITS, padded, TAG } from './pack-format.js';
import { ListView, NumbersView, StructsView } from './pack-list.js';
import { BitSetView, SetView } from './pack-set.js';
import { DateTime, Decimal, NdArray } from './pack-values.js';
import { makeStruct, readStruct } from './pack-view.js';

/** @typedef {import('./link.js').StructMeta} StructMeta */
/** @typedef {import('./pack-session.js').Session} Session */
/** @typedef {import('./pack-values.js').Numbers} Numbers */

/**
 * The value behind a pointer.
 *
 * @param {Session} session
 * @param {number} at of the pointer
 * @returns {unknown} undefined for none
 * @throws {QbError} `CORRUPT`, `SCHEMA`
 */
export function readPointer(session, at) {
  const body = session.follow(at);
  return body === 0 ? undefined : readBody(session, body);
}

/**
 * @param {Session} session
 * @param {number} body
 * @param {StructMeta | null} [hint] what class a struct should be, when several have its name
 * @returns {unknown}
 */
export function readBody(session, body, hint = null) {
  const { m } = session;
  const word = m.u32[body >>> 2];
  const big = (word & (FLAG.BIG << 8)) !== 0;
  switch (word & 255) {
    case TAG.NULL:
      return null;
    case TAG.FALSE:
      return false;
    case TAG.TRUE:
      return true;
    case TAG.INT32: {
      const value = m.i32[(body + 4) >>> 2];
      return big ? BigInt(value) : value;
    }
    case TAG.INT64:
      session.need(body + 16, body);
      return wholeOf(m.i64[(body + 8) >>> 3], big);
    case TAG.UINT64:
      session.need(body + 16, body);
      return wholeOf(m.u64[(body + 8) >>> 3], big);
    case TAG.F64:
      session.need(body + 16, body);
      return m.f64[(body + 8) >>> 3];
    case TAG.BIGINT:
      return bigintAt(session, body, BODY_BYTES);
    case TAG.STRING:
      return session.text(body);
    case TAG.DATE:
      return dateAt(session, body);
    case TAG.DECIMAL:
      return decimalAt(session, body);
    default:
      return readObject(session, body, hint);
  }
}

/**
 * @param {bigint} value
 * @param {boolean} big
 * @returns {number | bigint}
 */
function wholeOf(value, big) {
  const number = Number(value);
  return big || !Number.isSafeInteger(number) ? value : number;
}

/**
 * @param {Session} session
 * @param {number} body
 * @param {number} offset of the magnitude
 * @returns {bigint}
 */
function bigintAt(session, body, offset) {
  const { flags, count } = session.open(body);
  if (count > PACK_LIMITS.MAGNITUDE_BYTES) session.fail(`a number of ${count} bytes`, body);
  session.need(body + offset + count, body);
  const { u8 } = session.m;
  let hex = '';
  for (let i = count - 1; i >= 0; i--) {
    hex += (u8[body + offset + i] | 0x100).toString(16).slice(1);
  }
  const value = BigInt(`0x${hex || '0'}`);
  return (flags & FLAG.NEGATIVE) === 0 ? value : -value;
}

/** @param {Session} session @param {number} body */
function decimalAt(session, body) {
  session.need(body + 16, body);
  const exponent = session.m.i32[(body + 8) >>> 2];
  if (exponent === -(2 ** 31)) session.fail(`a decimal with the exponent ${exponent}`, body);
  return new Decimal(bigintAt(session, body, 16), exponent);
}

/** @param {Session} session @param {number} body */
function dateAt(session, body) {
  session.need(body + 16, body);
  const { flags, aux } = session.open(body);
  const time = session.m.f64[(body + 8) >>> 3];
  if ((flags & FLAG.WALL) !== 0) return new DateTime(time);
  if ((flags & FLAG.ZONE) === 0) return new Date(time);
  if (aux > 2 * PACK_LIMITS.ZONE_MINUTES) session.fail(`a zone offset of ${aux}`, body);
  return new DateTime(time, aux - PACK_LIMITS.ZONE_MINUTES);
}

/**
 * @param {Session} session
 * @param {number} body
 * @param {StructMeta | null} hint
 * @returns {object} the view that there is, or a new one
 */
function readObject(session, body, hint) {
  if (session.tag(body) === TAG.STRUCT) return readStruct(session, body, hint);
  return session.views.get(body) ?? session.views.add(body, makeObject(session, body, hint));
}

/**
 * As {@link readBody}, but an object is a new view, which is not remembered. Containers of images read their values
 * so: to remember each costs more than to make it.
 *
 * @param {Session} session
 * @param {number} body
 * @param {StructMeta | null} hint
 * @returns {unknown}
 */
export function readFresh(session, body, hint) {
  switch (session.tag(body)) {
    case TAG.STRUCT:
      return makeStruct(session, body, hint);
    case TAG.BYTES:
    case TAG.LIST:
    case TAG.TUPLE:
    case TAG.NUMBERS:
    case TAG.STRUCTS:
    case TAG.SET:
    case TAG.BITSET:
    case TAG.DICT:
    case TAG.NDARRAY:
      return makeObject(session, body, hint);
    default:
      return readBody(session, body, hint);
  }
}

/**
 * @param {Session} session
 * @param {number} body
 * @param {StructMeta | null} hint
 * @returns {object} a new view
 */
function makeObject(session, body, hint) {
  switch (session.tag(body)) {
    case TAG.BYTES:
      return session.bytes(body);
    case TAG.LIST:
    case TAG.TUPLE:
      return ListView.open(session, body);
    case TAG.NUMBERS:
      return NumbersView.open(session, body);
    case TAG.STRUCTS:
      return StructsView.open(session, body, hint);
    case TAG.SET:
      return new SetView(session, body);
    case TAG.BITSET:
      return new BitSetView(session, body);
    case TAG.DICT:
      return new DictView(session, body);
    case TAG.NDARRAY:
      return arrayAt(session, body);
    default:
      return session.container(body);
  }
}

/**
 * @param {Session} session
 * @param {number} body of an n-dimensional array
 * @returns {NdArray | Numbers} in place
 */
export function arrayAt(session, body) {
  const { flags, aux, count } = session.open(body);
  const [dtype, dimensions] = [aux & 255, aux >>> 8];
  if (dtype >= DTYPES.length || dimensions > PACK_LIMITS.DIMENSIONS) {
    session.fail(`an array of type ${dtype} with ${dimensions} dimensions`, body);
  }
  const start = body + BODY_BYTES + padded(dimensions * 4);
  session.need(start + count * DTYPE_BYTES[dtype], body);
  const shape = [...session.m.u32.subarray((body + 8) >>> 2, ((body + 8) >>> 2) + dimensions)];
  const product = shape.reduce((all, size) => all * size, 1);
  if (product !== count)
    session.fail(`an array of ${count} elements with the shape ${shape}`, body);
  const data = numbersAt(session, start, dtype, count);
  const isPlain = (flags & FLAG.PLAIN) !== 0 && dimensions === 1;
  return isPlain ? data : new NdArray(data, shape);
}

/**
 * Where the elements of a list of numbers are.
 *
 * @param {Session} session
 * @param {number} body of numbers
 * @returns {{ elements: Numbers, first: number, count: number, bytes: number }} `count` of the elements, from `first` on
 */
export function checkNumbers(session, body) {
  const { aux, count } = session.open(body);
  if (aux >= DTYPES.length) session.fail(`numbers of type ${aux}`, body);
  const each = DTYPE_BYTES[aux];
  const start = body + BODY_BYTES;
  session.need(start + count * each, body);
  return { elements: session.m[DTYPES[aux]], first: start / each, count, bytes: count * each };
}

/**
 * A typed array over checked bytes.
 *
 * @param {Session} session
 * @param {number} start
 * @param {number} dtype
 * @param {number} count
 * @returns {Numbers}
 */
export function numbersAt(session, start, dtype, count) {
  const all = session.m[DTYPES[dtype]];
  const first = start / DTYPE_BYTES[dtype];
  return /** @type {Numbers} */ (all.subarray(first, first + count));
}
