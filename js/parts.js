/**
 * qbwasm/parts: the same names as qbwasm, for bundles that have only what they use.
 *
 * Here a heap has its own methods alone, and no core. Say once, in each agent, what it shall have besides; what is not
 * named is not in the bundle. A method of a part that was not named is an error that says so.
 *
 * @module qbwasm/parts
 * @example
 * import { arenas, Heap, inlineCore, struct, t, withParts } from 'qbwasm/parts';
 * inlineCore();
 * withParts(arenas);
 * const heap = Heap.create();
 */
import { QbError } from './base/errors.js';
import { Heap as HeapClass } from './heap/heap.js';

/** @typedef {HeapClass} Heap */
/** @typedef {import('./heap/heap.js').HeapPart} HeapPart */
/** @typedef {import('./load.js').CoreSource} CoreSource */

/** The methods of parts, and which part has them. */
const METHODS = Object.freeze({
  arena: 'arenas',
  retain: 'retains',
  pool: 'pools',
  attachPool: 'pools',
  channel: 'channels',
  attachChannel: 'channels',
  memoryPool: 'memoryPools',
  attachMemoryPool: 'memoryPools',
  attachAllocation: 'memoryPools',
  owner: 'owners',
  attachOwner: 'owners',
  schemas: 'schemas',
  mutex: 'locks',
  semaphore: 'locks',
  condition: 'locks',
});

/** One memory, shared by all workers that attach to it. */
export const Heap = /* @__PURE__ */ withReminders();

/** Lets this agent make heaps: the core is in the bundle then. Or `load()` it. */
export { inlineCore } from './base/inline.js';
/** Gives heaps the methods of parts. */
export { withParts } from './heap/heap.js';
/** `heap.arena`. */
export { arenas } from './lifetime/arena.js';
/** `heap.channel`. */
export { channels } from './lifetime/channel-open.js';
/** `heap.memoryPool`. */
export { memoryPools } from './lifetime/memory-pool-open.js';
/** `heap.owner`. */
export { owners } from './lifetime/owner.js';
/** `heap.pool`. */
export { pools } from './lifetime/pool-open.js';
/** `heap.retain`. */
export { retains } from './lifetime/retain.js';
/** Loads the core, instead of having it in the bundle. */
export { load } from './load.js';
export * from './public.js';
/** `heap.schemas`. */
export { schemas } from './struct/schemas.js';
/** `heap.mutex`, `heap.semaphore`, `heap.condition`. */
export { locks } from './wait/lock-open.js';

/** @returns {typeof HeapClass} where what is missing says which part has it */
function withReminders() {
  for (const [name, part] of Object.entries(METHODS)) {
    if (name in HeapClass.prototype) continue;
    const refuse = () => {
      throw new QbError(
        'NO_PART',
        `heap.${name} is in the part ${part}. Give it to heaps once: withParts(${part}) of qbwasm/parts.`,
      );
    };
    Object.defineProperty(HeapClass.prototype, name, { get: refuse, configurable: true });
  }
  return HeapClass;
}
