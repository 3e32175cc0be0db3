/**
 * The numbers of docs/format.md: tags, flags, element types and limits.
 *
 *     head   | bytes u32 | version u8 | oldest u8 | "QV" | root | types |      16 bytes
 *     body   | tag u8 | flags u8 | aux u16 | count u32 | content ... |          aligned to 8
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-format
 */
import { QbError } from '../base/errors.js';

export const VERSION = 1;
export const OLDEST_READER = 1;
export const HEAD = Object.freeze({
  BYTES: 16,
  VERSION: 4,
  OLDEST: 5,
  MAGIC: 6,
  ROOT: 8,
  TYPES: 12,
});
/** The characters QV. */
export const MAGIC = 0x5651;
export const BODY_BYTES = 8;
/** Offsets within a body. */
export const FLAGS = 1;
export const AUX = 2;
export const COUNT = 4;

export const TAG = Object.freeze({
  NULL: 1,
  FALSE: 2,
  TRUE: 3,
  INT32: 4,
  INT64: 5,
  UINT64: 6,
  F64: 7,
  BIGINT: 8,
  STRING: 9,
  BYTES: 10,
  LIST: 11,
  TUPLE: 12,
  NUMBERS: 13,
  SET: 14,
  BITSET: 15,
  DICT: 16,
  DATE: 17,
  DECIMAL: 18,
  NDARRAY: 19,
  STRUCT: 20,
  STRUCTS: 21,
  TYPES: 22,
  /** From here on: bodies that stand in images only. */
  CONTAINERS: 32,
});

export const FLAG = Object.freeze({
  BIG: 1,
  NEGATIVE: 2,
  UTF16: 4,
  TUPLE: 8,
  OBJECT: 16,
  ZONE: 32,
  WALL: 64,
  PLAIN: 128,
});

/**
 * Tags that a pointer of a kind may lead to; `any` leads to all.
 *
 * @type {Readonly<Record<string, readonly number[]>>}
 */
export const KIND_TAGS = Object.freeze({
  string: [TAG.STRING],
  bytes: [TAG.BYTES],
  ref: [TAG.STRUCT],
  list: [TAG.LIST, TAG.TUPLE, TAG.NUMBERS, TAG.STRUCTS],
  tuple: [TAG.LIST, TAG.TUPLE, TAG.NUMBERS, TAG.STRUCTS],
  set: [TAG.SET, TAG.BITSET],
  dict: [TAG.DICT],
  decimal: [TAG.DECIMAL],
  datetime: [TAG.DATE],
  ndarray: [TAG.NDARRAY],
});

/** Kinds that stand behind a pointer. @type {readonly import('./types.js').Kind[]} */
export const POINTER_KINDS = Object.freeze(
  /** @type {const} */ ([
    'string',
    'bytes',
    'any',
    'ref',
    'list',
    'tuple',
    'set',
    'dict',
    'decimal',
    'datetime',
    'ndarray',
  ]),
);

/** Element types, by their code. */
export const DTYPES = Object.freeze(
  /** @type {const} */ (['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64', 'f32', 'f64']),
);
export const DTYPE_BYTES = Object.freeze([1, 1, 2, 2, 4, 4, 8, 8, 4, 8]);

/** @typedef {import('./types.js').NumericKind} DType */

/** Presence bytes of optional fields. */
export const PRESENCE = Object.freeze({ UNSET: 0, VALUE: 1, NULL: 2 });

/** Bytes of an entry of a set, of a dict, and of a type table. */
export const SET_ENTRY_BYTES = 8;
export const DICT_ENTRY_BYTES = 12;
export const TYPE_ENTRY_BYTES = 16;
/** Up to this many entries are searched one by one. */
export const UNHASHED_MAX = 8;

export const PACK_LIMITS = Object.freeze({
  /** Default of the largest packed value that is written. */
  BYTES: 2 ** 30,
  BYTES_MAX: 2 ** 32 - 8,
  TEXT_BYTES: 2 ** 30,
  MAGNITUDE_BYTES: 65536,
  DIMENSIONS: 32,
  KEY_DEPTH: 64,
  /** Values, and 8 bytes of text each, that one key may have in it. */
  KEY_VALUES: 2 ** 22,
  TYPES: 65535,
  LAYOUT_BYTES: 2 ** 24,
  ZONE_MINUTES: 1440,
});

/**
 * @param {number} count entries of a set or dict
 * @returns {number} slots of its hash table
 */
export function slotsFor(count) {
  if (count <= UNHASHED_MAX) return 0;
  let slots = 16;
  while (slots * 3 < count * 4) slots *= 2;
  return slots;
}

/**
 * @param {number} bytes
 * @returns {number} rounded up to a multiple of 8
 */
export function padded(bytes) {
  return bytes < 2 ** 30 ? (bytes + 7) & -8 : Math.ceil(bytes / 8) * 8;
}

/**
 * @param {string} what is wrong
 * @param {number} offset from the start of the packed value or image
 * @returns {QbError}
 */
export function corruptError(what, offset) {
  return new QbError(
    'CORRUPT',
    `packed bytes: ${what}, at offset ${offset}. The bytes were damaged, or are not of this format.`,
    { address: offset },
  );
}
