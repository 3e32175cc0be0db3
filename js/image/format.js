/**
 * The numbers of docs/format.md, "Images": the header of a file, and the containers in it.
 *
 *     header    | QBIMAGE\n | version, oldest, flags | bytes | root | types | checksums |      64 bytes
 *     array     | 32 | flags | aux | 0    | count | stride | ...                               48 bytes
 *     map       | 33 | flags | aux | kind | count | slots  | ...                               72 bytes
 *
 * Layer: image. Any thread.
 *
 * @module image/format
 */
import { UNHASHED_MAX } from '../struct/pack-format.js';

export const IMAGE_VERSION = 1;
export const IMAGE_OLDEST_READER = 1;

/** The characters `QBIM` and `AGE\n`. */
export const IMAGE_MAGIC = Object.freeze([0x4d494251, 0x0a454741]);

/** Offsets in the header. */
export const HEADER = Object.freeze({
  VERSION: 8,
  OLDEST: 10,
  FLAGS: 12,
  FILE_BYTES: 16,
  ROOT: 24,
  TYPES: 32,
  CHECKSUM: 40,
  HEADER_CHECKSUM: 60,
  BYTES: 64,
});

/** Tags of bodies that stand in images only. */
export const CONTAINER_TAG = Object.freeze({ ARRAY: 32, MAP: 33 });

/** Flags of containers. */
export const CONTAINER_FLAG = Object.freeze({
  STRUCTS: 1,
  MULTI: 2,
  APPROXIMATE: 4,
  ORDERED: 8,
  NO_VALUES: 16,
  DEDUPED: 32,
  WIDE: 64,
  NUMBERS: 128,
});

/** Offsets in the body of an array. */
export const ARRAY = Object.freeze({ COUNT: 8, STRIDE: 16, DATA: 24, STARTS: 32, BYTES: 48 });

/** Offsets in the body of a map. */
export const MAP = Object.freeze({
  KIND: 4,
  COUNT: 8,
  SLOTS: 16,
  STRIDE: 20,
  INDEX: 24,
  KEYS: 32,
  TEXT: 40,
  VALUES: 48,
  STARTS: 56,
  DATA: 64,
  BYTES: 72,
});

/** `aux` of an array whose elements are texts. */
export const AUX_TEXTS = 1;

/** What the keys of a map are; numbers: NUMBERS + dtype. */
export const KEY_KIND = Object.freeze({ STRINGS: 0, ANY: 1, NUMBERS: 16 });

/** Parts begin at multiples of this. */
export const PART_ALIGN_BYTES = 64;
/** One slot of an index: entry + 1, hash. */
export const SLOT_BYTES = 8;
/** Bodies in `data` are counted in this unit. */
export const REFERENCE_UNIT_BYTES = 8;
/** A reference to `undefined`. */
export const NO_BODY = 0xffffffff;
/** What this reader opens, and this writer writes: offsets of a buffer are 32 bits. */
export const IMAGE_BYTES_MAX = 2 ** 32 - 8;

/**
 * @param {number} count keys
 * @param {boolean} always whether an index is needed however few keys there are
 * @returns {number} slots of the index: a power of two, at least 4/3 of the keys; 0 for none
 */
export function indexSlots(count, always) {
  if (count === 0 || (count <= UNHASHED_MAX && !always)) return 0;
  let slots = 2;
  while (slots * 3 < count * 4) slots *= 2;
  return slots;
}
