/**
 * Field types whose values are packed: lists, tuples, sets, dicts, decimals, dates with zone, arrays with shape.
 *
 * `t` of this module has these and all of `t` of the main entry.
 *
 *     struct('Article', { tags: t.list(t.string), price: t.decimal, votes: t.dict(t.string, t.u32) })
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-fields
 */
import { describe } from '../base/errors.js';
import { FieldTypeError } from './errors.js';
import { DTYPES } from './pack-format.js';
import { TYPE_DEPTH_MAX } from './record.js';
import { t as basic, FieldType } from './types.js';

/** @typedef {import('./pack-values.js').NdArray} NdArray */

/**
 * @param {string} what
 * @param {unknown} inner
 * @returns {FieldType}
 */
function checkInner(what, inner) {
  if (inner instanceof FieldType) {
    if (depthOf(inner) < TYPE_DEPTH_MAX - 1) return inner; // one is left for t.optional
    throw new FieldTypeError(
      `t.${what}: field types nest at most ${TYPE_DEPTH_MAX - 1} deep. Put the inner ones into a struct, ` +
        'or use t.any.',
      '',
    );
  }
  throw new FieldTypeError(
    `t.${what} takes field types, not ${describe(inner)}; give one of t, as t.string.`,
    '',
    inner,
  );
}

/** @param {FieldType} type @returns {number} */
function depthOf({ inner, items, names, target }) {
  if (inner === null && items === null) return names === null && target === null ? 0 : 1;
  return 1 + Math.max(0, ...[inner, ...(items ?? [])].map((part) => (part ? depthOf(part) : 0)));
}

/**
 * @template {import('./types.js').PackedKind} K
 * @param {K} kind
 * @param {string} allowed
 * @param {{ inner?: FieldType, items?: readonly FieldType[], names?: readonly string[] }} [traits]
 * @returns {FieldType<K>}
 */
export function packed(kind, allowed, traits) {
  return new FieldType(kind, 4, 4, { allowed, jsType: 'object', ...traits });
}

/**
 * Any number of values of one type. Numbers stand in the narrowest typed array, structs in place one behind
 * the other, everything else behind pointers.
 *
 * @template T
 * @param {T} inner
 * @returns {FieldType<'list'> & import('./pack-infer.js').ListType<T>}
 */
function list(inner) {
  const type = checkInner('list', inner);
  return /** @type {never} */ (packed('list', `an array of ${type}`, { inner: type }));
}

/**
 * One value of each of the types.
 *
 * @template {readonly unknown[]} T
 * @param {T} items
 * @returns {FieldType<'tuple'> & import('./pack-infer.js').TupleType<T>}
 */
function tuple(...items) {
  const types = items.map((item) => checkInner('tuple', item));
  const allowed = `an array of ${types.length} values: ${types.join(', ')}`;
  return /** @type {never} */ (packed('tuple', allowed, { items: types }));
}

/**
 * Different values of one type, equal by value.
 *
 * @template T
 * @param {T} inner
 * @returns {FieldType<'set'> & import('./pack-infer.js').SetType<T>}
 */
function set(inner) {
  const type = checkInner('set', inner);
  return /** @type {never} */ (packed('set', `a Set of ${type}`, { inner: type }));
}

/**
 * Keys and their values.
 *
 * @template K, V
 * @param {K} key
 * @param {V} value
 * @returns {FieldType<'dict'> & import('./pack-infer.js').DictType<K, V>}
 */
function dict(key, value) {
  const items = [checkInner('dict', key), checkInner('dict', value)];
  const allowed = `a Map from ${items[0]} to ${items[1]}, or an object`;
  return /** @type {never} */ (packed('dict', allowed, { items }));
}

/**
 * Numbers with a shape.
 *
 * @param {import('./types.js').NumericKind} [dtype] of the elements; any when left out
 * @returns {FieldType<'ndarray'> & import('./infer.js').FieldTypeOf<NdArray | undefined>}
 */
function ndarray(dtype) {
  if (dtype !== undefined && !DTYPES.includes(dtype)) {
    throw new FieldTypeError(
      `t.ndarray takes one of ${DTYPES.map((name) => `'${name}'`).join(', ')}, not ${describe(dtype)}.`,
      '',
      dtype,
    );
  }
  const names = dtype === undefined ? undefined : Object.freeze([dtype]);
  return packed('ndarray', `an NdArray${dtype === undefined ? '' : ` of ${dtype}`}`, { names });
}

/** @type {FieldType<'decimal'> & import('./infer.js').FieldTypeOf<import('./pack-values.js').Decimal | undefined>} */
const decimal = packed('decimal', 'a Decimal');

/** @type {FieldType<'datetime'> & import('./infer.js').FieldTypeOf<import('./pack-values.js').DateTime | undefined>} */
const datetime = packed('datetime', 'a DateTime or Date');

const packedTypes = Object.freeze({
  /** `t.list(t.string)`: any number of values of one type. */
  list,
  /** `t.tuple(t.u8, t.string)`: one value of each of the types. */
  tuple,
  /** `t.set(t.string)`: different values of one type. */
  set,
  /** `t.dict(t.string, t.u32)`: keys and their values. */
  dict,
  /** A {@link Decimal}: digits and a power of ten. */
  decimal,
  /** A {@link DateTime}: a date and time with its zone, or of the clock on the wall. */
  datetime,
  /** `t.ndarray('f32')`: an {@link NdArray}, numbers with a shape. */
  ndarray,
});

/** The field types, with those that are packed. @type {typeof basic & typeof packedTypes} */
export const t = Object.freeze({ ...basic, ...packedTypes });
