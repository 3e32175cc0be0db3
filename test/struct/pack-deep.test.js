/**
 * Packed values that are deep, cyclic, or share their parts in many ways: comparing, hashing, unpacking.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import {
  NdArray,
  PackedList,
  pack,
  struct,
  t,
  tuple,
  unpack,
  verify,
  view,
} from '../../js/image/index.js';
import { expectError } from '../support/heap.js';

const LEVELS = 100_000;

class Link extends struct('Deep link', { id: t.u32, next: t.ref('Deep link'), more: t.any }) {}

/** @param {unknown} end @param {(inner: unknown) => unknown} wrap @returns {unknown} */
function deep(end, wrap) {
  let value = end;
  for (let i = 0; i < LEVELS; i++) value = wrap(value);
  return value;
}

/** 2 ** levels paths lead to the end, in few bytes. @param {number} levels @param {unknown} end */
function everywhere(levels, end) {
  let list = end;
  for (let i = 0; i < levels; i++) list = [list, list];
  return list;
}

/** @param {unknown} value @returns {PackedList} */
const listOf = (value) => /** @type {PackedList} */ (view(pack(value)));

/** How deep one value stands in others. @param {unknown} value @param {(value: never) => unknown} inner */
function depthOf(value, inner) {
  let depth = 0;
  for (let at = value; at !== 'end'; at = inner(/** @type {never} */ (at))) depth++;
  return depth;
}

describe('100 000 levels', () => {
  it.each([
    ['lists', (/** @type {unknown} */ v) => [v], (/** @type {unknown[]} */ v) => v[0]],
    ['tuples', (/** @type {unknown} */ v) => tuple(v), (/** @type {unknown[]} */ v) => v[0]],
    ['objects', (/** @type {unknown} */ v) => ({ v }), (/** @type {{ v: unknown }} */ v) => v.v],
    [
      'Maps',
      (/** @type {unknown} */ v) => new Map([['k', v]]),
      (/** @type {Map<string, unknown>} */ v) => v.get('k'),
    ],
  ])('of %s are packed, unpacked, verified and compared', (_, wrap, inner) => {
    const value = deep('end', wrap);
    const bytes = pack(value);
    expect(depthOf(unpack(bytes), /** @type {never} */ (inner))).toBe(LEVELS);
    const packed = /** @type {{ equals(other: unknown): boolean }} */ (view(bytes));
    expect(packed.equals(value)).toBe(true);
  });

  it('of lists are verified when that is allowed, compared with views, and packed again', () => {
    const bytes = pack(deep('end', (inner) => [inner]));
    expect(verify(bytes, { depth: LEVELS + 1 }).depth).toBe(LEVELS);
    expectError(() => verify(bytes), 'LIMIT');
    const packed = /** @type {PackedList} */ (view(bytes));
    expect(packed.equals(view(bytes.slice()))).toBe(true);
    expect(packed.equals(listOf(deep('other', (inner) => [inner])))).toBe(false);
    expect(Buffer.compare(pack(packed), bytes)).toBe(0);
  });

  it('of structs, by references and by any', () => {
    /** @type {object | null} */
    let chain = null;
    for (let id = 0; id < LEVELS; id++)
      chain = id % 2 === 0 ? { id, next: chain } : { id, more: chain };
    const bytes = pack(Link.unpackFrom(Link.pack(/** @type {never} */ (chain))));
    let count = 0;
    for (let at = Link.unpack(bytes); at; at = /** @type {typeof at} */ (at.next ?? at.more))
      count++;
    // What `any` leads to is an object here, not a Link.
    expect(count).toBe(LEVELS);
    expect(Link.unpackFrom(bytes).equals(Link.unpackFrom(bytes.slice()))).toBe(true);
  });

  it('cannot be a key, and say so', () => {
    const value = deep('end', (inner) => [inner]);
    expectError(() => pack(new Set([value])), 'DEPTH');
    expectError(() => pack(new Map([[value, 1]])), 'DEPTH');
    const set = /** @type {import('../../js/image/index.js').PackedSet} */ (
      view(pack(new Set(['x'])))
    );
    expectError(() => set.has(value), 'DEPTH');
    expectError(() => set.has(view(pack(value))), 'DEPTH');
  });

  it('are found in a list by value', () => {
    const value = deep('end', (inner) => [inner]);
    expect(listOf(['x', value]).indexOf(value)).toBe(1);
  });
});

describe('equality', () => {
  it('is by value, of all kinds', () => {
    const make = () => ({
      list: [1, 'a', null, undefined, -0, Number.NaN],
      numbers: [1, 2, 3],
      tuple: tuple(1, 'x'),
      set: new Set(['a', 2.5]),
      bits: new Set([1, 2]),
      map: new Map([[tuple(1, 2), { a: 1 }]]),
      grid: new NdArray(new Float32Array([1, 2]), [2, 1]),
      bytes: new Uint8Array([1, 2]),
      big: 2n ** 100n,
      date: new Date(5),
    });
    const packed = /** @type {import('../../js/image/index.js').PackedDict} */ (view(pack(make())));
    expect(packed.equals(view(pack(make())))).toBe(true);
    expect(packed.equals(new Map(Object.entries(make())))).toBe(true);
    for (const [name, other] of Object.entries({
      list: [1],
      numbers: [1, 2, 4],
      tuple: tuple(1, 'y'),
      set: new Set(['a', 2]),
      bits: new Set([1, 3]),
      map: new Map([[tuple(1, 2), { a: 2 }]]),
      grid: new NdArray(new Float32Array([1, 2]), [1, 2]),
      bytes: new Uint8Array([1, 3]),
      big: 2n ** 100n + 1n,
      date: new Date(6),
    })) {
      expect([name, packed.equals(view(pack({ ...make(), [name]: other })))]).toEqual([
        name,
        false,
      ]);
    }
  });

  it('of a dict with a Map is by the values of the keys', () => {
    const map = new Map([[tuple(1, 'x'), 'v']]);
    const packed = /** @type {import('../../js/image/index.js').PackedDict} */ (view(pack(map)));
    expect(packed.equals(new Map([[tuple(1, 'x'), 'v']]))).toBe(true);
    expect(packed.equals(new Map([[tuple(1, 'y'), 'v']]))).toBe(false);
  });

  it('ends for cycles, of equal and of unequal length', () => {
    const ring = (/** @type {number} */ length) => {
      /** @type {unknown[]} */
      const first = ['x'];
      let last = first;
      for (let i = 1; i < length; i++) {
        const next = ['x'];
        last.push(next);
        last = next;
      }
      last.push(first);
      return first;
    };
    expect(listOf(ring(5)).equals(listOf(ring(5)))).toBe(true);
    expect(listOf(ring(6)).equals(listOf(ring(35)))).toBe(true); // nobody can tell them apart by reading
    const other = ring(5);
    /** @type {unknown[][]} */ (other)[1][0] = 'y';
    expect(listOf(ring(5)).equals(listOf(other))).toBe(false);
  });

  it('ends for parts that are shared on 2 ** 60 ways', () => {
    const a = listOf(everywhere(60, ['end']));
    const b = listOf(everywhere(60, ['end']));
    expect(a.equals(b)).toBe(true);
    expect(a.equals(listOf(everywhere(60, ['other'])))).toBe(false);
    expect(listOf(['x', everywhere(60, ['end'])]).indexOf(a)).toBe(1);
  });

  it('of keys that are shared on 2 ** 60 ways is refused', () => {
    const key = everywhere(60, 'end');
    expectError(() => pack(new Set([key])), 'LIMIT');
  });

  it('of structs that only the bytes know is by their fields', () => {
    const make = (/** @type {number} */ id, name = 'Nameless') => {
      const bytes = Buffer.from(
        struct(`Known ${id} ${name}`, { id: t.u32, text: t.string }).pack({ id, text: 'x' }),
      );
      bytes.write('Strange', bytes.indexOf('Known'));
      return /** @type {{ equals(other: unknown): boolean }} */ (view(bytes));
    };
    expect(make(1).equals(make(1))).toBe(true);
    expect(make(1).equals(make(2))).toBe(false);
    expect(make(1).equals({ id: 1, text: 'x' })).toBe(false);
    expect(make(1).equals(view(pack({ id: 1, text: 'x' })))).toBe(false);
  });
});

describe('sizes of packed views', () => {
  it('cannot be changed', () => {
    const list = view(pack(['a', 'b']));
    const numbers = view(pack([1, 2]));
    const set = view(pack(new Set(['a'])));
    const dict = view(pack({ a: 1 }));
    /** @type {[unknown, string][]} */
    const sizes = [
      [list, 'length'],
      [list, 'isTuple'],
      [numbers, 'length'],
      [numbers, 'array'],
      [set, 'size'],
      [dict, 'size'],
    ];
    for (const [object, name] of sizes) {
      expect(() => Object.assign(Object(object), { [name]: 100 })).toThrow(TypeError);
    }
    /** @type {[unknown, string][]} */
    const methods = [
      [list, 'push'],
      [list, 'splice'],
      [set, 'add'],
      [set, 'delete'],
      [dict, 'set'],
      [dict, 'clear'],
    ];
    for (const [object, name] of methods) {
      expect(() => Reflect.get(Object(object), name)('x', 1)).toThrow(TypeError);
    }
    expect(list).toHaveLength(2);
  });
});
