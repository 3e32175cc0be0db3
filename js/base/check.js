/**
 * Argument checks. They run before the core is called: wasm would turn `'16'`, `NaN` and `2 ** 53` into
 * some integer without a word.
 *
 * A check that fails throws a TypeError with the code `TYPE` for a value of the wrong JS type, else a
 * RangeError with the code that the core uses for the same mistake (`SIZE`, `ALIGN`, `ARGUMENT`). A number that
 * is no address is a {@link QbError} with the code `ADDRESS`.
 *
 * Layer: base. Any thread.
 *
 * @module base/check
 */
import { describe, QbError, QbRangeError, QbTypeError } from './errors.js';
import { LIMITS } from './generated/layout.js';

/** Largest 32-bit number, the largest size and address there is. */
export const UINT32_MAX = 0xffffffff;

/**
 * A constant of this module and not of Number: to compile a load of that, V8 allocates on its compiler thread, and
 * Node 20 can crash when the worker is terminated just then.
 */
const FOREVER = Number.POSITIVE_INFINITY;

/**
 * True for an integer 0 .. 2^32-1. Small enough to be inlined where it counts.
 *
 * @param {unknown} value
 * @returns {value is number}
 */
export function isUint32(value) {
  return typeof value === 'number' && value >>> 0 === value;
}

/**
 * The error for a size that is no integer 0 .. 2^32-1.
 *
 * @param {string} what name of the argument
 * @param {unknown} given
 * @returns {QbTypeError | QbRangeError}
 */
export function sizeError(what, given) {
  if (typeof given !== 'number') return typeError(what, given, 'a number of bytes');
  return new QbRangeError(
    'SIZE',
    `${what} is ${describe(given)}; a size is an integer from 0 to ${UINT32_MAX} bytes.`,
    given,
  );
}

/**
 * The error for an address that is no integer 0 .. 2^32-1.
 *
 * @param {unknown} given
 * @returns {QbTypeError | QbError}
 */
export function addressError(given) {
  if (typeof given !== 'number') return typeError('address', given, 'a number');
  return new QbError(
    'ADDRESS',
    `address is ${describe(given)}; an address is an integer from ${LIMITS.ADDRESS_MIN} to ` +
      `${UINT32_MAX}. Pass on what alloc, calloc or realloc returned.`,
    { given },
  );
}

/**
 * @param {unknown} given
 * @returns {QbTypeError | QbRangeError}
 */
export function alignError(given) {
  if (typeof given !== 'number') return typeError('align', given, 'a number of bytes');
  return new QbRangeError(
    'ALIGN',
    `align is ${describe(given)}; an alignment is a power of two from 1 to ${LIMITS.ALIGN_MAX} bytes.`,
    given,
  );
}

/**
 * @param {string} what
 * @param {unknown} given
 * @param {string} wanted for example 'a number'
 * @returns {QbTypeError}
 */
export function typeError(what, given, wanted) {
  return new QbTypeError(`${what} is ${describe(given)}; it must be ${wanted}.`, given);
}

/**
 * @param {string} what
 * @param {unknown} given
 * @param {string} allowed for example 'an integer from 1 to 128'
 * @returns {QbRangeError}
 */
export function argumentError(what, given, allowed) {
  return new QbRangeError(
    'ARGUMENT',
    `${what} is ${describe(given)}; it must be ${allowed}.`,
    given,
  );
}

/**
 * @param {string} what
 * @param {unknown} value
 * @param {number} min
 * @param {number} max
 * @returns {number} the value
 */
export function checkInteger(what, value, min, max) {
  if (typeof value !== 'number') throw typeError(what, value, 'a number');
  if (!Number.isInteger(value) || value < min || value > max) {
    throw argumentError(what, value, `an integer from ${min} to ${max}`);
  }
  return value;
}

/**
 * @param {string} what
 * @param {unknown} value
 * @returns {boolean} the value
 */
export function checkBoolean(what, value) {
  if (typeof value !== 'boolean') throw typeError(what, value, 'true or false');
  return value;
}

/**
 * @param {string} what
 * @param {unknown} value
 * @returns {string} the value
 */
export function checkString(what, value) {
  if (typeof value !== 'string') throw typeError(what, value, 'a string');
  return value;
}

/**
 * @template {string} K
 * @param {string} what
 * @param {unknown} value
 * @param {readonly K[]} allowed
 * @returns {K} the value
 */
export function checkChoice(what, value, allowed) {
  for (const choice of allowed) if (choice === value) return choice;
  throw argumentError(what, value, `one of ${allowed.map((choice) => `'${choice}'`).join(', ')}`);
}

/**
 * An options bag: undefined or an object. A typo in an option's name must not pass in silence.
 *
 * @template {object} T
 * @param {string} what
 * @param {T | undefined} options
 * @param {readonly string[]} allowed names
 * @returns {Partial<T>}
 */
export function checkOptions(what, options, allowed) {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null) throw typeError(what, options, 'an object');
  for (const name of Object.keys(options)) {
    if (!allowed.includes(name)) {
      throw new QbError(
        'ARGUMENT',
        `${what} has no option ${JSON.stringify(name)}; there are ${allowed.join(', ')}.`,
        { given: name },
      );
    }
  }
  return options;
}

/**
 * @param {unknown} timeout in milliseconds
 * @returns {number} Infinity for undefined
 * @throws {QbError} `ARGUMENT`, `TYPE`
 */
export function checkTimeout(timeout) {
  if (timeout === undefined) return FOREVER;
  if (typeof timeout !== 'number') throw typeError('timeout', timeout, 'a number of milliseconds');
  if (timeout >= 0) return timeout;
  throw argumentError(
    'timeout',
    timeout,
    '0 (do not wait) or more milliseconds; leave it out to wait for as long as it takes',
  );
}
