/**
 * A container that is to be built, as it stands among the values of an image: what it is, and where its entries
 * come from.
 *
 * Layer: image. Any thread.
 *
 * @module image/source
 */
import { ARRAY, CONTAINER_TAG, MAP } from './format.js';

/** @typedef {import('./container-type.js').ContainerType} ContainerType */

/**
 * How a container treats what comes twice.
 *
 * @typedef {object} ContainerOptions
 * @property {'refuse' | 'first' | 'last'} [duplicates] a key that comes twice is an error (default); or its first or last
 *   value counts. An approximate map cannot tell keys with one hash from the same key: there the last counts by default
 * @property {boolean} [dedupe] equal values stand once (false). Finding them takes 12 bytes of memory a value
 */

/** A container to be built, and what comes into it: `ByName.from(entries)`. */
export class ContainerSource {
  /**
   * @param {ContainerType} type
   * @param {Iterable<unknown> | AsyncIterable<unknown>} entries
   * @param {Required<ContainerOptions>} options
   */
  constructor(type, entries, options) {
    /** The container. @readonly */
    this.type = type;
    /** What comes into it. @readonly */
    this.entries = entries;
    /** How it treats what comes twice. @readonly */
    this.options = options;
    Object.freeze(this);
  }

  /** Of its body. */
  get tag() {
    return this.type.kind === 'array' ? CONTAINER_TAG.ARRAY : CONTAINER_TAG.MAP;
  }

  /** What its body takes. */
  get bodyBytes() {
    return this.type.kind === 'array' ? ARRAY.BYTES : MAP.BYTES;
  }
}
