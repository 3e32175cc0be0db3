/**
 * The verifiers of C and JS find the same bytes sound, and the same numbers of bodies and bytes in them; what one refuses
 * the other refuses with the same code.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HEADER, MAP, NO_BODY } from '../../js/image/format.js';
import { arrayOf, mapOf, t, unpack, verify, view } from '../../js/image/index.js';
import { TAG } from '../../js/struct/pack-format.js';
import { checkSafe, flips, RawBytes, reprinted, truncations } from '../support/hostile.js';
import { checkImageSafe, resealed, Spot } from '../support/images.js';
import { randomFrom, testSeed } from '../support/random.js';
import {
  areToolsBuilt,
  disagreements,
  mutantsOf,
  verdictOfJs,
  verdictsOfC,
} from '../support/verdicts.js';

/** @typedef {[name: string, bytes: Uint8Array]} Named */

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  const path = fileURLToPath(new URL(`../${folder}/`, import.meta.url));
  return readdirSync(path).map((name) => `${path}${name}`);
}

/** @param {string} path @returns {Named} */
const read = (path) => [path, new Uint8Array(readFileSync(path))];

const goldenFiles = ['golden/values', 'golden/images'].flatMap(filesIn);
const golden = goldenFiles.map(read);
const checkValueSafe = (/** @type {Uint8Array} */ bytes) =>
  checkSafe(bytes, { view, unpack, verify });
const isImage = (/** @type {Uint8Array} */ bytes) => bytes[0] === 0x51 && bytes.length >= 64;

/**
 * Damage of all golden files, checksums and prints made right.
 *
 * @param {(bytes: Uint8Array) => Iterable<Named>} damage
 * @returns {Named[]}
 */
function damaged(damage) {
  return golden.flatMap(([name, bytes]) =>
    Array.from(damage(bytes), ([what, changed]) => {
      const sealed = reprinted(changed);
      return /** @type {Named} */ ([
        `${name}, ${what}`,
        isImage(sealed) ? resealed(sealed) : sealed,
      ]);
    }),
  );
}

describe.skipIf(!areToolsBuilt)('the verifiers of C and JS agree', () => {
  it('on all golden files', () => {
    expect(disagreements(golden)).toEqual([]);
    expect(golden.length).toBeGreaterThan(200);
  });

  it('on what fuzzing once found', () => {
    const found = filesIn('fuzz/regressions/verify').map(read);
    expect(disagreements(found)).toEqual([]);
    expect(found.length).toBeGreaterThan(0);
  });

  it('on golden files with a bit turned, or cut off', () => {
    const random = randomFrom(testSeed('verdicts on flips'));
    const some = (/** @type {number} */ one) => () => random(one) === 0;
    const turned = (/** @type {Uint8Array} */ bytes) =>
      flips(
        bytes,
        Array.from({ length: 8 }, (_, bit) => 1 << bit),
        some(8),
      );
    expect(disagreements(damaged(turned))).toEqual([]);
    expect(disagreements(damaged((bytes) => truncations(bytes, some(8))))).toEqual([]);
  });

  it('on golden files with several words changed, pointers among them', () => {
    const random = randomFrom(testSeed('verdicts on words'));
    /** @param {Uint8Array} bytes @returns {Generator<Named>} */
    function* changed(bytes) {
      for (let round = 0; round < 60; round++) {
        const copy = bytes.slice();
        const words = new Uint32Array(copy.buffer);
        const places = Array.from({ length: 1 + random(4) }, () => random(words.length));
        for (const at of places) {
          const leads = (random(words.length / 2) * 2 - at) >>> 0;
          const bit = words[at] ^ (1 << random(32));
          words[at] = [leads, leads, bit, words[at] + 1, words[at] - 1, 0, 2 ** 32 - 1][random(7)];
        }
        yield [`words ${places} changed`, copy];
      }
    }
    expect(disagreements(damaged(changed))).toEqual([]);
  });

  it('on golden files that were damaged as the fuzz targets do it, and JS reads what they accept', () => {
    const mutants = mutantsOf(testSeed('verdicts on mutants'), 60, goldenFiles);
    expect(disagreements(mutants)).toEqual([]);
    for (const [name, bytes] of mutants.filter((_, i) => i % 8 === 0)) {
      const check = isImage(bytes) ? checkImageSafe : checkValueSafe;
      expect(() => check(bytes), name).not.toThrow();
    }
  });
});

describe.skipIf(!areToolsBuilt)('layouts', () => {
  const text = (/** @type {string} */ fields, name = 'A') =>
    `{"name":"${name}","bytes":8,"align":4,"fields":[${fields}]}`;
  /** A struct of the first one. @param {string[]} layouts @returns {string[]} what JS and C say of it */
  function verdicts(...layouts) {
    const raw = new RawBytes(2 ** 20);
    const types = raw.types(...layouts.map((layout) => ({ layout, bytes: 8 })));
    const bytes = raw.finish(raw.body(TAG.STRUCT, { count: 8, bytes: 8 }), types);
    return [verdictOfJs(bytes).split(' ')[0], verdictsOfC([bytes])[0].split(' ')[0]];
  }

  it.each([
    ['no fields', text('')],
    ['numbers, one behind the other', text('["a","u32",0],["b","u8",4],["c","u8",7]')],
    [
      'optionals, whose presence bytes ascend',
      text('["a",["optional","u8"],0,2],["b",["optional","u8"],1,3]'),
    ],
    ['a presence byte between fields', text('["a",["optional","u8"],0,1],["b","u8",2]')],
    ['names with escapes', text(String.raw`["\"\\\b\f\n\r\t\u0000\u001f\ud800\udbff","u8",0]`)],
    ['names beyond the basic plane', text('["\u{1f600}","u8",0]')],
    ['an enum', text('["a",["enum",["","x","X"]],0]')],
    [
      'types in types',
      text('["a",["dict","string",["list",["tuple"]]],0],["b",["ndarray",null],4]'),
    ],
    ['a reserved name as that of an enum', text('["a",["enum",["__proto__","m"]],0]')],
    ['a struct in place', text('["a",["struct","B",4294967295],0]'), text('["b","u32",0]', 'B')],
    ['one name, and the same print', text('["a","u8",0]'), text('["a","u8",0]')],
  ])('of %s are sound', (_, ...layouts) => {
    expect(verdicts(...layouts)).toEqual(['sound', 'sound']);
  });

  it.each([
    ['white space', text('["a", "u8",0]')],
    ['another order of members', '{"bytes":8,"name":"A","align":4,"fields":[]}'],
    ['a member that there is not', '{"name":"A","bytes":8,"align":4,"fields":[],"x":0}'],
    ['a member twice', '{"name":"A","bytes":8,"bytes":8,"align":4,"fields":[]}'],
    ['numbers in another form', text('["a","u8",0e0]')],
    ['minus zero', text('["a","u8",-0]')],
    ['an escape that needs none', text(String.raw`["\u0061","u8",0]`)],
    ['an escaped slash', text(String.raw`["\/","u8",0]`)],
    ['a character with an escape of its own', text(String.raw`["\u000a","u8",0]`)],
    ['hexadecimal digits in capitals', text(String.raw`["\u001F","u8",0]`)],
    ['a pair of surrogates that are escaped', text(String.raw`["\ud83d\ude00","u8",0]`)],
    ['fields that do not ascend', text('["a","u8",1],["b","u8",0]')],
    ['fields that overlap', text('["a","u32",0],["b","u16",2]')],
    [
      'presence bytes that do not ascend',
      text('["a",["optional","u8"],0,3],["b",["optional","u8"],1,2]'),
    ],
    [
      'a presence byte of two fields',
      text('["a",["optional","u8"],0,2],["b",["optional","u8"],1,2]'),
    ],
    ['a presence byte in its field', text('["a",["optional","u32"],0,3]')],
    ['a presence byte in another field', text('["a",["optional","u8"],0,6],["b","u32",4]')],
    ['a presence byte without an optional', text('["a","u8",0,1]')],
    ['a field twice', text('["a","u8",0],["a","u8",1]')],
    ['an enum that has a name twice', text('["a",["enum",["x","y","x"]],0]')],
    ['an enum in a list that has a name twice', text('["a",["list",["enum",["x","x"]]],0]')],
    ...['address', 'm', 'toJSON', 'equals', 'constructor', '__proto__'].map((name) => [
      `the reserved name ${name}`,
      text(`["${name}","u8",0]`),
    ]),
    ['a list of two types', text('["a",["list","u8","u8"],0]')],
    ['a reference with a print', text('["a",["ref","A",1],0]')],
    ['an array with a third part', text('["a",["array","u8",1,1],0]')],
    ['a dict of one type', text('["a",["dict","u8"],0]')],
    ['a print beyond 32 bits', text('["a",["struct","B",4294967296],0]'), text('', 'B')],
    [
      'a struct in place over the next field',
      text('["a",["struct","B"],0],["b","u8",4]'),
      text('', 'B'),
    ],
    ['a struct in itself', text('["a",["struct","A"],0]')],
    [
      'two structs in each other, of which there is none',
      text(''),
      text('["a",["struct","C"],0]', 'B'),
      text('["a",["struct","B"],0]', 'C'),
    ],
    ['one name, and two prints', text('["a","u8",0]'), text('["b","u8",0]')],
  ])('with %s are refused', (_, ...layouts) => {
    expect(verdicts(...layouts)).toEqual(['CORRUPT', 'CORRUPT']);
  });

  it('nest 32 structs in place in each other, and no more', () => {
    const chain = (/** @type {number} */ height) =>
      Array.from({ length: height + 1 }, (_, i) =>
        text(i === height ? '["a","u8",0]' : `["a",["struct","S${i + 1}"],0]`, `S${i}`),
      );
    expect(verdicts(...chain(32))).toEqual(['sound', 'sound']);
    expect(verdicts(...chain(33))).toEqual(['CORRUPT', 'CORRUPT']);
    expect(verdicts(...chain(33).reverse())).toEqual(['CORRUPT', 'CORRUPT']);
  });
});

describe.skipIf(!areToolsBuilt)('keys', () => {
  /** @param {(raw: RawBytes) => number} make body of a key of a set @returns {string[]} */
  function verdicts(make) {
    const raw = new RawBytes();
    const set = raw.body(TAG.SET, { count: 1, bytes: 8 + 8 });
    raw.point(set + 20, make(raw));
    const bytes = raw.finish(set);
    return [verdictOfJs(bytes).split(' ')[0], verdictsOfC([bytes])[0].split(' ')[0]];
  }
  const dict = (/** @type {RawBytes} */ raw) => raw.body(TAG.DICT, { bytes: 8 });

  /** @type {[string, (raw: RawBytes) => number][]} */
  const sound = [
    ['a tuple of tuples of numbers', (raw) => raw.list(raw.list(raw.body(TAG.INT32)))],
    ['an empty list', (raw) => raw.list()],
    ['a set', (raw) => raw.body(TAG.SET, { bytes: 8 })],
  ];
  it.each(sound)('%s can be one', (_, make) => expect(verdicts(make)).toEqual(['sound', 'sound']));

  /** @type {[string, (raw: RawBytes) => number][]} */
  const refused = [
    ['a dict', dict],
    ['a tuple with a dict', (raw) => raw.list(dict(raw))],
    ['a tuple in a tuple with a dict', (raw) => raw.list(raw.list(), raw.list(dict(raw)))],
    ['a tuple with undefined', (raw) => raw.body(TAG.TUPLE, { count: 1, bytes: 4 })],
    ['an n-dimensional array', (raw) => raw.body(TAG.NDARRAY, { aux: 256, bytes: 8 })],
  ];
  it.each(refused)('%s can be none', (_, make) =>
    expect(verdicts(make)).toEqual(['CORRUPT', 'CORRUPT']),
  );

  it('a list that stands elsewhere as well is looked into as a key', () => {
    for (const isKeyFirst of [true, false]) {
      const raw = new RawBytes();
      const shared = raw.list(dict(raw));
      const set = raw.body(TAG.SET, { count: 1, bytes: 8 + 8 });
      raw.point(set + 20, shared);
      const bytes = raw.finish(isKeyFirst ? raw.list(shared, set) : raw.list(set, shared));
      expect([verdictOfJs(bytes), ...verdictsOfC([bytes])]).toEqual(['CORRUPT', 'CORRUPT']);
    }
  });

  it('of an image are looked into as well', async () => {
    const { buffer } = await mapOf(t.any, t.any).build([
      [[1, [2]], { a: 1 }],
      ['x', 2],
    ]);
    const bytes = /** @type {Uint8Array} */ (buffer);
    expect([verdictOfJs(bytes), ...verdictsOfC([bytes])]).toEqual(
      Array(2).fill(expect.stringMatching(/^sound/)),
    );
    const longs = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
    const map = Number(longs[HEADER.ROOT / 8]);
    const keys = map + Number(longs[(map + MAP.KEYS) / 8]);
    const data = map + Number(longs[(map + MAP.DATA) / 8]);
    const values = map + Number(longs[(map + MAP.VALUES) / 8]);
    const reference = (/** @type {number} */ at) =>
      new Uint32Array(bytes.buffer, bytes.byteOffset + at);
    const [dict] = reference(values);
    expect(bytes[data + dict * 8]).toBe(TAG.DICT);
    for (const none of [dict, NO_BODY]) {
      const damaged = bytes.slice();
      new Uint32Array(damaged.buffer, keys)[1] = none;
      resealed(damaged);
      expect([verdictOfJs(damaged), ...verdictsOfC([damaged])]).toEqual(['CORRUPT', 'CORRUPT']);
    }
  });
});

describe.skipIf(!areToolsBuilt)('structs in place', () => {
  it.each([0, 2])('have no pointers, also when there are %i', async (count) => {
    const spots = Array.from({ length: count }, (_, id) => ({ id, x: 0 }));
    const { buffer } = await arrayOf(Spot).build(spots);
    const bytes = /** @type {Uint8Array} */ (buffer);
    expect([verdictOfJs(bytes), ...verdictsOfC([bytes])]).toEqual(
      Array(2).fill(expect.stringMatching(/^sound/)),
    );
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    text.write('any', text.indexOf('"f64"') + 1);
    resealed(reprinted(bytes));
    expect([verdictOfJs(bytes), ...verdictsOfC([bytes])]).toEqual(['CORRUPT', 'CORRUPT']);
  });
});
