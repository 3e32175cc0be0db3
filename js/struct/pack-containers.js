import { FITS } from './codec.js';
import { metaOf } from './link.js';
import { DTYPE_BYTES, DTYPES, FLAG, padded, TAG } from './pack-format.js';
import { narrowest, numbersOf, writeNumbers } from './pack-numbers.js';
import { changedError, Part, refusal } from './pack-place.js';
import { putStructs } from './pack-struct.js';
import { dtypeOf, Tuple } from './pack-values.js';

/** @typedef {import('./pack-write.js').Packer} Packer */
/** @typedef {import('./pack-place.js').Place} Place */
/** @typedef {import('./types.js').FieldType} FieldType */
/** @typedef {import('./pack-values.js').Numbers} Numbers */

/* ---- lists ---- */

/**
 * @param {Packer} packer
 * @param {number} at
 * @param {object} value an array, typed array or packed sequence
 * @param {FieldType | null} type t.list(...), or null
 * @param {Place} place
 */
export function putSequence(packer, at, value, type, place) {
  if (type !== null && packer.pointToKnown(at, type, value)) return; // else put() looked
  const isTuple = type === null && isTupleLike(value);
  const inner = type?.inner ?? null;
  const structs = inner === null ? structsIn(value) : inner.kind === 'struct' ? inner.target : null;
  const body =
    structs === null
      ? putItems(packer, itemsOf(value), isTuple, inner, null, place)
      : putStructs(packer, itemsOf(value), metaOf(structs), isTuple, place);
  packer.pointToNew(at, type, value, body);
}

/** @param {object} value @returns {readonly unknown[]} itself when it is an array */
function itemsOf(value) {
  return Array.isArray(value) ? value : [.../** @type {Iterable<unknown>} */ (value)];
}

/** @param {object} value @returns {unknown} the class of what a view of structs has */
function structsIn(value) {
  if (Array.isArray(value)) return null;
  return (
    /** @type {{ structs?: import('./link.js').StructMeta | null }} */ (value).structs?.Class ??
    null
  );
}

/** @param {object} value */
function isTupleLike(value) {
  return Array.isArray(value)
    ? value instanceof Tuple
    : /** @type {{ isTuple?: boolean }} */ (value).isTuple === true;
}

/**
 * @param {Packer} packer
 * @param {number} at
 * @param {object} value
 * @param {FieldType} type t.tuple(...)
 * @param {Place} place
 */
export function putTuple(packer, at, value, type, place) {
  if (packer.pointToKnown(at, type, value)) return;
  const items = itemsOf(value);
  const types = type.items ?? [];
  if (items.length !== types.length) throw refusal(place, type.allowed, 'object', value);
  packer.pointToNew(at, type, value, putItems(packer, items, true, null, types, place));
}

/**
 * @param {Packer} packer
 * @param {readonly unknown[]} items
 * @param {boolean} isTuple
 * @param {FieldType | null} inner what all of them are, null for any
 * @param {readonly FieldType[] | null} types what each of them is, when they are of different types
 * @param {Place} place
 * @returns {number} position of the body
 */
export function putItems(packer, items, isTuple, inner, types, place) {
  const { out } = packer;
  const count = items.length;
  const numbers = numbersOf(items, inner, types, place);
  const dtype = numbers === null ? -1 : narrowest(numbers);
  if (numbers !== null && dtype >= 0) {
    const flags = isTuple ? FLAG.TUPLE : 0;
    const bytes = numbers.length * DTYPE_BYTES[dtype];
    const body = out.body(TAG.NUMBERS, flags, dtype, numbers.length, bytes);
    writeNumbers(packer, body + 8, dtype, numbers);
    return body;
  }
  const body = out.body(isTuple ? TAG.TUPLE : TAG.LIST, 0, 0, count, count * 4);
  if (count === 0) return body;
  const kept = place.keep();
  packer.tasks.push(() => {
    if (items.length !== count) throw changedError(kept, count, items.length);
    const where = new Part(kept, 0);
    for (let i = 0; i < count; i++) {
      where.key = i;
      packer.putAs(body + 8 + i * 4, types === null ? inner : types[i], items[i], where);
    }
  });
  return body;
}

/* ---- arrays ---- */

/**
 * @param {Packer} packer
 * @param {number} at
 * @param {object} identity
 * @param {Numbers} data
 * @param {readonly number[]} shape
 * @param {number} flags
 */
export function putNdArray(packer, at, identity, data, shape, flags) {
  const { out } = packer;
  const dtype = DTYPES.indexOf(dtypeOf(data) ?? 'u8');
  const shapeBytes = padded(shape.length * 4);
  const bytes = shapeBytes + data.length * DTYPE_BYTES[dtype];
  const body = out.body(TAG.NDARRAY, flags, dtype | (shape.length << 8), data.length, bytes);
  shape.forEach((size, i) => {
    out.m.u32[(body + 8 + i * 4) >>> 2] = size;
  });
  writeNumbers(packer, body + 8 + shapeBytes, dtype, data);
  packer.pointToNew(at, null, identity, body);
}

/**
 * @param {Packer} packer
 * @param {number} at
 * @param {unknown} value
 * @param {FieldType} type t.array(...)
 * @param {Place} place
 */
export function putFixedArray(packer, at, value, type, place) {
  const inner = /** @type {FieldType} */ (type.inner);
  const kind = /** @type {import('./types.js').NumericKind} */ (inner.kind);
  const isList = Array.isArray(value) || dtypeOf(value) !== null;
  const items = isList ? Array.from(/** @type {Iterable<number>} */ (value)) : [];
  if (!isList || items.length !== type.count || !items.every((item) => FITS[kind](item))) {
    throw refusal(place, type.allowed, 'object', value);
  }
  const data = packer.out.m[kind].constructor;
  const Data = /** @type {new (from: unknown[]) => Numbers} */ (data);
  const made = new Data(items);
  putNdArray(packer, at, made, made, [made.length], FLAG.PLAIN);
}
