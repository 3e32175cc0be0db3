/**
 * Which allocator `new Type()` uses now, in this agent.
 *
 *     scopes   [ arena 1: Node ] [ arena 2: Leaf, Edge ] [ arena 3: Node ]      newest last
 *     heaps    [ heap A ] [ heap B ]                                            newest last
 *
 * `new Leaf()` (a subclass of Node) is asked of arena 3, arena 2, arena 1, then of heap B: the innermost
 * open scope whose list has the class or one of its superclasses wins, else the default heap.
 *
 * The answer for a class changes only when a scope opens or closes or the default heap changes. So each
 * class has an {@link AmbientSite} that remembers its answer and the epoch it was found in; asking again
 * is one compare.
 *
 * Ambient scopes are synchronous: what runs behind an `await` sees whatever is open then.
 *
 * Layer: heap. State is per agent.
 *
 * @module heap/ambient
 */
import { QbError } from '../base/errors.js';

/**
 * A place where objects can be made.
 *
 * @typedef {object} Allocator
 * @property {'heap' | 'arena' | 'pool'} kind 'pool': for what belongs to the pool's structs only
 * @property {import('./heap.js').Heap} heap
 * @property {import('../base/memory.js').MemoryTable} table through which views of its objects read
 * @property {(bytes: number, alignBytes: number) => number} allocate returns an address that `table`
 *   covers; `alignBytes` is a power of two
 */

/** @typedef {abstract new (...args: never[]) => object} AnyClass */

/**
 * `sites` are those that remember this scope's allocator. They are told when it closes: a class that
 * went on holding a closed arena would keep it from being collected.
 *
 * @typedef {{allocator: Allocator, types: readonly AnyClass[], sites: Set<AmbientSite>}} Scope
 */

/** @type {Scope[]} innermost last */
const scopes = [];
/** @type {Allocator[]} of the open heaps; the last one is the default */
const heaps = [];
/** @type {WeakRef<AmbientSite>[]} of classes that remember a heap's allocator */
let heapSites = [];
/** Counts changes of all this. */
let epoch = 1;

/**
 * What a class remembers. Whoever makes many objects of one class keeps its site and calls
 * {@link allocatorAt}; {@link currentAllocator} looks the site up.
 */
export class AmbientSite {
  /** @param {AnyClass} type */
  constructor(type) {
    /** @readonly */
    this.type = type;
    /** Epoch in which `allocator` was found; 0: never. */
    this.epoch = 0;
    /** @type {Allocator | null} */
    this.allocator = null;
  }
}

/** @type {WeakMap<AnyClass, AmbientSite>} */
const sites = new WeakMap();

/**
 * The one site of a class.
 *
 * @param {AnyClass} type
 * @returns {AmbientSite}
 */
export function siteOf(type) {
  let site = sites.get(type);
  if (site === undefined) {
    site = new AmbientSite(type);
    sites.set(type, site);
  }
  return site;
}

/**
 * The allocator that a class uses now.
 *
 * @param {AmbientSite} site
 * @returns {Allocator}
 * @throws {QbError} `NO_HEAP` when neither a scope nor a heap is open
 */
export function allocatorAt(site) {
  if (site.epoch === epoch && site.allocator !== null) return site.allocator;
  return resolve(site);
}

/**
 * The same, from the class.
 *
 * @param {AnyClass} type
 * @returns {Allocator}
 * @throws {QbError} `NO_HEAP`
 */
export function currentAllocator(type) {
  return allocatorAt(siteOf(type));
}

/**
 * Opens a scope: from now on objects of these classes and their subclasses come from it.
 *
 * @param {Allocator} allocator
 * @param {readonly AnyClass[]} types
 */
export function openScope(allocator, types) {
  scopes.push({ allocator, types, sites: new Set() });
  epoch++;
}

/**
 * Closes a scope, in any order.
 *
 * @param {Allocator} allocator
 * @returns {boolean} false when it was not open
 */
export function closeScope(allocator) {
  const index = scopes.findLastIndex((scope) => scope.allocator === allocator);
  if (index < 0) return false;
  for (const site of scopes[index].sites) {
    if (site.allocator === allocator) site.allocator = null;
  }
  scopes.splice(index, 1);
  epoch++;
  return true;
}

/**
 * Makes a heap the default of this agent, until another one becomes it or it is closed.
 *
 * @param {Allocator} allocator
 */
export function useHeap(allocator) {
  forgetHeap(allocator);
  heaps.push(allocator);
}

/**
 * A heap is closed: `new` does not use it any more.
 *
 * @param {Allocator} allocator
 */
export function forgetHeap(allocator) {
  const index = heaps.indexOf(allocator);
  if (index >= 0) heaps.splice(index, 1);
  for (const reference of heapSites) {
    const site = reference.deref();
    if (site !== undefined) site.allocator = null;
  }
  heapSites = [];
  epoch++;
}

/**
 * The default heap's allocator, or null when no heap is open.
 *
 * @returns {Allocator | null}
 */
export function defaultAllocator() {
  return heaps.at(-1) ?? null;
}

/**
 * @param {AmbientSite} site
 * @returns {Allocator}
 */
function resolve(site) {
  const scope = scopes.findLast(({ types }) => types.some((type) => covers(type, site.type)));
  const allocator = scope?.allocator ?? defaultAllocator();
  if (allocator === null) {
    throw new QbError(
      'NO_HEAP',
      `new ${site.type.name || 'Type'}() needs a heap, and none is open in this agent. Call ` +
        'Heap.create() or Heap.attach(descriptor) first.',
    );
  }
  if (scope !== undefined) scope.sites.add(site);
  else heapSites.push(new WeakRef(site));
  site.allocator = allocator;
  site.epoch = epoch;
  return allocator;
}

/**
 * @param {AnyClass} type
 * @param {AnyClass} candidate
 * @returns {boolean} candidate is type or derives from it
 */
function covers(type, candidate) {
  return (
    candidate === type || Object.prototype.isPrototypeOf.call(type.prototype, candidate.prototype)
  );
}
