/**
 * Ranges of ordered keys.
 *
 * Layer: image. Any thread.
 *
 * @module image/range
 */
import { argumentError, checkBoolean, checkOptions, typeError } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { bisect } from './keys.js';

/** @typedef {import('./keys.js').Keys} Keys */
/** @typedef {import('../struct/pack-values.js').Numbers} Numbers */

/**
 * Which way a range is read.
 *
 * @typedef {object} RangeOptions
 * @property {boolean} [reverse] from the last to the first (false)
 */

/**
 * @param {Keys} keys
 * @param {unknown} from
 * @param {unknown} to
 * @param {RangeOptions} [options]
 * @returns {{ start: number, end: number, step: number }} entries from `start`, `step` apart, up to but not `end`
 * @throws {QbError} `UNSUPPORTED`, `TYPE`, `ARGUMENT`
 */
export function rangeOf(keys, from, to, options) {
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
  return reverse ? { start: end - 1, end: start - 1, step: -1 } : { start, end, step: 1 };
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
