import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Arena, Heap, struct, t } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { closeHeaps, expectRefused, openHeap, warningsOf } from '../support/struct.js';
import { Node } from '../support/structs.js';

/** @type {Heap} */
let heap;
/** @type {ReturnType<typeof contentOf>} */
let empty;
beforeEach(() => {
  heap = openHeap();
  for (const Type of [Node, Edge]) heap.schemas.add(Type); // what a first use stores stays
  empty = contentOf(heap);
});
afterEach(closeHeaps);

class Leaf extends Node {}
class Edge extends struct('Edge', { weight: t.f64, to: t.ref(Node) }) {}

/** @param {object} view */
const isInHeap = (view) => Arena.of(view) === null;

describe('an open arena', () => {
  it('is where objects of its class and its subclasses are made, and no others', () => {
    const arena = heap.arena(Node);
    const [node, leaf, edge] = [new Node(1), new Leaf(2), new Edge()];
    expect([arena.has(node), arena.has(leaf), arena.has(edge)]).toEqual([true, true, false]);
    expect(Arena.of(leaf)).toBe(arena);
    expect(Arena.of(edge)).toBe(null);
    arena.close();
    expect(isInHeap(new Node(3))).toBe(true);
  });

  it('for a subclass leaves the class alone', () => {
    const arena = heap.arena(Leaf);
    expect([isInHeap(new Node(1)), isInHeap(new Leaf(1))]).toEqual([true, false]);
    arena.close();
  });

  it('serves several classes', () => {
    const arena = heap.arena([Node, Edge]);
    expect([arena.has(new Node(1)), arena.has(new Edge())]).toEqual([true, true]);
    arena.close();
    expect(contentOf(heap)).toEqual(empty);
  });

  it('gives way to the innermost one for a class', () => {
    const outer = heap.arena([Node, Edge]);
    const inner = heap.arena(Leaf);
    expect(inner.has(new Leaf(1))).toBe(true);
    expect(outer.has(new Node(1))).toBe(true);
    const innermost = heap.arena(Node);
    expect(innermost.has(new Leaf(1))).toBe(true);
    innermost.close();
    expect(inner.has(new Leaf(1))).toBe(true);
    inner.close();
    expect(outer.has(new Leaf(1))).toBe(true);
    outer.close();
  });

  it('may be closed in any order', () => {
    const arenas = [1, 2, 3].map(() => heap.arena(Node));
    const nodes = [new Node(3)];
    arenas[1].close();
    nodes.push(new Node(3));
    arenas[2].close();
    const last = new Node(1);
    expect([...nodes.map((node) => node.m.revoked), last.m.revoked]).toEqual([true, true, false]);
    expect(arenas[0].has(last)).toBe(true);
    arenas[0].close();
    expect(isInHeap(new Node(0))).toBe(true);
    Node.free(new Node(0));
    expect(heap.stats().arenasLive).toBe(0);
  });

  it('cannot be closed twice, by whichever way', () => {
    const arena = heap.arena(Node);
    arena.close();
    expectError(() => arena.close(), 'CLOSED');
    expectError(() => arena.run(() => 1), 'CLOSED');
    expectError(() => arena.create(Node, 1), 'CLOSED');
    expectError(() => arena.alloc(8), 'CLOSED');
    expectError(() => arena.descriptor, 'CLOSED');
    arena.dispose(); // but this is for finally blocks
    arena[Symbol.dispose]();
    expect([arena.state, arena.bytes, arena.aliveCount]).toEqual(['released', 0, 0]);
    expect(contentOf(heap)).toEqual(empty);
  });

  it('zeroes structs where others were', () => {
    const Wide = struct('Wide', { a: t.array(t.u32, 50) });
    for (let round = 0; round < 3; round++) {
      const arena = heap.arena(Wide);
      for (let i = 0; i < 100; i++) {
        const wide = new Wide();
        expect(wide.a.every((value) => value === 0)).toBe(true);
        wide.a.fill(0xffffffff);
      }
      arena.close();
    }
  });

  it('puts boxed values beside their structs, and all go in one step', () => {
    const arena = heap.arena(Node);
    const { blocksLive } = heap.stats();
    const node = new Node('a longer value');
    for (let i = 0; i < 1000; i++) node.value = `value number ${i}`;
    expect(node.value).toBe('value number 999');
    expect(heap.stats().blocksLive).toBe(blocksLive);
    arena.close();
    expect(contentOf(heap)).toEqual(empty);
  });

  it('holds a million objects, and gives back every byte of them', () => {
    const large = openHeap({ maximum: 2 ** 27 });
    large.schemas.add(Node);
    const before = contentOf(large);
    const arena = large.arena(Node);
    /** @type {Node | null} */
    let list = null;
    for (let i = 0; i < 1_000_000; i++) list = new Node(i, list);
    expect(arena.bytes).toBeGreaterThan(16e6);
    let sum = 0;
    for (let node = list; node !== null; node = node.next) sum += Number(node.value);
    expect(sum).toBe(499_999_500_000);
    arena.close();
    expectError(() => list?.value, 'CLOSED');
    expect(contentOf(large)).toEqual(before);
    expectSound(large);
  });

  it('is closed with its heap, and its views throw', () => {
    const arena = heap.arena(Node);
    const node = new Node(1);
    heap.close();
    expectError(() => node.value, 'CLOSED');
    expect(arena.state).toBe('released');
    arena.dispose();
    openHeap();
    expect(isInHeap(new Node(1))).toBe(true);
  });
});

describe('sizes', () => {
  const Big = struct('Big', { bytes: t.array(t.u8, 300_000) });

  it('an object larger than a slab gets a slab of its own', () => {
    heap.schemas.add(Big);
    empty = contentOf(heap);
    const arena = heap.arena([Node, Big], { slabBytes: 4096 });
    const small = new Node('before');
    const big = new Big();
    big.bytes.fill(7);
    const after = new Node('after it');
    small.next = after;
    expect(big.bytes.length).toBe(300_000);
    expect(small.next.value).toBe('after it');
    expect(arena.bytes).toBeGreaterThan(300_000);
    arena.close();
    expect(contentOf(heap)).toEqual(empty);
  });

  it("are refused with {oversize: 'refuse'}, boxes as well", () => {
    heap.schemas.add(Big);
    empty = contentOf(heap);
    const arena = heap.arena([Node, Big], { slabBytes: 4096, oversize: 'refuse' });
    const error = expectError(() => new Big(), 'SIZE');
    expect(error.message).toContain('4096');
    const node = new Node('a value that stays');
    expectError(() => Reflect.set(node, 'value', 'x'.repeat(4096)), 'SIZE');
    expect(node.value).toBe('a value that stays');
    node.value = 'x'.repeat(4000);
    expect(node.value).toBe('x'.repeat(4000));
    arena.close();
    expect(contentOf(heap)).toEqual(empty);
  });

  it('of plain bytes are aligned as asked', () => {
    const arena = heap.arena(Node);
    for (const align of [1, 2, 4, 8, 16, 32, 4096, 65536]) {
      for (const bytes of [0, 1, 7, 8, 9, 5000]) {
        const address = arena.alloc(bytes, { align });
        expect(address % align).toBe(0);
        heap.bytes(address, bytes).fill(0xff);
        expect(new Node(1).address % 8).toBe(0);
      }
    }
    for (const align of [0, 3, -8, 1.5, 131072, NaN, '8', null]) {
      const wrong = /** @type {{ align: number }} */ ({ align });
      expect(() => arena.alloc(8, wrong)).toThrow(/align/);
    }
    for (const bytes of [-1, 1.5, NaN, 2 ** 32, 2 ** 53, '8', null, { valueOf: () => 8 }]) {
      expect(() => arena.alloc(/** @type {number} */ (bytes))).toThrow(/bytes/);
    }
    arena.close();
  });

  it('up to the end of the memory: then OUT_OF_MEMORY, and the arena goes on', () => {
    const small = openHeap({ maximum: 2 ** 21 });
    small.schemas.add(Node);
    const before = contentOf(small);
    const arena = small.arena(Node);
    expectError(() => arena.alloc(2 ** 22), 'OUT_OF_MEMORY');
    expectError(() => arena.alloc(2 ** 32 - 1), 'OUT_OF_MEMORY');
    let count = 0;
    /** @type {Node | null} */
    let list = null;
    expectError(() => {
      for (;;) {
        list = new Node(count, list);
        count++;
      }
    }, 'OUT_OF_MEMORY');
    const top = /** @type {Node} */ (/** @type {unknown} */ (list));
    expect([top.value, top.next?.value]).toEqual([count - 1, count - 2]);
    expectError(() => Reflect.set(top, 'value', 'x'.repeat(2 ** 20)), 'OUT_OF_MEMORY');
    expect(top.value).toBe(count - 1);
    arena.close();
    expect(contentOf(small)).toEqual(before);
    expectSound(small);
  });
});

describe('a view of a closed arena', () => {
  const Every = struct('Every', {
    i8: t.i8,
    u8: t.u8,
    i16: t.i16,
    u16: t.u16,
    i32: t.i32,
    u32: t.u32,
    f32: t.f32,
    f64: t.f64,
    i64: t.i64,
    u64: t.u64,
    bool: t.bool,
    enum: t.enum(['a', 'b']),
    date: t.date,
    ref: t.ref('Every'),
    string: t.string,
    bytes: t.bytes,
    any: t.any,
    array: t.array(t.f32, 2),
    inner: t.struct(Edge),
    optional: t.optional(t.u8),
    optionalRef: t.optional(t.ref('Every')),
    optionalText: t.optional(t.string),
  });
  const GOOD = {
    i8: 1,
    u8: 1,
    i16: 1,
    u16: 1,
    i32: 1,
    u32: 1,
    f32: 1,
    f64: 1,
    i64: 1n,
    u64: 1n,
    bool: true,
    enum: 'b',
    date: new Date(1),
    ref: null,
    string: 'abc',
    bytes: new Uint8Array(1),
    any: 1,
    array: [1, 2],
    optional: 1,
    optionalRef: null,
    optionalText: 'abc',
  };

  it('throws on every access', () => {
    const arena = heap.arena([Every, Edge]);
    const view = new Every();
    view.ref = view;
    const { inner, ref } = view;
    const edge = new Edge();
    arena.close();
    for (const dead of [view, ref]) {
      for (const name of Object.keys(Every.fields)) {
        // The view of a nested struct is made without a look at the memory; it throws in turn.
        if (name !== 'inner')
          expectError(() => Reflect.get(/** @type {{}} */ (dead), name), 'CLOSED');
      }
      for (const [name, value] of Object.entries(GOOD)) {
        expectError(() => Reflect.set(/** @type {{}} */ (dead), name, value), 'CLOSED');
      }
      for (const name of ['optional', 'optionalRef', 'optionalText', 'any']) {
        expectError(() => Reflect.set(/** @type {{}} */ (dead), name, undefined), 'CLOSED');
      }
      expectError(() => Reflect.set(/** @type {{}} */ (dead), 'string', 'a longer text'), 'CLOSED');
      expectError(() => dead?.toJSON(), 'CLOSED');
      expectError(() => dead?.equals(new Every()), 'CLOSED');
      expectError(() => [.../** @type {Iterable<unknown>} */ (dead)], 'CLOSED');
      expectError(() => Every.free(/** @type {never} */ (dead)), 'CLOSED');
    }
    for (const dead of [edge, inner, view.inner]) {
      expectError(() => dead.weight, 'CLOSED');
      expectError(() => Reflect.set(dead, 'weight', 1), 'CLOSED');
    }
    expectError(() => Reflect.set(view, 'inner', new Edge()), 'CLOSED');
    expectError(() => Reflect.set(new Every(), 'ref', view), 'CLOSED');
    expectError(() => Reflect.set(new Every(), 'inner', edge), 'CLOSED');
    const error = expectError(() => view.u8, 'CLOSED');
    expect(error.message).toContain('escape');
  });

  it('of a debug heap says where the arena was closed', () => {
    const debug = openHeap({ debug: true });
    const arena = debug.arena(Node);
    const node = new Node('a longer value', new Node(1.5));
    arena.close();
    expect(expectError(() => node.value, 'CLOSED').message).toMatch(/arena\.test\.js\b.*:\d+/);
    expect(expectError(() => arena.close(), 'CLOSED').message).toMatch(/arena\.test\.js\b.*:\d+/);
    expectSound(debug);
  });

  it('never reads what stands there later', () => {
    const arena = heap.arena(Node);
    const dead = new Node('secret');
    arena.close();
    const next = heap.arena(Node);
    const alive = new Node('another');
    expect(alive.address).toBe(dead.address);
    expectError(() => dead.value, 'CLOSED');
    expect(alive.value).toBe('another');
    next.close();
  });

  it('is one that Type.at made, too', () => {
    const arena = heap.arena(Node);
    const slabs = [new Node(1)];
    while (arena.bytes < 2 ** 18) slabs.push(new Node(1)); // in the arena itself, heads and tails of spans
    const views = slabs.map(({ address }) => Node.at(heap, address));
    expect(views.every((view) => arena.has(view))).toBe(true);
    const outside = Node.at(heap, new Edge().address);
    arena.close();
    for (const view of views) expectError(() => view.value, 'CLOSED');
    expect(isInHeap(outside)).toBe(true);
  });

  it('does not disturb printing', () => {
    const arena = heap.arena(Node);
    const node = new Node(1);
    arena.close();
    expect(`${expect.getState().currentTestName}`).toContain('printing');
    expect(Object.keys(node)).toEqual(['address', 'm']);
  });
});

describe('arena.run', () => {
  it('closes the arena and gives the result', () => {
    const arena = heap.arena(Node);
    const sum = arena.run((given) => {
      expect(given).toBe(arena);
      return Number(new Node(2).value) + 3;
    });
    expect([sum, arena.state]).toEqual([5, 'released']);
    expect(contentOf(heap)).toEqual(empty);
  });

  it('closes the arena when the function throws', () => {
    const arena = heap.arena(Node);
    const failure = new Error('inside');
    /** @type {Node | undefined} */
    let node;
    const run = () =>
      arena.run(() => {
        node = new Node(1);
        throw failure;
      });
    expect(run).toThrow(failure);
    expect(arena.state).toBe('released');
    expectError(() => node?.value, 'CLOSED');
    expect(isInHeap(new Node(1))).toBe(true);
  });

  it('lets the function close the arena itself', () => {
    const arena = heap.arena(Node);
    expect(
      arena.run(() => {
        arena.close();
        return isInHeap(new Node(1));
      }),
    ).toBe(true);
  });

  it('nests', () => {
    const [outer, inner] = heap.arena(Node).run((a) => {
      const before = Arena.of(new Node(1));
      const within = heap.arena(Node).run(() => Arena.of(new Node(2)));
      expect(Arena.of(new Node(3))).toBe(a);
      return [before, within];
    });
    expect(outer).not.toBe(inner);
    expect(contentOf(heap)).toEqual(empty);
  });

  it.each([
    ['an async function', async () => {}],
    ['a generator function', function* () {}],
    ['an async generator function', async function* () {}],
    ['a function that returns a promise', () => Promise.resolve(new Node(1))],
    ['one that returns a rejected promise', () => Promise.reject(new Error('too late'))],
  ])('refuses %s, and closes the arena', (_, fn) => {
    const arena = heap.arena(Node);
    const error = expectError(() => arena.run(/** @type {() => unknown} */ (fn)), 'ASYNC');
    expect(error.message).toContain('arena.create');
    expect(arena.state).toBe('released');
    expect(contentOf(heap)).toEqual(empty);
  });

  it.each([[undefined], [null], [5], [{}]])('refuses %o for a function', (fn) => {
    expectError(() => heap.arena(Node).run(/** @type {never} */ (fn)), 'TYPE');
  });
});

describe('arena.create', () => {
  it('makes objects behind an await, where the ambient arena is another one', async () => {
    const arena = heap.arena(Node, { ambient: false });
    try {
      expect(isInHeap(new Node(0))).toBe(true);
      const first = arena.create(Node, 'first');
      await null;
      const other = heap.arena(Node);
      const second = arena.create(Node, 'second', first);
      expect(other.has(new Node(1))).toBe(true);
      other.close();
      await null;
      expect([arena.has(first), arena.has(second), second.next?.value]).toEqual([
        true,
        true,
        'first',
      ]);
    } finally {
      arena.close();
    }
  });

  it('takes what the constructor makes of the classes of the arena with it', () => {
    class Root extends struct('Root', { node: t.ref(Node), edge: t.ref(Edge) }) {
      constructor() {
        super();
        this.node = new Node('inner');
        this.edge = new Edge();
      }
    }
    const arena = heap.arena([Node], { ambient: false });
    const root = arena.create(Root);
    expect([arena.has(root), arena.has(root.node), arena.has(root.edge)]).toEqual([
      true,
      true,
      false,
    ]);
    arena.close();
  });

  it('leaves nothing open when the constructor throws', () => {
    class Angry extends struct('Angry', {}) {
      constructor() {
        super();
        throw new Error('never');
      }
    }
    const arena = heap.arena(Angry, { ambient: false });
    expect(() => arena.create(Angry)).toThrow('never');
    expect(isInHeap(new Node(1))).toBe(true);
    arena.close();
  });

  it('refuses what is no struct class', () => {
    const arena = heap.arena(Node);
    for (const wrong of [class {}, Date, null, 5, {}]) {
      const create = /** @type {(Type: unknown) => unknown} */ (arena.create.bind(arena));
      expectRefused(() => create(wrong), TypeError, '');
    }
    arena.close();
  });
});

describe('heap.arena', () => {
  it('refuses wrong classes', () => {
    for (const wrong of [undefined, null, 5, 'Node', class {}, Date, [Node, class {}], [[Node]]]) {
      expectRefused(() => heap.arena(/** @type {never} */ (wrong)), TypeError, '');
    }
    expectError(() => heap.arena([]), 'TYPE');
    expect(contentOf(heap)).toEqual(empty);
  });

  it('refuses wrong options', () => {
    for (const options of [
      { slabBytes: 0 },
      { slabBytes: -1 },
      { slabBytes: 1.5 },
      { slabBytes: 2 ** 31 + 1 },
      { slabBytes: '4096' },
      { slabBytes: NaN },
      { oversize: 'allow' },
      { escapes: 'none' },
      { escapes: true },
      { ambient: 0 },
      { slabbytes: 4096 },
      5,
      null,
    ]) {
      expect(() => heap.arena(Node, /** @type {never} */ (options))).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(TYPE|ARGUMENT)$/) }),
      );
    }
    expect(contentOf(heap)).toEqual(empty);
    expect(isInHeap(new Node(1))).toBe(true);
  });

  it('refuses a closed heap, and a full one', () => {
    const small = openHeap({ maximum: 2 ** 21 });
    const spans = [];
    try {
      for (;;) spans.push(small.alloc(65536));
    } catch {}
    const full = () => {
      for (;;) small.arena(Node, { ambient: false });
    };
    expectError(full, 'OUT_OF_MEMORY');
    small.close();
    expectError(() => small.arena(Node), 'CLOSED');
  });

  it('cannot be gone around', () => {
    const Class = /** @type {new (...args: unknown[]) => unknown} */ (
      /** @type {unknown} */ (Arena)
    );
    expectError(() => new Class(Symbol('Arena'), heap, [Node], {}), 'TYPE');
  });
});

describe('warnings', () => {
  it('there are none when nothing is alive', async () => {
    const warnings = await warningsOf(() => {
      const arena = heap.arena(Node);
      new Node('a', new Node('b'));
      arena.close();
      heap.arena(Node).run(() => void new Node(1));
    });
    expect(warnings).toEqual([]);
  });
});
