/**
 * Memory pools and owners that several tests share.
 *
 * @module
 */
import { expect } from 'vitest';
import { expectSound } from './heap.js';
import { openHeap } from './struct.js';
import { startWorkers } from './workers.js';

/** @typedef {import('../../js/index.js').MemoryPool} MemoryPool */
/** @typedef {import('../../js/index.js').MemoryPoolOptions} MemoryPoolOptions */

/** @param {Partial<MemoryPoolOptions>} [options] */
export function openMemory(options) {
  return openHeap().memoryPool(undefined, { bytes: 32_768, ...options });
}

/**
 * Nothing is lost, and no unit is anybody's twice.
 *
 * @param {{ heap: MemoryPool['heap'], address: number }} pool or owner
 */
export function expectWhole({ heap, address }) {
  expect(heap.core.memory.check(address)).toBe(0);
  expectSound(heap);
}

/** @param {MemoryPool} pool */
export function expectEmpty(pool) {
  expect([pool.size, pool.freeBytes, pool.utilization]).toEqual([0, pool.bytes, 0]);
  expectWhole(pool);
}

/**
 * Workers on a pool and an owner, watched by the heap.
 *
 * @param {number} count
 * @param {MemoryPool} pool
 * @param {import('../../js/index.js').Owner} [owner]
 */
export async function startOnMemory(count, pool, owner = pool.heap.owner()) {
  const { heap } = pool;
  const workers = await startWorkers(
    count,
    { heap: heap.descriptor, pool: pool.serialize(), owner: owner.descriptor },
    'memory.worker.js',
  );
  keep(owner);
  for (const { worker } of workers) heap.watch(worker);
  return workers;
}

/** @type {unknown} */
let kept;

/**
 * Until this call the collector does not free what a value owns. A descriptor keeps nothing: without this call an owner may
 * be gone before a worker attaches.
 *
 * @param {unknown} value
 */
export function keep(value) {
  kept = value;
  return kept;
}

/** @param {() => boolean} condition */
export async function until(condition) {
  for (let i = 0; i < 1000 && !condition(); i++) await new Promise((r) => setTimeout(r, 10));
  expect(condition()).toBe(true);
}
