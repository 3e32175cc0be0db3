/** How the program starts its workers. */
import { Worker } from 'node:worker_threads';

/** @type {import('./tour.js').Start} */
export function start(order) {
  const worker = new Worker(new URL('./program.worker.js', import.meta.url), { workerData: order });
  const answer = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { worker, answer, terminate: () => worker.terminate() };
}
