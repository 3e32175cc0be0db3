/**
 * Reaping: what becomes of the things of a thread that is gone.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { regionSerial } from '../../js/heap/region.js';
import { Heap } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

const EMPTY = { blocksLive: 0, spansLive: 0, arenasLive: 0, liveBytes: 0 };

/** @type {Heap} */
let heap;

beforeEach(() => {
  heap = Heap.create({ maximum: 64 * 2 ** 20 });
});

afterEach(async () => {
  await stopWorkers();
  heap.close();
});

/** A worker with two blocks, a span and an arena, terminated. Nobody watches it. */
async function deadWorker() {
  const [worker] = await startWorkers(1, heap.descriptor);
  const addresses = await worker.call('alloc', [100, 5000, 70_000]);
  const arena = await worker.call('openArena', 100_000);
  const thread = await worker.call('thread');
  await worker.terminate();
  return { worker, addresses, arena, thread };
}

describe('reap', () => {
  it('frees what the thread had, and its slot', async () => {
    const { thread } = await deadWorker();
    expect(heap.threads()).toHaveLength(2);
    expect(heap.reap(thread)).toBe(true);
    expect(heap.threads()).toHaveLength(1);
    expect(contentOf(heap)).toMatchObject(EMPTY);
    expectSound(heap);
  });

  it('may be repeated, and never takes the next holder of the slot', async () => {
    const { thread } = await deadWorker();
    expect(heap.reap(thread)).toBe(true);
    expect(heap.reap(thread)).toBe(false);
    const [next] = await startWorkers(1, heap.descriptor);
    await next.call('alloc', [64]);
    expect(await next.call('thread')).toMatchObject({ number: thread.number });
    expect(heap.reap(thread)).toBe(false);
    expect(contentOf(heap)).toMatchObject({ blocksLive: 1, threadsLive: 2 });
  });

  it('takes whoever holds the slot when it gets a number only', async () => {
    const { thread } = await deadWorker();
    expect(heap.reap(thread.number)).toBe(true);
    expect(heap.reap(thread.number)).toBe(false);
    expect(heap.reap(100)).toBe(false);
  });

  it('keeps everything when it is told to', async () => {
    const { thread, addresses, arena } = await deadWorker();
    heap.reap(thread, { policy: 'keep' });
    expect(contentOf(heap)).toMatchObject({ blocksLive: 2, spansLive: 1, arenasLive: 1 });
    expectSound(heap);
    for (const address of addresses) heap.free(address);
    const serial = regionSerial(heap.memory, arena);
    heap.core.arenaClose(arena, serial, false);
    expect(contentOf(heap)).toMatchObject(EMPTY);
    expectSound(heap);
  });

  it('offers each orphan once, with its size and kind', async () => {
    const { thread, addresses, arena } = await deadWorker();
    /** @type {import('../../js/heap/thread.js').Orphan[]} */
    const seen = [];
    heap.reap(thread, { onOrphan: (orphan) => void seen.push(orphan) });
    const byAddress = new Map(seen.map((orphan) => [orphan.address, orphan]));
    expect(seen).toHaveLength(4);
    expect(byAddress.get(addresses[0])).toMatchObject({ kind: 'block', bytes: 112 });
    expect(byAddress.get(addresses[1])).toMatchObject({ kind: 'block', bytes: 5120 });
    expect(byAddress.get(addresses[2])).toMatchObject({ kind: 'span', bytes: 131_072 });
    expect(byAddress.get(arena)).toMatchObject({ kind: 'arena', bytes: 4096 });
    expect(contentOf(heap)).toMatchObject(EMPTY);
  });

  it.each(/** @type {const} */ (['free', 'keep', 'own']))(
    'lets the callback decide %s for each, against the policy',
    async (decision) => {
      const { thread } = await deadWorker();
      const policy = decision === 'free' ? 'keep' : 'free';
      heap.reap(thread, { policy, onOrphan: () => decision });
      expectSound(heap);
      if (decision === 'free') {
        expect(contentOf(heap)).toMatchObject(EMPTY);
        return;
      }
      const all = { blocksLive: 2, spansLive: 1, arenasLive: 1 };
      expect(contentOf(heap)).toMatchObject(all);
      const { descriptor } = heap;
      heap.close();
      heap = Heap.attach(descriptor);
      expect(contentOf(heap)).toMatchObject(decision === 'own' ? EMPTY : all);
      expectSound(heap);
    },
  );

  it('ends the reaping when the callback throws', async () => {
    const { thread } = await deadWorker();
    const reap = () =>
      heap.reap(thread, {
        onOrphan: () => {
          throw new RangeError('of the user');
        },
      });
    expect(reap).toThrow('of the user');
    expect(heap.threads()).toHaveLength(1);
    expect(contentOf(heap)).toMatchObject(EMPTY);
  });

  it('ends the reaping when the callback answers nonsense, and says what is allowed', async () => {
    const { thread } = await deadWorker();
    const onOrphan = () => /** @type {'free'} */ (/** @type {unknown} */ ('burn'));
    const error = expectError(() => heap.reap(thread, { onOrphan }), 'ARGUMENT');
    expect(error.message).toMatch(/"burn".*'free', 'keep', 'own'/);
    expect(contentOf(heap)).toMatchObject(EMPTY);
  });

  it('keeps what was shared or published, whatever the policy', async () => {
    const [worker] = await startWorkers(1, heap.descriptor);
    const [shared, published] = await worker.call('alloc', [100, 200]);
    heap.share(shared);
    await worker.call('setRoot', 'kept', published);
    const thread = await worker.call('thread');
    await worker.terminate();
    heap.reap(thread);
    heap.free(shared);
    heap.free(heap.roots.get('kept')?.value ?? 0);
    heap.roots.delete('kept');
    expectSound(heap);
  });

  it('refuses itself, and what is no thread', () => {
    for (const target of [heap.thread.number, heap.thread]) {
      const error = expectError(() => heap.reap(target), 'THREAD');
      expect(error.message).toContain('cannot reap itself');
      expect(error.thread).toBe(heap.thread.number);
    }
    const reap = /** @type {(target: unknown, options?: unknown) => boolean} */ (
      heap.reap.bind(heap)
    );
    for (const target of [0, 129, -1, 1.5, Number.NaN, 2 ** 53]) {
      expect(expectError(() => reap(target), 'ARGUMENT').message).toContain('from 1 to 128');
    }
    for (const target of [undefined, null, '2', 2n]) expectError(() => reap(target), 'TYPE');
    expectError(() => reap({}), 'ARGUMENT');
    expectError(() => reap({ number: 2, generation: 0 }), 'ARGUMENT');
    expectError(() => reap({ number: '2', generation: 1 }), 'TYPE');
    expectError(() => reap(2, { policy: 'burn' }), 'ARGUMENT');
    expectError(() => reap(2, { onOrphan: 'free' }), 'TYPE');
    expectError(() => reap(2, { onorphan: () => 'free' }), 'ARGUMENT');
    expect(heap.threads()).toHaveLength(1);
  });
});

describe('watch', () => {
  it('reaps when the worker is terminated', async () => {
    const [worker] = await startWorkers(1, heap.descriptor);
    heap.watch(worker.worker);
    await worker.call('alloc', [100, 70_000]);
    await worker.terminate();
    expect(heap.threads()).toHaveLength(1);
    expect(contentOf(heap)).toMatchObject(EMPTY);
    expectSound(heap);
  });

  it('reaps only what the worker held', async () => {
    const [first, second] = await startWorkers(2, heap.descriptor);
    heap.watch(first.worker);
    heap.watch(second.worker);
    await first.call('alloc', [100]);
    await second.call('alloc', [100, 100]);
    await first.terminate();
    expect(contentOf(heap)).toMatchObject({ blocksLive: 2, threadsLive: 2 });
    await second.call('alloc', [100]);
    expectSound(heap);
  });

  it('reaps a worker that ends by itself without a word', async () => {
    const [worker] = await startWorkers(1, heap.descriptor);
    heap.watch(worker.worker);
    await worker.call('alloc', [100]);
    worker.worker.postMessage({ id: 0, command: 'exit', args: [] });
    await worker.exited;
    expect(contentOf(heap)).toMatchObject(EMPTY);
  });

  it('has nothing to do when the worker has closed its heap', async () => {
    const [worker] = await startWorkers(1, heap.descriptor);
    heap.watch(worker.worker, {
      onOrphan: () => {
        throw new Error('there are none');
      },
    });
    await worker.call('alloc', [100]);
    await worker.call('detach', {});
    await worker.terminate();
    expect(heap.threads()).toHaveLength(1);
  });

  it('passes the policy and the callback on', async () => {
    const [first, second] = await startWorkers(2, heap.descriptor);
    heap.watch(first.worker, { policy: 'keep' });
    /** @type {number[]} */
    const orphans = [];
    heap.watch(second.worker, {
      onOrphan: ({ address }) => {
        orphans.push(address);
        return 'own';
      },
    });
    const kept = await first.call('alloc', [100]);
    const owned = await second.call('alloc', [100]);
    await Promise.all([first.terminate(), second.terminate()]);
    expect(orphans).toEqual(owned);
    expect(contentOf(heap)).toMatchObject({ blocksLive: 2, blocksShared: 1 });
    heap.free(kept[0]);
    heap.free(owned[0]);
  });

  it('stops when it is disposed of, or the heap is closed', async () => {
    const [first, second] = await startWorkers(2, heap.descriptor);
    const watch = heap.watch(first.worker);
    watch.dispose();
    watch[Symbol.dispose]();
    await first.call('alloc', [100]);
    await first.terminate();
    expect(heap.threads()).toHaveLength(3);
    heap.watch(second.worker);
    const { descriptor } = heap;
    heap.close();
    expect(second.worker.listenerCount('exit')).toBe(1);
    await second.terminate();
    heap = Heap.attach(descriptor);
    for (const { self, number } of heap.threads()) if (!self) heap.reap(number);
    expect(contentOf(heap)).toMatchObject({ ...EMPTY, threadsLive: 1 });
  });

  it('refuses a worker that has ended, and what is no worker', async () => {
    const [worker] = await startWorkers(1, heap.descriptor);
    await worker.terminate();
    const error = expectError(() => heap.watch(worker.worker), 'STALE');
    expect(error.message).toContain('right after new Worker()');
    for (const value of [undefined, null, 7, 'worker']) {
      expectError(() => heap.watch(/** @type {never} */ (value)), 'TYPE');
    }
    expect(expectError(() => heap.watch({}), 'UNSUPPORTED').message).toContain('heap.reap()');
  });
});
