/**
 * The parts of one container while it is built, and their way into the image.
 *
 * Layer: image. A writer belongs to one agent.
 *
 * @module image/parts-writer
 */
import { PART_ALIGN_BYTES } from './format.js';
import { padTo, Spool } from './spool.js';

/** @typedef {import('./destination-base.js').Destination} Destination */
/** @typedef {import('./spool.js').Sink} Sink */

export class PartsWriter {
  #image;
  /** By the offset of their distance in the body. @type {Map<number, Spool>} */
  #spools = new Map();
  /** @type {Spool[]} */
  #temporary = [];
  /** Where they are in the file. @type {Map<number, number>} */
  #places = new Map();

  /** @param {Destination} image */
  constructor(image) {
    this.#image = image;
  }

  /**
   * @param {number} offset of the part's distance in the body of the container
   * @returns {Spool} the bytes of the part
   */
  spool(offset) {
    let spool = this.#spools.get(offset);
    if (spool === undefined) {
      spool = new Spool(this.#image.spill(), () => this.#image.checkRoom(this.bytes));
      this.#spools.set(offset, spool);
    }
    return spool;
  }

  /** Bytes that are needed while building. */
  temporary() {
    const spool = new Spool(this.#image.spill());
    this.#temporary.push(spool);
    return spool;
  }

  /**
   * Puts other bytes in the place of a part.
   *
   * @param {number} offset
   * @param {Uint8Array} bytes
   */
  replace(offset, bytes) {
    const spool = this.temporary();
    spool.append(bytes);
    this.exchange(offset, spool);
  }

  /**
   * @param {number} offset
   * @param {Spool} spool stands for the part from now on
   */
  exchange(offset, spool) {
    this.#spools.get(offset)?.close();
    this.#spools.set(offset, spool);
  }

  /** So far. */
  get bytes() {
    let bytes = 0;
    for (const spool of this.#spools.values()) bytes += spool.length;
    return bytes;
  }

  /**
   * Writes a part that is made only now.
   *
   * @param {number} offset
   * @param {Sink} image
   * @param {(image: Sink) => void} write
   */
  put(offset, image, write) {
    padTo(image, PART_ALIGN_BYTES);
    this.#places.set(offset, image.length);
    write(image);
  }

  /**
   * Writes all parts that have bytes.
   *
   * @param {Sink} image
   */
  writeTo(image) {
    for (const [offset, spool] of this.#spools) {
      if (spool.length > 0) this.put(offset, image, (sink) => spool.copyTo(sink));
      spool.close();
    }
    padTo(image, 8);
    this.close();
  }

  /**
   * Fills in the distances.
   *
   * @param {DataView} body
   * @param {number} place of the body in the file
   */
  writeDistances(body, place) {
    for (const [offset, part] of this.#places) {
      body.setBigUint64(offset, BigInt(part - place), true);
    }
  }

  /** Gives memory and files back. */
  close() {
    for (const spool of this.#spools.values()) spool.close();
    for (const spool of this.#temporary) spool.close();
  }
}
