/**
 * Keys of sets and dicts: what may be one, its hash, and when two are equal (docs/format.md, Keys).
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-hash
 */
import { describe, QbError, QbTypeError } from '../base/errors.js';
import { encodedHash, encodeKey } from './key-text.js';
import { finish, hashBytes, mix, SEED } from './murmur.js';
import { PACK_LIMITS } from './pack-format.js';
import { DateTime, Decimal, PACKED_KIND } from './pack-values.js';
import { timeOf } from './slot.js';
import { encodeUtf8, encodeUtf16, isIllFormed } from './strings.js';

const float = new Float64Array(1);
const floatWords = new Uint32Array(float.buffer);

/**
 * @param {string} text
 * @returns {number} uint32
 */
export function hashString(text) {
  if (encodeKey(text)) return encodedHash() >>> 0;
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
