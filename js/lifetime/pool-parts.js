/**
 * What a pool consists of besides its slots: where its structs allocate, what stands in its header, what is
 * posted to other agents.
 *
 * Layer: lifetime. Any thread.
 *
 * @module lifetime/pool-parts
 */
import { isUint32 } from '../base/check.js';
import { OWNER } from '../base/generated/layout.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('../heap/ambient.js').Allocator} Allocator */
/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */

/**
 * What another agent needs to use the pool: `Pool.attach(heap, descriptor)`.
 *
 * @typedef {object} PoolDescriptor
 * @property {'qbwasm.pool'} kind tells what it describes
 * @property {string} heap id of its heap
 * @property {number} address of its first byte
 * @property {number} serial tells successive pools at one address apart
 * @property {string} type name of the struct
 */

/**
 * What an agent brings to a pool: functions and classes do not travel with a descriptor.
 *
 * @template {object} T
 * @typedef {object} AttachOptions
 * @property {AnyClass & { readonly prototype: T }} [type] the class of its structs; by default the one with that name in this agent
 * @property {(object: T) => void} [reset] as in heap.pool: functions do not travel with a descriptor
 * @property {(object: T) => void} [factory] as in heap.pool
 * @property {import('./pool-options.js').StructOnlyOptions<T>['onOrphan']} [onOrphan] as in heap.pool
 */

/** What a handle is made of. */
export const INDEX_SPAN = 2 ** 24;
export const GENERATION_SPAN = 2 ** 24;
export const SERIAL_MASK = 31;

/**
 * @param {number} serial of the pool
 * @param {number} use state word of the slot
 * @param {number} index of the slot
 * @returns {number} handle
 */
export function handleOf(serial, use, index) {
  return ((serial & SERIAL_MASK) * GENERATION_SPAN + (use >>> 8)) * INDEX_SPAN + index;
}

/** Words of POOL.user. */
export const USER = Object.freeze({ SCHEMA: 0, IN_USE: 1, PEAK: 2, FLAGS: 3 });
/** Bits of the flags. */
export const FLAG = Object.freeze({ STATS: 1, THREAD: 2, EAGER: 4 });

/**
 * Where the values beside a pool's structs come from.
 *
 * @implements {Allocator}
 */
export class PoolAllocator {
  /**
   * @param {Heap} heap
   * @param {MemoryTable} table
   * @param {boolean} isShared
   */
  constructor(heap, table, isShared) {
    /** @readonly @type {'pool'} */
    this.kind = 'pool';
    /** @readonly */
    this.heap = heap;
    /** @readonly */
    this.table = table;
    this.isShared = isShared;
  }

  /**
   * @param {number} bytes
   * @param {number} alignBytes
   * @returns {number} address
   */
  allocate(bytes, alignBytes) {
    const address = this.heap.allocator.allocate(bytes, alignBytes);
    if (this.isShared) this.heap.core.blockOwn(address, OWNER.SHARED);
    return address;
  }
}

/**
 * @param {unknown} value
 * @returns {value is PoolDescriptor}
 */
export function isPoolDescriptor(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'qbwasm.pool' &&
    'address' in value &&
    isUint32(value.address) &&
    'serial' in value &&
    isUint32(value.serial)
  );
}
