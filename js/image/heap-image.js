/**
 * Images in a heap: a block, and a root that names it. One copy serves all workers.
 *
 * Layer: image. Any thread.
 *
 * @module image/heap-image
 */
import { QbError } from '../base/errors.js';
import { Blocks } from '../heap/blocks.js';
import { IMAGE_MAGIC, PART_ALIGN_BYTES } from './format.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/pack-session.js').Source} Source */

/** What a root of an image says it is. */
const ROOT_KIND = IMAGE_MAGIC[0];

/**
 * Asks for the class below Heap: that of the heap itself brings the wasm core, which a page that only reads images
 * does not need.
 *
 * @param {unknown} value
 * @returns {value is Heap}
 */
export function isHeap(value) {
  return value instanceof Blocks;
}

/**
 * Room for an image.
 *
 * @param {Heap} heap
 * @param {number} bytes
 * @param {string | undefined} root the name that `publish` gives it
 * @returns {{ buffer: Uint8Array<SharedArrayBuffer>, address: number, publish(): void }}
 * @throws {QbError} `OUT_OF_MEMORY`, `SIZE`, `CLOSED`; `publish` also `EXISTS`, `NAME`, `ROOTS_FULL`, and then the room is
 *   free again
 */
export function placeInHeap(heap, bytes, root) {
  const address = heap.alloc(bytes, { align: PART_ALIGN_BYTES });
  const publish = () => {
    if (root === undefined) return;
    try {
      heap.roots.set(root, address, { kind: ROOT_KIND });
    } catch (error) {
      heap.free(address);
      throw error;
    }
  };
  return { buffer: heap.bytes(address, bytes), address, publish };
}

/**
 * @param {Heap} heap
 * @param {string} root
 * @throws {QbError} `EXISTS`
 */
export function needFreeName(heap, root) {
  if (!heap.roots.has(root)) return;
  throw new QbError(
    'EXISTS',
    `there is a root '${root}' already. Open it with openRoot, or take another name.`,
    { given: root },
  );
}

/**
 * @param {Heap} heap
 * @param {string} root
 * @returns {number} address of the image; 0 when there is none of that name
 * @throws {QbError} `SCHEMA` when the root is something else
 */
export function findRoot(heap, root) {
  const found = heap.roots.get(root);
  if (found === undefined) return 0;
  if (found.kind === ROOT_KIND) return found.value;
  throw new QbError('SCHEMA', `the root '${root}' is no image.`, { given: root });
}

/**
 * @param {Heap} heap
 * @param {number} address of a block
 * @returns {Source}
 */
export function sourceInHeap(heap, address) {
  const { buffer, byteLength } = heap.bytes(address);
  return { buffer, base: address, end: address + byteLength };
}
