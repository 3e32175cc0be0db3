/**
 * Acquires and releases in a shared pool until it is told to stop, while the main thread measures.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Pool, struct, t } from '../../js/index.js';
import { attach } from '../../js/worker.js';

class Particle extends struct('Particle', { x: t.f64, y: t.f64, z: t.f64, id: t.i32 }) {}

const heap = attach(workerData.heap);
const pool = Pool.attach(heap, workerData.pool, { type: Particle });
const stop = workerData.stop >>> 2;
let count = 0;
const start = performance.now();
parentPort?.postMessage('ready');
while (Atomics.load(heap.memory.root.i32, stop) === 0) {
  for (let i = 0; i < 1000; i++) pool.release(pool.acquire());
  count += 1000;
}
parentPort?.postMessage({ count, ms: performance.now() - start });
