/**
 * Where the parts of a container wait while it is built: a temporary file.
 *
 * The file has no name from the moment on in which it is open, where the system allows it: whatever happens to the
 * process, nothing is left behind.
 *
 * Layer: image. A spill belongs to one agent.
 *
 * @module image/spill
 */
import { fileError, needFiles, temporaryPath } from './file.js';

const PAGE_BYTES = 4096;
/** Pages that are kept for small reads. */
const PAGE_COUNT = 256;

/**
 * Bytes in a temporary file. Small reads, which go where a hash table leads, come from a few pages in memory.
 */
export class Spill {
  #folder;
  #fs;
  #file = -1;
  /** Of the file, while it has a name. */
  #path = '';
  #pages = new Uint8Array(0);
  /** Which page is where; one more than its number. */
  #tags = new Uint32Array(PAGE_COUNT);

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
    this.#fs = needFiles('spilling to a file');
  }

  /**
   * @param {number} at
   * @param {Uint8Array} bytes
   */
  write(at, bytes) {
    if (this.#file < 0) this.#open();
    try {
      writeAll(this.#fs, this.#file, bytes, at);
    } catch (cause) {
      throw fileError(`write a temporary file in ${this.#folder}`, cause);
    }
    const last = Math.floor((at + bytes.length - 1) / PAGE_BYTES);
    for (let page = Math.floor(at / PAGE_BYTES); page <= last; page++) {
      if (this.#tags[page % PAGE_COUNT] === page + 1) this.#tags[page % PAGE_COUNT] = 0;
    }
  }

  /**
   * @param {number} at
   * @param {Uint8Array} target is filled
   */
  read(at, target) {
    if (target.length > PAGE_BYTES) {
      this.#readAll(at, target);
      return;
    }
    for (let done = 0; done < target.length; ) {
      const page = this.#page(Math.floor((at + done) / PAGE_BYTES));
      const from = (at + done) % PAGE_BYTES;
      const part = page.subarray(from, from + target.length - done);
      target.set(part, done);
      done += part.length;
    }
  }

  /** Nothing is left behind. */
  close() {
    if (this.#file < 0) return;
    this.#fs.closeSync(this.#file);
    this.#file = -1;
    if (this.#path !== '') this.#fs.rmSync(this.#path, { force: true });
    this.#path = '';
    this.#pages = new Uint8Array(0);
  }

  /** @param {number} page @returns {Uint8Array} */
  #page(page) {
    if (this.#pages.length === 0) this.#pages = new Uint8Array(PAGE_COUNT * PAGE_BYTES);
    const slot = page % PAGE_COUNT;
    const bytes = this.#pages.subarray(slot * PAGE_BYTES, (slot + 1) * PAGE_BYTES);
    if (this.#tags[slot] === page + 1) return bytes;
    this.#tags[slot] = 0;
    this.#readAll(page * PAGE_BYTES, bytes);
    this.#tags[slot] = page + 1;
    return bytes;
  }

  /** @param {number} at @param {Uint8Array} target */
  #readAll(at, target) {
    try {
      for (let done = 0; done < target.length; ) {
        const count = this.#fs.readSync(this.#file, target, done, target.length - done, at + done);
        if (count === 0) throw new Error('it is shorter than it was');
        done += count;
      }
    } catch (cause) {
      throw fileError(`read a temporary file in ${this.#folder}`, cause);
    }
  }

  #open() {
    const path = temporaryPath(this.#folder, 'qbwasm-spill');
    try {
      this.#file = this.#fs.openSync(path, 'wx+');
    } catch (cause) {
      throw fileError(`make a temporary file in ${this.#folder}`, cause);
    }
    try {
      this.#fs.unlinkSync(path);
    } catch {
      this.#path = path; // a system that keeps the names of open files
    }
  }
}

/**
 * @param {import('./file.js').FileSystem} fs
 * @param {number} file
 * @param {Uint8Array} bytes
 * @param {number} at
 */
export function writeAll(fs, file, bytes, at) {
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(file, bytes, done, bytes.length - done, at + done);
  }
}
