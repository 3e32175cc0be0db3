/**
 * Images in a heap: one copy for all threads.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { arrayOf, mapOf, open, openRoot, t } from '../../js/image/index.js';
import { Heap } from '../../js/index.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

const Numbers = mapOf(t.string, t.u32);
const ENTRIES = Array.from(
  { length: 20_000 },
  (_, i) => /** @type {[string, number]} */ ([`n${i}`, i]),
);

/** @type {Heap[]} */
const heaps = [];

function newHeap(options = {}) {
  const heap = Heap.create(options);
  heaps.push(heap);
  return heap;
}

afterEach(async () => {
  await stopWorkers();
  for (const heap of heaps.splice(0)) heap.close();
});

/** @param {Promise<unknown>} promise @param {string} code */
const expectCode = (promise, code) => expect(promise).rejects.toMatchObject({ code });

describe('an image in a heap', () => {
  it('is read by several workers in one copy', async () => {
    const heap = newHeap();
    const { address, bytes } = await Numbers.build(ENTRIES, heap, { root: 'numbers' });
    expect([address > 0, address % 64]).toEqual([true, 0]);
    const used = heap.stats().liveBytes;
    expect(used).toBeGreaterThanOrEqual(bytes);
    const workers = await startWorkers(3, { heap: heap.descriptor }, 'image.worker.js');
    const keys = ['n0', 'n19999', 'none'];
    for (const worker of workers) {
      expect(await worker.call('lookUp', 'numbers', keys)).toEqual([0, 19_999, undefined]);
    }
    expect(heap.stats().liveBytes - used).toBeLessThan(bytes / 10);
    const image = openRoot(heap, 'numbers');
    expect([image.address, image.size]).toEqual([address, bytes]);
    expect(image.as(Numbers).size).toBe(ENTRIES.length);
    expect((await open(heap, { root: 'numbers' })).as(Numbers).has('n3')).toBe(true);
    expect(heap.check()).toEqual([]);
  });

  it('is read by workers from shared bytes without a heap of its own', async () => {
    const heap = newHeap();
    const shared = new Uint8Array(new SharedArrayBuffer(2 ** 20));
    await Numbers.build(ENTRIES, shared);
    const [worker] = await startWorkers(1, { heap: heap.descriptor }, 'image.worker.js');
    expect(await worker.call('lookUpIn', shared, ['n7'])).toEqual([7]);
  });

  it('is loaded once when several threads open a file at the same time', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'qbwasm-test-'));
    try {
      const path = join(folder, 'numbers.qbi');
      const { bytes } = await Numbers.build(ENTRIES, path);
      const heap = newHeap();
      const workers = await startWorkers(3, { heap: heap.descriptor }, 'image.worker.js');
      const used = heap.stats().liveBytes;
      const addresses = await Promise.all([
        ...workers.map((worker) => worker.call('openFile', path, 'numbers')),
        open(path, { heap, root: 'numbers' }).then((image) => image.address),
      ]);
      expect(new Set(addresses).size).toBe(1);
      await Promise.all(workers.map((worker) => worker.call('detach')));
      expect(heap.stats().liveBytes - used).toBeLessThan(bytes * 1.5);
      expect((await open(heap, { root: 'numbers' })).as(Numbers).get('n3')).toBe(3);
      expect(heap.check()).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('outlives the worker that built it', async () => {
    const heap = newHeap();
    const [worker] = await startWorkers(1, { heap: heap.descriptor }, 'image.worker.js');
    heap.watch(worker.worker);
    expect(await worker.call('build', 'numbers', ENTRIES.slice(0, 100))).toBe('OK');
    await worker.terminate();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(openRoot(heap, 'numbers').as(Numbers).get('n99')).toBe(99);
    expect(heap.check()).toEqual([]);
  });

  it('has a name of its own; the second is refused and leaves no room taken', async () => {
    const heap = newHeap();
    await Numbers.build(ENTRIES, heap, { root: 'numbers' });
    const used = heap.stats().liveBytes;
    let asked = false;
    const never = {
      *[Symbol.iterator]() {
        asked = true;
        yield ENTRIES[0];
      },
    };
    await expectCode(Numbers.build(never, heap, { root: 'numbers' }), 'EXISTS');
    expect(asked).toBe(false);
    expect(heap.stats().liveBytes).toBe(used);
    expect(() => openRoot(heap, 'none')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    heap.roots.set('number', 5);
    heap.roots.set('other', 5, { kind: 1 });
    for (const name of ['number', 'other']) {
      expect(() => openRoot(heap, name)).toThrow(expect.objectContaining({ code: 'SCHEMA' }));
    }
    await expectCode(open(heap), 'TYPE');
  });

  it('that does not fit is refused, and the heap is as it was', async () => {
    const heap = newHeap({ initial: 2 ** 20, maximum: 2 ** 21 });
    const before = heap.stats().liveBytes;
    const many = Array.from({ length: 200_000 }, (_, i) => /** @type {const} */ ([`key ${i}`, i]));
    await expectCode(Numbers.build(many, heap, { root: 'numbers' }), 'OUT_OF_MEMORY');
    expect(heap.stats().liveBytes).toBe(before);
    expect(heap.roots.has('numbers')).toBe(false);
    const floats = arrayOf(t.f64).build(new Float64Array(2 ** 19), heap, { root: 'floats' });
    await expectCode(floats, 'OUT_OF_MEMORY');
    expect(heap.stats().liveBytes).toBe(before);
    const { buffer } = await Numbers.build(many);
    const bytes = /** @type {Uint8Array} */ (buffer);
    await expectCode(open(bytes, { heap, root: 'numbers' }), 'OUT_OF_MEMORY');
    bytes[70] ^= 255;
    const large = newHeap();
    const empty = large.stats().liveBytes;
    await expectCode(
      open(bytes, { heap: large, root: 'numbers', verify: { nodes: 1e7, bytes: 1e9 } }),
      'CORRUPT',
    );
    expect(large.stats().liveBytes).toBe(empty);
  });

  it('follows a heap that grows', async () => {
    const heap = newHeap({ initial: 2 ** 22, maximum: 2 ** 28 });
    await Numbers.build(ENTRIES, heap, { root: 'numbers' });
    const numbers = openRoot(heap, 'numbers').as(Numbers);
    heap.alloc(2 ** 26);
    expect(numbers.get('n19')).toBe(19);
    expect(openRoot(heap, 'numbers').as(Numbers).get('n20')).toBe(20);
  });
});
