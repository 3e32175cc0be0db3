/**
 * The settings of a pool, one by one:
 *
 *     Pool.builder(Particle).capacity(1000).linear(100).shared().build()
 *
 * A setting that is given twice, or that contradicts another one, is an error at build(): none is dropped.
 *
 * Layer: lifetime. Any thread.
 *
 * @module lifetime/pool-builder
 */

import { QbError } from '../base/errors.js';
import { defaultAllocator } from '../heap/ambient.js';
import { configurationError } from './pool-options.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */

/**
 * @template T
 * @typedef {import('./pool-options.js').PoolOptions<T>} PoolOptions
 */

/**
 * The settings of a pool, one by one.
 *
 * @template {object} T
 */
export class PoolBuilder {
  /** Setting to the call that made it. @type {Map<string, { value: unknown, call: string }>} */
  #settings = new Map();
  /** @type {[string, string, string][]} setting, and the two calls that contradict */
  #conflicts = [];
  #max;
  #type;
  /** @type {Heap | undefined} */
  #heap;

  /** @param {AnyClass | undefined} type */
  constructor(type) {
    this.#type = type;
    this.#max = /** @type {number | undefined} */ (undefined);
  }

  /** What it is a pool of. @param {AnyClass} type the class of the pooled structs */
  type(type) {
    if (this.#type !== undefined) this.#conflicts.push(['type', 'type()', 'type()']);
    this.#type = type;
    return this;
  }

  /** Where it is. @param {Heap} heap by default the default heap of this agent */
  heap(heap) {
    this.#heap = heap;
    return this;
  }

  /** How large it is. @param {number} slots at first */
  capacity(slots) {
    return this.#set('capacity', slots, 'capacity()');
  }

  /** The capacity stays as it is. */
  fixed() {
    return this.#set('growth', 'fixed', 'fixed()');
  }

  /** It grows when no slot is free. @param {number} by slots at a time */
  linear(by) {
    return this.#set('growth', { by }, 'linear()');
  }

  /** It grows when no slot is free. @param {number} factor more than 1 */
  exponential(factor) {
    return this.#set('growth', { factor }, 'exponential()');
  }

  /** How large it may get. @param {number} slots capacity at most, of a pool that grows */
  max(slots) {
    this.#max = slots;
    return this;
  }

  /** All threads may use it. */
  shared() {
    return this.#set('sharing', 'shared', 'shared()');
  }

  /** Only this thread uses it. */
  threadLocal() {
    return this.#set('sharing', 'thread', 'threadLocal()');
  }

  /** Structs are made ready when the pool opens. */
  eager() {
    return this.#set('init', 'eager', 'eager()');
  }

  /** Structs are made ready at their first use. */
  lazy() {
    return this.#set('init', 'lazy', 'lazy()');
  }

  /** What makes an object ready again. @param {(object: T) => void} reset called at each release */
  reset(reset) {
    return this.#set('reset', reset, 'reset()');
  }

  /** What makes an object ready. @param {(object: T) => void} factory called once with each struct */
  factory(factory) {
    return this.#set('factory', factory, 'factory()');
  }

  /** Who decides about what the dead had. @param {NonNullable<PoolOptions<T>['onOrphan']>} onOrphan asked of what a dead worker had acquired */
  onOrphan(onOrphan) {
    return this.#set('onOrphan', onOrphan, 'onOrphan()');
  }

  /** Whether it counts. @param {boolean} [isOn] */
  stats(isOn = true) {
    return this.#set('stats', isOn, 'stats()');
  }

  /**
   * Opens the pool.
   *
   * @returns {import('./pool.js').Pool<T>}
   * @throws {QbError} `CONFIGURATION` without class or capacity, or with settings that contradict;
   *   `ARGUMENT`, `TYPE`, `NO_HEAP`, `OUT_OF_MEMORY`
   */
  build() {
    if (this.#type === undefined) {
      throw configurationError(
        'the builder has no class; call Pool.builder(Particle) or type(Particle).',
      );
    }
    if (!this.#settings.has('capacity')) {
      throw configurationError('the builder has no capacity; call capacity(1000).');
    }
    for (const [setting, before, call] of this.#conflicts) {
      throw configurationError(
        before === call
          ? `${call} was called twice, and a pool has one ${setting}. Leave one call out.`
          : `${before} and ${call} contradict each other (${setting}). Leave one of them out.`,
      );
    }
    const options = Object.fromEntries(
      [...this.#settings].map(([name, { value }]) => [name, value]),
    );
    if (this.#max !== undefined) options.growth = this.#growthWithMax(options.growth);
    const pool = this.#findHeap().pool(
      this.#type,
      /** @type {PoolOptions<object>} */ (/** @type {unknown} */ (options)),
    );
    return /** @type {import('./pool.js').Pool<T>} */ (/** @type {unknown} */ (pool));
  }

  /**
   * @param {unknown} growth
   * @returns {object}
   */
  #growthWithMax(growth) {
    if (typeof growth === 'object' && growth !== null) return { ...growth, max: this.#max };
    throw configurationError(
      'max() is for pools that grow; call linear() or exponential() as well, or leave it out.',
    );
  }

  /** @returns {Heap} */
  #findHeap() {
    const heap = this.#heap ?? defaultAllocator()?.heap;
    if (heap !== undefined) return heap;
    throw new QbError(
      'NO_HEAP',
      'a pool needs a heap, and none is open in this agent. Call Heap.create() or Heap.attach(descriptor) first.',
    );
  }

  /**
   * @param {string} name
   * @param {unknown} value
   * @param {string} call
   * @returns {this}
   */
  #set(name, value, call) {
    const before = this.#settings.get(name);
    if (before !== undefined) this.#conflicts.push([name, before.call, call]);
    this.#settings.set(name, { value, call });
    return this;
  }
}
