/**
 * Pools of plain JS objects, with the interface of pools of structs. Of one agent: JS objects cannot be shared.
 *
 *     const pool = ObjectPool.of(() => new Float64Array(16), {capacity: 100, reset: (a) => a.fill(0)});
 *
 * An object is made by the factory once, and known from then on by its identity: what did not come from the
 * factory is refused.
 *
 * Layer: lifetime. One agent.
 *
 * @module lifetime/object-pool
 */
import { typeError } from '../base/check.js';
import { describe, QbError } from '../base/errors.js';
import { PoolBase } from './pool-base.js';
import { poolClosedError, releasedError } from './pool-lease.js';
import { checkObjectPoolOptions, foreignError, grownCapacity } from './pool-options.js';
import { newCounts, statsOf } from './pool-stats.js';

/** What a handle is made of: | 29 bits generation | 24 bits index |. */
const INDEX_SPAN = 2 ** 24;
const GENERATION_SPAN = 2 ** 29;
/** Kept in this module: only ObjectPool.of makes object pools. */
const SECRET = Symbol('ObjectPool');

/**
 * @template T
 * @typedef {object} Entry
 * @property {T} object
 * @property {number} index
 * @property {number} use even: free, odd: acquired; counts up
 */

/**
 * A pool of plain JS objects, in one thread: the same calls as a pool of structs.
 *
 * @template {object} T
 * @extends {PoolBase<T>}
 *
 * @example
 * const buffers = ObjectPool.of(() => new Float64Array(1000), { capacity: 2 });
 * buffers.with((buffer) => buffer.fill(1).length); // 1000
 * buffers.inUse; // 0
 */
export class ObjectPool extends PoolBase {
  #factory;
  #settings;
  #capacity;
  #growthEvents = 0;
  /** All objects that were made. @type {Entry<T>[]} */
  #entries = [];
  /** @type {Map<T, Entry<T>>} */
  #entryOf = new Map();
  /** Those that are free, the last released last. @type {Entry<T>[]} */
  #free = [];
  #inUse = 0;
  #isOpen = true;

  /**
   * Not for users: see {@link ObjectPool.of}.
   *
   * @param {typeof SECRET} secret
   * @param {() => T} factory
   * @param {import('./pool-options.js').Settings<T>} settings
   */
  constructor(secret, factory, settings) {
    if (secret !== SECRET) throw typeError('ObjectPool', secret, 'made by ObjectPool.of');
    super(settings.hasStats ? newCounts() : null);
    this.#factory = factory;
    this.#settings = settings;
    this.#capacity = settings.sizes.capacity;
    if (!settings.isEager) return;
    for (let i = 0; i < this.#capacity; i++) this.#make();
    for (let i = this.#capacity - 1; i >= 0; i--) this.#free.push(this.#entries[i]);
  }

  /**
   * Opens a pool of what a function makes.
   *
   * @template {object} T
   * @param {() => T} factory makes a new object at each call
   * @param {import('./pool-options.js').CommonOptions<T>} options
   * @returns {ObjectPool<T>}
   * @throws {QbError} `CONFIGURATION`, `ARGUMENT`, `TYPE`
   */
  static of(factory, options) {
    if (typeof factory !== 'function') throw typeError('factory', factory, 'a function');
    return new ObjectPool(SECRET, factory, checkObjectPoolOptions(options));
  }

  /** Objects that it has room for. */
  get capacity() {
    return this.#capacity;
  }

  /** Whether it was closed. */
  get closed() {
    return !this.#isOpen;
  }

  /** Acquired now. */
  get inUse() {
    return this.#inUse;
  }

  /** @returns {import('./pool-stats.js').PoolStats} */
  get stats() {
    const { inUse } = this;
    const counts = this._counts ?? newCounts();
    return statsOf(counts, {
      capacity: this.#capacity,
      inUse,
      peakInUse: Math.max(inUse, counts.peakInUse),
      growthEvents: this.#growthEvents,
    });
  }

  /** @override @returns {T} */
  acquire() {
    const object = this._tryAcquire();
    if (object === null) throw this._emptyError();
    return object;
  }

  /** @override @returns {T | null} */
  _tryAcquire() {
    const entry = this.#free.pop() ?? this.#makeNext();
    if (entry === null) return null;
    entry.use++;
    this.#inUse++;
    if (this._counts !== null) {
      this._counts.allocations++;
      this._counts.peakInUse = Math.max(this._counts.peakInUse, this.inUse);
    }
    return entry.object;
  }

  /**
   * Gives an object back; `reset` is called with it.
   *
   * @override
   * @param {T} object
   * @throws {import('../base/errors.js').QbError} `RELEASED`, `CLOSED`, `TYPE`
   */
  release(object) {
    const entry = this.#entryInUse(object);
    const { reset } = this.#settings;
    try {
      if (reset !== null) {
        if (this._counts !== null) this._counts.resets++;
        reset(object);
      }
    } finally {
      entry.use++;
      if (this._counts !== null) this._counts.releases++;
      this.#inUse--;
      if (this.#isOpen) this.#free.push(entry);
    }
    if (this._hasQueue) this._queue.serve();
  }

  /**
   * Names this use of the object, within this agent.
   *
   * @param {T} object
   * @returns {number}
   * @throws {QbError} `RELEASED`, `TYPE`
   */
  handle(object) {
    const { use, index } = this.#entryInUse(object);
    return (((use - 1) / 2) % GENERATION_SPAN) * INDEX_SPAN + index;
  }

  /**
   * @param {number} handle
   * @returns {T}
   * @throws {QbError} `STALE`, `ARGUMENT`
   */
  at(handle) {
    if (typeof handle !== 'number') {
      throw typeError('handle', handle, 'a number that pool.handle() returned');
    }
    const entry = this.#entries[handle % INDEX_SPAN];
    if (entry === undefined) {
      throw new QbError('ARGUMENT', `${describe(handle)} is no handle of this pool.`, {
        given: handle,
      });
    }
    const isSame = ((entry.use - 1) / 2) % GENERATION_SPAN === Math.floor(handle / INDEX_SPAN);
    if (entry.use % 2 === 1 && isSame) return entry.object;
    throw new QbError(
      'STALE',
      'the handle is of an earlier use of the object, which was released since. Ask for a new handle.',
      { given: handle },
    );
  }

  /**
   * Ends acquiring. What was acquired can still be released.
   *
   * @throws {QbError} `CLOSED` the second time
   */
  close() {
    if (!this.#isOpen) throw poolClosedError();
    this.#isOpen = false;
    this.#free = [];
    this._queue.dismiss(poolClosedError());
  }

  /** The same as `close()`, but closing what is closed does nothing. */
  dispose() {
    if (this.#isOpen) this.close();
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    this.dispose();
  }

  /* ---- private ---- */

  /** @override */
  _capacity() {
    return this.#capacity;
  }

  /** @override @param {T} object */
  _useOf(object) {
    return this.#entryOf.get(object)?.use ?? -1;
  }

  /** @param {T} object @returns {Entry<T>} */
  #entryInUse(object) {
    const entry = this.#entryOf.get(object);
    if (entry === undefined) throw foreignError('the object pool', object);
    if (entry.use % 2 === 0) throw releasedError();
    return entry;
  }

  /** @returns {Entry<T> | null} a new one, null when the pool may have no more */
  #makeNext() {
    if (!this.#isOpen) throw poolClosedError();
    if (this.#entries.length >= this.#capacity) {
      const { sizes } = this.#settings;
      if (this.#capacity >= sizes.capacityMax) return null;
      this.#capacity = grownCapacity(sizes, this.#capacity);
      this.#growthEvents++;
      if (this._counts !== null) this._counts.misses++;
    }
    return this.#make();
  }

  /** @returns {Entry<T>} */
  #make() {
    const object = this.#factory();
    const isObject = typeof object === 'object' && object !== null;
    if (!isObject && typeof object !== 'function') {
      throw typeError('what the factory made', object, 'an object');
    }
    if (this.#entryOf.has(object)) {
      throw new QbError(
        'ARGUMENT',
        'the factory returned an object that it had returned before. It must make a new one at each call.',
      );
    }
    const entry = { object, index: this.#entries.length, use: 0 };
    this.#entries.push(entry);
    this.#entryOf.set(object, entry);
    return entry;
  }
}
