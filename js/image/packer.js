/**
 * Packs the values of an image, one at a time: bodies that can be copied anywhere, and one table of types for all.
 *
 *     packer.pack(value)  -->  | body | body | ...     root: which of them is the value
 *
 * The memory of it is that of the largest value. So what two values share stands twice; what one value shares with
 * itself stands once.
 *
 * Layer: image. A packer belongs to one agent.
 *
 * @module image/packer
 */

import { BODY_BYTES, HEAD } from '../struct/pack-format.js';
import { putKey } from '../struct/pack-keyed.js';
import { putInPlace } from '../struct/pack-struct.js';
import { Packer } from '../struct/pack-write.js';
import { ContainerSource } from './source.js';

/** @typedef {import('../struct/link.js').StructMeta} StructMeta */
/** @typedef {import('../struct/pack-place.js').Place} Place */
/** @typedef {import('../struct/types.js').FieldType} FieldType */

/**
 * Where a value stands, for errors: only an error reads the name.
 *
 * @implements {Place}
 */
export class EntryPlace {
  /** @readonly */
  parent = null;
  #container;

  /** @param {string} container its name */
  constructor(container) {
    this.#container = container;
    this.index = 0;
  }

  get name() {
    return `${this.#container}[${this.index}]`;
  }

  /** A value is written before the next one is met. */
  keep() {
    return this;
  }
}

export class ImagePacker extends Packer {
  /** Containers that were met: their bodies are still empty. @type {Map<ContainerSource, number>} */
  containers = new Map();

  /**
   * Packs a value. What was packed before is gone.
   *
   * @param {unknown} value
   * @param {FieldType | null} type
   * @param {Place} place
   * @returns {number} offset of its body in {@link ImagePacker.bodies}; -1 for undefined
   */
  pack(value, type, place) {
    this.#reset();
    this.putAs(HEAD.ROOT, type, value, place);
    return this.#finish();
  }

  /**
   * Packs a key: an array is a tuple.
   *
   * @param {unknown} key
   * @param {Place} place
   * @returns {number} offset of its body; -1 for undefined
   */
  packKey(key, place) {
    this.#reset();
    putKey(this, HEAD.ROOT, key, null, place);
    return this.#finish();
  }

  /**
   * Packs a struct without a body around it: {@link ImagePacker.bodies} are its bytes.
   *
   * @param {unknown} value
   * @param {StructMeta} meta
   * @param {Place} place
   */
  packStruct(value, meta, place) {
    this.#reset();
    putInPlace(this, this.out.allocate(meta.schema.bytes), value, meta, place);
    this.#finish();
  }

  /** The type table. @returns {number} offset of it in {@link ImagePacker.bodies}; -1 when there are no types */
  packTypes() {
    this.#reset();
    this.types.write(this);
    return this.out.end === HEAD.BYTES ? -1 : 0;
  }

  /** What was packed last; valid until the next value. */
  bodies() {
    return this.out.m.u8.subarray(HEAD.BYTES, this.out.end);
  }

  /** @override @param {number} at @param {unknown} value @param {Place} place */
  put(at, value, place) {
    if (!(value instanceof ContainerSource)) {
      super.put(at, value, place);
      return;
    }
    let body = this.containers.get(value);
    if (body === undefined) {
      body = this.out.body(value.tag, 0, 0, 0, value.bodyBytes - BODY_BYTES);
      this.containers.set(value, body);
    }
    this.out.point(at, body);
  }

  #reset() {
    this.out.reset();
    this.forget();
  }

  /** @returns {number} */
  #finish() {
    this.settle();
    if (this.after.length > 0) {
      for (const done of this.after) done();
      this.after.length = 0;
    }
    const { m } = this.out;
    const distance = m.i32[HEAD.ROOT >>> 2];
    return distance === 0 ? -1 : HEAD.ROOT + distance * 4 - HEAD.BYTES;
  }
}
