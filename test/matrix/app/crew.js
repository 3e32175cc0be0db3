/**
 * What a worker of the application does, wherever it runs.
 *
 * @module
 */
import { Mutex } from 'qbwasm';
import { Particle } from './structs.js';
import { isTagged, peopleOf } from './tour.js';

/**
 * @typedef {object} Order what a worker gets
 * @property {import('qbwasm').HeapDescriptor} heap
 * @property {number} number of the worker
 * @property {number} rounds
 * @property {import('qbwasm').PoolDescriptor} pool
 * @property {import('qbwasm').ChannelDescriptor} jobs
 * @property {import('qbwasm').ChannelDescriptor} results
 * @property {import('qbwasm').LockDescriptor} mutex
 * @property {Uint8Array} packed
 */

/**
 * @param {import('qbwasm').Heap} heap
 * @param {Order} order
 * @returns {Promise<object>} what it found
 */
export async function work(heap, order) {
  const pool = heap.attachPool(order.pool, { type: Particle });
  const counter = Particle.at(heap, heap.roots.get('counter')?.value ?? 0);
  for (let i = 0; i < order.rounds; i++) {
    const particle = pool.acquire();
    particle.x = i;
    Particle.atomic.hits.add(counter, 1);
    pool.release(particle);
  }
  Mutex.attach(heap, order.mutex).run(() => {
    counter.x++; // not atomic: the mutex makes it so
  });

  const jobs = heap.attachChannel(order.jobs);
  const results = heap.attachChannel(order.results);
  for await (const message of jobs) {
    const job = /** @type {Particle} */ (message);
    job.x = Math.sqrt(job.x);
    await results.sendAsync(job);
  }

  const chunk = heap.attachMemoryPool('chunks').get('DATA', order.number);
  const sum = chunk.bytes().reduce((all, byte) => all + byte, 0);
  chunk.free();
  pool.acquire(); // for ever: the main thread will terminate this worker
  return {
    name: counter.name,
    people: peopleOf(heap, 'Oslo'),
    tagged: isTagged(order.packed),
    sum,
  };
}
