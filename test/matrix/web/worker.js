/** The worker of the web application. */
import { Pool } from 'qbwasm';
import { attach } from 'qbwasm/worker';
import { Particle } from './types.js';

addEventListener('message', ({ data }) => {
  if (data?.heap === undefined) return;
  const heap = attach(data.heap);
  const pool = Pool.attach(heap, data.pool, { type: Particle });
  const particle = Particle.at(heap, heap.roots.get('particle')?.value ?? 0);
  for (let i = 0; i < 1000; i++) Particle.atomic.hits.add(particle, 1);
  const acquired = pool.acquire();
  acquired.x = 7;
  acquired.name = particle.name;
  postMessage({ handle: pool.handle(acquired) });
});
