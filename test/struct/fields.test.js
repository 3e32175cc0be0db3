import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { struct, t } from '../../js/index.js';
import { testSeed } from '../support/random.js';
import { closeHeaps, expectRefused, openHeap } from '../support/struct.js';

const heap = openHeap();
afterAll(closeHeaps);

const seed = testSeed('fields');
const runs = { seed, numRuns: 200 };

const Name = struct('Name', { value: t.any });

/** Kind, its type, values that fit, what it reads at first. */
const KINDS = /** @type {const} */ ([
  ['i8', t.i8, fc.integer({ min: -128, max: 127 }), 0],
  ['u8', t.u8, fc.integer({ min: 0, max: 255 }), 0],
  ['i16', t.i16, fc.integer({ min: -32768, max: 32767 }), 0],
  ['u16', t.u16, fc.integer({ min: 0, max: 65535 }), 0],
  ['i32', t.i32, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), 0],
  ['u32', t.u32, fc.integer({ min: 0, max: 2 ** 32 - 1 }), 0],
  ['f32', t.f32, fc.float(), 0],
  ['f64', t.f64, fc.double(), 0],
  ['i64', t.i64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), 0n],
  ['u64', t.u64, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), 0n],
  ['bool', t.bool, fc.boolean(), false],
  ['enum', t.enum(['red', 'green', 'blue']), fc.constantFrom('red', 'green', 'blue'), 'red'],
  ['date', t.date, fc.date(), new Date(0)],
  ['string', t.string, fc.string({ unit: 'binary' }), ''],
  ['bytes', t.bytes, fc.uint8Array(), new Uint8Array(0)],
  [
    'any',
    t.any,
    fc.oneof(
      fc.constantFrom(undefined, null, true, false, -0, 0, NaN, Infinity, -(2 ** 28), 2 ** 28, ''),
      fc.integer(),
      fc.double(),
      fc.bigInt(),
      fc.string({ unit: 'binary' }),
      fc.date(),
      fc.uint8Array(),
    ),
    undefined,
  ],
  ['array', t.array(t.f64, 3), fc.array(fc.double(), { minLength: 3, maxLength: 3 }), [0, 0, 0]],
  [
    'array of u64',
    t.array(t.u64, 2),
    fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 2, maxLength: 2 }),
    [0n, 0n],
  ],
  [
    'optional',
    t.optional(t.i16),
    fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }),
    undefined,
  ],
  ['optional string', t.optional(t.string), fc.option(fc.string(), { nil: undefined }), undefined],
]);

/** A typed array and an array are the same values. @param {unknown} value */
function comparable(value) {
  if (!ArrayBuffer.isView(value) || value instanceof Uint8Array) return value;
  return Array.from(/** @type {Float64Array} */ (value));
}

describe.each(KINDS)('%s', (_, type, values, initial) => {
  const Type = struct(`Kind ${_}`, { before: t.u8, value: type, after: t.u8 });

  it('is zero at first', () => {
    expect(comparable(new Type().value)).toEqual(initial);
  });

  it('gives back what was written, by view and by address, and touches nothing else', () => {
    const view = new Type({ before: 0xaa, after: 0x55 });
    const { address } = view;
    const get = Type.get.value;
    const set = Type.set.value;
    fc.assert(
      fc.property(/** @type {fc.Arbitrary<unknown>} */ (values), (value) => {
        Reflect.set(view, 'value', value);
        expect(comparable(view.value)).toStrictEqual(value);
        expect(comparable(get(address))).toStrictEqual(value);
        expect(comparable(Type.at(heap, address).value)).toStrictEqual(value);
        Reflect.apply(set, undefined, [address, comparable(initial)]);
        expect(comparable(view.value)).toStrictEqual(initial);
        Reflect.apply(set, undefined, [address, value]);
        expect(comparable(view.value)).toStrictEqual(value);
        expect([view.before, view.after]).toEqual([0xaa, 0x55]);
      }),
      runs,
    );
  });

  it('refuses what does not fit, names the field and writes nothing', () => {
    const view = new Type();
    const bytes = heap.bytes(view.address, Type.bytes);
    for (const value of BAD[_]) {
      const before = Array.from(bytes);
      const right = KINDS.find(([kind]) => kind === _)?.[1];
      const isRange = typeof value === right?.jsType && typeof value !== 'object';
      const error = isRange ? RangeError : TypeError;
      const name = ARRAY_INDEX.get(value) ?? 'value';
      expectRefused(() => Reflect.set(view, 'value', value), error, name);
      const set = /** @type {(address: number, value: unknown) => void} */ (Type.set.value);
      expectRefused(() => set(view.address, value), error, name);
      expect(Array.from(bytes)).toEqual(before);
    }
  });
});

const SPY = {
  valueOf() {
    throw new Error('valueOf was called');
  },
  toString() {
    throw new Error('toString was called');
  },
  [Symbol.toPrimitive]() {
    throw new Error('toPrimitive was called');
  },
};

const NO_NUMBERS = [
  undefined,
  null,
  '1',
  '',
  true,
  1n,
  Symbol('x'),
  [],
  [1],
  {},
  SPY,
  () => 1,
  new Date(0),
];
const NO_INTEGERS = [...NO_NUMBERS, 0.5, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53)];
const NO_BIGINTS = [undefined, null, 1, '1', true, Symbol('x'), [], {}, SPY];
const NO_STRINGS = [undefined, null, 1, true, 1n, Symbol('x'), ['a'], {}, SPY, Object('text')];
const NO_OBJECTS = [undefined, null, 1, 'x', true, 1n, Symbol('x'), {}, SPY, () => 1];

const BAD_ELEMENT = [1, 2, 'x'];
const BAD_BIGINT_ELEMENT = [1n, 2n ** 64n];
/** Of an array the element is named, and what is wrong with it. */
const ARRAY_INDEX = new Map([
  [/** @type {unknown} */ (BAD_ELEMENT), 'value[2]'],
  [BAD_BIGINT_ELEMENT, 'value[1]'],
]);

/** @type {Record<string, unknown[]>} */
const BAD = {
  i8: [...NO_INTEGERS, 128, -129],
  u8: [...NO_INTEGERS, 256, -1],
  i16: [...NO_INTEGERS, 32768, -32769],
  u16: [...NO_INTEGERS, 65536, -1],
  i32: [...NO_INTEGERS, 2 ** 31, -(2 ** 31) - 1],
  u32: [...NO_INTEGERS, 2 ** 32, -1],
  f32: [...NO_NUMBERS, 3.5e38, -1e300],
  f64: NO_NUMBERS,
  i64: [...NO_BIGINTS, 2n ** 63n, -(2n ** 63n) - 1n],
  u64: [...NO_BIGINTS, 2n ** 64n, -1n],
  bool: [undefined, null, 0, 1, 'true', 1n, {}, SPY, Object(true)],
  enum: [...NO_STRINGS, 'yellow', '', 'RED', 'toString', '__proto__'],
  date: [...NO_OBJECTS, Object.create(Date.prototype), '2020-01-01', []],
  string: NO_STRINGS,
  bytes: [...NO_OBJECTS, [1, 2], new ArrayBuffer(2), new Uint16Array(2)],
  any: [Symbol('x'), {}, [], SPY, () => 1, new Map(), new Uint16Array(2), Object(1), new Name()],
  array: [
    ...NO_OBJECTS,
    [],
    [1, 2],
    [1, 2, 3, 4],
    new Float64Array(2),
    new DataView(new ArrayBuffer(24)),
  ],
  'array of u64': [...NO_OBJECTS, [1n]],
  optional: [null, '1', 1n, {}, SPY, 0.5, NaN, 32768],
  'optional string': [null, 1, true, {}, SPY],
};

describe('numbers at the edge', () => {
  it('f32 rounds, and takes what rounds to its largest value', () => {
    const view = new (struct('Edge', { x: t.f32 }))();
    view.x = 0.1;
    expect(view.x).toBe(Math.fround(0.1));
    view.x = 3.4028234663852886e38 + 1e30;
    expect(view.x).toBe(3.4028234663852886e38);
    for (const value of [Infinity, -Infinity, NaN, -0, 1e-50]) {
      view.x = value;
      expect(view.x).toBe(Math.fround(value));
    }
  });

  it('an integer field takes -0 as 0', () => {
    const view = new (struct('Signed edge', { a: t.i8, b: t.u32 }))({ a: -0, b: -0 });
    expect([view.a, view.b]).toStrictEqual([0, 0]);
  });

  it('names the element of an array that does not fit, and writes none', () => {
    const view = new (struct('Edges', { xs: t.array(t.f64, 3), ys: t.array(t.u64, 2) }))();
    const set = Reflect.set;
    expectRefused(() => set(view, 'xs', BAD_ELEMENT), TypeError, 'xs[2]');
    expectRefused(() => set(view, 'ys', BAD_BIGINT_ELEMENT), RangeError, 'ys[1]');
    expect(view.toJSON()).toEqual({ xs: [0, 0, 0], ys: ['0', '0'] });
  });
});

describe('an array', () => {
  it('is the struct itself: writing an element writes the struct', () => {
    const Type = struct('Array', { xs: t.array(t.i32, 4) });
    const view = new Type();
    view.xs[2] = 42;
    expect(Array.from(Type.at(heap, view.address).xs)).toEqual([0, 0, 42, 0]);
    expect(view.xs).toBeInstanceOf(Int32Array);
  });
});

describe('an optional field', () => {
  const Type = struct('Optional', {
    n: t.optional(t.u8),
    s: t.optional(t.string),
    r: t.optional(t.ref('Optional')),
  });

  it('tells unset from null and from zero', () => {
    const view = new Type();
    expect([view.n, view.s, view.r]).toEqual([undefined, undefined, undefined]);
    view.n = 0;
    view.s = '';
    view.r = null;
    expect([view.n, view.s, view.r]).toEqual([0, '', null]);
    expect(JSON.stringify(new Type())).toBe('{}');
  });

  it('is unset by undefined, and its box is freed', () => {
    const view = new Type({ n: 5, s: 'longer than three', r: new Type() });
    const { blocksLive } = heap.stats();
    view.n = undefined;
    view.s = undefined;
    view.r = undefined;
    expect([view.n, view.s, view.r]).toEqual([undefined, undefined, undefined]);
    expect(heap.stats().blocksLive).toBe(blocksLive - 1);
  });
});

describe('an enum', () => {
  it('of more than 256 names takes two bytes', () => {
    const names = Array.from({ length: 300 }, (_, i) => `name${i}`);
    const Type = struct('Many', { e: t.enum(names) });
    const view = new Type({ e: 'name299' });
    expect([view.e, Type.bytes]).toEqual(['name299', 2]);
  });

  it('refuses to read a number that is none of its names', () => {
    const view = new (struct('Few', { e: t.enum(['a', 'b']) }))();
    heap.bytes(view.address, 1)[0] = 2;
    expectRefused(() => view.e, TypeError, 'e');
  });
});

describe('a nested struct', () => {
  class Point extends struct('Point', { x: t.f64, y: t.f64, label: t.string }) {
    get length() {
      return Math.hypot(this.x, this.y);
    }
  }
  class Line extends struct('Line', { id: t.u8, from: t.struct(Point), to: t.struct(Point) }) {}

  it('is read in place, with the methods of its class', () => {
    const line = new Line();
    line.from.x = 3;
    line.from.y = 4;
    expect(line.from.length).toBe(5);
    expect(line.from).toBeInstanceOf(Point);
    expect(line.from.address).toBe(line.address + 8);
    expect(line.to.x).toBe(0);
  });

  it('is assigned by copying, boxes as well', () => {
    const line = new Line();
    const point = new Point({ x: 1, y: 2, label: 'a longer label' });
    line.to = point;
    point.x = 9;
    point.label = 'changed afterwards';
    expect(line.to.toJSON()).toEqual({ x: 1, y: 2, label: 'a longer label' });
    const { blocksLive } = heap.stats();
    Line.free(line);
    expect(heap.stats().blocksLive).toBe(blocksLive - 2); // the line and the box of its label
    expect(point.label).toBe('changed afterwards');
  });

  it('refuses what is no Point', () => {
    const line = new Line();
    for (const value of [null, undefined, {}, { x: 1, y: 2 }, line, 5, Point.prototype]) {
      expectRefused(() => Reflect.set(line, 'from', value), TypeError, 'from');
    }
  });

  it('has no static accessor that differs: reading gives a view of the place', () => {
    const line = new Line();
    expect(Line.get.to(line.address).address).toBe(line.to.address);
  });
});

describe('a reference', () => {
  class Node extends struct('Node', { id: t.u32, next: t.ref('Node') }) {}
  class Leaf extends Node {}
  class Other extends struct('Other', { id: t.u32, next: t.ref('Other') }) {}

  it('is null at first and leads to what was assigned', () => {
    const [a, b] = [new Node({ id: 1 }), new Leaf({ id: 2 })];
    expect(a.next).toBe(null);
    a.next = b;
    expect([a.next.id, a.next.address]).toEqual([2, b.address]);
    a.next = a;
    expect(a.next.address).toBe(a.address);
    a.next = null;
    expect(a.next).toBe(null);
  });

  it('refuses structs of another type, plain objects and the prototype', () => {
    const node = new Node();
    const twin = { address: node.address, m: node.m };
    for (const value of [
      undefined,
      0,
      node.address,
      '',
      {},
      twin,
      new Other(),
      Node,
      Node.prototype,
    ]) {
      expectRefused(() => Reflect.set(node, 'next', value), TypeError, 'next');
      expect(node.next).toBe(null);
    }
  });

  it('refuses a struct of another heap', () => {
    const node = new Node();
    const other = openHeap();
    const foreign = new Node();
    expect(() => Reflect.set(node, 'next', foreign)).toThrow(
      expect.objectContaining({ code: 'HEAP' }),
    );
    expect(node.next).toBe(null);
    other.close();
    heap.use();
  });

  it('is an address in static form, and refuses what is none', () => {
    const [a, b] = [new Node(), new Node()];
    Node.set.next(a.address, b.address);
    expect(Node.get.next(a.address)).toBe(b.address);
    expect(a.next?.address).toBe(b.address);
    for (const value of [-1, 0.5, 2 ** 32, NaN, null, undefined, b]) {
      const set = /** @type {(address: number, value: unknown) => void} */ (Node.set.next);
      const type = typeof value === 'number' ? RangeError : TypeError;
      expectRefused(() => set(a.address, value), type, 'next');
    }
    Node.set.next(a.address, 0);
    expect(a.next).toBe(null);
  });

  it('leads to a class, to a class by function, and to a class that is defined later', () => {
    class ByClass extends struct('ByClass', { node: t.ref(Node) }) {}
    class ByFunction extends struct('ByFunction', { node: t.ref(() => Node) }) {}
    class Early extends struct('Early', { late: t.ref('Late') }) {}
    class Late extends struct('Late', {
      early: t.ref(Early),
      get late() {
        return t.ref(Late);
      },
    }) {}
    const node = new Node({ id: 3 });
    expect(new ByClass({ node }).node?.id).toBe(3);
    expect(new ByFunction({ node }).node).toBeInstanceOf(Node);
    const late = new Late();
    late.early = new Early({ late });
    late.late = late;
    expect(late.late.early?.late).toBeInstanceOf(Late);
  });
});

describe('random schemas', () => {
  const scalar = KINDS.filter(([kind]) => !kind.startsWith('array'));
  const fields = fc.array(fc.constantFrom(...scalar), { minLength: 1, maxLength: 40 });

  it('hold random values like plain objects', () => {
    let randomCount = 0;
    const model = fields.chain((kinds) =>
      fc.tuple(
        fc.constant(kinds),
        .../** @type {fc.Arbitrary<unknown>[]} */ (kinds.map(([, , values]) => values)),
      ),
    );
    fc.assert(
      fc.property(model, ([kinds, ...values]) => {
        const Type = struct(
          `Random ${++randomCount}`,
          Object.fromEntries(kinds.map(([, type], i) => [`f${i}`, type])),
        );
        const init = Object.fromEntries(values.map((value, i) => [`f${i}`, value]));
        const view = new Type(/** @type {{}} */ (init));
        expect(Object.fromEntries(view)).toStrictEqual(init);
        const twin = new Type(/** @type {{}} */ (init));
        expect(view.equals(twin)).toBe(true);
        Type.free(view);
        Type.free(twin);
      }),
      { seed, numRuns: 100 },
    );
    expect(heap.check()).toEqual([]);
  });
});
