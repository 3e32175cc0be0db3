/**
 * qbwasm/external: the same as qbwasm, without the core inside. Load it once per agent, before the first heap is made.
 *
 * For pages that want the core compiled while it arrives and cached by itself, and for places that compile no bytes but
 * take a module.
 *
 * @module qbwasm/external
 * @example
 * import { Heap, load } from 'qbwasm/external';
 * await load();
 * const heap = Heap.create();
 */

/** One memory, shared by all workers that attach to it. */
export { Heap } from './full.js';
/** Loads the core. */
export { load } from './load.js';
export * from './public.js';

/** @typedef {import('./load.js').CoreSource} CoreSource */
