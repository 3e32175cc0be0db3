/**
 * Proof of death by Web Locks, with locks that the test plays. The browser tests use real ones.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Core } from '../../js/base/module.js';
import { attachThread } from '../../js/heap/thread.js';
import { holdLock, watchLocks } from '../../js/heap/watch.js';
import { Heap } from '../../js/index.js';
import { contentOf, expectSound } from '../support/heap.js';
import { FakeLocks } from '../support/locks.js';

const POLL = 1000;

/** @type {Heap} */
let heap;
/** @type {FakeLocks} */
let locks;
/** @type {() => void} */
let stop;

beforeEach(() => {
  vi.useFakeTimers();
  heap = Heap.create({ maximum: 4 * 2 ** 20 });
  locks = new FakeLocks();
  stop = () => {};
});

afterEach(() => {
  stop();
  vi.useRealTimers();
  heap.close();
});

/** A slot as a web worker holds it, with a block. */
function webWorker() {
  const core = new Core(heap.descriptor.module, heap.memory.wasmMemory);
  const thread = attachThread(core, heap.memory, { kind: 'web', id: 0 });
  core.alloc(100);
  return { core, thread, lock: `qbwasm:${heap.id}:${thread.number}:${thread.generation}` };
}

/** @param {(thread: {number: number, generation: number}) => void} [reap] */
function watch(reap = (thread) => heap.reap(thread)) {
  const watched = { id: heap.id, memory: heap.memory, threadNumber: heap.thread.number, reap };
  stop = watchLocks(watched, locks);
}

const soon = () => vi.advanceTimersByTimeAsync(POLL);

describe('a web worker', () => {
  it('is reaped when its lock comes free', async () => {
    const { thread, lock } = webWorker();
    holdLock(locks, heap.id, thread);
    watch();
    await soon();
    expect(heap.threads()).toHaveLength(2);
    locks.drop.get(lock)?.();
    await soon();
    expect(heap.threads()).toHaveLength(1);
    expect(contentOf(heap)).toMatchObject({ blocksLive: 0 });
    expectSound(heap);
  });

  it('is found when it attaches after the watch began', async () => {
    watch();
    await soon();
    const { thread, lock } = webWorker();
    holdLock(locks, heap.id, thread);
    await soon();
    locks.drop.get(lock)?.();
    await soon();
    expect(heap.threads()).toHaveLength(1);
  });

  it('is left alone while nobody has seen its lock held: that is no proof', async () => {
    const { thread } = webWorker();
    watch();
    await soon();
    await soon();
    expect(heap.threads()).toHaveLength(2);
    heap.reap(thread);
  });

  it('is left alone when it has closed its heap, and so is the next holder of the slot', async () => {
    const { core, thread } = webWorker();
    const release = holdLock(locks, heap.id, thread);
    watch();
    await soon();
    core.threadDetach(0);
    const next = webWorker();
    expect(next.thread.number).toBe(thread.number);
    release();
    await soon();
    expect(heap.threads()).toHaveLength(2);
    expect(contentOf(heap)).toMatchObject({ blocksLive: 1 });
    heap.reap(next.thread);
  });

  it('is reaped once when two watch it', async () => {
    const { thread, lock } = webWorker();
    holdLock(locks, heap.id, thread);
    /** @type {boolean[]} */
    const reaped = [];
    const reap = (/** @type {{number: number, generation: number}} */ dead) =>
      void reaped.push(heap.reap(dead));
    watch(reap);
    const stopFirst = stop;
    watch(reap);
    await soon();
    locks.drop.get(lock)?.();
    await soon();
    expect(reaped).toEqual([true, false]);
    stopFirst();
  });
});

describe('watching', () => {
  it('stops: what dies later is not reaped, and nothing is asked any more', async () => {
    const { thread, lock } = webWorker();
    holdLock(locks, heap.id, thread);
    watch();
    await soon();
    stop();
    locks.drop.get(lock)?.();
    const { queries } = locks;
    await soon();
    expect(heap.threads()).toHaveLength(2);
    expect(locks.queries).toBe(queries);
    heap.reap(thread);
  });

  it('asks for locks only when there is a slot that it does not know', async () => {
    const { thread } = webWorker();
    holdLock(locks, heap.id, thread);
    watch();
    await soon();
    const { queries } = locks;
    await soon();
    await soon();
    expect(locks.queries).toBe(queries);
    heap.reap(thread);
  });
});
