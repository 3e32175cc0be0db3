/**
 * The storage of an arena as this agent sees it: what keeps it, and how it goes.
 *
 *     OPEN --exit, nothing alive--> RELEASED
 *       `---exit, something alive--> RETAINED --the last keeper has gone, or no view is left--> RELEASED
 *
 * What keeps a closed arena, each known without looking at any object:
 *
 *     escapes   objects returned from run() or named by escape(), until release()
 *     inbound   references from structs outside, while they stand there (struct/scope.js, Ledger)
 *     handles   heap.retain() of this agent, until they are released
 *     pins      other threads, in the memory itself; the core minds them
 *
 * A retained arena is also released when no view of it is reachable any more. All its views hold its memory
 * table, so the table is the one token that a FinalizationRegistry watches: none per object. That only works
 * while nothing else holds the table. This class holds it weakly, and is what the registry is given.
 *
 * Layer: lifetime. State is per agent; the storage itself is in the memory.
 *
 * @module lifetime/storage
 */
import { placeOutside } from '../base/call-site.js';
import { QbError, warnPerformance } from '../base/errors.js';
import { LIMITS, REGION, REGION_RECORD } from '../base/generated/layout.js';
import { closeScope } from '../heap/ambient.js';
import { isDebug } from '../heap/inspect.js';
import { regionSerial, regionWord } from '../heap/region.js';
import { arenaAddressAt, Ledger } from '../struct/scope.js';
import { tables } from '../struct/view.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('../heap/ambient.js').Allocator} Allocator */
/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('./arena.js').ArenaState} ArenaState */

/** @type {FinalizationRegistry<ArenaStorage>} */
const collected = new FinalizationRegistry((storage) => {
  try {
    storage.onCollected();
  } catch {
    // The core knows the arena no more. An error here would end the process, and nobody could catch it.
  }
});

/** The arenas of this agent that are not released, by address. @type {WeakMap<Heap, Map<number, ArenaStorage>>} */
const known = new WeakMap();

/**
 * The arena of this agent at an address.
 *
 * @param {Heap} heap
 * @param {number} address of the arena itself
 * @returns {ArenaStorage | undefined}
 */
export function storageAt(heap, address) {
  return known.get(heap)?.get(address);
}

/**
 * @param {Heap} heap
 * @returns {Map<number, ArenaStorage>}
 */
function knownIn(heap) {
  let map = known.get(heap);
  if (map === undefined) {
    const storages = new Map();
    map = storages;
    known.set(heap, storages);
    heap.onLeave(() => {
      for (const storage of [...storages.values()]) storage.abandon();
    });
  }
  return map;
}

tables.find = (heap, address) => {
  const { root } = heap.memory;
  if ((known.get(heap)?.size ?? 0) === 0) return root;
  const arena = arenaAddressAt(root, address);
  return (arena === 0 ? undefined : storageAt(heap, arena)?.table) ?? root;
};

export class ArenaStorage {
  #table;

  /**
   * @param {Heap} heap
   * @param {number} slabBytes
   * @param {MemoryTable} table
   */
  constructor(heap, slabBytes, table) {
    /** @readonly */
    this.heap = heap;
    /** @readonly */
    this.address = heap.core.arenaOpen(slabBytes);
    heap.memory.ensure(this.address + LIMITS.REGION_BYTES);
    /** Tells successive arenas at one address apart. @readonly */
    this.serial = regionSerial(heap.memory, this.address);
    /** @type {ArenaState} */
    this.state = 'open';
    /** Addresses of the objects known to outlive the arena. @type {Set<number>} */
    this.escapes = new Set();
    /** Handles of this agent. */
    this.handleCount = 0;
    /** @readonly */
    this.ledger = new Ledger();
    this.ledger.onUnreferenced = () => this.releaseUnlessKept();
    /** Stays when nothing is known to keep it, until its views are collected. */
    this.isTracked = false;
    /** Where it was closed, for messages; '' when that was not looked for. */
    this.place = '';
    this.#table = new WeakRef(table);
    knownIn(heap).set(this.address, this);
    collected.register(table, this, this);
  }

  /** The table that its views read through; undefined when none of them is left. */
  get table() {
    return this.#table.deref();
  }

  /** Bytes of all its slabs and of the arena itself. */
  get bytes() {
    if (this.state === 'released') return 0;
    return LIMITS.REGION_BYTES + this.#word(REGION.spanPages) * LIMITS.PAGE_BYTES;
  }

  /** How many things of this agent keep it. An object that is kept twice counts once. */
  get keeperCount() {
    const { u32 } = this.heap.memory.root;
    const addresses = new Set(this.escapes);
    for (const [slot, address] of this.ledger.inbound) {
      if (u32[slot >>> 2] === address) addresses.add(address); // else someone wrote it by address
    }
    return addresses.size + this.handleCount;
  }

  /** How many other threads have pinned it. */
  get pinCount() {
    const own = this.heap.thread.number - 1;
    const { u32 } = this.heap.memory.root;
    let count = 0;
    for (let first = 0; first < LIMITS.THREADS_MAX; first += 32) {
      const offset = REGION_RECORD.pins + first / 8;
      let word = u32[regionWord(this.heap.memory, this.address, offset)];
      if (own >= first && own < first + 32) word &= ~(1 << (own - first));
      for (; word !== 0; word &= word - 1) count++;
    }
    return count;
  }

  /**
   * Ends allocation. Keeps the storage when something is alive, and warns of it; else releases it.
   *
   * @param {Function} method the public method that the user called
   */
  exit(method) {
    const keepers = this.keeperCount;
    const alive = keepers + (this.heap.closed ? 0 : this.pinCount);
    const isKept = keepers > 0 || this.isTracked;
    // Looking for the place takes longer than all the rest of an exit.
    if (alive > 0 || isDebug(this.heap.memory)) this.place = ` (${placeOutside(method)})`;
    if (alive > 0 && !this.isTracked) this.#warn(alive);
    this.state = 'retained';
    try {
      if (!this.heap.closed) this.heap.core.arenaClose(this.address, this.serial, isKept);
    } catch (error) {
      this.#bury();
      throw error;
    }
    if (!isKept) this.#bury();
  }

  /** Releases a retained arena that nothing of this agent keeps any more. */
  releaseUnlessKept() {
    if (this.state === 'retained' && !this.isTracked && this.keeperCount === 0) this.release();
  }

  /** Releases a retained arena, whatever keeps it in this agent. */
  release() {
    if (this.state !== 'retained') return;
    this.#bury();
    if (!this.heap.closed) this.heap.core.arenaUnpin(this.address, this.serial);
  }

  /** The heap closes in this agent: the storage is no longer this agent's. */
  abandon() {
    const allocator = /** @type {Allocator | null | undefined} */ (this.table?.scope);
    if (this.state === 'open' && allocator) closeScope(allocator);
    this.place ||= ' (with its heap)';
    if (this.state !== 'released') this.#bury();
  }

  /** No view of it is left. */
  onCollected() {
    if (this.state === 'open') {
      warnPerformance(
        'an arena was collected that was never closed. Close it, or use arena.run().',
      );
      if (!this.heap.closed) this.heap.core.arenaClose(this.address, this.serial, false);
      this.#bury();
    } else {
      this.release();
    }
  }

  /** From here on no view of this agent reads it. */
  #bury() {
    this.state = 'released';
    known.get(this.heap)?.delete(this.address);
    collected.unregister(this);
    this.escapes.clear();
    this.ledger.inbound.clear();
    const { table, place } = this;
    if (table !== undefined) {
      table.revoke(() => closedError(place));
      table.far = null;
      this.heap.memory.dropTable(table);
    }
    this.ledger.forgetOutbound();
  }

  /** @param {number} alive */
  #warn(alive) {
    const objects = alive === 1 ? '1 object is' : `${alive} objects are`;
    warnPerformance(
      `${objects} still alive at arena exit${this.place}. The whole arena stays, ${this.bytes} bytes, ` +
        'until the last of them is released. To let the arena go, copy out with promote().',
    );
  }

  /** @param {number} offset of a field of the arena */
  #word(offset) {
    return this.heap.memory.root.u32[(this.address + offset) >>> 2];
  }
}

/**
 * @param {string} place '' or ` (at file:line:column)`
 * @returns {QbError}
 */
export function closedError(place) {
  return new QbError(
    'CLOSED',
    `the arena of this struct was closed${place}, and its storage is released. Keep what must ` +
      'outlive an arena with arena.escape(view), or copy it out with arena.promote(view).',
  );
}
