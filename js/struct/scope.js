/**
 * Scopes as structs see them: which allocator a table belongs to, and references that leave a scope.
 *
 * A reference is four bytes, the address of another struct. As long as both structs belong to one scope
 * that is all: the view that is read has the table of the view it was read from. A *far* reference
 * crosses scopes (a struct of the heap that refers into an arena, or the other way, or from arena to arena).
 * Then the table of the holder notes the slot, so that
 *
 *   - reading it gives a view with the table of the target's scope, which dies with that scope;
 *   - the scope it leads into knows that it is referenced from outside (its ledger).
 *
 *     holder's table --far--> { address, table, ledger }          one entry for each far slot
 *     holder's ledger --outbound--> target's ledger --inbound--> slot: address
 *
 * Ledgers never refer to tables: a table that no view and no live far reference reaches is collected,
 * and with it its storage (lifetime/arena.js).
 *
 * This is known per agent. What another worker writes into a slot is seen as an address, not as a far
 * reference; hold on to an arena of another worker with heap.retain.
 *
 * Layer: struct. State is per agent.
 *
 * @module struct/scope
 */
import { QbError } from '../base/errors.js';
import { ADDRESSES, HEADER, LIMITS, OWNER, PAGE_KIND } from '../base/generated/layout.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('../heap/ambient.js').Allocator} Allocator */
/** @typedef {Allocator & { ledger?: Ledger | null }} Scope */
/** @typedef {{ address: number, m: MemoryTable }} View */
/** @typedef {{ address: number, table: MemoryTable, ledger: Ledger | null }} FarReference */

/** A page number is the upper half of an address. */
const PAGE_SHIFT = 16;
const STATES_WORD = (ADDRESSES.HEADER + HEADER.statesAddress) >>> 2;

/**
 * References into and out of one scope, without its table.
 */
export class Ledger {
  constructor() {
    /** Slots elsewhere that refer to an object of this scope, and which. @type {Map<number, number>} */
    this.inbound = new Map();
    /** Slots of this scope that refer elsewhere, and where. @type {Map<number, Ledger>} */
    this.outbound = new Map();
    /** Called when the last inbound reference has gone. @type {() => void} */
    this.onUnreferenced = () => {};
  }

  /** @param {number} slot address of a slot that refers to this scope no more */
  forget(slot) {
    if (this.inbound.delete(slot) && this.inbound.size === 0) this.onUnreferenced();
  }

  /** This scope is gone, and its references with it. */
  forgetOutbound() {
    const outbound = [...this.outbound];
    this.outbound.clear();
    for (const [slot, ledger] of outbound) ledger.forget(slot);
  }
}

/**
 * The scope of a table that views read through.
 *
 * @param {MemoryTable} m
 * @returns {Scope}
 */
export function scopeOf(m) {
  return /** @type {Scope} */ (m.scope);
}

/**
 * The arena that an address belongs to, whichever thread opened it. Two to four loads.
 *
 * @param {MemoryTable} m
 * @param {number} address
 * @returns {number} address of the arena, 0 when the address is in none
 */
export function arenaAddressAt(m, address) {
  const states = m.u32[STATES_WORD] >>> 2;
  const page = address >>> PAGE_SHIFT;
  let word = m.u32[states + page];
  if ((word & 15) === PAGE_KIND.TAIL) word = m.u32[states + page - (word >>> 12)];
  const kind = word & 15;
  if (kind === PAGE_KIND.SPAN) {
    return ((word >>> 4) & 255) === OWNER.REGION ? (word >>> 12) * LIMITS.REGION_BYTES : 0;
  }
  const isArena = kind === PAGE_KIND.BLOCKS && word >>> 12 === LIMITS.CLASS_REGION;
  return isArena ? address - (address % LIMITS.REGION_BYTES) : 0;
}

/**
 * Makes sure that the arrays of all tables cover a struct that another worker may have made.
 *
 * @param {MemoryTable} m
 * @param {number} endAddress
 */
export function cover(m, endAddress) {
  scopeOf(m).heap.memory.ensure(endAddress);
}

/* ---- references ---- */

/**
 * The table for the target of a reference that is far, or lies beyond what the arrays cover.
 *
 * @param {MemoryTable} m of the holder
 * @param {number} slot address of the reference
 * @param {number} address what stands in it, not 0
 * @param {number} bytes of the target
 * @returns {MemoryTable}
 */
export function tableAt(m, slot, address, bytes) {
  if (m.far !== null) {
    const far = /** @type {FarReference | undefined} */ (m.far.get(slot));
    if (far !== undefined && far.address === address) return far.table;
    if (far !== undefined) dropFar(m, slot); // someone wrote the slot by address
  }
  if (address > m.byteLength - bytes) cover(m, address + bytes);
  return m;
}

/**
 * Writes a reference. The target's type is checked already.
 *
 * @param {MemoryTable} m of the holder
 * @param {number} slot address of the reference
 * @param {View | null} target
 * @throws {QbError} `HEAP` for a struct of another memory; whatever a closed scope throws
 */
export function writeReference(m, slot, target) {
  const { u32 } = m;
  if (m.far === null && (target === null || target.m === m)) {
    u32[slot >>> 2] = target === null ? 0 : target.address;
    return;
  }
  void u32[slot >>> 2]; // throws when the holder's scope is closed
  if (target !== null && target.m !== m) {
    void target.m.u8[target.address]; // throws when the target's scope is closed
    checkMemory(m, target.m);
  }
  const before = /** @type {FarReference | undefined} */ (m.far?.get(slot))?.ledger ?? null;
  u32[slot >>> 2] = target === null ? 0 : target.address;
  let ledger = null;
  if (target === null || target.m === m) removeFar(m, slot);
  else ledger = addFar(m, slot, target);
  // Last: it may release the old target's arena, which may be the new target's as well.
  if (before !== ledger) before?.forget(slot);
}

/**
 * @param {MemoryTable} m
 * @param {MemoryTable} other
 */
function checkMemory(m, other) {
  const heap = scopeOf(m).heap;
  const otherHeap = scopeOf(other).heap;
  if (heap.memory.wasmMemory === otherHeap.memory.wasmMemory) return;
  throw new QbError(
    'HEAP',
    'a struct cannot refer to a struct of another heap: an address means nothing in another memory. ' +
      'Make both in one heap.',
  );
}

/**
 * @param {MemoryTable} m
 * @param {number} slot
 * @param {View} target
 * @returns {Ledger | null} of the target's scope
 */
function addFar(m, slot, target) {
  const { address, m: table } = target;
  const from = scopeOf(m);
  const ledger = scopeOf(table).ledger ?? null;
  m.far ??= new Map();
  m.far.set(slot, { address, table, ledger });
  if (ledger === null) {
    from.ledger?.outbound.delete(slot);
  } else {
    ledger.inbound.set(slot, address);
    from.ledger?.outbound.set(slot, ledger);
  }
  return ledger;
}

/**
 * @param {MemoryTable} m
 * @param {number} slot
 */
function removeFar(m, slot) {
  if (m.far === null) return;
  m.far.delete(slot);
  if (m.far.size === 0) m.far = null;
  scopeOf(m).ledger?.outbound.delete(slot);
}

/**
 * Forgets the far reference of a slot, if there is one. The slot itself is left as it is.
 *
 * @param {MemoryTable} m
 * @param {number} slot
 */
export function dropFar(m, slot) {
  const far = /** @type {FarReference | undefined} */ (m.far?.get(slot));
  if (far === undefined) return;
  removeFar(m, slot);
  far.ledger?.forget(slot);
}
