/**
 * Loading the core from outside of the JS: compiled while it arrives, or from what the application has already.
 *
 * Layer: entries. Any thread; state is per agent.
 *
 * @module load
 */
import { typeError } from './base/check.js';
import { compileError, hasModule, needWebAssembly, offerModule } from './base/compile.js';
import { mayCompile, nodeFiles } from './base/environment.js';
import { QbError } from './base/errors.js';
import { LAYOUT_HASH } from './base/generated/layout.js';
import { Core } from './base/module.js';

/**
 * Where the core comes from: an address (in Node also a path), what `fetch` gave, its bytes, or the module.
 *
 * @typedef {string | URL | Response | ArrayBufferLike | ArrayBufferView | WebAssembly.Module} CoreSource
 */

/** The first bytes of all wasm. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const CURE =
  'Serve the file qbwasm.wasm of the package, of the same version, and give its address: ' +
  "await load('/qbwasm.wasm').";

/** @type {Promise<void> | null} */
let loading = null;

/**
 * Loads the core, once per agent: call it before the first `Heap.create`. It is not needed where a heap is attached to,
 * since the descriptor brings the core. Further calls wait for the first one and load nothing.
 *
 * Without an argument it loads `qbwasm.wasm` of the package, from where this module stands. Vite, webpack, Rspack and
 * Parcel take that file along; behind esbuild and Rollup, serve it and give its address.
 *
 * @param {CoreSource | Promise<CoreSource>} [source]
 * @returns {Promise<void>}
 * @throws {QbError} `LOAD` when it does not arrive or is no wasm, `LAYOUT` when it is the core of another version,
 *   `UNSUPPORTED`, `TYPE`
 * @example
 * import { Heap, load } from 'qbwasm/external';
 * await load(); // or load('https://cdn.example/qbwasm.wasm'), load(fetch('/qbwasm.wasm')), load(module)
 * const heap = Heap.create();
 */
export function load(source) {
  if (hasModule()) return Promise.resolve();
  loading ??= compileFrom(source)
    .then((module) => {
      checkCore(module);
      offerModule(module);
    })
    .finally(() => {
      loading = null;
    });
  return loading;
}

/**
 * @param {CoreSource | Promise<CoreSource> | undefined} source
 * @returns {Promise<WebAssembly.Module>}
 */
async function compileFrom(source) {
  needWebAssembly();
  // Written like this, and nowhere else: so bundlers see that it is a file.
  const given = source === undefined ? new URL('../qbwasm.wasm', import.meta.url) : await source;
  if (given instanceof WebAssembly.Module) return given;
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given) || isShared(given)) {
    return compile(privateBytes(given), 'the given bytes');
  }
  if (typeof Response === 'function' && given instanceof Response) {
    return compileResponse(given, given.url || 'the given Response');
  }
  if (typeof given === 'string' || given instanceof URL) return compileAddress(given);
  throw typeError(
    'the source of the core',
    given,
    'an address, a Response, bytes or a WebAssembly.Module',
  );
}

/**
 * @param {string | URL} address
 * @returns {Promise<WebAssembly.Module>}
 */
async function compileAddress(address) {
  const text = String(address);
  const files = /^(https?|data|blob):/.test(text) ? null : nodeFiles();
  try {
    if (files !== null) {
      const path = text.startsWith('file:') ? new URL(text) : text;
      return await compile(new Uint8Array(await files.readFile(path)), text);
    }
    return await compileResponse(await fetch(address), text);
  } catch (cause) {
    if (cause instanceof QbError) throw cause;
    throw new QbError('LOAD', `the core did not arrive from ${text}: ${cause}. ${CURE}`, { cause });
  }
}

/**
 * @param {Response} response
 * @param {string} from
 * @returns {Promise<WebAssembly.Module>}
 */
async function compileResponse(response, from) {
  if (!response.ok) {
    throw new QbError('LOAD', `${from} was answered with status ${response.status}. ${CURE}`);
  }
  // Engines compile while it arrives, but only what is called by its right name.
  const type = response.headers.get('Content-Type') ?? '';
  if (type !== 'application/wasm' || typeof WebAssembly.compileStreaming !== 'function') {
    return compile(new Uint8Array(await response.arrayBuffer()), `${from} (${type || 'no type'})`);
  }
  try {
    return await WebAssembly.compileStreaming(response);
  } catch (cause) {
    if (cause instanceof WebAssembly.CompileError || !mayCompile()) throw compileError(cause);
    throw new QbError('LOAD', `the core did not arrive from ${from}: ${cause}. ${CURE}`, { cause });
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} from
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(bytes, from) {
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new QbError(
      'LOAD',
      `${from} gave ${bytes.length} bytes that are no WebAssembly. ${CURE}`,
    );
  }
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw compileError(cause);
  }
}

/**
 * @param {WebAssembly.Module} module
 * @throws {QbError} `LAYOUT`
 */
function checkCore(module) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  let hash;
  try {
    hash = new Core(module, memory).layoutHash();
  } catch (cause) {
    throw new QbError('LAYOUT', `the module is no core of qbwasm: ${cause}. ${CURE}`, { cause });
  }
  if (hash !== LAYOUT_HASH) {
    throw new QbError('LAYOUT', `the core is of another version of qbwasm. ${CURE}`, {
      given: module,
    });
  }
}

/**
 * @param {unknown} value
 * @returns {value is SharedArrayBuffer}
 */
function isShared(value) {
  return typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer;
}

/**
 * @param {ArrayBufferLike | ArrayBufferView} given
 * @returns {Uint8Array<ArrayBuffer>} a copy: what others can still write is not compiled
 */
function privateBytes(given) {
  const view = ArrayBuffer.isView(given)
    ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
    : new Uint8Array(given);
  return new Uint8Array(view);
}
