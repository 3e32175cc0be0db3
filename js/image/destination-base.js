/**
 * What an image is built into: the part that all destinations have.
 *
 * Layer: image. A destination belongs to one agent.
 *
 * @module image/destination-base
 */
import { QbRangeError } from '../base/errors.js';
import { crc32c } from './crc.js';
import { IMAGE_BYTES_MAX } from './format.js';

/** @typedef {import('./build.js').BuildResult} BuildResult */
/** @typedef {import('./spill.js').Spill} Spill */
/** @typedef {Omit<BuildResult, 'buffer' | 'address'>} Unplaced what is known before it is placed */

/**
 * It is written from front to back; only its head is written again at the end.
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
    this.checkRoom(bytes.length);
    this.checksum = crc32c(bytes, this.checksum);
    this.write(bytes);
    this.length += bytes.length;
  }

  /**
   * @param {number} bytes that are to come, at least
   * @throws {QbRangeError} `SIZE`
   */
  checkRoom(bytes) {
    const total = this.length + bytes;
    if (total <= IMAGE_BYTES_MAX) return;
    throw new QbRangeError(
      'SIZE',
      `the image would have more than ${IMAGE_BYTES_MAX} bytes: JS reads images at 32-bit addresses. Make several, each ` +
        'of a part of the entries.',
      total,
    );
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
   * @param {Unplaced} result
   * @returns {Promise<BuildResult>}
   */
  async finish(result) {
    return { ...result, buffer: null, address: 0 };
  }

  /** Leaves nothing behind. */
  async abort() {}
}
