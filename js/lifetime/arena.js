/**
 * Arenas: many objects, released in one step.
 *
 *     const arena = heap.arena(Node);            from here on new Node() allocates in the arena
 *     const tree = buildTree();
 *     arena.close();                             all gone; a view of them throws
 *
 *     heap.arena(Node).run(() => buildTree());   the same; a returned view is kept
 *
 * An arena is open for `new` of its classes and their subclasses, in this agent, from its creation to its
 * exit; the innermost one for a class wins. That is synchronous: code behind an `await` runs whenever, so it
 * uses an arena with {ambient: false} and `arena.create(Node, ...)`.
 *
 * What is alive at the exit, by default, is exactly this: objects returned from `run`, objects given to
 * `escape`, objects that a struct outside of the arena refers to, and what another thread or handle has
 * retained. A view in a variable of yours is not known to anybody and does not count: it throws from then on.
 * With {escapes: 'track'} it does: the arena stays until no view of it is reachable.
 *
 * Layer: lifetime. An Arena belongs to one agent.
 *
 * @module lifetime/arena
 */
import {
  alignError,
  checkBoolean,
  checkChoice,
  checkInteger,
  checkOptions,
  isUint32,
  sizeError,
  typeError,
} from '../base/check.js';
import { QbError } from '../base/errors.js';
import { allocatorAt, closeScope, openScope, siteOf } from '../heap/ambient.js';
import { needOpen } from '../heap/blocks.js';
import { Heap } from '../heap/heap.js';
import { copyGraph } from '../struct/graph.js';
import { metaOf } from '../struct/link.js';
import { isView } from '../struct/reflect.js';
import { scopeOf } from '../struct/scope.js';
import { createIn } from '../struct/view.js';
import { ArenaAllocator, SLAB_BYTES_MAX, UNIT_BYTES } from './arena-allocator.js';
import { refuseLater, refusePromise, viewsIn } from './run.js';
import { ArenaStorage, closedError } from './storage.js';

/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */
/** @typedef {import('../struct/scope.js').View} View */
/**
 * `retained`: closed, and kept by something that is alive.
 *
 * @typedef {'open' | 'retained' | 'released'} ArenaState
 */

/**
 * How an arena takes memory, and what keeps it: `heap.arena(types, options)`.
 *
 * @typedef {object} ArenaOptions
 * @property {number} [slabBytes] least size of a slab, 1 .. 2^31; 64 KiB by default
 * @property {'separate' | 'refuse'} [oversize] what happens to an object larger than slabBytes: it gets a slab
 *   of its own (the default), or an error
 * @property {'known' | 'track'} [escapes] which objects keep the arena at its exit: those known to be alive
 *   (the default), or any that a view reaches
 * @property {boolean} [ambient] false: `new` does not use it, only `create` does
 */

/**
 * What another agent needs to hold on to an arena: `heap.retain(descriptor)`.
 *
 * @typedef {object} ArenaDescriptor
 * @property {'qbwasm.arena'} kind tells what it describes
 * @property {string} heap id of its heap
 * @property {number} address of its first byte
 * @property {number} serial tells successive arenas at one address apart
 */

const SLAB_BYTES_DEFAULT = 65536;
const OPTION_NAMES = ['slabBytes', 'oversize', 'escapes', 'ambient'];
/** Kept in this module: only heap.arena makes arenas. */
const SECRET = Symbol('Arena');

/**
 * Many objects, released in one step. Made by `heap.arena`.
 *
 * @example
 * class Node extends struct('Node', { value: t.f64, next: t.ref('Node') }) {}
 * const sum = heap.arena(Node).run(() => {
 *   let first = null;
 *   for (let i = 0; i < 3; i++) first = new Node({ value: i, next: first });
 *   return first.value + first.next.value;
 * });
 * sum; // 3: and the nodes are gone
 */
export class Arena {
  #storage;
  /** Held while the arena is open; afterwards its views alone hold it. @type {ArenaAllocator | null} */
  #allocator;
  #isAmbient;

  /**
   * Not for users: see `heap.arena`.
   *
   * @param {typeof SECRET} secret
   * @param {Heap} heap
   * @param {readonly AnyClass[]} types
   * @param {Required<ArenaOptions>} options
   */
  constructor(secret, heap, types, { slabBytes, oversize, escapes, ambient }) {
    if (secret !== SECRET) throw typeError('Arena', secret, 'made by heap.arena');
    const table = heap.memory.createTable();
    this.#storage = new ArenaStorage(heap, slabBytes, table);
    this.#storage.isTracked = escapes === 'track';
    const bytesMax = oversize === 'refuse' ? slabBytes : Number.POSITIVE_INFINITY;
    this.#allocator = new ArenaAllocator(this, this.#storage, table, bytesMax);
    table.scope = this.#allocator;
    this.#isAmbient = ambient;
    /** The heap that it takes memory from. @readonly */
    this.heap = heap;
    /** The classes whose `new` uses it. @readonly */
    this.types = types;
    if (ambient) openScope(this.#allocator, types);
  }

  /**
   * The arena of a struct, null for one of the heap.
   *
   * @param {unknown} view
   * @returns {Arena | null}
   */
  static of(view) {
    const scope = isView(view) ? scopeOf(view.m) : null;
    return scope instanceof ArenaAllocator ? scope.arena : null;
  }

  /** @returns {ArenaState} */
  get state() {
    return this.#storage.state;
  }

  /** Bytes of its slabs; 0 when they are released. */
  get bytes() {
    return this.#storage.bytes;
  }

  /** Objects and handles of this agent that keep it, or would at an exit now. */
  get aliveCount() {
    return this.state === 'released' ? 0 : this.#storage.keeperCount;
  }

  /**
   * For `heap.retain` in another agent. Retain before this agent closes the arena.
   *
   * @returns {Readonly<ArenaDescriptor>}
   */
  get descriptor() {
    if (this.state === 'released') throw closedError(this.#storage.place);
    const { address, serial } = this.#storage;
    return Object.freeze({ kind: 'qbwasm.arena', heap: this.heap.id, address, serial });
  }

  /* ---- making ---- */

  /**
   * `new Type(...args)` in this arena, also behind an `await` and for a class that it was not opened for.
   * What the constructor makes of the arena's classes goes there too.
   *
   * @template {abstract new (...args: never[]) => object} C
   * @param {C} Type
   * @param {ConstructorParameters<C>} args
   * @returns {InstanceType<C>}
   * @throws {import('../base/errors.js').QbError} `CLOSED`, `OUT_OF_MEMORY`, `SIZE`
   */
  create(Type, ...args) {
    const allocator = this.#open();
    metaOf(Type);
    const Class = /** @type {new (...args: unknown[]) => InstanceType<C>} */ (
      /** @type {unknown} */ (Type)
    );
    if (this.#isAmbient && allocatorAt(siteOf(Type)) === allocator) return new Class(...args);
    openScope(allocator, [Type, ...this.types]);
    try {
      return new Class(...args);
    } finally {
      closeScope(allocator);
    }
  }

  /**
   * Plain bytes in this arena.
   *
   * @param {number} bytes
   * @param {{ align?: number }} [options] power of two up to 65536; 8 by default
   * @returns {number} address; content undefined
   */
  alloc(bytes, options) {
    const { align = UNIT_BYTES } = checkOptions('alloc options', options, ['align']);
    if (!isUint32(bytes)) throw sizeError('bytes', bytes);
    if (!isUint32(align) || align === 0 || (align & (align - 1)) !== 0) throw alignError(align);
    return this.#open().allocate(bytes, align);
  }

  /* ---- leaving ---- */

  /**
   * Calls a function and closes the arena, also when it throws. Views that it returns, alone or in an array,
   * Set, Map or plain object, are kept: the arena stays until they are released.
   *
   * @template T
   * @param {(arena: Arena) => T} fn synchronous
   * @returns {T}
   * @throws {QbError} `ASYNC` when fn is or returns something that runs on after the exit
   */
  run(fn) {
    this.#open();
    /** @type {T | undefined} */
    let result;
    try {
      refuseLater(fn);
      result = fn(this);
      refusePromise(result);
    } catch (error) {
      if (this.state === 'open') this.#exit(this.run);
      throw error;
    }
    // fn may have closed it, knowing what it does.
    if (this.state === 'open') {
      for (const view of viewsIn(result)) if (this.has(view)) this.escape(view);
      this.#exit(this.run);
    }
    return result;
  }

  /**
   * Ends the arena. All its objects go in one step, unless one is known to be alive.
   *
   * @throws {QbError} `CLOSED` the second time
   */
  close() {
    this.#open();
    this.#exit(this.close);
  }

  /** The same as `close()`, but closing what is closed does nothing. */
  dispose() {
    if (this.state === 'open') this.#exit(this.dispose);
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    if (this.state === 'open') this.#exit(this[Symbol.dispose]);
  }

  /* ---- escaping ---- */

  /**
   * Whether a struct stands in this arena.
   *
   * @param {unknown} view
   * @returns {boolean}
   */
  has(view) {
    return Arena.of(view) === this;
  }

  /**
   * Says that an object outlives the arena: its exit keeps the whole arena until `release(view)`, or until no
   * view of it is left.
   *
   * @template {object} V
   * @param {V} view
   * @returns {V} the view
   */
  escape(view) {
    this.#storage.escapes.add(this.#own('escape', view).address);
    return view;
  }

  /**
   * An object that escaped is no longer needed. With the last one the storage goes. Without an argument:
   * the closed arena goes now, whatever keeps it in this agent.
   *
   * @param {object} [view]
   * @throws {QbError} `NOT_FOUND` when it did not escape, `CLOSED`
   */
  release(view) {
    const storage = this.#storage;
    if (view === undefined) {
      if (storage.state === 'open') {
        throw new QbError('REGION', 'the arena is open; close() it, which releases it.');
      }
      storage.release();
      return;
    }
    const { address } = this.#own('release', view);
    if (!storage.escapes.delete(address)) {
      throw new QbError(
        'NOT_FOUND',
        'the struct did not escape this arena; release what run() returned or escape() was given.',
        { address },
      );
    }
    storage.releaseUnlessKept();
  }

  /**
   * Copies a struct and all that it refers to within this arena, so that the arena can go. Shared and cyclic
   * references stay as they are among the copies.
   *
   * @template {object} V
   * @param {V} view of this arena
   * @param {{ to?: Heap | Arena }} [options] the heap by default
   * @returns {V} the copy
   * @throws {QbError} `OUT_OF_MEMORY`; `CLOSED` when it refers to a struct of an arena that was released by
   *   force. Then nothing was copied
   */
  promote(view, options) {
    const { to = this.heap } = checkOptions('promote options', options, ['to']);
    const source = this.#own('promote', view);
    const allocator = to instanceof Arena ? to.#open() : to?.allocator;
    if (allocator === undefined || allocator.heap !== this.heap) {
      throw new QbError(
        'HEAP',
        'promote copies within one heap: give this heap or an open arena of it.',
      );
    }
    const copy = copyGraph(
      source,
      (meta) => createIn(allocator, meta),
      (target) => target.m === source.m,
    );
    return /** @type {V} */ (/** @type {unknown} */ (copy));
  }

  /* ---- private ---- */

  /** @returns {ArenaAllocator} */
  #open() {
    if (this.#allocator !== null && this.state === 'open') return this.#allocator;
    throw new QbError(
      'CLOSED',
      `the arena was closed already${this.#storage.place}. Open another one with heap.arena().`,
    );
  }

  /** @param {Function} method the public method that the user called */
  #exit(method) {
    const allocator = this.#open();
    if (this.#isAmbient) closeScope(allocator);
    this.#allocator = null;
    this.#storage.exit(method);
  }

  /**
   * @param {string} what
   * @param {unknown} view
   * @returns {View}
   */
  #own(what, view) {
    if (!isView(view)) throw typeError(`${what}: the object`, view, 'a view of a struct');
    if (Arena.of(view) === this) {
      void view.m.u8[view.address]; // throws when the arena is released
      return view;
    }
    throw new QbError('REGION', `${what}: the struct at ${view.address} is not in this arena.`, {
      address: view.address,
    });
  }
}

/**
 * @param {unknown} given
 * @returns {readonly AnyClass[]}
 */
function checkTypes(given) {
  const list = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw typeError('heap.arena: the classes', given, 'one or more classes');
  for (const Type of list) metaOf(Type);
  return Object.freeze([...list]);
}

/** `heap.arena`. @type {import('../heap/heap.js').HeapPart} */
export const arenas = {
  /**
   * @this {Heap}
   * @param {AnyClass | readonly AnyClass[]} types
   * @param {ArenaOptions} [options]
   * @returns {Arena}
   */
  arena(types, options) {
    needOpen(this);
    const checkedTypes = checkTypes(types);
    const {
      slabBytes = SLAB_BYTES_DEFAULT,
      oversize = 'separate',
      escapes = 'known',
      ambient = true,
    } = checkOptions('arena options', options, OPTION_NAMES);
    return new Arena(SECRET, this, checkedTypes, {
      slabBytes: checkInteger('slabBytes', slabBytes, 1, SLAB_BYTES_MAX),
      oversize: checkChoice('oversize', oversize, ['separate', 'refuse']),
      escapes: checkChoice('escapes', escapes, ['known', 'track']),
      ambient: checkBoolean('ambient', ambient),
    });
  },
};
