/**
 * `pooled`: gives a struct class a pool of its own, as a decorator or by a plain call.
 *
 *     @pooled({capacity: 1000})
 *     class Particle extends struct('Particle', {x: t.f32}) {}
 *
 *     const Particle = pooled({capacity: 1000})(class Particle extends struct('Particle', {x: t.f32}) {});
 *
 *     const particle = Particle.acquire();
 *     Particle.release(particle);
 *
 * The pool is opened in the default heap of this agent at its first use, and again when another heap is the
 * default one by then. `new Particle()` allocates as before.
 *
 * Layer: lifetime. The pool found by `Particle.pool` is that of the agent.
 *
 * @module lifetime/pooled
 */
import { typeError } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { defaultAllocator } from '../heap/ambient.js';
import { checkPoolOptions, configurationError } from './pool-options.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */

/**
 * @template {object} T
 * @typedef {import('./pool.js').Pool<T>} Pool
 */

/**
 * What `pooled` gives to a class.
 *
 * @template {AnyClass} C
 * @typedef {object} PooledStatics
 * @property {import('./pool.js').Pool<InstanceType<C>>} pool of the default heap
 * @property {() => InstanceType<C>} acquire `pool.acquire`
 * @property {(object: InstanceType<C>) => void} release `pool.release`
 */

const NAMES = ['pool', 'acquire', 'release'];

/**
 * A decorator, or a function where there are none: gives a struct class a pool in the default heap.
 *
 * @template {object} T
 * @param {import('./pool-options.js').PoolOptions<T>} options as for heap.pool
 * @returns {<C extends AnyClass>(Class: C, context?: ClassDecoratorContext) => C & PooledStatics<C>}
 * @throws {QbError} `CONFIGURATION`, `ARGUMENT`, `TYPE`
 *
 * @example
 * const Spark = pooled({ capacity: 10 })(struct('Spark', { x: t.f64 }));
 * const spark = Spark.acquire();
 * Spark.release(spark);
 */
export function pooled(options) {
  checkPoolOptions(options);
  return (Class, context) => {
    if (context !== undefined && context.kind !== 'class') {
      throw configurationError(`pooled decorates classes, not a ${context.kind}.`);
    }
    if (typeof Class !== 'function') throw typeError('pooled', Class, 'a struct class');
    for (const name of NAMES) {
      if (!(name in Class)) continue;
      throw configurationError(
        `pooled gives ${Class.name} the static ${name}, and it has one already. Rename yours.`,
      );
    }
    /** @type {WeakMap<Heap, Pool<object>>} */
    const pools = new WeakMap();
    const find = () => {
      const heap = defaultHeap(Class);
      const known = pools.get(heap);
      if (known !== undefined && !known.closed) return known;
      const pool = /** @type {Pool<object>} */ (
        /** @type {unknown} */ (openIn(heap, Class, options))
      );
      pools.set(heap, pool);
      return pool;
    };
    Object.defineProperties(Class, {
      pool: { get: find, configurable: true },
      acquire: { value: () => find().acquire(), configurable: true },
      release: {
        value: (/** @type {object} */ object) => find().release(object),
        configurable: true,
      },
    });
    return /** @type {never} */ (Class);
  };
}

/**
 * @param {Heap} heap
 * @param {AnyClass} Class
 * @param {unknown} options
 */
function openIn(heap, Class, options) {
  return heap.pool(Class, /** @type {import('./pool-options.js').PoolOptions<object>} */ (options));
}

/**
 * @param {Function} Class
 * @returns {Heap}
 */
function defaultHeap(Class) {
  const allocator = defaultAllocator();
  if (allocator !== null) return allocator.heap;
  throw new QbError(
    'NO_HEAP',
    `the pool of ${Class.name} needs a heap, and none is open in this agent. Call Heap.create() or ` +
      'Heap.attach(descriptor) first.',
  );
}
