/**
 * Uses the locks of another thread: workerData is {heap, mutex, semaphore, condition, words}, `words` the address
 * of some words. Runs commands as heap.worker.js does.
 *
 * @module
 */
import { workerData } from 'node:worker_threads';
import { Condition, Mutex, Semaphore } from '../../js/index.js';
import { serve } from './commands.js';
import { enter } from './enter.js';
import { WORDS } from './locks-shared.js';

const heap = await enter(workerData.heap);
const mutex = Mutex.attach(heap, workerData.mutex);
const semaphore = Semaphore.attach(heap, workerData.semaphore);
const condition = Condition.attach(heap, workerData.condition);
heap.memory.ensure(workerData.words + WORDS.BYTES);
const words = heap.memory.root.i32;
const base = workerData.words >>> 2;
/** @type {import('../../js/index.js').Guard[]} */
const held = [];

/** @param {() => unknown} run */
function codeOf(run) {
  try {
    run();
    return 'OK';
  } catch (error) {
    return /** @type {{ code: string }} */ (error).code;
  }
}

/** The same clock in all threads. */
const now = () => performance.timeOrigin + performance.now();

/** @param {import('../../js/index.js').Guard} guard */
function keep(guard) {
  held.push(guard);
  return { abandoned: guard.abandoned, at: now() };
}

const commands = {
  thread: () => heap.thread,

  /** Counts without an atomic operation. @param {number} rounds */
  count(rounds) {
    for (let i = 0; i < rounds; i++) {
      const guard = mutex.lock();
      words[base + WORDS.COUNTER]++;
      guard.release();
    }
    return rounds;
  },

  /** The same, and without blocking. @param {number} rounds */
  async countAsync(rounds) {
    for (let i = 0; i < rounds; i++) {
      await mutex.runAsync(() => {
        words[base + WORDS.COUNTER]++;
      });
    }
    return rounds;
  },

  /** How many were inside at most, while this one was. @param {number} rounds */
  pass(rounds) {
    let most = 0;
    for (let i = 0; i < rounds; i++) {
      semaphore.run(() => {
        most = Math.max(most, Atomics.add(words, base + WORDS.INSIDE, 1) + 1);
        Atomics.sub(words, base + WORDS.INSIDE, 1);
      });
    }
    return most;
  },

  /** @param {number} [timeout] */
  hold: (timeout) => keep(mutex.lock({ timeout })),
  holdAsync: async () => keep(await mutex.lockAsync()),
  tryHold: () => {
    const guard = mutex.tryLock();
    return guard === null ? null : keep(guard);
  },
  /** @param {number} [timeout] */
  lockCode: (timeout) => codeOf(() => keep(mutex.lock({ timeout }))),
  unlockCode: () => codeOf(() => mutex.unlock()),
  drop() {
    for (const guard of held.splice(0)) guard.release();
  },

  /** @param {number} count */
  acquireSome(count) {
    for (let i = 0; i < count; i++) keep(semaphore.acquire());
    return count;
  },
  acquireOne: () => keep(semaphore.acquire()),

  /** Says that it waits, under the mutex: whoever has the mutex and sees it knows that it does wait. */
  waitForFlag() {
    const guard = mutex.lock();
    words[base + WORDS.WAITING]++;
    condition.waitFor(guard, () => words[base + WORDS.FLAG] !== 0);
    words[base + WORDS.FLAG]--;
    guard.release();
    return { abandoned: guard.abandoned, at: now() };
  },

  /** The same, asking the core for no more than a notification. @param {number} [timeout] */
  waitOnce(timeout) {
    const guard = mutex.lock();
    words[base + WORDS.WAITING]++;
    const isNotified = condition.wait(guard, { timeout });
    const isHeld = guard.held;
    guard.release();
    return { isNotified, isHeld };
  },

  /** Takes numbers out of a queue of one place until it gets -1. */
  takeAll() {
    let sum = 0;
    for (;;) {
      const guard = mutex.lock();
      condition.waitFor(guard, () => words[base + WORDS.FLAG] !== 0);
      const value = words[base + WORDS.FLAG];
      if (value > 0) words[base + WORDS.FLAG] = 0;
      condition.notifyAll();
      guard.release();
      if (value < 0) return sum;
      sum += value;
    }
  },

  detach: () => heap.detach(),
};

serve(commands);
