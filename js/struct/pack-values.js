/**
 * Values that JS has no type for: decimals, dates with their zone, tuples, n-dimensional arrays.
 *
 * All are immutable but for the elements of an array.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-values
 */
import { describe, QbRangeError, QbTypeError } from '../base/errors.js';
import { PACK_LIMITS } from './pack-format.js';

/** What kind of packed view an object is: 'sequence', 'set' or 'dict'. */
export const PACKED_KIND = Symbol('qbwasm.packed');

const EXPONENT_MAX = 2 ** 31 - 1;
/** Longest text that becomes a decimal. */
const DECIMAL_CHARACTERS_MAX = 200_000;
/** More digits than this are not written out with zeros. */
const PLAIN_DIGITS_MAX = 40;
const MINUTE_MS = 60_000;

/**
 * A decimal number: coefficient * 10 ** exponent, exact.
 *
 * @example
 * const price = Decimal.parse('-123.456');
 * price.coefficient; // -123456n
 * price.exponent; // -3
 */
export class Decimal {
  /**
   * @param {bigint} coefficient
   * @param {number} [exponent] an integer of 32 bits
   * @throws {QbTypeError | QbRangeError} `TYPE`, `ARGUMENT`
   */
  constructor(coefficient, exponent = 0) {
    if (typeof coefficient !== 'bigint') {
      throw new QbTypeError(
        `new Decimal takes a bigint, not ${describe(coefficient)}; for text use Decimal.parse.`,
        coefficient,
      );
    }
    if (!Number.isInteger(exponent) || Math.abs(exponent) > EXPONENT_MAX) {
      throw new QbRangeError(
        'ARGUMENT',
        `the exponent of a Decimal is ${describe(exponent)}; give an integer of 32 bits.`,
        exponent,
      );
    }
    /** Its digits. @readonly */
    this.coefficient = coefficient;
    /** The power of ten that they are multiplied by. @readonly */
    this.exponent = exponent;
    Object.freeze(this);
  }

  /**
   * @param {string} text as -123.456 or 1.5e-7
   * @throws {QbRangeError} `ARGUMENT`
   */
  static parse(text) {
    const isShort = typeof text === 'string' && text.length <= DECIMAL_CHARACTERS_MAX;
    const match = isShort ? /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/.exec(text) : null;
    const [, sign = '', whole = '', fraction = '', power = '0'] = match ?? [];
    if (match === null || whole + fraction === '') {
      throw new QbRangeError(
        'ARGUMENT',
        `${describe(text)} is no decimal number; give one as -123.456 or 1.5e-7.`,
        text,
      );
    }
    const coefficient = BigInt(whole + fraction);
    return new Decimal(sign === '-' ? -coefficient : coefficient, Number(power) - fraction.length);
  }

  /** As it would be written, 1.5E+60 when there would be many zeros. */
  toString() {
    const { coefficient, exponent } = this;
    const sign = coefficient < 0n ? '-' : '';
    const digits = String(coefficient < 0n ? -coefficient : coefficient);
    const point = digits.length + exponent; // digits before the point
    if (exponent === 0) return sign + digits;
    if (exponent < 0 && point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
    if (exponent < 0 && -point < PLAIN_DIGITS_MAX) return `${sign}0.${'0'.repeat(-point)}${digits}`;
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0]}${rest}E${point > 0 ? '+' : ''}${point - 1}`;
  }

  /** As a string. */
  toJSON() {
    return this.toString();
  }

  /**
   * By value: 1.50 equals 1.5.
   *
   * @param {unknown} other
   */
  equals(other) {
    if (!(other instanceof Decimal)) return false;
    const [a, b] = [this.normal(), other.normal()];
    return a.coefficient === b.coefficient && a.exponent === b.exponent;
  }

  /** The equal decimal without zeros at the end of its coefficient. @returns {Decimal} */
  normal() {
    if (this.coefficient === 0n) return this.exponent === 0 ? this : new Decimal(0n);
    if (this.coefficient % 10n !== 0n) return this;
    const digits = String(this.coefficient);
    const kept = digits.replace(/0+$/, '');
    const exponent = this.exponent + digits.length - kept.length;
    return exponent > EXPONENT_MAX ? this : new Decimal(BigInt(kept), exponent);
  }
}

/**
 * A date and time with the clock it was read from: an instant with a zone offset, or a wall clock
 * without zone.
 *
 * @example
 * const noon = DateTime.parse('1900-01-01T12:00:00+01:24');
 * noon.offsetMinutes; // 84
 * noon.toString(); // '1900-01-01T12:00:00.000+01:24'
 */
export class DateTime {
  /**
   * @param {number} time milliseconds since 1970-01-01T00:00Z; of a wall clock those of the instant that
   *   shows its time in UTC
   * @param {number | null} [offsetMinutes] east of UTC, -1440 .. 1440; null for a wall clock
   * @throws {QbTypeError | QbRangeError} `TYPE`, `ARGUMENT`
   */
  constructor(time, offsetMinutes = null) {
    if (typeof time !== 'number') {
      throw new QbTypeError(`new DateTime takes milliseconds, not ${describe(time)}.`, time);
    }
    const isOffset =
      offsetMinutes === null ||
      (Number.isInteger(offsetMinutes) && Math.abs(offsetMinutes) <= PACK_LIMITS.ZONE_MINUTES);
    if (!isOffset) {
      throw new QbRangeError(
        'ARGUMENT',
        `the zone offset is ${describe(offsetMinutes)}; give an integer from -1440 to 1440 minutes, or null.`,
        offsetMinutes,
      );
    }
    /** Milliseconds since 1970; of a wall clock those of the instant that shows its time in UTC. @readonly */
    this.time = time;
    /** Of the zone, east of UTC; null: a wall clock. @readonly */
    this.offsetMinutes = offsetMinutes === 0 ? 0 : offsetMinutes;
    Object.freeze(this);
  }

  /**
   * @param {string} text ISO 8601; without Z or an offset it is a wall clock
   * @throws {QbRangeError} `ARGUMENT`
   */
  static parse(text) {
    const match =
      typeof text === 'string' ? /^(.*T.*?)(Z|([+-])(\d\d):?(\d\d))?$/.exec(text) : null;
    const [, clock = '', zone, sign, hours, minutes] = match ?? [];
    const local = Date.parse(`${clock}Z`);
    if (match === null || Number.isNaN(local)) {
      throw new QbRangeError(
        'ARGUMENT',
        `${describe(text)} is no date; give one as 1900-01-01T12:00:00+01:24.`,
        text,
      );
    }
    if (zone === undefined) return new DateTime(local);
    const size = zone === 'Z' ? 0 : Number(hours) * 60 + Number(minutes);
    const offset = sign === '-' ? -size : size;
    return new DateTime(local - offset * MINUTE_MS, offset);
  }

  /** Whether it has no zone. */
  get isWallClock() {
    return this.offsetMinutes === null;
  }

  /** The instant; of a wall clock the one that shows its time in UTC. */
  toDate() {
    return new Date(this.time);
  }

  /** As ISO 8601 writes it. */
  toString() {
    const offset = this.offsetMinutes;
    const shown = new Date(this.time + (offset ?? 0) * MINUTE_MS);
    if (Number.isNaN(shown.getTime())) return 'Invalid Date';
    const clock = shown.toISOString().slice(0, -1);
    if (offset === null) return clock;
    const size = Math.abs(offset);
    const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
    return `${clock}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  }

  /** As a string. */
  toJSON() {
    return this.toString();
  }

  /**
   * Instants are equal when they are the same moment, whatever their zones; wall clocks when they show
   * the same.
   *
   * @param {unknown} other
   */
  equals(other) {
    return (
      other instanceof DateTime &&
      other.isWallClock === this.isWallClock &&
      Object.is(other.time, this.time)
    );
  }
}

/**
 * A fixed sequence: the array that packs as a tuple. Frozen.
 *
 * @template [T=unknown]
 * @extends {Array<T>}
 */
export class Tuple extends Array {
  /** What map, filter and so on make: an array, not a tuple. @override */
  static get [Symbol.species]() {
    return Array;
  }
}

/**
 * @template {readonly unknown[]} T
 * @param {T} items
 * @returns {Tuple<T[number]>}
 */
export function tuple(...items) {
  return tupleOf(items);
}

/**
 * @template T
 * @param {readonly T[]} items
 * @returns {Tuple<T>}
 */
export function tupleOf(items) {
  const made = new Tuple(items.length);
  for (let i = 0; i < items.length; i++) made[i] = items[i];
  return Object.freeze(/** @type {Tuple<T>} */ (made));
}

/** Typed arrays. @typedef {Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array |
 *   Float32Array | Float64Array | BigInt64Array | BigUint64Array} Numbers */

/** @type {readonly (readonly [import('./pack-format.js').DType, Function])[]} */
const ARRAY_DTYPES = [
  ['i8', Int8Array],
  ['u8', Uint8Array],
  ['u8', Uint8ClampedArray],
  ['i16', Int16Array],
  ['u16', Uint16Array],
  ['i32', Int32Array],
  ['u32', Uint32Array],
  ['f32', Float32Array],
  ['f64', Float64Array],
  ['i64', BigInt64Array],
  ['u64', BigUint64Array],
];

/**
 * @param {unknown} value
 * @returns {import('./pack-format.js').DType | null} null when it is no typed array of numbers
 */
export function dtypeOf(value) {
  if (!ArrayBuffer.isView(value)) return null;
  return ARRAY_DTYPES.find(([, Class]) => value instanceof Class)?.[0] ?? null;
}

/**
 * Numbers with a shape, row by row.
 *
 * @example
 * const grid = new NdArray(new Float32Array(6), [2, 3]);
 * grid.get(1, 2); // 0
 */
export class NdArray {
  /**
   * @param {Numbers} data row-major; not copied
   * @param {readonly number[]} shape its product is the length of the data
   * @throws {QbTypeError | QbRangeError} `TYPE`, `ARGUMENT`
   */
  constructor(data, shape) {
    const dtype = dtypeOf(data);
    if (dtype === null) {
      throw new QbTypeError(`new NdArray takes a typed array, not ${describe(data)}.`, data);
    }
    const isShape =
      Array.isArray(shape) &&
      shape.length <= PACK_LIMITS.DIMENSIONS &&
      shape.every((n) => Number.isInteger(n) && n >= 0) &&
      shape.reduce((product, n) => product * n, 1) === data.length;
    if (!isShape) {
      throw new QbRangeError(
        'ARGUMENT',
        `the shape [${shape}] does not fit ${data.length} elements; give up to ` +
          `${PACK_LIMITS.DIMENSIONS} sizes whose product is that.`,
        shape,
      );
    }
    /** Type of the elements. @readonly */
    this.dtype = dtype;
    /** Length of each dimension. @readonly @type {readonly number[]} */
    this.shape = Object.freeze([...shape]);
    /**
     * Elements, the last index running fastest. Of a packed array its bytes in place, also when they are read only: then do not
     * write them.
     *
     * @readonly
     */
    this.data = data;
    Object.freeze(this);
  }

  /**
   * @param {readonly number[]} indices
   * @returns {number | bigint | undefined} undefined outside of the shape
   */
  get(...indices) {
    let at = 0;
    for (let i = 0; i < this.shape.length; i++) {
      const index = indices[i] ?? 0;
      if (!(index >= 0 && index < this.shape[i])) return undefined;
      at = at * this.shape[i] + index;
    }
    return this.data[at];
  }

  /** As an object; bigints as strings. */
  toJSON() {
    const data = Array.from(/** @type {ArrayLike<unknown>} */ (this.data), (value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    return { dtype: this.dtype, shape: this.shape, data };
  }
}
