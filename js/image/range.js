/**
 * Ranges of ordered keys.
 *
 * Layer: image. Any thread.
 *
 * @module image/range
 */
import { argumentError, checkBoolean, checkOptions, typeError } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { bisect } from './number-keys.js';

/** @typedef {import('./key-index.js').Keys} Keys */
/** @typedef {import('../struct/pack-values.js').Numbers} Numbers */

/**
 * Which way a range is read.
 *
 * @typedef {object} RangeOptions
 * @property {boolean} [reverse] from the last to the first (false)
 */

/**
 * Reads the entries of a range.
 *
 * @template T
 * @param {Keys} keys
 * @param {unknown} from
 * @param {unknown} to
 * @param {RangeOptions | undefined} options
 * @param {(entry: number) => T} read
 * @returns {Generator<T, void>}
 * @throws {QbError} `UNSUPPORTED`, `TYPE`, `ARGUMENT`, at once and not when the first is asked for
 */
export function readRange(keys, from, to, options, read) {
  const { reverse = false } = checkOptions('range', options, ['reverse']);
  checkBoolean('reverse', reverse);
  if (!keys.isOrdered) {
    throw new QbError(
      'UNSUPPORTED',
      'range needs keys in order, and only number keys are: these are as they came. Go through all entries, or ' +
        'build the map with a number type for its keys.',
    );
  }
  const { numbers } = /** @type {{ numbers: Numbers }} */ (/** @type {unknown} */ (keys));
  const start = from === undefined ? 0 : bisect(numbers, checkBound('from', from));
  const last = to === undefined ? keys.count : bisect(numbers, checkBound('to', to));
  const end = Math.max(start, last);
  return reverse ? walk(end - 1, start - 1, -1, read) : walk(start, end, 1, read);
}

/**
 * @template T
 * @param {number} start
 * @param {number} end
 * @param {number} step
 * @param {(entry: number) => T} read
 * @returns {Generator<T, void>}
 */
function* walk(start, end, step, read) {
  for (let i = start; i !== end; i += step) yield read(i);
}

/** @param {string} what @param {unknown} bound @returns {number | bigint} */
function checkBound(what, bound) {
  if (typeof bound !== 'number' && typeof bound !== 'bigint') {
    throw typeError(what, bound, 'a number or bigint');
  }
  if (Number.isNaN(bound))
    throw argumentError(what, bound, 'a number: NaN has no place in the order');
  return bound;
}
