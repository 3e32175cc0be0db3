/**
 * Builds a file of entries, or holds them in workers, and prints what that took. `map-files.js` runs it.
 *
 *     node --expose-gc map-process.js build FORM PATH COUNT
 *     node --expose-gc map-process.js hold FORM PATH COUNT WORKERS
 *
 * @module
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { open } from '../../js/image/index.js';
import { Heap } from '../../js/index.js';
import { BUILDERS } from './map-forms.js';

const [command, form, path, count, workers] = process.argv.slice(2);
const measured = command === 'build' ? await build() : await hold();
process.stdout.write(JSON.stringify(measured));

async function build() {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const start = performance.now();
  await BUILDERS[/** @type {import('./map-forms.js').Form} */ (form)](path, Number(count));
  const ms = performance.now() - start;
  return { ms, peakBytes: process.resourceUsage().maxRSS * 1024 - before };
}

async function hold() {
  const heap = form === 'image' ? Heap.create({ maximum: 2 ** 30 }) : null;
  if (heap !== null) await open(path, { heap, root: 'map' }); // the one copy
  const workerData = { form, path, count: Number(count), heap: heap?.descriptor };
  const team = Array.from(
    { length: Number(workers) },
    () => new Worker(new URL('./map-worker.js', import.meta.url), { workerData }),
  );
  for (const worker of team) heap?.watch(worker);
  await Promise.all(team.map((worker) => once(worker, 'message')));
  globalThis.gc?.();
  const bytes = process.memoryUsage().rss;
  await Promise.all(team.map((worker) => worker.terminate()));
  heap?.close();
  return { bytes };
}
