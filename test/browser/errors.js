/**
 * What a page and its worker can do, and what they are told about the rest. Posts it to the server that
 * test/browser/run.mjs is.
 *
 * @module
 */
import { capabilities, Heap, QbError, struct, t } from '../../js/index.js';
import { reallyCan } from './really.js';

const report = (/** @type {object} */ result) =>
  fetch('/result', { method: 'POST', body: JSON.stringify(result) });

addEventListener('error', (event) => report({ error: event.message }));
addEventListener('unhandledrejection', (event) => report({ error: String(event.reason) }));

class Flag extends struct('Flag', { word: t.i32 }) {}

/** @param {() => unknown} run */
function outcome(run) {
  try {
    run();
    return { code: 'OK' };
  } catch (error) {
    const { name, code, message } = /** @type {QbError} */ (error);
    return { isQbError: error instanceof QbError, name, code, message };
  }
}

/** What blocks, on the main thread. */
function waits() {
  const heap = Heap.create();
  const none = heap.semaphore(1);
  none.acquire();
  const flag = new Flag();
  const channel = heap.channel({ capacity: 1, of: 'i32' });
  const pool = heap.pool(Flag, { capacity: 1 });
  pool.acquire();
  return [
    outcome(() => none.acquire()),
    outcome(() => channel.receive()),
    outcome(() => pool.acquireWait()),
    outcome(() => Flag.atomic.word.wait(flag, 0)),
  ];
}

const creation = outcome(() => Heap.create());
const worker = new Worker(new URL('errors.worker.js', import.meta.url), { type: 'module' });
worker.onerror = (event) => report({ error: event.message });
worker.onmessage = async ({ data }) =>
  report({
    says: capabilities(),
    really: await reallyCan(),
    worker: data,
    creation,
    descriptor: creation.code === 'OK' ? outcome(() => Heap.create().descriptor) : null,
    waits: creation.code === 'OK' ? waits() : [],
  });
