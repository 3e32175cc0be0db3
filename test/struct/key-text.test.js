/**
 * The text of a key: the hash that the format says, and found wherever it stands, nowhere else.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { bufferTable } from '../../js/base/memory.js';
import { encodedHash, encodeKey, isEncodedKey } from '../../js/struct/key-text.js';
import { randomFrom, testSeed } from '../support/random.js';

const UNITS_MAX = 1024;
const ALPHABETS = ['abc-/0', 'aäß', 'a€中', 'a😀\u{10ffff}', '\0\x7f\x80\u07ff\u0800\uffff'];

/** MurmurHash3_x86_32 over bytes, as its author wrote it. @param {Uint8Array} bytes @param {number} seed */
function murmur(bytes, seed) {
  let h = seed;
  const rotated = (/** @type {number} */ x, /** @type {number} */ by) =>
    (x << by) | (x >>> (32 - by));
  const scrambled = (/** @type {number} */ k) =>
    Math.imul(rotated(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  const whole = bytes.length & ~3;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < whole; i += 4) {
    h = (Math.imul(rotated(h ^ scrambled(view.getUint32(i, true)), 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= whole; i--) tail = (tail << 8) | bytes[i];
  h ^= scrambled(tail) ^ bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** @param {string} text */
const utf8 = (text) => new TextEncoder().encode(text);

/** @param {string} text */
function expectFound(text) {
  const bytes = utf8(text);
  const m = bufferTable(new SharedArrayBuffer((bytes.length + 15) & ~7));
  expect(encodeKey(text), text).toBe(true);
  expect(encodedHash(), text).toBe(murmur(bytes, 7));
  for (let at = 0; at < 8 && at + bytes.length <= m.byteLength; at++) {
    m.u8.fill(0xa5);
    m.u8.set(bytes, at);
    expect(isEncodedKey(m, at, bytes.length), `${text} at ${at}`).toBe(true);
    expect(isEncodedKey(m, at, bytes.length + 1)).toBe(false);
    if (bytes.length === 0) continue;
    expect(isEncodedKey(m, at, bytes.length - 1)).toBe(false);
    for (const wrong of [0, bytes.length >>> 1, bytes.length - 1]) {
      m.u8[at + wrong] ^= 0x80;
      expect(isEncodedKey(m, at, bytes.length), `${text}, byte ${wrong} is wrong`).toBe(false);
      m.u8[at + wrong] ^= 0x80;
    }
  }
}

describe('the text of a key', () => {
  it.each([0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 47, 48, 49, 50, 255, 1023, UNITS_MAX])(
    'of %i letters is hashed and found at each place',
    (length) => {
      expectFound('abcdefghijklmnopqrstuvwxyz'.repeat(40).slice(0, length));
      expectFound('z'.repeat(Math.max(0, length - 1)) + (length > 0 ? 'ß' : ''));
      expectFound('€'.repeat(length));
    },
  );

  it('of any letters is hashed and found', () => {
    const random = randomFrom(testSeed('key texts'));
    for (let round = 0; round < 2000; round++) {
      const alphabet = [...ALPHABETS[random(ALPHABETS.length)]];
      const length = random(10) === 0 ? random(400) : random(24);
      expectFound(Array.from({ length }, () => alphabet[random(alphabet.length)]).join(''));
    }
  });

  it('is found at the very end of the memory', () => {
    for (const text of ['a', 'abc', 'abcd', 'abcdefg', 'größer!']) {
      const bytes = utf8(text);
      const m = bufferTable(new ArrayBuffer(16));
      m.u8.set(bytes, 16 - bytes.length);
      encodeKey(text);
      expect(isEncodedKey(m, 16 - bytes.length, bytes.length), text).toBe(true);
    }
  });

  it('leaves nothing of a longer text behind', () => {
    encodeKey('x'.repeat(100));
    expectFound('ab');
    encodeKey('€'.repeat(UNITS_MAX));
    expectFound('ß');
  });

  it.each([
    ['a lone high half', 'ab\ud800'],
    ['a lone high half before a letter', '\ud800a'],
    ['a lone low half', '\udc00ab'],
    ['two high halves', '\ud800\ud800\udc00'],
    ['a lone half far behind', `${'a'.repeat(200)}\udfff`],
    ['too many units', 'a'.repeat(UNITS_MAX + 1)],
  ])('is refused: %s', (_what, text) => {
    expect(encodeKey(text)).toBe(false);
  });

  it('U+FFFD is a letter as any other, also where lone halves are looked for', () => {
    expectFound('\ufffd');
    expectFound(`${'a'.repeat(100)}\ufffd`);
  });
});
