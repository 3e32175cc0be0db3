/**
 * What JS packs and builds is what the C reader reads: random values and images, and the example program.
 *
 * The programs are built by `make test-js` and `make test`.
 *
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
import { randomFrom, testSeed } from '../support/random.js';
import { areToolsBuilt, mutantsOf, verdictOfJs } from '../support/verdicts.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dump = join(root, 'build/native/dump');
const lookup = join(root, 'build/examples/lookup');
const isBuilt = areToolsBuilt && existsSync(lookup);
if (!isBuilt) console.log(`skipped: ${lookup} is not built. Run: make test-js`);

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

/** Half of a surrogate pair. */
const LONE = /[\ud800-\udfff]/gu;

/**
 * A described value as JS may have it: dates are whole milliseconds, there is one NaN, text is text, and names that C gives
 * are well-formed.
 *
 * @param {unknown} value
 * @returns {unknown}
 */
function asInJs(value) {
  if (typeof value === 'string') return value.replace(LONE, '\ufffd');
  if (!Array.isArray(value)) return value;
  const [kind, content, ...rest] = value;
  if (typeof content === 'string' && ['date', 'datetime', 'float'].includes(kind)) {
    const number = Buffer.from(content, 'hex').readDoubleBE();
    return [kind, String(kind === 'date' ? new Date(number).getTime() : number), ...rest];
  }
  if (kind !== 'utf16') return value.map(asInJs);
  const text = String.fromCharCode(...content);
  return text.search(LONE) >= 0 ? value : ['string', text];
}

/**
 * Whether JS keeps all entries of sets, dicts and objects, and their order: none has a key twice, and no name of an object
 * is an index.
 *
 * @param {unknown} value described
 * @returns {boolean}
 */
function hasPlainKeys(value) {
  if (!Array.isArray(value)) return true;
  const [kind, content] = value;
  /** @type {unknown[]} */
  let keys = [];
  if (kind === 'set') keys = content;
  if (kind === 'object') keys = content.map((/** @type {unknown[]} */ [name]) => name);
  if (kind === 'dict') keys = content.map((/** @type {[string, unknown[]]} */ [, [key]]) => key);
  if (kind === 'object' && keys.some((name) => /^\d+$/.test(String(name)))) return false;
  // A Map takes -0 for 0.
  const names = keys.map((key) => JSON.stringify(asInJs(key)).replace('"float","0"', '"int","0"'));
  if (new Set(names).size < names.length || keys.some(isSeen)) return false;
  return value.every(hasPlainKeys);
}

/** @param {unknown} key an object that stands elsewhere as well, maybe as another key of the same dict */
function isSeen(key) {
  return Array.isArray(key) && key[0] === 'seen';
}

describe.skipIf(!isBuilt)('the C reader', () => {
  it('reads random packed values as JS does, and finds them sound', () => {
    const seed = Number(process.env.QB_SEED ?? Date.now() % 2 ** 31);
    console.log(`packed values: QB_SEED=${seed}`);
    const random = randomFrom(seed);
    const all = Array.from({ length: 300 }, () => pack(randomValue(random, 4)));
    const expected = all.map((bytes) => sound(described(unpack(bytes))));
    expect(readByC(all)).toEqual(expected);
  });

  it('reads what is left of damaged golden values as JS does, where it is sound', () => {
    const folder = join(root, 'test/golden/values');
    const files = readdirSync(folder).map((name) => join(folder, name));
    // Structs are read as the classes of this process want them, whatever the bytes tell.
    const hasTypes = (/** @type {Uint8Array} */ bytes) => new Uint32Array(bytes.buffer)[3] !== 0;
    const mutants = mutantsOf(testSeed('damaged values'), 20, files).filter(
      ([, bytes]) => verdictOfJs(bytes).startsWith('sound') && !hasTypes(bytes),
    );
    readByC(mutants.map(([, bytes]) => bytes)).forEach(({ status, value }, i) => {
      const [name, bytes] = mutants[i];
      const own = JSON.parse(JSON.stringify(described(unpack(bytes))));
      const given = `${name}: ${Buffer.from(bytes).toString('base64')}`;
      expect(status, given).toBe('QB_IMAGE_OK');
      if (hasPlainKeys(value)) expect(asInJs(value), given).toEqual(asInJs(own));
    });
    expect(mutants.length).toBeGreaterThan(100);
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
