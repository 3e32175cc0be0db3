import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Heap, struct, t } from '../../js/index.js';
import { expectError } from '../support/heap.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

class Leaf extends struct('Leaf', { value: t.f64, name: t.string }) {}
class Twig extends struct('Twig', { value: t.u32 }) {
  /** @param {number} value */
  constructor(value) {
    super({ value });
  }
}

const LONG = 'a text that does not fit into the struct';

/** @type {Heap} */
let heap;
beforeEach(() => {
  heap = Heap.create({ maximum: 16 * 2 ** 20, debug: true });
});
afterEach(async () => {
  await stopWorkers();
  heap.close();
});

/** @param {number} bytes */
const makeHere = (bytes) => heap.alloc(bytes);
/** Kind, count and bytes of each group. */
const counted = () => heap.leaks().map(({ kind, count, bytes }) => [kind, count, bytes]);

describe('leaks', () => {
  it('counts the live blocks that one line made, and their bytes as they were asked for', () => {
    const addresses = [10, 20, 30].map(makeHere);
    heap.calloc(5, 8);
    const [many, one] = heap.leaks();
    expect([many.kind, many.count, many.bytes]).toEqual(['block', 3, 60]);
    expect(many.site).toMatch(/^at makeHere \(.*leaks\.test\.js\b.*:\d+:\d+\)$/);
    expect([one.count, one.bytes]).toEqual([1, 40]);
    heap.free(addresses[2]);
    expect(counted()).toEqual([
      ['block', 1, 40],
      ['block', 2, 30],
    ]);
  });

  it('is empty when all is freed', () => {
    const address = heap.alloc(10, { align: 64 });
    heap.free(heap.realloc(address, 5000));
    heap.arena(Leaf).close();
    heap.pool(Leaf, { capacity: 10 }).close();
    expect(heap.leaks()).toEqual([]);
  });

  it('follows a block that is resized to the line that did it', () => {
    const address = makeHere(10);
    heap.realloc(address, 3000);
    const [{ site, bytes }] = heap.leaks();
    expect([bytes, site.includes('makeHere')]).toEqual([3000, false]);
  });

  it.each([
    ['a struct', () => new Leaf({ value: 1 })],
    ['a struct with a text', () => new Leaf({ name: LONG })],
    ['a struct with a constructor of its own', () => new Twig(3)],
  ])('names the line with the new of %s', (_, make) => {
    const view = make();
    const [{ kind, site }, ...others] = heap.leaks();
    expect([kind, others]).toEqual(['block', []]);
    expect(site).toMatch(/leaks\.test\.js\b.*:\d+:\d+/);
    expect(site).not.toMatch(/at new /);
    expect(heap.usableBytes(view.address)).toBeGreaterThan(0);
  });

  it('counts arenas, pools, memory pools and channels as stats does', () => {
    const arena = heap.arena(Leaf);
    for (let i = 0; i < 5000; i++) new Leaf({ value: i });
    heap.pool(Leaf, { capacity: 5000 });
    heap.memoryPool(undefined, { bytes: 2 ** 18 });
    heap.channel({ of: 'u32', capacity: 8 });
    const bytes = Object.fromEntries(heap.leaks().map((leak) => [leak.kind, leak.bytes]));
    const { arenaBytes, poolBytes, memoryPoolBytes } = heap.stats();
    expect(bytes).toMatchObject({
      arena: arenaBytes,
      pool: poolBytes,
      memory_pool: memoryPoolBytes,
      channel: expect.any(Number),
    });
    arena.close();
    expect(heap.leaks().map(({ kind }) => kind)).not.toContain('arena');
  });

  it('leaves out what a root names, and what the heap keeps for itself', () => {
    new Leaf({ value: 1 }).address; // stores the schema of Leaf
    heap.roots.set('kept', heap.alloc(1000));
    expect(heap.leaks().map(({ count }) => count)).toEqual([1]);
    heap.roots.delete('kept');
    expect(counted()[0]).toEqual(['block', 1, 1000]);
  });

  it('does not count what another thread has freed, and tells each thread its own', async () => {
    const [worker] = await startWorkers(1, heap.descriptor);
    const [address] = [100].map(makeHere);
    heap.share(address);
    await worker.call('alloc', [500]);
    expect(counted()).toEqual([['block', 1, 100]]);
    await worker.call('free', [address]);
    expect(heap.leaks()).toEqual([]);
  });

  it('refuses a heap that is no debug heap, and says what to do', () => {
    const plain = Heap.create({ maximum: 2 ** 24 });
    const { message } = expectError(() => plain.leaks(), 'UNSUPPORTED');
    expect(message).toContain('Heap.create({ debug: true })');
    plain.close();
    expectError(() => plain.leaks(), 'CLOSED');
  });

  it('leaves the limit of stack traces as it was', () => {
    const before = Error.stackTraceLimit;
    heap.alloc(10);
    expect(Error.stackTraceLimit).toBe(before);
  });
});
