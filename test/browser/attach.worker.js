/**
 * Changes a struct in place, then works for ever and holds blocks until it is terminated.
 *
 * @module
 */
import { fromMessage } from '../../js/worker.js';
import { Particle } from './particle.js';

const heap = await fromMessage();
const address = heap.roots.get('particle')?.value ?? 0;
const particle = Particle.at(heap, address);
particle.x += 41;
for (let i = 0; i < 1000; i++) heap.alloc(100);
postMessage('ready');
for (;;) heap.free(heap.alloc(16));
