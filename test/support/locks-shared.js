/**
 * What tests of locks and their workers share. See lock.worker.js.
 *
 * @module
 */
import { startWorkers } from './workers.js';

/** Words in shared memory, by index. */
export const WORDS = Object.freeze({ COUNTER: 0, INSIDE: 1, WAITING: 2, FLAG: 3, BYTES: 16 });

/**
 * A mutex, a condition, a semaphore of `permits`, and some words.
 *
 * @param {import('../../js/index.js').Heap} heap
 * @param {number} [permits]
 */
export function makeLocks(heap, permits = 3) {
  const words = heap.calloc(4, 4);
  const { i32 } = heap.memory.root;
  return {
    heap,
    mutex: heap.mutex(),
    semaphore: heap.semaphore(permits),
    condition: heap.condition(),
    words,
    /** @param {number} word */
    get: (word) => i32[(words >>> 2) + word],
    /** @param {number} word @param {number} value */
    set: (word, value) => {
      i32[(words >>> 2) + word] = value;
    },
  };
}

/**
 * Workers that have attached to all of it.
 *
 * @param {ReturnType<typeof makeLocks>} locks
 * @param {number} count
 */
export async function startLockers({ heap, mutex, semaphore, condition, words }, count) {
  const data = {
    heap: heap.descriptor,
    mutex: mutex.descriptor,
    semaphore: semaphore.descriptor,
    condition: condition.descriptor,
    words,
  };
  const workers = await startWorkers(count, data, 'lock.worker.js');
  for (const { worker } of workers) heap.watch(worker);
  return workers;
}

/** Until a worker that was told to block has got there, as far as one can say from outside. */
export function aMoment() {
  return new Promise((resolve) => setTimeout(resolve, 30));
}

/**
 * Under the mutex, until a condition holds.
 *
 * @param {ReturnType<typeof makeLocks>} locks
 * @param {() => boolean} predicate
 */
export async function until({ mutex }, predicate) {
  for (let i = 0; i < 2000; i++) {
    if (await mutex.runAsync(predicate)) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  throw new Error('it did not come to that');
}
