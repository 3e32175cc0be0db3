/**
 * For the worker's side: attach to the heap that the main thread sent. The descriptor brings the compiled core, so
 * there is none in this entry.
 *
 * @module qbwasm/worker
 * @example
 * import { isMainThread, Worker } from 'node:worker_threads';
 * import { Heap } from 'qbwasm';
 * import { fromWorkerData } from 'qbwasm/worker';
 * if (isMainThread) {
 *   new Worker(new URL(import.meta.url), { workerData: Heap.create().descriptor });
 * } else {
 *   const heap = fromWorkerData();
 *   heap.alloc(8);
 * }
 */
import { Heap } from './full.js';
import { messageDescriptor, workerDescriptor } from './heap/enter.js';

/** @typedef {import('./base/errors.js').QbError} QbError */
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
  return Heap.attach(workerDescriptor());
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
  return messageDescriptor(signal).then((descriptor) => Heap.attach(descriptor));
}
