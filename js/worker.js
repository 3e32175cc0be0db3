/**
 * For the worker's side: attach to the heap that the main thread sent.
 *
 * @module worker
 * @example
 * // main.js:    new Worker('./worker.js', {workerData: heap.descriptor})
 * // worker.js:
 * import {fromWorkerData} from 'qbwasm/worker';
 * const heap = fromWorkerData();
 */
import { nodeThreads } from './base/environment.js';
import { describe, QbError } from './base/errors.js';
import { holdAgentLock } from './heap/agent.js';
import { isDescriptor } from './heap/descriptor.js';
import { Heap } from './heap/heap.js';

/** @typedef {import('./heap/descriptor.js').HeapDescriptor} HeapDescriptor */

/**
 * Attaches to a heap. The same as `Heap.attach`.
 *
 * @param {HeapDescriptor} descriptor
 * @returns {Heap}
 * @throws {QbError} `DESCRIPTOR`, `LAYOUT`, `TOO_MANY_THREADS`
 */
export function attach(descriptor) {
  return Heap.attach(descriptor);
}

/**
 * Node: attaches to the heap in `workerData`, which is `heap.descriptor` or an object with it as a
 * property.
 *
 * @returns {Heap}
 * @throws {QbError} `DESCRIPTOR` when there is none; `LAYOUT`, `TOO_MANY_THREADS`
 */
export function fromWorkerData() {
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
  return Heap.attach(descriptor);
}

/**
 * Attaches to the heap in the first message that has one: `worker.postMessage(heap.descriptor)`, or an
 * object with it as a property. Other listeners see all messages as usual. Call it before the first
 * `await` of the worker, or the message may be missed.
 *
 * In browsers this is the way to attach when `heap.watch` is to notice the end of this worker from the
 * first instant on: it first waits for the lock that proves it.
 *
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<Heap>} rejects with `DESCRIPTOR`, `LAYOUT`, `TOO_MANY_THREADS` or the signal's reason
 */
export function fromMessage({ signal } = {}) {
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
      resolve(watchable.then(() => Heap.attach(descriptor)));
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
