/**
 * Where an image is built.
 *
 * Layer: image. A destination belongs to one agent.
 *
 * @module image/destination
 */
import { describe, QbError, QbRangeError, QbTypeError } from '../base/errors.js';
import { crc32c } from './crc.js';
import { IMAGE_BYTES_MAX } from './format.js';
import { Spool } from './spool.js';

/** @typedef {import('./build.js').BuildOptions} BuildOptions */
/** @typedef {import('./build.js').BuildResult} BuildResult */
/** @typedef {import('./spill.js').Spill} Spill */
/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {string | URL | ArrayBufferLike | ArrayBufferView | Heap | undefined | null} DestinationLike */

/**
 * What an image is written to, from front to back; only its head is written again at the end.
 */
export class Destination {
  /** Bytes so far. */
  length = 0;
  /** Of the bytes since {@link Destination.restartChecksum}. */
  checksum = 0;

  restartChecksum() {
    this.checksum = 0;
  }

  /** @param {Uint8Array} bytes */
  append(bytes) {
    if (this.length + bytes.length > IMAGE_BYTES_MAX) {
      throw new QbRangeError('SIZE', 'an image has less than 4 GiB. Make several.', this.length);
    }
    this.checksum = crc32c(bytes, this.checksum);
    this.write(bytes);
    this.length += bytes.length;
  }

  /** @param {Uint8Array} _bytes @protected */
  write(_bytes) {}

  /**
   * Writes over bytes that are there.
   *
   * @param {number} _at
   * @param {Uint8Array} _bytes
   */
  patch(_at, _bytes) {}

  /** @returns {Spill | null} where a part may wait; null: in memory */
  spill() {
    return null;
  }

  /**
   * The image is complete.
   *
   * @param {Omit<BuildResult, 'buffer' | 'address'>} result
   * @returns {Promise<BuildResult>}
   */
  async finish(result) {
    return { ...result, buffer: null, address: 0 };
  }

  /** Leaves nothing behind. */
  async abort() {}
}

class MemoryDestination extends Destination {
  #spool = new Spool(null);

  /** @override @protected @param {Uint8Array} bytes */
  write(bytes) {
    this.#spool.append(bytes);
  }

  /** @override @param {number} at @param {Uint8Array} bytes */
  patch(at, bytes) {
    this.#spool.patch(at, bytes);
  }

  /** @override @param {Omit<BuildResult, 'buffer' | 'address'>} result */
  async finish(result) {
    const buffer = this.place(this.length);
    let end = 0;
    this.#spool.copyTo({
      length: 0,
      append(bytes) {
        buffer.set(bytes, end);
        end += bytes.length;
      },
    });
    this.#spool.close();
    return { ...result, buffer, address: 0 };
  }

  /** @param {number} bytes @returns {Uint8Array} @protected */
  place(bytes) {
    return new Uint8Array(bytes);
  }
}

class BufferDestination extends MemoryDestination {
  #target;

  /** @param {Uint8Array} target */
  constructor(target) {
    super();
    this.#target = target;
  }

  /** @override @protected @param {number} bytes */
  place(bytes) {
    if (bytes <= this.#target.length) return this.#target.subarray(0, bytes);
    throw new QbRangeError(
      'SIZE',
      `the image has ${bytes} bytes, the buffer ${this.#target.length}. Give a larger one.`,
      bytes,
    );
  }
}

/**
 * @param {unknown} dest
 * @param {BuildOptions} _options
 * @returns {Promise<Destination>}
 */
export async function openDestination(dest, _options) {
  if (dest === undefined || dest === null) return new MemoryDestination();
  if (ArrayBuffer.isView(dest)) {
    return new BufferDestination(new Uint8Array(dest.buffer, dest.byteOffset, dest.byteLength));
  }
  const isShared = typeof SharedArrayBuffer === 'function' && dest instanceof SharedArrayBuffer;
  if (dest instanceof ArrayBuffer || isShared) return new BufferDestination(new Uint8Array(dest));
  if (typeof dest === 'string' || dest instanceof URL) {
    throw new QbError('UNSUPPORTED', 'images are not yet built into files.');
  }
  throw new QbTypeError(
    `an image is built into a buffer, file or Heap, not into ${describe(dest)}.`,
    dest,
  );
}
