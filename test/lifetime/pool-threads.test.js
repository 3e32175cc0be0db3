/**
 * Pools that several threads use, and what becomes of them when a thread dies.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { Pool } from '../../js/index.js';
import { expectError, expectSound } from '../support/heap.js';
import { Item, Other } from '../support/pools.js';
import { testSeed } from '../support/random.js';
import { closeHeaps, openHeap } from '../support/struct.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

afterEach(async () => {
  await stopWorkers();
  closeHeaps();
});

const FILE = 'pool.worker.js';

/** @param {Partial<import('../../js/lifetime/pool-options.js').PoolOptions<Item>>} options */
function openPool(options) {
  return openHeap().pool(Item, { capacity: 10, ...options });
}

/**
 * @param {Pool<Item>} pool
 * @param {number} count
 */
async function startOn(pool, count) {
  const workers = await startWorkers(
    count,
    { heap: pool.heap.descriptor, pool: pool.descriptor },
    FILE,
  );
  for (const { worker } of workers) pool.heap.watch(worker);
  return workers;
}

/** @param {Pool<Item>} pool @param {() => boolean} condition */
async function until(pool, condition) {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((r) => setTimeout(r, 10));
  expect(condition()).toBe(true);
  expectSound(pool.heap);
}

describe('a pool shared by threads', () => {
  it('serves 10 threads with 10 objects each out of 100, and has 100 at the end', async () => {
    const pool = openPool({ capacity: 100 });
    const workers = await startOn(pool, 10);
    const taken = await Promise.all(workers.map((worker) => worker.call('take', 10)));
    expect(new Set(taken.flat()).size).toBe(100);
    expectError(() => pool.acquire(), 'EMPTY');
    await Promise.all(workers.map((worker) => worker.call('drop')));
    expect(pool.stats.available).toBe(100);
    expect(pool.acquireMany(100).length).toBe(100);
  });

  it.each([
    ['fixed', { capacity: 40 }],
    ['growing', { capacity: 4, growth: /** @type {const} */ ({ by: 3, max: 40 }) }],
  ])('has exactly its capacity when threads race for it (%s)', async (_name, options) => {
    const pool = openPool(options);
    const gate = pool.heap.calloc(4);
    const workers = await startOn(pool, 4);
    for (let round = 0; round < 5; round++) {
      pool.heap.memory.root.u32[gate >>> 2] = workers.length;
      const taken = await Promise.all(workers.map((worker) => worker.call('race', 100, gate)));
      expect(new Set(taken.flat()).size).toBe(40);
      expect(taken.flat().length).toBe(40);
      await Promise.all(workers.map((worker) => worker.call('drop')));
      expect(pool.inUse).toBe(0);
    }
  });

  it('gives an object to one thread at a time', async () => {
    const pool = openPool({ capacity: 2 });
    const workers = await startOn(pool, 4);
    await Promise.all(workers.map((worker) => worker.call('churn', 2000)));
    expect(pool.inUse).toBe(0);
    expectSound(pool.heap);
  });

  it('follows random histories of several threads', async () => {
    const seed = testSeed('histories of threads');
    const pool = openPool({ capacity: 3, growth: { by: 2, max: 9 }, stats: true });
    const workers = await startOn(pool, 3);
    for (let round = 0; round < 4; round++) {
      const results = await Promise.all(
        workers.map((worker, i) => worker.call('history', seed + 10 * round + i, 3000, 5)),
      );
      const held = results.reduce((sum, result) => sum + result.held, 0);
      expect(pool.inUse).toBe(held);
      expect(held).toBeLessThanOrEqual(9);
      const rest = pool.acquireMany(9 - held);
      expectError(() => pool.acquire(), 'EMPTY');
      pool.releaseMany(rest);
    }
    expect(pool.stats.peakInUse).toBeLessThanOrEqual(9);
    expectSound(pool.heap);
  });

  it('shows the same object to the thread that gets a handle', async () => {
    const pool = openPool({});
    const [worker] = await startOn(pool, 1);
    const item = pool.acquire();
    item.id = 123;
    const handle = pool.handle(item);
    expect(await worker.call('readHandle', handle)).toBe(123);
    expect(pool.isCurrent(item)).toBe(true);
    expect(await worker.call('releaseHandle', handle)).toBe('OK');
    expect(pool.isCurrent(item)).toBe(false);
    expect(await worker.call('releaseHandle', handle)).toBe('STALE');
    expectError(() => pool.release(item), 'RELEASED');
    const again = pool.acquire();
    const other = await worker.call('takeAndWrite', 'written over there');
    expect(pool.at(other).text).toBe('written over there');
    pool.release(again);
    expect(pool.inUse).toBe(1);
  });

  it('tells when another thread released an object that is in use again', async () => {
    const pool = openPool({ capacity: 1 });
    const [worker] = await startOn(pool, 1);
    const item = pool.acquire();
    await worker.call('releaseHandle', pool.handle(item));
    await worker.call('take', 1);
    expectError(() => pool.release(item), 'STALE');
    expect(pool.inUse).toBe(1);
  });

  it('takes back what a dead thread had acquired, texts included', async () => {
    const pool = openPool({ capacity: 4, stats: true });
    const { blocksLive } = pool.heap.stats();
    const [worker, other] = await startOn(pool, 2);
    const handle = await worker.call('takeAndWrite', 'a text of a thread that dies soon');
    await worker.call('take', 3);
    expect(await other.call('acquire')).toBe('EMPTY');
    await worker.terminate();
    await until(pool, () => pool.inUse === 0);
    expectError(() => pool.at(handle), 'STALE');
    const items = pool.acquireMany(4);
    expect(items.map(({ text }) => text)).toEqual(['', '', '', '']);
    expect(pool.stats.peakInUse).toBe(4);
    expect(pool.heap.stats().blocksLive).toBe(blocksLive);
  });

  it('clears texts of a dead thread also when the reaper does not use the pool', async () => {
    const pool = openPool({ capacity: 1 });
    const { heap, descriptor } = pool;
    const { blocksLive } = heap.stats();
    const [worker] = await startOn(pool, 1);
    await worker.call('takeAndWrite', 'a text of a thread that dies soon');
    pool.detach();
    await worker.terminate();
    const again = /** @type {Pool<Item>} */ (Pool.attach(heap, descriptor));
    await until(again, () => again.inUse === 0);
    expect(again.acquire().text).toBe('');
    expect(heap.stats().blocksLive).toBe(blocksLive);
  });

  it('asks onOrphan about each object first', async () => {
    /** @type {number[]} */
    const orphans = [];
    const answers = /** @type {const} */ (['own', 'keep', undefined]);
    const pool = openPool({
      capacity: 3,
      onOrphan(item, handle) {
        expect(pool.at(handle)).toBe(item);
        orphans.push(handle);
        return answers[orphans.length - 1];
      },
    });
    const [worker] = await startOn(pool, 1);
    await worker.call('takeAndWrite', 'the first text of the thread');
    await worker.call('take', 2);
    await worker.terminate();
    await until(pool, () => pool.inUse === 2);
    expect(orphans.length).toBe(3);
    expect(pool.at(orphans[0]).text).toBe('the first text of the thread');
    pool.release(pool.at(orphans[0]));
    pool.release(pool.at(orphans[1]));
    expectError(() => pool.at(orphans[2]), 'STALE');
    expect(pool.inUse).toBe(0);
  });

  it('runs reset on what a dead thread left', async () => {
    const pool = openPool({
      capacity: 1,
      reset: (item) => {
        item.id = 0;
      },
    });
    const [worker] = await startOn(pool, 1);
    await worker.call('takeAndWrite', 'x');
    await worker.terminate();
    await until(pool, () => pool.inUse === 0);
    expect(pool.acquire().id).toBe(0);
  });

  it('wakes who waits: by a release, by a death, by closing', async () => {
    const pool = openPool({ capacity: 1 });
    const [blocked, holder] = await startOn(pool, 2);
    const item = pool.acquire();
    const woken = blocked.call('wait', 20_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    pool.release(item);
    expect(await woken).toBe('OK');
    await blocked.call('drop');

    await holder.call('take', 1);
    const afterDeath = blocked.call('wait', 20_000);
    await holder.terminate();
    expect(await afterDeath).toBe('OK');
    const here = pool.acquireAsync({ timeout: 20_000 });
    await blocked.terminate();
    pool.release(await here);

    const [next] = await startOn(pool, 1);
    const last = pool.acquireAsync({ timeout: 20_000 });
    const taken = await last;
    const atClose = next.call('wait', 20_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
    pool.close();
    expect(await atClose).toBe('CLOSED');
    pool.release(taken);
  });

  it('serves 50 tasks of several threads with 10 objects', async () => {
    const pool = openPool({ capacity: 10 });
    const workers = await startOn(pool, 2);
    const own = Promise.all(
      Array.from({ length: 10 }, async () => {
        const item = await pool.acquireAsync({ timeout: 20_000 });
        await new Promise((resolve) => setTimeout(resolve, 1));
        pool.release(item);
      }),
    );
    const served = await Promise.all(workers.map((worker) => worker.call('tasks', 20, 1)));
    await own;
    expect(served).toEqual([20, 20]);
    expect(pool.stats.available).toBe(10);
  });

  it('goes on when the thread that opened it detaches, and ends with the last one', async () => {
    const pool = openPool({ capacity: 3 });
    const { heap } = pool;
    const [worker] = await startOn(pool, 1);
    await worker.call('take', 2);
    pool.detach();
    expect(heap.stats().poolsLive).toBe(1);
    await worker.call('take', 1);
    expect(await worker.call('close')).toBe('OK');
    expect(heap.stats().poolsLive).toBe(1);
    await worker.call('drop');
    expect(heap.stats().poolsLive).toBe(0);
    expectSound(heap);
  });

  it('is closed for all by one, and stays while another one holds objects', async () => {
    const pool = openPool({ capacity: 3 });
    const { heap, descriptor } = pool;
    const [worker] = await startOn(pool, 1);
    const item = pool.acquire();
    await worker.call('take', 1);
    expect(await worker.call('close')).toBe('OK');
    expectError(() => pool.acquire(), 'CLOSED');
    item.id = 4;
    expect(item.id).toBe(4);
    await worker.call('drop');
    expect(heap.stats().poolsLive).toBe(1);
    pool.release(item);
    expect(heap.stats().poolsLive).toBe(0);
    expectError(() => Pool.attach(heap, descriptor), 'REGION');
  });

  it('refuses to attach to what does not fit', () => {
    const pool = openPool({});
    const { heap, descriptor } = pool;
    expect(Pool.attach(heap, descriptor)).toBe(pool);
    expectError(() => Pool.attach(openHeap(), descriptor), 'HEAP');
    expectError(() => Pool.attach(heap, /** @type {never} */ ({})), 'TYPE');
    pool.detach();
    expectError(() => Pool.attach(heap, descriptor, { type: Other }), 'TYPE');
    expectError(() => Pool.attach(heap, { ...descriptor, type: 'Nobody' }), 'NOT_FOUND');
    expectError(() => Pool.attach(heap, { ...descriptor, serial: 12345 }), 'STALE');
    const again = Pool.attach(heap, descriptor, { type: Item });
    again.close();
    expect(heap.stats().poolsLive).toBe(0);
  });
});

describe('pools of one thread each', () => {
  it('gives 3 threads 5 objects each, 15 in all', async () => {
    const heap = openHeap();
    const workers = await startWorkers(3, { heap: heap.descriptor }, FILE);
    const taken = await Promise.all(workers.map((worker) => worker.call('take', 6)));
    expect(taken.map(({ length }) => length)).toEqual([5, 5, 5]);
    expect(new Set(taken.flat()).size).toBe(15);
    expect(heap.stats().poolsLive).toBe(3);
  });

  it('ends with its thread', async () => {
    const heap = openHeap();
    const [worker] = await startWorkers(1, { heap: heap.descriptor }, FILE);
    await worker.call('takeAndWrite', 'a text of a thread that dies soon');
    await worker.terminate();
    const thread = heap.threads().find(({ self }) => !self);
    /** @type {string[]} */
    const kinds = [];
    heap.reap(thread ?? 0, {
      onOrphan: ({ kind }) => {
        kinds.push(kind);
        return 'free';
      },
    });
    expect(kinds.toSorted()).toEqual(['block', 'pool']);
    expect(heap.stats().poolsLive).toBe(0);
    expectSound(heap);
  });
});
