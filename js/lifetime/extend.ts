/**
 * The methods that this layer gives to Heap, for TypeScript: heap.js must not know this layer.
 */
import type { AnyClass } from '../struct/infer.js';
import type { Allocation, AllocationDescriptor } from './allocation.js';
import type { Arena, ArenaDescriptor, ArenaOptions } from './arena.js';
import type { Channel } from './channel.js';
import type { ChannelDescriptor, ChannelOptions, PlainMessages } from './channel-messages.js';
import type { MemoryPool } from './memory-pool.js';
import type {
  MemoryPoolAttachOptions,
  MemoryPoolDescriptor,
  MemoryPoolOptions,
} from './memory-pool-open.js';
import type { Owner, OwnerDescriptor } from './owner.js';
import type { Pool } from './pool.js';
import type { PoolOptions } from './pool-options.js';
import type { AttachOptions, PoolDescriptor } from './pool-parts.js';
import type { RetainedArena } from './retain.js';

/** The methods themselves. */
export interface HeapLifetimes {
  /**
   * Opens an arena: until its exit `new` of these classes and their subclasses allocates in it.
   *
   * @throws QbError `TYPE`, `ARGUMENT`, `OUT_OF_MEMORY`, `CLOSED`
   */
  arena(types: AnyClass | readonly AnyClass[], options?: ArenaOptions): Arena;
  /**
   * Keeps an arena, of this or another thread, until the handle is released. Takes the arena, its
   * descriptor, or a view in it. Hold on to the handle: when it and all views of it are collected, the
   * arena is let go as well. What the arena held until now is covered by `Type.get` afterwards, also
   * when another thread has grown the memory since.
   *
   * @throws QbError `STALE` or `ARENA` when it is gone already, `HEAP`, `TYPE`
   */
  retain(target: Arena | ArenaDescriptor | object): RetainedArena;
  /**
   * Opens a pool of structs.
   *
   * @throws QbError `CONFIGURATION`, `ARGUMENT`, `TYPE`, `SIZE`, `OUT_OF_MEMORY`, `CLOSED`
   */
  pool<C extends AnyClass>(Type: C, options: PoolOptions<InstanceType<C>>): Pool<InstanceType<C>>;
  /**
   * Opens a channel: a bounded queue between threads.
   *
   * @throws QbError `TYPE`, `ARGUMENT`, `HEAP`, `CONFIGURATION`, `OUT_OF_MEMORY`, `CLOSED`
   */
  channel(options: ChannelOptions<PlainMessages>): Channel<number>;
  /** The messages are objects of a pool. */
  channel<T extends object>(options: ChannelOptions<Pool<T>>): Channel<T>;
  /** The messages are allocations of a memory pool. */
  channel(options: ChannelOptions<MemoryPool>): Channel<Allocation<never>>;
  /** The same as `Channel.attach`. */
  attachChannel<T>(descriptor: ChannelDescriptor, options?: AttachOptions<object>): Channel<T>;
  /**
   * Opens a memory pool. Other threads find it by its name, if it has one, until it is destroyed.
   *
   * @throws QbError `CONFIGURATION`, `ARGUMENT`, `TYPE`, `SIZE`, `EXISTS`, `OUT_OF_MEMORY`, `CLOSED`
   */
  memoryPool(name: string | undefined, options: MemoryPoolOptions): MemoryPool;
  /**
   * Makes an owner: memory by address that is freed in one step.
   *
   * @throws QbError `OUT_OF_MEMORY`, `CLOSED`
   */
  owner(): Owner;
  /** The same as `Owner.attach`. */
  attachOwner(descriptor: OwnerDescriptor): Owner;
  /** The same as `MemoryPool.attach`. */
  attachMemoryPool(
    source: MemoryPoolDescriptor | string | Uint8Array,
    options?: MemoryPoolAttachOptions,
  ): MemoryPool;
  /** The same as `Allocation.attach`. */
  attachAllocation(source: AllocationDescriptor | Uint8Array): Allocation<never>;
  /** The same as `Pool.attach`. */
  attachPool<T extends object>(
    descriptor: PoolDescriptor | string,
    options?: AttachOptions<T>,
  ): Pool<T>;
}

declare module '../heap/heap.js' {
  interface Heap extends HeapLifetimes {}
}
