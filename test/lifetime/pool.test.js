/**
 * Pools of structs in one thread, both kinds alike.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { struct, t } from '../../js/index.js';
import { expectError, expectSound } from '../support/heap.js';
import { Item, Other } from '../support/pools.js';
import { testSeed } from '../support/random.js';
import { closeHeaps, openHeap } from '../support/struct.js';

afterEach(closeHeaps);

/** @typedef {import('../../js/lifetime/pool-options.js').PoolOptions<Item>} Options */

const KINDS = /** @type {const} */ (['shared', 'thread']);

describe.each(KINDS)('a pool of structs, sharing %s', (sharing) => {
  /** @param {Partial<Options>} [options] */
  const openPool = (options) => openHeap().pool(Item, { capacity: 2, sharing, ...options });

  it('hands out its capacity, then says EMPTY, then the slot released last', () => {
    const pool = openPool();
    const first = pool.acquire();
    const second = pool.acquire();
    expect(second.address).not.toBe(first.address);
    expectError(() => pool.acquire(), 'EMPTY');
    const { address } = second;
    pool.release(second);
    expect(pool.acquire().address).toBe(address);
    expect(pool.inUse).toBe(2);
  });

  it('refuses a double release, also after others were released', () => {
    const pool = openPool();
    const [first, second] = pool.acquireMany(2);
    pool.release(first);
    expectError(() => pool.release(first), 'RELEASED');
    pool.release(second);
    expectError(() => pool.release(first), 'RELEASED');
    expect(pool.stats.available).toBe(2);
  });

  it('refuses what is not of this pool', () => {
    const pool = openPool();
    const other = pool.heap.pool(Item, { capacity: 1, sharing });
    const foreign = /** @type {never[]} */ ([
      new Item(),
      new Other(),
      other.acquire(),
      {},
      null,
      undefined,
      7,
      { address: pool.acquire().address, m: null },
    ]);
    for (const object of foreign) expectError(() => pool.release(object), 'TYPE');
    expect(pool.inUse).toBe(1);
  });

  it('refuses to acquire after it was closed, and its views when they are released', () => {
    const pool = openPool();
    const item = pool.acquire();
    item.id = 5;
    pool.close();
    expectError(() => pool.acquire(), 'CLOSED');
    expectError(() => pool.close(), 'CLOSED');
    pool.dispose();
    expect(item.id).toBe(5);
    pool.release(item);
    expectError(() => item.id, 'RELEASED');
    expectError(() => pool.release(item), 'CLOSED');
    expectError(() => pool.cursor(), 'CLOSED');
    expect(pool.inUse).toBe(0);
    expect(pool.capacity).toBe(2);
  });

  it('gives all of its memory back when it is closed', () => {
    const heap = openHeap();
    heap.schemas.add(Item); // what a first use stores stays
    const before = heap.stats();
    const pool = heap.pool(Item, { capacity: 3000, growth: { factor: 2 }, sharing });
    const items = pool.acquireMany(10_000);
    for (const item of items) item.text = 'longer than three characters';
    expect(heap.stats().poolsLive).toBe(1);
    pool.close();
    pool.releaseMany(items);
    const after = heap.stats();
    expect([after.poolsLive, after.liveBytes, after.blocksLive]).toEqual([
      0,
      before.liveBytes,
      before.blocksLive,
    ]);
    expectSound(heap);
  });

  it('has views of the one hidden class that all views of the type have', () => {
    setFlagsFromString('--allow-natives-syntax');
    const sameMap = new Function('a', 'b', 'return %HaveSameMap(a, b)');
    const heap = openHeap();
    const made = new Item();
    const pool = heap.pool(Item, { capacity: 2, sharing });
    const [first, second] = [pool.acquire(), pool.acquire()];
    pool.release(second);
    const arena = heap.arena(Item);
    const inArena = new Item();
    for (const view of [Item.at(heap, made.address), first, second, pool.cursor().view, inArena]) {
      expect(sameMap(made, view)).toBe(true);
    }
    arena.close();
  });

  it('lets nobody read a released view', () => {
    const pool = openPool();
    const item = pool.acquire();
    pool.release(item);
    expectError(() => item.id, 'RELEASED');
    expectError(() => {
      item.id = 1;
    }, 'RELEASED');
    expectError(() => item.text, 'RELEASED');
  });

  it('releases on exception', () => {
    const pool = openPool();
    expect(() =>
      pool.with(() => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(pool.inUse).toBe(0);
    expect(pool.acquireMany(2).length).toBe(2);
  });

  it('releases on return and when a promise settles', async () => {
    const pool = openPool();
    expect(pool.with((item) => item.address)).toBeGreaterThan(0);
    expect(pool.with((item) => pool.release(item))).toBe(undefined);
    const later = pool.with(async () => {
      await null;
      throw new Error('later');
    });
    expect(pool.inUse).toBe(1);
    await expect(later).rejects.toThrow('later');
    expect(pool.inUse).toBe(0);
  });

  it('gives a lease back once', () => {
    const pool = openPool();
    const lease = pool.allocate();
    lease.value.id = 3;
    expect(lease.released).toBe(false);
    lease.dispose();
    lease.dispose();
    expect(lease.released).toBe(true);
    expectError(() => lease.release(), 'RELEASED');
    const again = pool.allocate();
    lease[Symbol.dispose](); // of the same slot, and of an earlier use
    expect(pool.inUse).toBe(1);
    again.release();
  });

  it('grows by steps of a fixed size up to its maximum', () => {
    const pool = openPool({ capacity: 5, growth: { by: 5, max: 10 } });
    const items = pool.acquireMany(5);
    expect(pool.capacity).toBe(5);
    items.push(pool.acquire());
    expect(pool.capacity).toBe(10);
    items.push(...pool.acquireMany(4));
    expectError(() => pool.acquire(), 'EMPTY');
    expect(new Set(items.map(({ address }) => address)).size).toBe(10);
    expect(pool.stats.growthEvents).toBe(1);
    pool.releaseMany(items);
    expect(pool.stats.available).toBe(10);
    expect(pool.acquireMany(10).length).toBe(10);
  });

  it('grows by a factor', () => {
    const pool = openPool({ capacity: 5, growth: { factor: 2 } });
    const items = pool.acquireMany(6);
    expect(pool.capacity).toBe(10);
    items.push(...pool.acquireMany(100));
    expect(pool.capacity).toBe(160);
    items.forEach((item, i) => {
      item.id = i;
    });
    expect(items.every((item, i) => item.id === i)).toBe(true);
    pool.releaseMany(items);
    expect(pool.inUse).toBe(0);
  });

  it('takes all of a batch or nothing', () => {
    const pool = openPool({ capacity: 4 });
    expectError(() => pool.acquireMany(5), 'EMPTY');
    expect(pool.inUse).toBe(0);
    const items = pool.acquireMany(4);
    expectError(() => pool.releaseMany([items[0], items[0], items[1]]), 'RELEASED');
    expect(pool.inUse).toBe(2);
    expectError(() => pool.acquireMany(-1), 'ARGUMENT');
    expect(pool.acquireMany(0)).toEqual([]);
  });

  it('makes its objects at once, or at their first use', () => {
    /** @type {number[]} */
    const made = [];
    const factory = (/** @type {Item} */ item) => {
      item.id = 42;
      made.push(item.address);
    };
    const eager = openPool({ capacity: 3, init: 'eager', factory });
    expect(made.length).toBe(3);
    expect(eager.acquire().id).toBe(42);
    expect(made.length).toBe(3);
    const lazy = openPool({ capacity: 3, factory });
    expect(made.length).toBe(3);
    for (let i = 0; i < 5; i++) lazy.release(lazy.acquire());
    expect(made.length).toBe(4);
    expect(lazy.acquireMany(3).every(({ id }) => id === 42)).toBe(true);
    expect(made.length).toBe(6);
  });

  it('stays as it was when a factory throws', () => {
    let fails = true;
    const pool = openPool({
      factory(item) {
        if (fails) throw new Error('not yet');
        item.id = 1;
      },
    });
    expect(() => pool.acquire()).toThrow('not yet');
    expect(pool.inUse).toBe(0);
    fails = false;
    expect(pool.acquireMany(2).map(({ id }) => id)).toEqual([1, 1]);
  });

  it('resets at each release, and releases also when that throws', () => {
    const pool = openPool({
      stats: true,
      reset(item) {
        if (item.id < 0) throw new Error('cannot');
        item.id = 9;
      },
    });
    const item = pool.acquire();
    pool.release(item);
    expect(pool.acquire().id).toBe(9);
    item.id = -1;
    expect(() => pool.release(item)).toThrow('cannot');
    expect(pool.inUse).toBe(0);
    expectError(() => item.id, 'RELEASED');
    expect(pool.stats.resets).toBe(2);
  });

  it('frees values of variable size at each release', () => {
    const pool = openPool();
    pool.release(pool.acquire());
    const { blocksLive } = pool.heap.stats();
    for (let i = 0; i < 100; i++) {
      const item = pool.acquire();
      expect(item.text).toBe('');
      item.text = `a text of more than three characters ${i}`;
      expect(item.text).toContain(` ${i}`);
      pool.release(item);
    }
    expect(pool.heap.stats().blocksLive).toBe(blocksLive);
    expectSound(pool.heap);
  });

  it('keeps references within the pool', () => {
    const pool = openPool();
    const [first, second] = pool.acquireMany(2);
    first.next = second;
    second.id = 8;
    const { next } = first;
    expect(next?.id).toBe(8);
    if (next !== null) pool.release(next); // another view of the same slot
    expectError(() => second.id, 'RELEASED');
    expectError(() => pool.release(second), 'RELEASED');
    expect(pool.inUse).toBe(1);
    expectError(() => Item.free(first), 'OWNER');
    expect(Item.at(pool.heap, first.address).address).toBe(first.address);
  });

  it('releases an object by any view of it, and ends all that it knows', () => {
    const pool = openHeap().pool(Other, { capacity: 2, sharing });
    const object = pool.acquire();
    const cursor = pool.cursor();
    expect(cursor.next()).toBe(true);
    pool.release(cursor.view);
    expectError(() => object.id, 'RELEASED');
    expectError(() => pool.release(object), 'RELEASED');
    expect(pool.acquire()).toBe(object);
    expect(pool.inUse).toBe(1);
  });

  it('lets a factory acquire and release as well', () => {
    let depth = 0;
    const pool = openPool({
      capacity: 4,
      factory(item) {
        depth++;
        if (depth === 1) item.next = pool.acquire();
        if (depth === 3) throw new Error('no');
      },
    });
    const item = pool.acquire();
    expect(item.next?.address).not.toBe(item.address);
    expect(pool.inUse).toBe(2);
    expect(() => pool.acquire()).toThrow('no');
    expect(pool.acquireMany(2).length).toBe(2);
    expect(pool.inUse).toBe(4);
  });

  it.each([1, 2, 100_000])('refuses a stale handle after %i further uses', (uses) => {
    const pool = openPool({ capacity: 1 });
    const item = pool.acquire();
    const handle = pool.handle(item);
    expect(Number.isSafeInteger(handle)).toBe(true);
    expect(pool.at(handle)).toBe(item);
    pool.release(item);
    expectError(() => pool.at(handle), 'STALE');
    for (let i = 1; i <= uses; i++) {
      const again = pool.acquire();
      if (i === uses) expectError(() => pool.at(handle), 'STALE');
      pool.release(again);
    }
    expectError(() => pool.at(handle), 'STALE');
    expectError(() => pool.handle(item), 'RELEASED');
  });

  it('refuses numbers that are no handles', () => {
    const pool = openPool();
    const handle = pool.handle(pool.acquire());
    for (const number of [-1, 0.5, Number.NaN, 2 ** 53, handle + 1.5, handle + 100]) {
      expectError(() => pool.at(number), 'ARGUMENT');
    }
    expectError(() => pool.at(handle + 2 ** 24), 'STALE');
    expectError(() => pool.at(handle + 2 ** 48), 'ARGUMENT');
    expectError(() => pool.at(/** @type {never} */ ('1')), 'TYPE');
    expect(pool.isCurrent(pool.at(handle))).toBe(true);
    expect(pool.isCurrent(/** @type {never} */ ({}))).toBe(false);
  });

  it.each([1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 200])(
    'keeps structs of %i fields apart',
    (count) => {
      const names = Array.from({ length: count }, (_, i) => `field${i}`);
      const Wide = struct(
        `Wide ${count}`,
        Object.fromEntries(names.map((name, i) => [name, i % 2 === 0 ? t.u8 : t.f64])),
      );
      const pool = openHeap().pool(Wide, { capacity: 2, growth: { by: 2, max: 6 }, sharing });
      const objects = pool.acquireMany(6);
      objects.forEach((object, i) => {
        for (const name of names) object[name] = 40 * i + (names.indexOf(name) % 40);
      });
      for (const [i, object] of objects.entries()) {
        expect(names.map((name) => object[name])).toEqual(names.map((_, k) => 40 * i + (k % 40)));
      }
    },
  );

  it('serves 100 000 acquisitions, and has all available at the end', () => {
    const pool = openPool({ capacity: 10 });
    for (let i = 0; i < 100_000; i++) pool.release(pool.acquire());
    expect(pool.stats.available).toBe(10);
    expect(pool.acquireMany(10).length).toBe(10);
    expectError(() => pool.acquire(), 'EMPTY');
  });

  it('serves 50 tasks in the order they came, with 10 objects', async () => {
    const pool = openPool({ capacity: 10 });
    /** @type {number[]} */
    const order = [];
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const item = await pool.acquireAsync();
        order.push(i);
        await new Promise((resolve) => setTimeout(resolve, 1));
        pool.release(item);
      }),
    );
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(pool.stats.available).toBe(10);
  });

  it('ends waiting by timeout, signal and close', async () => {
    const pool = openPool({ capacity: 1, stats: true });
    const item = pool.acquire();
    await expect(pool.acquireAsync({ timeout: 0 })).rejects.toMatchObject({ code: 'EMPTY' });
    await expect(pool.acquireAsync({ timeout: 5 })).rejects.toMatchObject({ code: 'EMPTY' });
    const abort = new AbortController();
    const waiting = pool.acquireAsync({ signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(pool.acquireAsync({ signal: abort.signal })).rejects.toThrow('enough');
    const next = pool.acquireAsync();
    pool.release(item);
    expect((await next).address).toBe(item.address);
    const last = pool.acquireAsync();
    pool.close();
    await expect(last).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(pool.acquireAsync()).rejects.toMatchObject({ code: 'CLOSED' });
    expectError(() => pool.acquireAsync({ timeout: -1 }), 'ARGUMENT');
    expect(pool.stats).toMatchObject({ waits: 4, failures: 2 });
  });

  it('waits for no longer than it is told', () => {
    const pool = openPool({ capacity: 1 });
    expect(pool.acquireWait(0).id).toBe(0);
    expectError(() => pool.acquireWait(0), 'EMPTY');
    expectError(() => pool.acquireWait(5), sharing === 'shared' ? 'EMPTY' : 'UNSUPPORTED');
    expectError(() => pool.acquireWait(-1), 'ARGUMENT');
    expectError(() => pool.acquireWait(Number.NaN), 'ARGUMENT');
  });

  it('counts when it is told to', () => {
    const pool = openPool({ capacity: 2, growth: { by: 2, max: 4 }, stats: true });
    const items = pool.acquireMany(4);
    expectError(() => pool.acquire(), 'EMPTY');
    pool.releaseMany(items);
    pool.release(pool.acquire());
    expect(pool.stats).toEqual({
      capacity: 4,
      inUse: 0,
      available: 4,
      peakInUse: 4,
      peakCapacity: 4,
      growthEvents: 1,
      allocations: 5,
      releases: 5,
      resets: 0,
      waits: 0,
      failures: 1,
      hitRate: 4 / 6,
    });
  });

  it('moves a cursor over what is in use', () => {
    const pool = openPool({ capacity: 3, growth: { by: 3 } });
    const items = pool.acquireMany(8);
    items.forEach((item, i) => {
      item.id = i;
    });
    pool.release(items[0]);
    pool.release(items[4]);
    const cursor = pool.cursor();
    const views = new Set();
    const ids = [];
    while (cursor.next()) {
      views.add(cursor.view);
      ids.push(cursor.view.id);
    }
    expect(ids).toEqual([1, 2, 3, 5, 6, 7]);
    expect(views.size).toBe(1);
    expect([...cursor].length).toBe(6);
    expect(pool.inUse).toBe(6);
  });

  it('releases all when it is detached', () => {
    const pool = openPool({ capacity: 4 });
    const items = pool.acquireMany(3);
    items[1].text = 'longer than three characters';
    const { heap } = pool;
    pool.detach();
    expectError(() => items[0].id, 'RELEASED');
    expectError(() => pool.acquire(), 'CLOSED');
    expectSound(heap);
  });

  it('ends with its heap', () => {
    const pool = openPool();
    const item = pool.acquire();
    item.text = 'longer than three characters';
    pool.heap.close();
    expectError(() => pool.acquire(), 'CLOSED');
    expectError(() => item.id, 'CLOSED');
  });

  it('behaves like a list of free slots, whatever is done', () => {
    const seed = testSeed('pool histories');
    const step = fc.oneof(
      fc.constant(/** @type {const} */ (['acquire', 0])),
      fc.tuple(fc.constant(/** @type {const} */ ('release')), fc.nat(40)),
      fc.tuple(fc.constant(/** @type {const} */ ('again')), fc.nat(40)),
      fc.tuple(fc.constant(/** @type {const} */ ('handle')), fc.nat(40)),
    );
    const heap = openHeap();
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 120 }),
        fc.integer({ min: 1, max: 6 }),
        (steps, n) => {
          const pool = heap.pool(Item, { capacity: n, growth: { by: 2, max: n + 5 }, sharing });
          /** @type {{ item: Item, handle: number, value: number }[]} */
          const held = [];
          /** @type {number[]} */
          const stale = [];
          steps.forEach(([what, at], i) => {
            const entry = held[at % Math.max(held.length, 1)];
            if (what === 'acquire') {
              if (held.length === n + 5) {
                expectError(() => pool.acquire(), 'EMPTY');
              } else {
                const item = pool.acquire();
                item.id = i;
                held.push({ item, handle: pool.handle(item), value: i });
              }
            } else if (what === 'handle') {
              for (const handle of stale) expectError(() => pool.at(handle), 'STALE');
              if (entry !== undefined) expect(pool.at(entry.handle).id).toBe(entry.value);
            } else if (entry !== undefined) {
              held.splice(held.indexOf(entry), 1);
              stale.push(entry.handle);
              expect(entry.item.id).toBe(entry.value);
              pool.release(entry.item);
              if (what === 'again') expectError(() => pool.release(entry.item), 'RELEASED');
            }
            expect(pool.inUse).toBe(held.length);
          });
          pool.close();
          pool.releaseMany(held.map(({ item }) => item));
        },
      ),
      { seed, numRuns: 60 },
    );
    expect(heap.stats().poolsLive).toBe(0);
    expectSound(heap);
  });
});
