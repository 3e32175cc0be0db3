/**
 * Keys of maps, multi-maps and sets: what goes in is found, and nothing else.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { arrayOf, mapOf, multiMapOf, setOf, t } from '../../js/image/index.js';
import { built, expectRefusal, opened } from '../support/builds.js';
import { randomFrom, testSeed } from '../support/random.js';

/** @param {number} count @param {(limit: number) => number} random */
function shuffled(count, random) {
  const ids = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random(i + 1);
    [ids[i], ids[j]] = [ids[j], ids[i]];
  }
  return ids;
}

describe('a mapper with 2 010 ids', () => {
  const random = randomFrom(testSeed('ids'));
  const ordered = Array.from({ length: 2010 }, (_, i) => i);
  const orders = { ordered, reversed: ordered.toReversed(), shuffled: shuffled(2010, random) };

  it.each(Object.entries(orders))('%s has all of them, and no others', async (_, ids) => {
    const Mapper = mapOf(t.u32, t.string);
    const map = opened(
      await Mapper.build(ids.map((id) => /** @type {const} */ ([id * 3, `n${id}`]))),
    ).as(Mapper);
    expect(map.size).toBe(2010);
    for (let id = 0; id < 2010; id++) {
      expect(map.get(id * 3)).toBe(`n${id}`);
      expect(map.has(id * 3 + 1)).toBe(false);
      expect(map.indexOf(id * 3)).toBe(id);
    }
    expect([...map.keys()]).toEqual(ordered.map((id) => id * 3));
    expect(Array.from(map.range(30, 39), ([id]) => id)).toEqual([30, 33, 36]);
    expect(Array.from(map.range(6000, undefined, { reverse: true }), ([id]) => id).at(-1)).toBe(
      6000,
    );
  });

  it('with duplicates is refused, or the first or last counts', async () => {
    const Mapper = mapOf(t.u32, t.u32);
    const entries = [...ordered, ...ordered].map((id, i) => /** @type {const} */ ([id, i]));
    const error = await expectRefusal(Mapper.build(entries), 'DUPLICATE');
    expect(error.message).toContain('0');
    const first = opened(await Mapper.build(entries, undefined, { duplicates: 'first' })).as(
      Mapper,
    );
    const last = opened(await Mapper.build(entries, undefined, { duplicates: 'last' })).as(Mapper);
    for (const id of ordered) {
      expect([first.get(id), last.get(id)]).toEqual([id, id + 2010]);
    }
    expect([first.size, last.size]).toEqual([2010, 2010]);
  });

  it('of several values each keeps their order', async () => {
    const Multi = multiMapOf(t.u32, t.u32);
    const entries = [...orders.shuffled, ...ordered].map((id, i) => /** @type {const} */ ([id, i]));
    const map = opened(await Multi.build(entries)).as(Multi);
    expect([map.size, map.valueCount]).toEqual([2010, 4020]);
    for (const id of ordered) {
      expect([...map.get(id)]).toEqual([orders.shuffled.indexOf(id), 2010 + id]);
      expect(map.count(id)).toBe(2);
    }
    expect([...map.get(99_999)]).toEqual([]);
  });
});

describe('keys', () => {
  it.each([0, 1, 8, 9, 1000])('%i strings are found', async (count) => {
    const ByName = mapOf(t.string, t.u32);
    const entries = Array.from({ length: count }, (_, i) => /** @type {const} */ ([`key ${i}`, i]));
    const map = opened(await ByName.build(entries)).as(ByName);
    expect(map.size).toBe(count);
    for (const [key, value] of entries) expect(map.get(key)).toBe(value);
    expect(map.get('key')).toBeUndefined();
    expect(map.has(`key ${count}`)).toBe(false);
    expect([...map]).toEqual(entries);
  });

  it('that are numbers are in order, whatever the order of the entries', async () => {
    const ById = mapOf(t.u64, t.any);
    const map = opened(
      await ById.build([
        [5n, 'five'],
        [2n ** 63n, null],
        [1, [1, 'a']],
      ]),
    ).as(ById);
    expect([...map.keys()]).toEqual([1n, 5n, 2n ** 63n]);
    expect(map.get(5)).toBe('five');
    expect(map.get(2n ** 63n)).toBe(null);
    expect([...map.range(2, undefined, { reverse: true })].map(([key]) => key)).toEqual([
      2n ** 63n,
      5n,
    ]);
  });

  it('of a multi-map have their values in the order in which they came', async () => {
    const BySection = multiMapOf(t.string, t.u32);
    const map = opened(
      await BySection.build([
        ['net', 1],
        ['sh', 2],
        ['net', 0],
      ]),
    ).as(BySection);
    expect(map.get('net')).toEqual(new Uint32Array([1, 0]));
    expect(map.get('x').length).toBe(0);
    expect([map.size, map.valueCount, map.count('sh')]).toEqual([2, 3, 1]);
  });

  it('alone are a set, with a position each', async () => {
    const ids = opened(await setOf(t.i32).build([7, -3, 5])).as(setOf(t.i32));
    expect([...ids]).toEqual([-3, 5, 7]);
    expect(ids.indexOf(5)).toBe(1);
  });

  it('of 65 537 bytes are keys like others, and their neighbours are none', async () => {
    const [long, wide] = ['x'.repeat(65_537), `${'ä'.repeat(32_768)}x`];
    const keys = [long, wide, `${wide}y`, 'größer'.repeat(20_000), 'x', ''];
    const map = await built(
      mapOf(t.string, t.u8),
      keys.map((key, i) => [key, i]),
    );
    expect(keys.map((key) => map.get(key))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(map.keyAt(1)).toBe(wide);
    for (const key of [`${long}x`, long.slice(1), `${long.slice(1)}y`, wide.slice(1)]) {
      expect(map.has(key)).toBe(false);
    }
  });

  it('with half a surrogate pair are refused for t.string, and are keys of t.any', async () => {
    const error = await expectRefusal(mapOf(t.string, t.u8).build([['a\ud800', 1]]), 'RANGE');
    expect(error.message).toContain('t.any');
    const Any = mapOf(t.any, t.u8);
    const map = await built(Any, [
      ['a\ud800', 1],
      ['a\udc00', 2],
    ]);
    const asked = ['a\ud800', 'a\udc00', 'a', 'a\ufffd'].map((key) => map.get(key));
    expect(asked).toEqual([1, 2, undefined, undefined]);
  });

  it.each([mapOf(t.string, t.u8), mapOf(t.any, t.u8)])('are found in a small %s', async (type) => {
    const same = 'a long text that all begin with, '.repeat(4);
    const keys = ['', 'a', 'ä', '漢字 💾', `${same}1`, `${same}2`, `${same}ä`, 'x'.repeat(2000)];
    const map = opened(await type.build(keys.map((key, i) => [key, i]))).as(type);
    expect(keys.map((key) => map.get(key))).toEqual(keys.map((_, i) => i));
    for (const key of ['b', 'ö', `${same}3`, same, '漢字', 'x'.repeat(1999), '\ud800']) {
      expect(map.has(key)).toBe(false);
    }
  });

  it('that are asked for again and again are what they were, and end with the image', async () => {
    const Names = mapOf(t.string, t.u32);
    const plain = new Map(Array.from({ length: 30_000 }, (_, i) => [`key ${i}`, i]));
    const image = opened(await Names.build(plain));
    const map = image.as(Names);
    const ask = (/** @type {number} */ count) => {
      let wrong = 0;
      for (let i = 0; i < count; i++) {
        if (map.get(`key ${i}`) !== plain.get(`key ${i}`)) wrong++;
        if (map.has(`none ${i}`)) wrong++;
      }
      return wrong;
    };
    for (const count of [500, 40_000, 5000, 40_000, 500]) {
      for (let pass = 0; pass < 12_000 / count + 4; pass++) expect(ask(count)).toBe(0);
    }
    image.close();
    for (const key of ['key 7', 'none 7', 'never asked for']) {
      expect(() => map.has(key)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    }
  });

  it('of t.any are one when they are equal by value', async () => {
    const Any = mapOf(t.any, t.string);
    const map = await built(Any, [
      [1, 'one'],
      [[], 'empty'],
      [[1, 'a'], 'tuple'],
      [[1, [2, 'x']], 'nested'],
      [new Set([1, 2]), 'set'],
      [new Date(7), 'date'],
      [Number.POSITIVE_INFINITY, 'infinite'],
      [null, 'null'],
      [true, 'true'],
      ...Array.from({ length: 20 }, (_, i) => [`more ${i}`, '']),
    ]);
    expect(map.get(1n)).toBe('one');
    expect(map.get([])).toBe('empty');
    expect(map.get([1, 'a'])).toBe('tuple');
    expect(map.get([1n, [2, 'x']])).toBe('nested');
    expect(map.get(new Set([2, 1]))).toBe('set');
    expect(map.get(new Date(7))).toBe('date');
    expect(map.get(false)).toBeUndefined();
    for (const [a, b] of [
      [1, 1n],
      [[1], [1n]],
      [new Set([1, 2]), new Set([2, 1])],
      ['a', 'a'],
    ]) {
      const twice = Any.build(
        /** @type {never} */ ([
          [a, ''],
          [b, ''],
        ]),
      );
      await expect(twice).rejects.toMatchObject({ code: 'DUPLICATE' });
    }
    await expectRefusal(Any.build([[{ a: 1 }, 'x']]), 'TYPE');
  });

  it.each([
    [t.u8, 256, 'RANGE'],
    [t.u8, -1, 'RANGE'],
    [t.u8, 1.5, 'RANGE'],
    [t.u8, '1', 'TYPE'],
    [t.i64, 2n ** 63n, 'RANGE'],
    [t.i32, 2 ** 31, 'RANGE'],
    [t.u32, '1', 'TYPE'],
    [t.u64, -1, 'RANGE'],
    [t.u64, -1n, 'RANGE'],
    [t.f32, 0.1, 'RANGE'],
    [t.f64, 2n ** 53n + 1n, 'RANGE'],
    [t.string, 7, 'TYPE'],
    [t.string, undefined, 'TYPE'],
    [t.any, () => 0, 'TYPE'],
  ])('%s: %o is refused', async (type, key, code) => {
    const build = mapOf(type, t.u8).build(/** @type {never} */ ([[key, 1]]));
    await expectRefusal(build, code);
  });

  it('cannot be of a type that has no equality', () => {
    expect(() => mapOf(t.date, t.u8)).toThrow(/t.string/);
    expect(() => mapOf(/** @type {never} */ ('string'), t.u8)).toThrow(/t.string/);
    expect(() => arrayOf(/** @type {never} */ (Map))).toThrow(/field type/);
  });

  it('are asked for with anything', async () => {
    const numbers = await built(mapOf(t.u64, t.u8), [[5n, 1]]);
    for (const key of ['5', null, undefined, {}, 5.5, -1, Number.NaN]) {
      expect(numbers.has(/** @type {never} */ (key))).toBe(false);
    }
    const strings = await built(mapOf(t.string, t.u8), [['5', 1]]);
    for (const key of [5, null, undefined, {}]) {
      expect(strings.get(/** @type {never} */ (key))).toBeUndefined();
    }
  });

  it('that are numbers without gaps are found, and nothing near them', async () => {
    for (const [type, first] of /** @type {const} */ ([
      [t.u8, 0],
      [t.i32, -3],
      [t.u32, 2 ** 31],
      [t.f64, 7],
      [t.u64, 2 ** 32 - 5],
      [t.i64, -5],
      [t.i64, 2 ** 53 - 20],
      [t.u64, 2 ** 53],
    ])) {
      for (const gap of [0, 1]) {
        // The last key stands apart in every other map.
        const ids = Array.from(
          { length: 20 },
          (_, i) => BigInt(first) + BigInt(i + (i > 18 ? gap : 0)),
        );
        const key = /** @type {typeof t.u64} */ (/** @type {unknown} */ (type));
        const map = await built(
          mapOf(key, t.u8),
          ids.map((id, i) => [id, i]),
        );
        for (const [i, id] of ids.entries()) expect(map.indexOf(id)).toBe(i);
        for (let near = BigInt(first) - 3n; near < BigInt(first) + 25n; near++) {
          const place = ids.indexOf(near);
          expect([near, map.indexOf(near)]).toEqual([near, place]);
          if (!Number.isSafeInteger(Number(near))) continue;
          const number = /** @type {never} */ (Number(near));
          expect([near, map.indexOf(number)]).toEqual([near, place]);
          const half = Number(near) + 0.5; // near 2^53 it is rounded
          if (!Number.isInteger(half)) expect(map.has(/** @type {never} */ (half))).toBe(false);
        }
        const others = [
          Number.NaN,
          -1 / 0,
          1 / 0,
          -1e300,
          1e300,
          2 ** 64,
          first + 2 ** 32,
          first - 2 ** 32,
        ];
        for (const other of others) expect(map.has(/** @type {never} */ (other))).toBe(false);
      }
    }
    const fromZero = await built(setOf(t.u16), [0, 1, 2]);
    expect(fromZero.indexOf(-0)).toBe(0);
  });

  it('of an approximate map are found, and not told', async () => {
    const Hashes = mapOf(t.string, t.u32, { approximate: true });
    const entries = Array.from({ length: 500 }, (_, i) => /** @type {const} */ ([`key ${i}`, i]));
    const map = opened(await Hashes.build(entries)).as(Hashes);
    expect(map.isApproximate).toBe(true);
    for (const [key, value] of entries) expect(map.get(key)).toBe(value);
    expect(map.get('none')).toBeUndefined();
    expect(() => [...map.keys()]).toThrow(/approximate/);
    const exact = mapOf(t.string, t.u32);
    expect((await Hashes.build(entries)).bytes).toBeLessThan((await exact.build(entries)).bytes);
  });
});

it('random maps hold what plain Maps hold', async () => {
  const random = randomFrom(testSeed('random maps'));
  for (let round = 0; round < 30; round++) {
    const count = random(400);
    /** @type {Map<string, number>} */
    const plain = new Map();
    const letters = ['a', 'b', 'ö', '漢', '\0', '💾'];
    for (let i = 0; i < count; i++) {
      const key = Array.from({ length: random(9) }, () => letters[random(6)]).join('');
      plain.set(key, random(2 ** 31));
    }
    const Names = mapOf(t.string, t.u32);
    const map = opened(await Names.build(plain)).as(Names);
    expect([...map]).toEqual([...plain]);
    for (const [key, value] of plain) {
      expect(map.get(key)).toBe(value);
      expect(map.get(`${key}?`)).toBe(plain.get(`${key}?`));
    }
    expect(map.getMany([...plain.keys()])).toEqual([...plain.values()]);
    const Ids = setOf(t.f64);
    const numbers = new Set(Array.from({ length: count }, () => random(1000) / 4 - 100));
    const set = opened(await Ids.build(numbers)).as(Ids);
    expect([...set]).toEqual([...numbers].sort((a, b) => a - b));
    for (let n = -110; n < 160; n += 0.25) expect(set.has(n)).toBe(numbers.has(n));
  }
});
