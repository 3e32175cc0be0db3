/**
 * What tests of building images share.
 *
 * @module
 */
import { expect } from 'vitest';
import { openBytes } from '../../js/image/index.js';
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
