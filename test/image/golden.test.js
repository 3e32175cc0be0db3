/**
 * The golden images, and what becomes of them when bytes are damaged: a clear error, or values within bounds.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openBytes, verify } from '../../js/image/index.js';
import { QbError } from '../../js/index.js';
import { describedImage, goldenImages, resealed, walkImage } from '../support/images.js';
import { randomFrom, testSeed } from '../support/random.js';

const images = await goldenImages();
const folder = new URL('../golden/images/', import.meta.url);
const expected = JSON.parse(
  readFileSync(new URL('../golden/images.json', import.meta.url), 'utf8'),
);

/** What a damaged image may say; TYPE when it is asked for a key that became a value which can be none. */
const CODES = ['CORRUPT', 'VERSION', 'SCHEMA', 'SIZE', 'LIMIT', 'DEPTH', 'TYPE'];

/**
 * @param {() => void} read
 * @param {readonly string[]} [codes] that are no fault of the reader
 * @returns {string} '' when nothing was thrown, else the code
 */
function outcome(read, codes = CODES) {
  try {
    read();
    return '';
  } catch (error) {
    if (!(error instanceof QbError) || !codes.includes(error.code)) throw error;
    return error.code;
  }
}

/**
 * Reads and verifies damaged bytes.
 *
 * @param {Uint8Array} bytes
 */
function tryOut(bytes) {
  const verified = outcome(() => verify(bytes));
  const read = outcome(() => walkImage(openBytes(bytes)), [...CODES, 'UNSUPPORTED']);
  // What was verified can be read. A class may still have other fields than the bytes tell, and a flipped flag makes an
  // approximate map of any, which does not tell its keys.
  if (verified === '' && read !== '') expect(['SCHEMA', 'TYPE', 'UNSUPPORTED']).toContain(read);
}

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
      tryOut(damaged);
      expect(outcome(() => verify(damaged))).not.toBe('');
      if (at < 40 || at >= 64 || (at >= 44 && at < 60)) tryOut(resealed(damaged));
    }
  });

  it('cut off anywhere is refused', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(outcome(() => openBytes(bytes.slice(0, length)))).toBe('CORRUPT');
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
      tryOut(resealed(damaged));
    }
  }
});
