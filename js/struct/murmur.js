/**
 * MurmurHash3_x86_32, the hash of keys (docs/format.md, Keys). The algorithm is Austin Appleby's, in the public domain.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/murmur
 */

/** What hashes begin with: values of different kinds that have the same bytes differ. */
export const SEED = Object.freeze({
  NULL: 1,
  FALSE: 2,
  TRUE: 3,
  NUMBER: 4,
  BIG: 5,
  BIG_NEGATIVE: 6,
  STRING: 7,
  STRING_UTF16: 8,
  BYTES: 9,
  INSTANT: 10,
  WALL: 11,
  DECIMAL: 12,
  DECIMAL_NEGATIVE: 13,
  TUPLE: 14,
  SET: 15,
});

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** @param {number} hash @param {number} word @returns {number} int32 */
export function mix(hash, word) {
  const h = mixTail(hash, word);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** @param {number} hash @param {number} word the last one to three bytes; 0 changes nothing @returns {number} int32 */
export function mixTail(hash, word) {
  const k = Math.imul(word, C1);
  return hash ^ Math.imul((k << 15) | (k >>> 17), C2);
}

/** @param {number} hash @param {number} bytes hashed in all @returns {number} uint32 */
export function finish(hash, bytes) {
  let h = hash ^ bytes;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * @param {number} seed
 * @param {Uint8Array} bytes
 * @returns {number} uint32
 */
export function hashBytes(seed, bytes) {
  const { length } = bytes;
  let h = seed;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    h = mix(h, bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24));
  }
  let tail = 0;
  for (let shift = 0; i < length; i++, shift += 8) tail |= bytes[i] << shift;
  return finish(mixTail(h, tail), length);
}
