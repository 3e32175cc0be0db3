/**
 * Slots: the four bytes in the struct that hold a value of variable size, or say where it is.
 *
 *     ....  ....  ....  .... 000     0: unset; else the address of a box (boxes are 8-aligned)
 *     integer, 29 bits       001     -2^28 .. 2^28-1
 *     number of a constant   010     undefined, null, true, false
 *     c3    c2    c1   len3  011     a string of up to three characters below U+0100
 *
 * A slot is one aligned word, so another thread sees the value before or the one after, never half of each.
 *
 * The box stands where its struct stands: in the same arena (and goes with it) or in the heap. In the heap
 * a new value frees the old box; a thread that is reading the old one at that moment may see other bytes
 * in it (never beyond it), so guard a string that others replace.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/slot
 */
import {
  BOX,
  boxBigint,
  boxBytes,
  boxNumber,
  boxText,
  corrupt,
  freeBox,
  readBox,
  readBytesBox,
  readTextBox,
} from './box.js';
import { fieldError } from './errors.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('./schema.js').Field} Field */

const TAG_MASK = 7;
const TAG_BITS = 3;
const IN_BOX = 0;
const IN_INTEGER = 1;
const IN_CONSTANT = 2;
const IN_STRING = 3;
const SHORT_CHARACTERS_MAX = 3;

const CONSTANTS = [undefined, null, true, false];
const UNDEFINED_WORD = IN_CONSTANT;

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
  void m.u32[slot >>> 2]; // a closed scope says so; Atomics would only say that this is no array
  // An exchange, so that of two threads that replace one value each frees another box.
  const old = Atomics.exchange(m.u32, slot >>> 2, word);
  if (old !== 0 && (old & TAG_MASK) === IN_BOX) freeBox(m, old);
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
      publish(m, slot, boxNumber(m, slot, BOX.NUMBER, value, field));
      return;
    case 'string':
      publish(m, slot, boxText(m, slot, value, field));
      return;
    case 'bigint':
      publish(m, slot, boxBigint(m, slot, value, field));
      return;
    default:
      publish(m, slot, boxObject(m, slot, value, field));
  }
}

/**
 * @param {MemoryTable} m
 * @param {number} slot
 * @param {unknown} value
 * @param {Field} field
 * @returns {number} address of the box
 */
function boxObject(m, slot, value, field) {
  if (value instanceof Uint8Array) return boxBytes(m, slot, BOX.BYTES, value, field);
  const time = timeOf(value);
  if (time !== undefined) return boxNumber(m, slot, BOX.DATE, time, field);
  throw fieldError(field, value);
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
  return tag === IN_BOX ? readTextBox(m, word, field) : corrupt(m, slot, field);
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
  publish(m, slot, word >= 0 ? word : boxText(m, slot, value, field));
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
  return (word & TAG_MASK) === IN_BOX ? readBytesBox(m, word, field) : corrupt(m, slot, field);
}

/**
 * @param {MemoryTable} m
 * @param {number} slot address
 * @param {unknown} value
 * @param {Field} field
 */
export function writeBytes(m, slot, value, field) {
  if (!(value instanceof Uint8Array)) throw fieldError(field, value);
  publish(m, slot, boxBytes(m, slot, BOX.BYTES, value, field));
}
