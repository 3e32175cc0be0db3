/**
 * What this agent can do.
 *
 * Layer: base. Any thread.
 *
 * @module base/environment
 */

/**
 * What an agent can do: `capabilities()`.
 *
 * @typedef {object} Capabilities
 * @property {boolean} wasm WebAssembly is there and allowed
 * @property {boolean} sharedMemory shared memory can be made *and* sent to another agent
 * @property {boolean} crossOriginIsolated browsers: the page has the headers that sharing needs; elsewhere
 *   the same as `sharedMemory`
 * @property {boolean} atomicsWait this agent may block (false on a browser's main thread and in an AudioWorklet)
 * @property {boolean} waitAsync `Atomics.waitAsync`
 * @property {boolean} webLocks `navigator.locks`, with which the death of a web worker is proved
 * @property {boolean} workerExit worker_threads whose `exit` event proves that the worker has stopped
 * @property {boolean} finalizationRegistry `FinalizationRegistry`, which tells of arenas and owners that were forgotten
 * @property {boolean} disposeSymbol `Symbol.dispose`, so that `using` works
 */

/** The least module there is: magic and version. */
const EMPTY_MODULE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** @type {Readonly<Capabilities> | null} */
let known = null;

/**
 * What this agent can do. Found out once, by trying.
 *
 * @returns {Readonly<Capabilities>}
 * @example
 * if (!capabilities().sharedMemory) console.log('one agent only');
 */
export function capabilities() {
  known ??= Object.freeze({
    wasm: mayCompile(),
    sharedMemory: canShare(),
    crossOriginIsolated:
      typeof crossOriginIsolated === 'boolean' ? crossOriginIsolated : canShare(),
    atomicsWait: canBlock(),
    waitAsync: typeof Atomics === 'object' && 'waitAsync' in Atomics,
    webLocks: webLocks() !== null,
    workerExit: nodeThreads() !== null && !isDeno(),
    finalizationRegistry: typeof FinalizationRegistry === 'function',
    disposeSymbol: 'dispose' in Symbol,
  });
  return known;
}

/**
 * Node's worker_threads, without an import that a bundler for browsers would stumble over.
 *
 * @returns {typeof import('node:worker_threads') | null}
 */
export function nodeThreads() {
  if (typeof process !== 'object' || typeof process.getBuiltinModule !== 'function') return null;
  return process.getBuiltinModule('node:worker_threads') ?? null;
}

/**
 * Node's functions for files, in the same way.
 *
 * @returns {typeof import('node:fs/promises') | null}
 */
export function nodeFiles() {
  if (typeof process !== 'object' || typeof process.getBuiltinModule !== 'function') return null;
  return process.getBuiltinModule('node:fs/promises') ?? null;
}

/** @returns {LockManager | null} */
export function webLocks() {
  if (typeof navigator !== 'object' || navigator === null) return null;
  return 'locks' in navigator && navigator.locks ? navigator.locks : null;
}

/** Deno says `exit` while the worker may still run. */
function isDeno() {
  return 'Deno' in globalThis;
}

/** @returns {boolean} */
export function isWebWorker() {
  return 'WorkerGlobalScope' in globalThis;
}

/** @returns {boolean} whether WebAssembly is there, and no policy of the page forbids it */
export function mayCompile() {
  try {
    // WebKit compiles under any policy, and refuses instances.
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(new Uint8Array(EMPTY_MODULE)),
    );
    return Object.keys(exports).length === 0;
  } catch {
    return false;
  }
}

/**
 * Only a round trip tells: a page that is not isolated makes shared memory but cannot send it. WebKit lets a
 * round trip inside of the page pass also then, but it has no SharedArrayBuffer.
 */
function canShare() {
  if (typeof SharedArrayBuffer !== 'function') return false;
  // In an AudioWorklet there is no way to try; it has a SharedArrayBuffer only in an isolated page.
  if (typeof structuredClone !== 'function') return true;
  try {
    const memory = new WebAssembly.Memory({ initial: 0, maximum: 0, shared: true });
    structuredClone(memory.buffer);
    return true;
  } catch {
    return false;
  }
}

function canBlock() {
  // Firefox and WebKit would let it wait, and the sound would stop.
  if ('AudioWorkletProcessor' in globalThis) return false;
  try {
    const word = new Int32Array(
      /** @type {SharedArrayBuffer} */ (
        /** @type {unknown} */ (
          new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer
        )
      ),
    );
    // The word is 0 and not 1, so nothing is waited for: the call answers or refuses.
    return Atomics.wait(word, 0, 1, 0) === 'not-equal';
  } catch {
    return false;
  }
}
