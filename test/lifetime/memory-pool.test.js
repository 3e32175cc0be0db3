/**
 * Memory pools in one agent: budget, manifest, ids, types, names, errors.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { Heap, MemoryPool, struct, TimeoutError, t } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { expectEmpty, expectWhole, openMemory as openPool } from '../support/memory.js';
import { Item, Point } from '../support/pools.js';
import { randomFrom, testSeed } from '../support/random.js';
import { closeHeaps, openHeap } from '../support/struct.js';

/** @typedef {import('../../js/index.js').MemoryPoolOptions} MemoryPoolOptions */

afterEach(closeHeaps);

/** @param {() => unknown} run @param {typeof TypeError | typeof RangeError} type */
function expectRefusal(run, type) {
  expect(run).toThrow(type);
}

describe('the budget of a memory pool', () => {
  it('has one allocation after alloc(512), and none after its free', () => {
    const pool = openPool();
    expect(pool.size).toBe(0);
    const allocation = pool.alloc(512);
    expect([pool.size, allocation.length, allocation.bytes().length]).toEqual([1, 512, 512]);
    allocation.free();
    expectEmpty(pool);
  });

  it('of 32 768 bytes holds 10 000 and 10 000 bytes, and no 5 000 more', () => {
    const pool = openPool();
    pool.alloc(10_000);
    pool.alloc(10_000);
    const error = expectError(() => pool.alloc(5_000), 'NO_ROOM');
    expect([error.requestedBytes, error.availableBytes]).toEqual([5_000, 0]);
    expect(pool.size).toBe(2);
  });

  it('that is exhausted names the requested and the available size', () => {
    const pool = openPool();
    pool.alloc(16_384);
    pool.alloc(8_192);
    const { message, requestedBytes, availableBytes } = expectError(
      () => pool.alloc(8_193),
      'NO_ROOM',
    );
    expect(message).toMatch(/8193 bytes are not available now: 8192 of its 32768 bytes are free/);
    expect([requestedBytes, availableBytes]).toEqual([8_193, 8_192]);
  });

  it.each([
    [-1, RangeError],
    [512.7, RangeError],
    [Number.NaN, RangeError],
    [2 ** 32, RangeError],
    ['512', TypeError],
    [512n, TypeError],
    [undefined, TypeError],
    [null, TypeError],
  ])('refuses alloc(%s), and takes nothing', async (bytes, type) => {
    const pool = openPool();
    const wrong = /** @type {number} */ (bytes);
    expectRefusal(() => pool.alloc(wrong), type);
    expectRefusal(() => pool.allocWait(wrong), type);
    expectRefusal(() => pool.allocAsync(wrong), type);
    expectEmpty(pool);
  });

  it('allows alloc(0), which takes no room', () => {
    const pool = openPool();
    pool.alloc(32_768);
    const nothing = pool.alloc(0);
    expect([nothing.length, nothing.bytes().length, nothing.hash()]).toEqual([0, 0, 0x811c9dc5]);
    expect(pool.size).toBe(2);
    expect(pool.has(nothing.id)).toBe(true);
    nothing.free();
    expectError(() => nothing.free(), 'DOUBLE_FREE');
    expect(pool.size).toBe(1);
  });

  it('refuses at once what can never fit, also when it would wait', () => {
    const pool = openPool();
    pool.alloc(32_768);
    for (const run of [
      () => pool.alloc(32_769),
      () => pool.allocWait(32_769),
      () => pool.allocAsync(32_769),
    ]) {
      const { requestedBytes, availableBytes } = expectError(run, 'SIZE');
      expect([requestedBytes, availableBytes]).toEqual([32_769, 32_768]);
    }
  });

  it('that is no power of two gives blocks up to the largest one in it', () => {
    const pool = openPool({ bytes: 48_000 });
    expect([pool.bytes, pool.blockBytesMax]).toEqual([48_000, 32_768]);
    expect([...pool.freeBlocks()]).toEqual(
      [
        [128, 1],
        [256, 1],
        [512, 1],
        [2048, 1],
        [4096, 1],
        [8192, 1],
        [32_768, 1],
      ].filter(([size]) => (48_000 & size) !== 0),
    );
    expectError(() => pool.alloc(40_000), 'SIZE');
    pool.alloc(32_768);
    pool.alloc(8_192);
    expect(pool.freeBytes).toBe(48_000 - 40_960);
  });

  it('gives all bytes back as one block after 1 000 rounds of filling and freeing at random', () => {
    const random = randomFrom(testSeed('fill and free'));
    const pool = openPool();
    for (let round = 0; round < 1000; round++) {
      /** @type {import('../../js/index.js').Allocation<never>[]} */
      const held = [];
      for (let tries = 1 + random(30); tries > 0; tries--) {
        try {
          held.push(pool.alloc(random(4000)).fill(held.length));
        } catch (error) {
          expect(/** @type {{ code: string }} */ (error).code).toBe('NO_ROOM');
        }
      }
      expect(pool.size).toBe(held.length);
      held.forEach((one, i) => {
        expect(one.bytes().every((byte) => byte === i)).toBe(true);
      });
      while (held.length > 0) held.splice(random(held.length), 1)[0].free();
    }
    expectEmpty(pool);
    expect(pool.freeBlocks()).toEqual(new Map([[32_768, 1]]));
  });

  it('tells its free blocks by size, utilization and the peak', () => {
    const pool = openPool({ bytes: 1024 });
    const [a, b, c] = [pool.alloc(64), pool.alloc(100), pool.alloc(256)];
    expect(pool.freeBytes).toBe(1024 - 64 - 128 - 256);
    expect(pool.utilization).toBeCloseTo(448 / 1024);
    const total = [...pool.freeBlocks()].reduce((sum, [size, count]) => sum + size * count, 0);
    expect(total).toBe(pool.freeBytes);
    for (const one of [a, b, c]) one.free();
    pool.alloc(1);
    expect(pool.peakAllocations).toBe(3);
    expect(pool.freeBlocks()).toEqual(
      new Map([
        [64, 1],
        [128, 1],
        [256, 1],
        [512, 1],
      ]),
    );
  });

  it.each([8, 64, 65_536])('has blocks of at least minBlock, %i', (minBlock) => {
    const pool = openPool({ bytes: 2 ** 18, minBlock });
    const { address } = pool.alloc(1);
    expect(address % minBlock === 0 || minBlock > 64).toBe(true);
    expect([pool.minBlock, pool.freeBytes]).toEqual([minBlock, 2 ** 18 - minBlock]);
  });

  it('counts in whole blocks: one byte is rounded up', () => {
    expect(openPool({ bytes: 1 }).bytes).toBe(64);
  });
});

describe('the manifest of a memory pool', () => {
  it('takes exactly maxAllocations of 20 that are tried, plain and with waiting', () => {
    for (const waits of [false, true]) {
      const pool = openPool({ maxAllocations: 10 });
      let made = 0;
      for (let i = 0; i < 20; i++) {
        try {
          if (waits) pool.allocWait(10, { timeout: 1 });
          else pool.alloc(10);
          made++;
        } catch (error) {
          expect(error).toMatchObject({ code: waits ? 'TIMEOUT' : 'FULL' });
        }
      }
      expect([made, pool.size, pool.maxAllocations]).toEqual([10, 10, 10]);
      const { message } = expectError(() => pool.alloc(0), 'FULL');
      expect(message).toContain('all 10 allocations of the pool are in use');
    }
  });

  it('has the sizes of preallocate from the start, and they belong to no thread', () => {
    const pool = openPool({ preallocate: [8, 16, 11] });
    const all = [...pool.allocations()];
    expect(all.map(({ length }) => length)).toEqual([8, 16, 11]);
    expect(all.map(({ owner }) => owner)).toEqual([0, 0, 0]);
    expect([pool.size, pool.peakAllocations]).toEqual([3, 3]);
    for (const one of all) one.free();
    expectEmpty(pool);
  });

  it('is not opened when preallocate does not fit, and nothing is left of it', () => {
    const heap = openHeap();
    const empty = contentOf(heap);
    const options = { bytes: 1024, preallocate: [512, 512, 1] };
    expectError(() => heap.memoryPool('small', options), 'NO_ROOM');
    expect(contentOf(heap)).toEqual(empty);
    heap.memoryPool('small', { bytes: 1024 }).destroy();
  });

  it('finds by id, and refuses the id once it is freed, also when its place is used again', () => {
    const pool = openPool();
    const first = pool.alloc(100);
    const { id } = first;
    expect(pool.has(id)).toBe(true);
    expect(pool.get(id)).toBe(first);
    pool.free(id);
    expect(pool.has(id)).toBe(false);
    const second = pool.alloc(100);
    expect(second.id).not.toBe(id);
    expect(pool.has(id)).toBe(false);
    expectError(() => pool.get(id), 'STALE');
    expectError(() => pool.free(id), 'STALE');
    expectError(() => first.free(), 'STALE');
    expect(pool.get(second.id)).toBe(second);
    expect(pool.size).toBe(1);
  });

  it('never gives an id again', () => {
    const pool = openPool({ maxAllocations: 2 });
    const ids = new Set();
    for (let i = 0; i < 5000; i++) {
      const allocation = pool.alloc(1);
      ids.add(allocation.id);
      allocation.free();
    }
    expect(ids.size).toBe(5000);
  });

  it('refuses a double free at once, and nothing else is freed', () => {
    const pool = openPool();
    const [kept, freed] = [pool.alloc(64), pool.alloc(64)];
    freed.free();
    expectError(() => freed.free(), 'DOUBLE_FREE');
    expectError(() => pool.free(freed.id), 'DOUBLE_FREE');
    expect(kept.freed).toBe(false);
    expect(pool.size).toBe(1);
  });

  it.each([
    ['1', TypeError],
    [-1, RangeError],
    [0.5, RangeError],
    [2 ** 48, RangeError],
    [{}, TypeError],
  ])('refuses the id %s', (id, type) => {
    const pool = openPool();
    const wrong = /** @type {number} */ (id);
    for (const run of [() => pool.get(wrong), () => pool.has(wrong), () => pool.free(wrong)]) {
      expectRefusal(run, type);
    }
  });

  it('refuses an id that only a larger pool could have, and allocations of other pools', () => {
    const heap = openHeap();
    const pool = heap.memoryPool(undefined, { bytes: 1024, maxAllocations: 2 });
    const other = heap.memoryPool(undefined, { bytes: 1024 });
    expectError(() => pool.get(7), 'ARGUMENT');
    const foreign = other.alloc(1);
    expectRefusal(() => pool.free(foreign), TypeError);
    expect(foreign.freed).toBe(false);
  });

  it('looks up by type and id of the user, and each is taken once', () => {
    const pool = openPool({ types: { MESH: 7 } });
    const mesh = pool.alloc(10, { type: 'MESH', id: 3 });
    const data = pool.alloc(10, { id: 3 });
    expect(pool.get('MESH', 3)).toBe(mesh);
    expect(pool.get(7, 3)).toBe(mesh);
    expect(pool.get('DATA', 3)).toBe(data);
    expect([mesh.type, mesh.typeId, data.type, data.typeId]).toEqual([7, 3, 1, 3]);
    expect([pool.has(7, 3), pool.has(7, 4), pool.has(8, 3)]).toEqual([true, false, false]);
    expectError(() => pool.alloc(10, { type: 7, id: 3 }), 'EXISTS');
    expectError(() => pool.get('MESH', 4), 'NOT_FOUND');
    mesh.free();
    expect(pool.has('MESH', 3)).toBe(false);
    expect(pool.alloc(10, { type: 7, id: 3 }).length).toBe(10);
    expect(pool.size).toBe(2);
    expectWhole(pool);
  });

  it('lists what there is, all or of one type', () => {
    const pool = openPool({ types: { MESH: 7 } });
    const meshes = [1, 2, 3].map((length) => pool.alloc(length, { type: 'MESH' }));
    const data = pool.alloc(4);
    expect([...pool.allocations({ type: 'MESH' })]).toEqual(meshes);
    expect([...pool.allocations({ type: 1 })]).toEqual([data]);
    expect([...pool.allocations({ type: 9 })]).toEqual([]);
    expect([...pool].length).toBe(4);
    expect([...pool.allocations({ owner: pool.heap.thread.number })].length).toBe(4);
    for (const one of pool.allocations()) one.free();
    expect(pool.size).toBe(0);
  });

  it.each([0, -1, 1.5, 65_536, 'LOST', null])('refuses the type %s', (type) => {
    const pool = openPool();
    expect(() => pool.alloc(1, { type: /** @type {number} */ (type) })).toThrow();
    expectEmpty(pool);
  });

  it.each([0, -1, 2 ** 32, '1'])('refuses the id %s of the user', (id) => {
    const pool = openPool();
    expect(() => pool.alloc(1, { id: /** @type {number} */ (id) })).toThrow();
    expectEmpty(pool);
  });

  it('refuses options that there are not', () => {
    const pool = openPool();
    expectError(() => pool.alloc(1, /** @type {object} */ ({ timeout: 1 })), 'ARGUMENT');
    expectError(() => pool.allocWait(1, /** @type {object} */ ({ signal: 1 })), 'ARGUMENT');
  });
});

describe('the types of allocations', () => {
  it('have names, of all pools or of one', () => {
    expect(MemoryPool.type('TEXTURE', 100)).toBe(100);
    expect(MemoryPool.type('TEXTURE', 100)).toBe(100);
    const pool = openPool({ types: { SOUND: 101 } });
    expect(pool.alloc(1, { type: 'TEXTURE' }).type).toBe(100);
    expect(pool.alloc(1, { type: 'SOUND' }).type).toBe(101);
    expect([1, 100, 101, 102].map((type) => pool.typeName(type))).toEqual([
      'DATA',
      'TEXTURE',
      'SOUND',
      undefined,
    ]);
    expectError(() => openPool().alloc(1, { type: 'SOUND' }), 'NOT_FOUND');
  });

  it('contradict each other never', () => {
    MemoryPool.type('VOXEL', 200);
    expectError(() => MemoryPool.type('VOXEL', 201), 'EXISTS');
    expectError(() => MemoryPool.type('PIXEL', 200), 'EXISTS');
    expectError(() => MemoryPool.type('DATA', 5), 'EXISTS');
    expectError(() => openPool({ types: { VOXEL: 202 } }), 'EXISTS');
    expectError(() => openPool({ types: { A: 203, B: 203 } }), 'EXISTS');
    expect(() => MemoryPool.type('', 204)).toThrow(TypeError);
    expect(() => MemoryPool.type('ZERO', 0)).toThrow(RangeError);
  });
});

describe('opening a memory pool', () => {
  it.each([
    ['no options', undefined, 'CONFIGURATION'],
    ['no bytes', {}, 'CONFIGURATION'],
    ['0 bytes', { bytes: 0 }, 'ARGUMENT'],
    ['too many bytes', { bytes: 2 ** 31 + 1 }, 'ARGUMENT'],
    ['bytes that are no number', { bytes: '1' }, 'TYPE'],
    ['a minBlock that is no power of two', { bytes: 64, minBlock: 24 }, 'ARGUMENT'],
    ['a minBlock that is too small', { bytes: 64, minBlock: 4 }, 'ARGUMENT'],
    ['no allocations', { bytes: 64, maxAllocations: 0 }, 'ARGUMENT'],
    ['a preallocate that is no array', { bytes: 64, preallocate: 8 }, 'TYPE'],
    ['a preallocate with a wrong size', { bytes: 64, preallocate: [-1] }, 'SIZE'],
    ['an onOrphan that is no function', { bytes: 64, onOrphan: 1 }, 'TYPE'],
    ['an option that there is not', { bytes: 64, size: 1 }, 'ARGUMENT'],
    ['more than the heap has', { bytes: 2 ** 30 }, 'OUT_OF_MEMORY'],
  ])('refuses %s, and leaves nothing behind', (_what, options, code) => {
    const heap = openHeap();
    const empty = contentOf(heap);
    expectError(() => heap.memoryPool(undefined, /** @type {MemoryPoolOptions} */ (options)), code);
    expect(contentOf(heap)).toEqual(empty);
    expectSound(heap);
  });

  it('refuses a name that is taken, and allows it again after the end of that pool', () => {
    const heap = openHeap();
    const first = heap.memoryPool('images', { bytes: 1024 });
    expectError(() => heap.memoryPool('images', { bytes: 1024 }), 'EXISTS');
    expect(MemoryPool.attach(heap, 'images')).toBe(first);
    heap.roots.set('images', 1); // another directory
    first.destroy();
    expectError(() => MemoryPool.attach(heap, 'images'), 'NOT_FOUND');
    const second = heap.memoryPool('images', { bytes: 1024 });
    expect(MemoryPool.attach(heap, 'images')).toBe(second);
    expect([...heap.roots.entries()].map(([name]) => name)).toEqual(['images']);
  });

  it('refuses a pool inside another one', () => {
    const pool = openPool();
    const { heap } = pool;
    for (const inside of [pool, pool.alloc(1024)]) {
      const name = /** @type {string} */ (/** @type {unknown} */ (inside));
      expect(() => heap.memoryPool(name, { bytes: 64 })).toThrow(/pools do not nest/);
    }
    expect(pool.size).toBe(1);
  });

  it('refuses names that are no strings, empty, or too long', () => {
    const heap = openHeap();
    expect(() => heap.memoryPool(/** @type {never} */ (5), { bytes: 64 })).toThrow(TypeError);
    expectError(() => heap.memoryPool('', { bytes: 64 }), 'ARGUMENT');
    expectError(() => heap.memoryPool('x'.repeat(256), { bytes: 64 }), 'NAME');
  });
});

describe('attaching to a memory pool', () => {
  it('gives the same pool again, by descriptor, name and bytes', () => {
    const heap = openHeap();
    const pool = heap.memoryPool('by name', { bytes: 1024, types: { MESH: 7 } });
    for (const source of [structuredClone(pool.descriptor), 'by name', pool.serialize()]) {
      expect(MemoryPool.attach(heap, source)).toBe(pool);
    }
  });

  it('works again after detaching, with what was allocated and the names of types', () => {
    const pool = openPool({ types: { MESH: 7 } });
    const { heap } = pool;
    const bytes = pool.serialize();
    const allocation = pool.alloc(10, { type: 'MESH' }).fill(9);
    const { id } = allocation;
    pool.detach();
    expectError(() => allocation.bytes(), 'CLOSED');
    const again = MemoryPool.attach(heap, bytes);
    expect(again === pool).toBe(false);
    expect(again.get(id).bytes()[9]).toBe(9);
    expect([...again.allocations({ type: 'MESH' })].length).toBe(1);
    again.destroy();
  });

  it('is refused after the pool was destroyed, and for what is none', () => {
    const heap = openHeap();
    const pool = heap.memoryPool('gone', { bytes: 1024 });
    const sources = [pool.descriptor, pool.serialize(), 'gone'];
    pool.destroy();
    for (const source of sources) {
      expect(() => MemoryPool.attach(heap, source)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/REGION|STALE|NOT_FOUND/) }),
      );
    }
    heap.memoryPool(undefined, { bytes: 1024 });
    for (const source of sources) {
      expect(() => MemoryPool.attach(heap, source)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/REGION|STALE|NOT_FOUND/) }),
      );
    }
    for (const wrong of [undefined, null, 5, {}, { ...pool, kind: 'qbwasm.memory-pool' }]) {
      expect(() => MemoryPool.attach(heap, /** @type {never} */ (wrong))).toThrow(TypeError);
    }
    expectError(() => MemoryPool.attach(heap, new Uint8Array(5)), 'DESCRIPTOR');
    expect(() => MemoryPool.attach(heap, new TextEncoder().encode('{}'))).toThrow(TypeError);
  });

  it('is refused in another heap, and for a region of another kind', () => {
    const pool = openPool();
    const { descriptor } = pool;
    const other = Heap.create({ maximum: 2 ** 24 });
    try {
      expectError(() => MemoryPool.attach(other, descriptor), 'HEAP');
    } finally {
      other.close();
    }
    const objects = pool.heap.pool(Point, { capacity: 4 });
    const { address, serial } = objects;
    expectError(() => MemoryPool.attach(pool.heap, { ...descriptor, address, serial }), 'REGION');
  });
});

describe('the end of a memory pool', () => {
  it('gives all its memory back, whatever was allocated', () => {
    const heap = openHeap();
    Point.free(new Point()); // from here on the heap has its schema
    const empty = contentOf(heap);
    const pool = heap.memoryPool(undefined, { bytes: 100_000 });
    const { memoryPoolsLive, memoryPoolBytes } = heap.stats();
    expect([memoryPoolsLive, memoryPoolBytes > 100_000]).toEqual([1, true]);
    const allocation = pool.alloc(Point);
    const point = allocation.view();
    pool.alloc(1000);
    pool.destroy();
    expect(contentOf(heap)).toEqual(empty);
    expect([pool.closed, allocation.freed]).toEqual([true, true]);
    for (const run of [
      () => pool.alloc(1),
      () => pool.allocWait(1),
      () => pool.free(0),
      () => pool.get(0),
      () => pool.has(0),
      () => pool.size,
      () => pool.freeBytes,
      () => pool.freeBlocks(),
      () => pool.allocations(),
      () => pool.descriptor,
      () => pool.serialize(),
      () => pool.detach(),
      () => pool.destroy(),
      () => allocation.bytes(),
      () => allocation.view(Point),
      () => allocation.serialize(),
      () => allocation.free(),
    ]) {
      expectError(run, 'CLOSED');
    }
    expect(() => point.x).toThrow();
    pool.dispose();
    expectSound(heap);
  });

  it('is not detach: views end, allocations stay', () => {
    const pool = openPool();
    const { heap, descriptor } = pool;
    const point = pool.alloc(Point).view();
    pool.detach();
    expect(() => point.x).toThrow();
    expectError(() => pool.alloc(1), 'CLOSED');
    expectError(() => pool.detach(), 'CLOSED');
    expect(MemoryPool.attach(heap, descriptor).size).toBe(1);
  });

  it('comes by dispose in the agent that opened it', () => {
    const heap = openHeap();
    heap.memoryPool('disposed', { bytes: 64 })[Symbol.dispose]();
    expectError(() => MemoryPool.attach(heap, 'disposed'), 'NOT_FOUND');
    const pool = heap.memoryPool('kept', { bytes: 64 });
    pool.detach();
    MemoryPool.attach(heap, 'kept').dispose();
    expect(MemoryPool.attach(heap, 'kept').closed).toBe(false);
  });

  it('comes with the heap', async () => {
    const pool = openPool();
    const allocation = pool.alloc(32_768);
    const waiting = pool.allocAsync(1);
    closeHeaps();
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' });
    expectError(() => pool.alloc(1), 'CLOSED');
    expectError(() => allocation.bytes(), 'CLOSED');
  });

  it('is survived by a saved heap: its pools are found by name', () => {
    const heap = openHeap();
    const pool = heap.memoryPool('saved', { bytes: 4096 });
    const { id } = pool.alloc(5).fill(7);
    const loaded = Heap.load(heap.save());
    try {
      const again = MemoryPool.attach(loaded, 'saved');
      expect([...again.get(id).bytes()]).toEqual([7, 7, 7, 7, 7]);
      expect(again.get(id).owner).toBe(0);
      expectSound(loaded);
    } finally {
      loaded.close();
    }
  });
});

describe('waiting for room', () => {
  it('with timeout 0 does not wait, and says that it is not available', async () => {
    const pool = openPool();
    pool.alloc(32_768);
    const { message } = expectError(() => pool.allocWait(10, { timeout: 0 }), 'NO_ROOM');
    expect(message).toContain('10 bytes are not available now');
    await expect(pool.allocAsync(10, { timeout: 0 })).rejects.toMatchObject({ code: 'NO_ROOM' });
  });

  it.each([200, 1200])('ends with a TimeoutError after %i ms, not before', async (timeout) => {
    const pool = openPool();
    pool.alloc(32_768);
    const start = performance.now();
    expect(() => pool.allocWait(10, { timeout })).toThrow(TimeoutError);
    expect(performance.now() - start).toBeGreaterThanOrEqual(timeout);
    const again = performance.now();
    const error = await pool.allocAsync(10, { timeout }).catch((reason) => reason);
    expect(performance.now() - again).toBeGreaterThanOrEqual(timeout - 2); // setTimeout may be early
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toMatch(/10 bytes: none came free in \d+ ms; 0 of its 32768 bytes/);
  });

  it.each([-1, Number.NaN])('refuses the timeout %s', (timeout) => {
    const pool = openPool();
    expectRefusal(() => pool.allocWait(1, { timeout }), RangeError);
    expectRefusal(() => pool.allocAsync(1, { timeout }), RangeError);
    expect(() => pool.allocWait(1, { timeout: /** @type {never} */ ('1') })).toThrow(TypeError);
  });

  it('is served in the order in which they came', async () => {
    const pool = openPool();
    const all = pool.alloc(32_768);
    /** @type {number[]} */
    const order = [];
    const waiting = [20_000, 10, 10_000].map((bytes) =>
      pool.allocAsync(bytes, { timeout: 20_000 }).then((allocation) => {
        order.push(bytes);
        allocation.free();
      }),
    );
    all.free();
    await Promise.all(waiting);
    expect(order).toEqual([20_000, 10, 10_000]);
    expectEmpty(pool);
  });

  it('ends by a signal, and by destroying the pool', async () => {
    const pool = openPool();
    pool.alloc(32_768);
    const abort = new AbortController();
    const aborted = pool.allocAsync(1, { signal: abort.signal });
    const closed = pool.allocAsync(1);
    abort.abort(new Error('no longer needed'));
    await expect(aborted).rejects.toThrow('no longer needed');
    pool.destroy();
    await expect(closed).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('is refused alone when its id is taken meanwhile', async () => {
    const pool = openPool();
    const all = pool.alloc(32_768);
    const both = [1, 1, 2].map((id) => pool.allocAsync(10, { id, timeout: 20_000 }));
    all.free();
    const [first, second, third] = await Promise.allSettled(both);
    expect([first.status, second.status, third.status]).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(pool.size).toBe(2);
  });
});

describe('structs in a memory pool', () => {
  class Body extends struct('Body', { x: t.f64, name: t.string, next: t.ref('Body') }) {}

  it('are zeroed views in place', () => {
    const pool = openPool();
    pool.alloc(64).fill(255).free();
    const allocation = pool.alloc(Body, { id: 5 });
    const body = allocation.view();
    expect([body.x, body.name, body.next]).toEqual([0, '', null]);
    body.x = 1.5;
    body.name = 'abc';
    expect(pool.get('DATA', 5).view(Body).x).toBe(1.5);
    const other = pool.alloc(Body).view();
    other.next = body;
    expect(other.next?.name).toBe('abc');
    expect(allocation.length).toBe(Body.bytes);
    allocation.free();
    expectError(() => body.x, 'FREED');
    expectError(() => allocation.view(), 'FREED');
  });

  it('hold no values that would stand beside them', () => {
    const body = openPool().alloc(Body).view();
    expectError(() => {
      body.name = 'a longer name';
    }, 'OWNER');
    expect(body.name).toBe('');
  });

  it('need an allocation that is long enough, aligned, and a class', () => {
    const pool = openPool();
    expectError(() => pool.alloc(8).view(Item), 'SIZE');
    expectError(() => pool.alloc(100).clone(1).view(Point), 'ADDRESS');
    expect(() => pool.alloc(100).view()).toThrow(TypeError);
    class Plain {}
    expect(() => pool.alloc(/** @type {never} */ (Plain))).toThrow(TypeError);
  });
});
