/**
 * A web worker attaches, writes in place, and is terminated while it allocates: what it held must come
 * back. Posts what it saw to the server that test/browser/run.mjs is.
 *
 * @module
 */
import { Heap } from '../../js/index.js';
import { Particle } from './particle.js';

const WAIT_MS = 20_000;

/** @param {object} result */
const report = (result) => fetch('/result', { method: 'POST', body: JSON.stringify(result) });

addEventListener('error', (event) => report({ error: event.message }));
addEventListener('unhandledrejection', (event) => report({ error: String(event.reason) }));

const heap = Heap.create();
const particle = new Particle({ x: 1, name: 'électron' });
heap.roots.set('particle', particle.address);
const before = heap.stats().blocksLive;

const worker = new Worker(new URL('attach.worker.js', import.meta.url), { type: 'module' });
heap.watch(worker);
worker.onerror = (event) => report({ error: event.message });
worker.onmessage = async () => {
  const during = heap.stats().blocksLive;
  const threads = heap.threads().length;
  worker.terminate();
  const end = performance.now() + WAIT_MS;
  while (heap.threads().length > 1 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await report({
    x: particle.x,
    name: particle.name,
    threads,
    held: during - before >= 1000,
    threadsAfter: heap.threads().length,
    blocksLost: heap.stats().blocksLive - before,
    faults: heap.check().length,
  });
};
worker.postMessage(heap.descriptor);
