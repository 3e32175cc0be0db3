/**
 * Files with packed bytes: reading them whole, and telling what they are.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/files
 */
import { open } from 'node:fs/promises';
import { IMAGE_BYTES_MAX, IMAGE_MAGIC } from '../image/format.js';
import { HEAD, MAGIC } from '../struct/pack-format.js';
import { badError, fileError } from './errors.js';
import { printable, sized } from './text.js';

/** What one call reads. */
const PIECE_BYTES = 64 * 2 ** 20;
/** Bytes of a foreign file that an error shows. */
const SHOWN_BYTES = 8;

/**
 * Bytes of a file, in memory.
 *
 * @typedef {object} WholeFile
 * @property {string} name as errors say it
 * @property {Uint8Array<ArrayBuffer>} bytes at the start of their buffer
 */

/** @typedef {WholeFile & { kind: 'image' | 'packed' }} PackedFile */

/**
 * @param {string} path '-' is the standard input
 * @returns {Promise<WholeFile>}
 * @throws {import('./errors.js').CliError}
 */
export async function readWhole(path) {
  const isInput = path === '-';
  const name = isInput ? 'standard input' : printable(path);
  try {
    const bytes = isInput
      ? joined(await piecesOf(process.stdin, name))
      : await readFile(path, name);
    return { name, bytes };
  } catch (error) {
    throw fileError(name, 'read', error);
  }
}

/**
 * @param {string} path of an image or of packed values; '-' is the standard input
 * @returns {Promise<PackedFile>}
 * @throws {import('./errors.js').CliError}
 */
export async function readPacked(path) {
  const file = await readWhole(path);
  const { name, bytes } = file;
  const kind = kindOf(bytes);
  if (kind !== null) return { ...file, kind };
  const first = Array.from(bytes.subarray(0, SHOWN_BYTES), (b) => b.toString(16).padStart(2, '0'));
  throw badError(
    name,
    bytes.length === 0
      ? 'it is empty, so neither an image nor a packed value'
      : `it is neither an image nor a packed value: it begins with ${first.join(' ')}`,
  );
}

/**
 * What bytes are, by their first ones.
 *
 * @param {Uint8Array} bytes at the start of their buffer
 * @returns {'image' | 'packed' | null}
 */
export function kindOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isImage =
    bytes.length >= IMAGE_MAGIC.length * 4 &&
    IMAGE_MAGIC.every((word, i) => view.getUint32(i * 4, true) === word);
  if (isImage) return 'image';
  const isPacked = bytes.length >= HEAD.BYTES && view.getUint16(HEAD.MAGIC, true) === MAGIC;
  return isPacked ? 'packed' : null;
}

/** @param {string} path @param {string} name @returns {Promise<Uint8Array<ArrayBuffer>>} */
async function readFile(path, name) {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return joined(await piecesOf(file.createReadStream(), name));
    checkSize(stat.size, name);
    const bytes = new Uint8Array(Math.ceil(stat.size / 8) * 8);
    let end = 0;
    while (end < stat.size) {
      const count = Math.min(stat.size - end, PIECE_BYTES);
      const { bytesRead } = await file.read(bytes, end, count, end);
      if (bytesRead === 0) break;
      end += bytesRead;
    }
    return bytes.subarray(0, end);
  } finally {
    await file.close();
  }
}

/** @param {AsyncIterable<Uint8Array>} stream @param {string} name */
async function piecesOf(stream, name) {
  const pieces = [];
  let bytes = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    bytes += piece.length;
    checkSize(bytes, name);
  }
  return pieces;
}

/** @param {readonly Uint8Array[]} pieces @returns {Uint8Array<ArrayBuffer>} */
function joined(pieces) {
  const size = pieces.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(Math.ceil(size / 8) * 8);
  let end = 0;
  for (const piece of pieces) {
    bytes.set(piece, end);
    end += piece.length;
  }
  return bytes.subarray(0, end);
}

/** @param {number} size @param {string} name */
function checkSize(size, name) {
  if (size <= IMAGE_BYTES_MAX) return;
  throw badError(name, `it has ${sized(size)}; files below 4 GiB can be read`);
}
