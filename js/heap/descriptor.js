/**
 * The value from which another agent attaches to a heap: made, recognised, checked.
 *
 * Layer: heap. Any thread.
 *
 * @module heap/descriptor
 */
import { capabilities } from '../base/environment.js';
import { describe, QbError } from '../base/errors.js';
import { LAYOUT_HASH, LAYOUT_VERSION } from '../base/generated/layout.js';

/** What a descriptor says it is. */
export const DESCRIPTOR_KIND = 'qbwasm.heap';

/**
 * Plain data and two handles that every runtime can clone: send it by `workerData` or `postMessage`.
 *
 * @typedef {object} HeapDescriptor
 * @property {'qbwasm.heap'} kind tells what it describes
 * @property {string} id tells heaps apart, the same in all agents
 * @property {string} name for messages and pictures
 * @property {WebAssembly.Module} module the compiled core, which spares the worker the compilation
 * @property {WebAssembly.Memory} memory the memory itself
 * @property {number} layoutVersion of the core that made the heap
 * @property {number} layoutHash of the offsets that the core was built with
 */

/**
 * @param {string} id
 * @param {string} name
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Memory} memory
 * @param {boolean} shared
 * @returns {Readonly<HeapDescriptor>}
 * @throws {QbError} `NOT_SHARED`, `NOT_ISOLATED`
 */
export function makeDescriptor(id, name, module, memory, shared) {
  if (!shared) {
    throw new QbError(
      'NOT_SHARED',
      `heap ${JSON.stringify(name)} was made with {shared: false} and stays in one agent. ` +
        'Make it with {shared: true} to attach to it from workers.',
    );
  }
  if (!capabilities().sharedMemory) {
    throw new QbError(
      'NOT_ISOLATED',
      `heap ${JSON.stringify(name)} cannot be sent to a worker: ${whyNotShared()}`,
    );
  }
  return Object.freeze({
    kind: DESCRIPTOR_KIND,
    id,
    name,
    module,
    memory,
    layoutVersion: LAYOUT_VERSION,
    layoutHash: LAYOUT_HASH,
  });
}

/** @returns {string} what is missing, and what helps */
function whyNotShared() {
  if (capabilities().crossOriginIsolated) {
    return (
      'this browser has no SharedArrayBuffer. Switch it on (WebKitGTK: JSC_useSharedArrayBuffer=1), ' +
      'or use the heap in one agent.'
    );
  }
  return (
    'this page is not cross-origin isolated. Serve it with the headers Cross-Origin-Opener-Policy: ' +
    'same-origin and Cross-Origin-Embedder-Policy: require-corp. Without them a heap works in one agent.'
  );
}

/**
 * True for a value that says it is a heap's descriptor. {@link checkDescriptor} looks closer.
 *
 * @param {unknown} value
 * @returns {value is HeapDescriptor}
 */
export function isDescriptor(value) {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === DESCRIPTOR_KIND
  );
}

/**
 * @param {unknown} value
 * @returns {HeapDescriptor} the value
 * @throws {QbError} `DESCRIPTOR` when it is none, `LAYOUT` when it is one of another version
 */
export function checkDescriptor(value) {
  if (!isDescriptor(value)) {
    throw new QbError(
      'DESCRIPTOR',
      `the descriptor is ${describe(value)}${kindOf(value)}; it must be heap.descriptor of an open ` +
        'heap, as it arrived by workerData or postMessage.',
      { given: value },
    );
  }
  if (value.layoutVersion !== LAYOUT_VERSION || value.layoutHash !== LAYOUT_HASH) {
    throw new QbError(
      'LAYOUT',
      `the heap has layout ${describe(value.layoutVersion)}/${describe(value.layoutHash)}, this ` +
        `version of qbwasm has ${LAYOUT_VERSION}/${LAYOUT_HASH}. Use the same version of qbwasm ` +
        'in all workers.',
      { given: value.layoutVersion },
    );
  }
  const isWhole =
    value.module instanceof WebAssembly.Module &&
    value.memory instanceof WebAssembly.Memory &&
    typeof value.id === 'string' &&
    typeof value.name === 'string';
  if (!isWhole) {
    throw new QbError(
      'DESCRIPTOR',
      'the descriptor has lost its module or memory on the way. Send it by workerData or ' +
        'postMessage; JSON cannot carry it.',
      { given: value },
    );
  }
  return value;
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function kindOf(value) {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return '';
  return ` of the kind ${describe(value.kind)}`;
}
