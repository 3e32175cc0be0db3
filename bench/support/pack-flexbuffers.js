/**
 * FlexBuffers: what the package `flatbuffers` has for values without a schema.
 *
 * @module
 */
import { encode, toObject, toReference } from 'flatbuffers/js/flexbuffers.js';

/** As it is; its own type has no keys. @typedef {{ get(key: string | number): Reference, stringValue(): string | null }} Reference */

/** @param {unknown} value @returns {Uint8Array<ArrayBuffer>} */
export function packFlex(value) {
  return encode(value).slice();
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
export function unpackFlex(bytes) {
  return toObject(bytes.buffer);
}

/** @param {Uint8Array<ArrayBuffer>} bytes @returns {Reference} */
export function openFlex(bytes) {
  return /** @type {Reference} */ (/** @type {unknown} */ (toReference(bytes.buffer)));
}
