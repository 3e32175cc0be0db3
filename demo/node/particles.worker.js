/**
 * Simulates its share of the particles, frame by frame: in a shared pool, or as plain objects that are posted.
 *
 * @module demo/particles.worker
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { Pool } from '../../js/index.js';
import { attach } from '../../js/worker.js';
import { move, Particle, place } from './lib/particle.js';

const { first, count } = workerData;
let gcMilliseconds = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcMilliseconds += duration;
}).observe({ entryTypes: ['gc'] });

const step = workerData.pool === undefined ? simulatePosted() : simulateShared();

parentPort?.on('message', async (command) => {
  if (command === 'step') {
    parentPort?.postMessage({ state: step() });
    return;
  }
  await new Promise((resolve) => setTimeout(resolve, 20)); // the observer is told a little later
  parentPort?.postMessage({ gcMilliseconds });
});
parentPort?.postMessage({});

/** @returns {() => undefined} one frame: nothing to send, it is there already */
function simulateShared() {
  const heap = attach(workerData.heap);
  const pool = /** @type {Pool<Particle>} */ (
    Pool.attach(heap, workerData.pool, { type: Particle })
  );
  const particles = pool.acquireMany(count);
  particles.forEach((particle, i) => {
    place(particle, first + i);
  });
  return () => {
    for (const particle of particles) particle.step();
    return undefined;
  };
}

/** @returns {() => import('./lib/particle.js').Body[]} one frame, with all of its state */
function simulatePosted() {
  const bodies = Array.from({ length: count }, (_, i) => {
    const body = { x: 0, y: 0, vx: 0, vy: 0 };
    place(body, first + i);
    return body;
  });
  return () => {
    for (const body of bodies) move(body);
    return bodies;
  };
}
