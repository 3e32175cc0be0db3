import { describe, expect, it } from 'vitest';
import {
  DateTime,
  Decimal,
  NdArray,
  PackedList,
  pack,
  packInto,
  Tuple,
  tuple,
  unpack,
  verify,
  view,
} from '../../js/image/index.js';
import { expectError } from '../support/heap.js';
import { goldenBuffers } from '../support/packed.js';
import { randomFrom, testSeed } from '../support/random.js';

const random = randomFrom(testSeed('random bytes'));

/** @param {unknown} value @returns {unknown} */
const there = (value) => unpack(pack(value));
/** @param {unknown} value */
const listOf = (value) =>
  /** @type {import('../../js/image/index.js').PackedList} */ (view(pack(value)));
/** @param {unknown} value */
const setOf = (value) =>
  /** @type {import('../../js/image/index.js').PackedSet} */ (view(pack(value)));
/** @param {unknown} value */
const dictOf = (value) =>
  /** @type {import('../../js/image/index.js').PackedDict} */ (view(pack(value)));

/** @param {unknown} value */
function expectRoundTrip(value) {
  const bytes = pack(value);
  expect(unpack(bytes)).toStrictEqual(value);
  expect(bytes.length % 8).toBe(0);
  expect(verify(bytes).nodes).toBeGreaterThan(0);
  expect(Buffer.compare(pack(view(bytes)), bytes)).toBe(0); // a proxy packed again
}

describe('a packed value comes back as it was', () => {
  it.each([
    ['null', null],
    ['true', true],
    ['false', false],
    ['zero', 0],
    ['minus zero', -0],
    ['NaN', Number.NaN],
    ['infinity', Number.NEGATIVE_INFINITY],
    ['the largest i32', 2 ** 31 - 1],
    ['the number above', 2 ** 31],
    ['the smallest i32', -(2 ** 31)],
    ['the largest safe integer', Number.MAX_SAFE_INTEGER],
    ['the smallest', Number.MIN_SAFE_INTEGER],
    ['a whole number that is not safe', 2 ** 60],
    ['a fraction', -3.5],
    ['a small bigint', 5n],
    ['the largest i64', 2n ** 63n - 1n],
    ['the smallest i64', -(2n ** 63n)],
    ['the largest u64', 2n ** 64n - 1n],
    ['a bigint beyond', 2n ** 64n],
    ['a negative bigint beyond', -(2n ** 2000n) - 1n],
    ['an empty string', ''],
    ['ASCII', 'hello'],
    ['text with NULs', 'a\u0000b\u0000'],
    ['all of unicode', 'größer 漢字 💾 \ufeff'],
    ['a lone surrogate', 'x\ud800y'],
    ['long text', 'ж'.repeat(100_000)],
    ['bytes with NULs', new Uint8Array([0, 1, 0, 0])],
    ['no bytes', new Uint8Array(0)],
    ['256 kB of random bytes', Uint8Array.from({ length: 262_144 }, () => random(256))],
    ['a date', new Date(1e12)],
    ['a date of 1900', new Date('1900-01-01T00:00:00Z')],
    ['an invalid date', new Date(Number.NaN)],
    ['an empty list', []],
    ['a list', [1, 'a', null, undefined, true, 2n]],
    ['a list nested six deep', [[[[[[1, 'six']]]]]]],
    ['mixed containers six deep', { a: [new Map([['k', { b: [new Set(['x'])] }]])] }],
    ['an empty object', {}],
    ['an object', { a: 1, b: { c: [1, 2] }, 'with space': '' }],
    ['an empty Set', new Set()],
    ['an empty Map', new Map()],
    ['an object of typed arrays', { f: new Float64Array([0.1]), b: new BigUint64Array([1n]) }],
    ['an NdArray', new NdArray(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3])],
    ['an array without elements', new NdArray(new Uint8Array(0), [3, 0])],
    ['a tuple', tuple(1, 'a', tuple())],
  ])('%s', (_, value) => expectRoundTrip(value));

  it('undefined', () => {
    expect(there(undefined)).toBe(undefined);
    expect(view(pack(undefined))).toBe(undefined);
  });

  it('an object whose key is __proto__', () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}}');
    const back = /** @type {object} */ (there(value));
    expect(Object.keys(back)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  });
});

describe('what unpack makes', () => {
  it('is a copy: neither the bytes nor what is unpacked afterwards changes it', () => {
    const value = {
      raw: Uint8Array.of(1, 2),
      floats: new Float64Array([0.5]),
      grid: new NdArray(new Int16Array([1, 2]), [1, 2]),
      text: 'größer 漢字 and more than the loop takes',
    };
    const bytes = pack(value);
    const plain = unpack(bytes);
    for (const other of [{ raw: Uint8Array.of(9, 9), floats: new Float64Array([9]) }, ['x']]) {
      unpack(pack(other));
    }
    bytes.fill(0);
    expect(plain).toStrictEqual(value);
  });

  it('is the same whatever the size and place of the buffer around it', () => {
    for (const count of [1, 100, 1000, 5000]) {
      const value = { list: Array.from({ length: count }, (_, i) => `text ${i}`) };
      const bytes = pack(value);
      for (const [Buffer, before, behind] of [
        [ArrayBuffer, 0, 0],
        [ArrayBuffer, 8, 8],
        [ArrayBuffer, 3, 5000],
        [SharedArrayBuffer, 16, 1],
      ]) {
        const buffer = new /** @type {ArrayBufferConstructor} */ (Buffer)(
          Number(before) + bytes.length + Number(behind),
        );
        const all = new Uint8Array(buffer).fill(255);
        all.set(bytes, Number(before));
        expect(unpack(buffer, Number(before))).toStrictEqual(value);
      }
    }
  });
});

describe('a view packed again', () => {
  it.each(goldenBuffers(pack))('gives the same bytes: %s', (name, bytes) => {
    const again = pack(view(bytes), { layouts: name !== 'struct-no-layout' });
    expect(Buffer.compare(again, bytes)).toBe(0);
  });
});

describe('lists of numbers', () => {
  it.each([
    [Int8Array, [-128, 127]],
    [Uint8Array, [0, 255]],
    [Uint8Array, [0, 128]],
    [Int16Array, [-129, 127]],
    [Int16Array, [-1, 255]],
    [Int16Array, [-32768, 32767]],
    [Uint16Array, [0, 32768]],
    [Uint16Array, [65535]],
    [Int32Array, [-32769]],
    [Int32Array, [-1, 65535]],
    [Int32Array, [-(2 ** 31), 2 ** 31 - 1]],
    [Uint32Array, [65536, 2 ** 32 - 1]],
    [Float32Array, [0.5, 1]],
    [Float32Array, [-0, 1]],
    [Float32Array, [2 ** 32]],
    [Float64Array, [-1, 2 ** 32 - 1]],
    [Float64Array, [0.1]],
    [Float64Array, [Number.MAX_SAFE_INTEGER]],
    [BigInt64Array, [-1n, 2n ** 63n - 1n]],
    [BigUint64Array, [2n ** 63n]],
  ])('are stored as %o when they are %o', (Class, numbers) => {
    const list = /** @type {import('../../js/image/index.js').PackedList & { array: object }} */ (
      listOf(numbers)
    );
    expect(list.array).toBeInstanceOf(Class);
    expect([...list]).toStrictEqual(numbers);
    expectRoundTrip(numbers);
  });

  it('are the typed array itself: writing it writes the bytes', () => {
    const bytes = pack([1, 2, 3]);
    const list =
      /** @type {import('../../js/image/index.js').PackedList & { array: Int8Array }} */ (
        view(bytes)
      );
    list.array[1] = 9;
    expect(unpack(bytes)).toEqual([1, 9, 3]);
    expect(list.array.buffer).toBe(bytes.buffer);
  });
});

describe('a list in place', () => {
  const list = listOf(['a', 'b', 'c', 'd', null]);

  it('has length, at, iteration and includes', () => {
    expect(list).toBeInstanceOf(PackedList);
    expect(list.length).toBe(5);
    expect([list.at(0), list.at(-2), list.at(5), list.at(-6)]).toEqual([
      'a',
      'd',
      undefined,
      undefined,
    ]);
    expect([...list]).toEqual(['a', 'b', 'c', 'd', null]);
    expect([list.includes('c'), list.includes(null), list.includes('x')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(list.indexOf('d')).toBe(3);
  });

  it('has slices as Array.slice gives them', () => {
    const plain = ['a', 'b', 'c', 'd', null];
    for (const [start, end] of [[1, 3], [-2], [0, -1], [3, 1], [2, 100], [-100, 2], []]) {
      expect([...list.slice(start, end)]).toEqual(plain.slice(start, end));
    }
    expect([...list.slice(1).slice(1, 3)]).toEqual(['c', 'd']);
    expect([...listOf([5, 6, 7, 8]).slice(1, 3)]).toEqual([6, 7]);
  });

  it('bisects: how many elements of a sorted list are less', () => {
    const sorted = listOf([1, 1, 2, 2, 3, 4, 4, 5, 6, 6]);
    expect([1, 2, 4, 6].map((value) => sorted.bisect(value))).toEqual([0, 2, 5, 8]);
    expect([0, 7].map((value) => sorted.bisect(value))).toEqual([0, 10]);
    expect([1, 6].map((value) => sorted.bisectRight(value))).toEqual([2, 10]);
    const words = listOf(['a', 'c', 'e']);
    expect(['a', 'b', 'f'].map((value) => words.bisect(value))).toEqual([0, 1, 3]);
    expectError(() => words.bisect(1), 'TYPE');
  });

  it('is one view for one body', () => {
    const shared = ['x'];
    const both = listOf([shared, shared, ['x']]);
    expect(both.at(0)).toBe(both.at(1));
    expect(both.at(0)).not.toBe(both.at(2));
  });

  it('is one view for one body also after thousands of others', () => {
    const many = listOf(Array.from({ length: 10_000 }, (_, i) => [String(i)]));
    const held = [0, 1, 5000, 9999].map((i) => /** @type {const} */ ([i, many.at(i)]));
    for (let round = 0; round < 2; round++) {
      let count = 0;
      for (const list of many) count += /** @type {PackedList} */ (list).length;
      expect(count).toBe(10_000);
      for (const [i, list] of held) expect(many.at(i) === list).toBe(true);
    }
  });

  it('holds the one undefined that a list may hold', () => {
    const back = listOf([undefined, null]);
    expect([back.at(0), back.at(1)]).toEqual([undefined, null]);
  });
});

describe('sets', () => {
  it('of one small integer have it and not its neighbours', () => {
    for (let i = 0; i <= 135; i++) {
      const set = setOf(new Set([i]));
      expect([set.has(i - 1), set.has(i), set.has(i + 1)]).toEqual([false, true, false]);
      expect([...set]).toEqual([i]);
      expect(set.size).toBe(1);
    }
  });

  it.each([
    [[1, 3, 6]],
    [[69, 99]],
    [[119]],
    [[0, 31, 32, 63, 64]],
    [[2 ** 32 - 1]],
    [[0, 2 ** 32 - 1]],
  ])('%o has its members only', (members) => {
    const set = setOf(new Set(members));
    expect([...set].sort()).toEqual([...members].sort());
    for (const i of members) {
      expect([set.has(i), set.has(BigInt(i)), set.has(i + 0.5), set.has(String(i))]).toEqual([
        true,
        true,
        false,
        false,
      ]);
      expect(set.has(i + 1)).toBe(members.includes(i + 1));
    }
    expectRoundTrip(new Set(members));
  });

  it('of small integers are iterated ascending, as their mask has them', () => {
    for (let round = 0; round < 200; round++) {
      const base = random(2 ** 32 - 300);
      const members = new Set(Array.from({ length: 1 + random(64) }, () => base + random(300)));
      const set = setOf(members);
      const sorted = [...members].sort((a, b) => a - b);
      const isMask = set.constructor === setOf(new Set([1])).constructor;
      expect(isMask ? [...set] : [...set].sort((a, b) => Number(a) - Number(b))).toEqual(sorted);
      if (members.size > 8) expect(isMask).toBe(true);
      expect([...set.keys()]).toEqual([...set]);
      expect([...set.entries()].map(([a, b]) => a === b).includes(false)).toBe(false);
    }
  });

  it('have members of any kind, in the order they were given', () => {
    const members = ['z', null, 2.5, 'a', true, tuple(1, 2), new Date(3), 1n];
    expect([...setOf(new Set(members))].length).toBe(members.length);
    for (const member of members) expect(setOf(new Set(members)).has(member)).toBe(true);
    const large = Array.from({ length: 1000 }, (_, i) => `member ${i * 7919}`);
    const set = setOf(new Set(large));
    expect([...set]).toEqual(large);
    for (const member of large) if (!set.has(member)) expect.fail(member);
    expect(set.has('member 1')).toBe(false);
  });

  it('do algebra with sets of both kinds', () => {
    const a = setOf(new Set([1, 2, 3, 40]));
    const b = setOf(new Set(['x', 2, 3]));
    expect(a.union(b)).toEqual(new Set([1, 2, 3, 40, 'x']));
    expect(a.intersection(b)).toEqual(new Set([2, 3]));
    expect(a.difference(new Set([1, 40]))).toEqual(new Set([2, 3]));
    expect(b.symmetricDifference(a)).toEqual(new Set(['x', 1, 40]));
    expect(setOf(new Set([2, 3])).isSubsetOf(b)).toBe(true);
    expect(b.isSubsetOf(a)).toBe(false);
    expect(a.isSupersetOf(new Set([1, 2]))).toBe(true);
    expect(a.isSupersetOf(new Set([1, 5]))).toBe(false);
    expect(a.isDisjointFrom(new Set([4]))).toBe(true);
    expect(a.isDisjointFrom(b)).toBe(false);
  });
});

describe('dicts', () => {
  const dict = dictOf(
    new Map(
      /** @type {[unknown, unknown][]} */ ([
        [null, 'null'],
        [[], 'empty tuple'],
        [Number.POSITIVE_INFINITY, 'infinity'],
        [Number.NEGATIVE_INFINITY, 'minus infinity'],
        [-3.5, 'fraction'],
        [new Set([1, 'a']), 'set'],
        [1, 'one'],
        [true, 'true'],
        [tuple(1, [2, 'b']), 'tuple'],
        [2n ** 70n, 'big'],
        [Decimal.parse('1.50'), 'decimal'],
        [DateTime.parse('2024-01-01T00:00:00+02:00'), 'date'],
        [new Uint8Array([1, 2]), 'bytes'],
        [Number.NaN, 'NaN'],
        ['ключ', 'key'],
        ['Ã\u0083', 'two characters that are one in UTF-8'],
      ]),
    ),
  );

  it.each([
    ['null', null, 'null'],
    ['an empty tuple', tuple(), 'empty tuple'],
    ['infinity', Number.POSITIVE_INFINITY, 'infinity'],
    ['minus infinity', Number.NEGATIVE_INFINITY, 'minus infinity'],
    ['-3.5', -3.5, 'fraction'],
    ['a set, in any order', new Set(['a', 1]), 'set'],
    ['1', 1, 'one'],
    ['1.0 of a bigint', 1n, 'one'],
    ['true, which is not 1', true, 'true'],
    ['a nested tuple', [1, tuple(2, 'b')], 'tuple'],
    ['a large integer', 2n ** 70n, 'big'],
    ['the same as a float', 2 ** 70, 'big'],
    ['an equal decimal', Decimal.parse('1.5'), 'decimal'],
    ['the same instant', new Date('2023-12-31T22:00:00Z'), 'date'],
    ['bytes', Uint8Array.of(1, 2), 'bytes'],
    ['NaN', Number.NaN, 'NaN'],
    ['text', 'ключ', 'key'],
    ['text of Latin-1', 'Ã\u0083', 'two characters that are one in UTF-8'],
    ['another key', 2, undefined],
    ['what is one character of it in UTF-8', 'Ã', undefined],
    ['false', false, undefined],
    ['another tuple', [1, [2]], undefined],
    ['another set', new Set([1]), undefined],
    ['a wall clock', DateTime.parse('2023-12-31T22:00:00'), undefined],
  ])('are asked for %s', (_, key, value) => {
    expect(dict.get(key)).toBe(value);
    expect(dict.has(key)).toBe(value !== undefined);
  });

  it('iterate in the order of packing', () => {
    const entries = Array.from({ length: 500 }, (_, i) => [`key ${(i * 7919) % 500}`, i]);
    const large = dictOf(new Map(/** @type {[string, number][]} */ (entries)));
    expect([...large]).toEqual(entries);
    expect([...large.keys()]).toEqual(entries.map(([key]) => key));
    expect([...large.values()]).toEqual(entries.map(([, value]) => value));
    for (const [key, value] of entries) if (large.get(key) !== value) expect.fail(String(key));
    expect(large.get('key 500')).toBe(undefined);
  });

  it('refuse two keys that are one, and what can be no key', () => {
    expectError(
      () =>
        pack(
          new Map(
            /** @type {[unknown, number][]} */ ([
              [1, 1],
              [1n, 2],
            ]),
          ),
        ),
      'DUPLICATE',
    );
    expectError(
      () =>
        pack(
          new Map([
            [[1], 1],
            [[1], 2],
          ]),
        ),
      'DUPLICATE',
    );
    expectError(() => pack(new Map([[{}, 1]])), 'TYPE');
    expectError(() => pack(new Map([[undefined, 1]])), 'TYPE');
    expectError(() => dictOf(new Map([[1, 1]])).get({}), 'TYPE');
  });
});

describe('identity', () => {
  it('of shared references is kept, and they are packed once', () => {
    const shared = { big: 'x'.repeat(1000) };
    const bytes = pack([shared, shared, { shared }]);
    expect(bytes.length).toBeLessThan(1300);
    const [a, b, c] = /** @type {{ shared: object }[]} */ (unpack(bytes));
    expect(a).toBe(b);
    expect(c.shared).toBe(a);
  });

  it('of views in another value is kept, and each is packed once', () => {
    const bytes = pack({ big: ['x'.repeat(1000), 'y'] });
    const inner = view(bytes);
    const outer = pack([inner, { inner }, view(bytes.slice())]);
    expect(outer.length).toBeLessThan(3 * bytes.length);
    const [a, b, c] = /** @type {{ inner: object }[]} */ (unpack(outer));
    expect(a).toEqual({ big: ['x'.repeat(1000), 'y'] });
    expect(b.inner).toBe(a);
    expect(c).toEqual(a);
    expect(c).not.toBe(a); // other bytes, so another value
  });

  it('of cycles is kept', () => {
    /** @type {unknown[]} */
    const list = [1];
    const map = new Map([['list', list]]);
    list.push(list, map);
    const back = /** @type {[number, object, Map<string, object>]} */ (there(list));
    expect(back[1]).toBe(back);
    expect(back[2].get('list')).toBe(back);
    const inPlace = listOf(list);
    expect(inPlace.at(1)).toBe(inPlace);
  });

  it('does not need a call stack: a list 100 000 deep', () => {
    /** @type {unknown[]} */
    let list = ['end'];
    for (let i = 0; i < 100_000; i++) list = [list];
    const bytes = pack(list);
    let depth = 0;
    let at = /** @type {unknown[]} */ (unpack(bytes));
    while (Array.isArray(at[0])) {
      at = at[0];
      depth++;
    }
    expect(depth).toBe(100_000);
    expectError(() => verify(bytes), 'LIMIT');
    expect(verify(bytes, { depth: 200_000 }).depth).toBe(100_001);
  });
});

describe('many in one buffer', () => {
  it.each([
    ['an ArrayBuffer', new ArrayBuffer(4096)],
    ['a SharedArrayBuffer', new SharedArrayBuffer(4096)],
    ['a part of a buffer', new Uint8Array(new ArrayBuffer(8192), 4096)],
  ])('ten are packed back to back into %s and read by the offsets returned', (_, buffer) => {
    const values = Array.from({ length: 10 }, (_, i) => ({ i, text: 'x'.repeat(i), list: [i] }));
    const ends = [0];
    for (const value of values) ends.push(packInto(value, buffer, ends.at(-1)));
    values.forEach((value, i) => {
      expect(unpack(buffer, ends[i])).toEqual(value);
    });
    expect(ends.every((end) => end % 8 === 0)).toBe(true);
  });

  it('one that does not fit leaves the buffer as it was', () => {
    const buffer = new Uint8Array(64).fill(7);
    expectError(() => packInto('x'.repeat(100), buffer, 8), 'SIZE');
    expectError(() => packInto(1, buffer, 4), 'ALIGN');
    expectError(() => packInto(1, buffer, 72), 'ARGUMENT');
    expectError(() => packInto(() => 1, buffer, 0), 'TYPE');
    expect(buffer.every((byte) => byte === 7)).toBe(true);
  });

  it('bytes at an odd address are read as well', () => {
    const bytes = pack({ a: [1, 'x'] });
    const odd = new Uint8Array(bytes.length + 3).subarray(3);
    odd.set(bytes);
    expect(unpack(odd)).toEqual({ a: [1, 'x'] });
    expect(
      /** @type {import('../../js/image/index.js').PackedDict} */ (view(odd)).get('a'),
    ).toBeInstanceOf(PackedList);
  });
});

describe('what cannot be packed is refused with its place', () => {
  it.each([
    ['a function', { a: [1, () => 1] }, /value\.a\[1\]|value.*a\[1\]/],
    ['a symbol', [Symbol('x')], /\[0\]/],
    ['an instance of a class', { a: new (class Foo {})() }, /value/],
    ['a promise', [Promise.resolve()], /\[0\]/],
    ['a WeakMap', new WeakMap(), /value/],
  ])('%s', (_, value, place) => {
    expectError(() => pack(value), 'TYPE');
    expect(() => pack(value)).toThrow(place);
  });

  it('more bytes than allowed', () => {
    expectError(() => pack('x'.repeat(1e6), { maxBytes: 1000 }), 'SIZE');
    const small = [1, 'two', { three: 3 }];
    const { length } = pack(small);
    expect(pack(small, { maxBytes: length }).length).toBe(length);
    for (const maxBytes of [16, 24, length - 8, length - 1]) {
      expectError(() => pack(small, { maxBytes }), 'SIZE');
    }
    expectError(() => pack(1, { maxBytes: -1 }), 'ARGUMENT');
    // @ts-expect-error no such option
    expectError(() => pack(1, { maxByte: 1 }), 'ARGUMENT');
  });
});

describe('dates', () => {
  it.each([
    '1900-01-01T00:00:00.000+00:00',
    '1900-01-01T00:00:00.000+01:24',
    '1899-12-31T23:59:59.999-11:30',
    '2024-02-29T12:00:00.000+14:00',
    '2024-02-29T12:00:00.000-12:00',
    '2024-02-29T12:00:00.000',
    '0001-01-01T00:00:00.000',
  ])('%s keeps its zone', (text) => {
    const date = DateTime.parse(text);
    const back = /** @type {DateTime} */ (there(date));
    expect(String(back)).toBe(text);
    expect(back.equals(date)).toBe(true);
    expect(back.isWallClock).toBe(!/[+-]\d\d:\d\d$/.test(text));
  });

  it('are equal across zones when they are the same instant', () => {
    const a = DateTime.parse('2024-01-01T12:00:00Z');
    const b = DateTime.parse('2024-01-01T14:00:00+02:00');
    expect(a.equals(b)).toBe(true);
    expect(a.equals(DateTime.parse('2024-01-01T12:00:00'))).toBe(false);
    expect(listOf([a, 'x']).includes(b)).toBe(true);
  });

  it('that are none are refused', () => {
    for (const text of ['', 'noon', '2024-13-01T00:00:00', '2024-01-01']) {
      expectError(() => DateTime.parse(text), 'ARGUMENT');
    }
    expectError(() => new DateTime(0, 1441), 'ARGUMENT');
    // @ts-expect-error no milliseconds
    expectError(() => new DateTime('0'), 'TYPE');
  });
});

describe('decimals', () => {
  it.each(['0', '100', '-100', '123.456', '-123.456', '0.001', '1E+60', '1.50', '-1.5E-50'])(
    '%s comes back exactly',
    (text) => {
      const back = /** @type {Decimal} */ (there(Decimal.parse(text)));
      expect(back).toBeInstanceOf(Decimal);
      expect(String(back)).toBe(text);
      expect(back).toEqual(Decimal.parse(text));
    },
  );

  it('are equal by value', () => {
    expect(Decimal.parse('1.50').equals(Decimal.parse('1.5'))).toBe(true);
    expect(Decimal.parse('100').equals(new Decimal(1n, 2))).toBe(true);
    expect(Decimal.parse('-0').equals(Decimal.parse('0.00'))).toBe(true);
    expect(Decimal.parse('1').equals(1)).toBe(false);
  });

  it('that are none are refused', () => {
    for (const text of ['', '.', '1.2.3', 'x', '1e', '0x1', '1e99999999999']) {
      expectError(() => Decimal.parse(text), 'ARGUMENT');
    }
    // @ts-expect-error no bigint
    expectError(() => new Decimal(1), 'TYPE');
  });
});

describe('arrays', () => {
  it('have shape, dtype and their numbers in place', () => {
    const bytes = pack(new NdArray(new Float64Array([1, 2, 3, 4, 5, 6]), [2, 3]));
    const grid = /** @type {NdArray} */ (view(bytes));
    expect([grid.dtype, grid.shape, grid.get(1, 2), grid.get(2, 0)]).toEqual([
      'f64',
      [2, 3],
      6,
      undefined,
    ]);
    expect(grid.data.buffer).toBe(bytes.buffer);
    grid.data[0] = 9;
    expect(/** @type {NdArray} */ (unpack(bytes)).get(0, 0)).toBe(9);
  });

  it('with another shape than elements are refused', () => {
    expectError(() => new NdArray(new Float64Array(5), [2, 3]), 'ARGUMENT');
    // @ts-expect-error no typed array
    expectError(() => new NdArray([1], [1]), 'TYPE');
  });
});

describe('tuples', () => {
  it('are frozen arrays, and lists are not', () => {
    const [list, fixed] = /** @type {unknown[][]} */ (there([['a', 1], tuple('a', 1)]));
    expect(list).not.toBeInstanceOf(Tuple);
    expect(fixed).toBeInstanceOf(Tuple);
    expect(Object.isFrozen(fixed)).toBe(true);
    expect(listOf(tuple(1, 2)).isTuple).toBe(true);
    expect(there(tuple(1, 2))).toBeInstanceOf(Tuple);
  });
});

describe('JSON', () => {
  it('of views is that of the values', () => {
    const value = { a: [1, 'x', null], m: new Map([['k', 1]]), s: new Set([1]), b: 5n };
    expect(JSON.stringify(view(pack(value)))).toBe(
      '{"a":[1,"x",null],"m":[["k",1]],"s":[1],"b":"5"}',
    );
  });
});
