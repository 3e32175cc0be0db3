/**
 * Deep equality of values of which some are packed: lists, sets, dicts and structs by what is in them.
 *
 * It works through a list of pairs. A pair that is met again is not compared again, so cycles end.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-equal
 */
import { readField } from './codec.js';
import { isStructClass } from './link.js';
import { containerKind, equalKeys } from './pack-hash.js';
import { dtypeOf, NdArray } from './pack-values.js';
import { isView, metaOfView } from './reflect.js';

/** @typedef {[unknown, unknown]} Pair */
/** @typedef {{ readonly size: number, has(key: unknown): boolean, get(key: unknown): unknown } &
 *   Iterable<Pair>} AnyDict */

/**
 * @param {unknown} a
 * @param {unknown} b
 * @returns {boolean}
 */
export function equalPacked(a, b) {
  /** @type {Map<object, Set<object>>} */
  const met = new Map();
  /** @type {Pair[]} */
  const pairs = [[a, b]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [x, y] = pair;
    if (x === y) continue;
    const areObjects = typeof x === 'object' && typeof y === 'object' && x !== null && y !== null;
    if (!areObjects) {
      if (!equalKeys(x, y)) return false;
      continue;
    }
    let others = met.get(x);
    if (others === undefined) {
      others = new Set();
      met.set(x, others);
    }
    if (others.has(y)) continue;
    others.add(y);
    if (!pushParts(pairs, x, y)) return false;
  }
  return true;
}

/**
 * Compares two objects but for their parts, which it adds to the pairs.
 *
 * @param {Pair[]} pairs
 * @param {object} x
 * @param {object} y
 * @returns {boolean} false when they differ
 */
function pushParts(pairs, x, y) {
  if (isView(x) || isView(y)) return isView(x) && isView(y) && pushFields(pairs, x, y);
  if (x instanceof NdArray) {
    return y instanceof NdArray && String(x.shape) === String(y.shape) && areSame(x.data, y.data);
  }
  if (dtypeOf(x) !== null) return areSame(x, y);
  const kind = containerKind(x);
  if (kind !== containerKind(y)) return false;
  if (kind === 'sequence') return pushElements(pairs, x, y);
  if (kind === 'dict') return pushValues(pairs, x, y);
  return equalKeys(x, y);
}

/** @param {Pair[]} pairs @param {import('./scope.js').View} x @param {import('./scope.js').View} y */
function pushFields(pairs, x, y) {
  const isKnown = isStructClass(x.constructor) && isStructClass(y.constructor);
  if (!isKnown)
    return /** @type {{ equals(other: object): boolean }} */ (/** @type {unknown} */ (x)).equals(y);
  const { schema } = metaOfView(x);
  if (schema !== metaOfView(y).schema) return false;
  for (const field of schema.list) {
    pairs.push([readField(field, x.m, x.address), readField(field, y.m, y.address)]);
  }
  return true;
}

/** @param {Pair[]} pairs @param {object} x @param {object} y */
function pushElements(pairs, x, y) {
  const [a, b] = [x, y].map((list) => [.../** @type {Iterable<unknown>} */ (list)]);
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) pairs.push([a[i], b[i]]);
  return true;
}

/** @param {Pair[]} pairs @param {object} x @param {object} y */
function pushValues(pairs, x, y) {
  const [a, b] = /** @type {AnyDict[]} */ ([x, y]);
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    if (!b.has(key)) return false;
    pairs.push([value, b.get(key)]);
  }
  return true;
}

/** @param {object} x typed array @param {object} y */
function areSame(x, y) {
  if (dtypeOf(x) !== dtypeOf(y)) return false;
  const [a, b] = /** @type {Float64Array[]} */ ([x, y]);
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
