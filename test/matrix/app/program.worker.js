/** The worker of the program. */
import { parentPort, workerData } from 'node:worker_threads';
import { fromWorkerData } from 'qbwasm/worker';
import { work } from './crew.js';

work(fromWorkerData(), workerData).then((found) => {
  parentPort?.postMessage(found);
  setInterval(() => {}, 1000); // until it is terminated
});
