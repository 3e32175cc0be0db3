/**
 * Opening images: from a buffer, a file, the network or a heap.
 *
 * Layer: image. Any thread.
 *
 * @module image/open
 */
import { checkBoolean, checkOptions } from '../base/check.js';
import { sourceOf } from '../struct/pack.js';
import { snapshot } from '../struct/pack-session.js';
import { openSource } from './image.js';

/** @typedef {import('../struct/pack.js').Bytes} Bytes */
/** @typedef {import('./image.js').Image} Image */

/**
 * @typedef {object} OpenOptions
 * @property {boolean} [writable] numbers and other fields of fixed size may be written (false)
 */

/**
 * Opens an image in a buffer. It is read in place: the buffer must stay as it is.
 *
 * @param {Bytes} buffer bytes that do not stand at a multiple of 8 are copied first, and are read only
 * @param {OpenOptions} [options]
 * @returns {Image}
 * @throws {QbError} `CORRUPT`, `VERSION`, `SIZE`, `TYPE`, `ARGUMENT`
 *
 * @example
 * const { buffer } = await mapOf(t.string, t.u32).build(new Map([['a', 1]]));
 * openBytes(buffer).as(mapOf(t.string, t.u32)).get('a'); // 1
 */
export function openBytes(buffer, options) {
  const { writable = false } = checkOptions('openBytes', options, ['writable']);
  checkBoolean('writable', writable);
  const source = sourceOf(buffer, 0);
  const isAligned = source.base % 8 === 0;
  return openSource(isAligned ? source : snapshot(source), writable && isAligned);
}
