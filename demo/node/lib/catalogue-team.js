/**
 * Workers that answer queries about packages, and what they take in memory.
 *
 * @module demo/lib/catalogue-team
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { open } from '../../../js/image/index.js';
import { Heap } from '../../../js/index.js';

/** @typedef {import('../packages.worker.js').Answer} Answer */
/** @typedef {{ image: string, json: string }} Files the same packages, in two forms */
/** What workers answer from: one image, Maps of their own, or nothing at all. @typedef {'image' | 'maps' | 'nothing'} Kind */

const WORKER = new URL('../packages.worker.js', import.meta.url);
const MEASURED = fileURLToPath(new URL('../packages.measure.js', import.meta.url));
const HEAP_BYTES_MAX = 2 ** 30;

/**
 * Starts workers, all ready.
 *
 * @param {Kind} kind
 * @param {number} count
 * @param {Files} files
 */
export async function startTeam(kind, count, { image, json }) {
  const heap = kind === 'image' ? Heap.create({ maximum: HEAP_BYTES_MAX }) : null;
  if (heap !== null) await open(image, { heap, root: 'packages' }); // the one copy
  const workerData = { heap: heap?.descriptor, json: kind === 'maps' ? json : undefined };
  const workers = Array.from({ length: count }, () => new Worker(WORKER, { workerData }));
  for (const worker of workers) heap?.watch(worker);
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return {
    /**
     * All workers answer the same queries at once.
     *
     * @param {string[]} names
     * @param {number} rounds
     * @returns {Promise<Answer[]>}
     */
    ask: (names, rounds) =>
      Promise.all(
        workers.map(async (worker) => {
          worker.postMessage({ names, rounds });
          const [answer] = await once(worker, 'message');
          return answer;
        }),
      ),
    end: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
      heap?.close();
    },
  };
}

/**
 * Resident memory of a process of its own with so many workers, all of which have answered.
 *
 * @param {Kind} kind
 * @param {number} count
 * @param {Files} files
 * @returns {Promise<number>} bytes
 */
export async function measureResidence(kind, count, { image, json }) {
  const args = ['--no-warnings', '--expose-gc', MEASURED, kind, String(count), image, json];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}
