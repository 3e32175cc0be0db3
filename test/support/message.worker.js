/**
 * Attaches to the heap that arrives by postMessage, and answers `seen`.
 *
 * @module
 */
import { parentPort } from 'node:worker_threads';
import { fromMessage } from '../../js/worker.js';

const attached = fromMessage();

parentPort?.on('message', async ({ id, command }) => {
  if (command !== 'seen') return;
  const heap = await attached;
  parentPort?.postMessage({ id, value: [heap.thread] });
});
