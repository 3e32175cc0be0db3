/**
 * Holding on to an arena from elsewhere: another thread, or a part of the program that does not own it.
 *
 *     owner                                   other worker
 *     arena.descriptor --postMessage-->       const held = heap.retain(descriptor);
 *     arena.close()   (it stays)              held.at(Node, address).value
 *                                             held.release();   the last one: it goes
 *
 * A retained arena has one pin per thread in the memory, which goes with the thread when it dies. The views of
 * a handle read through a table of its own and throw once it is released.
 *
 * Layer: lifetime. A handle belongs to one agent.
 *
 * @module lifetime/retain
 */
import { typeError } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { needOpen } from '../heap/blocks.js';
import { Heap } from '../heap/heap.js';
import { arenaAddressAt } from '../struct/scope.js';
import { viewIn } from '../struct/view.js';
import { Arena } from './arena.js';
import { storageAt } from './storage.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('../heap/ambient.js').Allocator} Allocator */
/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */
/** @typedef {import('./arena.js').ArenaDescriptor} ArenaDescriptor */
/** @typedef {import('./storage.js').ArenaStorage} ArenaStorage */

/** Kept in this module: only heap.retain makes handles. */
const SECRET = Symbol('RetainedArena');

/**
 * The scope of views into an arena of another thread: they read and write, but nothing new fits in.
 *
 * @implements {Allocator}
 */
class RetainedAllocator {
  /**
   * @param {Heap} heap
   * @param {MemoryTable} table
   */
  constructor(heap, table) {
    /** @readonly @type {'arena'} */
    this.kind = 'arena';
    /** @readonly */
    this.heap = heap;
    /** @readonly */
    this.table = table;
  }

  /** @returns {never} */
  allocate() {
    throw new QbError(
      'OWNER',
      'the struct stands in an arena of another thread, and only that thread can put a longer value ' +
        'there. Numbers and strings of up to 3 characters fit in place.',
    );
  }
}

/**
 * The one pin that this agent has on an arena of another thread, and how many handles share it.
 */
class Pin {
  /**
   * @param {Heap} heap
   * @param {ArenaDescriptor} descriptor
   */
  constructor(heap, { address, serial }) {
    heap.core.arenaPin(address, serial);
    this.heap = heap;
    this.address = address;
    this.serial = serial;
    this.count = 0;
  }

  drop() {
    this.count--;
    if (this.count > 0) return;
    pinsOf(this.heap).delete(keyOf(this));
    if (!this.heap.closed) this.heap.core.arenaUnpin(this.address, this.serial);
  }
}

/** @type {WeakMap<Heap, Map<string, Pin>>} */
const pins = new WeakMap();
/** A handle and all its views were dropped without a release. @type {FinalizationRegistry<Pin>} */
const dropped = new FinalizationRegistry((pin) => {
  try {
    pin.drop();
  } catch {
    // The core knows the pin no more. An error here would end the process, and nobody could catch it.
  }
});

/**
 * A handle that keeps an arena. Made by `heap.retain`, in any agent.
 *
 * @example
 * class Point extends struct('Point', { x: t.f64 }) {}
 * const arena = heap.arena(Point);
 * const { address } = new Point({ x: 1 });
 * const kept = heap.retain(arena.descriptor);
 * kept.at(Point, address).x; // 1: and so after the close of the arena, until it is released
 * kept.release();
 * arena.close();
 */
export class RetainedArena {
  /** @type {MemoryTable | null} */
  #table;
  #arenaAddress;
  #onRelease;

  /**
   * @param {typeof SECRET} secret
   * @param {Heap} heap
   * @param {MemoryTable} table
   * @param {number} arenaAddress
   * @param {(table: MemoryTable) => void} onRelease
   */
  constructor(secret, heap, table, arenaAddress, onRelease) {
    if (secret !== SECRET) throw typeError('RetainedArena', secret, 'made by heap.retain');
    /** The heap that it is in. @readonly */
    this.heap = heap;
    this.#table = table;
    this.#arenaAddress = arenaAddress;
    this.#onRelease = onRelease;
  }

  /** Whether this agent holds it no more. */
  get released() {
    return this.#table === null;
  }

  /**
   * A view of a struct in the arena. It throws after the release of this handle.
   *
   * @template {AnyClass} C
   * @param {C} Type
   * @param {number} address
   * @returns {InstanceType<C>}
   * @throws {QbError} `ADDRESS` when it is in another place, `CLOSED`
   */
  at(Type, address) {
    if (this.#table === null) {
      throw new QbError('CLOSED', 'the handle was released; retain the arena again.');
    }
    const view = viewIn(Type, this.heap, this.#table, address);
    if (arenaAddressAt(this.#table, address) !== this.#arenaAddress) {
      throw new QbError('ADDRESS', `the address ${address} lies outside of the retained arena.`, {
        address,
      });
    }
    return /** @type {InstanceType<C>} */ (view);
  }

  /** Lets the arena go, as far as this handle is concerned. Later calls change nothing. */
  release() {
    const table = this.#table;
    this.#table = null;
    if (table !== null) this.#onRelease(table);
  }

  /** The same as `release()`. */
  dispose() {
    this.release();
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    this.release();
  }
}

/**
 * @param {{ address: number, serial: number }} arena
 * @returns {string}
 */
function keyOf({ address, serial }) {
  return `${address}:${serial}`;
}

/**
 * @param {Heap} heap
 * @returns {Map<string, Pin>}
 */
function pinsOf(heap) {
  let map = pins.get(heap);
  if (map === undefined) {
    map = new Map();
    pins.set(heap, map);
  }
  return map;
}

/**
 * @param {Heap} heap
 * @param {unknown} target
 * @returns {ArenaDescriptor}
 */
function checkTarget(heap, target) {
  const arena = target instanceof Arena ? target : Arena.of(target);
  const descriptor = arena === null ? target : arena.descriptor;
  if (!isArenaDescriptor(descriptor)) {
    throw typeError('retain: the arena', target, 'an arena, its descriptor, or a view in it');
  }
  if (descriptor.heap !== heap.id) {
    throw new QbError('HEAP', 'the arena belongs to another heap; call retain of that one.', {
      given: descriptor.heap,
    });
  }
  return descriptor;
}

/**
 * @param {unknown} value
 * @returns {value is ArenaDescriptor}
 */
function isArenaDescriptor(value) {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'qbwasm.arena'
  );
}

/**
 * An arena of this agent: its storage counts the handle.
 *
 * @param {ArenaStorage} storage
 * @param {MemoryTable} table
 * @returns {RetainedArena}
 */
function retainOwn(storage, table) {
  storage.handleCount++;
  return new RetainedArena(SECRET, storage.heap, table, storage.address, () => {
    storage.handleCount--;
    storage.releaseUnlessKept();
  });
}

/**
 * @param {Heap} heap
 * @param {ArenaDescriptor} descriptor
 * @returns {RetainedArena}
 */
function retainForeign(heap, descriptor) {
  const map = pinsOf(heap);
  const key = keyOf(descriptor);
  const pin = map.get(key) ?? new Pin(heap, descriptor);
  map.set(key, pin);
  pin.count++;
  const table = heap.memory.createTable();
  table.scope = new RetainedAllocator(heap, table);
  dropped.register(table, pin, table);
  return new RetainedArena(SECRET, heap, table, descriptor.address, (held) => {
    dropped.unregister(held);
    held.far = null;
    held.revoke(new QbError('CLOSED', 'the handle of the arena of this struct was released.'));
    heap.memory.dropTable(held);
    pin.drop();
  });
}

/** `heap.retain`. @type {import('../heap/heap.js').HeapPart} */
export const retains = {
  /**
   * @this {Heap}
   * @param {Arena | ArenaDescriptor | object} target
   * @returns {RetainedArena}
   * @throws {QbError} `STALE`, `REGION` when it is gone already
   */
  retain(target) {
    needOpen(this);
    const descriptor = checkTarget(this, target);
    this.memory.refresh(); // static accessors look at no length
    const storage = storageAt(this, descriptor.address);
    const table = storage?.serial === descriptor.serial ? storage.table : undefined;
    if (storage !== undefined && table !== undefined) return retainOwn(storage, table);
    return retainForeign(this, descriptor);
  },
};
