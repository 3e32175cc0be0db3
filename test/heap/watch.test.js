/**
 * Proof of death by Web Locks, with locks that the test plays. The browser tests use real ones.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Core } from '../../js/base/module.js';
import { holdLock, lockName } from '../../js/heap/agent.js';
import { attachThread } from '../../js/heap/thread.js';
import { watchLocks } from '../../js/heap/watch.js';
import { Heap } from '../../js/index.js';
import { contentOf, expectSound } from '../support/heap.js';
import { FakeLocks } from '../support/locks.js';

const POLL = 1000;
const STEP = 100;
/** More than any promise here is away. */
const MICROTASKS = 50;

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

let nextId = 2 ** 28 - 100;

/** A slot as a web worker holds it, with a block. */
function webWorker(id = nextId++, kind = /** @type {'web' | 'web-locked'} */ ('web')) {
  const core = new Core(heap.descriptor.module, heap.memory.wasmMemory);
  const thread = attachThread(core, heap.memory, { kind, id });
  core.alloc(100);
  return { core, thread, id, die: () => locks.drop.get(lockName(id))?.() };
}

/** @param {(thread: {number: number, generation: number}) => void} [reap] */
function watch(reap = (thread) => heap.reap(thread)) {
  const watched = { memory: heap.memory, threadNumber: heap.thread.number, reap };
  stop = watchLocks(watched, locks);
}

/** Not by advanceTimersByTimeAsync, which never comes back in Firefox and WebKit. */
async function soon() {
  for (let at = 0; at < POLL; at += STEP) {
    vi.advanceTimersByTime(STEP);
    for (let i = 0; i < MICROTASKS; i++) await null;
  }
}

describe('a web worker', () => {
  it('is reaped when its lock comes free', async () => {
    const { id, die } = webWorker();
    holdLock(locks, id);
    watch();
    await soon();
    expect(heap.threads()).toHaveLength(2);
    die();
    await soon();
    expect(heap.threads()).toHaveLength(1);
    expect(contentOf(heap)).toMatchObject({ blocksLive: 0 });
    expectSound(heap);
  });

  it('is found when it attaches after the watch began', async () => {
    watch();
    await soon();
    const { id, die } = webWorker();
    holdLock(locks, id);
    await soon();
    die();
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
    const { core, thread, id, die } = webWorker();
    holdLock(locks, id);
    watch();
    await soon();
    core.threadDetach(0);
    const next = webWorker();
    expect(next.thread.number).toBe(thread.number);
    die();
    await soon();
    expect(heap.threads()).toHaveLength(2);
    expect(contentOf(heap)).toMatchObject({ blocksLive: 1 });
    heap.reap(next.thread);
  });

  it('loses all its slots at once', async () => {
    const { id, die } = webWorker();
    webWorker(id);
    const other = webWorker();
    holdLock(locks, id);
    watch();
    await soon();
    die();
    await soon();
    expect(heap.threads().map(({ number }) => number)).toEqual([1, other.thread.number]);
    heap.reap(other.thread);
  });

  it('is reaped once when two watch it', async () => {
    const { id, die } = webWorker();
    holdLock(locks, id);
    /** @type {boolean[]} */
    const reaped = [];
    const reap = (/** @type {{number: number, generation: number}} */ dead) =>
      void reaped.push(heap.reap(dead));
    watch(reap);
    const stopFirst = stop;
    watch(reap);
    await soon();
    die();
    await soon();
    expect(reaped).toEqual([true]);
    stopFirst();
  });

  it('is reaped without having been seen when its slot says that it had its lock', async () => {
    webWorker(nextId++, 'web-locked');
    expect(heap.threads()[1].agent).toMatchObject({ kind: 'web-locked' });
    watch();
    await soon();
    expect(heap.threads()).toHaveLength(1);
    expect(locks.queries).toBe(0);
  });

  it('is left alone while it holds its lock, whatever the slot says', async () => {
    const { id, die } = webWorker(nextId++, 'web-locked');
    holdLock(locks, id);
    watch();
    await soon();
    expect(heap.threads()).toHaveLength(2);
    die();
    await soon();
    expect(heap.threads()).toHaveLength(1);
  });
});

describe('watching', () => {
  it('stops: what dies later is not reaped, and nothing is asked any more', async () => {
    const { thread, id, die } = webWorker();
    holdLock(locks, id);
    watch();
    await soon();
    stop();
    die();
    const { queries } = locks;
    await soon();
    expect(heap.threads()).toHaveLength(2);
    expect(locks.queries).toBe(queries);
    heap.reap(thread);
  });

  it('asks for locks only when there is a slot that it does not know', async () => {
    const { thread, id } = webWorker();
    holdLock(locks, id);
    watch();
    await soon();
    const { queries } = locks;
    await soon();
    await soon();
    expect(locks.queries).toBe(queries);
    heap.reap(thread);
  });
});
