/**
 * Writing sets and dicts: their entries, and the tables by which keys are found.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-keyed
 */
import { describe, QbError } from '../base/errors.js';
import { FieldTypeError } from './errors.js';
import { putItems } from './pack-containers.js';
import {
  COUNT,
  DICT_ENTRY_BYTES,
  FLAG,
  PACK_LIMITS,
  SET_ENTRY_BYTES,
  slotsFor,
  TAG,
} from './pack-format.js';
import { containerKind, equalKeys, hashKey } from './pack-hash.js';
import { numbersOf } from './pack-numbers.js';
import { changedError, nameOf, Part, refusal } from './pack-place.js';

/** @typedef {import('./pack-write.js').Packer} Packer */
/** @typedef {import('./pack-place.js').Place} Place */
/** @typedef {import('./types.js').FieldType} FieldType */

const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size')?.get;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size')?.get;

/**
 * Refuses a Proxy of a Map or Set, and what only has its prototype.
 *
 * @param {object} value
 * @param {(() => number) | undefined} size
 * @param {Place} place
 */
function checkOwn(value, size, place) {
  try {
    size?.call(value);
  } catch {
    const name = size === mapSize ? 'Map' : 'Set';
    const shown = `a Proxy of a ${name}, or what has its prototype only`;
    throw refusal(place, `the ${name} itself`, 'object', value, shown);
  }
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
  if (value instanceof Set) checkOwn(value, setSize, place);
  const members = [.../** @type {Set<unknown>} */ (value)];
  const inner = type?.inner ?? null;
  if (inner !== null) numbersOf(members, inner, null, place);
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
  const kept = place.keep();
  packer.tasks.push(() => {
    const where = new Part(kept, 0);
    for (let i = 0; i < members.length; i++) {
      where.key = i;
      putEntryKey(packer, body + 16 + i * SET_ENTRY_BYTES, members[i], inner, where, i);
    }
    writeIndex(packer, body, members, SET_ENTRY_BYTES, slots, kept);
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
  if (value instanceof Map) checkOwn(value, mapSize, place);
  const count = isMap
    ? /** @type {Map<unknown, unknown>} */ (value).size
    : Object.keys(value).length;
  const isObject = !isMap || /** @type {{ isObject?: boolean }} */ (value).isObject === true;
  const slots = slotsFor(count);
  const bytes = 8 + count * DICT_ENTRY_BYTES + slots * 4;
  const body = out.body(TAG.DICT, isObject ? FLAG.OBJECT : 0, 0, count, bytes);
  out.m.u32[(body + 8) >>> 2] = slots;
  packer.pointToNew(at, type, value, body);
  if (count === 0) return;
  const kept = place.keep();
  packer.tasks.push(() => {
    const keys = isMap
      ? putEntries(packer, body, /** @type {Map<unknown, unknown>} */ (value), type, kept)
      : putProperties(packer, body, value, type, kept);
    const isDistinct = !isMap && slots === 0;
    if (!isDistinct) writeIndex(packer, body, keys, DICT_ENTRY_BYTES, slots, kept);
  });
}

/**
 * @param {Packer} packer
 * @param {number} body of a dict with room for them
 * @param {object} object plain
 * @param {FieldType | null} type
 * @param {Place} place
 * @returns {readonly string[]} keys
 */
function putProperties(packer, body, object, type, place) {
  const keys = Object.keys(object);
  const { length } = keys;
  const count = packer.out.m.u32[(body + COUNT) >>> 2];
  if (length !== count) throw changedError(place, count, length);
  const keyType = type?.items?.[0] ?? null;
  const valueType = type?.items?.[1] ?? null;
  const where = new Part(place, '');
  for (let i = 0; i < length; i++) {
    const key = keys[i];
    const entry = body + 16 + i * DICT_ENTRY_BYTES;
    where.key = key;
    putEntryKey(packer, entry, key, keyType, where, length + i);
    packer.putAs(entry + 8, valueType, /** @type {Record<string, unknown>} */ (object)[key], where);
  }
  return keys;
}

/**
 * @param {Packer} packer
 * @param {number} body of a dict with room for them
 * @param {Iterable<[unknown, unknown]>} map
 * @param {FieldType | null} type
 * @param {Place} place
 * @returns {readonly unknown[]} keys
 */
function putEntries(packer, body, map, type, place) {
  const count = packer.out.m.u32[(body + COUNT) >>> 2];
  const keyType = type?.items?.[0] ?? null;
  const valueType = type?.items?.[1] ?? null;
  /** @type {unknown[]} */
  const keys = [];
  const where = new Part(place, null);
  for (const [key, value] of map) {
    const entry = body + 16 + keys.length * DICT_ENTRY_BYTES;
    if (keys.push(key) > count) break;
    where.key = key;
    putEntryKey(packer, entry, key, keyType, where, keys.length);
    packer.putAs(entry + 8, valueType, value, where);
  }
  if (keys.length !== count) throw changedError(place, count, keys.length);
  return keys;
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
  else packer.out.point(at, putItems(packer, key, true, null, null, place));
}

/**
 * Writes the hash of a key, and the key.
 *
 * @param {Packer} packer
 * @param {number} entry position
 * @param {unknown} key
 * @param {FieldType | null} type
 * @param {Place} place
 * @param {number} hint the same for keys that are likely the same
 */
function putEntryKey(packer, entry, key, type, place, hint) {
  if (typeof key === 'string' && (type === null || type.kind === 'string')) {
    packer.checkText(key, place);
    packer.texts.writeKey(key, entry + 4, hint);
    return;
  }
  packer.out.m.u32[entry >>> 2] = hashOf(key, place);
  putKey(packer, entry + 4, key, type, place);
}

/**
 * @param {unknown} key
 * @param {Place} place of it
 * @returns {number}
 * @throws {QbError} that of hashKey, with the place of the set or dict
 */
function hashOf(key, place) {
  try {
    return hashKey(key);
  } catch (error) {
    if (!(error instanceof QbError)) throw error;
    const message = `${nameOf(place.parent)}: ${error.message}`;
    throw error.code === 'TYPE'
      ? new FieldTypeError(message, '', key)
      : new QbError(error.code, message);
  }
}

/**
 * The table of entries that have their hashes already.
 *
 * @param {Packer} packer
 * @param {number} body
 * @param {readonly unknown[]} keys
 * @param {number} entryBytes
 * @param {number} slots
 * @param {Place} place
 * @throws {QbError} `DUPLICATE`
 */
function writeIndex(packer, body, keys, entryBytes, slots, place) {
  const { u32 } = packer.out.m;
  const entries = (body + 16) >>> 2;
  const step = entryBytes >>> 2;
  const table = entries + keys.length * step;
  for (let i = 0; i < keys.length; i++) {
    const hash = u32[entries + i * step];
    if (slots === 0) {
      for (let j = 0; j < i; j++) {
        if (u32[entries + j * step] === hash) checkDifferent(keys[j], keys[i], place);
      }
      continue;
    }
    let slot = hash & (slots - 1);
    for (let other = u32[table + slot]; other !== 0; other = u32[table + slot]) {
      if (u32[entries + (other - 1) * step] === hash) {
        checkDifferent(keys[other - 1], keys[i], place);
      }
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
