/**
 * Opening memory pools and attaching to them and their allocations; which pools this agent has.
 *
 * A name stands in a directory of its own (heap/roots.js) with the pool's address and serial, so it never
 * leads to a later pool at the same address.
 *
 * Layer: lifetime. Any thread.
 *
 * @module lifetime/memory-pool-open
 */
import {
  argumentError,
  checkInteger,
  checkOptions,
  checkString,
  isUint32,
  sizeError,
  typeError,
} from '../base/check.js';
import { describe, QbError } from '../base/errors.js';
import { LIMITS, OWNER } from '../base/generated/layout.js';
import { decoder } from '../base/utf8.js';
import { needOpen } from '../heap/blocks.js';
import { regionSerial } from '../heap/region.js';
import { Roots } from '../heap/roots.js';
import { Allocation } from './allocation.js';
import { MemoryPool } from './memory-pool.js';
import { commonTypes, MemoryTypes } from './memory-types.js';
import { checkFunction, configurationError } from './pool-options.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('./allocation.js').AllocationDescriptor} AllocationDescriptor */
/** @typedef {import('./memory-pool-base.js').AllocationDecision} AllocationDecision */

/**
 * What functions and names an agent brings: they do not travel with a descriptor.
 *
 * @typedef {object} MemoryPoolAttachOptions
 * @property {Readonly<Record<string, number>>} [types] names for the pool's types in this agent
 * @property {(allocation: Allocation<never>) => AllocationDecision | undefined | void} [onOrphan] asked, in the
 *   agent that reaps a dead thread, of each allocation that it had: `'free'`, `'keep'` (it belongs to nobody
 *   then), `'own'`; undefined: as the reaper's policy says
 */

/**
 * How large a memory pool is.
 *
 * @typedef {object} MemoryPoolOnlyOptions
 * @property {number} bytes the budget, 1 .. 2^31; rounded up to whole smallest blocks
 * @property {number} [minBlock] bytes of the smallest block, a power of two 8 .. 65536; 64 by default
 * @property {number} [maxAllocations] at a time, 1 .. 2^24; by default as many as there are smallest blocks, up to
 *   4096. Each takes 32 bytes beside the budget
 * @property {readonly number[]} [preallocate] bytes of each of the allocations that are there when the pool
 *   opens; they belong to no thread
 */

/** What `heap.memoryPool` takes. @typedef {MemoryPoolOnlyOptions & MemoryPoolAttachOptions} MemoryPoolOptions */

/**
 * What another agent needs to use the pool: `MemoryPool.attach(heap, descriptor)`.
 *
 * @typedef {object} MemoryPoolDescriptor
 * @property {'qbwasm.memory-pool'} kind tells what it describes
 * @property {string} heap id
 * @property {number} address of its first byte
 * @property {number} serial tells successive pools at one address apart
 * @property {string | null} name by which it is found
 * @property {Readonly<Record<string, number>>} types names of the types of its allocations
 */

const MIN_BLOCK_DEFAULT = 64;
const MIN_BLOCK_MIN = 8;
const MIN_BLOCK_MAX = 65536;
const BYTES_MAX = 2 ** 31;
const ALLOCATIONS_DEFAULT = 4096;
const ALLOCATIONS_MAX = 2 ** 24;
const ATTACH_NAMES = ['types', 'onOrphan'];
const OPTION_NAMES = ['bytes', 'minBlock', 'maxAllocations', 'preallocate', ...ATTACH_NAMES];

/** The pools that this agent uses, by address. @type {WeakMap<Heap, Map<number, MemoryPool>>} */
const known = new WeakMap();

/**
 * @param {Heap} heap
 * @returns {Map<number, MemoryPool>}
 */
function poolsOf(heap) {
  const found = known.get(heap);
  if (found !== undefined) return found;
  /** @type {Map<number, MemoryPool>} */
  const pools = new Map();
  known.set(heap, pools);
  heap.onLeave(() => {
    for (const pool of [...pools.values()]) pool.abandon();
  });
  heap.onReap((number, policy) => {
    for (const pool of [...pools.values()]) pool.onReap(number, policy);
  });
  return pools;
}

/** @param {Heap} heap @returns {Roots} the names of memory pools */
function directoryOf(heap) {
  return new Roots(heap.core, heap.memory, 'memory');
}

/**
 * @param {Heap} heap
 * @param {{ address: number, serial: number, name: string | null }} place
 * @param {MemoryPoolAttachOptions} options
 * @param {boolean} isMaker
 * @returns {MemoryPool}
 */
function poolOver(heap, { address, serial, name }, { types, onOrphan }, isMaker) {
  heap.memory.ensure(address + LIMITS.REGION_BYTES);
  const pool = new MemoryPool({
    heap,
    address,
    serial,
    name,
    types: new MemoryTypes(commonTypes).defineAll(types),
    onOrphan: checkFunction('onOrphan', onOrphan),
    isMaker,
    unname: () => {
      const root = name === null ? undefined : directoryOf(heap).get(name);
      if (root?.value === address && root.kind === serial) directoryOf(heap).delete(name ?? '');
    },
  });
  poolsOf(heap).set(address, pool);
  pool.onGone = () => poolsOf(heap).delete(address);
  return pool;
}

/**
 * @param {MemoryPoolOptions | undefined} options
 */
function checkSettings(options) {
  const given = checkOptions('memory pool options', options, OPTION_NAMES);
  const { bytes, minBlock = MIN_BLOCK_DEFAULT, preallocate = [], types, onOrphan } = given;
  if (bytes === undefined) {
    throw configurationError('a memory pool needs a budget, as in {bytes: 65536}.');
  }
  checkInteger('bytes', bytes, 1, BYTES_MAX);
  checkInteger('minBlock', minBlock, MIN_BLOCK_MIN, MIN_BLOCK_MAX);
  if ((minBlock & (minBlock - 1)) !== 0) {
    throw argumentError('minBlock', minBlock, 'a power of two from 8 to 65536');
  }
  if (!Array.isArray(preallocate)) {
    throw typeError('preallocate', preallocate, 'an array of sizes in bytes');
  }
  for (const size of preallocate) if (!isUint32(size)) throw sizeError('preallocate', size);
  const units = Math.ceil(bytes / minBlock);
  const fallback = Math.max(Math.min(units, ALLOCATIONS_DEFAULT), preallocate.length);
  const { maxAllocations = fallback } = given;
  checkInteger('maxAllocations', maxAllocations, 1, ALLOCATIONS_MAX);
  return { bytes, minBlock, maxAllocations, preallocate, types, onOrphan };
}

/**
 * @param {Heap} heap
 * @param {unknown} name
 * @param {MemoryPoolOptions | undefined} options
 * @returns {MemoryPool}
 */
function openMemoryPool(heap, name, options) {
  needOpen(heap);
  if (name instanceof MemoryPool || name instanceof Allocation) {
    throw typeError(
      'the name of the pool',
      name,
      'a string or undefined: pools do not nest, each takes its memory from the heap',
    );
  }
  if (name !== undefined) checkString('the name of the pool', name);
  if (name === '') throw argumentError('the name of the pool', name, 'not empty');
  const settings = checkSettings(options);
  const directory = directoryOf(heap);
  const text = /** @type {string | undefined} */ (name);
  if (text !== undefined && directory.has(text)) throw nameError(text);
  const { core, memory } = heap;
  const { bytes, minBlock, maxAllocations, preallocate } = settings;
  const address = core.memory.open(bytes, minBlock, maxAllocations, false);
  memory.ensure(address + LIMITS.REGION_BYTES);
  const serial = regionSerial(memory, address);
  core.memory.pin(address, serial);
  try {
    const pool = poolOver(heap, { address, serial, name: text ?? null }, settings, true);
    for (const size of preallocate) pool.alloc(size).share();
    // Last: until then it goes with this thread, and nobody finds it.
    if (text !== undefined) directory.set(text, address, { kind: serial });
    core.blockOwn(address, OWNER.SHARED);
    return pool;
  } catch (error) {
    const pool = poolsOf(heap).get(address);
    if (pool === undefined) {
      core.memory.close(address, serial, false);
      core.memory.unpin(address, serial);
    } else pool.destroy();
    const isTaken = error instanceof QbError && error.code === 'EXISTS' && text !== undefined;
    throw isTaken && directory.has(text) ? nameError(text) : error;
  }
}

/** @param {string} name */
function nameError(name) {
  return new QbError(
    'EXISTS',
    `there is a memory pool ${describe(name)} already. Attach to it, or choose another name.`,
    { given: name },
  );
}

/**
 * @param {Heap} heap
 * @param {unknown} source
 * @param {MemoryPoolAttachOptions | undefined} options
 * @returns {MemoryPool}
 */
function attachMemoryPool(heap, source, options) {
  needOpen(heap);
  const { types, onOrphan } = checkOptions('MemoryPool.attach options', options, ATTACH_NAMES);
  const descriptor = typeof source === 'string' ? findPool(heap, source) : parse(source);
  if (!isPoolDescriptor(descriptor)) {
    throw typeError('the pool', source, "a memory pool's descriptor, name or serialised bytes");
  }
  if (descriptor.heap !== heap.id) {
    throw new QbError('HEAP', 'the memory pool belongs to another heap; attach with that one.', {
      given: descriptor.heap,
    });
  }
  const { address, serial } = descriptor;
  const open = poolsOf(heap).get(address);
  if (open !== undefined && open.serial === serial && !open.closed) return open;
  heap.core.memory.pin(address, serial);
  try {
    const settings = { types: { ...descriptor.types, ...types }, onOrphan };
    return poolOver(heap, descriptor, settings, false);
  } catch (error) {
    heap.core.memory.unpin(address, serial);
    throw error;
  }
}

/**
 * @param {Heap} heap
 * @param {string} name
 * @returns {MemoryPoolDescriptor}
 */
function findPool(heap, name) {
  const root = directoryOf(heap).get(name);
  if (root === undefined) {
    throw new QbError(
      'NOT_FOUND',
      `there is no memory pool ${describe(name)}: nobody opened it, or it was destroyed.`,
      { given: name },
    );
  }
  const { value: address, kind: serial } = root;
  return { kind: 'qbwasm.memory-pool', heap: heap.id, address, serial, name, types: {} };
}

/**
 * @param {Heap} heap
 * @param {unknown} source
 * @returns {Allocation<never>}
 */
function attachAllocation(heap, source) {
  const descriptor = parse(source);
  if (!isAllocationDescriptor(descriptor)) {
    throw typeError('the allocation', source, "an allocation's descriptor or serialised bytes");
  }
  const { id, offset, length } = descriptor;
  const whole = attachMemoryPool(heap, descriptor.pool, undefined).get(id);
  return offset === 0 && length === whole.length ? whole : whole.clone(offset, length);
}

/**
 * What was serialised. Anything else is returned as it is.
 *
 * @param {unknown} source
 * @returns {unknown}
 * @throws {QbError} `DESCRIPTOR`
 */
function parse(source) {
  if (!(source instanceof Uint8Array)) return source;
  try {
    // From a private copy: decoding shared bytes is refused by browsers and crashes Node.
    return JSON.parse(decoder.decode(Uint8Array.from(source)));
  } catch (cause) {
    throw new QbError('DESCRIPTOR', 'the bytes are not what serialize() returned.', { cause });
  }
}

/**
 * @param {unknown} value
 * @returns {value is MemoryPoolDescriptor}
 */
function isPoolDescriptor(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'qbwasm.memory-pool' &&
    'address' in value &&
    isUint32(value.address) &&
    'serial' in value &&
    isUint32(value.serial) &&
    'name' in value &&
    (value.name === null || typeof value.name === 'string') &&
    'types' in value &&
    typeof value.types === 'object'
  );
}

/**
 * @param {unknown} value
 * @returns {value is AllocationDescriptor}
 */
function isAllocationDescriptor(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'qbwasm.allocation' &&
    'pool' in value &&
    'id' in value &&
    'offset' in value &&
    'length' in value
  );
}

/** `heap.memoryPool`, and what attaches to its allocations. @type {import('../heap/heap.js').HeapPart} */
export const memoryPools = {
  /**
   * @this {Heap}
   * @param {string | undefined} name
   * @param {MemoryPoolOptions} options
   */
  memoryPool(name, options) {
    return openMemoryPool(this, name, options);
  },

  /**
   * @this {Heap}
   * @param {MemoryPoolDescriptor | string | Uint8Array} source
   * @param {MemoryPoolAttachOptions} [options]
   */
  attachMemoryPool(source, options) {
    return attachMemoryPool(this, source, options);
  },

  /**
   * @this {Heap}
   * @param {AllocationDescriptor | Uint8Array} source
   */
  attachAllocation(source) {
    return attachAllocation(this, source);
  },
};
