/**
 * The text of a key that is looked for: encoded and hashed once, compared with each candidate.
 *
 *     encodeKey(text)  -->  UTF-8 in a private buffer, its hash  -->  isEncodedKey(m, address, bytes) ...
 *
 * The buffer holds one key: what is asked of it is about the text that was encoded last. Nothing is allocated.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/key-text
 */
import { encoder } from '../base/utf8.js';
import { finish, mix, mixTail, SEED } from './murmur.js';
import { isIllFormed } from './strings.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */

/** Longest text, in UTF-16 units, that is encoded here. */
const UNITS_MAX = 1024;
/** Up to so many units a loop beats TextEncoder (measured: about 50). */
const LOOP_UNITS_MAX = 48;
/** UTF-8 takes at most 3 bytes for each UTF-16 unit. */
const UTF8_BYTES_PER_UNIT = 3;

/** The key, and zeros up to the end of its last word. */
const u8 = new Uint8Array(UNITS_MAX * UTF8_BYTES_PER_UNIT + 4);
const words = new Int32Array(u8.buffer);
/** In an array: a number of 32 bits in a variable would be an object in some engines. */
const hash = new Int32Array(1);
let keyBytes = 0;

/**
 * Encodes and hashes a text.
 *
 * @param {string} text
 * @returns {boolean} false for a text that is too long, or has lone surrogates: then nothing of this module is valid
 */
export function encodeKey(text) {
  const { length } = text;
  if (length > LOOP_UNITS_MAX) return encodeLong(text);
  /** @type {number} */
  let h = SEED.STRING;
  let all = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    all |= a | b | c | d;
    const word = a | (b << 8) | (c << 16) | (d << 24);
    words[i >>> 2] = word;
    h = mix(h, word);
  }
  const last = i >>> 2;
  let tail = 0;
  for (let shift = 0; i < length; i++, shift += 8) {
    const unit = text.charCodeAt(i);
    all |= unit;
    tail |= unit << shift;
  }
  if (all > 0x7f) return hashEncoded(encodeUnits(text));
  words[last] = tail;
  keyBytes = length;
  hash[0] = finish(mixTail(h, tail), length);
  return true;
}

/** The hash of the text that was encoded last. @returns {number} int32 */
export function encodedHash() {
  return hash[0];
}

/** Bytes of the text that was encoded last. */
export function encodedBytes() {
  return keyBytes;
}

/**
 * Writes the text that was encoded last.
 *
 * @param {Uint32Array} u32 that has room for it
 * @param {number} word where it begins; the rest of its last word becomes 0
 */
export function writeEncoded(u32, word) {
  const count = (keyBytes + 3) >>> 2;
  for (let i = 0; i < count; i++) u32[word + i] = words[i];
}

/**
 * Whether the text that was encoded last stands somewhere.
 *
 * @param {MemoryTable} m
 * @param {number} address
 * @param {number} bytes that are there, all in the memory, and the rest of their last word as well
 * @returns {boolean}
 */
export function isEncodedKey({ u32 }, address, bytes) {
  if (bytes !== keyBytes) return false;
  const count = bytes >>> 2;
  const tailMask = ~(-1 << ((bytes & 3) * 8));
  const shift = (address & 3) * 8;
  let word = address >>> 2;
  if (shift === 0) {
    for (let i = 0; i < count; i++) if ((u32[word++] | 0) !== words[i]) return false;
    return tailMask === 0 || (u32[word] & tailMask) === words[count];
  }
  // Each word of the key lies in two of the memory.
  let low = u32[word];
  for (let i = 0; i < count; i++) {
    const high = u32[++word];
    if (((low >>> shift) | (high << (32 - shift))) !== words[i]) return false;
    low = high;
  }
  if (tailMask === 0) return true;
  const rest = (low >>> shift) | (u32[word + 1] << (32 - shift));
  return (rest & tailMask) === words[count];
}

/** @param {string} text */
function encodeLong(text) {
  const { length } = text;
  if (length > UNITS_MAX) return false;
  const { written } = encoder.encodeInto(text, u8);
  // As many bytes as units: all ASCII. Otherwise a lone surrogate may have become another character.
  return hashEncoded(written === length || !isIllFormed(text) ? written : -1);
}

/** @param {number} bytes in the buffer, -1 for none */
function hashEncoded(bytes) {
  if (bytes < 0) return false;
  const count = bytes >>> 2;
  /** @type {number} */
  let h = SEED.STRING;
  for (let i = 0; i < count; i++) h = mix(h, words[i]);
  const tail = words[count] & ~(-1 << ((bytes & 3) * 8));
  words[count] = tail;
  keyBytes = bytes;
  hash[0] = finish(mixTail(h, tail), bytes);
  return true;
}

/** @param {string} text @returns {number} bytes; -1 for a lone surrogate */
function encodeUnits(text) {
  const { length } = text;
  let end = 0;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      u8[end++] = unit;
    } else if (unit < 0x800) {
      u8[end++] = 0xc0 | (unit >>> 6);
      u8[end++] = 0x80 | (unit & 63);
    } else if (unit < 0xd800 || unit > 0xdfff) {
      u8[end++] = 0xe0 | (unit >>> 12);
      u8[end++] = 0x80 | ((unit >>> 6) & 63);
      u8[end++] = 0x80 | (unit & 63);
    } else {
      const next = text.charCodeAt(++i); // NaN behind the last, which is no low surrogate
      if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return -1;
      const point = 0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00);
      u8[end++] = 0xf0 | (point >>> 18);
      u8[end++] = 0x80 | ((point >>> 12) & 63);
      u8[end++] = 0x80 | ((point >>> 6) & 63);
      u8[end++] = 0x80 | (point & 63);
    }
  }
  return end;
}
