/**
 * Where a worker finds the descriptor that it was sent.
 *
 * Layer: heap. For workers.
 *
 * @module heap/enter
 */
import { nodeThreads } from '../base/environment.js';
import { describe, QbError } from '../base/errors.js';
import { holdAgentLock } from './agent.js';
import { isDescriptor } from './descriptor.js';

/** @typedef {import('./descriptor.js').HeapDescriptor} HeapDescriptor */

/**
 * @returns {HeapDescriptor} the one in `workerData`
 * @throws {QbError} `DESCRIPTOR` when there is none
 */
export function workerDescriptor() {
  const data = nodeThreads()?.workerData;
  const descriptor = findDescriptor(data);
  if (descriptor === null) {
    throw new QbError(
      'DESCRIPTOR',
      `workerData is ${describe(data)} without a heap. Start the worker with {workerData: ` +
        'heap.descriptor}; web workers use fromMessage().',
      { given: data },
    );
  }
  return descriptor;
}

/**
 * Waits for the first message that has a descriptor, and for the lock that proves the end of this agent.
 *
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<HeapDescriptor>} rejects with the signal's reason
 */
export function messageDescriptor(signal) {
  const port = messagePort();
  const watchable = holdAgentLock();
  return new Promise((resolve, reject) => {
    const stop = () => {
      port.removeEventListener('message', onMessage);
      signal?.removeEventListener('abort', onAbort);
    };
    const onAbort = () => {
      stop();
      reject(signal?.reason);
    };
    /** @param {Event} event */
    const onMessage = (event) => {
      const descriptor = findDescriptor('data' in event ? event.data : undefined);
      if (descriptor === null) return;
      stop();
      resolve(watchable.then(() => descriptor));
    };
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    port.addEventListener('message', onMessage);
    signal?.addEventListener('abort', onAbort);
  });
}

/**
 * Where this worker's messages arrive.
 *
 * @returns {EventTarget}
 */
function messagePort() {
  const parentPort = nodeThreads()?.parentPort;
  if (parentPort) return /** @type {EventTarget} */ (/** @type {unknown} */ (parentPort));
  if ('WorkerGlobalScope' in globalThis) return globalThis;
  throw new QbError('UNSUPPORTED', 'this is no worker; in the main thread use Heap.create().');
}

/**
 * @param {unknown} data
 * @returns {HeapDescriptor | null}
 */
function findDescriptor(data) {
  if (isDescriptor(data)) return data;
  if (typeof data !== 'object' || data === null) return null;
  return Object.values(data).find(isDescriptor) ?? null;
}
