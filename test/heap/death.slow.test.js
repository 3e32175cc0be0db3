/**
 * Workers are terminated at random moments, in the middle of whatever they do.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { LIMITS, PAGE_KIND } from '../../js/base/generated/layout.js';
import { Heap } from '../../js/index.js';
import { BOARD } from '../support/board.js';
import { contentOf, expectSound } from '../support/heap.js';
import { randomFrom, testSeed } from '../support/random.js';
import { stopWorkers, TestWorker } from '../support/workers.js';

const TERMINATIONS = Number(process.env.QB_TERMINATIONS ?? 20);
const WORKERS = 3;
/** Fewer would mean that the workers were terminated before they did anything. */
const OPERATIONS_MIN = 1000;
const MAXIMUM_BYTES = 128 * 2 ** 20;

afterEach(stopWorkers);

/**
 * The main thread's side of the board.
 */
class Churn {
  /** @type {(TestWorker | null)[]} */
  workers = [];
  /** @type {Set<number>} blocks of this thread that were put on the board */
  gifts = new Set();
  reaped = 0;

  /** @param {number} seed */
  constructor(seed) {
    this.random = randomFrom(seed);
    this.heap = Heap.create({ maximum: MAXIMUM_BYTES });
    this.baseline = contentOf(this.heap);
    this.board = this.heap.calloc(BOARD.BYTES);
    this.word = this.board >>> 2;
  }

  /** @param {number} index */
  start(index) {
    const workerData = {
      heap: this.heap.descriptor,
      seed: this.random(2 ** 31),
      index,
      board: this.board,
    };
    const worker = new TestWorker('churn.worker.js', workerData);
    worker.worker.on('error', (error) => this.errors.push(error));
    this.heap.watch(worker.worker);
    this.workers[index] = worker;
  }

  /** @type {Error[]} */
  errors = [];

  /** Puts blocks of this thread on the board, for the workers to free. */
  give() {
    for (let i = 0; i < BOARD.GIFT_COUNT; i += 1 + this.random(3)) {
      const address = this.heap.alloc(16 + this.random(2000));
      this.gifts.add(address);
      const old = Atomics.exchange(this.heap.memory.root.u32, this.word + BOARD.GIFTS + i, address);
      if (old !== 0) this.heap.free(old);
    }
  }

  /** Runs a check while no worker works. @param {() => void} check */
  async paused(check) {
    const { u32, i32 } = this.heap.memory.root;
    Atomics.store(u32, this.word, 1);
    for (const [index, worker] of this.workers.entries()) {
      while (worker !== null && Atomics.load(u32, this.word + BOARD.ACKS + index) === 0) {
        await sleep(1);
        if (this.errors.length > 0) throw this.errors[0];
      }
    }
    check();
    Atomics.store(u32, this.word, 0);
    Atomics.notify(i32, this.word);
  }

  /** @param {number} index */
  async kill(index) {
    await this.workers[index]?.terminate();
    this.workers[index] = null;
    Atomics.store(this.heap.memory.root.u32, this.word + BOARD.ACKS + index, 0);
  }

  /** Gives back what belongs to the main thread or to nobody. */
  clean() {
    for (const [name, { value }] of this.heap.roots.entries()) {
      this.heap.roots.delete(name);
      this.heap.free(value);
    }
    for (const address of this.gifts) {
      if (this.heap.core.blockOwner(address) === this.heap.thread.number) this.heap.free(address);
    }
  }
}

describe('a worker terminated at any moment', () => {
  it(`leaves the heap sound, ${TERMINATIONS} times, and all its bytes come back`, async () => {
    const churn = new Churn(testSeed('terminations'));
    const { heap } = churn;
    for (let index = 0; index < WORKERS; index++) churn.start(index);
    for (let round = 0; round < TERMINATIONS; round++) {
      churn.give();
      await sleep(churn.random(round % 4 === 0 ? 60 : 250));
      const victim = churn.random(WORKERS);
      await churn.kill(victim);
      expect(heap.threads().length).toBeLessThanOrEqual(WORKERS);
      await churn.paused(() => expectSound(heap));
      churn.start(victim);
    }
    await Promise.all(churn.workers.map((_, index) => churn.kill(index)));
    expect(churn.errors).toEqual([]);
    expect(heap.memory.root.u32[churn.word + BOARD.OPERATIONS]).toBeGreaterThan(OPERATIONS_MIN);
    expect(heap.threads()).toHaveLength(1);
    expectSound(heap);
    churn.clean();
    heap.free(churn.board);
    // What is left is the names of the roots, which stay for the life of a heap.
    const names = heap.stats().blocksLive;
    expect(names).toBeLessThanOrEqual(LIMITS.ROOTS_MAX);
    expect(contentOf(heap)).toEqual({
      ...churn.baseline,
      blocksLive: names,
      liveBytes: heap.stats().liveBytes,
    });
    const left = heap.inspect();
    expect(left.kinds.includes(PAGE_KIND.SPAN)).toBe(false);
    heap.close();
  });
});
