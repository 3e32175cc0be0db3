/**
 * Pools found by the name of a root, and pools in a heap that was saved and loaded.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { Heap, Pool } from '../../js/index.js';
import { expectError, expectSound } from '../support/heap.js';
import { Item, Other } from '../support/pools.js';
import { closeHeaps, openHeap } from '../support/struct.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

/** @type {Heap | undefined} */
let loaded;

afterEach(async () => {
  await stopWorkers();
  loaded?.close();
  loaded = undefined;
  closeHeaps();
});

const FILE = 'pool.worker.js';

/** @param {Partial<import('../../js/lifetime/pool-options.js').PoolOptions<Item>>} [options] */
function publish(options) {
  const heap = openHeap();
  const pool = heap.pool(Item, { capacity: 4, ...options });
  heap.roots.set('items', pool.address);
  return pool;
}

describe('a pool that is published as a root', () => {
  it('is found by its name, in this agent and in others', async () => {
    const pool = publish();
    expect(Pool.attach(pool.heap, 'items') === pool).toBe(true);
    const [worker] = await startWorkers(1, { heap: pool.heap.descriptor, pool: 'items' }, FILE);
    const handle = await worker.call('takeAndWrite', 'found by its name');
    expect(/** @type {Item} */ (pool.at(handle)).text).toBe('found by its name');
    pool.detach();
    expect((await worker.call('take', 3)).length).toBe(4);
    const again = /** @type {Pool<Item>} */ (Pool.attach(pool.heap, 'items', { type: Item }));
    expect([again.type === Item, again.inUse]).toEqual([true, 4]);
    expectError(() => again.acquire(), 'EMPTY');
    await worker.call('drop');
    expect(again.acquireMany(4).length).toBe(4);
  });

  it('is refused under a wrong name, and when something else stands there', () => {
    const pool = publish();
    const { heap } = pool;
    expectError(() => Pool.attach(heap, 'item'), 'NOT_FOUND');
    expectError(() => Pool.attach(heap, ''), 'NAME');
    const arena = heap.arena(Item);
    const own = heap.pool(Item, { capacity: 1, sharing: 'thread' });
    heap.roots.set('arena', arena.descriptor.address);
    heap.roots.set('block', heap.alloc(100));
    heap.roots.set('span', heap.alloc(100_000));
    heap.roots.set('number', 4096 * 3);
    heap.roots.set('odd', pool.address + 16);
    heap.roots.set('beyond', 2 ** 32 - 4096);
    for (const name of ['arena', 'block', 'span', 'number', 'odd', 'beyond']) {
      expectError(() => Pool.attach(heap, name), 'REGION');
    }
    heap.roots.set('own', own.address);
    expectError(() => Pool.attach(heap, 'own'), 'CONFIGURATION');
    pool.detach();
    expectError(() => Pool.attach(heap, 'items', { type: Other }), 'TYPE');
    const again = Pool.attach(heap, 'items');
    again.close();
    expectError(() => Pool.attach(heap, 'items'), 'REGION');
    arena.close();
    expectSound(heap);
  });
});

describe('a pool in a heap that was saved and loaded', () => {
  it('is there with its objects, which belong to nobody, and with its handles', () => {
    const pool = publish({ growth: { by: 4, max: 12 } });
    const items = pool.acquireMany(6);
    items.forEach((item, i) => {
      item.id = i;
      item.text = `the text of item number ${i}`;
    });
    items[1].next = items[5];
    pool.release(items[0]);
    const [handle, stale] = [pool.handle(items[1]), pool.handle(items[2])];
    pool.release(items[2]);
    const { descriptor } = pool;
    const bytes = pool.heap.save();
    closeHeaps();

    const heap = Heap.load(bytes);
    loaded = heap;
    expectError(() => Pool.attach(heap, descriptor), 'HEAP');
    const again = /** @type {Pool<Item>} */ (Pool.attach(heap, 'items'));
    expect([again.capacity, again.inUse]).toEqual([8, 4]);
    const item = again.at(handle);
    expect([item.id, item.text, item.next?.id]).toEqual([1, 'the text of item number 1', 5]);
    expectError(() => again.at(stale), 'STALE');
    expect([...again.cursor()].length).toBe(4);
    expect(again.acquireMany(8).every(({ text }) => text === '')).toBe(true);
    expectError(() => again.acquire(), 'EMPTY');
    again.release(item);
    expect(again.acquire().text).toBe('');
    expectSound(heap);
  });

  it('goes on being shared, grows, and gives all back when it is closed', async () => {
    const pool = publish({ growth: { factor: 2, max: 64 } });
    pool.acquire().text = 'a text that stands beside its slot';
    const bytes = pool.heap.save();
    const heap = Heap.load(bytes);
    loaded = heap;
    const again = /** @type {Pool<Item>} */ (Pool.attach(heap, 'items'));
    const [worker] = await startWorkers(1, { heap: heap.descriptor, pool: 'items' }, FILE);
    expect((await worker.call('take', 100)).length).toBe(63);
    expect(again.capacity).toBe(64);
    expectError(() => again.acquire(), 'EMPTY');
    await worker.call('drop');
    const cursor = again.cursor();
    expect(cursor.next()).toBe(true);
    again.release(again.at(cursor.handle));
    expectError(() => cursor.handle, 'RELEASED');
    await worker.call('detachPool');
    again.close();
    expect(heap.stats().poolsLive).toBe(0);
    expectSound(heap);
    expect(pool.inUse).toBe(1);
  });
});
