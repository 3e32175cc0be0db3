/**
 * Where an image is built: private memory, a buffer of the caller, a heap, a file.
 *
 * Only a file is written while the image is built. For the others it is built in memory of its own first, and copied when
 * it is complete and its size is known: so a refused value or a buffer that is too small changes nothing.
 *
 * Layer: image. A destination belongs to one agent.
 *
 * @module image/destination
 */
import { typeError } from '../base/check.js';
import { describe, QbError, QbRangeError, QbTypeError } from '../base/errors.js';
import { Destination } from './destination-base.js';
import { needFiles, pathOf } from './file.js';
import { FileDestination } from './file-destination.js';
import { isHeap, needFreeName, placeInHeap } from './heap-image.js';
import { Spill } from './spill.js';
import { Spool } from './spool.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('./build.js').BuildOptions} BuildOptions */
/** @typedef {import('./destination-base.js').Unplaced} Unplaced */
/** A file, a buffer, a heap, or nothing: a private buffer. @typedef {string | URL | ArrayBufferLike | ArrayBufferView | Heap | undefined | null} DestinationLike */

/**
 * Where a complete image goes.
 *
 * @typedef {(bytes: number) => { buffer: Uint8Array, address: number, publish(): void }} Placement
 */

/** In memory first. */
class MemoryDestination extends Destination {
  #spool;
  #folder;
  #place;

  /**
   * @param {string | null} folder of spill files; null for none
   * @param {Placement} place
   */
  constructor(folder, place) {
    super();
    this.#folder = folder;
    this.#place = place;
    this.#spool = new Spool(this.spill());
  }

  /** @override */
  spill() {
    return this.#folder === null ? null : new Spill(this.#folder);
  }

  /** @override @protected @param {Uint8Array} bytes */
  write(bytes) {
    this.#spool.append(bytes);
  }

  /** @override @param {number} at @param {Uint8Array} bytes */
  patch(at, bytes) {
    this.#spool.patch(at, bytes);
  }

  /** @override @param {Unplaced} result */
  async finish(result) {
    const { buffer, address, publish } = this.#place(this.length);
    let end = 0;
    this.#spool.copyTo({
      length: 0,
      append(bytes) {
        buffer.set(bytes, end);
        end += bytes.length;
      },
    });
    publish();
    this.#spool.close();
    return { ...result, buffer, address };
  }

  /** @override */
  async abort() {
    this.#spool.close();
  }
}

/** @type {Placement} */
const inPrivateMemory = (bytes) => ({ buffer: new Uint8Array(bytes), address: 0, publish() {} });

/** @param {Uint8Array} target @returns {Placement} */
function inBuffer(target) {
  return (bytes) => {
    if (bytes <= target.length) {
      return { buffer: target.subarray(0, bytes), address: 0, publish() {} };
    }
    throw new QbRangeError(
      'SIZE',
      `the image has ${bytes} bytes, the buffer ${target.length}. Give a larger one.`,
      bytes,
    );
  };
}

/**
 * @param {DestinationLike} dest
 * @param {Pick<BuildOptions, 'root' | 'spill'>} options
 * @returns {Destination}
 * @throws {QbError} `TYPE`, `ARGUMENT`, `ALIGN`, `EXISTS`, `CLOSED`, `UNSUPPORTED`, `NOT_FOUND`, `FILE`
 */
export function openDestination(dest, { root, spill }) {
  if (root !== undefined) {
    if (typeof root !== 'string') throw typeError('root', root, 'a string');
    if (!isHeap(dest)) {
      throw new QbError('ARGUMENT', `root names an image in a heap; the destination is none.`, {
        given: root,
      });
    }
  }
  if (typeof dest === 'string' || dest instanceof URL) return new FileDestination(dest, spill);
  const folder = spill === undefined ? null : folderOf(spill);
  if (dest === undefined || dest === null) return new MemoryDestination(folder, inPrivateMemory);
  if (isHeap(dest)) {
    if (root !== undefined) needFreeName(dest, root);
    return new MemoryDestination(folder, (bytes) => placeInHeap(dest, bytes, root));
  }
  const target = bytesOf(dest);
  if (target.byteOffset % 8 === 0) return new MemoryDestination(folder, inBuffer(target));
  throw new QbRangeError(
    'ALIGN',
    `the destination begins at byte ${target.byteOffset} of its buffer; images stand at multiples of 8.`,
    target.byteOffset,
  );
}

/** @param {string | URL} spill */
function folderOf(spill) {
  needFiles('spilling to a file');
  return pathOf(spill);
}

/** @param {unknown} dest @returns {Uint8Array} */
function bytesOf(dest) {
  if (ArrayBuffer.isView(dest)) {
    return new Uint8Array(dest.buffer, dest.byteOffset, dest.byteLength);
  }
  const isShared = typeof SharedArrayBuffer === 'function' && dest instanceof SharedArrayBuffer;
  if (dest instanceof ArrayBuffer || isShared) {
    return new Uint8Array(/** @type {ArrayBufferLike} */ (dest));
  }
  throw new QbTypeError(
    `an image is built into a buffer, file or Heap, not into ${describe(dest)}.`,
    dest,
  );
}
