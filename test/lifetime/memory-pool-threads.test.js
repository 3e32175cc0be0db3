/**
 * Memory pools that several threads use, and what becomes of them when a thread dies.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { Allocation, MemoryPool } from '../../js/index.js';
import { expectError } from '../support/heap.js';
import {
  expectEmpty,
  expectWhole,
  keep,
  openMemory,
  startOnMemory,
  until,
} from '../support/memory.js';
import { testSeed } from '../support/random.js';
import { closeHeaps, openHeap } from '../support/struct.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

afterEach(async () => {
  await stopWorkers();
  closeHeaps();
});

const rest = (milliseconds = 30) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a memory pool that several threads use', () => {
  it('is attached and written by a worker, and main sees it', async () => {
    const pool = openMemory();
    const [worker] = await startOnMemory(1, pool);
    const allocation = pool.alloc(100).fill(0);
    await worker.call('write', allocation.id, 99, 77);
    expect(allocation.bytes()[99]).toBe(77);
    const id = await worker.call('allocate', 50, { id: 6 });
    pool.get(id).bytes()[0] = 5;
    expect(await worker.call('peek', id, 0)).toBe(5);
    expect(pool.get('DATA', 6).id).toBe(id);
    expect(pool.get(id).owner).not.toBe(pool.heap.thread.number);
    expect(await worker.call('freeId', allocation.id)).toBe('OK');
    expectError(() => allocation.bytes(), 'FREED');
    expectError(() => allocation.free(), 'DOUBLE_FREE');
    pool.free(id);
    expectEmpty(pool);
  });

  it('is found by its name', async () => {
    const heap = openHeap();
    const pool = heap.memoryPool('by name', { bytes: 1024 });
    const owner = heap.owner();
    const data = { heap: heap.descriptor, pool: 'by name', owner: owner.descriptor };
    const [worker] = await startWorkers(1, data, 'memory.worker.js');
    keep(owner);
    const id = await worker.call('allocate', 10);
    expect(pool.has(id)).toBe(true);
  });

  it('serves 10 blocked workers when memory is freed', async () => {
    const pool = openMemory();
    const all = pool.alloc(32_768);
    const workers = await startOnMemory(10, pool);
    const waiting = workers.map((worker) => worker.call('allocWait', 2048));
    await rest();
    expect(pool.size).toBe(1);
    all.free();
    expect(await Promise.all(waiting)).toEqual(Array(10).fill('OK'));
    expect(pool.size).toBe(10);
    await Promise.all(workers.map((worker) => worker.call('dropAll')));
    expectEmpty(pool);
  });

  it('serves blocked workers one after the other when there is room for one alone', async () => {
    const pool = openMemory({ bytes: 1024 });
    const all = pool.alloc(1024);
    const workers = await startOnMemory(4, pool);
    const waiting = workers.map(async (worker) => {
      const code = await worker.call('allocWait', 1024);
      await worker.call('dropAll');
      return code;
    });
    all.free();
    expect(await Promise.all(waiting)).toEqual(['OK', 'OK', 'OK', 'OK']);
    expectEmpty(pool);
  });

  it.each([
    ['plain', false, 'FULL'],
    ['waiting', true, 'TIMEOUT'],
  ])('gives exactly maxAllocations when threads race for it (%s)', async (_name, waits, code) => {
    const pool = openMemory({ maxAllocations: 10 });
    const workers = await startOnMemory(4, pool);
    const gate = pool.heap.calloc(4);
    pool.heap.memory.root.u32[gate >>> 2] = workers.length;
    const codes = (
      await Promise.all(workers.map((worker) => worker.call('raceFor', 5, gate, waits)))
    ).flat();
    expect(codes.filter((one) => one === 'OK').length).toBe(10);
    expect(codes.filter((one) => one === code).length).toBe(10);
    expect(pool.size).toBe(10);
    await Promise.all(workers.map((worker) => worker.call('dropAll')));
    expectEmpty(pool);
  });

  it('gives no byte to two threads at a time', async () => {
    const seed = testSeed('churn of memory');
    const pool = openMemory({ maxAllocations: 30 });
    const workers = await startOnMemory(4, pool);
    await Promise.all(workers.map((worker, i) => worker.call('churnMemory', seed + i, 3000)));
    expectEmpty(pool);
    expect(pool.freeBlocks()).toEqual(new Map([[32_768, 1]]));
    expect(pool.peakAllocations).toBeLessThanOrEqual(30);
  });

  it('ends for all when one destroys it, and wakes who waits', async () => {
    const pool = openMemory();
    const allocation = pool.alloc(32_768);
    const [blocked, other] = await startOnMemory(2, pool);
    const waiting = blocked.call('allocWait', 10);
    const here = pool.allocAsync(10, { timeout: 20_000 }).catch(({ code }) => code);
    await rest();
    expect(await other.call('destroyMemory')).toBe('OK');
    expect(await waiting).toBe('CLOSED');
    expect(await here).toBe('CLOSED');
    expectError(() => allocation.bytes(), 'CLOSED');
    expectError(() => pool.alloc(1), 'CLOSED');
    pool.detach();
    expect(await blocked.call('detachMemory')).toBe('OK');
  });

  it('stays when the agent that opened it detaches', async () => {
    const pool = openMemory();
    const [worker] = await startOnMemory(1, pool);
    const source = pool.serialize();
    const id = await worker.call('allocate', 10);
    pool.detach();
    await worker.call('write', id, 0, 3);
    expect(MemoryPool.attach(pool.heap, source).get(id).bytes()[0]).toBe(3);
  });

  it('serves main and a worker that wait for each other', async () => {
    const pool = openMemory({ bytes: 1024 });
    const [worker] = await startOnMemory(1, pool);
    for (let round = 0; round < 20; round++) {
      await worker.call('allocate', 1024);
      const mine = pool.allocAsync(1024, { timeout: 20_000 });
      await worker.call('dropAll');
      const allocation = await mine;
      const theirs = worker.call('allocWait', 1024, 20_000);
      allocation.free();
      expect(await theirs).toBe('OK');
      await worker.call('dropAll');
    }
    expectEmpty(pool);
  });
});

describe('a thread that dies', () => {
  it('while it waits: the others go on, and nothing is given to it', async () => {
    const pool = openMemory();
    const all = pool.alloc(32_768);
    const [dying, blocked] = await startOnMemory(2, pool);
    dying.call('allocWait', 10).catch(() => {});
    const waiting = blocked.call('allocWait', 32_768);
    await rest();
    await dying.terminate();
    all.free();
    expect(await waiting).toBe('OK');
    await blocked.call('dropAll');
    expectEmpty(pool);
  });

  it('while it holds allocations: they are freed, and who waits gets the room', async () => {
    const pool = openMemory();
    const [dying, blocked] = await startOnMemory(2, pool);
    const id = await dying.call('allocate', 32_768);
    const waiting = blocked.call('allocWait', 32_768);
    await rest();
    await dying.terminate();
    expect(await waiting).toBe('OK');
    expectError(() => pool.get(id), 'STALE');
    await blocked.call('dropAll');
    expectEmpty(pool);
  });

  it('leaves what it shared', async () => {
    const pool = openMemory();
    const [dying] = await startOnMemory(1, pool);
    const ids = [await dying.call('allocate', 10), await dying.call('allocate', 10)];
    pool.get(ids[0]).share();
    await dying.terminate();
    await until(() => pool.size === 1);
    expect(pool.get(ids[0]).owner).toBe(0);
    expectWhole(pool);
  });

  it("leaves all to nobody by the policy 'keep'", async () => {
    const pool = openMemory();
    const { heap } = pool;
    const owner = heap.owner();
    const data = { heap: heap.descriptor, pool: pool.descriptor, owner: owner.descriptor };
    const [dying] = await startWorkers(1, data, 'memory.worker.js');
    keep(owner);
    heap.watch(dying.worker, { policy: 'keep' });
    const id = await dying.call('allocate', 10);
    await dying.terminate();
    await until(() => pool.get(id).owner === 0);
    expectWhole(pool);
  });

  it('has its allocations listed, and freed, kept or handed over as onOrphan says', async () => {
    /** @type {{ id: number, length: number, owner: number }[]} */
    const listed = [];
    const answers = /** @type {const} */ (['own', 'keep', 'free', undefined]);
    const pool = openMemory({
      onOrphan({ id, length, owner }) {
        listed.push({ id, length, owner });
        return answers[listed.length - 1];
      },
    });
    const [dying, other] = await startOnMemory(2, pool);
    const mine = pool.alloc(1);
    const theirs = await other.call('allocate', 2);
    const ids = [];
    for (const length of [10, 20, 30, 40]) ids.push(await dying.call('allocate', length));
    const { number } = await dying.call('thread');
    expect([...pool.allocations({ owner: number })].map(({ id }) => id)).toEqual(ids);
    await dying.terminate();
    await until(() => listed.length === 4 && pool.size === 4);
    expect(listed).toEqual(ids.map((id, i) => ({ id, length: 10 * (i + 1), owner: number })));
    expect(pool.get(ids[0]).owner).toBe(pool.heap.thread.number);
    expect(pool.get(ids[1]).owner).toBe(0);
    expect(ids.map((id) => pool.has(id))).toEqual([true, true, false, false]);
    expect([mine.freed, pool.has(theirs)]).toEqual([false, true]);
    expect(pool.peakAllocations).toBe(6);
    expectWhole(pool);
  });

  it('counts no more in the peak', async () => {
    const pool = openMemory();
    for (let round = 0; round < 3; round++) {
      const [dying] = await startOnMemory(1, pool);
      for (let i = 0; i < 4; i++) await dying.call('allocate', 10);
      await dying.terminate();
      await until(() => pool.size === 0);
    }
    expect(pool.peakAllocations).toBe(4);
  });

  it('inside alloc or free: whenever it is, the pool is whole, and all of it comes back', async () => {
    const seed = testSeed('death in alloc');
    const pool = openMemory({ maxAllocations: 64 });
    const [survivor] = await startOnMemory(1, pool);
    for (let round = 0; round < 8; round++) {
      const [dying] = await startOnMemory(1, pool);
      dying.call('churnForever', seed + 100 * round).catch(() => {});
      await survivor.call('churnMemory', seed + round, 2000);
      await dying.terminate();
      await survivor.call('churnMemory', seed + round, 500);
      await until(() => pool.size === 0);
      expectEmpty(pool);
    }
    expect(pool.alloc(32_768).length).toBe(32_768);
  });
});

describe('an id', () => {
  it('names the same allocation in every thread, by descriptor and bytes', async () => {
    const pool = openMemory();
    const [worker] = await startOnMemory(1, pool);
    const id = await worker.call('allocate', 10);
    const bytes = pool.get(id).serialize();
    expect(Allocation.attach(pool.heap, bytes).id).toBe(id);
    await worker.call('freeId', id);
    await worker.call('allocate', 10);
    expectError(() => Allocation.attach(pool.heap, bytes), 'STALE');
    expect(await worker.call('freeId', id)).toBe('STALE');
  });
});
