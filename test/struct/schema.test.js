import { afterEach, describe, expect, it } from 'vitest';
import { struct, t } from '../../js/index.js';
import { closeHeaps, expectRefused, openHeap } from '../support/struct.js';

afterEach(closeHeaps);

/** @param {{ fields: Record<string, { offset: number }> }} Type */
function offsetsOf(Type) {
  return Object.fromEntries(
    Object.entries(Type.fields).map(([name, { offset }]) => [name, offset]),
  );
}

describe('the layout', () => {
  it('is that of the C struct with the same members', () => {
    const Type = struct('Layout', { a: t.u8, b: t.f64, c: t.u8, d: t.u16, e: t.i32, f: t.bool });
    expect(offsetsOf(Type)).toEqual({ a: 0, b: 8, c: 16, d: 18, e: 20, f: 24 });
    expect(Type.bytes).toBe(32);
  });

  it('puts references and boxed values into four bytes', () => {
    const Type = struct('Four', { a: t.ref('Four'), b: t.string, c: t.any, d: t.bytes });
    expect(offsetsOf(Type)).toEqual({ a: 0, b: 4, c: 8, d: 12 });
    expect(Type.bytes).toBe(16);
  });

  it('aligns an array to its elements and a nested struct to its fields', () => {
    const Inner = struct('Inner', { a: t.u8, b: t.f64 });
    const Outer = struct('Outer', { x: t.u8, ys: t.array(t.u16, 3), inner: t.struct(Inner) });
    expect(offsetsOf(Outer)).toEqual({ x: 0, ys: 2, inner: 8 });
    expect(Outer.bytes).toBe(24);
  });

  it('puts the presence bytes of optional fields behind the fields', () => {
    const Type = struct('Presence', { a: t.optional(t.f64), b: t.optional(t.u8), c: t.u8 });
    expect(offsetsOf(Type)).toEqual({ a: 0, b: 8, c: 9 });
    expect(Type.bytes).toBe(16);
  });

  it('lets a child begin as its parent', () => {
    class Animal extends struct('Animal', { age: t.u8, name: t.string }) {}
    class Dog extends struct('Dog', { weight: t.f64, bark: t.u8 }, Animal) {}
    expect(offsetsOf(Dog)).toEqual({ age: 0, name: 4, weight: 8, bark: 16 });
    expect(Dog.bytes).toBe(24);
  });

  it('gives a struct without fields a byte, so that two have two addresses', () => {
    expect(struct('Empty', {}).bytes).toBe(1);
  });

  it.each([1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 200])('works with %i fields', (count) => {
    openHeap();
    const names = Array.from({ length: count }, (_, i) => `field${i}`);
    const Type = struct('Wide', Object.fromEntries(names.map((name) => [name, t.u32])));
    const view = new Type(Object.fromEntries(names.map((name, i) => [name, i * 3])));
    expect(view.toJSON()).toEqual(Object.fromEntries(names.map((name, i) => [name, i * 3])));
    expect(names.map((name) => Type.get[name](view.address))).toEqual(names.map((_, i) => i * 3));
    expect(Type.bytes).toBe(count * 4);
  });
});

describe('optional fields', () => {
  it.each([1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 200])('can be %i, each set alone', (count) => {
    openHeap();
    const names = Array.from({ length: count }, (_, i) => `field${i}`);
    const Type = struct(
      `Optional ${count}`,
      Object.fromEntries(names.map((name) => [name, t.optional(t.u8)])),
    );
    const view = new Type();
    for (const name of names) {
      view[name] = 255;
      const set = names.filter((other) => Reflect.get(view, other) !== undefined);
      expect(set).toEqual([name]);
      view[name] = undefined;
    }
  });
});

describe('a field table', () => {
  it('is frozen, has a null prototype and says type, offset and bytes', () => {
    const { fields } = struct('Table', { x: t.f32, next: t.ref('Table') });
    expect(Object.isFrozen(fields)).toBe(true);
    expect(Object.isFrozen(fields.x)).toBe(true);
    expect(Object.isFrozen(fields.x.type)).toBe(true);
    expect(Object.getPrototypeOf(fields)).toBe(null);
    expect(fields.next).toMatchObject({ name: 'next', kind: 'ref', offset: 4, bytes: 4 });
    expect(String(fields.next.type)).toBe('ref(Table)');
  });

  it('does not change when the literal is changed later', () => {
    const literal = { x: t.f32 };
    const Type = struct('Later', literal);
    Object.assign(literal, { x: t.u8, y: t.f64 });
    expect(Object.keys(Type.fields)).toEqual(['x']);
    expect(Type.fields.x.kind).toBe('f32');
  });
});

describe('hostile field names', () => {
  it.each([
    'toString',
    'valueOf',
    'hasOwnProperty',
    'then',
    'prototype',
    'name',
    'length',
    'größe',
    'ключ',
    '名',
    '💾',
    ' ',
    '0',
    '-1',
    'a.b',
    '"; throw 1; //',
    '{x}',
    '\u2028',
    '\ud800',
    'get',
  ])('%j is data', (name) => {
    const heap = openHeap();
    const Type = struct('Hostile', { [name]: t.i32, other: t.i32 });
    const view = new Type({ [name]: 7, other: 1 });
    expect(Reflect.get(view, name)).toBe(7);
    Reflect.set(view, name, 8);
    expect(Type.get[name](view.address)).toBe(8);
    Type.set[name](view.address, 9);
    expect(JSON.parse(JSON.stringify({ v: view.toJSON() })).v[name]).toBe(9);
    expect(view.equals(Type.at(heap, view.address))).toBe(true);
    expect(Object.hasOwn(Object.prototype, name) || !(name in {})).toBe(true);
  });

  it.each(['__proto__', 'constructor', 'address', 'm', 'toJSON', 'equals'])(
    '%j is refused by name',
    (name) => {
      const literal = Object.fromEntries([[name, t.i32]]);
      const error = expectRefused(() => struct('Refused', literal), TypeError, name);
      expect(error.message).toContain(`'${name}'`);
    },
  );

  it('refuses { __proto__: t.i32 }, which sets the prototype of the literal', () => {
    const literal = { x: t.f32, __proto__: t.i32 };
    expectRefused(() => struct('Refused', literal), TypeError, '__proto__');
  });

  it('ignores what a literal inherits', () => {
    const literal = Object.assign(Object.create({ evil: t.i32 }), { x: t.f32 });
    expect(Object.keys(struct('Inherits', literal).fields)).toEqual(['x']);
  });

  it('pollutes nothing', () => {
    openHeap();
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    const Type = struct('Pollute', { toString: t.any, valueOf: t.any });
    const view = new Type({ toString: 'polluted', valueOf: 'polluted' });
    view.toJSON();
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
    expect(`${{}}`).toBe('[object Object]');
  });

  it('lets a view with a field `then` be awaited', async () => {
    openHeap();
    const name = 'then';
    const view = new (struct('Thenable', { [name]: t.any }))({ [name]: 'later' });
    expect(await view).toBe(view);
  });

  it.each([
    ['an empty name', { '': t.i32 }, ''],
    ['a name of 256 characters', { ['x'.repeat(256)]: t.i32 }, 'x'.repeat(256)],
  ])('refuses %s', (_, literal, field) => {
    expectRefused(() => struct('Refused', literal), TypeError, field);
  });

  it('refuses a symbol for a name', () => {
    expectRefused(() => struct('Refused', { [Symbol('x')]: t.i32 }), TypeError, '');
  });
});

describe('a wrong definition', () => {
  it.each([[''], [5], [null], [undefined], ['x'.repeat(256)]])(
    'refuses the struct name %j',
    (name) => {
      expectRefused(() => struct(/** @type {string} */ (name), {}), TypeError, '');
    },
  );

  it.each([[null], [undefined], [5], ['x'], [[t.f32]]])('refuses the fields %j', (fields) => {
    expectRefused(() => struct('Refused', /** @type {{}} */ (fields)), TypeError, '');
  });

  it.each([[undefined], [null], ['f32'], [Number], [{ kind: 'f32', bytes: 4 }], [t.ref]])(
    'refuses %o for a field type',
    (type) => {
      const error = expectRefused(() => struct('Refused', { x: type }), TypeError, 'x');
      expect(error.message).toContain('Refused.x');
    },
  );

  it('refuses a field that the parent has, and a parent that is no struct', () => {
    class Parent extends struct('Parent', { x: t.f32 }) {}
    expectRefused(() => struct('Child', { x: t.f32 }, Parent), TypeError, 'x');
    expectRefused(() => struct('Child', { y: t.f32 }, class {}), TypeError, '');
    expectRefused(() => struct('Child', {}, /** @type {never} */ (null)), TypeError, '');
  });

  it('refuses wrong arguments of types', () => {
    const wrong = /** @type {never} */ (/** @type {unknown} */ (t.string));
    for (const make of [
      () => t.array(wrong, 3),
      () => t.array(t.f32, 0),
      () => t.array(t.f32, -1),
      () => t.array(t.f32, 1.5),
      () => t.array(t.f32, 2 ** 40),
      () => t.array(t.f32, /** @type {never} */ ('3')),
      () => t.enum([]),
      () => t.enum(['a', 'a']),
      () => t.enum(/** @type {never} */ ([1])),
      () => t.enum(/** @type {never} */ ('ab')),
      () => t.enum(Array.from({ length: 65537 }, (_, i) => `name${i}`)),
      () => t.ref(/** @type {never} */ (5)),
      () => t.ref(''),
      () => t.optional(/** @type {never} */ (5)),
      () => t.optional(t.optional(t.u8)),
      () => t.struct(/** @type {never} */ (class {})),
      () => t.struct(/** @type {never} */ ('Name')),
    ]) {
      // A nested class is looked at by the schema.
      expectRefused(() => struct('Refused', { x: make() }), TypeError, '');
    }
  });

  it('refuses a getter in a literal that gives no reference, when it is first used', () => {
    openHeap();
    const Type = struct('Getter', {
      get next() {
        return t.f32;
      },
    });
    const view = new Type();
    expectRefused(() => Reflect.set(view, 'next', view), TypeError, 'next');
  });

  it('refuses a struct of more than 2 GiB', () => {
    const part = t.array(t.u8, 2 ** 30);
    expectRefused(() => struct('Huge', { a: part, b: part, c: part }), TypeError, '');
  });
});

describe('references by name', () => {
  it('refuse a name that nobody defines, when they are first used', () => {
    openHeap();
    const Type = struct('Dangling', { next: t.ref('NobodyDefinesThis') });
    const view = new Type();
    expect(view.next).toBe(null);
    expect(() => Reflect.set(view, 'next', view)).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
  });

  it('refuse a name that several structs have, except that of their own struct', () => {
    openHeap();
    const First = struct('Twice', { own: t.ref('Twice') });
    const Second = struct('Twice', { own: t.ref('Twice'), x: t.f32 });
    const User = struct('User', { twice: t.ref('Twice') });
    const user = new User();
    expect(() => Reflect.set(user, 'twice', new First())).toThrow(
      expect.objectContaining({ code: 'AMBIGUOUS' }),
    );
    const a = new First();
    openHeap(); // one heap has one struct of a name
    const b = new Second();
    a.own = a;
    b.own = b;
    expect([a.own.address, b.own.address]).toEqual([a.address, b.address]);
    expectRefused(() => Reflect.set(a, 'own', b), TypeError, 'own');
  });
});
