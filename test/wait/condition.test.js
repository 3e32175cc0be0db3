import { afterEach, describe, expect, it } from 'vitest';
import { Condition } from '../../js/index.js';
import { expectError } from '../support/heap.js';
import { makeLocks, startLockers, until, WORDS } from '../support/locks-shared.js';
import { closeHeaps, openHeap } from '../support/struct.js';
import { stopWorkers } from '../support/workers.js';

afterEach(async () => {
  await stopWorkers();
  closeHeaps();
});

describe('a condition', () => {
  it('gives the mutex back while it waits, and has it again afterwards', async () => {
    const { mutex, condition } = makeLocks(openHeap());
    const guard = mutex.lock();
    const wait = condition.waitAsync(guard);
    expect(guard.held).toBe(false);
    mutex.run(() => condition.notify());
    expect(await wait).toBe(true);
    expect(guard.held).toBe(true);
    expect(mutex.tryLock()).toBe(null);
    guard.release();
    mutex.lock().release();
  });

  it('is not notified by what came before', async () => {
    const { mutex, condition } = makeLocks(openHeap());
    condition.notify();
    condition.notifyAll();
    const guard = mutex.lock();
    expect(condition.wait(guard, { timeout: 0 })).toBe(false);
    expect(condition.wait(guard, { timeout: 5 })).toBe(false);
    expect(await condition.waitAsync(guard, { timeout: 5 })).toBe(false);
    expect(guard.held).toBe(true);
    mutex.unlock();
    expect(guard.held).toBe(false);
  });

  it('waits until a predicate holds, or for so long', async () => {
    const { mutex, condition } = makeLocks(openHeap());
    const guard = mutex.lock();
    expect(condition.waitFor(guard, () => true, { timeout: 0 })).toBe(true);
    expect(condition.waitFor(guard, () => false, { timeout: 5 })).toBe(false);
    expect(await condition.waitForAsync(guard, () => false, { timeout: 5 })).toBe(false);
    let calls = 0;
    const wait = condition.waitForAsync(guard, () => ++calls === 3);
    for (let round = 2; round <= 3; round++) {
      await mutex.runAsync(() => condition.notify());
      while (calls < round) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(await wait).toBe(true);
    expect(calls).toBe(3);
    expect(guard.held).toBe(true);
    await expect(
      condition.waitForAsync(guard, () => {
        throw new Error('what');
      }),
    ).rejects.toThrow('what');
    expect(guard.held).toBe(true);
  });

  it('gives up by a signal, with the mutex', async () => {
    const { mutex, condition } = makeLocks(openHeap());
    const guard = mutex.lock();
    const abort = new AbortController();
    const wait = condition.waitAsync(guard, { signal: abort.signal });
    const between = mutex.lock();
    abort.abort(new Error('enough'));
    between.release();
    await expect(wait).rejects.toThrow('enough');
    expect(guard.held).toBe(true);
    const none = condition.waitAsync(guard, { signal: abort.signal });
    await expect(none).rejects.toThrow('enough');
    expect(guard.held).toBe(true);
  });

  it('refuses what it cannot wait with, and leaves the guard as it is', () => {
    const heap = openHeap();
    const { mutex, condition, semaphore } = makeLocks(heap);
    const guard = mutex.lock();
    for (const timeout of [-1, Number.NaN]) {
      expect(() => condition.wait(guard, { timeout })).toThrow(RangeError);
      expect(() => condition.waitAsync(guard, { timeout })).toThrow(RangeError);
      expect(() => condition.waitFor(guard, () => true, { timeout })).toThrow(RangeError);
    }
    expectError(() => condition.waitFor(guard, /** @type {never} */ (1)), 'TYPE');
    expectError(() => condition.wait(/** @type {never} */ ({})), 'TYPE');
    expectError(() => condition.wait(semaphore.acquire()), 'TYPE');
    expectError(() => makeLocks(openHeap()).condition.wait(guard), 'HEAP');
    for (const count of [-1, 1.5, 2 ** 32])
      expect(() => condition.notify(count)).toThrow(RangeError);
    expect(guard.held).toBe(true);
    const { descriptor } = condition;
    expect(Condition.attach(heap, descriptor)).toBe(condition);
    condition.free();
    expectError(() => condition.wait(guard), 'STALE');
    expectError(() => condition.notify(), 'STALE');
    expectError(() => Condition.attach(heap, descriptor), 'STALE');
    expect(guard.held).toBe(true);
    guard.release();
    const fresh = heap.condition();
    expectError(() => fresh.wait(guard), 'RELEASED');
    expectError(() => fresh.waitAsync(guard), 'RELEASED');
    heap.close();
    expectError(() => fresh.notify(), 'CLOSED');
    expectError(() => fresh.notifyAll(), 'CLOSED');
  });

  it('ends the waits when it is freed', async () => {
    const { mutex, condition } = makeLocks(openHeap());
    const guard = mutex.lock();
    const wait = condition.waitAsync(guard);
    condition.free();
    await expect(wait).rejects.toMatchObject({ code: 'STALE' });
    expect(guard.held).toBe(true);
  });

  it('wakes all by notifyAll, and one at least by notify', async () => {
    const locks = makeLocks(openHeap());
    const workers = await startLockers(locks, 3);
    const waits = workers.map((worker) => worker.call('waitForFlag'));
    await until(locks, () => locks.get(WORDS.WAITING) === 3);
    for (let left = 3; left > 0; left--) {
      locks.mutex.run(() => {
        locks.set(WORDS.FLAG, 1);
        locks.condition.notify();
      });
      await until(locks, () => locks.get(WORDS.FLAG) === 0);
    }
    await Promise.all(waits);
    locks.set(WORDS.WAITING, 0);
    const again = workers.map((worker) => worker.call('waitOnce'));
    await until(locks, () => locks.get(WORDS.WAITING) === 3);
    locks.condition.notifyAll();
    for (const result of await Promise.all(again)) {
      expect(result).toEqual({ isNotified: true, isHeld: true });
    }
    expect(await workers[0].call('waitOnce', 20)).toEqual({ isNotified: false, isHeld: true });
  });

  it('hands numbers from one thread to two others', async () => {
    const locks = makeLocks(openHeap());
    const workers = await startLockers(locks, 2);
    const sums = workers.map((worker) => worker.call('takeAll'));
    for (let i = 1; i <= 300; i++) {
      const guard = await locks.mutex.lockAsync();
      await locks.condition.waitForAsync(guard, () => locks.get(WORDS.FLAG) === 0);
      locks.set(WORDS.FLAG, i === 300 ? -1 : i);
      locks.condition.notifyAll();
      guard.release();
    }
    const [a, b] = await Promise.all(sums);
    expect(a + b).toBe((299 * 300) / 2);
  });

  it('tells who waited that the mutex was abandoned meanwhile', async () => {
    const locks = makeLocks(openHeap());
    const [worker, other] = await startLockers(locks, 2);
    const wait = worker.call('waitForFlag');
    await until(locks, () => locks.get(WORDS.WAITING) === 1);
    await other.call('hold');
    locks.set(WORDS.FLAG, 1);
    locks.condition.notify();
    await other.terminate();
    expect(await wait).toMatchObject({ abandoned: true });
  });
});
