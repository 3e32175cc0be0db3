/**
 * Maps, multi-maps and sets of images against those of JS.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import {
  arrayOf,
  mapOf,
  multiMapOf,
  openBytes,
  pack,
  setOf,
  struct,
  t,
  unpack,
} from '../../js/image/index.js';
import { built, coded } from '../support/builds.js';
import { randomFrom, testSeed } from '../support/random.js';

/** @type {[string, unknown, (random: (below: number) => number) => unknown][]} */
const KEYS = [
  ['string', t.string, (random) => `${'ab漢💾'.slice(0, random(4))}${random(500)}`],
  ['u8', t.u8, (random) => random(256)],
  ['i16', t.i16, (random) => random(65536) - 32768],
  ['i32', t.i32, (random) => random(2 ** 31) - random(2 ** 31)],
  ['u32', t.u32, (random) => random(2 ** 31) * 2],
  ['f32', t.f32, (random) => Math.fround((random(1000) - 500) / 7)],
  ['f64', t.f64, (random) => (random(1000) - 500) / 7],
  ['i64', t.i64, (random) => BigInt(random(2 ** 31) - 2 ** 30) * BigInt(random(2 ** 31))],
  ['u64', t.u64, (random) => BigInt(random(2 ** 31)) * BigInt(random(2 ** 31)) * 4n],
  ['any', t.any, (random) => [random(50), `${random(50)}`, -random(50) / 3, null][random(4)]],
];

describe.each(KEYS)('keys of t.%s', (_, key, draw) => {
  it('find what a Map of the same entries finds', async () => {
    const random = randomFrom(testSeed('image maps'));
    for (const count of [0, 1, 8, 9, 200, 3000]) {
      const model = new Map();
      for (let i = 0; i < count; i++) model.set(draw(random), i);
      const map = await built(mapOf(key, t.u32), model);
      expect(map.size).toBe(model.size);
      for (const [k, v] of model) if (map.get(k) !== v) expect([k, map.get(k)]).toEqual([k, v]);
      for (let i = 0; i < 200; i++) {
        const other = /** @type {never} */ (draw(random));
        if (map.get(other) !== model.get(other)) expect(map.get(other)).toBe(model.get(other));
      }
      const keys = [...map.keys()];
      if (map.isOrdered) {
        const numbers = /** @type {(number | bigint)[]} */ ([...model.keys()]);
        const sorted = numbers.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(keys).toEqual(sorted);
      } else {
        expect(keys).toEqual([...model.keys()]);
      }
      keys.forEach((k, i) => {
        if (map.indexOf(k) !== i) expect(map.indexOf(k)).toBe(i);
      });
    }
  });

  it('have their values in the order in which they came', async () => {
    const random = randomFrom(testSeed('image multi-maps'));
    const model = new Map();
    const pairs = [];
    for (let i = 0; i < 2000; i++) {
      const k = draw(random);
      pairs.push([k, i]);
      model.set(k, [...(model.get(k) ?? []), i]);
    }
    const map = await built(multiMapOf(key, t.f64), pairs);
    expect([map.size, map.valueCount]).toEqual([model.size, pairs.length]);
    for (const [k, list] of model) expect([...map.get(k)]).toEqual(list);
  });

  it('are a set', async () => {
    const random = randomFrom(testSeed('image sets'));
    const drawn = Array.from({ length: 500 }, () => draw(random));
    const model = new Set(drawn);
    const set = await built(setOf(key), drawn, { duplicates: 'first' });
    expect(set.size).toBe(model.size);
    expect([...model].every((member) => set.has(member))).toBe(true);
    expect(set.isSubsetOf(/** @type {never} */ (model))).toBe(true);
    expect(set.isSupersetOf(/** @type {never} */ (model))).toBe(true);
  });
});

describe('ids', () => {
  const ids = Array.from({ length: 2010 }, (_, i) => i * 3);
  const random = randomFrom(7);
  const shuffled = ids
    .map((id) => /** @type {const} */ ([random(2 ** 30), id]))
    .sort(([a], [b]) => a - b)
    .map(([, id]) => id);
  it.each([
    ['ordered', ids],
    ['reversed', [...ids].reverse()],
    ['shuffled', shuffled],
  ])('2 010 %s ones have their places', async (_, list) => {
    const set = await built(setOf(t.u32), list);
    expect([...set]).toEqual(ids);
    for (const [place, id] of ids.entries()) {
      if (set.indexOf(id) !== place) expect(set.indexOf(id)).toBe(place);
      if (set.has(id + 1)) expect(set.has(id + 1)).toBe(false);
    }
  });

  it('that come twice are refused, or stand once', async () => {
    const twice = [...shuffled, ...ids];
    await expect(setOf(t.u32).build(twice)).rejects.toMatchObject({ code: 'DUPLICATE' });
    expect([...(await built(setOf(t.u32), twice, { duplicates: 'first' }))]).toEqual(ids);
  });
});

describe('ranges', () => {
  it('have what a filter has, in both directions', async () => {
    const random = randomFrom(testSeed('image ranges'));
    const keys = [...new Set(Array.from({ length: 300 }, () => random(1000) - 500))];
    const map = await built(
      mapOf(t.i32, t.u8),
      keys.map((k) => [k, k & 255]),
    );
    const sorted = keys.toSorted((a, b) => a - b);
    for (let i = 0; i < 200; i++) {
      const [from, to] = [random(1100) - 550, random(1100) - 550];
      const wanted = sorted.filter((k) => k >= from && k < to);
      expect(Array.from(map.range(from, to), ([k]) => k)).toEqual(wanted);
      const reversed = Array.from(map.range(from, to, { reverse: true }), ([k]) => k);
      expect(reversed).toEqual(wanted.toReversed());
    }
    expect([...map.range()].length).toBe(keys.length);
    expect(Array.from(map.range(400), ([k]) => k)).toEqual(sorted.filter((k) => k >= 400));
  });

  it('are refused for keys without an order, and for bounds that are none', async () => {
    const strings = await built(mapOf(t.string, t.u8), [['a', 1]]);
    expect(() => strings.range('a')).toThrow(coded('UNSUPPORTED'));
    const numbers = await built(setOf(t.f64), [1]);
    expect(() => numbers.range(Number.NaN)).toThrow(coded('ARGUMENT'));
    expect(() => numbers.range(/** @type {never} */ ('1'))).toThrow(coded('TYPE'));
    expect(() => numbers.range(0, 1, /** @type {never} */ ({ down: true }))).toThrow(
      coded('ARGUMENT'),
    );
  });

  it('NaN is the last key, 0 and -0 are one', async () => {
    const map = await built(mapOf(t.f64, t.u8), [
      [Number.NaN, 1],
      [Number.POSITIVE_INFINITY, 2],
      [-0, 3],
      [Number.NEGATIVE_INFINITY, 4],
    ]);
    expect([...map.keys()]).toEqual([
      Number.NEGATIVE_INFINITY,
      0,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]);
    expect([map.get(0), map.get(-0), map.get(Number.NaN)]).toEqual([3, 3, 1]);
  });
});

describe('approximate maps', () => {
  it('find every key, keep none, and are smaller', async () => {
    const entries = Array.from({ length: 5000 }, (_, i) => [`a rather long key ${i}`, i]);
    const Approximate = mapOf(t.string, t.u32, { approximate: true });
    const map = await built(Approximate, entries);
    const exact = await mapOf(t.string, t.u32).build(/** @type {never} */ (entries));
    const small = await Approximate.build(/** @type {never} */ (entries));
    expect(small.bytes).toBeLessThan(exact.bytes / 1.5);
    expect(map.isApproximate).toBe(true);
    for (const [key, value] of entries) expect(map.get(/** @type {never} */ (key))).toBe(value);
    expect(() => map.keyAt(0)).toThrow(coded('UNSUPPORTED'));
    expect(() => [...map.keys()]).toThrow(coded('UNSUPPORTED'));
    expect([...map.values()].length).toBe(map.size);
    for (const key of [7, null]) {
      const wrong = Approximate.build(/** @type {never} */ ([[key, 1]]));
      await expect(wrong).rejects.toMatchObject({ code: 'TYPE' });
    }
  });
});

describe('values', () => {
  it('of any type come back, undefined and null included', async () => {
    const values = [1, 'two', undefined, null, [1, 'x'], new Map([['a', 1]]), { a: { b: 1 } }, 5n];
    const map = await built(
      mapOf(t.u8, t.any),
      values.map((value, i) => [i, value]),
    );
    const plain = values.map((_, i) => unpack(pack(map.get(i))));
    expect(plain).toEqual(values);
    expect(map.has(2)).toBe(true);
  });

  it('a map packs as a dict, and equals one', async () => {
    const map = await built(mapOf(t.string, t.u8), [['a', 1]]);
    expect(unpack(pack(map))).toEqual(new Map([['a', 1]]));
    expect(map.equals(new Map([['a', 1]]))).toBe(true);
    expect(map.toJSON()).toEqual([['a', 1]]);
    const array = await built(arrayOf(t.u16), [1, 2, 2, 3]);
    expect([array.bisect(2), array.bisectRight(2), array.includes(3)]).toEqual([1, 3, true]);
    expect(unpack(pack(array))).toEqual([1, 2, 2, 3]);
  });

  it('a cycle within a value is read as one', async () => {
    /** @type {Record<string, unknown>} */
    const node = { name: 'a' };
    node.self = node;
    const map = await built(mapOf(t.string, t.any), [['a', node]]);
    const read = /** @type {Map<string, unknown>} */ (map.get('a'));
    const self = /** @type {Map<string, unknown>} */ (read.get('self'));
    expect(self.get('self')).toBe(self);
  });
});

describe('what is expected of a container', () => {
  class Here extends struct('MapTestHere', { id: t.u32 }) {}
  class Other extends struct('MapTestOther', { id: t.u32 }) {}

  it('is checked when it is opened', async () => {
    const { buffer } = await mapOf(t.u16, Here).build([[1, { id: 1 }]]);
    const image = openBytes(/** @type {Uint8Array} */ (buffer));
    expect(image.as(mapOf(t.u16, Here)).get(1)?.id).toBe(1);
    expect(image.as(mapOf(t.u32, Here)).get(1)).toBeInstanceOf(Here); // wider
    for (const type of [
      mapOf(t.u8, Here),
      mapOf(t.string, Here),
      mapOf(t.u16, Other),
      mapOf(t.u16, t.u32),
      mapOf(t.u16, Here, { approximate: true }),
      multiMapOf(t.u16, Here),
      setOf(t.u16),
      arrayOf(Here),
    ]) {
      expect(() => image.as(/** @type {never} */ (type))).toThrow(coded('SCHEMA'));
    }
    expect(() => image.get('x')).toThrow(coded('SCHEMA'));
  });

  it.each([
    () => mapOf(/** @type {never} */ (t.bool), t.u8),
    () => mapOf(/** @type {never} */ ('string'), t.u8),
    () => mapOf(t.string, /** @type {never} */ (Map)),
    () => arrayOf(/** @type {never} */ (undefined)),
    () => setOf(/** @type {never} */ (Here)),
  ])('a type that is none is refused', (make) => {
    expect(make).toThrow(coded('TYPE'));
  });
});

describe('images', () => {
  it('that are closed are read no more', async () => {
    const { buffer } = await mapOf(t.string, t.any).build([['a', [1, 'x']]]);
    const image = openBytes(/** @type {Uint8Array} */ (buffer));
    const map = image.as(mapOf(t.string, t.any));
    const list = /** @type {import('../../js/image/index.js').PackedList} */ (map.get('a'));
    image.close();
    for (const read of [
      () => map.get('a'),
      () => list.at(0),
      () => image.bytes,
      () => image.root,
    ]) {
      expect(read).toThrow(coded('CLOSED'));
    }
  });

  it.each([
    [5, 1],
    [5, 3],
    [100, 1],
    [100, 3],
  ])('of %i numbers, %i apart, that are closed are read no more', async (count, gap) => {
    const ids = Array.from({ length: count }, (_, i) => i * gap);
    for (const type of [t.u32, t.f64, t.u64]) {
      const { buffer } = await mapOf(type, t.u32).build(
        /** @type {never} */ (ids.map((id) => [id, id])),
      );
      const image = openBytes(/** @type {Uint8Array} */ (buffer));
      const map = image.as(mapOf(/** @type {typeof t.u32} */ (type), t.u32));
      expect([map.get(3), map.has(1e6)]).toEqual([3, false]);
      image.close();
      for (const read of [
        () => map.has(3),
        () => map.get(1e6),
        () => map.keyAt(0),
        () => map.valueAt(0),
        () => [...map.range(0, 2)],
      ]) {
        expect(read).toThrow(coded('CLOSED'));
      }
    }
    const { buffer } = await arrayOf(t.i16).build(ids);
    const image = openBytes(/** @type {Uint8Array} */ (buffer));
    const array = image.as(arrayOf(t.i16));
    expect(array.at(0)).toBe(0);
    image.close();
    for (const read of [() => array.at(0), () => array.numbers, () => [...array]]) {
      expect(read).toThrow(coded('CLOSED'));
    }
  });

  it('are written in place only when they are opened so', async () => {
    class Counter extends struct('MapTestCounter', { count: t.u32, name: t.string }) {}
    class Fixed extends struct('MapTestFixed', { count: t.u32 }) {}
    const { buffer } = await mapOf(t.string, Fixed).build([['a', { count: 1 }]]);
    const bytes = /** @type {Uint8Array} */ (buffer);
    const closed = openBytes(bytes).as(mapOf(t.string, Fixed)).get('a');
    expect(() => {
      /** @type {Fixed} */ (closed).count = 2;
    }).toThrow(coded('PACKED'));
    const open = /** @type {Fixed} */ (
      openBytes(bytes, { writable: true }).as(mapOf(t.string, Fixed)).get('a')
    );
    open.count = 5;
    Fixed.atomic.count.add(open, 2);
    expect(closed?.count).toBe(7);
    const texts = await mapOf(t.string, Counter).build([['a', { count: 1, name: 'x' }]]);
    const counter = openBytes(/** @type {Uint8Array} */ (texts.buffer), { writable: true })
      .as(mapOf(t.string, Counter))
      .get('a');
    expect(() => {
      /** @type {Counter} */ (counter).name = 'longer';
    }).toThrow(coded('PACKED'));
  });
});
