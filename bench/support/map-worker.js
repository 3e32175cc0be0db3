/**
 * A worker that holds a map and has answered from it, so that what it needs of it is in memory.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openRoot } from '../../js/image/index.js';
import { attach } from '../../js/worker.js';
import { ByName, entryAt, openLmdb, readMap } from './map-forms.js';

const { form, path, count, heap } = workerData;

/** @returns {{ get(key: string): unknown } | null} */
function openMap() {
  if (form === 'image') return openRoot(attach(heap), 'map').as(ByName);
  if (form === 'json') return readMap(path);
  return form === 'lmdb' ? openLmdb(path) : null;
}

const map = openMap();
if (map !== null) {
  for (let i = 0; i < count; i++) {
    const [key, value] = entryAt(i);
    if (map.get(key) !== value) throw new Error(`${form}: another value of ${key}`);
  }
}
globalThis.gc?.();
parentPort?.on('message', () => map); // keeps it
parentPort?.postMessage('ready');
