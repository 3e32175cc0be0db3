/**
 * Answers queries about packages: from the one image that all workers share, or from Maps of its own.
 *
 * @module demo/packages.worker
 */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { openRoot } from '../../js/image/index.js';
import { attach } from '../../js/worker.js';
import { imageCatalogue, mapCatalogue } from './lib/package.js';

/** @typedef {{ lookups: number, milliseconds: number, proof: number }} Answer */

const { heap, json } = workerData;
const catalogue = openCatalogue();

parentPort?.on(
  'message',
  (/** @type {{ names: string[], rounds: number }} */ { names, rounds }) => {
    parentPort?.postMessage(answer(names, rounds));
  },
);
parentPort?.postMessage('ready');

/** Null for a worker that holds nothing: what workers take by themselves. */
function openCatalogue() {
  if (heap !== undefined) return imageCatalogue(openRoot(attach(heap), 'packages'));
  return json === undefined ? null : mapCatalogue(JSON.parse(readFileSync(json, 'utf8')));
}

/**
 * Finds each package and counts who depends on it.
 *
 * @param {readonly string[]} names
 * @param {number} rounds
 * @returns {Answer}
 */
function answer(names, rounds) {
  const start = performance.now();
  let proof = 0;
  for (let round = 0; round < rounds && catalogue !== null; round++) {
    for (const name of names) {
      const found = catalogue.find(name);
      if (found !== undefined) proof += found.size;
      proof += catalogue.dependantCount(name);
    }
  }
  return { lookups: names.length * rounds * 2, milliseconds: performance.now() - start, proof };
}
