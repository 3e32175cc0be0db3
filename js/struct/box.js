/**
 * Boxes: values of variable size beside the struct they belong to.
 *
 *     | tag u32 | byte count u32 | bytes ... |        aligned to 8
 *
 * A box is written completely before its address is published (slot.js) and never changes afterwards. The
 * format is private to this version: boxes do not leave the memory.
 *
 * Reading trusts nothing: the byte count is compared with the end of the memory, a tag that is none is an
 * error.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/box
 */
import { QbError } from '../base/errors.js';
import { FieldRangeError } from './errors.js';
import { arenaAddressAt, cover, scopeOf } from './scope.js';
import {
  copyBytes,
  decodeUtf8,
  decodeUtf16,
  encodeUtf8,
  encodeUtf16,
  isIllFormed,
} from './strings.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('./schema.js').Field} Field */

const BOX_HEADER_BYTES = 8;
const BOX_ALIGN_BYTES = 8;
/** Longest box: what a string or byte array may have. */
const BOX_BYTES_MAX = 2 ** 30;
/** A unit of a string may become three bytes. */
const STRING_UNITS_MAX = Math.floor(BOX_BYTES_MAX / 3);

/** What is in a box. */
export const BOX = Object.freeze({ UTF8: 1, UTF16: 2, NUMBER: 3, BIGINT: 4, DATE: 5, BYTES: 6 });

/**
 * Room for a box next to its struct, with its header written.
 *
 * @param {MemoryTable} m
 * @param {number} slot address
 * @param {number} tag
 * @param {number} bytes
 * @param {Field} field for errors
 * @returns {number} address of the box
 */
function allocateBox(m, slot, tag, bytes, field) {
  void m.u32[slot >>> 2]; // a closed scope says so, whatever the value
  const scope = scopeOf(m);
  if (scope.kind === 'heap' && arenaAddressAt(m, slot) !== 0) {
    throw new QbError(
      'OWNER',
      `${field.owner}.${field.name}: the struct stands in an arena of another thread, and only that ` +
        'thread can put a longer value there. Numbers and strings of up to 3 characters fit in place.',
      { address: slot },
    );
  }
  const box = scope.allocate(BOX_HEADER_BYTES + bytes, BOX_ALIGN_BYTES);
  m.u32[box >>> 2] = tag;
  m.u32[(box + 4) >>> 2] = bytes;
  return box;
}

/**
 * @param {Field} field
 * @param {{ length: number }} given
 */
function tooLong({ owner, name }, given) {
  return new FieldRangeError(
    `${owner}.${name} cannot hold ${given.length} bytes or characters; a value has at most ` +
      `${BOX_BYTES_MAX} bytes, a string ${STRING_UNITS_MAX} characters.`,
    name,
    given,
  );
}

/**
 * @param {MemoryTable} m
 * @param {number} slot address of the slot that the box is for
 * @param {number} tag
 * @param {Uint8Array} content
 * @param {Field} field
 * @returns {number} address of the box
 */
export function boxBytes(m, slot, tag, content, field) {
  if (content.length > BOX_BYTES_MAX) throw tooLong(field, content);
  const box = allocateBox(m, slot, tag, content.length, field);
  m.u8.set(content, box + BOX_HEADER_BYTES);
  return box;
}

/**
 * @param {MemoryTable} m
 * @param {number} slot address of the slot that the box is for
 * @param {number} tag
 * @param {number} value
 * @param {Field} field
 * @returns {number} address of the box
 */
export function boxNumber(m, slot, tag, value, field) {
  const box = allocateBox(m, slot, tag, 8, field);
  m.f64[(box + BOX_HEADER_BYTES) >>> 3] = value;
  return box;
}

/**
 * @param {MemoryTable} m
 * @param {number} slot address of the slot that the box is for
 * @param {string} text
 * @param {Field} field
 * @returns {number} address of the box
 */
export function boxText(m, slot, text, field) {
  if (text.length > STRING_UNITS_MAX) throw tooLong(field, text);
  return isIllFormed(text)
    ? boxBytes(m, slot, BOX.UTF16, encodeUtf16(text), field)
    : boxBytes(m, slot, BOX.UTF8, encodeUtf8(text), field);
}

/**
 * @param {MemoryTable} m
 * @param {number} slot address of the slot that the box is for
 * @param {bigint} value of any size
 * @param {Field} field
 * @returns {number} address of the box
 */
export function boxBigint(m, slot, value, field) {
  return boxBytes(m, slot, BOX.BIGINT, encodeUtf8(value.toString(16)), field);
}

/**
 * Tag and size of a box, whose bytes are certain to lie in the memory.
 *
 * @param {MemoryTable} m
 * @param {number} box address
 * @returns {number} bytes of its content
 */
function openBox(m, box) {
  if (box + BOX_HEADER_BYTES > m.byteLength) cover(m, box + BOX_HEADER_BYTES);
  const bytes = m.u32[(box + 4) >>> 2];
  if (box + BOX_HEADER_BYTES + bytes > m.byteLength) cover(m, box + BOX_HEADER_BYTES + bytes);
  return bytes;
}

/**
 * @param {MemoryTable} m
 * @param {number} box
 * @param {Field} field
 * @returns {never}
 * @throws {QbError} `CORRUPT`
 */
export function corrupt(m, box, field) {
  throw new QbError(
    'CORRUPT',
    `${field.owner}.${field.name}: there is no such value at address ${box} (tag ${m.u32[box >>> 2]}). ` +
      'The struct was freed, or its bytes were overwritten.',
    { address: box },
  );
}

/**
 * @param {MemoryTable} m
 * @param {number} box
 * @param {Field} field
 * @returns {unknown}
 * @throws {QbError} `CORRUPT`
 */
export function readBox(m, box, field) {
  const bytes = openBox(m, box);
  const content = box + BOX_HEADER_BYTES;
  switch (m.u32[box >>> 2]) {
    case BOX.UTF8:
      return decodeUtf8(m, content, bytes);
    case BOX.UTF16:
      return decodeUtf16(m, content, bytes);
    case BOX.NUMBER:
      return m.f64[content >>> 3];
    case BOX.DATE:
      return new Date(m.f64[content >>> 3]);
    case BOX.BYTES:
      return copyBytes(m, content, bytes);
    case BOX.BIGINT:
      return bigintOf(decodeUtf8(m, content, bytes)) ?? corrupt(m, box, field);
    default:
      return corrupt(m, box, field);
  }
}

/**
 * @param {string} text hexadecimal digits, maybe with a minus
 * @returns {bigint | undefined}
 */
function bigintOf(text) {
  const match = /^(-?)([0-9a-f]+)$/.exec(text);
  if (match === null) return undefined;
  const value = BigInt(`0x${match[2]}`);
  return match[1] === '-' ? -value : value;
}

/**
 * @param {MemoryTable} m
 * @param {number} box
 * @param {Field} field
 * @returns {string}
 * @throws {QbError} `CORRUPT`
 */
export function readTextBox(m, box, field) {
  const bytes = openBox(m, box);
  const content = box + BOX_HEADER_BYTES;
  const tag = m.u32[box >>> 2];
  if (tag === BOX.UTF8) return decodeUtf8(m, content, bytes);
  if (tag === BOX.UTF16) return decodeUtf16(m, content, bytes);
  return corrupt(m, box, field);
}

/**
 * @param {MemoryTable} m
 * @param {number} box
 * @param {Field} field
 * @returns {Uint8Array<ArrayBuffer>} a private copy
 * @throws {QbError} `CORRUPT`
 */
export function readBytesBox(m, box, field) {
  const bytes = openBox(m, box);
  if (m.u32[box >>> 2] !== BOX.BYTES) return corrupt(m, box, field);
  return copyBytes(m, box + BOX_HEADER_BYTES, bytes);
}

/**
 * @param {MemoryTable} m
 * @param {number} box address
 */
export function freeBox(m, box) {
  const scope = scopeOf(m);
  // In an arena the storage goes with the arena, also when the arena is another thread's. Boxes of a
  // pooled struct are blocks of the heap.
  if (scope.kind !== 'arena' && arenaAddressAt(m, box) === 0) scope.heap.core.free(box);
}
