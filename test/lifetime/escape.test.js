import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Arena, struct, t } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { closeHeaps, openHeap, warningsOf } from '../support/struct.js';
import { Node } from '../support/structs.js';

/** @type {import('../../js/index.js').Heap} */
let heap;
/** @type {ReturnType<typeof contentOf>} */
let empty;
beforeEach(() => {
  heap = openHeap();
  for (const Type of [Node, Pair]) heap.schemas.add(Type); // what a first use stores stays
  empty = contentOf(heap);
});
afterEach(closeHeaps);

const Pair = struct('Pair', { a: t.ref(Node), b: t.ref('Pair'), name: t.string });

/** A list of three with long values. */
function makeList() {
  return new Node('the first one', new Node('the second one', new Node('the third one')));
}

/**
 * @param {() => unknown} run
 * @returns {Promise<string[]>} the performance warnings, without what may change
 */
async function performanceWarnings(run) {
  const warnings = await warningsOf(run);
  expect(warnings.every(({ name }) => name === 'PerformanceWarning')).toBe(true);
  return warnings.map(({ message }) => message);
}

describe('a returned object', () => {
  it('keeps the whole arena, with one warning that names the place', async () => {
    const arena = heap.arena(Node);
    /** @type {Node | undefined} */
    let escaped;
    const warnings = await performanceWarnings(() => {
      escaped = arena.run(() => {
        new Node('of no use');
        return makeList();
      });
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^1 object is still alive at arena exit \(at .*escape\.test\.js\b.*:\d+:\d+/,
    );
    expect(arena.state).toBe('retained');
    expect(escaped?.next?.next?.value).toBe('the third one');
    expect(heap.stats().arenasLive).toBe(1);
    arena.release(/** @type {Node} */ (escaped));
    expect(arena.state).toBe('released');
    expect(contentOf(heap)).toEqual(empty);
    expectError(() => escaped?.value, 'CLOSED');
    expectError(() => arena.release(/** @type {Node} */ (escaped)), 'CLOSED');
  });

  it.each([
    ['an array', (/** @type {Node[]} */ nodes) => nodes],
    ['a Set', (/** @type {Node[]} */ nodes) => new Set(nodes)],
    [
      'a Map',
      (/** @type {Node[]} */ nodes) =>
        new Map([
          [nodes[0], nodes[1]],
          [nodes[2], nodes[2]],
        ]),
    ],
    ['an object', (/** @type {Node[]} */ [a, b, c]) => ({ a, b, c, d: c, n: 5, o: null })],
  ])('may be one of several in %s', async (_, pack) => {
    const arena = heap.arena(Node);
    const warnings = await performanceWarnings(() =>
      arena.run(() => pack([new Node(1), new Node(2), new Node(3)])),
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^3 objects are still alive at arena exit/);
    expect(arena.aliveCount).toBe(3);
    arena.release();
    expect(contentOf(heap)).toEqual(empty);
  });

  it('of the heap or of another arena is not counted', async () => {
    const outer = heap.arena(Pair);
    const warnings = await performanceWarnings(() => {
      const pair = heap.arena(Node).run(() => new Pair({ name: 'of the outer one' }));
      expect(pair.name).toBe('of the outer one');
    });
    expect(warnings).toEqual([]);
    outer.close();
    expect(contentOf(heap)).toEqual(empty);
  });
});

describe('arena.escape', () => {
  it('keeps the arena until all have been released', async () => {
    const arena = heap.arena(Node);
    const [a, b] = [new Node('one'), new Node('two')];
    expect(arena.escape(a)).toBe(a);
    arena.escape(a);
    arena.escape(b);
    const [warning] = await performanceWarnings(() => arena.close());
    expect(warning).toMatch(/^2 objects are /);
    arena.release(Node.at(heap, a.address)); // another view of it
    expect([arena.state, a.value, b.value]).toEqual(['retained', 'one', 'two']);
    expectError(() => arena.release(a), 'NOT_FOUND');
    arena.release(b);
    expect(arena.state).toBe('released');
    expect(contentOf(heap)).toEqual(empty);
  });

  it('is taken back by release before the exit', async () => {
    const arena = heap.arena(Node);
    const node = arena.escape(new Node(1));
    arena.release(node);
    expect(await performanceWarnings(() => arena.close())).toEqual([]);
    expect(arena.state).toBe('released');
  });

  it('adds to what keeps a closed arena', async () => {
    const arena = heap.arena(Node);
    const list = arena.escape(makeList());
    await performanceWarnings(() => arena.close());
    const second = arena.escape(/** @type {Node} */ (list.next));
    arena.release(list);
    expect([arena.state, second.value]).toEqual(['retained', 'the second one']);
    arena.release(second);
    expect(arena.state).toBe('released');
  });

  it('refuses what is not in the arena', () => {
    const arena = heap.arena(Node);
    const node = new Node(1);
    const other = heap.arena(Node);
    const pair = new Pair();
    for (const outside of [pair, new Node(2)]) {
      expectError(() => arena.escape(outside), 'REGION');
      expectError(() => arena.release(outside), 'REGION');
      expectError(() => arena.promote(outside), 'REGION');
    }
    for (const wrong of [null, 5, {}, Node, Node.prototype, { address: node.address, m: node.m }]) {
      expectError(() => arena.escape(/** @type {{}} */ (wrong)), 'TYPE');
      expectError(() => arena.promote(/** @type {{}} */ (wrong)), 'TYPE');
    }
    expectError(() => arena.release(node), 'NOT_FOUND');
    expectError(() => arena.release(), 'REGION');
    other.close();
    arena.close();
    expectError(() => arena.escape(node), 'CLOSED');
    expectError(() => arena.promote(node), 'CLOSED');
  });
});

describe('a retained arena', () => {
  it('can be read and its numbers written, but takes nothing new', async () => {
    const arena = heap.arena(Node);
    const list = arena.escape(makeList());
    await performanceWarnings(() => arena.close());
    list.count = 7;
    list.value = 5;
    list.value = 'abc';
    list.next = list;
    expect([list.count, list.value, list.next.count]).toEqual([7, 'abc', 7]);
    expectError(() => Reflect.set(list, 'value', 'longer than three'), 'CLOSED');
    expectError(() => Reflect.set(list, 'value', 1.5), 'CLOSED');
    expectError(() => arena.create(Node, 1), 'CLOSED');
    expect(list.value).toBe('abc');
    expect(Arena.of(new Node(1))).toBe(null);
    arena.release();
    expectError(() => list.count, 'CLOSED');
  });

  it('goes with its heap', async () => {
    const arena = heap.arena(Node);
    const list = arena.escape(makeList());
    await performanceWarnings(() => arena.close());
    heap.close();
    expectError(() => list.value, 'CLOSED');
    expect(arena.state).toBe('released');
  });
});

describe('a reference from outside', () => {
  it('from the heap keeps the arena while it stands there', async () => {
    const holder = new Pair();
    const before = contentOf(heap);
    const arena = heap.arena(Node);
    holder.a = makeList();
    const [warning] = await performanceWarnings(() => arena.close());
    expect(warning).toMatch(/^1 object is /);
    expect([arena.state, holder.a.next?.value]).toEqual(['retained', 'the second one']);
    expect(Arena.of(holder.a)).toBe(arena);
    const list = holder.a;
    holder.a = null;
    expect(arena.state).toBe('released');
    expectError(() => list.value, 'CLOSED');
    expect(contentOf(heap)).toEqual(before);
  });

  it('that was taken back does not count', async () => {
    const holder = new Pair();
    const arena = heap.arena(Node);
    holder.a = makeList();
    holder.a = null;
    holder.a = makeList();
    Pair.set.a(holder.address, 0); // by address, which nobody is told of
    expect(await performanceWarnings(() => arena.close())).toEqual([]);
    expect([arena.state, holder.a]).toEqual(['released', null]);
  });

  it('that is replaced by another one into the same arena goes on counting', async () => {
    const holder = new Pair();
    const arena = heap.arena(Node);
    holder.a = makeList();
    await performanceWarnings(() => arena.close());
    holder.a = holder.a.next;
    expect([arena.state, holder.a?.value]).toEqual(['retained', 'the second one']);
    const same = holder.a;
    holder.a = same;
    expect(arena.state).toBe('retained');
    holder.a = new Node('in the heap');
    expect([arena.state, holder.a.value]).toEqual(['released', 'in the heap']);
  });

  it('to one object from several structs counts one object, and ends with the last', async () => {
    const [p, q] = [new Pair(), new Pair()];
    const arena = heap.arena(Node);
    p.a = new Node(1);
    q.a = p.a;
    arena.escape(p.a);
    const [warning] = await performanceWarnings(() => arena.close());
    expect(warning).toMatch(/^1 object is /);
    const node = p.a;
    p.a = null;
    arena.release(node);
    expect([arena.state, q.a?.value]).toEqual(['retained', 1]);
    q.a = null;
    expect(arena.state).toBe('released');
  });

  it('ends when its struct is freed', async () => {
    const holder = new Pair();
    const arena = heap.arena(Node);
    holder.a = makeList();
    await performanceWarnings(() => arena.close());
    Pair.free(holder);
    expect(arena.state).toBe('released');
    expect(contentOf(heap)).toEqual(empty);
  });

  it('out of a nested struct and an optional field counts as well', async () => {
    const Holder = struct('Holder', { pair: t.struct(Pair), maybe: t.optional(t.ref(Node)) });
    const holder = new Holder();
    const arenas = [heap.arena(Node), heap.arena(Node)];
    holder.pair.a = new Node('inner');
    arenas[1].dispose();
    holder.maybe = new Node('maybe');
    arenas[0].dispose();
    expect(arenas.map(({ state }) => state)).toEqual(['retained', 'retained']);
    expect([holder.pair.a?.value, holder.maybe?.value]).toEqual(['inner', 'maybe']);
    holder.maybe = undefined;
    expect(arenas[0].state).toBe('released');
    Holder.free(holder);
    expect(arenas[1].state).toBe('released');
  });

  it('from another arena ends with that arena', async () => {
    const inner = heap.arena(Node);
    const node = new Node('in the inner one');
    const outer = heap.arena(Pair);
    const pair = new Pair({ a: node });
    const [warning] = await performanceWarnings(() => inner.close());
    expect(warning).toMatch(/^1 object is /);
    expect([pair.a?.value, inner.state]).toEqual(['in the inner one', 'retained']);
    expect(await performanceWarnings(() => outer.close())).toEqual([]);
    expect([inner.state, outer.state]).toEqual(['released', 'released']);
    expectError(() => node.value, 'CLOSED');
    expect(contentOf(heap)).toEqual(empty);
  });

  it('from an arena into the heap lives as long as the heap wants', () => {
    const config = new Node('in the heap');
    const arena = heap.arena(Pair);
    const pair = new Pair({ a: config });
    const seen = pair.a;
    expect(Arena.of(seen)).toBe(null);
    arena.close();
    expect([seen?.value, config.value]).toEqual(['in the heap', 'in the heap']);
    Node.free(config);
  });

  it('in a ring of two arenas keeps both until one is released', async () => {
    const Ring = struct('Ring', { other: t.ref('Ring'), name: t.string });
    heap.schemas.add(Ring);
    empty = contentOf(heap);
    const [one, two] = [1, 2].map(() => heap.arena(Ring, { ambient: false }));
    const a = one.create(Ring, { name: 'first ring' });
    const b = two.create(Ring, { name: 'second ring' });
    a.other = b;
    b.other = a;
    await performanceWarnings(() => {
      one.close();
      two.close();
    });
    expect([one.state, two.state, a.other?.other?.name]).toEqual([
      'retained',
      'retained',
      'first ring',
    ]);
    one.release();
    expect([one.state, two.state]).toEqual(['released', 'released']);
    expect(contentOf(heap)).toEqual(empty);
  });
});

describe('arena.promote', () => {
  it('copies a graph out, so that the arena can go', async () => {
    const arena = heap.arena([Node, Pair]);
    const shared = makeList();
    const root = new Pair({ a: shared, name: 'a long name' });
    root.b = new Pair({ a: shared, b: root, name: 'another long name' });
    const copy = arena.promote(root);
    expect(copy.equals(root)).toBe(true);
    expect(await performanceWarnings(() => arena.close())).toEqual([]);
    expect(arena.state).toBe('released');
    expect(Arena.of(copy)).toBe(null);
    expect([copy.name, copy.b?.name]).toEqual(['a long name', 'another long name']);
    expect(copy.b?.b?.address).toBe(copy.address);
    expect(copy.b?.a?.address).toBe(copy.a?.address);
    expect(copy.a?.next?.next?.value).toBe('the third one');
    Pair.free(copy, { graph: true });
    expect(contentOf(heap)).toEqual(empty);
    expectSound(heap);
  });

  it('copies every kind of field', () => {
    const Inner = struct('Inner', { text: t.string, node: t.ref(Node) });
    const Every = struct('Every', {
      n: t.u64,
      e: t.enum(['a', 'b']),
      d: t.date,
      x: t.array(t.f32, 3),
      s: t.string,
      y: t.bytes,
      any: t.any,
      inner: t.struct(Inner),
      o: t.optional(t.u8),
      p: t.optional(t.u8),
      q: t.optional(t.ref(Node)),
    });
    heap.schemas.add(Every);
    empty = contentOf(heap);
    const arena = heap.arena([Every, Node]);
    const view = new Every({
      n: 5n,
      e: 'b',
      d: new Date(9),
      x: new Float32Array([1, 2, 3]),
      s: 'a long string',
      y: new Uint8Array(3),
      any: 1.5,
      o: 0,
      q: new Node('optional'),
    });
    view.inner.text = 'an inner text';
    view.inner.node = new Node('inner node', view.q);
    const plain = view.toJSON();
    const copy = arena.promote(view);
    arena.close();
    expect(copy.toJSON()).toEqual(plain);
    expect(copy.inner.node?.next?.address).toBe(copy.q?.address);
    expect(copy.p).toBe(undefined);
    Every.free(copy, { graph: true });
    expect(contentOf(heap)).toEqual(empty);
  });

  it('copies into an enclosing arena', () => {
    const outer = heap.arena(Node);
    const inner = heap.arena(Node);
    const copy = inner.promote(makeList(), { to: outer });
    inner.close();
    expect(outer.has(copy)).toBe(true);
    expect(copy.next?.next?.value).toBe('the third one');
    outer.close();
    expectError(() => copy.value, 'CLOSED');
    expect(contentOf(heap)).toEqual(empty);
  });

  it('leaves references out of the arena as they are', () => {
    const config = new Node('in the heap');
    const other = heap.arena(Node, { ambient: false });
    const kept = other.create(Node, 'in another arena');
    const arena = heap.arena(Pair);
    const copy = arena.promote(new Pair({ a: config, b: new Pair({ a: kept }) }));
    arena.close();
    expect(copy.a?.address).toBe(config.address);
    expect(copy.b?.a?.address).toBe(kept.address);
    other.dispose();
    expect(other.state).toBe('retained'); // the copy refers to it now
    Pair.free(copy, { graph: true });
    expect(other.state).toBe('released');
    expect(contentOf(heap)).toEqual(empty);
  });

  it('copies a list of 10 000 without recursion', () => {
    const arena = heap.arena(Node);
    let list = new Node(0);
    for (let i = 1; i < 10_000; i++) list = new Node(i, list);
    const copy = arena.promote(list);
    expect(copy.equals(list)).toBe(true);
    arena.close();
    expect(copy.next?.next?.value).toBe(9997);
  });

  it('works on a retained arena, too', async () => {
    const arena = heap.arena(Node);
    const list = arena.escape(makeList());
    await performanceWarnings(() => arena.close());
    const copy = arena.promote(list);
    arena.release(list);
    expect([arena.state, copy.next?.value]).toEqual(['released', 'the second one']);
  });

  it('gives everything back when the heap is full', () => {
    const small = openHeap({ maximum: 2 ** 21 });
    const arena = small.arena(Node);
    let list = new Node('0');
    const spans = [];
    for (let i = 0; i < 3000; i++) list = new Node(`the value ${i}`, list);
    try {
      for (;;) spans.push(small.alloc(65536));
    } catch {}
    const before = contentOf(small);
    expectError(() => arena.promote(list), 'OUT_OF_MEMORY');
    expect(contentOf(small)).toEqual(before);
    expect(list.next?.value).toBe('the value 2998');
    arena.close();
    expectSound(small);
  });

  it('refuses another heap and a closed arena', () => {
    const arena = heap.arena(Node);
    const node = new Node(1);
    const closed = heap.arena(Pair);
    closed.close();
    const other = openHeap();
    expectError(() => arena.promote(node, { to: other }), 'HEAP');
    expectError(() => arena.promote(node, { to: closed }), 'CLOSED');
    expectError(() => arena.promote(node, { to: /** @type {never} */ ({}) }), 'HEAP');
    expectError(() => arena.promote(node, { to: /** @type {never} */ (null) }), 'HEAP');
    arena.close();
  });
});
