/**
 * Every byte of the golden values turned, every bit of the small ones, every truncation.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { pack, unpack, verify, view } from '../../js/image/index.js';
import { checkAllSafe, flips, truncations } from '../support/hostile.js';
import { goldenBuffers } from '../support/packed.js';

const ways = { view, unpack, verify };
const buffers = goldenBuffers(pack);
const BITS = [1, 2, 4, 8, 16, 32, 64, 128];
/** Of these every bit is turned. */
const SMALL_BYTES = 1000;

describe('the 200 golden values', () => {
  it('are 200', () => expect(buffers).toHaveLength(200));

  it.each(buffers)('%s with any one byte inverted', (name, bytes) => {
    expect(checkAllSafe(name, bytes, flips(bytes, [255]), ways)).toBe(bytes.length);
  });

  it.each(buffers.filter(([, { length }]) => length <= SMALL_BYTES))(
    '%s with any one bit turned',
    (name, bytes) => {
      expect(checkAllSafe(name, bytes, flips(bytes, BITS), ways)).toBe(8 * bytes.length);
    },
  );

  it.each(buffers)('%s cut off anywhere', (name, bytes) => {
    expect(checkAllSafe(name, bytes, truncations(bytes), ways)).toBe(bytes.length);
  });

  it.each(buffers)('%s cut off anywhere, with a head that says so', (name, bytes) => {
    const shorter = [];
    for (let length = 16; length < bytes.length; length += 8) {
      const damaged = bytes.slice(0, length);
      new Uint32Array(damaged.buffer)[0] = length;
      shorter.push(/** @type {[string, Uint8Array]} */ ([`${length} bytes`, damaged]));
    }
    checkAllSafe(name, bytes, shorter, ways);
  });
});
