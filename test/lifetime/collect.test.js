import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { struct, t } from '../../js/index.js';
import { collectAll, collectUntil } from '../support/gc.js';
import { contentOf, expectError } from '../support/heap.js';
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

const Pair = struct('Pair', { a: t.ref(Node), b: t.ref('Pair') });
const isEmpty = () => heap.stats().arenasLive === 0;

/** Runs in a frame of its own, so that no view stays on the stack. @param {() => unknown} run */
async function quietly(run) {
  await warningsOf(() => void run());
}

describe('a retained arena', () => {
  it('is released when the last view of it is collected', async () => {
    await quietly(() => heap.arena(Node).run(() => new Node('a longer value')));
    expect(isEmpty()).toBe(false);
    expect(await collectUntil(isEmpty)).toBe(true);
    expect(contentOf(heap)).toEqual(empty);
  });

  it('stays while any view of it is reachable, and goes then', async () => {
    /** @type {{ node: Node | null }} */
    const kept = { node: null };
    await quietly(() => {
      const list = heap.arena(Node).run(() => new Node('a longer value', new Node('the second')));
      kept.node = list.next;
    });
    await collectAll();
    expect(kept.node?.value).toBe('the second');
    kept.node = null;
    expect(await collectUntil(isEmpty)).toBe(true);
  });

  it('does not need its Arena object, and is not kept by it', async () => {
    const arenas = [heap.arena(Node)];
    await quietly(() => arenas[0].run(() => new Node(1)));
    expect(arenas[0].state).toBe('retained');
    expect(await collectUntil(isEmpty)).toBe(true);
    expect([arenas[0].state, arenas[0].bytes]).toEqual(['released', 0]);
    arenas[0].release();
  });

  it('is not collected while a struct of the heap refers into it', async () => {
    const holder = new Pair();
    await quietly(() => {
      const arena = heap.arena(Node);
      holder.a = new Node('a longer value');
      arena.close();
    });
    await collectAll();
    expect(holder.a?.value).toBe('a longer value');
    holder.a = null;
    expect(isEmpty()).toBe(true);
  });

  it('in a ring with another one is collected with it', async () => {
    await quietly(() => {
      const [one, two] = [
        heap.arena(Pair, { ambient: false }),
        heap.arena(Pair, { ambient: false }),
      ];
      const a = one.create(Pair);
      const b = two.create(Pair, { b: a });
      a.b = b;
      one.close();
      two.close();
    });
    expect(heap.stats().arenasLive).toBe(2);
    expect(await collectUntil(isEmpty)).toBe(true);
    expect(contentOf(heap)).toEqual(empty);
  });

  it('that is collected lets go of those it referred to', async () => {
    const arenas = [heap.arena(Node)];
    /** @type {{ node: Node | null }} */
    const target = { node: new Node('the target') };
    await quietly(() => {
      const outer = heap.arena(Pair);
      outer.escape(new Pair({ a: target.node }));
      outer.close();
      arenas[0].close();
    });
    target.node = null;
    expect(heap.stats().arenasLive).toBe(2);
    expect(await collectUntil(isEmpty)).toBe(true);
    expect(arenas[0].state).toBe('released');
  });
});

describe("{escapes: 'track'}", () => {
  it('keeps the arena without a warning until no view of it is reachable', async () => {
    /** @type {{ node: Node | null }} */
    const kept = { node: null };
    const warnings = await warningsOf(() => {
      const arena = heap.arena(Node, { escapes: 'track' });
      kept.node = new Node('nobody was told', new Node('of this one'));
      arena.close();
      expect(arena.state).toBe('retained');
    });
    expect(warnings).toEqual([]);
    await collectAll();
    expect([kept.node?.value, kept.node?.next?.value]).toEqual(['nobody was told', 'of this one']);
    kept.node = null;
    expect(await collectUntil(isEmpty)).toBe(true);
    expect(contentOf(heap)).toEqual(empty);
  });

  it('can be cut short', () => {
    const arena = heap.arena(Node, { escapes: 'track' });
    const node = new Node(1);
    arena.close();
    arena.escape(node);
    arena.release(node);
    expect(node.value).toBe(1);
    arena.release();
    expectError(() => node.value, 'CLOSED');
    expect(contentOf(heap)).toEqual(empty);
  });

  it('goes at once when nothing was ever made', async () => {
    (() => heap.arena(Node, { escapes: 'track' }).close())();
    expect(await collectUntil(isEmpty)).toBe(true);
  });
});

describe('an open arena', () => {
  it('is not collected while it is ambient, even when nobody holds it', async () => {
    (() => void heap.arena(Node))();
    await collectAll();
    const node = new Node(1);
    expect(heap.stats().arenasLive).toBe(1);
    expect(node.value).toBe(1);
  });

  it('that is not ambient is collected, with a warning that it was not closed', async () => {
    const warnings = await warningsOf(async () => {
      (() => void heap.arena(Node, { ambient: false }).create(Node, 'lost'))();
      expect(await collectUntil(isEmpty)).toBe(true);
    });
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('an arena was collected that was never closed'),
    ]);
    expect(contentOf(heap)).toEqual(empty);
  });

  it('holds no views: a hundred thousand make no difference', async () => {
    const arena = heap.arena(Node);
    const first = new WeakRef(new Node(1));
    for (let i = 0; i < 100_000; i++) new Node(i);
    expect(await collectUntil(() => first.deref() === undefined)).toBe(true);
    arena.close();
  });
});

describe('a closed heap', () => {
  it('is collected with its memory, whatever its classes were used for', async () => {
    const reference = (() => {
      const other = openHeap();
      const arena = other.arena(Node);
      new Node('a longer value');
      Node.get.count(1024);
      arena.close();
      closeHeaps();
      return new WeakRef(other.memory);
    })();
    expect(await collectUntil(() => reference.deref() === undefined)).toBe(true);
  });
});
