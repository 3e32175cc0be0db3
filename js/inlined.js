/**
 * Heap with all its parts, and the core inside.
 *
 * Layer: entries. State is per agent.
 *
 * @module inlined
 */
import { inlineCore } from './base/inline.js';
import { Heap as FullHeap } from './full.js';

/** @typedef {FullHeap} Heap */

/** One memory, shared by all workers that attach to it. */
export const Heap = /* @__PURE__ */ withCore();

function withCore() {
  inlineCore();
  return FullHeap;
}
