/**
 * Keys of maps, multi-maps and sets: what goes in is found, and nothing else.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { arrayOf, mapOf, multiMapOf, setOf, t } from '../../js/image/index.js';
import { QbError } from '../../js/index.js';
import { expectRefusal, opened } from '../support/builds.js';
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

  it('of 65 537 bytes are keys like others', async () => {
    const long = `${'ä'.repeat(32_768)}x`;
    const Names = mapOf(t.string, t.u8);
    const map = opened(
      await Names.build([
        [long, 1],
        [`${long}y`, 2],
        ['x', 3],
      ]),
    ).as(Names);
    expect([map.get(long), map.get(`${long}y`), map.get(long.slice(1))]).toEqual([1, 2, undefined]);
    expect(map.keyAt(0)).toBe(long);
  });

  it('with half a surrogate pair are refused for t.string, and are keys of t.any', async () => {
    const error = await expectRefusal(mapOf(t.string, t.u8).build([['a\ud800', 1]]), 'RANGE');
    expect(error.message).toContain('t.any');
    const Any = mapOf(t.any, t.u8);
    const map = opened(
      await Any.build([
        ['a\ud800', 1],
        ['a\udc00', 2],
      ]),
    ).as(Any);
    expect([map.get('a\ud800'), map.get('a\udc00'), map.get('a')]).toEqual([1, 2, undefined]);
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

  it('of any kind are equal by value', async () => {
    const Any = mapOf(t.any, t.string);
    const map = opened(
      await Any.build([
        [1, 'one'],
        [[1, 'a'], 'tuple'],
        [new Date(7), 'date'],
      ]),
    ).as(Any);
    expect(map.get(1n)).toBe('one');
    expect(map.get([1, 'a'])).toBe('tuple');
    expect(map.get(new Date(7))).toBe('date');
    await expectRefusal(
      Any.build([
        [1, 'a'],
        [1n, 'b'],
      ]),
      'DUPLICATE',
    );
    await expectRefusal(Any.build([[{ a: 1 }, 'x']]), 'TYPE');
  });

  it.each([
    [t.u8, 256],
    [t.u8, -1],
    [t.u8, 1.5],
    [t.i32, 2 ** 31],
    [t.u64, -1n],
    [t.u32, '1'],
    [t.string, 1],
  ])('of type %s cannot be %s', async (type, key) => {
    const error = await mapOf(/** @type {typeof t.any} */ (/** @type {unknown} */ (type)), t.u8)
      .build([[/** @type {never} */ (key), 1]])
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(QbError);
    expect(['TYPE', 'RANGE']).toContain(error.code);
  });

  it('cannot be of a type that has no equality', () => {
    expect(() => mapOf(t.date, t.u8)).toThrow(/t.string/);
    expect(() => mapOf(/** @type {never} */ ('string'), t.u8)).toThrow(/t.string/);
    expect(() => arrayOf(/** @type {never} */ (Map))).toThrow(/field type/);
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
