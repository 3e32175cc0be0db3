import { afterEach, describe, expect, it } from 'vitest';
import {
  Decimal,
  pack,
  registerType,
  struct,
  t,
  unpack,
  verify,
  view,
} from '../../js/image/index.js';
import { Heap } from '../../js/index.js';
import { expectError } from '../support/heap.js';
import { Article, Point, Shape, Solid } from '../support/packed.js';
import { closeHeaps, openHeap } from '../support/struct.js';

afterEach(closeHeaps);

/** @param {Uint8Array} a @param {Uint8Array} b */
function expectSameBytes(a, b) {
  expect(Buffer.compare(a, b)).toBe(0);
}

/** @param {object} object @returns {Record<string, unknown>} */
const fieldsOf = (object) => /** @type {Record<string, unknown>} */ (object);

describe('a packed struct', () => {
  const bytes = Shape.pack({
    id: 7,
    origin: { x: 3, y: 4 },
    corners: [
      { x: 1, y: 2 },
      { x: 6, y: 8 },
    ],
    name: 'a longer name',
    color: 'blue',
    weight: 1.5,
    matrix: [1, 2, 3, 4],
    big: -5n,
    on: true,
    made: new Date(5),
    raw: Uint8Array.of(1, 0, 2),
    extra: { deep: [1, null] },
    next: { id: 8, note: '' },
  });

  it('is a view of its class, read in place, with its methods', () => {
    const shape = Shape.unpackFrom(bytes);
    expect(shape).toBeInstanceOf(Shape);
    expect([shape.id, shape.name, shape.color, shape.weight, shape.note]).toEqual([
      7,
      'a longer name',
      'blue',
      1.5,
      undefined,
    ]);
    expect([shape.origin.x, shape.origin.length]).toEqual([3, 5]);
    expect([...(shape.corners ?? [])].map(({ length }) => Math.round(length))).toEqual([2, 10]);
    expect([...shape.matrix, shape.big, shape.on]).toEqual([1, 2, 3, 4, -5n, true]);
    expect(shape.made).toEqual(new Date(5));
    expect(shape.raw).toEqual(Uint8Array.of(1, 0, 2));
    expect(shape.raw.buffer).toBe(bytes.buffer);
    expect(shape.next).toBeInstanceOf(Shape);
    expect([shape.next?.id, shape.next?.note, shape.next?.next]).toEqual([8, '', null]);
  });

  it('is verified, packed again to the same bytes, and printed', () => {
    expect(verify(bytes).nodes).toBeGreaterThan(5);
    expectSameBytes(Shape.pack(Shape.unpackFrom(bytes)), bytes);
    expectSameBytes(pack(view(bytes)), bytes);
    expect(JSON.parse(JSON.stringify(view(bytes)))).toMatchObject({
      id: 7,
      big: '-5',
      next: { id: 8 },
    });
    expect(Shape.unpackFrom(bytes).equals(Shape.unpackFrom(bytes.slice()))).toBe(true);
  });

  it('unpacks to a plain object that has what is set', () => {
    const plain = Shape.unpack(bytes);
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
    expect(plain).toMatchObject({ id: 7, name: 'a longer name', extra: { deep: [1, null] } });
    expect('note' in plain).toBe(false);
  });

  it('of another class is refused', () => {
    expectError(() => Point.unpackFrom(bytes), 'SCHEMA');
    expectError(() => Point.unpackFrom(pack(5)), 'SCHEMA');
    expectError(() => Point.unpack(pack({ x: 1, y: 2 })), 'SCHEMA');
    expectError(() => Point.unpackFrom(pack(undefined)), 'SCHEMA');
    // @ts-expect-error no view of a Point
    expectError(() => Point.pack(Shape.unpackFrom(bytes)), 'TYPE');
  });

  it('has the class it was packed as, where a reference allows it', () => {
    const packed = Shape.pack({ next: Solid.unpackFrom(Solid.pack({ id: 2, depth: 9 })) });
    const next = Shape.unpackFrom(packed).next;
    expect(next).toBeInstanceOf(Solid);
    expect(/** @type {Solid} */ (next).depth).toBe(9);
    expect(view(Solid.pack({ depth: 1 }))).toBeInstanceOf(Solid);
  });

  it('holds containers of all kinds', () => {
    const article = Article.unpackFrom(
      Article.pack({
        tags: new Set(['a', 'b']),
        votes: { up: 3 },
        pair: [1, 'one'],
        words: ['x', 'y'],
        counts: [3, 4],
        price: Decimal.parse('1.50'),
        related: [{ title: 'other' }, null],
      }),
    );
    expect([article.tags?.has('b'), article.tags?.has('c')]).toEqual([true, false]);
    expect(article.votes?.get('up')).toBe(3);
    expect([article.pair?.at(0), article.pair?.at(1)]).toEqual([1, 'one']);
    expect([...(article.words ?? [])]).toEqual(['x', 'y']);
    expect(String(article.price)).toBe('1.50');
    expect([article.when, article.grid]).toEqual([undefined, undefined]);
    const related = /** @type {import('../../js/image/index.js').PackedList<Article>} */ (
      article.related
    );
    expect(related.at(0)).toBeInstanceOf(Article);
    expect([related.at(0)?.title, related.at(1)]).toEqual(['other', null]);
  });

  it.each(
    /** @type {[string, object, RegExp][]} */ ([
      ['a number that does not fit', { counts: [1, 65536] }, /Article\.counts\[1\].*65535/],
      ['another type in a list', { words: ['a', 1] }, /Article\.words\[1\]/],
      ['a tuple of another length', { pair: [1] }, /Article\.pair/],
      ['another value in a dict', { votes: { up: 'x' } }, /Article\.votes\.up/],
      ['no set', { tags: ['a'] }, /Article\.tags/],
      ['no decimal', { price: 1.5 }, /Article\.price/],
      ['a field that is none', { titel: 'x' }, /no field.*titel/],
      ['a field of a struct in a list', { related: [{ x: 1 }] }, /related\[0\].*no field/],
    ]),
  )('refuses %s, and says where', (_, value, message) => {
    expect(() => Article.pack(/** @type {{}} */ (value))).toThrow(message);
  });
});

describe('optional fields', () => {
  const KINDS = [t.u8, t.f64, t.string, t.i32, t.any, t.bool, t.i64, t.list(t.u8)];
  const VALUES = [255, 0.5, 'text', -1, null, false, -1n, [1, 2]];

  /** What each of them is. @type {[string, (i: number) => unknown][]} */
  const STATES = [
    ['set', (i) => VALUES[i % 8]],
    ['unset', () => undefined],
    ['null', () => null],
    ['mixed', (i) => [VALUES[i % 8], undefined, null][(i * 7) % 3]],
  ];
  const CASES = [7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65].flatMap((count) =>
    STATES.map(([state, valueAt]) => /** @type {const} */ ([count, state, valueAt])),
  );

  it.each(CASES)('%i of them, all %s', (count, state, valueAt) => {
    const names = Array.from({ length: count }, (_, i) => `f${i}`);
    const literal = Object.fromEntries(names.map((name, i) => [name, t.optional(KINDS[i % 8])]));
    const Many = struct(`Many ${count} ${state}`, literal);
    const value = Object.fromEntries(
      names.flatMap((name, i) => (valueAt(i) === undefined ? [] : [[name, valueAt(i)]])),
    );
    const bytes = Many.pack(/** @type {{}} */ (value));
    expect(Many.unpack(bytes)).toStrictEqual(value);
    const packed = fieldsOf(Many.unpackFrom(bytes));
    names.forEach((name, i) => {
      const expected = valueAt(i);
      if (Array.isArray(expected)) expect([.../** @type {[]} */ (packed[name])]).toEqual(expected);
      else expect(packed[name]).toBe(expected);
    });
    expectSameBytes(Many.pack(Many.unpackFrom(bytes)), bytes);
    verify(bytes);
  });

  it('tell unset, null and values apart', () => {
    const Both = struct('Both', { a: t.optional(t.f64), b: t.optional(t.f64) });
    for (const value of [{ a: 3, b: null }, { b: 4.0 }, { a: 0 }, {}]) {
      expect(Both.unpack(Both.pack(value))).toStrictEqual(value);
    }
    const packed = Both.unpackFrom(Both.pack({ a: 3, b: null }));
    expect([packed.a, packed.b]).toEqual([3, null]);
    expect(Both.unpackFrom(Both.pack({ b: 4.0 })).a).toBe(undefined);
  });

  it('of fixed size are set and unset in place', () => {
    const Both = struct('Both2', { a: t.optional(t.f64), s: t.optional(t.string) });
    const bytes = Both.pack({ a: 3 });
    const packed = Both.unpackFrom(bytes);
    packed.a = undefined;
    expect(Both.unpack(bytes)).toEqual({});
    packed.a = 7;
    expect(Both.unpack(bytes)).toEqual({ a: 7 });
    expectError(() => {
      packed.s = 'x';
    }, 'PACKED');
  });
});

describe('writing in place', () => {
  it('changes fields of fixed size', () => {
    const bytes = Shape.pack({ id: 1, origin: { x: 1, y: 1 }, name: 'stays' });
    const shape = Shape.unpackFrom(bytes);
    shape.id = 9;
    shape.on = true;
    shape.color = 'green';
    shape.made = new Date(77);
    shape.matrix[2] = 5;
    shape.origin.x = 4;
    shape.origin = Point.unpackFrom(Point.pack({ x: 4, y: 3 }));
    expect(Shape.unpack(bytes)).toMatchObject({ id: 9, on: true, color: 'green', name: 'stays' });
    expect(Shape.unpackFrom(bytes).origin.length).toBe(5);
    expect(() => {
      shape.id = -1;
    }).toThrow(RangeError);
    expect(shape.id).toBe(9);
  });

  it('of a string or another value of variable length is refused, with the reason', () => {
    const shape = Shape.unpackFrom(Shape.pack({ name: 'abc' }));
    for (const name of ['name', 'raw', 'extra', 'corners', 'next', 'note']) {
      expectError(() => {
        fieldsOf(shape)[name] = 'abd';
      }, 'PACKED');
    }
    expect(() => {
      shape.name = 'abd';
    }).toThrow(/Shape\.name is a string.*length/);
    expect(shape.name).toBe('abc');
  });

  it('is refused by read-only bytes', () => {
    const bytes = Shape.pack({ id: 1 });
    const shape = Shape.unpackFrom(bytes, 0, { readOnly: true });
    expectError(() => {
      shape.id = 2;
    }, 'PACKED');
    expectError(() => Shape.atomic.id.add(shape, 1), 'PACKED');
    expect(shape.id).toBe(1);
  });

  it('reaches the bytes by typed arrays, which are in place also when those are read only', () => {
    const bytes = pack([new Float64Array([0.5]), [1, 2], Uint8Array.of(7)]);
    const readOnly = /** @type {import('../../js/image/index.js').PackedList} */ (
      view(bytes, 0, { readOnly: true })
    );
    const [array, list, raw] = /** @type {[Float64Array, { array: Int8Array }, Uint8Array]} */ (
      /** @type {unknown} */ ([...readOnly])
    );
    for (const one of [array, list.array, raw]) expect(one.buffer).toBe(bytes.buffer);
    const own = array.slice();
    own[0] = 9;
    expect(array[0]).toBe(0.5);
  });

  it('does not reach bytes that were verified: they are a private copy', () => {
    const bytes = pack(new Float64Array([0.5]));
    const before = bytes.slice();
    const array = /** @type {Float64Array} */ (view(bytes, 0, { verify: true }));
    array[0] = 9;
    expect(bytes).toEqual(before);
  });

  it('is atomic where it is asked for', () => {
    const buffer = new SharedArrayBuffer(1024);
    Shape.packInto({ id: 1 }, buffer, 0);
    const shape = Shape.unpackFrom(buffer);
    expect(Shape.atomic.id.add(shape, 5)).toBe(1);
    expect(Shape.atomic.id.compareExchange(shape, 6, 10)).toBe(6);
    expect(shape.id).toBe(10);
  });
});

describe('live and packed structs', () => {
  it('a live graph with a cycle is packed, each struct once', () => {
    const heap = openHeap();
    const a = new Shape({ id: 1, name: 'live one' });
    a.next = new Shape({ id: 2, next: a });
    const bytes = Shape.pack(a);
    const packed = Shape.unpackFrom(bytes);
    expect(packed.next?.next).toBe(packed);
    expect([packed.name, packed.next?.id]).toEqual(['live one', 2]);
    expect(packed.m).not.toBe(a.m);
    expect(heap.check().length).toBe(0);
  });

  it('packed bytes are read in a heap as anywhere', () => {
    const heap = openHeap();
    const address = heap.alloc(512);
    const target = heap.bytes(address, 512);
    const end = Point.packInto({ x: 3, y: 4 }, target, 0);
    expect(end).toBeLessThan(512);
    expect(Point.unpackFrom(target).length).toBe(5);
    expect(heap.check().length).toBe(0);
  });

  it('do not refer to each other', () => {
    openHeap();
    const live = new Shape();
    const packed = Shape.unpackFrom(Shape.pack({ id: 1 }));
    expectError(() => {
      live.next = packed;
    }, 'PACKED');
    expectError(() => Shape.free(packed), 'PACKED');
    expect(live.next).toBe(null);
  });

  it('a packed struct in place is copied into a live one', () => {
    openHeap();
    const live = new Shape();
    live.origin = Point.unpackFrom(Point.pack({ x: 3, y: 4 }));
    expect(live.origin.length).toBe(5);
  });

  it('a live struct refuses the fields that only packed ones have', () => {
    openHeap();
    const live = new Article({ title: 'live' });
    expect(() => {
      live.words = ['a'];
    }).toThrow(/Article\.words is a list\(string\).*packed/);
    expect(live.title).toBe('live');
  });

  it('need no heap', () => {
    expect(Heap).toBeDefined();
    expect(Point.unpackFrom(Point.pack({ x: 3, y: 4 })).length).toBe(5);
  });
});

describe('registered types', () => {
  it('are found by their code, whatever their name', () => {
    class Named extends struct('Named', { v: t.u8 }) {}
    registerType(Named, 900);
    expect(view(Named.pack({ v: 1 }))).toBeInstanceOf(Named);
    expect(view(Named.pack({ v: 1 }, { layouts: false }))).toBeInstanceOf(Named);
  });

  it('conflict when a code is taken', () => {
    class A extends struct('ConflictA', { v: t.u8 }) {}
    class B extends struct('ConflictB', { v: t.u8 }) {}
    registerType(A, 901);
    expectError(() => registerType(B, 901), 'CONFLICT');
    registerType(B, 902); // the refused call left nothing behind
    expect(view(A.pack({ v: 1 }))).toBeInstanceOf(A);
  });

  it('are registered twice only with the same code and options, which changes nothing', () => {
    class A extends struct('TwiceA', { v: t.u8 }) {}
    registerType(A, 903, { missing: 'refuse' });
    registerType(A, 903, { missing: 'refuse' });
    expectError(() => registerType(A, 904, { missing: 'refuse' }), 'CONFLICT');
    expectError(() => registerType(A, 903), 'CONFLICT');
    expect(view(A.pack({ v: 1 }))).toBeInstanceOf(A);
  });

  it('have codes from 1 to 65535, and struct classes only', () => {
    class B extends struct('CodeB', { v: t.u8 }) {}
    expectError(() => registerType(B, 0), 'ARGUMENT');
    expectError(() => registerType(B, 65536), 'ARGUMENT');
    // @ts-expect-error no struct class
    expectError(() => registerType({}, 905), 'TYPE');
    // @ts-expect-error no such choice
    expectError(() => registerType(B, 905, { missing: 'maybe' }), 'ARGUMENT');
  });

  it('of a subclass without fields of its own are told apart', () => {
    class Animal extends struct('Animal', { legs: t.u8 }) {}
    class Dog extends Animal {}
    registerType(Animal, 910);
    registerType(Dog, 911);
    const list = /** @type {import('../../js/image/index.js').PackedList} */ (
      view(
        pack([Dog.unpackFrom(Dog.pack({ legs: 4 })), Animal.unpackFrom(Animal.pack({ legs: 2 }))]),
      )
    );
    expect(list.at(0)).toBeInstanceOf(Dog);
    expect(list.at(1)).not.toBeInstanceOf(Dog);
  });

  it('have hooks before and after packing, and after unpacking', () => {
    /** @type {unknown[]} */
    const log = [];
    class Hooked extends struct('Hooked', { v: t.u32, text: t.string }) {}
    registerType(Hooked, 920, {
      prePack: (value) => ({ .../** @type {{ v: number }} */ (value), text: 'from the hook' }),
      postPack: (value) => log.push(value),
      postUnpack: (value) => {
        value.sum = Number(value.v) + 1;
      },
    });
    const value = { v: 1 };
    const bytes = Hooked.pack(value);
    expect(log).toEqual([value]);
    expect(Hooked.unpackFrom(bytes).text).toBe('from the hook');
    expect(Hooked.unpack(bytes)).toEqual({ v: 1, text: 'from the hook', sum: 2 });
  });

  it('of one name with different fields are not packed together', () => {
    const A = struct('Twin', { a: t.u8 });
    const B = struct('Twin', { b: t.u8 });
    const two = [A.unpackFrom(A.pack({ a: 1 })), B.unpackFrom(B.pack({ b: 2 }))];
    expectError(() => pack(two), 'AMBIGUOUS');
  });
});

describe('a schema that changed', () => {
  class Old extends struct('Grown', {
    id: t.u16,
    color: t.enum(['red', 'blue']),
    gone: t.string,
  }) {}
  class New extends struct('Grown', {
    name: t.string,
    id: t.f64,
    color: t.enum(['green', 'blue', 'red']),
    weight: t.optional(t.f64),
    count: t.u32,
    at: t.struct(Point),
    tags: t.list(t.string),
  }) {
    get label() {
      return `${this.id} ${this.color}`;
    }
  }
  const old = Old.pack({ id: 7, color: 'blue', gone: 'x' });

  it('that grew reads old bytes; what is new has its value at first', () => {
    const read = New.unpackFrom(old);
    expect([read.id, read.color, read.label]).toEqual([7, 'blue', '7 blue']);
    expect([read.name, read.weight, read.count, read.tags, read.at.x]).toEqual([
      '',
      undefined,
      0,
      undefined,
      0,
    ]);
    expect(New.unpack(old)).toMatchObject({ id: 7, color: 'blue', count: 0 });
    expect(JSON.parse(JSON.stringify(read))).toMatchObject({ id: 7, count: 0 });
  });

  it('that is older reads newer bytes and ignores what it does not know', () => {
    const Newer = struct('Shrunk', { extra: t.any, id: t.u16, more: t.f64 });
    const Older = struct('Shrunk', { id: t.u16 });
    const bytes = Newer.pack({ id: 5, more: 1, extra: [1] });
    expect(Older.unpackFrom(bytes).id).toBe(5);
    expect(Older.unpack(bytes)).toEqual({ id: 5 });
  });

  it('writes in place what is where it was, and not what the bytes do not have', () => {
    const bytes = old.slice();
    const read = New.unpackFrom(bytes);
    expectError(() => {
      read.count = 1;
    }, 'PACKED');
    expect(() => {
      read.id = 70000; // a u16 in these bytes
    }).toThrow(RangeError);
    read.id = 9;
    expect(Old.unpackFrom(bytes).id).toBe(9);
    const Moved = struct('Shrunk2', { a: t.u32, b: t.u32 });
    const Other = struct('Shrunk2', { b: t.u32 });
    expectError(() => Other.atomic.b.add(Other.unpackFrom(Moved.pack({ b: 1 })), 1), 'PACKED');
  });

  it('with a field of another type is refused by name', () => {
    const Was = struct('Changed', { id: t.string });
    const Is = struct('Changed', { id: t.u32 });
    expectError(() => Is.unpackFrom(Was.pack({ id: '5' })), 'SCHEMA');
    expect(() => Is.unpackFrom(Was.pack({ id: '5' }))).toThrow(/id as string/);
    const Optional = struct('Changed2', { id: t.optional(t.u32) });
    const Plain = struct('Changed2', { id: t.u32 });
    expect(Optional.unpackFrom(Plain.pack({ id: 3 })).id).toBe(3);
    expectError(() => Plain.unpackFrom(Optional.pack({ id: 3 })), 'SCHEMA');
  });

  it('in a struct in place is found there', () => {
    const InnerOld = struct('InnerGrown', { a: t.u8 });
    const InnerNew = struct('InnerGrown', { b: t.f64, a: t.u8 });
    const OuterOld = struct('OuterGrown', { in: t.struct(InnerOld), z: t.u32 });
    const OuterNew = struct('OuterGrown', { in: t.struct(InnerNew), z: t.u32 });
    const read = OuterNew.unpackFrom(OuterOld.pack({ in: { a: 5 }, z: 6 }));
    expect([read.in.a, read.in.b, read.z]).toEqual([5, 0, 6]);
  });

  it('is refused where that was declared', () => {
    const Was = struct('Strict', { id: t.u32, extra: t.u8 });
    class Is extends struct('Strict', { id: t.u32 }) {}
    class Also extends struct('Strict', { id: t.u32, extra: t.u8, more: t.u8 }) {}
    registerType(Is, 930, { unknown: 'refuse' });
    registerType(Also, 931, { missing: 'refuse' });
    expectError(() => Is.unpackFrom(Was.pack({ id: 1 })), 'SCHEMA');
    expectError(() => Also.unpackFrom(Was.pack({ id: 1 })), 'SCHEMA');
  });

  it('cannot be read without layouts in the bytes', () => {
    expectError(() => New.unpackFrom(Old.pack({ id: 1 }, { layouts: false })), 'SCHEMA');
    expect(Old.unpackFrom(Old.pack({ id: 1 }, { layouts: false })).id).toBe(1);
  });

  it('a struct whose class is not here is read by the layout in the bytes', () => {
    const bytes = struct('Passing', { id: t.u32, text: t.string, list: t.list(t.u8) }).pack({
      id: 1,
      text: 'hello',
      list: [1, 2],
    });
    // The same bytes under a name that nobody has.
    const other = Buffer.from(bytes);
    const at = other.indexOf('Passing');
    other.write('Unknown', at);
    const read = /** @type {{ id: number, text: string, toJSON(): object }} */ (view(other));
    expect([read.id, read.text]).toEqual([1, 'hello']);
    expect(read.toJSON()).toEqual({ id: 1, text: 'hello', list: [1, 2] });
    expect(unpack(other)).toEqual({ id: 1, text: 'hello', list: [1, 2] });
  });
});

describe('versions', () => {
  it('newer bytes are read when they say that this version can', () => {
    const bytes = pack('x');
    bytes[4] = 9; // version of the writer
    expect([unpack(bytes), view(bytes)]).toEqual(['x', 'x']);
    expect(verify(bytes).nodes).toBe(1);
  });

  it('bytes that need a newer reader are refused, and say which', () => {
    const bytes = pack('x');
    bytes[4] = 9;
    bytes[5] = 2; // oldest reader
    for (const read of [unpack, view, verify]) {
      expect(expectError(() => read(bytes), 'VERSION').message).toMatch(
        /version 9.*from version 2/,
      );
    }
  });
});
