/**
 * Gives struct classes what packs them. The struct layer's classes must not know packing: an entry that does not
 * pack does not load it.
 *
 * Layer: image. Any thread.
 *
 * @module image/install
 */
import { packStruct, packStructInto, unpackStruct, viewStruct } from '../struct/pack.js';
import { Struct } from '../struct/view.js';

/** @typedef {import('../struct/pack.js').Bytes} Bytes */
/** @typedef {import('../struct/pack.js').PackOptions} PackOptions */
/** @typedef {import('../struct/pack.js').ViewOptions} ViewOptions */

const methods = {
  /** @param {unknown} value @param {PackOptions} [options] */
  pack(value, options) {
    return packStruct(this, value, options);
  },
  /** @param {unknown} value @param {Bytes} buffer @param {number} [offset] @param {PackOptions} [options] */
  packInto(value, buffer, offset = 0, options = undefined) {
    return packStructInto(this, value, buffer, offset, options);
  },
  /** @param {Bytes} buffer @param {number} [offset] @param {ViewOptions} [options] */
  unpackFrom(buffer, offset = 0, options = undefined) {
    return viewStruct(this, buffer, offset, options);
  },
  /** @param {Bytes} buffer @param {number} [offset] @param {ViewOptions} [options] */
  unpack(buffer, offset = 0, options = undefined) {
    return unpackStruct(this, buffer, offset, options);
  },
};

for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(Struct, name, { value, configurable: true, writable: true });
}
