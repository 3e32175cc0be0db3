/**
 * The web application of the matrix: its own worker file, built by a bundler or by none.
 *
 * @module
 */
import { capabilities, Heap } from 'qbwasm';
import { Particle } from './types.js';

/** @typedef {{ createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => { createScriptURL: (url: string) => string } }} TrustedTypes */

/** @param {object} result */
const report = (result) => fetch('/result', { method: 'POST', body: JSON.stringify(result) });
addEventListener('error', (event) => report({ error: event.message }));
addEventListener('unhandledrejection', (event) => report({ error: String(event.reason) }));

const heap = Heap.create({ maximum: 64 * 2 ** 20 });
const particle = new Particle({ x: 1, name: 'électron' });
const inOneAgent = heap.arena(Particle).run(() => new Particle({ x: 41 }).x) + particle.x;

/** @returns {Worker} */
function startWorker() {
  try {
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  } catch {
    // Under `require-trusted-types-for 'script'` its address must be made by a policy of the application.
    const { trustedTypes } = /** @type {{ trustedTypes: TrustedTypes }} */ (
      /** @type {unknown} */ (globalThis)
    );
    const policy = trustedTypes.createPolicy('app', { createScriptURL: (url) => url });
    const url = policy.createScriptURL(new URL('./worker.js', import.meta.url).href);
    return new Worker(url, { type: 'module' });
  }
}

let descriptor = null;
let refused = '';
try {
  descriptor = heap.descriptor;
} catch (error) {
  refused = /** @type {import('qbwasm').QbError} */ (error).code;
}
if (descriptor === null) {
  await report({ inOneAgent, refused, shared: capabilities().sharedMemory });
} else {
  const pool = heap.pool(Particle, { capacity: 8, sharing: 'shared' });
  heap.roots.set('particle', particle.address);
  const worker = startWorker();
  worker.onerror = (event) => report({ error: `worker: ${event.message}` });
  worker.onmessage = async ({ data }) => {
    const acquired = pool.at(data.handle);
    const { x, name } = acquired;
    await report({
      inOneAgent,
      x,
      name,
      hits: Particle.atomic.hits.load(particle),
      own: particle.name,
    });
  };
  worker.postMessage({ heap: descriptor, pool: pool.descriptor });
}
