/**
 * What JS packs and builds is what the C reader reads: random values and images, and the example program.
 *
 * The programs are built by `make test-js` and `make test`.
 *
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  arrayOf,
  buildImage,
  mapOf,
  multiMapOf,
  openBytes,
  pack,
  setOf,
  t,
  unpack,
} from '../../js/image/index.js';
import { describedImage } from '../support/images.js';
import { described, randomValue } from '../support/packed.js';
import { randomFrom } from '../support/random.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dump = join(root, 'build/native/dump');
const lookup = join(root, 'build/examples/lookup');
const isBuilt = existsSync(dump) && existsSync(lookup);
if (!isBuilt) console.log(`skipped: ${dump} and ${lookup} are not built. Run: make test-js`);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'qbwasm-c-reader-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @typedef {{ status: string, sound: string, value: unknown }} Read */

/**
 * What C reads.
 *
 * @param {Uint8Array[]} all
 * @returns {Read[]}
 */
function readByC(all) {
  const names = all.map((bytes, i) => {
    const name = join(folder, String(i));
    writeFileSync(name, bytes);
    return name;
  });
  const lines = execFileSync(dump, names, { maxBuffer: 2 ** 28, encoding: 'utf8' });
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** @param {unknown} value @returns {Read} */
const sound = (value) => ({
  status: 'QB_IMAGE_OK',
  sound: 'QB_IMAGE_OK',
  value: JSON.parse(JSON.stringify(value)),
});

describe.skipIf(!isBuilt)('the C reader', () => {
  it('reads random packed values as JS does, and finds them sound', () => {
    const seed = Number(process.env.QB_SEED ?? Date.now() % 2 ** 31);
    console.log(`packed values: QB_SEED=${seed}`);
    const random = randomFrom(seed);
    const all = Array.from({ length: 300 }, () => pack(randomValue(random, 4)));
    const expected = all.map((bytes) => sound(described(unpack(bytes))));
    expect(readByC(all)).toEqual(expected);
  });

  it('reads random images as JS does, and finds them sound', async () => {
    const seed = Number(process.env.QB_SEED ?? Date.now() % 2 ** 31);
    console.log(`images: QB_SEED=${seed}`);
    const random = randomFrom(seed);
    const all = [];
    for (let i = 0; i < 20; i++) {
      const texts = [
        ...new Set(Array.from({ length: random(60) }, () => `key ${random(10 ** 6)}`)),
      ];
      const numbers = [...new Set(texts.map(() => random(2 ** 32) - 2 ** 31))];
      const values = texts.map(() => randomValue(random, 2));
      const { buffer } = await buildImage(undefined, {
        array: arrayOf(t.any).from(values),
        byText: mapOf(t.string, t.any).from(texts.map((key, k) => [key, values[k]])),
        byNumber: mapOf(t.i32, t.f64).from(numbers.map((key) => [key, key / 3])),
        several: multiMapOf(t.u8, t.string).from(texts.map((key) => [random(9), key])),
        ids: setOf(t.f64).from(numbers),
        value: values,
      });
      all.push(/** @type {Uint8Array} */ (buffer));
    }
    const expected = all.map((bytes) => sound(describedImage(openBytes(bytes))));
    expect(readByC(all)).toEqual(expected);
  });

  it('refuses an image whose bytes were changed', async () => {
    const { buffer } = await mapOf(t.string, t.u32).build([['a', 1]]);
    const bytes = Uint8Array.from(/** @type {Uint8Array} */ (buffer));
    bytes[bytes.length - 1] ^= 1;
    expect(readByC([bytes])[0].status).toBe('QB_IMAGE_E_CHECKSUM');
  });
});

describe.skipIf(!isBuilt)('the example lookup.c', () => {
  const golden = (/** @type {string} */ name) => join(root, 'test/golden/images', `${name}.qbi`);
  /** @param {string[]} args */
  const run = (...args) => {
    const { status, stdout, stderr } = spawnSync(lookup, args, { encoding: 'utf8' });
    return [status, stdout.trimEnd(), stderr.trimEnd()];
  };

  it('finds strings and numbers in a mapped file', () => {
    expect(run(golden('composite'), 'byWord', 'größer')).toEqual([0, '2000', '']);
    expect(run(golden('map-i32'), '-', '-47')).toEqual([0, '2.5', '']);
    expect(run(golden('map-u64'), '-', '4398046511104')).toEqual([0, 'true', '']);
    const struct = '{"id": 2, "x": -1.5, "open": true}';
    expect(run(golden('map-strings-structs'), '-', 's2')).toEqual([0, struct, '']);
  });

  it('says what is not there, and what is no image', () => {
    const [missing, , why] = run(golden('map-strings-u32'), '-', 'eleven');
    expect([missing, why]).toEqual([
      1,
      'lookup: eleven: there is nothing of that key, name or index',
    ]);
    expect(run(join(root, 'Makefile'), '-', 'a')[0]).toBe(2);
    expect(run('no such file', '-', 'a')[0]).toBe(2);
    expect(run()[0]).toBe(2);
  });
});
