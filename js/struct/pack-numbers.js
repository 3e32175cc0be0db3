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

/**
 * @param {unknown[]} items
 * @param {(index: number) => FieldType | null} typeAt
 * @param {Place} place
 * @returns {(number | bigint)[] | null} null when they are not all numbers or all bigints
 */
export function numbersOf(items, typeAt, place) {
  const kind = typeof items[0];
  if (kind !== 'number' && kind !== 'bigint') return null;
  for (let i = 1; i < items.length; i++) if (typeof items[i] !== kind) return null;
  let numbers = /** @type {(number | bigint)[]} */ (items);
  for (let i = 0; i < items.length; i++) {
    const type = typeAt(i);
    if (type === null || type.kind === 'any') continue;
    const stored = type.kind === 'optional' && type.inner !== null ? type.inner : type;
    if (stored.kind === 'any') continue;
    const fits = FITS[/** @type {import('./types.js').NumericKind} */ (stored.kind)];
    if (fits === undefined || !fits(items[i])) {
      const where = new Part(place, i);
      throw refusal(where, type.allowed, type.jsType, items[i]);
    }
    if (stored.kind === 'f32') {
      if (numbers === items) numbers = [...numbers];
      numbers[i] = Math.fround(Number(items[i]));
    }
  }
  return numbers;
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
  let min = 0;
  let max = 0;
  let isWhole = true;
  for (const value of list) {
    if (!Number.isInteger(value) || Object.is(value, -0)) {
      isWhole = false;
      break;
    }
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (isWhole) {
    for (let dtype = 0; dtype < 6; dtype++) {
      const bits = DTYPE_BYTES[dtype] * 8 - (dtype % 2 === 0 ? 1 : 0);
      if (max < 2 ** bits && min >= (dtype % 2 === 0 ? -(2 ** bits) : 0)) return dtype;
    }
  }
  const isF32 = list.every((value) => Object.is(Math.fround(value), value));
  return DTYPES.indexOf(isF32 ? 'f32' : 'f64');
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
