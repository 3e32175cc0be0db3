/**
 * Strings in shared bytes: UTF-8, or UTF-16 where UTF-8 could not carry the string.
 *
 * JS strings may hold lone surrogates, UTF-8 cannot. Such a string is stored as its 16-bit units and
 * comes back exactly as it was; every other string is UTF-8.
 *
 * Decoding shared bytes in place crashes Node 20 and 22 while another thread writes them, and browsers
 * refuse it. So every decoder here works on private bytes: short strings are read byte by byte, longer ones
 * are copied into a private scratch first.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/strings
 */
import { decoder, encoder } from '../base/utf8.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */

/** Up to this many bytes a loop over eight at a time beats copy + TextDecoder (measured: about 30). */
const LOOP_BYTES_MAX = 24;
/** Longest text that is compared byte by byte instead of being decoded. */
const COMPARED_BYTES_MAX = 256;
/** The scratch never grows beyond this; longer strings get a scratch of their own. */
const SCRATCH_BYTES_MAX = 65536;
/** UTF-8 takes at most 3 bytes for each UTF-16 unit. */
const UTF8_BYTES_PER_UNIT = 3;

/** A string of ES2024. @typedef {string & { isWellFormed: () => boolean }} WellFormed */

const knowsWellFormed = 'isWellFormed' in String.prototype;
let scratch = new Uint8Array(1024);

/**
 * @param {number} bytes
 * @returns {Uint8Array<ArrayBuffer>} private bytes, valid until the next call
 */
function scratchOf(bytes) {
  if (bytes <= scratch.length) return scratch;
  if (bytes > SCRATCH_BYTES_MAX) return new Uint8Array(bytes);
  scratch = new Uint8Array(Math.min(SCRATCH_BYTES_MAX, 2 ** Math.ceil(Math.log2(bytes))));
  return scratch;
}

/**
 * A private copy of shared bytes.
 *
 * @param {MemoryTable} m
 * @param {number} address
 * @param {number} bytes
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function copyBytes(m, address, bytes) {
  const copy = new Uint8Array(bytes);
  copy.set(m.u8.subarray(address, address + bytes));
  return copy;
}

/**
 * True when the string has lone surrogates.
 *
 * @param {string} text
 */
export function isIllFormed(text) {
  if (knowsWellFormed) return !(/** @type {WellFormed} */ (text).isWellFormed());
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    // Behind the last unit there is NaN, which lies in no range.
    const next = text.charCodeAt(i + 1);
    if (!(unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff)) return true;
    i++;
  }
  return false;
}

/**
 * Encodes a well-formed string into private bytes.
 *
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>} valid until the next call of this module
 */
export function encodeUtf8(text) {
  const target = scratchOf(text.length * UTF8_BYTES_PER_UNIT);
  const { written } = encoder.encodeInto(text, target);
  return target.subarray(0, written);
}

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>} little-endian 16-bit units, valid until the next call of this module
 */
export function encodeUtf16(text) {
  const target = scratchOf(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    target[2 * i] = unit & 0xff;
    target[2 * i + 1] = unit >>> 8;
  }
  return target.subarray(0, text.length * 2);
}

/**
 * Decodes UTF-8. Bytes that are none become U+FFFD.
 *
 * @param {MemoryTable} m
 * @param {number} address
 * @param {number} bytes
 * @returns {string}
 */
export function decodeUtf8(m, address, bytes) {
  const { u8 } = m;
  const short = bytes <= LOOP_BYTES_MAX ? decodeShort(u8, address, bytes) : null;
  if (short !== null) return short;
  const copy = scratchOf(bytes);
  copy.set(u8.subarray(address, address + bytes));
  return decoder.decode(copy.subarray(0, bytes));
}

/**
 * Decodes UTF-8 of a private buffer, which needs no copy.
 *
 * @param {Uint8Array} u8 over an ArrayBuffer
 * @param {number} start
 * @param {number} bytes
 * @returns {string}
 */
export function decodePrivateUtf8(u8, start, bytes) {
  const short = bytes <= LOOP_BYTES_MAX ? decodeShort(u8, start, bytes) : null;
  return short ?? decoder.decode(u8.subarray(start, start + bytes));
}

/**
 * @param {Uint8Array} u8
 * @param {number} start
 * @param {number} bytes
 * @returns {string | null} null when they are not all ASCII
 */
function decodeShort(u8, start, bytes) {
  const end = start + bytes;
  let text = '';
  let i = start;
  for (; i + 8 <= end; i += 8) {
    const a = u8[i];
    const b = u8[i + 1];
    const c = u8[i + 2];
    const d = u8[i + 3];
    const e = u8[i + 4];
    const f = u8[i + 5];
    const g = u8[i + 6];
    const h = u8[i + 7];
    if ((a | b | c | d | e | f | g | h) > 0x7f) return null;
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  for (; i < end; i++) {
    const byte = u8[i];
    if (byte > 0x7f) return null;
    text += String.fromCharCode(byte);
  }
  return text;
}

/**
 * Whether bytes are the UTF-8 of a string.
 *
 * @param {MemoryTable} m
 * @param {number} address
 * @param {number} bytes
 * @param {string} text
 * @returns {boolean}
 */
export function isUtf8Of(m, address, bytes, text) {
  if (bytes < text.length) return false;
  if (bytes === text.length && bytes <= COMPARED_BYTES_MAX) {
    // A byte for each unit: that is ASCII, or not the same.
    const { u8 } = m;
    let all = 0;
    for (let i = 0; i < bytes; i++) {
      const unit = text.charCodeAt(i);
      if (u8[address + i] !== unit) return false;
      all |= unit;
    }
    return all < 0x80;
  }
  return decodeUtf8(m, address, bytes) === text;
}

/**
 * @param {MemoryTable} m
 * @param {number} address
 * @param {number} bytes
 * @returns {string} with its lone surrogates, if it has any
 */
export function decodeUtf16(m, address, bytes) {
  const units = new Uint16Array(bytes >>> 1);
  new Uint8Array(units.buffer).set(m.u8.subarray(address, address + (bytes & ~1)));
  let text = '';
  for (let i = 0; i < units.length; i += 4096) {
    text += String.fromCharCode(...units.subarray(i, i + 4096));
  }
  return text;
}
