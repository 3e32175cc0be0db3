/**
 * Values of variable size: a slot of four bytes in the struct, and a box elsewhere when they need one.
 *
 *     slot   ....  ....  ....  .... 000     0: unset; else the address of a box (boxes are 8-aligned)
 *            integer, 29 bits       001     -2^28 .. 2^28-1
 *            number of a constant   010     undefined, null, true, false
 *            c3    c2    c1   len3  011     a string of up to three characters below U+0100
 *
 *     box    | tag u32 | byte count u32 | bytes ... |
 *
 * A slot is one aligned word, so another thread sees the value before or the one after, never half of each.
 * A box is written completely before its address is published and never changes afterwards.
 *
 * The box stands where its struct stands: in the same arena (and goes with it) or in the heap. In the heap
 * a new value frees the old box; a thread that is reading the old one at that moment may see other bytes
 * in it (never beyond it), so guard a string that others replace. The format of boxes is private to this
 * version: boxes do not leave the memory.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/box
 */
import { QbError } from '../base/errors.js';
import { FieldTypeError, fieldError } from './errors.js';
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

const TAG_MASK = 7;
const IN_BOX = 0;
const IN_INTEGER = 1;
const IN_CONSTANT = 2;
const IN_STRING = 3;
const TAG_BITS = 3;
const SHORT_CHARACTERS_MAX = 3;

const CONSTANTS = [undefined, null, true, false];
const UNDEFINED_WORD = IN_CONSTANT;

const BOX = Object.freeze({ UTF8: 1, UTF16: 2, NUMBER: 3, BIGINT: 4, DATE: 5, BYTES: 6 });

/* ---- slots ---- */

/**
 * The word that holds a value without a box, or -1.
 *
 * @param {unknown} value
 * @returns {number} uint32 or -1
 */
function inlineWord(value) {
  switch (typeof value) {
    case 'number':
      if ((value << TAG_BITS) >> TAG_BITS === value && !Object.is(value, -0)) {
        return ((value << TAG_BITS) | IN_INTEGER) >>> 0;
      }
      return -1;
    case 'string':
      return inlineString(value);
    default: {
      const index = CONSTANTS.indexOf(/** @type {undefined} */ (value));
      return index < 0 ? -1 : (index << TAG_BITS) | IN_CONSTANT;
    }
  }
}

/**
 * @param {string} text
 * @returns {number} uint32 or -1
 */
function inlineString(text) {
  const { length } = text;
  if (length > SHORT_CHARACTERS_MAX) return -1;
  let word = (length << TAG_BITS) | IN_STRING;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0xff) return -1;
    word |= unit << (8 * (i + 1));
  }
  return word >>> 0;
}

/**
 * @param {number} word
 * @returns {string}
 */
function shortString(word) {
  const length = (word >>> TAG_BITS) & SHORT_CHARACTERS_MAX;
  if (length === 1) return String.fromCharCode((word >>> 8) & 0xff);
  let text = '';
  for (let i = 1; i <= length; i++) text += String.fromCharCode((word >>> (8 * i)) & 0xff);
  return text;
}

/**
 * Publishes a word and frees the box that stood in the slot.
 *
 * @param {MemoryTable} m
 * @param {number} slot address
 * @param {number} word
 */
function publish(m, slot, word) {
  const old = m.u32[slot >>> 2];
  Atomics.store(m.u32, slot >>> 2, word);
  if (old !== 0 && (old & TAG_MASK) === IN_BOX) freeBox(m, old);
}

/**
 * @param {MemoryTable} m
 * @param {number} box address
 */
function freeBox(m, box) {
  const scope = scopeOf(m);
  // In an arena the storage goes with the arena, also when the arena is another thread's.
  if (scope.kind === 'heap' && arenaAddressAt(m, box) === 0) scope.heap.core.free(box);
}

/**
 * Frees the box of a slot, before its struct is freed.
 *
 * @param {MemoryTable} m
 * @param {number} slot address
 */
export function clearSlot(m, slot) {
  publish(m, slot, 0);
}

/* ---- boxes ---- */

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
 * @param {MemoryTable} m
 * @param {number} slot
 * @param {number} tag
 * @param {Uint8Array} content not the scratch of another call
 * @param {Field} field
 */
function writeBytes(m, slot, tag, content, field) {
  if (content.length > BOX_BYTES_MAX) throw fieldError(field, content);
  const box = allocateBox(m, slot, tag, content.length, field);
  m.u8.set(content, box + BOX_HEADER_BYTES);
  publish(m, slot, box);
}

/**
 * @param {MemoryTable} m
 * @param {number} slot
 * @param {number} tag
 * @param {number} value
 * @param {Field} field
 */
function writeNumber(m, slot, tag, value, field) {
  const box = allocateBox(m, slot, tag, 8, field);
  m.f64[(box + BOX_HEADER_BYTES) >>> 3] = value;
  publish(m, slot, box);
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
 */
function corrupt(m, box, field) {
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
 */
function readBox(m, box, field) {
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

/* ---- any ---- */

/**
 * @param {MemoryTable} m
 * @param {number} slot address
 * @param {Field} field
 * @returns {unknown}
 */
export function readAny(m, slot, field) {
  const word = m.u32[slot >>> 2];
  switch (word & TAG_MASK) {
    case IN_BOX:
      return word === 0 ? undefined : readBox(m, word, field);
    case IN_INTEGER:
      return (word | 0) >> TAG_BITS;
    case IN_CONSTANT:
      return CONSTANTS[word >>> TAG_BITS];
    case IN_STRING:
      return shortString(word);
    default:
      return corrupt(m, slot, field);
  }
}

/**
 * @param {MemoryTable} m
 * @param {number} slot address
 * @param {unknown} value
 * @param {Field} field
 */
export function writeAny(m, slot, value, field) {
  const word = inlineWord(value);
  if (word >= 0) {
    publish(m, slot, word === UNDEFINED_WORD ? 0 : word);
    return;
  }
  switch (typeof value) {
    case 'number':
      writeNumber(m, slot, BOX.NUMBER, value, field);
      return;
    case 'string':
      writeText(m, slot, value, field);
      return;
    case 'bigint':
      writeBytes(m, slot, BOX.BIGINT, encodeUtf8(value.toString(16)), field);
      return;
    default:
      writeObject(m, slot, value, field);
  }
}

/**
 * @param {MemoryTable} m
 * @param {number} slot
 * @param {unknown} value
 * @param {Field} field
 */
function writeObject(m, slot, value, field) {
  if (value instanceof Uint8Array) {
    writeBytes(m, slot, BOX.BYTES, value, field);
    return;
  }
  const time = timeOf(value);
  if (time === undefined) throw anyError(field, value);
  writeNumber(m, slot, BOX.DATE, time, field);
}

/**
 * @param {Field} field
 * @param {unknown} value
 */
function anyError(field, value) {
  const { message } = fieldError(field, value);
  return new FieldTypeError(message, field.name, value);
}

/**
 * Milliseconds of a Date of any realm. Runs no code of the value.
 *
 * @param {unknown} value
 * @returns {number | undefined} undefined when it is no Date
 */
export function timeOf(value) {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return undefined;
  }
}

/* ---- string ---- */

/**
 * @param {MemoryTable} m
 * @param {number} slot address
 * @param {Field} field
 * @returns {string} '' when unset
 */
export function readString(m, slot, field) {
  const word = m.u32[slot >>> 2];
  const tag = word & TAG_MASK;
  if (tag === IN_STRING) return shortString(word);
  if (word === 0) return '';
  if (tag !== IN_BOX) return corrupt(m, slot, field);
  const bytes = openBox(m, word);
  const content = word + BOX_HEADER_BYTES;
  const kind = m.u32[word >>> 2];
  if (kind === BOX.UTF8) return decodeUtf8(m, content, bytes);
  if (kind === BOX.UTF16) return decodeUtf16(m, content, bytes);
  return corrupt(m, word, field);
}

/**
 * @param {MemoryTable} m
 * @param {number} slot address
 * @param {unknown} value
 * @param {Field} field
 */
export function writeString(m, slot, value, field) {
  if (typeof value !== 'string') throw fieldError(field, value);
  const word = inlineString(value);
  if (word >= 0) publish(m, slot, word);
  else writeText(m, slot, value, field);
}

/**
 * @param {MemoryTable} m
 * @param {number} slot
 * @param {string} text
 * @param {Field} field
 */
function writeText(m, slot, text, field) {
  if (text.length > BOX_BYTES_MAX / 3) throw fieldError(field, text);
  if (isIllFormed(text)) writeBytes(m, slot, BOX.UTF16, encodeUtf16(text), field);
  else writeBytes(m, slot, BOX.UTF8, encodeUtf8(text), field);
}

/* ---- bytes ---- */

/**
 * @param {MemoryTable} m
 * @param {number} slot address
 * @param {Field} field
 * @returns {Uint8Array<ArrayBuffer>} a private copy; empty when unset
 */
export function readBytes(m, slot, field) {
  const word = m.u32[slot >>> 2];
  if (word === 0) return new Uint8Array(0);
  if ((word & TAG_MASK) !== IN_BOX) return corrupt(m, slot, field);
  const bytes = openBox(m, word);
  if (m.u32[word >>> 2] !== BOX.BYTES) return corrupt(m, word, field);
  return copyBytes(m, word + BOX_HEADER_BYTES, bytes);
}

/**
 * @param {MemoryTable} m
 * @param {number} slot address
 * @param {unknown} value
 * @param {Field} field
 */
export function writeBytesField(m, slot, value, field) {
  if (!(value instanceof Uint8Array)) throw fieldError(field, value);
  writeBytes(m, slot, BOX.BYTES, value, field);
}
