/**
 * The golden images, and what becomes of them when bytes are damaged: a clear error, or values within bounds.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openBytes, verify } from '../../js/image/index.js';
import { QbError } from '../../js/index.js';
import { expectError } from '../support/heap.js';
import {
  checkImageSafe,
  describedImage,
  goldenImages,
  resealed,
  walkImage,
} from '../support/images.js';
import { randomFrom, testSeed } from '../support/random.js';

const images = await goldenImages();
const folder = new URL('../golden/images/', import.meta.url);
const expected = JSON.parse(
  readFileSync(new URL('../golden/images.json', import.meta.url), 'utf8'),
);

describe.each(images)('the golden image %s', (name, bytes) => {
  it('is written byte by byte as it stands in test/golden', () => {
    expect(readFileSync(new URL(`${name}.qbi`, folder)).equals(bytes)).toBe(true);
  });

  it('is read as images.json says, also from shared memory and from an odd place', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const odd = new Uint8Array(bytes.length + 3).subarray(3);
    odd.set(bytes);
    for (const one of [bytes, shared, odd]) {
      expect(describedImage(openBytes(one))).toEqual(expected[name]);
    }
    walkImage(openBytes(bytes));
  });

  it('is verified', () => {
    const report = verify(bytes);
    expect(report.nodes).toBeGreaterThan(0);
    expect(report.bytes).toBeLessThanOrEqual(bytes.length);
  });

  it('with any byte flipped gives errors or values within bounds', () => {
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] ^= 0xff;
      checkImageSafe(damaged);
      expect(() => verify(damaged)).toThrow(QbError);
      if (at < 40 || at >= 64 || (at >= 44 && at < 60)) checkImageSafe(resealed(damaged));
    }
  });

  it('cut off anywhere is refused', () => {
    for (let length = 0; length < bytes.length; length++) {
      expectError(() => openBytes(bytes.slice(0, length)), 'CORRUPT');
    }
  });
});

it('images with several random bytes changed give errors or values within bounds', () => {
  const random = randomFrom(testSeed('damaged images'));
  for (const [, bytes] of images) {
    for (let round = 0; round < 200; round++) {
      const damaged = bytes.slice();
      for (let i = random(4); i >= 0; i--) {
        const at = 64 + random(bytes.length - 64);
        damaged[at] = random(3) === 0 ? random(256) : damaged[at] ^ (1 << random(8));
      }
      checkImageSafe(resealed(damaged));
    }
  }
});
