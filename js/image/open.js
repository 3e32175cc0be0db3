/**
 * Opening images: from a buffer, a file, the network or a heap.
 *
 * Layer: image. Any thread.
 *
 * @module image/open
 */
import { checkBoolean, checkOptions, typeError } from '../base/check.js';
import { describe, QbError, QbTypeError } from '../base/errors.js';
import { sourceOf } from '../struct/pack.js';
import { snapshot } from '../struct/pack-session.js';
import { findRoot, isHeap, placeInHeap, sourceInHeap } from './heap-image.js';
import { openSource } from './image.js';
import { isOrigin, readImage } from './read.js';
import { verifySource } from './verify.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/pack.js').Bytes} Bytes */
/** @typedef {import('../struct/pack-session.js').Source} Source */
/** @typedef {import('../struct/pack-verify.js').VerifyLimits} VerifyLimits */
/** @typedef {import('./image.js').Image} Image */

/**
 * How an image in memory is read.
 *
 * @typedef {object} OpenBytesOptions
 * @property {boolean} [writable] numbers and other fields of fixed size may be written (false). Typed arrays are the bytes in place,
 *   which JS cannot protect: do not write those of a read-only image, take `slice()`
 * @property {boolean | VerifyLimits} [verify] foreign bytes: a private copy is checked as a whole, and read (false)
 */

/**
 * How an image is opened, and where its bytes go.
 *
 * @typedef {object} OpenOptions
 * @property {boolean} [writable] as of {@link OpenBytesOptions} (false)
 * @property {boolean | VerifyLimits} [verify] the bytes are checked as a whole before they are read (false)
 * @property {boolean} [shared] the bytes are in a SharedArrayBuffer, so that `image.bytes` can be posted to workers (false)
 * @property {Heap} [heap] the bytes are read into this heap. Needs `root`
 * @property {string} [root] name of the image in the heap: when there is one already it is opened, and nothing is read
 * @property {AbortSignal} [signal] ends reading
 */

const BYTES_OPTIONS = Object.freeze(['writable', 'verify']);
const OPTIONS = Object.freeze([...BYTES_OPTIONS, 'shared', 'heap', 'root', 'signal']);

/**
 * Opens an image. From a file, the network or a Blob its bytes are read once, to where they stay; afterwards nothing
 * is read, parsed or copied.
 *
 * @param {string | URL | Response | Blob | Bytes | Heap} from path; file: or http: URL; Response; Blob; buffer; heap with
 *   the option `root`
 * @param {OpenOptions} [options]
 * @returns {Promise<Image>}
 * @throws {QbError} `CORRUPT`, `VERSION`, `SIZE`, `NOT_FOUND`, `FILE`, `LIMIT`, `SCHEMA`; `OUT_OF_MEMORY` of a heap; `TYPE`,
 *   `ARGUMENT`; the reason of the signal
 *
 * @example
 * const { buffer } = await mapOf(t.string, t.u32).build([['ada', 36]]);
 * await open(buffer, { heap, root: 'ages' }); // one copy for all workers of the heap, which say:
 * openRoot(heap, 'ages').as(mapOf(t.string, t.u32)).get('ada'); // 36
 */
export async function open(from, options) {
  const given = checkOptions('open', options, OPTIONS);
  const { writable = false, shared = false, verify = false, heap, root, signal } = given;
  checkBoolean('shared', shared);
  checkBoolean('writable', writable);
  signal?.throwIfAborted();
  if (isHeap(from)) return openRoot(from, needRoot(root), { writable });
  if (heap !== undefined) {
    if (!isHeap(heap)) throw typeError('heap', heap, 'a Heap');
    return openInto(heap, needRoot(root), from, given);
  }
  if (root !== undefined) {
    throw new QbError('ARGUMENT', 'root names an image in a heap; give the heap as well.', {
      given: root,
    });
  }
  const make = shared ? sharedBytes : privateBytes;
  if (!isOrigin(from)) {
    if (!shared) return openBytes(from, { writable, verify });
    const source = sourceOf(from, 0);
    const copy = make(source.end - source.base);
    copy.set(new Uint8Array(source.buffer, source.base, copy.length));
    return opened(sourceOf(copy, 0), writable, verify);
  }
  /** @type {Uint8Array} */
  let bytes = new Uint8Array(0);
  const place = (/** @type {number} */ size) => {
    bytes = make(size);
    return bytes;
  };
  await readImage(from, place, signal);
  return opened(sourceOf(bytes, 0), writable, verify);
}

/**
 * Opens an image in a buffer. It is read in place: the buffer must stay as it is.
 *
 * @param {Bytes} buffer bytes that do not stand at a multiple of 8 are copied first, and are read only
 * @param {OpenBytesOptions} [options]
 * @returns {Image}
 * @throws {QbError} `CORRUPT`, `VERSION`, `SIZE`, `LIMIT`, `SCHEMA`, `TYPE`, `ARGUMENT`
 *
 * @example
 * const { buffer } = await mapOf(t.string, t.u32).build(new Map([['a', 1]]));
 * openBytes(buffer).as(mapOf(t.string, t.u32)).get('a'); // 1
 */
export function openBytes(buffer, options) {
  const given = checkOptions('openBytes', options, BYTES_OPTIONS);
  const { writable = false, verify = false } = given;
  checkBoolean('writable', writable);
  const source = sourceOf(buffer, 0);
  const isInPlace = source.base % 8 === 0 && verify === false;
  return opened(isInPlace ? source : snapshot(source), writable && isInPlace, verify);
}

/**
 * Opens an image that was published in a heap, by this or another thread.
 *
 * @param {Heap} heap
 * @param {string} root its name
 * @param {{ writable?: boolean }} [options]
 * @returns {Image}
 * @throws {QbError} `NOT_FOUND`, `SCHEMA` when the root is no image, `CORRUPT`, `VERSION`, `CLOSED`, `TYPE`
 */
export function openRoot(heap, root, options) {
  const { writable = false } = checkOptions('openRoot', options, ['writable']);
  checkBoolean('writable', writable);
  if (!isHeap(heap)) throw typeError('heap', heap, 'a Heap');
  const address = findRoot(heap, root);
  if (address !== 0) return openSource(sourceInHeap(heap, address), writable, address);
  throw new QbError(
    'NOT_FOUND',
    `the heap has no root '${root}'. Build or open an image with { heap, root } first.`,
    { given: root },
  );
}

/**
 * @param {Heap} heap
 * @param {string} root
 * @param {string | URL | Response | Blob | Bytes} from
 * @param {OpenOptions} options
 * @returns {Promise<Image>}
 */
async function openInto(heap, root, from, { writable = false, verify = false, signal }) {
  if (findRoot(heap, root) !== 0) return openRoot(heap, root, { writable });
  /** @type {ReturnType<typeof placeInHeap> | null} */
  let placed = null;
  const place = (/** @type {number} */ size) => {
    placed = placeInHeap(heap, size, root);
    return placed.buffer;
  };
  const room = () => /** @type {ReturnType<typeof placeInHeap> | null} */ (placed);
  try {
    if (isOrigin(from)) await readImage(from, place, signal);
    else copyImage(sourceOf(from, 0), place);
    const { buffer } = /** @type {{ buffer: Uint8Array }} */ (room());
    // Nobody knows of the block yet, so these bytes are private.
    opened(sourceOf(buffer, 0), false, verify);
  } catch (error) {
    const block = room();
    if (block !== null) heap.free(block.address);
    throw error;
  }
  try {
    room()?.publish();
  } catch (error) {
    // Another thread was faster: its copy serves all.
    const isLate = error instanceof QbError && error.code === 'EXISTS';
    if (!isLate) throw error;
  }
  return openRoot(heap, root, { writable });
}

/** @param {Source} source @param {(bytes: number) => Uint8Array} place */
function copyImage(source, place) {
  const image = openSource(source.base % 8 === 0 ? source : snapshot(source), false);
  place(image.size).set(image.bytes);
}

/**
 * @param {Source} source
 * @param {boolean} writable
 * @param {boolean | VerifyLimits} verify
 */
function opened(source, writable, verify) {
  if (verify !== false) verifySource(source, verify === true ? {} : verify);
  return openSource(source, writable);
}

/** @param {unknown} root @returns {string} */
function needRoot(root) {
  if (typeof root === 'string') return root;
  throw new QbTypeError(
    `root is ${describe(root)}; an image in a heap has a name: give it as { root: 'packages' }.`,
    root,
  );
}

/** @param {number} bytes */
function privateBytes(bytes) {
  return new Uint8Array(bytes);
}

/** @param {number} bytes @throws {QbError} `NOT_ISOLATED` */
function sharedBytes(bytes) {
  if (typeof SharedArrayBuffer === 'function') return new Uint8Array(new SharedArrayBuffer(bytes));
  throw new QbError(
    'NOT_ISOLATED',
    'there are no SharedArrayBuffers here: a page needs the headers Cross-Origin-Opener-Policy: same-origin and ' +
      'Cross-Origin-Embedder-Policy: require-corp.',
  );
}
