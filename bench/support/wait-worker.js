/**
 * The other side of the benchmark of locks: does what it is ordered to.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Condition, Mutex } from '../../js/index.js';
import { attach } from '../../js/worker.js';

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const heap = attach(workerData.heap);
const mutex = Mutex.attach(heap, workerData.mutex);
const condition = Condition.attach(heap, workerData.condition);
const { words } = workerData;
const { i32 } = heap.memory.root;

/** @type {Record<string, (count: number) => void>} */
const commands = {
  /** Until the word behind it says stop. */
  lock() {
    while (Atomics.load(i32, words + 64) === 0) {
      for (let i = 0; i < 100; i++) {
        const guard = mutex.lock();
        i32[words + 96]++;
        guard.release();
      }
    }
  },
  bare(count) {
    for (let i = 1; i <= count; i++) {
      Atomics.wait(i32, words, i - 1);
      Atomics.store(i32, words + 32, i);
      Atomics.notify(i32, words + 32);
    }
  },
  condition(count) {
    for (let i = 0; i < count; i++) {
      const guard = mutex.lock();
      condition.waitFor(guard, () => i32[words] === 1);
      i32[words] = 0;
      condition.notifyAll();
      guard.release();
    }
  },
};

port.on('message', ({ command, count }) => {
  port.postMessage('begun');
  commands[command](count);
  port.postMessage('ended');
});
port.postMessage('ready');
