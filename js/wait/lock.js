/**
 * What mutexes, semaphores and conditions have in common: where they stand, how other agents find them, how
 * they end.
 *
 * Each is a block that belongs to no thread, with an id that no later lock at that address has. So a
 * handle of a lock that was freed is refused, whatever stands there by now.
 *
 * Layer: wait. A Lock object belongs to one agent, the lock to the heap.
 *
 * @module wait/lock
 */
import { checkOptions, checkString, isUint32, typeError } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { LOCK, STATUS } from '../base/generated/layout.js';
import { needOpen } from '../heap/blocks.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */

/**
 * What `heap.mutex`, `heap.semaphore` and `heap.condition` take.
 *
 * @typedef {object} LockOptions
 * @property {string} [name] other agents attach by it; it goes when the lock is freed
 */

/**
 * From this another agent attaches.
 *
 * @typedef {object} LockDescriptor
 * @property {`qbwasm.${'lock' | 'mutex' | 'semaphore' | 'condition'}`} kind tells what it describes
 * @property {string} heap its id
 * @property {number} address of its first byte
 * @property {number} id tells successive locks at one address apart
 */

/**
 * @template {Lock} L
 * @typedef {new (heap: Heap, address: number, id: number) => L} LockClass
 */

/** By the code of their kind. @type {readonly ('lock' | 'mutex' | 'semaphore' | 'condition')[]} */
const NOUNS = ['lock', 'mutex', 'semaphore', 'condition'];
const KIND_MASK = 3;

/** The locks that this agent uses, by address. @type {WeakMap<Heap, Map<number, Lock>>} */
const known = new WeakMap();

/**
 * What mutexes, semaphores and conditions have in common.
 *
 * @abstract
 */
export class Lock {
  #name = '';
  #isGone = false;

  /**
   * Not for users: see `heap.mutex`, `heap.semaphore`, `heap.condition`.
   *
   * @param {Heap} heap
   * @param {number} address
   * @param {number} id
   */
  constructor(heap, address, id) {
    /** The heap that it is in. @readonly */
    this.heap = heap;
    /** Of its first byte. @readonly */
    this.address = address;
    /** Tells successive locks at one address apart. @readonly */
    this.id = id;
    /** Made here: `dispose()` frees it. */
    this._isOwn = false;
    /** @protected @readonly */
    this._core = heap.core.locks;
    /** @protected @readonly */
    this._epochIndex = (address + LOCK.epoch) >>> 2;
    heap.memory.ensure(address + LOCK.bytes);
  }

  /** True once it was freed, or this agent left the heap, as far as this agent knows. */
  get closed() {
    return this.#isGone;
  }

  /**
   * For `attach` in another agent, by workerData or postMessage.
   *
   * @returns {Readonly<LockDescriptor>}
   * @throws {QbError} `CLOSED`, `STALE`
   */
  get descriptor() {
    this._ticket();
    const { address, id } = this;
    return Object.freeze({
      kind: /** @type {const} */ (`qbwasm.${nounOf(id)}`),
      heap: this.heap.id,
      address,
      id,
    });
  }

  /**
   * Ends it for all agents and frees its memory. Those who wait are refused.
   *
   * @throws {QbError} `BUSY` while anybody holds it; `STALE` when it was freed already; `CLOSED`
   */
  free() {
    const status = this._core.close(this.address, this.id);
    if (status === -STATUS.BUSY) {
      throw new QbError(
        'BUSY',
        `the ${nounOf(this.id)} is in use. Free it when nobody holds it any more.`,
        { address: this.address },
      );
    }
    if (status !== 0) throw this._failure(status);
    const { roots } = this.heap;
    const root = this.#name === '' ? undefined : roots.get(this.#name);
    if (root?.value === this.address && root.kind === this.id) roots.delete(this.#name);
    this._leave(this._failure(-STATUS.STALE));
  }

  /**
   * Where it was made: `free()`, unless that was done. Where it was attached: nothing.
   *
   * @throws {QbError} `BUSY`
   */
  dispose() {
    if (this._isOwn && !this.#isGone && !this.heap.closed) this.free();
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    this.dispose();
  }

  /** @param {string} name */
  _publish(name) {
    this.heap.roots.set(name, this.address, { kind: this.id });
    this.#name = name;
  }

  /** Before each try of one who waits. The epoch, as a typed array reads it. */
  _ticket() {
    needOpen(this.heap);
    const epoch = this._core.wait(this.address, this.id);
    if (epoch < 0) throw this._failure(epoch);
    return epoch | 0;
  }

  /** @returns {Pick<import('./queue.js').WaitSource<never>, 'words' | 'wordIndex'>} */
  _waitWords() {
    const { root } = this.heap.memory;
    return { words: () => root.i32, wordIndex: () => this._epochIndex };
  }

  /**
   * It is of no more use here.
   *
   * @param {unknown} _reason for those who wait
   */
  _leave(_reason) {
    this.#isGone = true;
    const locks = known.get(this.heap);
    if (locks?.get(this.address) === this) locks.delete(this.address);
  }

  /**
   * @param {number} status below 0
   * @returns {QbError}
   */
  _failure(status) {
    if (this.heap.closed) return leftError();
    const noun = nounOf(this.id);
    if (status === -STATUS.STALE) {
      return new QbError('STALE', `the ${noun} was freed. Make another one, and attach to that.`, {
        address: this.address,
      });
    }
    if (status === -STATUS.OWNER) {
      return new QbError(
        'OWNER',
        `this thread does not hold the ${noun}: another one does, or nobody. Release what this thread has, once.`,
        { address: this.address },
      );
    }
    return this.heap.core.failure(-status, noun, { address: this.address });
  }
}

/* ---- making and finding ---- */

/**
 * @template {Lock} L
 * @param {LockClass<L>} Class
 * @param {Heap} heap
 * @param {number} kind LOCK_KIND
 * @param {number} permitCount
 * @param {LockOptions | undefined} options
 * @returns {L}
 */
export function openLock(Class, heap, kind, permitCount, options) {
  needOpen(heap);
  const { name } = checkOptions(`${nounOf(kind)} options`, options, ['name']);
  if (name !== undefined) checkString('name', name);
  const address = heap.core.locks.open(kind, permitCount);
  heap.memory.ensure(address + LOCK.bytes);
  const id = heap.memory.root.u32[(address + LOCK.name + 4) >>> 2];
  const lock = register(new Class(heap, address, id));
  lock._isOwn = true;
  if (name === undefined) return lock;
  try {
    lock._publish(name);
  } catch (error) {
    lock.free();
    throw error;
  }
  return lock;
}

/**
 * @template {Lock} L
 * @param {LockClass<L>} Class
 * @param {Heap} heap
 * @param {number} kind
 * @param {unknown} target descriptor or name
 * @returns {L}
 */
export function attachLock(Class, heap, kind, target) {
  needOpen(heap);
  const { address, id } = typeof target === 'string' ? named(heap, target) : given(heap, target);
  if ((id & KIND_MASK) !== kind) {
    throw typeError(`the ${nounOf(kind)}`, target, `the descriptor or name of a ${nounOf(kind)}`);
  }
  const open = known.get(heap)?.get(address);
  if (open !== undefined && open.id === id) return /** @type {L} */ (open);
  const epoch = heap.core.locks.wait(address, id);
  if (epoch < 0) {
    throw new QbError('STALE', `the ${nounOf(kind)} was freed. Ask for a new one.`, { address });
  }
  return register(new Class(heap, address, id));
}

/**
 * @param {Heap} heap
 * @param {string} name
 */
function named(heap, name) {
  const root = heap.roots.get(name);
  if (root !== undefined) return { address: root.value, id: root.kind };
  throw new QbError(
    'NOT_FOUND',
    `there is nothing of the name ${JSON.stringify(name)}. heap.roots.entries() lists the names.`,
    { given: name },
  );
}

/**
 * @param {Heap} heap
 * @param {unknown} target
 */
function given(heap, target) {
  if (
    typeof target !== 'object' ||
    target === null ||
    !('address' in target && 'id' in target && 'heap' in target && 'kind' in target) ||
    !isUint32(target.address) ||
    !isUint32(target.id) ||
    target.kind !== `qbwasm.${nounOf(target.id)}`
  ) {
    throw typeError('the lock', target, 'what its descriptor says, or its name');
  }
  if (target.heap !== heap.id) {
    throw new QbError('HEAP', 'it belongs to another heap; attach with that one.', {
      given: target.heap,
    });
  }
  return { address: target.address, id: target.id };
}

/**
 * @template {Lock} L
 * @param {L} lock
 * @returns {L}
 */
function register(lock) {
  const { heap } = lock;
  let locks = known.get(heap);
  if (locks === undefined) {
    /** @type {Map<number, Lock>} */
    const map = new Map();
    locks = map;
    known.set(heap, map);
    heap.onLeave(() => {
      for (const each of [...map.values()]) each._leave(leftError());
    });
  }
  // One that stood there before was freed by another agent.
  const before = locks.get(lock.address);
  before?._leave(before._failure(-STATUS.STALE));
  locks.set(lock.address, lock);
  return lock;
}

/** @param {number} id */
function nounOf(id) {
  return NOUNS[id & KIND_MASK];
}

/** @returns {QbError} */
function leftError() {
  return new QbError('CLOSED', 'the heap is closed in this thread; attach to it again.');
}
