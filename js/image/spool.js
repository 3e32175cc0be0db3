/**
 * A growing sequence of bytes: a part of a container while it is built.
 *
 *     full chunks, in memory or in a spill file          tail
 *     | 256 KiB | 256 KiB | 256 KiB | ...                | bytes so far |
 *
 * It grows by chunks, so that it never holds two copies of itself.
 *
 * Layer: image. A spool belongs to one agent.
 *
 * @module image/spool
 */
import { encodeUtf8, isIllFormed } from '../struct/strings.js';

/** @typedef {import('./spill.js').Spill} Spill */

const FIRST_BYTES = 4096;
const CHUNK_BYTES = 2 ** 18;
/** Longer texts are encoded at once, not character by character. */
const ASCII_UNITS_MAX = 64;
const ZEROS = new Uint8Array(64);

/**
 * What takes bytes: a spool, or the image itself.
 *
 * @typedef {object} Sink
 * @property {number} length bytes so far
 * @property {(bytes: Uint8Array) => void} append copies them
 */

/** @implements {Sink} */
export class Spool {
  #spill;
  #onChunk;
  /** @type {Uint8Array[]} */
  #full = [];
  #tail = new Uint8Array(FIRST_BYTES);
  #words = new Uint32Array(this.#tail.buffer);
  /** Bytes of the full chunks, and of the tail. */
  #before = 0;
  #used = 0;
  #scratch = new Uint8Array(0);

  /**
   * @param {Spill | null} spill where full chunks go; null keeps them in memory
   * @param {() => void} [onChunk] called after each chunk; what it throws ends what is appended
   */
  constructor(spill, onChunk = () => {}) {
    this.#spill = spill;
    this.#onChunk = onChunk;
  }

  get length() {
    return this.#before + this.#used;
  }

  /** @param {Uint8Array} bytes */
  append(bytes) {
    let from = 0;
    while (from < bytes.length) {
      if (this.#used === this.#tail.length) this.#grow();
      const count = Math.min(bytes.length - from, this.#tail.length - this.#used);
      this.#tail.set(
        count === bytes.length ? bytes : bytes.subarray(from, from + count),
        this.#used,
      );
      this.#used += count;
      from += count;
    }
  }

  /** @param {number} value @returns {void} the length must be a multiple of 4 */
  appendU32(value) {
    if (this.#used === this.#tail.length) this.#grow();
    this.#words[this.#used >>> 2] = value;
    this.#used += 4;
  }

  /**
   * @param {string} text
   * @returns {boolean} false when it is ill-formed, and nothing was written
   */
  appendText(text) {
    const { length } = text;
    if (length <= ASCII_UNITS_MAX && this.#used + length <= this.#tail.length) {
      const tail = this.#tail;
      let at = this.#used;
      let all = 0;
      for (let i = 0; i < length; i++, at++) {
        const unit = text.charCodeAt(i);
        tail[at] = unit;
        all |= unit;
      }
      if (all < 0x80) {
        this.#used = at;
        return true;
      }
    }
    if (isIllFormed(text)) return false;
    this.append(encodeUtf8(text));
    return true;
  }

  /** @param {number} multiple at most 64 */
  pad(multiple) {
    padTo(this, multiple);
  }

  /**
   * @param {number} at
   * @param {number} bytes
   * @returns {Uint8Array} valid until the next call
   */
  read(at, bytes) {
    if (at >= this.#before) {
      const from = at - this.#before;
      return this.#tail.subarray(from, from + bytes);
    }
    if (this.#spill === null) {
      const from = at % CHUNK_BYTES;
      if (from + bytes <= CHUNK_BYTES) {
        return this.#full[Math.floor(at / CHUNK_BYTES)].subarray(from, from + bytes);
      }
    }
    if (this.#scratch.length < bytes) this.#scratch = new Uint8Array(Math.max(64, bytes * 2));
    const copy = this.#scratch.subarray(0, bytes);
    this.#readInto(at, copy);
    return copy;
  }

  /**
   * Writes over bytes that are there.
   *
   * @param {number} at
   * @param {Uint8Array} bytes
   */
  patch(at, bytes) {
    let from = 0;
    while (from < bytes.length && at + from < this.#before) {
      const rest = Math.min(bytes.length - from, this.#before - at - from);
      if (this.#spill !== null) {
        this.#spill.write(at + from, bytes.subarray(from, from + rest));
        from += rest;
        continue;
      }
      const offset = (at + from) % CHUNK_BYTES;
      const count = Math.min(rest, CHUNK_BYTES - offset);
      const chunk = this.#full[Math.floor((at + from) / CHUNK_BYTES)];
      chunk.set(bytes.subarray(from, from + count), offset);
      from += count;
    }
    if (from < bytes.length) this.#tail.set(bytes.subarray(from), at + from - this.#before);
  }

  /**
   * Hands all bytes on, in order.
   *
   * @param {Sink} sink
   */
  copyTo(sink) {
    if (this.#spill !== null) {
      const piece = new Uint8Array(Math.min(this.#before, CHUNK_BYTES));
      for (let at = 0; at < this.#before; at += piece.length) {
        const part = piece.subarray(0, Math.min(piece.length, this.#before - at));
        this.#spill.read(at, part);
        sink.append(part);
      }
    }
    for (const chunk of this.#full) sink.append(chunk);
    sink.append(this.#tail.subarray(0, this.#used));
  }

  /** @returns {Uint8Array<ArrayBuffer>} all bytes, a copy with a buffer of its own */
  toBytes() {
    const all = new Uint8Array(this.length);
    let length = 0;
    this.copyTo({
      length,
      append(bytes) {
        all.set(bytes, length);
        length += bytes.length;
      },
    });
    return all;
  }

  /** Gives the memory back. */
  close() {
    this.#full = [];
    this.#tail = new Uint8Array(0);
    this.#words = new Uint32Array(0);
    this.#scratch = new Uint8Array(0);
    this.#spill?.close();
  }

  #grow() {
    if (this.#tail.length < CHUNK_BYTES) {
      const larger = new Uint8Array(this.#tail.length * 2);
      larger.set(this.#tail);
      this.#tail = larger;
    } else {
      if (this.#spill === null) this.#full.push(this.#tail);
      else this.#spill.write(this.#before, this.#tail);
      this.#before += this.#tail.length;
      this.#used = 0;
      this.#onChunk();
      if (this.#spill !== null) return;
      this.#tail = new Uint8Array(CHUNK_BYTES);
    }
    this.#words = new Uint32Array(this.#tail.buffer);
  }

  /** @param {number} at @param {Uint8Array} target */
  #readInto(at, target) {
    let done = 0;
    if (this.#spill !== null) {
      done = Math.min(target.length, this.#before - at);
      this.#spill.read(at, target.subarray(0, done));
    }
    while (done < target.length && at + done < this.#before) {
      const offset = (at + done) % CHUNK_BYTES;
      const count = Math.min(target.length - done, CHUNK_BYTES - offset);
      const chunk = this.#full[Math.floor((at + done) / CHUNK_BYTES)];
      target.set(chunk.subarray(offset, offset + count), done);
      done += count;
    }
    const from = at + done - this.#before;
    if (done < target.length) {
      target.set(this.#tail.subarray(from, from + target.length - done), done);
    }
  }
}

/**
 * @param {Sink} sink
 * @param {number} multiple at most 64
 */
export function padTo(sink, multiple) {
  const over = sink.length % multiple;
  if (over !== 0) sink.append(ZEROS.subarray(0, multiple - over));
}
