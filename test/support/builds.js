/**
 * What tests of building images share.
 *
 * @module
 */
import { expect } from 'vitest';
import { openBytes, verify } from '../../js/image/index.js';
import { QbError } from '../../js/index.js';

/** @param {{ buffer: Uint8Array | null }} built in memory */
export function opened({ buffer }) {
  return openBytes(/** @type {Uint8Array} */ (buffer));
}

/**
 * @param {Promise<unknown>} promise
 * @param {string} code
 * @returns {Promise<QbError>} the refusal
 */
export async function expectRefusal(promise, code) {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(QbError);
  expect([error.code, error.message]).toEqual([code, error.message]);
  return error;
}

/**
 * Builds a container, verifies it and opens it.
 *
 * @template {import('../../js/image/container-type.js').ContainerType} C
 * @param {C} type
 * @param {unknown} entries
 * @param {import('../../js/image/source.js').ContainerOptions} [options]
 * @returns {Promise<import('../../js/image/infer.js').ViewOf<C>>}
 */
export async function built(type, entries, options) {
  const { buffer } = await type.build(/** @type {never} */ (entries), undefined, options);
  verify(/** @type {Uint8Array} */ (buffer));
  return openBytes(/** @type {Uint8Array} */ (buffer)).as(type);
}

/** @param {string} code */
export const coded = (code) => expect.objectContaining({ code });
