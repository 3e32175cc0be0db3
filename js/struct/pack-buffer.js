/**
 * The private buffer that a value is packed into: it grows, up to a bound.
 *
 *     | head 16 | body | body | ...                positions are from its start, bodies at multiples of 8
 *
 * Layer: struct. State is per agent.
 *
 * @module struct/pack-buffer
 */
import { QbRangeError } from '../base/errors.js';
import { bufferTable } from '../base/memory.js';
import { BODY_BYTES, HEAD, padded } from './pack-format.js';

const FIRST_BYTES = 65536;
/** A larger buffer is not kept. */
const KEPT_BYTES_MAX = 2 ** 20;
/** Up to this many bytes a loop beats fill(). */
const ZERO_LOOP_BYTES_MAX = 128;

/**
 * A growing buffer.
 */
export class PackBuffer {
  #limitBytes;
  /** What may be used of the present buffer. */
  #room;

  /** @param {number} limitBytes more are refused */
  constructor(limitBytes) {
    this.#limitBytes = limitBytes;
    /** Changes when the buffer grows. */
    this.m = bufferTable(new ArrayBuffer(FIRST_BYTES));
    this.#room = Math.min(FIRST_BYTES, limitBytes);
    /** Where the next body will stand. */
    this.end = 0;
    this.allocate(HEAD.BYTES);
  }

  /** Whether it is small enough to wait for the next value. */
  get isKept() {
    return this.m.byteLength <= KEPT_BYTES_MAX;
  }

  /**
   * Zeroed bytes.
   *
   * @param {number} bytes
   * @returns {number} position, a multiple of 8
   * @throws {QbRangeError} `SIZE`
   */
  allocate(bytes) {
    const at = this.#claim(bytes);
    const { u32 } = this.m;
    const end = this.end >>> 2;
    if (bytes > ZERO_LOOP_BYTES_MAX) u32.fill(0, at >>> 2, end);
    else for (let i = at >>> 2; i < end; i++) u32[i] = 0;
    return at;
  }

  /**
   * A body with its header, its content zeroed.
   *
   * @param {number} tag
   * @param {number} flags
   * @param {number} aux
   * @param {number} count
   * @param {number} bytes of content
   * @returns {number} position
   */
  body(tag, flags, aux, count, bytes) {
    const at = bytes === 0 ? this.#claim(BODY_BYTES) : this.allocate(BODY_BYTES + bytes);
    const { u32 } = this.m;
    u32[at >>> 2] = tag | (flags << 8) | (aux << 16);
    u32[(at >>> 2) + 1] = count;
    return at;
  }

  /**
   * @param {number} at position of a pointer
   * @param {number} body position
   */
  point(at, body) {
    this.m.i32[at >>> 2] = (body - at) / 4;
  }

  /**
   * Forgets what was written.
   *
   * @param {number} [limitBytes] more are refused from now on
   */
  reset(limitBytes = this.#limitBytes) {
    this.#limitBytes = limitBytes;
    this.#room = Math.min(this.m.byteLength, limitBytes);
    this.end = 0;
    this.allocate(HEAD.BYTES);
  }

  /** A copy of the bytes so far. @returns {Uint8Array<ArrayBuffer>} */
  copy() {
    return /** @type {Uint8Array<ArrayBuffer>} */ (
      /** @type {Uint8Array} */ (this.m.u8).slice(0, this.end)
    );
  }

  /** The bytes so far; they belong to the buffer. */
  bytes() {
    return this.m.u8.subarray(0, this.end);
  }

  /** Bytes that hold what was there before: for who writes all of them. @param {number} bytes @returns {number} position */
  #claim(bytes) {
    const at = this.end;
    const end = at + padded(bytes);
    if (end > this.#room) this.#grow(end);
    this.end = end;
    return at;
  }

  /** @param {number} end */
  #grow(end) {
    if (end > this.#limitBytes) {
      throw new QbRangeError(
        'SIZE',
        `the packed value takes more than ${this.#limitBytes} bytes. Pack less at once, or give a larger ` +
          'maxBytes.',
        end,
      );
    }
    const grown = bufferTable(new ArrayBuffer(Math.min(padded(end * 2), padded(this.#limitBytes))));
    grown.u8.set(this.bytes());
    this.m = grown;
    this.#room = Math.min(grown.byteLength, this.#limitBytes);
  }
}
