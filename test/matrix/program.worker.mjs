/** The worker of program.mjs. */
import { parentPort, workerData } from 'node:worker_threads';
import { Pool } from 'qbwasm';
import { attach } from 'qbwasm/worker';
import { Particle } from './types.mjs';

const heap = attach(workerData.heap);
const pool = Pool.attach(heap, workerData.pool, { type: Particle });
const counter = Particle.at(heap, heap.roots.get('counter')?.value ?? 0);
for (let i = 0; i < workerData.rounds; i++) {
  const particle = pool.acquire();
  particle.x = i;
  Particle.atomic.hits.add(counter, 1);
  pool.release(particle);
}
pool.acquire(); // held for ever: the main thread will terminate this worker
parentPort?.postMessage(counter.name);
setInterval(() => {}, 1000);
