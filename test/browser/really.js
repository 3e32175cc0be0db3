/**
 * What this agent can really do, found out the hard way, to compare with what `capabilities()` says.
 *
 * @module
 */

/** @returns {Promise<import('../../js/index.js').Capabilities>} */
export async function reallyCan() {
  return {
    wasm: await works(() => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))),
    sharedMemory: await works(writeThroughWorker),
    crossOriginIsolated: globalThis.crossOriginIsolated,
    atomicsWait: await works(() => Atomics.wait(words(), 0, 0, 1) === 'timed-out'),
    waitAsync: await works(waitForOwnNotify),
    webLocks: await works(() => navigator.locks.request('really', () => true)),
    workerExit: false,
    finalizationRegistry: await works(() => new FinalizationRegistry(() => {})),
    disposeSymbol: await works(() => typeof Symbol.dispose === 'symbol'),
  };
}

/** @param {() => unknown} run */
async function works(run) {
  try {
    return Boolean(await run());
  } catch {
    return false;
  }
}

function words() {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  return new Int32Array(/** @type {SharedArrayBuffer} */ (/** @type {unknown} */ (buffer)));
}

/** Another agent writes, and it is seen here. */
function writeThroughWorker() {
  const worker = new Worker('/test/browser/echo.worker.js');
  const shared = words();
  return new Promise((resolve, reject) => {
    worker.onmessage = () => resolve(shared[0] === 7);
    worker.onmessageerror = () => resolve(false);
    worker.onerror = reject;
    worker.postMessage(shared);
  }).finally(() => worker.terminate());
}

async function waitForOwnNotify() {
  const shared = words();
  const { waitAsync } = /** @type {any} */ (Atomics);
  const { value } = waitAsync(shared, 0, 0, 10_000);
  Atomics.notify(shared, 0);
  return (await value) === 'ok';
}
