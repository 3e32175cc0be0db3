/**
 * The compiled core of this agent: one module, whoever compiled it.
 *
 * It comes from the bytes that the main entry has inside, from another agent with a descriptor, or from `load`.
 * This module knows none of the three, so that a bundle has only what it uses.
 *
 * Layer: base. State is per agent.
 *
 * @module base/compile
 */
import { mayCompile } from './environment.js';
import { QbError } from './errors.js';

/** @type {WebAssembly.Module | null} */
let compiled = null;
/** @type {(() => Uint8Array<ArrayBuffer>) | null} */
let bytesOfCore = null;

/**
 * The compiled core of this agent. Compiles it at the first call, synchronously.
 *
 * @returns {WebAssembly.Module}
 * @throws {QbError} `NO_CORE`, `UNSUPPORTED`
 */
export function coreModule() {
  needWebAssembly();
  if (compiled !== null) return compiled;
  if (bytesOfCore === null) {
    throw new QbError(
      'NO_CORE',
      'this agent has no core yet. Call `await load()` first, or import Heap from qbwasm, which has the core inside.',
    );
  }
  try {
    compiled = new WebAssembly.Module(bytesOfCore());
  } catch (cause) {
    throw compileError(cause);
  }
  return compiled;
}

/** @returns {boolean} whether this agent has a compiled core */
export function hasModule() {
  return compiled !== null;
}

/**
 * Gives this agent a module that was compiled elsewhere. The first one stays.
 *
 * @param {WebAssembly.Module} module
 */
export function offerModule(module) {
  compiled ??= module;
}

/**
 * Says where the bytes of the core are, if nobody offers a module before they are needed.
 *
 * @param {() => Uint8Array<ArrayBuffer>} bytes
 */
export function provideBytes(bytes) {
  bytesOfCore ??= bytes;
}

/** @throws {QbError} `UNSUPPORTED` where there is no WebAssembly at all */
export function needWebAssembly() {
  if (typeof WebAssembly === 'object' && typeof WebAssembly.Module === 'function') return;
  throw new QbError(
    'UNSUPPORTED',
    'this environment has no WebAssembly. Some browsers switch it off for single pages, as Safari does in Lockdown ' +
      'Mode; capabilities().wasm tells before.',
  );
}

/**
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Imports} imports
 * @returns {WebAssembly.Instance}
 * @throws {QbError} `UNSUPPORTED` where a policy forbids it: WebKit says so only now
 */
export function instantiate(module, imports) {
  try {
    return new WebAssembly.Instance(module, imports);
  } catch (cause) {
    throw mayCompile() ? cause : compileError(cause);
  }
}

/**
 * Why the engine refused the core, and what helps.
 *
 * @param {unknown} cause
 * @returns {QbError}
 */
export function compileError(cause) {
  if (!mayCompile()) {
    return new QbError(
      'UNSUPPORTED',
      "the Content-Security-Policy of this page forbids WebAssembly. Allow it in its script-src: script-src 'self' " +
        "'wasm-unsafe-eval'. capabilities().wasm tells before.",
      { cause },
    );
  }
  return new QbError(
    'UNSUPPORTED',
    `the engine refused to compile the core: ${cause}. The core needs WebAssembly with threads and bulk memory. An engine ` +
      'that refuses only on the main thread takes it from `await load()` of qbwasm/external.',
    { cause },
  );
}
