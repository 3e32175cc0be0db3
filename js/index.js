/**
 * qbwasm: one memory, shared by all workers.
 *
 * Everything, with the core inside. Workers may use `qbwasm/worker` as well; `qbwasm/external` leaves the core out,
 * `qbwasm/parts` all that is not named.
 *
 * @module qbwasm
 */

/** One memory, shared by all workers that attach to it. */
export { Heap } from './inlined.js';
export * from './public.js';
