/**
 * Writing lists of numbers: in the narrowest typed array that holds them exactly.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-numbers
 */
import { FITS } from './codec.js';
import { DTYPE_BYTES, DTYPES } from './pack-format.js';
import { Part, refusal } from './pack-place.js';

/** @typedef {import('./pack-write.js').Packer} Packer */
/** @typedef {import('./pack-place.js').Place} Place */
/** @typedef {import('./types.js').FieldType} FieldType */

const F32 = DTYPES.indexOf('f32');
const F64 = DTYPES.indexOf('f64');

/**
 * @param {readonly unknown[]} items
 * @param {FieldType | null} inner what all of them are, null for any
 * @param {readonly FieldType[] | null} types what each of them is, when they are of different types
 * @param {Place} place
 * @returns {(number | bigint)[] | null} a copy; null when they are not all numbers or all bigints
 */
export function numbersOf(items, inner, types, place) {
  const kind = typeof items[0];
  if (kind !== 'number' && kind !== 'bigint') return null;
  // From here on a copy: a getter among them could make others of them.
  const numbers = /** @type {(number | bigint)[]} */ ([...items]);
  for (let i = 0; i < numbers.length; i++) if (typeof numbers[i] !== kind) return null;
  if (types === null) {
    return inner === null ? numbers : fitted(numbers, inner, 0, numbers.length, place);
  }
  let all = numbers;
  for (let i = 0; i < numbers.length; i++) all = fitted(all, types[i], i, i + 1, place);
  return all;
}

/**
 * Numbers of which some are of a type.
 *
 * @param {(number | bigint)[]} numbers
 * @param {FieldType} type
 * @param {number} start
 * @param {number} end
 * @param {Place} place
 * @returns {(number | bigint)[]} as they are stored
 */
function fitted(numbers, type, start, end, place) {
  const stored = type.kind === 'optional' && type.inner !== null ? type.inner : type;
  if (stored.kind === 'any') return numbers;
  const fits = FITS[/** @type {import('./types.js').NumericKind} */ (stored.kind)];
  for (let i = start; i < end; i++) {
    if (fits === undefined || !fits(numbers[i])) {
      throw refusal(new Part(place, i), type.allowed, type.jsType, numbers[i]);
    }
  }
  if (stored.kind !== 'f32') return numbers;
  return numbers.map((n, i) => (i >= start && i < end ? Math.fround(Number(n)) : n));
}

/**
 * The first dtype that holds all numbers exactly.
 *
 * @param {(number | bigint)[]} numbers at least one, all of one JS type
 * @returns {number} code, -1 when there is none
 */
export function narrowest(numbers) {
  if (typeof numbers[0] === 'bigint') return narrowestBig(/** @type {bigint[]} */ (numbers));
  const list = /** @type {number[]} */ (numbers);
  const { length } = list;
  let min = 0;
  let max = 0;
  let i = 0;
  for (; i < length; i++) {
    const value = list[i];
    if (!Number.isInteger(value) || (value === 0 && 1 / value < 0)) break;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  const isWhole = i === length;
  if (isWhole) {
    for (let dtype = 0; dtype < 6; dtype++) {
      const bits = DTYPE_BYTES[dtype] * 8 - (dtype % 2 === 0 ? 1 : 0);
      if (max < 2 ** bits && min >= (dtype % 2 === 0 ? -(2 ** bits) : 0)) return dtype;
    }
  }
  for (i = 0; i < length; i++) {
    const value = list[i];
    if (Math.fround(value) !== value && !Number.isNaN(value)) return F64;
  }
  return F32;
}

/** @param {bigint[]} numbers */
function narrowestBig(numbers) {
  if (numbers.every((value) => BigInt.asIntN(64, value) === value)) return DTYPES.indexOf('i64');
  if (numbers.every((value) => BigInt.asUintN(64, value) === value)) return DTYPES.indexOf('u64');
  return -1;
}

/**
 * @param {Packer} packer
 * @param {number} at
 * @param {number} dtype
 * @param {ArrayLike<number | bigint>} numbers
 */
export function writeNumbers(packer, at, dtype, numbers) {
  const array = /** @type {Float64Array} */ (/** @type {unknown} */ (packer.out.m[DTYPES[dtype]]));
  array.set(/** @type {ArrayLike<number>} */ (numbers), at / DTYPE_BYTES[dtype]);
}
