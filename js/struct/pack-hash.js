/**
 * Keys of sets and dicts: what may be one, its hash, and when two are equal (docs/format.md, Keys).
 *
 * MurmurHash3_x86_32 is Austin Appleby's, in the public domain.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-hash
 */
import { describe, QbError, QbTypeError } from '../base/errors.js';
import { PACK_LIMITS } from './pack-format.js';
import { DateTime, Decimal, PACKED_KIND } from './pack-values.js';
import { timeOf } from './slot.js';
import { encodeUtf8, encodeUtf16, isIllFormed } from './strings.js';

const SEED = Object.freeze({
  NULL: 1,
  FALSE: 2,
  TRUE: 3,
  NUMBER: 4,
  BIG: 5,
  BIG_NEGATIVE: 6,
  STRING: 7,
  STRING_UTF16: 8,
  BYTES: 9,
  INSTANT: 10,
  WALL: 11,
  DECIMAL: 12,
  DECIMAL_NEGATIVE: 13,
  TUPLE: 14,
  SET: 15,
});
const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;
/** Longest string that is hashed unit by unit, without encoding it. */
const ASCII_UNITS_MAX = 64;

const float = new Float64Array(1);
const floatWords = new Uint32Array(float.buffer);

/** @param {number} hash @param {number} word */
function mix(hash, word) {
  let k = Math.imul(word, C1);
  k = Math.imul((k << 15) | (k >>> 17), C2);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** @param {number} hash @param {number} word the last one to three bytes */
function mixTail(hash, word) {
  const k = Math.imul(word, C1);
  return hash ^ Math.imul((k << 15) | (k >>> 17), C2);
}

/** @param {number} hash @param {number} bytes hashed in all */
function finish(hash, bytes) {
  let h = hash ^ bytes;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * @param {number} seed
 * @param {Uint8Array} bytes
 * @returns {number} uint32
 */
export function hashBytes(seed, bytes) {
  const { length } = bytes;
  let h = seed;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    h = mix(h, bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24));
  }
  let tail = 0;
  for (let shift = 0; i < length; i++, shift += 8) tail |= bytes[i] << shift;
  return finish(mixTail(h, tail), length);
}

/**
 * @param {string} text
 * @returns {number} uint32
 */
export function hashString(text) {
  const { length } = text;
  if (length > ASCII_UNITS_MAX) return hashLong(text);
  /** @type {number} */
  let h = SEED.STRING;
  let i = 0;
  let all = 0;
  for (; i + 4 <= length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    all |= a | b | c | d;
    h = mix(h, a | (b << 8) | (c << 16) | (d << 24));
  }
  let tail = 0;
  for (let shift = 0; i < length; i++, shift += 8) {
    const unit = text.charCodeAt(i);
    all |= unit;
    tail |= unit << shift;
  }
  return all < 0x80 ? finish(mixTail(h, tail), length) : hashLong(text);
}

/** @param {string} text */
function hashLong(text) {
  return isIllFormed(text)
    ? hashBytes(SEED.STRING_UTF16, encodeUtf16(text))
    : hashBytes(SEED.STRING, encodeUtf8(text));
}

/** @param {number} seed @param {number} value */
function hashFloat(seed, value) {
  float[0] = value === 0 ? 0 : value;
  if (Number.isNaN(value)) {
    floatWords[0] = 0;
    floatWords[1] = 0x7ff80000;
  }
  return finish(mix(mix(seed, floatWords[0]), floatWords[1]), 8);
}

/**
 * The magnitude of a bigint, least byte first, without zeros at the end.
 *
 * @param {bigint} value
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function magnitudeOf(value) {
  if (value === 0n) return new Uint8Array(0);
  const hex = (value < 0n ? -value : value).toString(16);
  const bytes = new Uint8Array((hex.length + 1) >>> 1);
  for (let i = 0, end = hex.length; end > 0; i++, end -= 2) {
    bytes[i] = Number.parseInt(hex.slice(Math.max(0, end - 2), end), 16);
  }
  return bytes;
}

/** @param {bigint} value */
function hashBigint(value) {
  const number = Number(value);
  if (Number.isFinite(number) && BigInt(number) === value) return hashFloat(SEED.NUMBER, number);
  return hashBytes(value < 0n ? SEED.BIG_NEGATIVE : SEED.BIG, magnitudeOf(value));
}

/** @param {Decimal} value */
function hashDecimal(value) {
  const { coefficient, exponent } = value.normal();
  if (coefficient === 0n) return finish(SEED.DECIMAL, 0);
  const magnitude = magnitudeOf(coefficient);
  const bytes = new Uint8Array(magnitude.length + 4);
  bytes.set(magnitude);
  new DataView(bytes.buffer).setInt32(magnitude.length, exponent, true);
  return hashBytes(coefficient < 0n ? SEED.DECIMAL_NEGATIVE : SEED.DECIMAL, bytes);
}

/**
 * @param {unknown} value
 * @returns {string} 'sequence', 'set', 'dict', or ''
 */
export function containerKind(value) {
  if (Array.isArray(value)) return 'sequence';
  if (value instanceof Set) return 'set';
  if (value instanceof Map) return 'dict';
  const kind = /** @type {{ [PACKED_KIND]?: string }} */ (value)[PACKED_KIND];
  return kind ?? '';
}

/**
 * The hash of a key.
 *
 * @param {unknown} value
 * @param {number} [depth] how deep it is nested in another key
 * @returns {number} uint32
 * @throws {QbTypeError | QbError} `TYPE` for what can be no key, `DEPTH`
 */
export function hashKey(value, depth = 0) {
  switch (typeof value) {
    case 'string':
      return hashString(value);
    case 'number':
      return hashFloat(SEED.NUMBER, value);
    case 'bigint':
      return hashBigint(value);
    case 'boolean':
      return finish(value ? SEED.TRUE : SEED.FALSE, 0);
    case 'object':
      return value === null ? finish(SEED.NULL, 0) : hashObject(value, depth);
    default:
      throw notAKey(value);
  }
}

/** @param {unknown} value */
function notAKey(value) {
  return new QbTypeError(
    `${describe(value)} cannot be a member of a set or key of a dict; give null, a boolean, number, ` +
      'bigint, string, Uint8Array, Date, DateTime, Decimal, or an array or Set of these.',
    value,
  );
}

/** Values that the present key may still have: foreign bytes can make few bodies look like a huge tree. */
let valuesLeft = 0;

/**
 * Goes into a key that has others in it.
 *
 * @param {number} depth of it in other keys
 */
function enter(depth) {
  if (depth === 0) valuesLeft = PACK_LIMITS.KEY_VALUES;
  if (depth <= PACK_LIMITS.KEY_DEPTH) return;
  throw new QbError('DEPTH', `a key is nested deeper than ${PACK_LIMITS.KEY_DEPTH}.`);
}

/**
 * A value within a key.
 *
 * @param {unknown} value
 */
function spendOn(value) {
  const isText = typeof value === 'string' || value instanceof Uint8Array;
  valuesLeft -= isText ? 1 + (value.length >>> 3) : 1;
  if (valuesLeft >= 0) return;
  throw new QbError('LIMIT', `a key has more than ${PACK_LIMITS.KEY_VALUES} values in it.`);
}

/** @param {object} value @param {number} depth */
function hashObject(value, depth) {
  enter(depth);
  if (value instanceof Uint8Array) return hashBytes(SEED.BYTES, value);
  const kind = containerKind(value);
  if (kind === 'sequence') {
    /** @type {number} */
    let h = SEED.TUPLE;
    let count = 0;
    for (const item of /** @type {Iterable<unknown>} */ (value)) {
      spendOn(item);
      h = mix(h, hashKey(item, depth + 1));
      count++;
    }
    return finish(h, count * 4);
  }
  if (kind === 'set') {
    let sum = 0;
    let count = 0;
    for (const item of /** @type {Iterable<unknown>} */ (value)) {
      spendOn(item);
      sum = (sum + hashKey(item, depth + 1)) | 0;
      count++;
    }
    return finish(mix(mix(SEED.SET, sum), count), 8);
  }
  const time = instantOf(value);
  if (time !== undefined) return hashFloat(SEED.INSTANT, time);
  if (value instanceof DateTime) return hashFloat(SEED.WALL, value.time);
  if (value instanceof Decimal) return hashDecimal(value);
  throw notAKey(value);
}

/**
 * @param {object} value
 * @returns {number | undefined} of a Date or a DateTime with a zone
 */
function instantOf(value) {
  if (value instanceof DateTime) return value.isWallClock ? undefined : value.time;
  return timeOf(value);
}

/**
 * True when two keys are one. What can be no key equals itself only.
 *
 * @param {unknown} a
 * @param {unknown} b
 * @param {number} [depth] how deep they are nested in other keys
 * @returns {boolean}
 * @throws {QbError} `DEPTH`, `LIMIT`
 */
export function equalKeys(a, b, depth = 0) {
  if (a === b) return true;
  if (typeof a === 'number' && typeof b === 'number') {
    return Number.isNaN(a) && Number.isNaN(b);
  }
  if (typeof a !== 'object' || typeof b !== 'object') {
    // biome-ignore lint/suspicious/noDoubleEquals: 1n == 1, which is what keys are compared by
    return isNumber(a) && isNumber(b) && a == b;
  }
  if (a === null || b === null) return false;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalBytes(a, b);
  const kind = containerKind(a);
  if (kind !== containerKind(b)) return false;
  if (kind !== '') {
    enter(depth);
    if (kind === 'sequence') return equalSequences(a, b, depth + 1);
    return kind === 'set' && equalSets(a, b, depth + 1);
  }
  const [time, other] = [instantOf(a), instantOf(b)];
  if (time !== undefined || other !== undefined) {
    return other !== undefined && time !== undefined && equalKeys(time, other);
  }
  return (a instanceof DateTime || a instanceof Decimal) && a.equals(b);
}

/** @param {unknown} value @returns {value is number | bigint} */
function isNumber(value) {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function equalBytes(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** @param {object} a @param {object} b @param {number} depth */
function equalSequences(a, b, depth) {
  const [x, y] = /** @type {{ length: number, at(index: number): unknown }[]} */ ([a, b]);
  if (x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) {
    const item = x.at(i);
    spendOn(item);
    if (!equalKeys(item, y.at(i), depth)) return false;
  }
  return true;
}

/** @param {object} a @param {object} b @param {number} depth */
function equalSets(a, b, depth) {
  const [x, y] = /** @type {Set<unknown>[]} */ ([a, b]);
  if (x.size !== y.size) return false;
  /** By hash; several where it is the same. @type {Map<number, unknown[]>} */
  const byHash = new Map();
  for (const item of y) {
    spendOn(item);
    const hash = hashKey(item, depth);
    const same = byHash.get(hash);
    if (same === undefined) byHash.set(hash, [item]);
    else same.push(item);
  }
  for (const item of x) {
    spendOn(item);
    const same = byHash.get(hashKey(item, depth)) ?? [];
    if (!same.some((other) => equalKeys(item, other, depth))) return false;
  }
  return true;
}
