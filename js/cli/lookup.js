/**
 * Finding a value by a key that was typed.
 *
 *     CONTAINER/K    in one container          K    in all that have it
 *
 * A typed key is text, so it is tried as what it may be: a string, a number, or JSON such as [1,"a"] for keys of
 * other kinds.
 *
 * Layer: entries. Any runtime.
 *
 * @module cli/lookup
 */
import { QbError } from '../base/errors.js';
import { ImageMap } from '../image/map.js';
import { ImageMultiMap } from '../image/multi-map.js';
import { ImageSet } from '../image/set.js';
import { PackedDict } from '../struct/pack-dict.js';
import { PackedList } from '../struct/pack-list.js';
import { PackedSet } from '../struct/pack-set.js';
import { tupleOf } from '../struct/pack-values.js';

/** @typedef {{ name: string, value: unknown }} Found */

/**
 * @param {readonly [name: string, value: unknown][]} values names and values of a root; one alone without a name is
 *   the root itself
 * @param {string} key
 * @param {string | undefined} container where to look; undefined: the key says it, or everywhere
 * @returns {Found[]}
 */
export function find(values, key, container) {
  if (container !== undefined) return foundIn(values, container, key);
  const slash = key.indexOf('/');
  if (slash > 0) {
    const found = foundIn(values, key.slice(0, slash), key.slice(slash + 1));
    if (found.length > 0) return found;
  }
  const found = values.flatMap(([name]) => foundIn(values, name, key));
  const own = values.find(([name]) => name === key && name !== '');
  if (own !== undefined) found.unshift({ name: key, value: own[1] });
  return found;
}

/** @param {readonly [string, unknown][]} values @param {string} name @param {string} key @returns {Found[]} */
function foundIn(values, name, key) {
  const named = values.find(([one]) => one === name);
  const found = named === undefined ? null : lookIn(named[1], key);
  return found === null ? [] : [{ name, value: found.value }];
}

/**
 * @param {unknown} value
 * @param {string} key of it; or a path through values in each other, as `address/city`
 * @returns {{ value: unknown } | null} null when there is none
 */
function lookIn(value, key) {
  const found = valueAt(value, key);
  const isContainer =
    value instanceof ImageMap || value instanceof ImageMultiMap || value instanceof ImageSet;
  const slash = key.indexOf('/');
  if (found !== null || slash < 0 || isContainer) return found;
  const outer = valueAt(value, key.slice(0, slash));
  return outer === null ? null : lookIn(outer.value, key.slice(slash + 1));
}

/** @param {unknown} value @param {string} key @returns {{ value: unknown } | null} */
function valueAt(value, key) {
  if (typeof value !== 'object' || value === null) return null;
  if (value instanceof PackedList || ArrayBuffer.isView(value)) {
    const list = /** @type {ArrayLike<unknown> & { at(index: number): unknown }} */ (
      /** @type {unknown} */ (value)
    );
    const index = /^-?\d{1,15}$/.test(key) ? Number(key) : Number.NaN;
    const isIn = index < list.length && index >= -list.length;
    return isIn ? { value: list.at(index) } : null;
  }
  if (value instanceof PackedSet) {
    const member = firstKey(key, (one) => value.has(one));
    if (member === undefined) return null;
    return { value: value instanceof ImageSet ? value.indexOf(member) : true };
  }
  if (value instanceof PackedDict) {
    const own = firstKey(key, (one) => value.has(one));
    return own === undefined ? null : { value: value.get(own) };
  }
  return fieldOf(value, key);
}

/** @param {object} value maybe a struct @param {string} key @returns {{ value: unknown } | null} */
function fieldOf(value, key) {
  if (!('equals' in value) || !(Symbol.iterator in value)) return null;
  const fields = /** @type {Iterable<[string, unknown]>} */ (value);
  for (const [name, field] of fields) if (name === key) return { value: field };
  return null;
}

/**
 * The first that is there of what a typed key may mean.
 *
 * @param {string} text
 * @param {(key: unknown) => boolean} has
 * @returns {unknown} undefined when none is
 */
function firstKey(text, has) {
  for (const key of meaningsOf(text)) {
    try {
      if (has(key)) return key;
    } catch (error) {
      const isNoKey = error instanceof QbError && error.code === 'TYPE';
      if (!isNoKey) throw error;
    }
  }
  return undefined;
}

/** @param {string} text @returns {Generator<unknown, void>} */
function* meaningsOf(text) {
  yield text;
  if (/^-?\d+$/.test(text)) {
    yield BigInt(text);
    return;
  }
  if (/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$|^-?Infinity$|^NaN$/i.test(text)) yield Number(text);
  try {
    const value = JSON.parse(text);
    yield Array.isArray(value) ? tupleOf(value) : value;
  } catch {
    // it is no JSON, and that is all right
  }
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) yield new Date(time);
}
