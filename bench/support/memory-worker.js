/**
 * The other side of the wake-up benchmark: waits for room in one pool, makes room in another.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { MemoryPool } from '../../js/index.js';
import { attach } from '../../js/worker.js';

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const heap = attach(workerData.heap);
const { words, bytes } = workerData;
const { i32 } = heap.memory.root;
const pairs = workerData.pools.map((/** @type {string[]} */ pair) =>
  pair.map((name) => MemoryPool.attach(heap, name)),
);

/** @type {Record<string, (count: number) => void>} */
const commands = {
  bare(count) {
    for (let i = 1; i <= count; i++) {
      Atomics.wait(i32, words, i - 1);
      Atomics.store(i32, words + 32, i);
      Atomics.notify(i32, words + 32);
    }
  },

  /** The same with two blocks of a pool of its own, which nobody waits for. */
  paired(count) {
    const pool = heap.memoryPool(undefined, { bytes: 4 * bytes });
    let [mine, last] = [pool.alloc(bytes), pool.alloc(bytes)];
    for (let i = 1; i <= count; i++) {
      Atomics.wait(i32, words, i - 1);
      last.free();
      mine.free();
      Atomics.store(i32, words + 32, i);
      Atomics.notify(i32, words + 32);
      last = pool.alloc(bytes);
      mine = pool.alloc(bytes);
    }
    pool.destroy();
  },

  /** See the main thread for who holds what. */
  pools(count) {
    let mine = pairs[0][1].allocWait(bytes);
    let next = pairs[1][1].allocWait(bytes);
    let last = pairs[2][0].allocWait(bytes);
    port.postMessage('holding');
    for (let i = 0; i < count; i++) {
      const woken = pairs[i % 3][0].allocWait(bytes);
      const held = pairs[(i + 2) % 3][1].alloc(bytes);
      last.free();
      mine.free(); // wakes the main thread
      [mine, next, last] = [next, held, woken];
    }
    for (const one of [mine, next, last]) one.free();
    port.postMessage('done');
  },
};

port.on('message', ({ command, count }) => commands[command](count));
port.postMessage('ready');
