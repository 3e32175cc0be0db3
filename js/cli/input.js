/**
 * The rows' bytes: a file that is read as often as there are containers, or a stream that is read once.
 *
 *     regular file                       read at positions, again and again
 *     standard input, pipe: one pass     as it comes
 *     standard input, pipe: several      copied into a temporary file first, which has no name any more
 *
 * Layer: entries. Node alone.
 *
 * @module cli/input
 */
import { open, rm } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { temporaryPath } from '../image/file.js';
import { CliError, EXIT, fileError } from './errors.js';
import { printable } from './text.js';

/** @typedef {import('node:fs/promises').FileHandle} FileHandle */
/** @typedef {import('node:stream').Readable} Readable */

/** What one read takes. */
const PIECE_BYTES = 256 * 1024;

/**
 * @typedef {object} InputOptions
 * @property {number} passes how often it will be read
 * @property {string} folder of the temporary file
 * @property {AbortSignal} signal
 */

export class Input {
  /** Of all passes so far. */
  bytesRead = 0;
  /** @type {FileHandle | null} */
  #file;
  /** @type {Readable | null} */
  #stream;

  /**
   * @param {string} name as errors say it
   * @param {FileHandle | null} file
   * @param {Readable | null} stream
   * @param {number} bytes of one pass; NaN when that is not known
   */
  constructor(name, file, stream, bytes) {
    /** @readonly */
    this.name = name;
    /** @readonly */
    this.bytes = bytes;
    this.#file = file;
    this.#stream = stream;
  }

  /**
   * @param {string} path '-' is the standard input
   * @param {InputOptions} options
   * @returns {Promise<Input>}
   * @throws {import('./errors.js').CliError}
   */
  static async open(path, options) {
    const { passes, folder, signal } = options;
    const name = path === '-' ? 'standard input' : printable(path);
    /** @type {FileHandle | null} */
    let file = null;
    try {
      file = path === '-' ? null : await unlessAborted(open(path, 'r'), signal);
      const stat = await file?.stat();
      if (stat?.isDirectory())
        throw new CliError(EXIT.FILE, 'cannot be read: it is a directory', name);
      if (file !== null && stat?.isFile()) return new Input(name, file, null, stat.size);
      const stream = addAbortSignal(signal, file?.createReadStream() ?? process.stdin);
      if (passes === 1) return new Input(name, null, stream, Number.NaN);
      const copy = await copied(stream, folder);
      return new Input(name, copy, null, (await copy.stat()).size);
    } catch (error) {
      await file?.close().catch(() => {});
      signal.throwIfAborted();
      throw fileError(name, 'read', error);
    }
  }

  /**
   * One pass. What is added to the file meanwhile is not read.
   *
   * @returns {AsyncGenerator<Buffer, void>}
   */
  async *pieces() {
    const file = this.#file;
    try {
      if (this.#stream !== null) {
        for await (const piece of this.#stream) {
          this.bytesRead += piece.length;
          yield piece;
        }
        return;
      }
      for (let at = 0; at < this.bytes && file !== null; ) {
        const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, this.bytes - at));
        const { bytesRead } = await file.read(piece, 0, piece.length, at);
        if (bytesRead === 0) break;
        at += bytesRead;
        this.bytesRead += bytesRead;
        yield piece.subarray(0, bytesRead);
      }
    } catch (error) {
      throw fileError(this.name, 'read', error);
    }
  }

  async close() {
    this.#stream?.destroy();
    await this.#file?.close();
    this.#file = null;
  }
}

/**
 * @param {Readable} stream
 * @param {string} folder
 * @returns {Promise<FileHandle>} of a file without a name: it goes with the process
 */
async function copied(stream, folder) {
  const path = temporaryPath(folder, 'input');
  const file = await open(path, 'wx+').catch((error) => {
    throw fileError(printable(path), 'written', error);
  });
  try {
    await rm(path, { force: true });
    for await (const piece of stream) await file.appendFile(piece);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * A pipe that nobody writes is opened for ever.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
function unlessAborted(promise, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
