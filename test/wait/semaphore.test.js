import { afterEach, describe, expect, it } from 'vitest';
import { expectError } from '../support/heap.js';
import { aMoment, makeLocks, startLockers } from '../support/locks-shared.js';
import { closeHeaps, openHeap } from '../support/struct.js';
import { stopWorkers } from '../support/workers.js';

afterEach(async () => {
  await stopWorkers();
  closeHeaps();
});

describe('a semaphore', () => {
  it('has so many permits and no more', async () => {
    const semaphore = openHeap().semaphore(3);
    expect(semaphore.permits).toBe(3);
    const permits = [semaphore.acquire(), semaphore.acquire({ timeout: 0 })];
    permits.push(await semaphore.acquireAsync());
    expect(semaphore.tryAcquire()).toBe(null);
    expectError(() => semaphore.acquire({ timeout: 0 }), 'BUSY');
    expectError(() => semaphore.acquire({ timeout: 5 }), 'TIMEOUT');
    permits[1].release();
    expectError(() => permits[1].release(), 'RELEASED');
    expectError(() => semaphore.release(permits[1]), 'RELEASED');
    const again = semaphore.acquire();
    expect(again.abandoned).toBe(false);
    expectError(() => semaphore.free(), 'BUSY');
    for (const permit of [again, permits[0], permits[2]]) semaphore.release(permit);
    semaphore.free();
    expect(semaphore.permits).toBe(0);
  });

  it('has 1 to 1024 permits', () => {
    const heap = openHeap();
    for (const count of [0, -1, 1025, 1.5, Number.NaN]) {
      expect(() => heap.semaphore(count)).toThrow(RangeError);
    }
    expectError(() => heap.semaphore(/** @type {never} */ ('3')), 'TYPE');
    const semaphore = heap.semaphore(1024);
    const permits = Array.from({ length: 1024 }, () => semaphore.acquire());
    expect(semaphore.tryAcquire()).toBe(null);
    for (const permit of permits) permit.release();
  });

  it('takes back its own permits only', () => {
    const heap = openHeap();
    const [one, other] = [heap.semaphore(1), heap.semaphore(1)];
    const permit = one.acquire();
    expectError(() => other.release(permit), 'ARGUMENT');
    expectError(() => other.release(/** @type {never} */ ({})), 'ARGUMENT');
    expect(permit.held).toBe(true);
    one.release(permit);
  });

  it('runs so many tasks at a time, in the order in which they came', async () => {
    const semaphore = openHeap().semaphore(2);
    /** @type {number[]} */
    const begun = [];
    let inside = 0;
    const tasks = Array.from({ length: 10 }, (_, i) =>
      semaphore.runAsync(async () => {
        begun.push(i);
        expect(++inside).toBeLessThanOrEqual(2);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside--;
      }),
    );
    await Promise.all(tasks);
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(semaphore.run(() => 3)).toBe(3);
  });

  it('lets no more threads in than it has permits', async () => {
    const locks = makeLocks(openHeap(), 2);
    const workers = await startLockers(locks, 4);
    const most = await Promise.all(workers.map((worker) => worker.call('pass', 5000)));
    expect(Math.max(...most)).toBeLessThanOrEqual(2);
    expect([locks.semaphore.tryAcquire(), locks.semaphore.tryAcquire()]).not.toContain(null);
  });

  it('gets the permits of a dead thread back', async () => {
    const locks = makeLocks(openHeap(), 3);
    const [worker, other] = await startLockers(locks, 2);
    const mine = locks.semaphore.acquire();
    await worker.call('acquireSome', 2);
    expect(locks.semaphore.tryAcquire()).toBe(null);
    const waits = [locks.semaphore.acquireAsync(), other.call('acquireOne')];
    await aMoment();
    await worker.terminate();
    const got = await Promise.all(waits);
    expect(got.map(({ abandoned }) => abandoned)).toEqual([true, true]);
    expect(locks.semaphore.tryAcquire()).toBe(null);
    mine.release();
    expect(locks.semaphore.tryAcquire()?.abandoned).toBe(false);
  });
});
