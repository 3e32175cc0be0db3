/**
 * Opens images of another thread: workerData is {heap}. Runs commands as heap.worker.js does.
 *
 * @module
 */
import { workerData } from 'node:worker_threads';
import { mapOf, open, openBytes, openRoot, t } from '../../js/image/index.js';
import { serve } from './commands.js';
import { enter } from './enter.js';

const heap = await enter(workerData.heap);
const Numbers = mapOf(t.string, t.u32);

const commands = {
  thread: () => heap.thread,

  /** @param {string} root @param {string[]} keys @returns {(number | undefined)[]} */
  lookUp: (root, keys) => openRoot(heap, root).as(Numbers).getMany(keys),

  /** @param {Uint8Array} bytes @param {string[]} keys @returns {(number | undefined)[]} */
  lookUpIn: (bytes, keys) => openBytes(bytes).as(Numbers).getMany(keys),

  /** @param {string} path @param {string} root @returns {Promise<number>} where the image is */
  openFile: async (path, root) => (await open(path, { heap, root })).address,

  /** @param {string} root @param {[string, number][]} entries @returns {Promise<string>} a code */
  build: (root, entries) =>
    Numbers.build(entries, heap, { root }).then(
      () => 'OK',
      ({ code }) => code,
    ),

  detach: () => heap.detach(),
};

serve(commands);
