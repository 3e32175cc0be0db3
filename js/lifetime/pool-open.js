/**
 * Opening pools and attaching to them; which pools this agent has.
 *
 * Layer: lifetime. Any thread.
 *
 * @module lifetime/pool-open
 */
import { checkOptions, typeError } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { LIMITS, OWNER, POOL } from '../base/generated/layout.js';
import { needOpen } from '../heap/blocks.js';
import { regionSerial } from '../heap/region.js';
import { directoryOf, schemaNumber } from '../struct/directory.js';
import { metaNamed, metaOf } from '../struct/link.js';
import { arenaAddressAt } from '../struct/scope.js';
import { tables } from '../struct/view.js';
import { checkFunction, checkPoolOptions, configurationError } from './pool-options.js';
import { FLAG, isPoolDescriptor, USER } from './pool-parts.js';
import { SharedPool } from './shared-pool.js';
import { ThreadPool } from './thread-pool.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */
/** @typedef {import('../struct/link.js').StructMeta} StructMeta */

/**
 * @template {object} T
 * @typedef {import('./pool.js').Pool<T>} Pool
 */

/** @typedef {import('./pool-parts.js').PoolDescriptor} PoolDescriptor */

const SLOT_BYTES_MAX = 2 ** 20;

/** The pools that this agent uses, by address. @type {WeakMap<Heap, Map<number, Pool<object>>>} */
const known = new WeakMap();

/**
 * @param {Heap} heap
 * @returns {Map<number, Pool<object>>}
 */
function poolsOf(heap) {
  let map = known.get(heap);
  if (map === undefined) {
    /** @type {Map<number, Pool<object>>} */
    const pools = new Map();
    map = pools;
    known.set(heap, pools);
    heap.onLeave(() => {
      for (const pool of [...pools.values()]) pool.abandon();
    });
    heap.onReap((number) => {
      for (const pool of [...pools.values()]) pool.onReap(number);
    });
  }
  return map;
}

// A view of an address in a pool of this agent reads through the pool's table, as those of the pool do.
const { find } = tables;
tables.find = (heap, address) => {
  const pools = known.get(heap);
  if (pools === undefined || pools.size === 0) return find(heap, address);
  return pools.get(arenaAddressAt(heap.memory.root, address))?._table ?? find(heap, address);
};

/**
 * @param {Heap} heap
 * @param {Pool<object>} pool
 */
function register(heap, pool) {
  const pools = poolsOf(heap);
  pools.set(pool.address, pool);
  pool.onGone = () => pools.delete(pool.address);
}

/**
 * @template {object} T
 * @param {Heap} heap
 * @param {StructMeta} meta
 * @param {number} address
 * @param {Pick<import('./pool-options.js').Settings<T>, 'reset' | 'factory' | 'onOrphan'>} hooks
 * @param {boolean} isShared
 * @returns {Pool<T>}
 */
function poolOver(heap, meta, address, hooks, isShared) {
  const Kind = isShared ? SharedPool : ThreadPool;
  const pool = /** @type {Pool<T>} */ (new Kind(heap, meta, address, hooks));
  register(heap, /** @type {Pool<object>} */ (/** @type {unknown} */ (pool)));
  return pool;
}

/**
 * @param {Heap} heap
 * @param {unknown} Type
 * @param {import('./pool-options.js').PoolOptions<object> | undefined} options
 * @returns {Pool<object>}
 */
function openPool(heap, Type, options) {
  needOpen(heap);
  if (Type === undefined) {
    throw configurationError(
      'a pool needs the class of its structs, as in heap.pool(Particle, ...).',
    );
  }
  const meta = metaOf(Type);
  const settings = checkPoolOptions(options);
  const { bytes, name } = meta.schema;
  if (bytes > SLOT_BYTES_MAX) {
    throw new QbError(
      'SIZE',
      `a ${name} has ${bytes} bytes; a pool takes structs of up to ${SLOT_BYTES_MAX}.`,
      { requestedBytes: bytes },
    );
  }
  const { core, memory } = heap;
  const number = schemaNumber(meta.type, heap);
  const address = core.poolOpen(bytes, settings.sizes);
  memory.ensure(address + LIMITS.REGION_BYTES);
  const { u32 } = memory.root;
  u32[(address + POOL.user + 4 * USER.SCHEMA) >>> 2] = number;
  u32[(address + POOL.user + 4 * USER.FLAGS) >>> 2] =
    (settings.hasStats ? FLAG.STATS : 0) |
    (settings.isShared ? 0 : FLAG.THREAD) |
    (settings.isEager ? FLAG.EAGER : 0);
  const pool = poolOver(heap, meta, address, settings, settings.isShared);
  core.poolPin(address, pool.serial);
  // A shared pool outlives the thread that opened it.
  if (settings.isShared) core.blockOwn(address, OWNER.SHARED);
  try {
    if (settings.isEager) pool._makeAll();
  } catch (error) {
    pool.close();
    throw error;
  }
  return pool;
}

/**
 * The descriptor of a pool whose address is published as a root. What has to be known stands in the heap.
 *
 * @param {Heap} heap open
 * @param {string} name
 * @returns {PoolDescriptor}
 * @throws {QbError} `NOT_FOUND`, `NAME`; `REGION` when no open pool is there; `CONFIGURATION`
 */
function descriptorNamed(heap, name) {
  const address = heap.roots.get(name)?.value;
  if (address === undefined) {
    throw new QbError(
      'NOT_FOUND',
      `there is no root '${name}'. Whoever opens the pool publishes it: heap.roots.set(name, pool.address).`,
      { given: name },
    );
  }
  heap.memory.refresh();
  const isPlace = address % LIMITS.REGION_BYTES === 0 && address < heap.memory.byteLength;
  const serial = isPlace ? regionSerial(heap.memory, address) : 0;
  const known = poolsOf(heap).get(address);
  const isKnown = known !== undefined && known.serial === serial;
  if (!isKnown) heap.core.poolPin(address, serial); // so that it stays while its header is read
  heap.memory.ensure(address + LIMITS.REGION_BYTES);
  const word = (/** @type {number} */ index) =>
    heap.memory.root.u32[(address + POOL.user + 4 * index) >>> 2];
  const [number, flags] = [word(USER.SCHEMA), word(USER.FLAGS)];
  if (!isKnown) heap.core.poolUnpin(address, serial);
  if ((flags & FLAG.THREAD) !== 0) {
    throw configurationError(
      `the pool '${name}' belongs to one thread (sharing: 'thread'). Open it with sharing: 'shared'.`,
    );
  }
  const type = [...directoryOf(heap).read().keys()][number - 1] ?? '';
  return { kind: 'qbwasm.pool', heap: heap.id, address, serial, type };
}

/**
 * @param {Heap} heap
 * @param {unknown} given descriptor, or name of a root
 * @param {import('./pool-parts.js').AttachOptions<object> | undefined} options
 * @returns {Pool<object>}
 */
function attachPool(heap, given, options) {
  needOpen(heap);
  const descriptor = typeof given === 'string' ? descriptorNamed(heap, given) : given;
  if (!isPoolDescriptor(descriptor)) {
    throw typeError('the pool', descriptor, 'the descriptor of a pool, or the name of its root');
  }
  const { type, reset, factory, onOrphan } = checkOptions('Pool.attach options', options, [
    'type',
    'reset',
    'factory',
    'onOrphan',
  ]);
  if (descriptor.heap !== heap.id) {
    throw new QbError('HEAP', 'the pool belongs to another heap; attach with that one.', {
      given: descriptor.heap,
    });
  }
  const { address, serial } = descriptor;
  const open = poolsOf(heap).get(address);
  if (open !== undefined && open.serial === serial) return open;
  const meta = type === undefined ? metaNamed(descriptor.type) : metaOf(type);
  if (meta === null) {
    throw new QbError(
      'NOT_FOUND',
      `the pool has structs '${descriptor.type}', and this agent has not just one struct of that name. Give ` +
        'the class: Pool.attach(heap, descriptor, {type: Particle}).',
      { given: descriptor.type },
    );
  }
  const number = schemaNumber(meta.type, heap);
  heap.core.poolPin(address, serial);
  heap.memory.ensure(address + LIMITS.REGION_BYTES);
  if (heap.memory.root.u32[(address + POOL.user + 4 * USER.SCHEMA) >>> 2] !== number) {
    heap.core.poolUnpin(address, serial);
    throw new QbError(
      'TYPE',
      `the pool has structs '${descriptor.type}', not ${meta.schema.name}. Give the class that it was ` +
        'opened with.',
      { given: type },
    );
  }
  const hooks = {
    reset: checkFunction('reset', reset),
    factory: checkFunction('factory', factory),
    onOrphan: checkFunction('onOrphan', onOrphan),
  };
  return poolOver(heap, meta, address, hooks, true);
}

/** `heap.pool`. @type {import('../heap/heap.js').HeapPart} */
export const pools = {
  /**
   * @this {Heap}
   * @param {AnyClass} Type
   * @param {import('./pool-options.js').PoolOptions<object>} [options]
   */
  pool(Type, options) {
    return openPool(this, Type, options);
  },

  /**
   * @this {Heap}
   * @param {PoolDescriptor | string} descriptor
   * @param {import('./pool-parts.js').AttachOptions<object>} [options]
   */
  attachPool(descriptor, options) {
    return attachPool(this, descriptor, options);
  },
};
