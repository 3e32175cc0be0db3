import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Heap, struct, t } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { closeHeaps, expectRefused, openHeap } from '../support/struct.js';

/** @type {Heap} */
let heap;
beforeEach(() => {
  heap = openHeap();
});
afterEach(closeHeaps);

let constructed = 0;

class Node extends struct('Node', {
  value: t.any,
  get next() {
    return t.ref(Node);
  },
}) {
  /** @param {unknown} value @param {Node | null} [next] */
  constructor(value, next = null) {
    super();
    constructed++;
    this.value = value;
    this.next = next;
  }

  get doubled() {
    return `${this.value}${this.value}`;
  }
}

describe('new', () => {
  it('needs a heap', () => {
    closeHeaps();
    expectError(() => new Node(1), 'NO_HEAP');
    expectError(() => Node.get, 'NO_HEAP');
  });

  it('makes a zeroed struct of the heap, also where another one was', () => {
    const Type = struct('Zero', { a: t.f64, b: t.array(t.u32, 100), c: t.ref('Zero') });
    const first = new Type({ a: 1 });
    const { address } = first;
    first.b.fill(-1 >>> 0);
    Type.free(first);
    const second = new Type();
    expect(second.address).toBe(address);
    expect(second.toJSON()).toEqual({ a: 0, b: new Array(100).fill(0), c: null });
  });

  it('uses the default heap', () => {
    const other = openHeap();
    other.schemas.add(Node);
    const { blocksLive } = other.stats();
    const node = new Node(1);
    expect(other.stats().blocksLive).toBe(blocksLive + 1);
    heap.use();
    expect(new Node(2).m).toBe(heap.memory.root);
    expect(node.value).toBe(1);
  });

  it('sets the fields it is given, for a class without a constructor', () => {
    class Point extends struct('Point', { x: t.f32, y: t.f32 }) {}
    expect(new Point({ x: 1, y: 2 }).toJSON()).toEqual({ x: 1, y: 2 });
    expect(new Point({ y: 2 }).toJSON()).toEqual({ x: 0, y: 2 });
    expect(new Point().toJSON()).toEqual({ x: 0, y: 0 });
  });

  it('gives the struct and its boxes back when a field is refused', () => {
    const Point = struct('Point', { name: t.string, x: t.u8 });
    heap.schemas.add(Point); // what a first use stores stays
    const before = contentOf(heap);
    const init = { name: 'a longer name', x: 256 };
    expectRefused(() => new Point(init), RangeError, 'x');
    expectRefused(() => new Point(/** @type {{}} */ ({ z: 1 })), TypeError, 'z');
    expectRefused(() => new Point(/** @type {{}} */ ({ toString: 1 })), TypeError, 'toString');
    for (const wrong of [null, 5, 'x']) {
      expectRefused(() => new Point(/** @type {{}} */ (wrong)), TypeError, '');
    }
    expect(contentOf(heap)).toEqual(before);
  });

  it('says when the heap is full, and leaves it as it was', () => {
    const Big = struct('Big', { bytes: t.array(t.u8, 2 ** 25) });
    for (const Type of [Big, Node]) heap.schemas.add(Type); // what a first use stores stays
    const before = contentOf(heap);
    expectError(() => new Big(), 'OUT_OF_MEMORY');
    const node = new Node('a value that stays');
    expectError(() => Reflect.set(node, 'value', 'x'.repeat(2 ** 24)), 'OUT_OF_MEMORY');
    expect(node.value).toBe('a value that stays');
    Node.free(node);
    expect(contentOf(heap)).toEqual(before);
    expectSound(heap);
  });

  it('refuses class fields that hide fields of the struct', () => {
    class Hidden extends struct('Hidden', { x: t.f32, y: t.f32 }) {
      /** @override */
      x = 1;
    }
    new Hidden();
    const error = expectRefused(() => new Hidden(), TypeError, 'x');
    expect(error.message).toContain('class field');
    expectRefused(() => new Hidden(), TypeError, 'x');
  });

  it('cannot be called on Struct itself', () => {
    const Struct = Object.getPrototypeOf(Object.getPrototypeOf(Node));
    expectRefused(() => new Struct(), TypeError, '');
  });
});

describe('a view', () => {
  it('of an existing struct runs no constructor and no field initialiser', () => {
    let initialised = 0;
    class Counted extends struct('Counted', { x: t.f32, other: t.ref('Counted') }) {
      extra = ++initialised;
    }
    const counted = new Counted({ x: 1 });
    counted.other = new Counted({ x: 2 });
    const made = initialised;
    expect(Counted.at(heap, counted.address).x).toBe(1);
    expect(counted.other?.x).toBe(2);
    expect(initialised).toBe(made);
    expect(Object.hasOwn(Counted.at(heap, counted.address), 'extra')).toBe(false);
    constructed = 0;
    const node = Node.at(heap, new Node('n').address);
    expect([node.value, constructed]).toEqual(['n', 1]);
  });

  it('has the methods of its class, whichever way it was made', () => {
    const node = new Node('a', new Node('b'));
    expect([node.doubled, node.next?.doubled]).toEqual(['aa', 'bb']);
    expect(Node.at(heap, node.address).doubled).toBe('aa');
    expect(node.next).toBeInstanceOf(Node);
    expect(node.constructor).toBe(Node);
  });

  it('is the same struct as another view of its address', () => {
    const node = new Node('a');
    const twin = Node.at(heap, node.address);
    twin.value = 'b';
    expect(node.value).toBe('b');
    expect(twin).not.toBe(node);
  });

  it('has the same own properties, however it was made', () => {
    const node = new Node('a', new Node('b'));
    for (const view of [node, node.next, Node.at(heap, node.address)]) {
      expect(Object.keys(view ?? {})).toEqual(['address', 'm']);
    }
  });

  it('follows the growth of the memory', () => {
    const node = new Node('before');
    const before = heap.memory.byteLength;
    heap.alloc(2 ** 23);
    expect(heap.memory.root.u8.length).toBeGreaterThanOrEqual(before);
    node.next = new Node('after');
    expect([node.value, node.next.value]).toEqual(['before', 'after']);
  });

  it('can stand above 2 GiB', () => {
    const large = openHeap({ maximum: 2 ** 32, initial: 2 ** 31 + 2 ** 28 });
    const Type = struct('High', {
      a: t.u8,
      b: t.i16,
      c: t.u32,
      d: t.f32,
      e: t.f64,
      f: t.i64,
      g: t.string,
      next: t.ref('High'),
    });
    const spans = Array.from({ length: 4 }, () => large.alloc(2 ** 29));
    const arena = large.arena(Type);
    const view = new Type({ a: 1, b: -2, c: 2 ** 32 - 1, d: 0.5, e: 0.1, f: -5n, g: 'text text' });
    while (new Type().address < 2 ** 31) arena.alloc(2 ** 20);
    const high = new Type({
      a: 1,
      b: -2,
      c: 7,
      d: 0.5,
      e: 0.1,
      f: -5n,
      g: 'text text',
      next: view,
    });
    expect(high.address).toBeGreaterThan(2 ** 31);
    view.next = high;
    const { next, ...values } = Object.fromEntries(high);
    expect(values).toEqual({ a: 1, b: -2, c: 7, d: 0.5, e: 0.1, f: -5n, g: 'text text' });
    expect(Type.get.e(high.address)).toBe(0.1);
    expect(next.address).toBe(view.address);
    arena.close();
    for (const span of spans) large.free(span);
    expectSound(large);
  });
});

describe('Type.at', () => {
  it('refuses what is no address of such a struct', () => {
    const Wide = struct('Wide', { x: t.f64 });
    for (const address of [
      0,
      8,
      1023,
      -8,
      1.5,
      NaN,
      2 ** 32,
      2 ** 53,
      '1024',
      null,
      undefined,
      {},
    ]) {
      expectError(() => Wide.at(heap, /** @type {number} */ (address)), 'ADDRESS');
    }
    const { address } = new Wide();
    expectError(() => Wide.at(heap, address + 4), 'ADDRESS');
    expectError(() => Wide.at(heap, 2 ** 32 - 8), 'ADDRESS');
    const end = heap.memory.wasmMemory.buffer.byteLength;
    expect(Wide.at(heap, end - 8).x).toBe(0);
    expectError(() => Wide.at(heap, end), 'ADDRESS');
  });
});

describe('Type.free', () => {
  it('frees the struct and its boxes, and the view throws from then on', () => {
    heap.schemas.add(Node); // what a first use stores stays
    const before = contentOf(heap);
    const node = new Node('a longer value', null);
    Node.free(node);
    expect(contentOf(heap)).toEqual(before);
    expectError(() => node.value, 'FREED');
    expectError(() => Reflect.set(node, 'value', 1), 'FREED');
    expectError(() => Reflect.set(node, 'next', null), 'FREED');
    expectError(() => Node.free(node), 'FREED');
    expectError(() => node.toJSON(), 'FREED');
    expectError(() => Reflect.set(new Node(1), 'next', node), 'FREED');
  });

  it('refuses a struct that another view freed, and changes nothing', () => {
    const node = new Node('a longer value');
    const twin = Node.at(heap, node.address);
    Node.free(node);
    heap.schemas.add(Node); // what a first use stores stays
    const before = contentOf(heap);
    expectError(() => Node.free(twin), 'DOUBLE_FREE');
    expect(contentOf(heap)).toEqual(before);
    expectSound(heap);
  });

  it('refuses a struct in another struct', () => {
    const Inner = struct('Inner', { x: t.f64 });
    const Outer = struct('Outer', { y: t.f64, inner: t.struct(Inner) });
    const outer = new Outer();
    expectError(() => Inner.free(outer.inner), 'ADDRESS');
    expect(outer.inner.x).toBe(0);
  });

  it('refuses a view of another type', () => {
    const other = new (struct('Other', {}))();
    for (const wrong of [other, null, undefined, 5, {}, other.address]) {
      expectRefused(() => Node.free(/** @type {Node} */ (wrong)), TypeError, '');
    }
  });

  it('frees what is reachable with {graph: true}, cycles and shared structs once', () => {
    const Pair = struct('Pair', { name: t.string, a: t.ref('Pair'), b: t.ref('Pair') });
    heap.schemas.add(Pair); // what a first use stores stays
    const before = contentOf(heap);
    const shared = new Pair({ name: 'a shared one' });
    const left = new Pair({ name: 'the left one', a: shared });
    const root = new Pair({ name: 'the root one', a: left, b: shared });
    shared.a = root;
    shared.b = shared;
    Pair.free(root, { graph: true });
    expect(contentOf(heap)).toEqual(before);
    expectSound(heap);
  });

  it('frees a list of 100 000 without recursion', () => {
    heap.schemas.add(Node); // what a first use stores stays
    const before = contentOf(heap);
    let list = new Node(0);
    for (let i = 1; i < 100_000; i++) list = new Node(i, list);
    Node.free(list, { graph: true });
    expect(contentOf(heap)).toEqual(before);
  });
});

describe('subclasses', () => {
  class Animal extends struct('Animal', { age: t.u8, name: t.string }) {
    greet() {
      return `I am ${this.name}`;
    }
  }
  class Dog extends struct('Dog', { weight: t.f64, friend: t.ref(Animal) }, Animal) {
    /** @override */
    greet() {
      return `${super.greet()}, ${this.weight} kg`;
    }
  }
  class Puppy extends Dog {}

  it('add fields and override methods', () => {
    const dog = new Dog({ age: 3, name: 'Rex', weight: 20 });
    expect(dog.greet()).toBe('I am Rex, 20 kg');
    expect(dog.toJSON()).toEqual({ age: 3, name: 'Rex', weight: 20, friend: null });
    expect(dog).toBeInstanceOf(Animal);
    expect(Animal.at(heap, dog.address).name).toBe('Rex');
    expect(Dog.get.name(dog.address)).toBe('Rex');
  });

  it('are accepted where a reference to their parent is', () => {
    const dog = new Dog({ name: 'Rex' });
    dog.friend = new Puppy({ name: 'Pup', weight: 2 });
    expect(dog.friend?.greet()).toBe('I am Pup'); // a reference reads as the class it names
    dog.friend = new Animal({ name: 'Cat' });
    expect(dog.friend?.name).toBe('Cat');
  });

  it('without fields of their own have views of their own class', () => {
    const puppy = new Puppy({ name: 'Pup' });
    expect(puppy).toBeInstanceOf(Puppy);
    expect(Puppy.at(heap, puppy.address)).toBeInstanceOf(Puppy);
    expect(Dog.at(heap, puppy.address)).not.toBeInstanceOf(Puppy);
    expect(Puppy.bytes).toBe(Dog.bytes);
  });

  it('a parent is no child', () => {
    class Kennel extends struct('Kennel', { dog: t.ref(Dog) }) {}
    const animal = /** @type {Dog} */ (new Animal());
    expectRefused(() => Reflect.set(new Kennel(), 'dog', animal), TypeError, 'dog');
  });
});

describe('static accessors', () => {
  const Type = struct('Static', { x: t.f32, n: t.i64, s: t.string, toString: t.u8 });

  it('are frozen and have null prototypes', () => {
    for (const table of [Type.get, Type.set]) {
      expect(Object.isFrozen(table)).toBe(true);
      expect(Object.getPrototypeOf(table)).toBe(null);
      expect(Object.keys(table)).toEqual(['x', 'n', 's', 'toString']);
    }
  });

  it('read and write the heap that is the default when they are taken', () => {
    const view = new Type();
    view.x = 1;
    const { get, set } = Type;
    const other = openHeap();
    set.x(view.address, 2);
    set.s(view.address, 'a longer text');
    expect([get.x(view.address), view.x, view.s]).toEqual([2, 2, 'a longer text']);
    expect(Type.get).not.toBe(get);
    other.close();
    heap.use();
    expect(Type.get).toBe(get);
  });
});

describe('toJSON', () => {
  it('gives plain values, deep, bigint as text', () => {
    const Deep = struct('Deep', {
      n: t.u64,
      d: t.date,
      b: t.bytes,
      a: t.array(t.i64, 2),
      e: t.enum(['on', 'off']),
      next: t.ref('Deep'),
    });
    const deep = new Deep({
      n: 2n ** 64n - 1n,
      d: new Date(5),
      b: new Uint8Array([1, 2]),
      a: new BigInt64Array([1n, -1n]),
    });
    deep.next = new Deep();
    expect(JSON.parse(JSON.stringify(deep))).toEqual({
      n: '18446744073709551615',
      d: '1970-01-01T00:00:00.005Z',
      b: [1, 2],
      a: ['1', '-1'],
      e: 'on',
      next: { n: '0', d: '1970-01-01T00:00:00.000Z', b: [], a: ['0', '0'], e: 'on', next: null },
    });
  });

  it('refuses a cycle and a chain that JSON cannot nest', () => {
    const node = new Node('a', new Node('b'));
    if (node.next) node.next.next = node;
    expectError(() => JSON.stringify(node), 'CYCLE');
    let list = new Node(0);
    for (let i = 0; i < 2000; i++) list = new Node(i, list);
    expectError(() => list.toJSON(), 'DEPTH');
  });

  it('takes a struct that is referred to twice twice', () => {
    const Pair = struct('Pair', { a: t.ref('Pair'), b: t.ref('Pair') });
    const shared = new Pair();
    const leaf = { a: null, b: null };
    expect(new Pair({ a: shared, b: shared }).toJSON()).toEqual({ a: leaf, b: leaf });
  });
});

describe('equals', () => {
  const list = () => new Node('a longer value', new Node(NaN, new Node(new Date(7))));

  it('compares values and follows references', () => {
    expect(list().equals(list())).toBe(true);
    const other = list();
    if (other.next) other.next.value = 0;
    expect(list().equals(other)).toBe(false);
  });

  it('ends on cycles', () => {
    const rings = [1, 2].map(() => {
      const ring = new Node('r', new Node('s'));
      if (ring.next) ring.next.next = ring;
      return ring;
    });
    expect(rings[0].equals(rings[1])).toBe(true);
    expect(rings[0].equals(rings[0].next)).toBe(false);
  });

  it('is false for other types and anything else', () => {
    const A = struct('A', { x: t.f32 });
    const B = struct('B', { x: t.f32 });
    for (const other of [new B(), null, undefined, 0, {}, { x: 0 }, [], new A().toJSON()]) {
      expect(new A().equals(other)).toBe(false);
    }
    const bytes = struct('Bytes', { b: t.bytes, v: t.array(t.u8, 2) });
    const one = new bytes({ b: new Uint8Array([1]), v: new Uint8Array([1, 2]) });
    expect(one.equals(new bytes({ b: new Uint8Array([1]), v: new Uint8Array([1, 2]) }))).toBe(true);
    expect(one.equals(new bytes({ b: new Uint8Array([2]), v: new Uint8Array([1, 2]) }))).toBe(
      false,
    );
    expect(one.equals(new bytes({ b: new Uint8Array([1]), v: new Uint8Array([1, 3]) }))).toBe(
      false,
    );
  });

  it('compares lists of 10 000 without recursion', () => {
    const make = () => {
      let long = new Node(0);
      for (let i = 0; i < 10_000; i++) long = new Node(i, long);
      return long;
    };
    expect(make().equals(make())).toBe(true);
  });
});

describe('printing', () => {
  it('shows the class and the fields', () => {
    expect(inspect(new Node('text', new Node(1)))).toBe(
      "Node { value: 'text', next: Node { value: 1, next: null } }",
    );
  });

  it('ends at the depth that is asked for, and at cycles', () => {
    const node = new Node(1, new Node(2, new Node(3, new Node(4))));
    expect(inspect(node, { depth: 0 })).toBe('Node { value: 1, next: [Node] }');
    if (node.next) node.next.next = node;
    expect(inspect(node, { depth: Infinity })).toContain('next: [Circular Node]');
    expect(inspect({ a: { b: { c: node } } })).toBe('{ a: { b: { c: [Node] } } }');
  });

  it('never throws, and prints the prototype as such', () => {
    const node = new Node('text');
    Node.free(node);
    expect(inspect(node)).toBe('Node [closed]');
    expect(inspect(Node.prototype)).toContain('Node');
    const few = new (struct('Few', { e: t.enum(['a']) }))();
    heap.bytes(few.address, 1)[0] = 9;
    expect(inspect(few)).toMatch(/e: <Few\.e holds 9/);
  });
});
