/**
 * Writing lists, tuples, sets, dicts and arrays.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-containers
 */
import { describe, QbError } from '../base/errors.js';
import { FITS } from './codec.js';
import { metaOf } from './link.js';
import {
  DICT_ENTRY_BYTES,
  DTYPE_BYTES,
  DTYPES,
  FLAG,
  PACK_LIMITS,
  padded,
  SET_ENTRY_BYTES,
  slotsFor,
  TAG,
  UNHASHED_MAX,
} from './pack-format.js';
import { containerKind, equalKeys, hashKey } from './pack-hash.js';
import { narrowest, numbersOf, writeNumbers } from './pack-numbers.js';
import { nameOf, Part, refusal } from './pack-place.js';
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
  const items = Array.from(/** @type {Iterable<unknown>} */ (value));
  const isTuple = type === null && isTupleLike(value);
  const inner = type?.inner ?? null;
  if (inner !== null && inner.kind === 'struct') {
    const body = putStructs(packer, items, metaOf(inner.target), false, place);
    packer.pointToNew(at, type, value, body);
    return;
  }
  const structs = /** @type {{ structs?: import('./link.js').StructMeta | null }} */ (value)
    .structs;
  if (inner === null && structs) {
    packer.pointToNew(at, type, value, putStructs(packer, items, structs, isTuple, place));
    return;
  }
  packer.pointToNew(
    at,
    type,
    value,
    putItems(packer, items, isTuple, () => inner, place),
  );
}

/** @param {object} value */
function isTupleLike(value) {
  return value instanceof Tuple || /** @type {{ isTuple?: boolean }} */ (value).isTuple === true;
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
  const items = Array.from(/** @type {Iterable<unknown>} */ (value));
  const types = type.items ?? [];
  if (items.length !== types.length) throw refusal(place, type.allowed, 'object', value);
  packer.pointToNew(
    at,
    type,
    value,
    putItems(packer, items, true, (i) => types[i], place),
  );
}

/**
 * @param {Packer} packer
 * @param {unknown[]} items
 * @param {boolean} isTuple
 * @param {(index: number) => FieldType | null} typeAt
 * @param {Place} place
 * @returns {number} position of the body
 */
function putItems(packer, items, isTuple, typeAt, place) {
  const { out } = packer;
  const numbers = numbersOf(items, typeAt, place);
  const dtype = numbers === null ? -1 : narrowest(numbers);
  if (numbers !== null && dtype >= 0) {
    const flags = isTuple ? FLAG.TUPLE : 0;
    const bytes = numbers.length * DTYPE_BYTES[dtype];
    const body = out.body(TAG.NUMBERS, flags, dtype, numbers.length, bytes);
    writeNumbers(packer, body + 8, dtype, numbers);
    return body;
  }
  const body = out.body(isTuple ? TAG.TUPLE : TAG.LIST, 0, 0, items.length, items.length * 4);
  packer.tasks.push(() => {
    for (let i = 0; i < items.length; i++) {
      packer.putAs(body + 8 + i * 4, typeAt(i), items[i], new Part(place, i));
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

/* ---- sets ---- */

/**
 * @param {Packer} packer
 * @param {number} at
 * @param {object} value a Set or a packed set
 * @param {FieldType | null} type t.set(...), or null
 * @param {Place} place
 */
export function putSet(packer, at, value, type, place) {
  if (type !== null && packer.pointToKnown(at, type, value)) return; // else put() looked
  const { out } = packer;
  const members = [.../** @type {Set<unknown>} */ (value)];
  const inner = type?.inner ?? null;
  if (inner !== null) numbersOf(members, () => inner, place);
  const bits = putBitSet(packer, members);
  if (bits !== 0) {
    packer.pointToNew(at, type, value, bits);
    return;
  }
  const slots = slotsFor(members.length);
  const bytes = 8 + members.length * SET_ENTRY_BYTES + slots * 4;
  const body = out.body(TAG.SET, 0, 0, members.length, bytes);
  out.m.u32[(body + 8) >>> 2] = slots;
  packer.pointToNew(at, type, value, body);
  packer.tasks.push(() => {
    writeIndex(packer, body, members, SET_ENTRY_BYTES, slots, place);
    members.forEach((key, i) => {
      const slot = body + 16 + i * SET_ENTRY_BYTES + 4;
      putKey(packer, slot, key, inner, new Part(place, i));
    });
  });
}

/**
 * @param {Packer} packer
 * @param {unknown[]} members
 * @returns {number} position of the body, 0 when they are not for a bit set
 */
function putBitSet(packer, members) {
  let min = 2 ** 32;
  let max = -1;
  for (const member of members) {
    if (typeof member !== 'number' || member >>> 0 !== member) return 0;
    if (member < min) min = member;
    if (member > max) max = member;
  }
  const base = min - (min % 32);
  const words = Math.floor((max - base) / 32) + 1;
  const plainBytes = members.length * (SET_ENTRY_BYTES + 8) + slotsFor(members.length) * 4;
  if (max < 0 || words * 4 > plainBytes) return 0;
  const { out } = packer;
  const body = out.body(TAG.BITSET, 0, 0, words, 8 + words * 4);
  const { u32 } = out.m;
  u32[(body + 8) >>> 2] = members.length;
  u32[(body + 12) >>> 2] = base;
  for (const member of /** @type {number[]} */ (members)) {
    u32[((body + 16) >>> 2) + ((member - base) >>> 5)] |= 1 << (member & 31);
  }
  return body;
}

/* ---- dicts ---- */

/**
 * @param {Packer} packer
 * @param {number} at
 * @param {object} value a Map, packed dict or plain object
 * @param {FieldType | null} type t.dict(...), or null
 * @param {Place} place
 */
export function putDict(packer, at, value, type, place) {
  if (type !== null && packer.pointToKnown(at, type, value)) return; // else put() looked
  const { out } = packer;
  const isMap = containerKind(value) === 'dict';
  /** @type {unknown[]} */
  const keys = isMap ? [] : Object.keys(value);
  /** @type {unknown[]} */
  const values = [];
  if (isMap) {
    for (const [key, item] of /** @type {Map<unknown, unknown>} */ (value)) {
      keys.push(key);
      values.push(item);
    }
  } else {
    for (const key of keys)
      values.push(/** @type {Record<string, unknown>} */ (value)[String(key)]);
  }
  const isObject = !isMap || /** @type {{ isObject?: boolean }} */ (value).isObject === true;
  const [keyType = null, valueType = null] = type?.items ?? [];
  const slots = slotsFor(keys.length);
  const bytes = 8 + keys.length * DICT_ENTRY_BYTES + slots * 4;
  const body = out.body(TAG.DICT, isObject ? FLAG.OBJECT : 0, 0, keys.length, bytes);
  out.m.u32[(body + 8) >>> 2] = slots;
  packer.pointToNew(at, type, value, body);
  packer.tasks.push(() => {
    writeIndex(packer, body, keys, DICT_ENTRY_BYTES, slots, place);
    for (let i = 0; i < keys.length; i++) {
      const entry = body + 16 + i * DICT_ENTRY_BYTES;
      const where = new Part(place, keys[i]);
      putKey(packer, entry + 4, keys[i], keyType, where);
      packer.putAs(entry + 8, valueType, values[i], where);
    }
  });
}

/* ---- keys ---- */

/**
 * Writes a key. An array becomes a tuple.
 *
 * @param {Packer} packer
 * @param {number} at
 * @param {unknown} key
 * @param {FieldType | null} type
 * @param {Place} place
 */
export function putKey(packer, at, key, type, place) {
  const isUntyped = type === null || type.kind === 'any';
  if (!isUntyped || !Array.isArray(key)) packer.putAs(at, type, key, place);
  else
    packer.out.point(
      at,
      putItems(packer, key, true, () => null, place),
    );
}

/**
 * Hashes and slots of the entries.
 *
 * @param {Packer} packer
 * @param {number} body
 * @param {unknown[]} keys
 * @param {number} entryBytes
 * @param {number} slots
 * @param {Place} place
 * @throws {QbError} `DUPLICATE`
 */
function writeIndex(packer, body, keys, entryBytes, slots, place) {
  const { u32 } = packer.out.m;
  const table = (body + 16 + keys.length * entryBytes) >>> 2;
  /** @type {number[]} */
  const hashes = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const hash = hashKey(key);
    hashes.push(hash);
    u32[(body + 16 + i * entryBytes) >>> 2] = hash;
    if (keys.length <= UNHASHED_MAX) {
      for (let j = 0; j < i; j++) {
        if (hashes[j] === hash) checkDifferent(keys[j], key, place);
      }
      continue;
    }
    let slot = hash & (slots - 1);
    for (let other = u32[table + slot]; other !== 0; other = u32[table + slot]) {
      if (hashes[other - 1] === hash) checkDifferent(keys[other - 1], key, place);
      slot = (slot + 1) & (slots - 1);
    }
    u32[table + slot] = i + 1;
  }
}

/** @param {unknown} a @param {unknown} b @param {Place} place */
function checkDifferent(a, b, place) {
  if (!equalKeys(a, b)) return;
  throw new QbError(
    'DUPLICATE',
    `${nameOf(place)} has ${describe(a)} and ${describe(b)}, which are one key: packed keys are equal by ` +
      `value (up to ${PACK_LIMITS.KEY_DEPTH} deep).`,
    { given: b },
  );
}
