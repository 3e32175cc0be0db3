/**
 * Settings of pools, the builder, the decorator, and pools of plain objects.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { ObjectPool, Pool, pooled, struct, t } from '../../js/index.js';
import { expectError } from '../support/heap.js';
import { Point } from '../support/pools.js';
import { closeHeaps, openHeap } from '../support/struct.js';

afterEach(closeHeaps);

describe('settings of pools', () => {
  /** @param {unknown} options */
  const openWith = (options) => () => openHeap().pool(Point, /** @type {never} */ (options));

  it.each([0, -1, 1.5, 2 ** 24 + 1, Number.NaN])('refuses the capacity %d', (capacity) => {
    expectError(openWith({ capacity }), 'ARGUMENT');
  });

  it.each([
    [{ by: 0 }, 'ARGUMENT'],
    [{ factor: 1 }, 'ARGUMENT'],
    [{ factor: 0.5 }, 'ARGUMENT'],
    [{ factor: Number.NaN }, 'ARGUMENT'],
    [{ by: 5, max: 4 }, 'ARGUMENT'],
    [{ by: 5, factor: 2 }, 'CONFIGURATION'],
    [{}, 'CONFIGURATION'],
    [{ size: 5 }, 'ARGUMENT'],
    ['linear', 'ARGUMENT'],
  ])('refuses the growth %j', (growth, code) => {
    expectError(openWith({ capacity: 5, growth }), code);
  });

  it('refuses options that it does not know or that are of the wrong type', () => {
    expectError(openWith(undefined), 'CONFIGURATION');
    expectError(openWith({}), 'CONFIGURATION');
    expectError(openWith({ capacity: '5' }), 'TYPE');
    expectError(openWith({ capacity: 5, sharing: 'all' }), 'ARGUMENT');
    expectError(openWith({ capacity: 5, init: 'later' }), 'ARGUMENT');
    expectError(openWith({ capacity: 5, reset: 1 }), 'TYPE');
    expectError(openWith({ capacity: 5, size: 1 }), 'ARGUMENT');
    expectError(
      () => openHeap().pool(/** @type {never} */ (undefined), { capacity: 1 }),
      'CONFIGURATION',
    );
    expect(() => openHeap().pool(/** @type {never} */ (Map), { capacity: 1 })).toThrow(TypeError);
  });

  it('can be given one by one', () => {
    openHeap();
    const pool = Pool.builder(Point)
      .capacity(5)
      .linear(5)
      .max(10)
      .threadLocal()
      .eager()
      .stats()
      .factory((point) => {
        point.x = 1;
      })
      .reset((point) => {
        point.y = 2;
      })
      .build();
    const points = pool.acquireMany(10);
    expect([pool.sharing, pool.capacity, points[9].x]).toEqual(['thread', 10, 1]);
    expectError(() => pool.acquire(), 'EMPTY');
    expect(Pool.builder().type(Point).capacity(1).shared().lazy().fixed().build().sharing).toBe(
      'shared',
    );
  });

  it.each([
    ['the class is missing', () => Pool.builder().capacity(5)],
    ['the capacity is missing', () => Pool.builder(Point)],
    ['both thread flags are set', () => Pool.builder(Point).capacity(5).threadLocal().shared()],
    ['the class is given twice', () => Pool.builder(Point).type(Point).capacity(5)],
    ['the capacity is given twice', () => Pool.builder(Point).capacity(5).capacity(6)],
    ['it is fixed and grows', () => Pool.builder(Point).capacity(5).fixed().linear(5)],
    ['it grows in two ways', () => Pool.builder(Point).capacity(5).linear(5).exponential(2)],
    ['it is eager and lazy', () => Pool.builder(Point).capacity(5).eager().lazy()],
    ['it has a maximum and does not grow', () => Pool.builder(Point).capacity(5).max(7)],
  ])('are refused by the builder when %s', (_, builder) => {
    const heap = openHeap();
    expectError(() => builder().heap(heap).build(), 'CONFIGURATION');
    expect(heap.stats().poolsLive).toBe(0);
  });

  it.each([
    ['an increment of 0', () => Pool.builder(Point).capacity(5).linear(0)],
    ['a factor of 1', () => Pool.builder(Point).capacity(5).exponential(1)],
    ['a capacity of 0', () => Pool.builder(Point).capacity(0)],
  ])('are refused by the builder with %s', (_, builder) => {
    const heap = openHeap();
    expectError(() => builder().heap(heap).build(), 'ARGUMENT');
    expect(heap.stats().poolsLive).toBe(0);
  });

  it('need an open heap at the end of the builder', () => {
    openHeap().close();
    expectError(() => Pool.builder(Point).capacity(5).build(), 'NO_HEAP');
  });

  it('gives no descriptor of a pool of one thread', () => {
    const pool = openHeap().pool(Point, { capacity: 1, sharing: 'thread' });
    expectError(() => pool.descriptor, 'CONFIGURATION');
  });
});

describe('pooled', () => {
  it('gives a class a pool, by a plain call and as a decorator', () => {
    const Plain = pooled({ capacity: 2 })(class Plain extends struct('Plain', { x: t.f32 }) {});
    const context = /** @type {ClassDecoratorContext} */ ({ kind: 'class', name: 'Decorated' });
    class Decorated extends struct('Decorated', { x: t.f32 }) {}
    const Result = pooled({ capacity: 2, sharing: 'thread' })(Decorated, context);
    expect(Result).toBe(Decorated);
    for (const Class of [Plain, Result]) {
      openHeap();
      const first = Class.acquire();
      expect(first).toBeInstanceOf(Class);
      Class.acquire();
      expectError(() => Class.acquire(), 'EMPTY');
      Class.release(first);
      expect(Class.pool.inUse).toBe(1);
      expect(new Class().x).toBe(0);
      closeHeaps();
      expectError(() => Class.acquire(), 'NO_HEAP');
    }
    openHeap();
    expect(Plain.acquire().x).toBe(0);
  });

  it('refuses what it cannot decorate', () => {
    expectError(() => pooled(/** @type {never} */ ({})), 'CONFIGURATION');
    class Taken extends struct('Taken', { x: t.f32 }) {
      static pool = 1;
    }
    expectError(() => pooled({ capacity: 1 })(Taken), 'CONFIGURATION');
    const context = /** @type {never} */ ({ kind: 'method', name: 'run' });
    expectError(() => pooled({ capacity: 1 })(Point, context), 'CONFIGURATION');
  });
});

describe('a pool of plain objects', () => {
  const make = () => ({ list: /** @type {number[]} */ ([]) });

  it('has the interface of pools of structs', async () => {
    const pool = ObjectPool.of(make, {
      capacity: 2,
      growth: { by: 1, max: 3 },
      stats: true,
      reset: (object) => {
        object.list.length = 0;
      },
    });
    const first = pool.acquire();
    first.list.push(1);
    const second = pool.acquire();
    pool.release(first);
    expectError(() => pool.release(first), 'RELEASED');
    expectError(() => pool.release({ list: [] }), 'TYPE');
    expect(pool.acquire()).toBe(first);
    expect(first.list).toEqual([]);
    const third = pool.acquire();
    expectError(() => pool.acquire(), 'EMPTY');
    expectError(() => pool.acquireWait(1), 'UNSUPPORTED');
    const waiting = pool.acquireAsync({ timeout: 1000 });
    pool.release(third);
    expect(await waiting).toBe(third);
    pool.releaseMany([first, second, third]);
    expect(() =>
      pool.with(() => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(pool.stats).toMatchObject({
      capacity: 3,
      inUse: 0,
      peakInUse: 3,
      growthEvents: 1,
      allocations: 6,
      releases: 6,
      resets: 6,
      waits: 1,
      failures: 1,
    });
    const lease = pool.allocate();
    pool.close();
    expectError(() => pool.acquire(), 'CLOSED');
    expectError(() => pool.close(), 'CLOSED');
    lease.dispose();
    expect(pool.inUse).toBe(0);
  });

  it('refuses stale handles', () => {
    const pool = ObjectPool.of(make, { capacity: 1 });
    const handle = pool.handle(pool.acquire());
    pool.release(pool.at(handle));
    expectError(() => pool.at(handle), 'STALE');
    pool.acquire();
    expectError(() => pool.at(handle), 'STALE');
    expectError(() => pool.at(17), 'ARGUMENT');
  });

  it('makes its objects at once when told to, and each only once', () => {
    let count = 0;
    const pool = ObjectPool.of(() => ({ number: count++ }), { capacity: 3, init: 'eager' });
    expect(count).toBe(3);
    expect(pool.acquireMany(3).map(({ number }) => number)).toEqual([0, 1, 2]);
    const same = {};
    const broken = ObjectPool.of(() => same, { capacity: 2 });
    broken.acquire();
    expectError(() => broken.acquire(), 'ARGUMENT');
    expectError(
      () => ObjectPool.of(() => /** @type {never} */ (7), { capacity: 1 }).acquire(),
      'TYPE',
    );
    expectError(
      () => ObjectPool.of(make, /** @type {never} */ ({ capacity: 1, sharing: 'shared' })),
      'ARGUMENT',
    );
  });
});
