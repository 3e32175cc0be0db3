/**
 * Deep equality of values of which some are packed: lists, sets, dicts and structs by what is in them.
 *
 * It works through a list of pairs. A pair that is met again is not compared again, so cycles end. There is a bound on
 * the work: foreign bytes can have few bodies and many pairs of them.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-equal
 */
import { QbError } from '../base/errors.js';
import { readField } from './codec.js';
import { containerKind, equalKeys } from './pack-hash.js';
import { metered } from './pack-meter.js';
import { UnknownStruct } from './pack-moved.js';
import { dtypeOf, NdArray } from './pack-values.js';
import { isView, metaOfView } from './reflect.js';

/** @typedef {import('./scope.js').View} View */
/** @typedef {[unknown, unknown]} Pair */
/** @typedef {{ readonly size: number, has(key: unknown): boolean, get(key: unknown): unknown } &
 *   Iterable<Pair>} AnyDict */
/** @typedef {{ readonly length: number, at(index: number): unknown }} AnyList */

/** Pairs of values: more than two packed values of the usual bound can have, unless their parts are shared. */
const PAIRS_MAX = 2 ** 28;
/** Those of objects, which are remembered. */
const OBJECT_PAIRS_MAX = 2 ** 23;
/** Of texts that are decoded. */
const TEXT_BYTES_MAX = 2 ** 33;

/**
 * @param {unknown} a
 * @param {unknown} b
 * @returns {boolean}
 * @throws {QbError} `LIMIT`; `CORRUPT`, `SCHEMA` when a damaged part is reached
 */
export function equalPacked(a, b) {
  const areObjects = typeof a === 'object' && typeof b === 'object';
  if (!areObjects) return equalKeys(a, b);
  return metered(TEXT_BYTES_MAX, () => new Comparison().run(a, b), false);
}

/**
 * One comparison.
 */
class Comparison {
  /** What an object was compared with: one other object, or a set of them. @type {Map<object, object>} */
  #met = new Map();
  #pairsLeft = PAIRS_MAX;
  #objectPairsLeft = OBJECT_PAIRS_MAX;

  /** @param {unknown} a @param {unknown} b */
  run(a, b) {
    /** Of the objects that are being compared, what is left of their parts. @type {Iterator<Pair>[]} */
    const path = [[/** @type {Pair} */ ([a, b])][Symbol.iterator]()];
    for (let parts = path.at(-1); parts !== undefined; parts = path.at(-1)) {
      const { value: pair, done } = parts.next();
      if (done) {
        path.pop();
        continue;
      }
      if (--this.#pairsLeft < 0) throw tooMany();
      const [x, y] = pair;
      if (x === y) continue;
      if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null) {
        if (!equalKeys(x, y)) return false;
      } else if (!this.#isMet(x, y)) {
        const inner = partsOf(x, y);
        if (inner === false) return false;
        if (inner !== true) path.push(inner);
      }
    }
    return true;
  }

  /** @param {object} x @param {object} y */
  #isMet(x, y) {
    if (--this.#objectPairsLeft < 0) throw tooMany();
    const others = this.#met.get(x);
    if (others === undefined) this.#met.set(x, y);
    else if (others instanceof Others) {
      if (others.has(y)) return true;
      others.add(y);
    } else {
      if (others === y) return true;
      this.#met.set(x, new Others([others, y]));
    }
    return false;
  }
}

/** Told from an object that is compared. @extends {Set<object>} */
class Others extends Set {}

function tooMany() {
  return new QbError(
    'LIMIT',
    `comparing these values takes more than ${OBJECT_PAIRS_MAX} pairs of objects, or ${PAIRS_MAX} in all: they are very ` +
      'large, or share their parts in many ways. Compare their bytes, or parts of them.',
  );
}

/**
 * Compares two objects but for their parts.
 *
 * @param {object} x
 * @param {object} y
 * @returns {boolean | Iterator<Pair>} whether they are equal, or pairs that must be
 */
function partsOf(x, y) {
  if (x instanceof UnknownStruct || y instanceof UnknownStruct) return partsOfUnknown(x, y);
  if (isView(x) || isView(y)) return isView(x) && isView(y) && partsOfStructs(x, y);
  if (x instanceof NdArray) {
    return y instanceof NdArray && String(x.shape) === String(y.shape) && areSame(x.data, y.data);
  }
  if (dtypeOf(x) !== null) return areSame(x, y);
  const kind = kindOf(x);
  if (kind !== kindOf(y)) return false;
  if (kind === 'sequence') return partsOfLists(x, y);
  if (kind === 'dict') return partsOfDicts(dictOf(x), dictOf(y));
  return equalKeys(x, y);
}

/** @param {object} value @returns {string} as containerKind; a plain object is a dict */
function kindOf(value) {
  return containerKind(value) || (isPlain(value) ? 'dict' : '');
}

/** @param {object} value */
function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** @param {object} value @returns {AnyDict} */
function dictOf(value) {
  return isPlain(value) ? new Map(Object.entries(value)) : /** @type {AnyDict} */ (value);
}

/** @param {View} x @param {View} y */
function partsOfStructs(x, y) {
  const { schema } = metaOfView(x);
  return schema === metaOfView(y).schema && fieldPairs(schema, x, y);
}

/** @param {import('./schema.js').Schema} schema @param {View} x @param {View} y @returns {Generator<Pair>} */
function* fieldPairs({ list }, x, y) {
  for (const field of list) {
    yield [readField(field, x.m, x.address), readField(field, y.m, y.address)];
  }
}

/** Structs that only the bytes know: by the names of their fields. @param {object} x @param {object} y */
function partsOfUnknown(x, y) {
  if (!(x instanceof UnknownStruct && y instanceof UnknownStruct)) return false;
  const [a, b] = [new Map(x), new Map(y)];
  const isSame = a.size === b.size && [...a.keys()].every((name) => b.has(name));
  return (
    isSame && [...a].map(([name, value]) => /** @type {Pair} */ ([value, b.get(name)])).values()
  );
}

/** @param {object} x @param {object} y */
function partsOfLists(x, y) {
  const [a, b] = /** @type {AnyList[]} */ ([x, y]);
  return a.length === b.length && elementPairs(a, b);
}

/** @param {AnyList} a @param {AnyList} b @returns {Generator<Pair>} */
function* elementPairs(a, b) {
  for (let i = 0; i < a.length; i++) yield [a.at(i), b.at(i)];
}

/** @param {AnyDict} x @param {AnyDict} y */
function partsOfDicts(x, y) {
  // A Map knows keys that are objects by identity, so the other one is asked.
  const [a, b] = y instanceof Map ? [y, x] : [x, y];
  return a.size === b.size && entryPairs(a, b);
}

/**
 * @param {AnyDict} a
 * @param {AnyDict} b
 * @returns {Generator<Pair>} values of each key, and before them a pair that differs when one is missing
 */
function* entryPairs(a, b) {
  for (const [key, value] of a) {
    yield [true, b.has(key)];
    yield [value, b.get(key)];
  }
}

/** @param {object} x typed array @param {object} y */
function areSame(x, y) {
  if (dtypeOf(x) !== dtypeOf(y)) return false;
  const [a, b] = /** @type {Float64Array[]} */ ([x, y]);
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
