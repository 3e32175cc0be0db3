/**
 * The application for browsers, built by a bundler or by none. Posts what it found to the page's server.
 *
 *   /?entry=main|external|parts|audio&core=<address of the wasm, where the bundler does not see to it>
 *
 * @module
 */
import './policy.js';
import { namesOf } from './entries.js';
import { tour } from './tour.js';

const query = new URLSearchParams(location.search);

/** @param {object} result */
function report(result) {
  // Not beside the modules: they may come from another origin.
  fetch(new URL('/result', location.href), { method: 'POST', body: JSON.stringify(result) });
}

/** @param {unknown} error */
function reportError(error) {
  const { code, message } = /** @type {{ code?: string, message?: string }} */ (error ?? {});
  report({ error: message ?? String(error), code });
}
addEventListener('error', (event) => reportError(event.error ?? event));
addEventListener('unhandledrejection', (event) => reportError(event.reason));

/** @type {import('./tour.js').Start} */
function start(order) {
  const worker = new Worker(new URL('./page.worker.js', import.meta.url), { type: 'module' });
  const answer = new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data), { once: true });
    worker.addEventListener('error', (event) =>
      reject(new Error(`the worker failed: ${event.message ?? 'it did not load'}`)),
    );
  });
  worker.postMessage(order);
  return { worker, answer, terminate: () => worker.terminate() };
}

async function main() {
  const entry = query.get('entry') ?? 'main';
  if (entry === 'audio') return report(await (await import('./audio.js')).play());
  const core = query.get('core');
  const address = core === null ? undefined : new URL(core, document.baseURI);
  report(await tour(await namesOf(entry, address), start));
}

main().catch(reportError);
