/**
 * A whole heap as bytes, and back.
 *
 *     | prefix 32 B | bitmap: one bit a chunk of 512 B | the chunks that are not all zero ... |
 *
 * Most of a heap is zeros: the owner maps of pages that were never used are. So a heap is saved without
 * them, and an empty one takes less than 100 KiB with the default maximum.
 *
 * The bytes are for the same layout only; they are no exchange format. What is loaded is checked twice:
 * the checksum tells accidents, and the header is compared with a fresh one, so that no saved address
 * of a table is believed. Whether the content makes sense to the program is the program's to check.
 *
 * Layer: heap.
 *
 * @module heap/save
 */
import { describe, QbError } from '../base/errors.js';
import {
  ADDRESSES,
  HEADER,
  LAYOUT_HASH,
  LAYOUT_VERSION,
  LIMITS,
  OPTIONS,
} from '../base/generated/layout.js';
import { headerWord } from './inspect.js';

/** @typedef {import('../base/memory.js').Memory} Memory */

/**
 * What stands before the chunks.
 *
 * @typedef {object} SavedHeap
 * @property {number} pageCount
 * @property {number} pageMax
 * @property {number} options OPTIONS
 * @property {Uint8Array} bitmap
 * @property {Uint8Array} chunks
 */

const MAGIC = 0x56534251; // "QBSV"
const CHUNK_BYTES = 512;
const CHUNKS_A_PAGE = LIMITS.PAGE_BYTES / CHUNK_BYTES;
/** Offsets of the prefix, in words. */
const PREFIX = Object.freeze({
  MAGIC: 0,
  LAYOUT_VERSION: 1,
  LAYOUT_HASH: 2,
  PAGE_COUNT: 3,
  PAGE_MAX: 4,
  OPTIONS: 5,
  CHUNK_COUNT: 6,
  CHECKSUM: 7,
});
const PREFIX_BYTES = 32;
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Words of the header that change while the heap is used: [first, end). The rest never does. */
const LIVE_WORDS = Object.freeze({
  first: HEADER.pageCount >>> 2,
  end: HEADER.classes >>> 2,
});

/**
 * @param {Memory} memory
 * @returns {Uint8Array<ArrayBuffer>} a private copy
 */
export function saveMemory(memory) {
  memory.refresh();
  const { u8, u32 } = memory.root;
  const pageCount = headerWord(memory, HEADER.pageCount);
  const chunkMax = pageCount * CHUNKS_A_PAGE;
  const bitmap = new Uint8Array(chunkMax / 8);
  let chunkCount = 0;
  for (let chunk = 0; chunk < chunkMax; chunk++) {
    if (isZero(u32, chunk)) continue;
    bitmap[chunk >>> 3] |= 1 << (chunk & 7);
    chunkCount++;
  }
  const saved = new Uint8Array(PREFIX_BYTES + bitmap.length + chunkCount * CHUNK_BYTES);
  saved.set(bitmap, PREFIX_BYTES);
  let to = PREFIX_BYTES + bitmap.length;
  for (const [from, end] of runsOf(bitmap)) {
    saved.set(u8.subarray(from, end), to);
    to += end - from;
  }
  const prefix = new Uint32Array(PREFIX_BYTES / 4);
  prefix[PREFIX.MAGIC] = MAGIC;
  prefix[PREFIX.LAYOUT_VERSION] = LAYOUT_VERSION;
  prefix[PREFIX.LAYOUT_HASH] = LAYOUT_HASH;
  prefix[PREFIX.PAGE_COUNT] = pageCount;
  prefix[PREFIX.PAGE_MAX] = headerWord(memory, HEADER.pageMax);
  prefix[PREFIX.OPTIONS] = headerWord(memory, HEADER.options);
  prefix[PREFIX.CHUNK_COUNT] = chunkCount;
  saved.set(new Uint8Array(prefix.buffer));
  prefix[PREFIX.CHECKSUM] = checksum(saved);
  saved.set(new Uint8Array(prefix.buffer));
  return saved;
}

/**
 * @param {unknown} bytes
 * @returns {SavedHeap} in place, nothing is copied
 * @throws {QbError} `TYPE`, `LAYOUT`, `CORRUPT`
 */
export function parseSaved(bytes) {
  if (!(bytes instanceof Uint8Array)) {
    throw new QbError(
      'TYPE',
      `the saved heap is ${describe(bytes)}; it must be a Uint8Array that heap.save() returned.`,
      { given: bytes },
    );
  }
  if (bytes.length < PREFIX_BYTES) throw corrupt(`it has ${bytes.length} bytes`);
  // A copy: the bytes may start at any offset.
  const prefix = new Uint32Array(bytes.slice(0, PREFIX_BYTES).buffer);
  if (prefix[PREFIX.MAGIC] !== MAGIC) throw corrupt('it does not start like a saved heap');
  const version = prefix[PREFIX.LAYOUT_VERSION];
  const hash = prefix[PREFIX.LAYOUT_HASH];
  if (version !== LAYOUT_VERSION || hash !== LAYOUT_HASH) {
    throw new QbError(
      'LAYOUT',
      `the heap was saved with layout ${version}/${hash}, this version of qbwasm has ` +
        `${LAYOUT_VERSION}/${LAYOUT_HASH}. Load it with the version that saved it.`,
    );
  }
  const pageCount = prefix[PREFIX.PAGE_COUNT];
  const pageMax = prefix[PREFIX.PAGE_MAX];
  const options = prefix[PREFIX.OPTIONS];
  if (pageMax > LIMITS.PAGES_MAX || pageCount > pageMax || (options & ~OPTIONS.DEBUG) !== 0) {
    throw corrupt('its sizes are impossible');
  }
  const bitmapBytes = (pageCount * CHUNKS_A_PAGE) / 8;
  const chunksAt = PREFIX_BYTES + bitmapBytes;
  const bitmap = bytes.subarray(PREFIX_BYTES, chunksAt);
  const chunks = bytes.subarray(chunksAt);
  const count = prefix[PREFIX.CHUNK_COUNT];
  if (chunks.length !== count * CHUNK_BYTES || countBits(bitmap) !== count) {
    throw corrupt(`it has ${bytes.length} bytes, which is not what its prefix says`);
  }
  if (prefix[PREFIX.CHECKSUM] !== checksum(bytes)) throw corrupt('its checksum is wrong');
  return { pageCount, pageMax, options, bitmap, chunks };
}

/**
 * Puts a saved heap over a fresh one with the same maximum and options.
 *
 * @param {SavedHeap} saved
 * @param {Memory} memory
 * @throws {QbError} `CORRUPT`
 */
export function restoreMemory({ pageCount, bitmap, chunks }, memory) {
  memory.refresh();
  const { u8 } = memory.root;
  if (memory.byteLength !== pageCount * LIMITS.PAGE_BYTES)
    throw corrupt('its sizes are impossible');
  const headerAt = ADDRESSES.HEADER;
  const fresh = new Uint32Array(u8.slice(headerAt, headerAt + HEADER.bytes).buffer);
  // Where the fresh heap is not zero a sound saved one is not either, so nothing has to be cleared.
  let at = 0;
  for (const [from, end] of runsOf(bitmap)) {
    u8.set(chunks.subarray(at, at + end - from), from);
    at += end - from;
  }
  const loaded = new Uint32Array(u8.slice(headerAt, headerAt + HEADER.bytes).buffer);
  const isSame = fresh.every(
    (word, i) => (i >= LIVE_WORDS.first && i < LIVE_WORDS.end) || word === loaded[i],
  );
  if (!isSame || loaded[HEADER.pageCount >>> 2] !== pageCount) {
    throw corrupt('its tables are not where this version puts them');
  }
}

/**
 * Chunks that follow each other, so that they are copied at once.
 *
 * @param {Uint8Array} bitmap
 * @returns {Generator<[number, number]>} addresses: first, end
 */
function* runsOf(bitmap) {
  const chunkMax = bitmap.length * 8;
  let first = -1;
  for (let chunk = 0; chunk <= chunkMax; chunk++) {
    const isKept = chunk < chunkMax && (bitmap[chunk >>> 3] & (1 << (chunk & 7))) !== 0;
    if (isKept && first < 0) first = chunk;
    if (isKept || first < 0) continue;
    yield [first * CHUNK_BYTES, chunk * CHUNK_BYTES];
    first = -1;
  }
}

/**
 * @param {string} why
 * @returns {QbError}
 */
export function corrupt(why) {
  return new QbError(
    'CORRUPT',
    `the saved heap cannot be loaded: ${why}. Pass exactly the bytes that heap.save() returned.`,
  );
}

/**
 * @param {Uint32Array} u32 over the memory
 * @param {number} chunk
 * @returns {boolean}
 */
function isZero(u32, chunk) {
  const first = (chunk * CHUNK_BYTES) / 4;
  for (let i = first; i < first + CHUNK_BYTES / 4; i++) if (u32[i] !== 0) return false;
  return true;
}

/** @param {Uint8Array} bytes */
function countBits(bytes) {
  let count = 0;
  for (let byte of bytes) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}

/**
 * FNV-1a by bytes, but for the word of the checksum itself.
 *
 * @param {Uint8Array} bytes
 * @returns {number}
 */
function checksum(bytes) {
  let hash = FNV_BASIS;
  for (let i = 0; i < bytes.length; i++) {
    if (i >>> 2 !== PREFIX.CHECKSUM) hash = Math.imul(hash ^ bytes[i], FNV_PRIME);
  }
  return hash >>> 0;
}
