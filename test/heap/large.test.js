/**
 * Addresses above 2 GiB, which wasm hands to JS as negative numbers. Memory is committed when it is
 * written, so this costs address space only.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { Heap } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

const GIB = 2 ** 30;

afterEach(stopWorkers);

describe('a heap of 4 GiB', () => {
  it('works above 2 GiB as it does below', async () => {
    const heap = Heap.create({ maximum: 4 * GIB });
    const before = contentOf(heap);
    const below = [heap.alloc(GIB), heap.alloc(GIB - 2 ** 20)];
    const span = heap.alloc(GIB);
    const spans = [...below, span];
    expect(Math.max(...spans) + GIB).toBeGreaterThan(3 * GIB);
    const rest = heap.alloc(400 * 2 ** 20);
    const high = Math.max(span, rest);
    expect(high).toBeGreaterThan(2 * GIB);

    heap.bytes(high, 16).fill(7);
    expect(heap.memory.root.u8[high + 15]).toBe(7);
    expect(heap.memory.root.f64.length).toBe(heap.memory.byteLength / 8);

    // Small blocks, arenas, roots and frees up there.
    heap.free(rest);
    const filler = fillBelow(heap, 2 * GIB);
    const block = heap.alloc(100);
    expect(block).toBeGreaterThan(2 * GIB);
    heap.bytes(block, 100).fill(5);
    expect(heap.usableBytes(block)).toBe(112);
    heap.roots.set('high', block, { kind: 1 });
    expect(heap.roots.get('high')?.value).toBe(block);
    const arena = heap.core.arenaOpen(2 ** 20);
    heap.memory.ensure(arena + 64);
    expect(arena).toBeGreaterThan(2 * GIB);
    const inArena = heap.core.arenaAlloc(arena, 100_000, 64);
    expect(inArena).toBeGreaterThan(2 * GIB);
    expect(heap.realloc(heap.alloc(10), 70_000)).toBeGreaterThan(2 * GIB);

    const [worker] = await startWorkers(1, heap.descriptor);
    expect(await worker.call('sum', block, 100)).toBe(500);
    expect(await worker.call('free', [block])).toEqual(['OK']);
    const [theirs] = await worker.call('alloc', [200]);
    expect(theirs).toBeGreaterThan(2 * GIB);
    heap.watch(worker.worker);
    await worker.terminate();
    expectSound(heap);

    const error = expectError(() => heap.alloc(2 * GIB), 'OUT_OF_MEMORY');
    expect(error.requestedBytes).toBe(2 * GIB);
    expectError(() => heap.alloc(2 ** 32 - 1), 'OUT_OF_MEMORY');
    expectError(() => heap.free(high + 8), 'ADDRESS');
    for (const address of [...filler, ...spans]) heap.free(address);
    heap.roots.delete('high');
    const { descriptor } = heap;
    heap.close();
    const again = Heap.attach(descriptor);
    expect(contentOf(again)).toMatchObject({ ...before, blocksLive: 1, liveBytes: 16 });
    again.close();
  });

  it('gives out its last byte', () => {
    const heap = Heap.create({ maximum: 4 * GIB });
    const { availableBytes } = heap.stats();
    const address = heap.alloc(availableBytes);
    expect(address + availableBytes).toBe(4 * GIB);
    heap.bytes(address + availableBytes - 1, 1)[0] = 9;
    expect(heap.memory.root.u8[4 * GIB - 1]).toBe(9);
    expectError(() => heap.bytes(address, availableBytes + 1), 'ADDRESS');
    expectError(() => heap.alloc(1), 'OUT_OF_MEMORY');
    heap.free(address);
    heap.close();
  });
});

/**
 * Takes all free pages below an address.
 *
 * @param {Heap} heap
 * @param {number} end
 * @returns {number[]}
 */
function fillBelow(heap, end) {
  const taken = [];
  for (;;) {
    const address = heap.alloc(65536);
    taken.push(address);
    if (address >= end) return taken;
  }
}
