/**
 * Heap with all its parts.
 *
 * A value of its own and no side effect: a bundle that has this Heap has its methods, and one that does not use it
 * has none of them. So `sideEffects` in package.json is true to the letter.
 *
 * Layer: entries. State is per agent.
 *
 * @module full
 */
import { Heap as HeapClass, withParts } from './heap/heap.js';
import { arenas } from './lifetime/arena.js';
import { channels } from './lifetime/channel-open.js';
import { memoryPools } from './lifetime/memory-pool-open.js';
import { owners } from './lifetime/owner.js';
import { pools } from './lifetime/pool-open.js';
import { retains } from './lifetime/retain.js';
import { schemas } from './struct/schemas.js';
import { locks } from './wait/lock-open.js';

/** @typedef {HeapClass} Heap */

/** One memory, shared by all workers that attach to it. */
export const Heap = /* @__PURE__ */ withParts(
  arenas,
  retains,
  pools,
  channels,
  memoryPools,
  owners,
  schemas,
  locks,
);
