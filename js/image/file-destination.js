/**
 * Building into a file: a temporary file next to it, which takes its name when it is complete and on the disk.
 *
 *     .packages.qbi.4711-1-x7k2.tmp   --  fsync, rename  -->   packages.qbi
 *
 * Whoever opens the name meanwhile finds what was there before, or nothing.
 *
 * Layer: image. A destination belongs to one agent.
 *
 * @module image/file-destination
 */
import { Destination } from './destination-base.js';
import { fileError, needFiles, pathOf, temporaryPath } from './file.js';
import { Spill, writeAll } from './spill.js';

/** @typedef {import('./destination-base.js').Unplaced} Unplaced */

const BUFFER_BYTES = 2 ** 20;

export class FileDestination extends Destination {
  #fs;
  #path;
  #folder;
  #spillFolder;
  #temporary;
  #file;
  #buffer = new Uint8Array(BUFFER_BYTES);
  #used = 0;
  /** Bytes of the file, without the buffer. */
  #written = 0;

  /**
   * @param {string | URL} dest
   * @param {string | URL | undefined} spill folder
   * @throws {QbError} `UNSUPPORTED`, `ARGUMENT`, `NOT_FOUND`, `FILE`
   */
  constructor(dest, spill) {
    super();
    this.#fs = needFiles('building an image into a file');
    const { dirname, basename } = process.getBuiltinModule('node:path');
    this.#path = pathOf(dest);
    this.#folder = dirname(this.#path);
    this.#spillFolder = spill === undefined ? this.#folder : pathOf(spill);
    this.#temporary = temporaryPath(this.#folder, basename(this.#path));
    try {
      if (this.#fs.statSync(this.#path, { throwIfNoEntry: false })?.isDirectory()) {
        throw new Error('it is a folder');
      }
      this.#file = this.#fs.openSync(this.#temporary, 'wx');
    } catch (cause) {
      throw fileError(`build the image ${this.#path}`, cause);
    }
  }

  /** @override */
  spill() {
    return new Spill(this.#spillFolder);
  }

  /** @override @protected @param {Uint8Array} bytes */
  write(bytes) {
    if (this.#used + bytes.length > this.#buffer.length) this.#flush();
    if (bytes.length > this.#buffer.length) {
      this.#put(bytes, this.#written);
      this.#written += bytes.length;
      return;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** @override @param {number} at @param {Uint8Array} bytes */
  patch(at, bytes) {
    this.#flush();
    this.#put(bytes, at);
  }

  /** @override @param {Unplaced} result */
  async finish(result) {
    this.#flush();
    try {
      await new Promise((resolve, reject) => {
        this.#fs.fsync(this.#file, (error) => (error ? reject(error) : resolve(null)));
      });
      this.#close();
      await this.#fs.promises.rename(this.#temporary, this.#path);
    } catch (cause) {
      throw fileError(`write the image ${this.#path}`, cause);
    }
    await this.#syncFolder();
    return { ...result, buffer: null, address: 0 };
  }

  /** @override */
  async abort() {
    this.#close();
    await this.#fs.promises.rm(this.#temporary, { force: true });
  }

  /** The new name shall outlive a power failure as well. Not all systems can do that, and then there is nothing to do. */
  async #syncFolder() {
    try {
      const folder = await this.#fs.promises.open(this.#folder, 'r');
      await folder.sync().finally(() => folder.close());
    } catch {
      // a system that opens no folders
    }
  }

  #flush() {
    this.#put(this.#buffer.subarray(0, this.#used), this.#written);
    this.#written += this.#used;
    this.#used = 0;
  }

  /** @param {Uint8Array} bytes @param {number} at */
  #put(bytes, at) {
    try {
      writeAll(this.#fs, this.#file, bytes, at);
    } catch (cause) {
      throw fileError(`write the image ${this.#path}`, cause);
    }
  }

  #close() {
    if (this.#file >= 0) this.#fs.closeSync(this.#file);
    this.#file = -1;
  }
}
