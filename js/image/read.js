/**
 * Bringing the bytes of an image into memory: from a file, the network or a Blob, to where they are wanted.
 *
 *     source  --  header, which tells the size  -->  room  -->  filled
 *
 * The bytes are read once. Those of a file go straight to their place, others come in pieces.
 *
 * Layer: image. Any thread.
 *
 * @module image/read
 */
import { QbError } from '../base/errors.js';
import { corruptError } from '../struct/pack-format.js';
import { fileError, fileSystem, pathOf } from './file.js';
import { HEADER } from './format.js';
import { imageBytes } from './image.js';

/** So many are read before the signal is looked at. */
const READ_BYTES_MAX = 64 * 2 ** 20;

/**
 * Where bytes come from.
 *
 * @typedef {object} Origin
 * @property {string} name for errors
 * @property {number} bytes that there are; Infinity when that is not known
 * @property {AsyncIterable<Uint8Array>} pieces
 */

/**
 * @param {unknown} from
 * @returns {from is string | URL | Response | Blob} whether bytes must be read from it
 */
export function isOrigin(from) {
  return (
    typeof from === 'string' ||
    from instanceof URL ||
    (typeof Response === 'function' && from instanceof Response) ||
    (typeof Blob === 'function' && from instanceof Blob)
  );
}

/**
 * Reads an image.
 *
 * @param {string | URL | Response | Blob} from
 * @param {(bytes: number) => Uint8Array} place makes the room for them
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<void>}
 * @throws {QbError} `NOT_FOUND`, `FILE`, `CORRUPT`, `VERSION`, `SIZE`
 */
export async function readImage(from, place, signal) {
  const path = filePathOf(from);
  if (path === null) await readPieces(await originOf(from, signal), place, signal);
  else await readFile(path, place, signal);
}

/**
 * @param {Origin} origin
 * @param {(bytes: number) => Uint8Array} place
 * @param {AbortSignal | undefined} signal
 */
async function readPieces(origin, place, signal) {
  /** @type {Uint8Array} */
  let head = new Uint8Array(0);
  /** Once the size is known. @type {Uint8Array | null} */
  let target = null;
  let end = 0;
  for await (const piece of origin.pieces) {
    signal?.throwIfAborted();
    if (target === null) {
      head = joined(head, piece);
      if (head.length < HEADER.BYTES) continue;
      target = roomFor(head, origin, place);
      end = put(target, 0, head);
    } else {
      end = put(target, end, piece);
    }
    if (end === target.length) break;
  }
  if (target === null) {
    imageBytes(head); // says that it is none
  } else if (end < target.length) {
    throw corruptError(`${origin.name} ends after ${end} of ${target.length} bytes`, end);
  }
}

/**
 * @param {Uint8Array} head
 * @param {Pick<Origin, 'name' | 'bytes'>} origin
 * @param {(bytes: number) => Uint8Array} place
 */
function roomFor(head, { name, bytes: there }, place) {
  const bytes = imageBytes(head);
  if (bytes > there) {
    throw corruptError(`${name} has ${there} of ${bytes} bytes`, there);
  }
  return place(bytes);
}

/** @param {Uint8Array} target @param {number} at @param {Uint8Array} piece @returns {number} end */
function put(target, at, piece) {
  const part = piece.subarray(0, target.length - at);
  target.set(part, at);
  return at + part.length;
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function joined(a, b) {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/**
 * @param {string | URL | Response | Blob} from
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<Origin>}
 */
async function originOf(from, signal) {
  if (typeof from === 'string' || from instanceof URL) {
    return responseOrigin(await fetched(from, signal));
  }
  if (from instanceof Blob) {
    return { name: 'the Blob', bytes: from.size, pieces: piecesOf(from.stream()) };
  }
  return responseOrigin(from);
}

/**
 * @param {string | URL | Response | Blob} from
 * @returns {string | null} null when it is no file
 */
function filePathOf(from) {
  const isName = typeof from === 'string' || from instanceof URL;
  if (!isName || /^(https?|data|blob):/i.test(String(from)) || fileSystem() === null) return null;
  return pathOf(from);
}

/** @param {string | URL} from @param {AbortSignal | undefined} signal */
async function fetched(from, signal) {
  try {
    return await fetch(from, { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new QbError('FILE', `cannot fetch ${from}: ${/** @type {Error} */ (cause).message}.`, {
      cause,
    });
  }
}

/** @param {Response} response @returns {Origin} */
function responseOrigin({ ok, status, statusText, url, body, bodyUsed }) {
  const name = url === '' ? 'the Response' : url;
  if (!ok) {
    const code = status === 404 ? 'NOT_FOUND' : 'FILE';
    throw new QbError(code, `cannot open ${name}: the server says ${status} ${statusText}.`);
  }
  if (body === null || bodyUsed) {
    throw new QbError('FILE', `cannot open ${name}: its body was read already, or there is none.`);
  }
  return { name, bytes: Number.POSITIVE_INFINITY, pieces: piecesOf(body) };
}

/**
 * Not every browser iterates over streams.
 *
 * @param {ReadableStream<Uint8Array>} stream
 */
async function* piecesOf(stream) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

/**
 * @param {string} path
 * @param {(bytes: number) => Uint8Array} place
 * @param {AbortSignal | undefined} signal
 */
async function readFile(path, place, signal) {
  const { promises } = /** @type {import('./file.js').FileSystem} */ (fileSystem());
  /** @type {import('node:fs/promises').FileHandle | null} */
  let file = null;
  try {
    file = await promises.open(path, 'r');
    const { size } = await file.stat();
    const head = new Uint8Array(Math.min(HEADER.BYTES, size));
    await fill(file, head, 0, signal);
    const target = roomFor(head, { name: path, bytes: size }, place);
    target.set(head);
    await fill(file, target, head.length, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw cause instanceof QbError ? cause : fileError(`open the image ${path}`, cause);
  } finally {
    await file?.close();
  }
}

/**
 * @param {import('node:fs/promises').FileHandle} file
 * @param {Uint8Array} target
 * @param {number} from where it is filled from on
 * @param {AbortSignal | undefined} signal
 */
async function fill(file, target, from, signal) {
  for (let at = from; at < target.length; ) {
    const count = Math.min(target.length - at, READ_BYTES_MAX);
    const { bytesRead } = await file.read(target, at, count, at);
    if (bytesRead === 0)
      throw corruptError(`the file ends after ${at} of ${target.length} bytes`, at);
    signal?.throwIfAborted();
    at += bytesRead;
  }
}
