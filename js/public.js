/**
 * The public names that all entries have in common. `Heap` is not among them: each entry has the one that brings what
 * the entry promises.
 *
 * Layer: entries.
 *
 * @module public
 */

/** What this agent can do. */
export { capabilities } from './base/environment.js';
/** The one error class; decide by its `code`. */
export { QbError, QbRangeError, QbTypeError, TimeoutError } from './base/errors.js';
/** What a memory pool gives out. `pool.alloc`, `Allocation.attach`. */
export { Allocation } from './lifetime/allocation.js';
/** Arenas: many objects, released in one step. `heap.arena`. */
export { Arena } from './lifetime/arena.js';
/** Bounded queues between threads. `heap.channel`, `Channel.attach`. */
export { Channel } from './lifetime/channel.js';
/** Bounded memory with a manifest. `heap.memoryPool`, `MemoryPool.attach`. */
export { MemoryPool } from './lifetime/memory-pool.js';
/** Pools of plain JS objects. `ObjectPool.of`. */
export { ObjectPool } from './lifetime/object-pool.js';
/** Memory that ends with one object. `heap.owner`, `Owner.attach`. */
export { Owner } from './lifetime/owner.js';
/** Structs that are acquired and released. `heap.pool`, `Pool.attach`, `Pool.builder`. */
export { Pool } from './lifetime/pool.js';

/** Gives a struct class a pool of its own. */
export { pooled } from './lifetime/pooled.js';
/** What keeps an arena of another thread. `heap.retain`. */
export { RetainedArena } from './lifetime/retain.js';
/** What structs a heap has. `heap.schemas`. */
export { Schemas } from './struct/schemas.js';
/** The field types of a struct. */
export { t } from './struct/types.js';
/** Makes a struct class to extend. */
export { struct } from './struct/view.js';
/** Waiting, with a mutex held, for a change. `heap.condition`, `Condition.attach`. */
export { Condition } from './wait/condition.js';
/** A lock that is held. `mutex.lock`, `semaphore.acquire`. */
export { Guard } from './wait/guard.js';
/** One thread at a time. `heap.mutex`, `Mutex.attach`. */
export { Mutex } from './wait/mutex.js';
/** So many at a time. `heap.semaphore`, `Semaphore.attach`. */
export { Semaphore } from './wait/semaphore.js';

/** @typedef {import('./lifetime/extend.js').HeapLifetimes} HeapLifetimes the methods that these give to Heap */
/** @typedef {import('./struct/extend.js').HeapSchemas} HeapSchemas what structs give to Heap */
/** @typedef {import('./struct/schemas.js').SchemaInfo} SchemaInfo */
/** @typedef {import('./struct/schemas.js').FieldInfo} FieldInfo */
/** @typedef {import('./wait/extend.js').HeapLocks} HeapLocks the same of mutexes, semaphores, conditions */
/** @typedef {import('./heap/descriptor.js').HeapDescriptor} HeapDescriptor */
/** @typedef {import('./wait/lock.js').LockDescriptor} LockDescriptor */
/** @typedef {import('./wait/lock.js').LockOptions} LockOptions */
/** @typedef {import('./lifetime/channel-messages.js').ChannelDescriptor} ChannelDescriptor */
/**
 * @template O
 * @typedef {import('./lifetime/channel-messages.js').ChannelOptions<O>} ChannelOptions
 */
/** @typedef {import('./lifetime/allocation.js').AllocationDescriptor} AllocationDescriptor */
/** @typedef {import('./lifetime/owner.js').OwnerDescriptor} OwnerDescriptor */
/** @typedef {import('./lifetime/memory-pool-open.js').MemoryPoolDescriptor} MemoryPoolDescriptor */
/** @typedef {import('./lifetime/memory-pool-open.js').MemoryPoolOptions} MemoryPoolOptions */
/** @typedef {import('./lifetime/pool-parts.js').PoolDescriptor} PoolDescriptor */
/** @typedef {import('./lifetime/pool-stats.js').PoolStats} PoolStats */
/** @typedef {import('./heap/inspect.js').HeapStats} HeapStats */
/** @typedef {import('./heap/inspect.js').PageMap} PageMap */
/** @typedef {import('./heap/inspect.js').Fault} Fault */
/** @typedef {import('./heap/leaks.js').Leak} Leak */
/** @typedef {import('./heap/open.js').HeapOptions} HeapOptions */
/** @typedef {import('./heap/roots.js').Root} Root */
/** @typedef {import('./heap/thread.js').Orphan} Orphan */
/** @typedef {import('./heap/thread.js').ReapOptions} ReapOptions */
/** @typedef {import('./heap/thread.js').ThreadInfo} ThreadInfo */
/** @typedef {import('./heap/watch.js').Watch} Watch */
/** @typedef {import('./lifetime/arena.js').ArenaDescriptor} ArenaDescriptor */
/** @typedef {import('./lifetime/arena.js').ArenaOptions} ArenaOptions */
/** @typedef {import('./lifetime/arena.js').ArenaState} ArenaState */
/** @typedef {import('./heap/agent.js').AgentIdentity} AgentIdentity */
/** @typedef {import('./heap/blocks.js').ThreadSlot} ThreadSlot */
/** @typedef {import('./lifetime/memory-pool-base.js').AllocationDecision} AllocationDecision */
/** @typedef {import('./lifetime/memory-pool-base.js').AllocAsyncOptions} AllocAsyncOptions */
/** @typedef {import('./lifetime/memory-pool-base.js').AllocWaitOptions} AllocWaitOptions */
/** @typedef {import('./lifetime/memory-pool-open.js').MemoryPoolOnlyOptions} MemoryPoolOnlyOptions */
/** @typedef {import('./lifetime/memory-types.js').TypeKey} TypeKey */
/** @typedef {import('./lifetime/pool-options.js').Growth} Growth */
/** @typedef {import('./lifetime/pool-options.js').LinearGrowth} LinearGrowth */
/** @typedef {import('./lifetime/pool-options.js').ExponentialGrowth} ExponentialGrowth */
/** @typedef {import('./lifetime/pool-options.js').SlotDecision} SlotDecision */
/**
 * @template T
 * @typedef {import('./lifetime/pool-options.js').StructOnlyOptions<T>} StructOnlyOptions
 */
/**
 * @template {string} N
 * @template {import('./struct/infer.js').FieldLiterals} F
 * @typedef {import('./struct/infer.js').StructClass<N, F>} StructClass
 */
/**
 * @template {AnyClass} P
 * @template {string} N
 * @template {import('./struct/infer.js').FieldLiterals} F
 * @typedef {import('./struct/infer.js').ExtendedClass<P, N, F>} ExtendedClass
 */
/**
 * @template T
 * @typedef {import('./struct/infer.js').FieldTypeOf<T>} FieldTypeOf
 */
/**
 * @template {import('./struct/types.js').Kind} K
 * @typedef {import('./struct/types.js').FieldType<K>} FieldType
 */
/** @typedef {import('./base/environment.js').Capabilities} Capabilities */
/** @typedef {import('./base/errors.js').ErrorFields} ErrorFields */
/** @typedef {import('./heap/thread.js').OrphanDecision} OrphanDecision */
/** @typedef {import('./heap/thread.js').Policy} Policy */
/** @typedef {import('./heap/thread.js').ThreadTarget} ThreadTarget */
/** @typedef {import('./lifetime/channel-messages.js').PlainMessages} PlainMessages */
/** @typedef {import('./lifetime/memory-pool-base.js').AllocOptions} AllocOptions */
/** @typedef {import('./lifetime/memory-pool-open.js').MemoryPoolAttachOptions} MemoryPoolAttachOptions */
/**
 * @template {object} T
 * @typedef {import('./lifetime/pool-builder.js').PoolBuilder<T>} PoolBuilder
 */
/**
 * @template {object} T
 * @typedef {import('./lifetime/pool-cursor.js').PoolCursor<T>} PoolCursor
 */
/**
 * @template {object} T
 * @typedef {import('./lifetime/pool-lease.js').Lease<T>} Lease
 */
/**
 * @template T
 * @typedef {import('./lifetime/pool-options.js').CommonOptions<T>} CommonOptions
 */
/**
 * @template T
 * @typedef {import('./lifetime/pool-options.js').PoolOptions<T>} PoolOptions
 */
/**
 * @template {object} T
 * @typedef {import('./lifetime/pool-parts.js').AttachOptions<T>} AttachOptions
 */
/**
 * @template {AnyClass} C
 * @typedef {import('./lifetime/pooled.js').PooledStatics<C>} PooledStatics
 */
/** @typedef {import('./struct/infer.js').AnyClass} AnyClass */
/** @typedef {import('./struct/infer.js').StructBase} StructBase */
/** @typedef {import('./struct/types.js').NumericKind} NumericKind */
/** @typedef {import('./wait/lock.js').Lock} Lock */
/** @typedef {import('./wait/permits.js').Permits} Permits */
/** @typedef {import('./wait/queue.js').WaitOptions} WaitOptions */
