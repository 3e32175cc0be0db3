import { afterEach, describe, expect, it } from 'vitest';
import { Condition, Guard, Mutex, Semaphore, TimeoutError } from '../../js/index.js';
import { SLICE_MILLISECONDS } from '../../js/wait/queue.js';
import { expectError, expectSound } from '../support/heap.js';
import { aMoment, makeLocks, startLockers, WORDS } from '../support/locks-shared.js';
import { closeHeaps, openHeap } from '../support/struct.js';
import { stopWorkers } from '../support/workers.js';

afterEach(async () => {
  await stopWorkers();
  closeHeaps();
});

/** @param {Promise<unknown>} promise */
async function codeOf(promise) {
  return promise.then(
    () => 'OK',
    (error) => error.code ?? error.message,
  );
}

describe('a mutex in one thread', () => {
  it('is held until its guard is released, once', () => {
    const mutex = openHeap().mutex();
    const guard = mutex.lock();
    expect(guard).toBeInstanceOf(Guard);
    expect([guard.held, guard.abandoned, guard.lock === mutex]).toEqual([true, false, true]);
    expect(mutex.tryLock()).toBe(null);
    guard.release();
    expect(guard.held).toBe(false);
    expectError(() => guard.release(), 'RELEASED');
    guard.dispose();
    const next = mutex.tryLock();
    expectError(() => guard.release(), 'RELEASED');
    expect(next?.held).toBe(true);
    next?.dispose();
    mutex.lock().release();
  });

  it('refuses to wait for itself', async () => {
    const mutex = openHeap().mutex();
    const guard = mutex.lock();
    expectError(() => mutex.lock(), 'DEADLOCK');
    expectError(() => mutex.lock({ timeout: 10 }), 'DEADLOCK');
    expectError(() => mutex.run(() => 1), 'DEADLOCK');
    const waits = mutex.lockAsync();
    guard.release();
    (await waits).release();
  });

  it('is unlocked without the guard too, by its holder', () => {
    const mutex = openHeap().mutex();
    expectError(() => mutex.unlock(), 'OWNER');
    const guard = mutex.lock();
    mutex.unlock();
    expect(guard.held).toBe(false);
    expectError(() => guard.release(), 'RELEASED');
    expectError(() => mutex.unlock(), 'OWNER');
  });

  it('serves its tasks in the order in which they came', async () => {
    const mutex = openHeap().mutex();
    /** @type {number[]} */
    const order = [];
    let inside = 0;
    const tasks = Array.from({ length: 20 }, (_, i) =>
      mutex.runAsync(async () => {
        expect(inside++).toBe(0);
        await new Promise((resolve) => setTimeout(resolve, i % 3));
        order.push(i);
        inside--;
      }),
    );
    await Promise.all(tasks);
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('is released when the function ends, however it does', async () => {
    const mutex = openHeap().mutex();
    expect(mutex.run((guard) => guard.held)).toBe(true);
    expect(() =>
      mutex.run(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    const later = mutex.run(() => Promise.resolve(5));
    expect(mutex.tryLock()).toBe(null);
    expect(await later).toBe(5);
    await expect(mutex.runAsync(() => Promise.reject(new Error('never')))).rejects.toThrow('never');
    expect(await mutex.runAsync(() => 7)).toBe(7);
    expect(mutex.run((guard) => guard.release())).toBe(undefined);
    mutex.lock().release();
  });

  it('gives up by timeout and by signal, and the others stay in line', async () => {
    const mutex = openHeap().mutex();
    const guard = mutex.lock();
    const abort = new AbortController();
    const late = mutex.lockAsync({ timeout: 20 });
    const aborted = mutex.lockAsync({ signal: abort.signal });
    const patient = mutex.lockAsync({ timeout: 60_000 });
    await expect(late).rejects.toBeInstanceOf(TimeoutError);
    abort.abort(new Error('enough'));
    expect(await codeOf(aborted)).toBe('enough');
    expect(await codeOf(mutex.lockAsync({ signal: AbortSignal.abort(new Error('no')) }))).toBe(
      'no',
    );
    expect(await codeOf(mutex.lockAsync({ timeout: 0 }))).toBe('BUSY');
    guard.release();
    (await patient).release();
    (await mutex.lockAsync({ timeout: 0 })).release();
    mutex.lock({ timeout: 0 }).release();
  });

  it('refuses what is no timeout, no function, no option, and is free afterwards', async () => {
    const mutex = openHeap().mutex();
    for (const timeout of [-1, Number.NaN, -0.001]) {
      expect(() => mutex.lock({ timeout })).toThrow(RangeError);
      expect(() => mutex.lockAsync({ timeout })).toThrow(RangeError);
      await expect(mutex.runAsync(() => 1, { timeout })).rejects.toThrow(RangeError);
    }
    expectError(() => mutex.lock(/** @type {never} */ ({ timeout: '5' })), 'TYPE');
    expectError(() => mutex.lock(/** @type {never} */ (5)), 'TYPE');
    expectError(() => mutex.lock(/** @type {never} */ ({ signal: null })), 'ARGUMENT');
    expectError(() => mutex.run(/** @type {never} */ (undefined)), 'TYPE');
    expect(mutex.tryLock()?.held).toBe(true);
  });
});

describe('a mutex of several threads', () => {
  it('lets 4 threads count to 400 000', { timeout: 120_000 }, async () => {
    const locks = makeLocks(openHeap());
    const workers = await startLockers(locks, 4);
    await Promise.all(workers.map((worker) => worker.call('count', 100_000)));
    expect(locks.get(WORDS.COUNTER)).toBe(400_000);
    expect(locks.mutex.tryLock()?.abandoned).toBe(false);
  });

  it('lets those who block and those who do not count together', async () => {
    const locks = makeLocks(openHeap());
    const workers = await startLockers(locks, 2);
    const here = Promise.all(
      Array.from({ length: 200 }, () =>
        locks.mutex.runAsync(() => locks.set(WORDS.COUNTER, locks.get(WORDS.COUNTER) + 1)),
      ),
    );
    await Promise.all([workers[0].call('count', 5000), workers[1].call('countAsync', 1000), here]);
    expect(locks.get(WORDS.COUNTER)).toBe(6200);
  });

  it('refuses all but its holder', async () => {
    const locks = makeLocks(openHeap());
    const [worker] = await startLockers(locks, 1);
    const guard = locks.mutex.lock();
    expect(await worker.call('tryHold')).toBe(null);
    expect(await worker.call('lockCode', 0)).toBe('BUSY');
    expect(await worker.call('lockCode', 30)).toBe('TIMEOUT');
    expect(await worker.call('lockCode', -1)).toBe('ARGUMENT');
    expect(await worker.call('unlockCode')).toBe('OWNER');
    expect(guard.held).toBe(true);
    expectError(() => locks.mutex.free(), 'BUSY');
    guard.release();
    expect(await worker.call('lockCode', 0)).toBe('OK');
    expect(await worker.call('lockCode', 0)).toBe('DEADLOCK');
    expectError(() => locks.mutex.unlock(), 'OWNER');
    expectError(() => locks.mutex.lock({ timeout: 0 }), 'BUSY');
    expectError(() => locks.mutex.lock({ timeout: 20 }), 'TIMEOUT');
    expect(await codeOf(locks.mutex.lockAsync({ timeout: 20 }))).toBe('TIMEOUT');
    expectError(() => locks.mutex.free(), 'BUSY');
  });

  it('wakes who blocks, and who waits for a promise', async () => {
    const locks = makeLocks(openHeap());
    const [first, second] = await startLockers(locks, 2);
    const guard = locks.mutex.lock();
    const blocked = first.call('hold');
    const promised = second.call('holdAsync');
    await aMoment();
    guard.release();
    const winner = await Promise.race([blocked.then(() => first), promised.then(() => second)]);
    await winner.call('drop');
    await Promise.all([blocked, promised]);
    await (winner === first ? second : first).call('drop');
    const here = locks.mutex.lockAsync();
    (await here).release();
  });

  it('goes to the next one when its holder is terminated, who is told', async () => {
    const locks = makeLocks(openHeap());
    const [holder, other] = await startLockers(locks, 2);
    await holder.call('hold');
    const blocked = other.call('hold');
    const here = locks.mutex.lockAsync();
    await aMoment();
    await holder.terminate();
    const [first, then] = await Promise.race([
      blocked.then(({ abandoned }) => [abandoned, 'there']),
      here.then(({ abandoned }) => [abandoned, 'here']),
    ]);
    expect(first).toBe(true);
    if (then === 'there') await other.call('drop');
    else (await here).release();
    expect((await here).abandoned || (await blocked).abandoned).toBe(true);
    expect((await here).abandoned && (await blocked).abandoned).toBe(false);
    expectSound(locks.heap);
  });

  it('goes to the next one when its holder leaves the heap', async () => {
    const locks = makeLocks(openHeap());
    const [worker] = await startLockers(locks, 1);
    await worker.call('hold');
    await worker.call('detach');
    const guard = locks.mutex.lock({ timeout: 0 });
    expect(guard.abandoned).toBe(true);
    guard.release();
    expect(locks.mutex.lock().abandoned).toBe(false);
  });

  it('is not released by a thread that was reaped while it lived', async () => {
    const { heap, mutex } = makeLocks(openHeap());
    const guard = mutex.lock();
    const [worker] = await startLockers({ ...makeLocks(heap), mutex }, 1);
    // The worker takes this thread for dead, which it is not: only the end of its slot is played here.
    const { i32 } = heap.memory.root;
    const index = heap.core.threadAddress >>> 2;
    const state = Atomics.exchange(i32, index, 0);
    expect(await worker.call('tryHold')).toMatchObject({ abandoned: true });
    Atomics.store(i32, index, state);
    expectError(() => guard.release(), 'OWNER');
    expect(await worker.call('unlockCode')).toBe('OK');
  });

  it('wakes within a slice although its notification got lost', async () => {
    const locks = makeLocks(openHeap());
    const [worker] = await startLockers(locks, 1);
    const guard = locks.mutex.lock();
    const blocked = worker.call('hold', 100 * SLICE_MILLISECONDS);
    await aMoment();
    // As if this thread had died between giving the mutex back and notifying.
    const { i32 } = locks.heap.memory.root;
    Atomics.store(i32, (locks.mutex.address + 16) >>> 2, 0);
    expect(await blocked).toMatchObject({ abandoned: false });
    expectError(() => guard.release(), 'OWNER');
  });
});

describe('the life of a lock', () => {
  it('ends with free, for all', async () => {
    const locks = makeLocks(openHeap());
    const { blocksLive } = locks.heap.stats();
    const [worker] = await startLockers(locks, 1);
    const { descriptor } = locks.mutex;
    locks.mutex.free();
    expect(locks.mutex.closed).toBe(true);
    expect(locks.heap.stats().blocksLive).toBe(blocksLive - 1);
    expectError(() => locks.mutex.lock(), 'STALE');
    expectError(() => locks.mutex.tryLock(), 'STALE');
    expectError(() => locks.mutex.free(), 'STALE');
    expectError(() => locks.mutex.descriptor, 'STALE');
    expect(await codeOf(locks.mutex.lockAsync())).toBe('STALE');
    expectError(() => Mutex.attach(locks.heap, descriptor), 'STALE');
    const again = locks.heap.mutex();
    expect(again.address).toBe(descriptor.address);
    expect(await worker.call('lockCode')).toBe('STALE');
    expect(await worker.call('unlockCode')).toBe('STALE');
    expectError(() => Mutex.attach(locks.heap, descriptor), 'STALE');
    expect(Mutex.attach(locks.heap, again.descriptor)).toBe(again);
    locks.mutex.dispose();
    expect(again.tryLock()?.held).toBe(true);
  });

  it('ends for those who wait', async () => {
    const locks = makeLocks(openHeap(), 1);
    const [worker] = await startLockers(locks, 1);
    const permit = locks.semaphore.acquire();
    const here = locks.semaphore.acquireAsync();
    const there = worker.call('acquireOne');
    await aMoment();
    expectError(() => locks.semaphore.free(), 'BUSY');
    permit.release(); // goes to one of both
    const first = await Promise.race([here.then(() => 'here'), there.then(() => 'there')]);
    if (first === 'here') {
      (await here).release();
      await there;
      await worker.call('drop');
    } else {
      await worker.call('drop');
      (await here).release();
    }
    const mutex = locks.heap.mutex();
    const guard = mutex.lock();
    const waits = codeOf(mutex.lockAsync());
    locks.heap.core.free(mutex.address); // by force
    expectError(() => guard.release(), 'STALE');
    expect(await waits).toBe('STALE');
  });

  it('ends at the end of its scope where it was made, and nowhere else', async () => {
    const heap = openHeap();
    const { blocksLive } = heap.stats();
    const mutex = heap.mutex();
    mutex.dispose();
    mutex.dispose();
    expect(heap.stats().blocksLive).toBe(blocksLive);
    const held = heap.mutex();
    held.lock();
    expectError(() => held.dispose(), 'BUSY');
    held.unlock();
    held.dispose();
    expect(heap.stats().blocksLive).toBe(blocksLive);
    expectSound(heap);
  });

  it('has a name as long as it lives', () => {
    const heap = openHeap();
    const mutex = heap.mutex({ name: 'total' });
    expect(Mutex.attach(heap, 'total')).toBe(mutex);
    const { blocksLive } = heap.stats();
    expectError(() => heap.mutex({ name: 'total' }), 'EXISTS');
    expect(heap.stats().blocksLive).toBe(blocksLive);
    expectError(() => Semaphore.attach(heap, 'total'), 'TYPE');
    expectError(() => Mutex.attach(heap, 'nobody'), 'NOT_FOUND');
    expectError(() => heap.mutex({ name: '' }), 'NAME');
    expectError(() => heap.mutex(/** @type {never} */ ({ name: 5 })), 'TYPE');
    mutex.free();
    expectError(() => Mutex.attach(heap, 'total'), 'NOT_FOUND');
    heap.semaphore(2, { name: 'total' });
    expect(Semaphore.attach(heap, 'total').permits).toBe(2);
  });

  it('belongs to its heap', async () => {
    const heap = openHeap();
    const other = openHeap();
    const mutex = heap.mutex();
    const { descriptor } = mutex;
    expectError(() => Mutex.attach(other, descriptor), 'HEAP');
    expectError(() => Semaphore.attach(heap, /** @type {never} */ (descriptor)), 'TYPE');
    expectError(() => Condition.attach(heap, /** @type {never} */ (descriptor)), 'TYPE');
    for (const bad of [null, 5, {}, { ...descriptor, address: -4 }, { ...descriptor, kind: '' }]) {
      expectError(() => Mutex.attach(heap, /** @type {never} */ (bad)), 'TYPE');
    }
    for (const address of [0, 1, 1024, mutex.address + 16, 2 ** 32 - 1]) {
      expectError(() => Mutex.attach(heap, { ...descriptor, address }), 'STALE');
    }
    expectError(() => Mutex.attach(heap, { ...descriptor, id: descriptor.id + 4 }), 'STALE');
    const guard = mutex.lock();
    const waits = codeOf(mutex.lockAsync());
    heap.close();
    expect(await waits).toBe('CLOSED');
    for (const run of [
      () => mutex.lock(),
      () => mutex.tryLock(),
      () => guard.release(),
      () => mutex.unlock(),
      () => mutex.free(),
      () => mutex.descriptor,
      () => heap.mutex(),
      () => Mutex.attach(heap, descriptor),
    ]) {
      expectError(run, 'CLOSED');
    }
    guard.dispose();
    mutex.dispose();
  });

  it('is saved with the heap, and comes back unlocked', async () => {
    const heap = openHeap();
    heap.mutex({ name: 'saved' }).lock();
    const { Heap } = await import('../../js/index.js');
    const loaded = Heap.load(heap.save());
    const mutex = Mutex.attach(loaded, 'saved');
    expect(mutex.lock().abandoned).toBe(true);
    loaded.close();
  });
});
