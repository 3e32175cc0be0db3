/**
 * qbwasm: one memory, shared by all workers.
 *
 * The public names, and nothing else. Workers may use `qbwasm/worker` as well.
 *
 * @module qbwasm
 */

/** What this agent can do. */
export { capabilities } from './base/environment.js';
/** The one error class; decide by its `code`. */
export { QbError } from './base/errors.js';
/** One memory, shared by all workers that attach to it. */
export { Heap } from './heap/heap.js';
