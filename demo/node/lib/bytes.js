/**
 * What the stages of the pipeline do with the bytes of a file, wherever these stand.
 *
 * @module demo/lib/bytes
 */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const NEWLINE = 10;
const SPACE = 32;

/** FNV-1a. @param {Uint8Array} bytes @returns {number} uint32 */
export function hashOf(bytes) {
  let hash = FNV_OFFSET;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], FNV_PRIME);
  return hash >>> 0;
}

/** @param {Uint8Array} bytes @returns {{ lines: number, words: number }} as wc counts them */
export function countsOf(bytes) {
  let lines = 0;
  let words = 0;
  let isInWord = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === NEWLINE) lines++;
    const isSpace = byte === SPACE || (byte >= 9 && byte <= 13);
    if (!isSpace && !isInWord) words++;
    isInWord = !isSpace;
  }
  return { lines, words };
}
