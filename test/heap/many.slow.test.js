/**
 * As many threads as a heap may have, alive at once.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../js/base/generated/layout.js';
import { Core } from '../../js/base/module.js';
import { Heap } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

const WORKERS = 64;

afterEach(stopWorkers);

describe('64 workers', () => {
  it('are attached at once, allocate, and free what their neighbours allocated', async () => {
    const heap = Heap.create({ maximum: 256 * 2 ** 20 });
    const workers = await startWorkers(WORKERS, heap.descriptor);
    for (const { worker } of workers) heap.watch(worker);
    expect(heap.threads()).toHaveLength(WORKERS + 1);
    const sizes = Array.from({ length: 50 }, (_, i) => 16 + i * 61);
    const blocks = await Promise.all(workers.map((worker) => worker.call('alloc', sizes)));
    expect(new Set(blocks.flat()).size).toBe(WORKERS * sizes.length);
    expect(contentOf(heap)).toMatchObject({ blocksLive: WORKERS * sizes.length });
    const answers = await Promise.all(
      workers.map((worker, i) => worker.call('free', blocks[(i + 1) % WORKERS].slice(0, 25))),
    );
    expect(new Set(answers.flat())).toEqual(new Set(['OK']));
    expectSound(heap);
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(contentOf(heap)).toMatchObject({ threadsLive: 1, blocksLive: 0 });
    expectSound(heap);
    heap.close();
  });
});

describe('128 threads', () => {
  it('are all there is; the next one is told so, and a slot that comes free is taken', () => {
    const heap = Heap.create({ maximum: 2 ** 20 });
    const { descriptor } = heap;
    const cores = Array.from({ length: LIMITS.THREADS_MAX - 1 }, () => {
      const core = new Core(descriptor.module, descriptor.memory);
      core.threadAttach(0);
      return core;
    });
    const late = new Core(descriptor.module, descriptor.memory);
    const error = expectError(() => late.threadAttach(0), 'TOO_MANY_THREADS');
    expect(error.message).toMatch(/At most 128 threads.*reap/);
    expectError(() => late.alloc(16), 'NOT_ATTACHED');
    cores[50].threadDetach(0);
    late.threadAttach(0);
    expect(heap.threads()).toHaveLength(LIMITS.THREADS_MAX);
    expectSound(heap);
    for (const core of [...cores, late]) if (core !== cores[50]) core.threadDetach(0);
    expectSound(heap);
    heap.close();
  });
});
