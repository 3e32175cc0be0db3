// The public types, without comments. `make snapshots` writes it.

// ---- types/index.d.ts
export { Heap } from './inlined.js';
export * from './public.js';

// ---- types/worker.d.ts
import { Heap } from './full.js';
import type { QbError } from './base/errors.js';
export type { QbError };
import type { HeapDescriptor } from './heap/descriptor.js';
export type { HeapDescriptor };
export declare function attach(descriptor: HeapDescriptor): Heap;
export declare function fromWorkerData(): Heap;
export declare function fromMessage({ signal }?: {
    signal?: AbortSignal;
}): Promise<Heap>;

// ---- types/external.d.ts
export { Heap } from './full.js';
export { load } from './load.js';
export * from './public.js';
import type { CoreSource } from './load.js';
export type { CoreSource };

// ---- types/parts.d.ts
import { Heap as HeapClass } from './heap/heap.js';
export type Heap = HeapClass;
import type { HeapPart } from './heap/heap.js';
export type { HeapPart };
import type { CoreSource } from './load.js';
export type { CoreSource };
export declare const Heap: typeof HeapClass;
export { inlineCore } from './base/inline.js';
export { withParts } from './heap/heap.js';
export { arenas } from './lifetime/arena.js';
export { channels } from './lifetime/channel-open.js';
export { memoryPools } from './lifetime/memory-pool-open.js';
export { owners } from './lifetime/owner.js';
export { pools } from './lifetime/pool-open.js';
export { retains } from './lifetime/retain.js';
export { load } from './load.js';
export * from './public.js';
export { schemas } from './struct/schemas.js';
export { locks } from './wait/lock-open.js';

// ---- types/image/index.d.ts
import './install.js';
export { pack, packInto, unpack, view } from '../struct/pack.js';
export { PackedDict } from '../struct/pack-dict.js';
export { t } from '../struct/pack-fields.js';
export { PackedList } from '../struct/pack-list.js';
export { PackedSet } from '../struct/pack-set.js';
export { registerType } from '../struct/pack-types.js';
export { DateTime, Decimal, NdArray, Tuple, tuple } from '../struct/pack-values.js';
export { struct } from '../struct/view.js';
export { ImageArray } from './array.js';
export { buildImage } from './build.js';
export { arrayOf, ContainerType, mapOf, multiMapOf, setOf } from './container-type.js';
export { Image } from './image.js';
export { ImageMap } from './map.js';
export { ImageMultiMap } from './multi-map.js';
export { open, openBytes, openRoot } from './open.js';
export { ImageSet } from './set.js';
export { verify } from './verify.js';
import type { BuildOptions } from './build.js';
export type { BuildOptions };
import type { BuildResult } from './build.js';
export type { BuildResult };
import type { ContainerKind } from './container-type.js';
export type { ContainerKind };
import type { KeyOptions } from './container-type.js';
export type { KeyOptions };
import type { ContainerCounts } from './container-writer.js';
export type { ContainerCounts };
import type { DestinationLike } from './destination.js';
export type { DestinationLike };
import type { Progress } from './feed.js';
export type { Progress };
import type { RangeOptions } from './range.js';
export type { RangeOptions };
import type { ContainerOptions } from './source.js';
export type { ContainerOptions };
import type { ContainerSource } from './source.js';
export type { ContainerSource };
import type { Bytes } from '../struct/pack.js';
export type { Bytes };
import type { SetLike } from '../struct/pack-set.js';
export type { SetLike };
import type { Numbers } from '../struct/pack-values.js';
export type { Numbers };
import type { NumericKind } from '../struct/types.js';
export type { NumericKind };
import type { OpenBytesOptions } from './open.js';
export type { OpenBytesOptions };
import type { OpenOptions } from './open.js';
export type { OpenOptions };
import type { StructPacking } from './extend.js';
export type { StructPacking };
import type { PackOptions } from '../struct/pack.js';
export type { PackOptions };
import type { ViewOptions } from '../struct/pack.js';
export type { ViewOptions };
import type { TypeOptions } from '../struct/pack-types.js';
export type { TypeOptions };
import type { VerifyLimits } from '../struct/pack-verify.js';
export type { VerifyLimits };
import type { VerifyReport } from '../struct/pack-verify.js';
export type { VerifyReport };

// ---- types/inlined.d.ts
import { Heap as FullHeap } from './full.js';
export type Heap = FullHeap;
export declare const Heap: typeof import("./heap/heap.js").Heap;

// ---- types/public.d.ts
export { capabilities } from './base/environment.js';
export { QbError, QbRangeError, QbTypeError, TimeoutError } from './base/errors.js';
export { Allocation } from './lifetime/allocation.js';
export { Arena } from './lifetime/arena.js';
export { Channel } from './lifetime/channel.js';
export { MemoryPool } from './lifetime/memory-pool.js';
export { ObjectPool } from './lifetime/object-pool.js';
export { Owner } from './lifetime/owner.js';
export { Pool } from './lifetime/pool.js';
export { pooled } from './lifetime/pooled.js';
export { RetainedArena } from './lifetime/retain.js';
export { Schemas } from './struct/schemas.js';
export { t } from './struct/types.js';
export { struct } from './struct/view.js';
export { Condition } from './wait/condition.js';
export { Guard } from './wait/guard.js';
export { Mutex } from './wait/mutex.js';
export { Semaphore } from './wait/semaphore.js';
import type { HeapLifetimes } from './lifetime/extend.js';
export type { HeapLifetimes };
import type { HeapSchemas } from './struct/extend.js';
export type { HeapSchemas };
import type { SchemaInfo } from './struct/schemas.js';
export type { SchemaInfo };
import type { FieldInfo } from './struct/schemas.js';
export type { FieldInfo };
import type { HeapLocks } from './wait/extend.js';
export type { HeapLocks };
import type { HeapDescriptor } from './heap/descriptor.js';
export type { HeapDescriptor };
import type { LockDescriptor } from './wait/lock.js';
export type { LockDescriptor };
import type { LockOptions } from './wait/lock.js';
export type { LockOptions };
import type { ChannelDescriptor } from './lifetime/channel-messages.js';
export type { ChannelDescriptor };
import type { ChannelOptions } from './lifetime/channel-messages.js';
export type { ChannelOptions };
import type { AllocationDescriptor } from './lifetime/allocation.js';
export type { AllocationDescriptor };
import type { OwnerDescriptor } from './lifetime/owner.js';
export type { OwnerDescriptor };
import type { MemoryPoolDescriptor } from './lifetime/memory-pool-open.js';
export type { MemoryPoolDescriptor };
import type { MemoryPoolOptions } from './lifetime/memory-pool-open.js';
export type { MemoryPoolOptions };
import type { PoolDescriptor } from './lifetime/pool-parts.js';
export type { PoolDescriptor };
import type { PoolStats } from './lifetime/pool-stats.js';
export type { PoolStats };
import type { HeapStats } from './heap/inspect.js';
export type { HeapStats };
import type { PageMap } from './heap/inspect.js';
export type { PageMap };
import type { Fault } from './heap/inspect.js';
export type { Fault };
import type { Leak } from './heap/leaks.js';
export type { Leak };
import type { HeapOptions } from './heap/open.js';
export type { HeapOptions };
import type { Root } from './heap/roots.js';
export type { Root };
import type { Orphan } from './heap/thread.js';
export type { Orphan };
import type { ReapOptions } from './heap/thread.js';
export type { ReapOptions };
import type { ThreadInfo } from './heap/thread.js';
export type { ThreadInfo };
import type { Watch } from './heap/watch.js';
export type { Watch };
import type { ArenaDescriptor } from './lifetime/arena.js';
export type { ArenaDescriptor };
import type { ArenaOptions } from './lifetime/arena.js';
export type { ArenaOptions };
import type { ArenaState } from './lifetime/arena.js';
export type { ArenaState };
import type { AgentIdentity } from './heap/agent.js';
export type { AgentIdentity };
import type { ThreadSlot } from './heap/blocks.js';
export type { ThreadSlot };
import type { AllocationDecision } from './lifetime/memory-pool-base.js';
export type { AllocationDecision };
import type { AllocAsyncOptions } from './lifetime/memory-pool-base.js';
export type { AllocAsyncOptions };
import type { AllocWaitOptions } from './lifetime/memory-pool-base.js';
export type { AllocWaitOptions };
import type { MemoryPoolOnlyOptions } from './lifetime/memory-pool-open.js';
export type { MemoryPoolOnlyOptions };
import type { TypeKey } from './lifetime/memory-types.js';
export type { TypeKey };
import type { Growth } from './lifetime/pool-options.js';
export type { Growth };
import type { LinearGrowth } from './lifetime/pool-options.js';
export type { LinearGrowth };
import type { ExponentialGrowth } from './lifetime/pool-options.js';
export type { ExponentialGrowth };
import type { SlotDecision } from './lifetime/pool-options.js';
export type { SlotDecision };
import type { StructOnlyOptions } from './lifetime/pool-options.js';
export type { StructOnlyOptions };
import type { StructClass } from './struct/infer.js';
export type { StructClass };
import type { ExtendedClass } from './struct/infer.js';
export type { ExtendedClass };
import type { FieldTypeOf } from './struct/infer.js';
export type { FieldTypeOf };
import type { FieldType } from './struct/types.js';
export type { FieldType };
import type { Capabilities } from './base/environment.js';
export type { Capabilities };
import type { ErrorFields } from './base/errors.js';
export type { ErrorFields };
import type { OrphanDecision } from './heap/thread.js';
export type { OrphanDecision };
import type { Policy } from './heap/thread.js';
export type { Policy };
import type { ThreadTarget } from './heap/thread.js';
export type { ThreadTarget };
import type { PlainMessages } from './lifetime/channel-messages.js';
export type { PlainMessages };
import type { AllocOptions } from './lifetime/memory-pool-base.js';
export type { AllocOptions };
import type { MemoryPoolAttachOptions } from './lifetime/memory-pool-open.js';
export type { MemoryPoolAttachOptions };
import type { PoolBuilder } from './lifetime/pool-builder.js';
export type { PoolBuilder };
import type { PoolCursor } from './lifetime/pool-cursor.js';
export type { PoolCursor };
import type { Lease } from './lifetime/pool-lease.js';
export type { Lease };
import type { CommonOptions } from './lifetime/pool-options.js';
export type { CommonOptions };
import type { PoolOptions } from './lifetime/pool-options.js';
export type { PoolOptions };
import type { AttachOptions } from './lifetime/pool-parts.js';
export type { AttachOptions };
import type { PooledStatics } from './lifetime/pooled.js';
export type { PooledStatics };
import type { AnyClass } from './struct/infer.js';
export type { AnyClass };
import type { StructBase } from './struct/infer.js';
export type { StructBase };
import type { NumericKind } from './struct/types.js';
export type { NumericKind };
import type { Lock } from './wait/lock.js';
export type { Lock };
import type { Permits } from './wait/permits.js';
export type { Permits };
import type { WaitOptions } from './wait/queue.js';
export type { WaitOptions };

// ---- types/full.d.ts
import { Heap as HeapClass } from './heap/heap.js';
export type Heap = HeapClass;
export declare const Heap: typeof HeapClass;

// ---- types/base/errors.d.ts
export type ErrorFields = {
    given?: unknown;
    address?: number;
    requestedBytes?: number;
    availableBytes?: number;
    thread?: number;
    cause?: unknown;
};
export declare class QbError extends Error {
    code: string;
    given: unknown;
    address: number | undefined;
    requestedBytes: number | undefined;
    availableBytes: number | undefined;
    thread: number | undefined;
    static [Symbol.hasInstance](value: unknown): boolean;
    constructor(code: string, message: string, fields?: ErrorFields);
}
export declare class QbTypeError extends TypeError {
    code: string;
    given: unknown;
    constructor(message: string, given?: unknown);
}
export declare class QbRangeError extends RangeError {
    code: string;
    given: unknown;
    constructor(code: string, message: string, given?: unknown);
}
export declare class TimeoutError extends QbError {
    constructor(message: string);
}
export declare function describe(value: unknown): string;
export declare function warnPerformance(message: string): void;

// ---- types/heap/descriptor.d.ts
export declare const DESCRIPTOR_KIND = "qbwasm.heap";
export type HeapDescriptor = {
    kind: 'qbwasm.heap';
    id: string;
    name: string;
    module: WebAssembly.Module;
    memory: WebAssembly.Memory;
    layoutVersion: number;
    layoutHash: number;
};
export declare function makeDescriptor(id: string, name: string, module: WebAssembly.Module, memory: WebAssembly.Memory, shared: boolean): Readonly<HeapDescriptor>;
export declare function isDescriptor(value: unknown): value is HeapDescriptor;
export declare function checkDescriptor(value: unknown): HeapDescriptor;

// ---- types/load.d.ts
export type CoreSource = string | URL | Response | ArrayBufferLike | ArrayBufferView | WebAssembly.Module;
export declare function load(source?: CoreSource | Promise<CoreSource>): Promise<void>;

// ---- types/heap/heap.d.ts
import { Memory } from '../base/memory.js';
import { Core } from '../base/module.js';
import { Blocks, HeapAllocator } from './blocks.js';
import { Roots } from './roots.js';
import { Watch } from './watch.js';
import type { HeapDescriptor } from './descriptor.js';
export type { HeapDescriptor };
import type { HeapOptions } from './open.js';
export type { HeapOptions };
import type { ReapOptions } from './thread.js';
export type { ReapOptions };
declare const SECRET: unique symbol;
export declare class Heap extends Blocks {
    #private;
    id: string;
    roots: Roots;
    allocator: HeapAllocator;
    constructor(secret: typeof SECRET, { id, name, shared, memory, core }: {
        id: string;
        name: string;
        shared: boolean;
        memory: Memory;
        core: Core;
    });
    static create(options?: HeapOptions): Heap;
    static attach(descriptor: HeapDescriptor): Heap;
    static load(bytes: Uint8Array, options?: {
        shared?: boolean;
        name?: string;
    }): Heap;
    get descriptor(): Readonly<HeapDescriptor>;
    use(): void;
    detach(options?: {
        policy?: import('./thread.js').Policy;
    }): void;
    close(): void;
    dispose(): void;
    [Symbol.dispose](): void;
    save(): Uint8Array<ArrayBuffer>;
    leaks(): import('./leaks.js').Leak[];
    threads(): import('./thread.js').ThreadInfo[];
    reap(thread: import('./thread.js').ThreadTarget, options?: ReapOptions): boolean;
    watch(worker: object, options?: ReapOptions): Watch;
    onLeave(callback: () => void): void;
    onReap(callback: (number: number, policy: number) => void): void;
}
export type HeapPart = object & ThisType<Heap>;
export declare function withParts(...parts: HeapPart[]): typeof Heap;
export {};

// ---- types/base/inline.d.ts
export declare function inlineCore(): void;

// ---- types/lifetime/arena.d.ts
import { Heap } from '../heap/heap.js';
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
import type { View } from '../struct/scope.js';
export type { View };
export type ArenaState = 'open' | 'retained' | 'released';
export type ArenaOptions = {
    slabBytes?: number;
    oversize?: 'separate' | 'refuse';
    escapes?: 'known' | 'track';
    ambient?: boolean;
};
export type ArenaDescriptor = {
    kind: 'qbwasm.arena';
    heap: string;
    address: number;
    serial: number;
};
declare const SECRET: unique symbol;
export declare class Arena {
    #private;
    heap: Heap;
    types: readonly import("../struct/infer.js").AnyClass[];
    constructor(secret: typeof SECRET, heap: Heap, types: readonly AnyClass[], { slabBytes, oversize, escapes, ambient }: Required<ArenaOptions>);
    static of(view: unknown): Arena | null;
    get state(): ArenaState;
    get bytes(): number;
    get aliveCount(): number;
    get descriptor(): Readonly<ArenaDescriptor>;
    create<C extends abstract new (...args: never[]) => object>(Type: C, ...args: ConstructorParameters<C>): InstanceType<C>;
    alloc(bytes: number, options?: {
        align?: number;
    }): number;
    run<T>(fn: (arena: Arena) => T): T;
    close(): void;
    dispose(): void;
    [Symbol.dispose](): void;
    has(view: unknown): boolean;
    escape<V extends object>(view: V): V;
    release(view?: object): void;
    promote<V extends object>(view: V, options?: {
        to?: Heap | Arena;
    }): V;
}
export declare const arenas: import('../heap/heap.js').HeapPart;
export {};

// ---- types/lifetime/channel-open.d.ts
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { ChannelDescriptor } from './channel-messages.js';
export type { ChannelDescriptor };
import type { Messages } from './channel-messages.js';
export type { Messages };
import type { AttachOptions } from './pool-parts.js';
export type { AttachOptions };
export declare const channels: import('../heap/heap.js').HeapPart;

// ---- types/lifetime/memory-pool-open.d.ts
import { Allocation } from './allocation.js';
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { AllocationDescriptor } from './allocation.js';
export type { AllocationDescriptor };
import type { AllocationDecision } from './memory-pool-base.js';
export type { AllocationDecision };
export type MemoryPoolAttachOptions = {
    types?: Readonly<Record<string, number>>;
    onOrphan?: (allocation: Allocation<never>) => AllocationDecision | undefined | void;
};
export type MemoryPoolOnlyOptions = {
    bytes: number;
    minBlock?: number;
    maxAllocations?: number;
    preallocate?: readonly number[];
};
export type MemoryPoolOptions = MemoryPoolOnlyOptions & MemoryPoolAttachOptions;
export type MemoryPoolDescriptor = {
    kind: 'qbwasm.memory-pool';
    heap: string;
    address: number;
    serial: number;
    name: string | null;
    types: Readonly<Record<string, number>>;
};
export declare const memoryPools: import('../heap/heap.js').HeapPart;

// ---- types/lifetime/owner.d.ts
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
export type OwnerDescriptor = {
    kind: 'qbwasm.owner';
    heap: string;
    address: number;
    serial: number;
};
export type Holding = {
    heap: Heap;
    address: number;
    serial: number;
    isMaker: boolean;
    stack: string;
    owner: WeakRef<Owner> | null;
};
declare const SECRET: unique symbol;
export declare class Owner {
    #private;
    heap: import("../heap/heap.js").Heap;
    address: number;
    serial: number;
    constructor(secret: typeof SECRET, holding: Holding);
    static attach(heap: Heap, descriptor: OwnerDescriptor): Owner;
    alloc(count: number, elementBytes?: number): number;
    realloc(address: number, bytes: number): number;
    free(address: number): void;
    bytes(address: number): Uint8Array<SharedArrayBuffer>;
    view<C extends AnyClass>(Type: C, address: number): InstanceType<C>;
    own<T>(value: T): T;
    get size(): number;
    get addresses(): number[];
    get closed(): boolean;
    get descriptor(): Readonly<OwnerDescriptor>;
    dispose(): void;
    [Symbol.dispose](): void;
}
export declare const owners: import('../heap/heap.js').HeapPart & Pick<import('./extend.js').HeapLifetimes, 'owner' | 'attachOwner'>;
export {};

// ---- types/lifetime/pool-open.d.ts
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
import type { StructMeta } from '../struct/link.js';
export type { StructMeta };
import type { Pool } from './pool.js';
export type { Pool };
import type { PoolDescriptor } from './pool-parts.js';
export type { PoolDescriptor };
export declare const pools: import('../heap/heap.js').HeapPart;

// ---- types/lifetime/retain.d.ts
import { Heap } from '../heap/heap.js';
import type { MemoryTable } from '../base/memory.js';
export type { MemoryTable };
import type { Allocator } from '../heap/ambient.js';
export type { Allocator };
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
import type { ArenaDescriptor } from './arena.js';
export type { ArenaDescriptor };
import type { ArenaStorage } from './storage.js';
export type { ArenaStorage };
declare const SECRET: unique symbol;
export declare class RetainedArena {
    #private;
    heap: Heap;
    constructor(secret: typeof SECRET, heap: Heap, table: MemoryTable, arenaAddress: number, onRelease: (table: MemoryTable) => void);
    get released(): boolean;
    at<C extends AnyClass>(Type: C, address: number): InstanceType<C>;
    release(): void;
    dispose(): void;
    [Symbol.dispose](): void;
}
export declare const retains: import('../heap/heap.js').HeapPart;
export {};

// ---- types/struct/schemas.d.ts
import { makeClass } from './view.js';
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { SchemaRecord } from './record.js';
export type { SchemaRecord };
export type BuiltClass = ReturnType<typeof makeClass>;
export type FieldInfo = {
    name: string;
    type: string;
    offset: number;
    bytes: number;
};
export type SchemaInfo = {
    name: string;
    bytes: number;
    alignBytes: number;
    parent: string | null;
    fields: readonly Readonly<FieldInfo>[];
};
declare const SECRET: unique symbol;
export declare class Schemas {
    #private;
    constructor(secret: typeof SECRET, heap: Heap);
    names(): string[];
    get(name: string): Readonly<SchemaInfo> | undefined;
    add(Type: import('./infer.js').AnyClass): void;
    at(name: string, address: number): import('./infer.js').StructBase & Record<string, unknown>;
    [Symbol.iterator](): Generator<[string, Readonly<SchemaInfo>], void>;
}
export declare const schemas: import('../heap/heap.js').HeapPart;
export {};

// ---- types/wait/lock-open.d.ts
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { LockOptions } from './lock.js';
export type { LockOptions };
export declare const locks: import('../heap/heap.js').HeapPart;

// ---- types/struct/pack.d.ts
import { Session } from './pack-session.js';
import type { StructMeta } from './link.js';
export type { StructMeta };
import type { Source } from './pack-session.js';
export type { Source };
import type { VerifyLimits } from './pack-verify.js';
export type { VerifyLimits };
import type { VerifyReport } from './pack-verify.js';
export type { VerifyReport };
export type Bytes = ArrayBufferLike | ArrayBufferView;
export type PackedView = unknown;
export type PackOptions = {
    layouts?: boolean;
    maxBytes?: number;
};
export type ViewOptions = {
    readOnly?: boolean;
    verify?: boolean | VerifyLimits;
};
export declare function pack(value: unknown, options?: PackOptions): Uint8Array<ArrayBuffer>;
export declare function packInto(value: unknown, buffer: Bytes, offset?: number, options?: PackOptions): number;
export declare function view<T = unknown>(buffer: Bytes, offset?: number, options?: ViewOptions): T;
export declare function unpack<T = unknown>(buffer: Bytes, offset?: number, options?: ViewOptions): T;
export declare function verify(buffer: Bytes, options?: VerifyLimits & {
    offset?: number;
}): VerifyReport;
export declare function packStruct(Type: unknown, value: unknown, options?: PackOptions): Uint8Array<ArrayBuffer>;
export declare function packStructInto(Type: unknown, value: unknown, buffer: Bytes, offset: number, options?: PackOptions): number;
export declare function viewStruct(Type: unknown, buffer: Bytes, offset: number, options?: ViewOptions): import('./scope.js').View;
export declare function unpackStruct(Type: unknown, buffer: Bytes, offset: number, options?: ViewOptions): unknown;
export declare function sourceOf(buffer: unknown, offset: unknown): Source;
export declare function openHead({ buffer, base, end }: Source, writable: boolean): Session;

// ---- types/struct/pack-dict.d.ts
import { PACKED_KIND } from './pack-values.js';
import { INSPECT } from './reflect.js';
import type { Session } from './pack-session.js';
export type { Session };
export declare class PackedDict<K = unknown, V = unknown> {
    #private;
    constructor(size: number, isObject: boolean);
    get size(): number;
    get isObject(): boolean;
    get [PACKED_KIND](): string;
    protected find(key: K): number;
    protected entryKey(entry: number): K;
    protected entryValue(entry: number): V;
    has(key: K): boolean;
    get(key: K): V | undefined;
    keys(): Generator<K, void>;
    values(): Generator<V, void>;
    entries(): Generator<[K, V], void>;
    [Symbol.iterator](): Generator<[K, V], void, any>;
    equals(other: unknown): boolean;
    toJSON(): unknown;
    [INSPECT](depth: number, options: object): object;
}
export declare class DictView<K = unknown, V = unknown> extends PackedDict<K, V> {
    #private;
    constructor(session: Session, body: number);
    protected find(key: K): number;
    protected entryKey(entry: number): K;
    pointerOf(key: K): number;
    protected entryValue(entry: number): V;
}

// ---- types/struct/pack-fields.d.ts
import { t as basic, FieldType } from './types.js';
import type { NdArray } from './pack-values.js';
export type { NdArray };
export declare function packed<K extends import('./types.js').PackedKind>(kind: K, allowed: string, traits?: {
    inner?: FieldType;
    items?: readonly FieldType[];
    names?: readonly string[];
}): FieldType<K>;
declare function list<T>(inner: T): FieldType<'list'> & import('./pack-infer.js').ListType<T>;
declare function tuple<T extends readonly unknown[]>(...items: T): FieldType<'tuple'> & import('./pack-infer.js').TupleType<T>;
declare function set<T>(inner: T): FieldType<'set'> & import('./pack-infer.js').SetType<T>;
declare function dict<K, V>(key: K, value: V): FieldType<'dict'> & import('./pack-infer.js').DictType<K, V>;
declare function ndarray(dtype?: import('./types.js').NumericKind): FieldType<'ndarray'> & import('./infer.js').FieldTypeOf<NdArray | undefined>;
declare const packedTypes: Readonly<{
    list: typeof list;
    tuple: typeof tuple;
    set: typeof set;
    dict: typeof dict;
    decimal: FieldType<"decimal"> & import("./infer.js").FieldTypeOf<import("./pack-values.js").Decimal | undefined>;
    datetime: FieldType<"datetime"> & import("./infer.js").FieldTypeOf<import("./pack-values.js").DateTime | undefined>;
    ndarray: typeof ndarray;
}>;
export declare const t: typeof basic & typeof packedTypes;
export {};

// ---- types/struct/pack-list.d.ts
import { PACKED_KIND } from './pack-values.js';
import { INSPECT } from './reflect.js';
import type { Session } from './pack-session.js';
export type { Session };
import type { Numbers } from './pack-values.js';
export type { Numbers };
export declare class PackedList<T = unknown> {
    #private;
    constructor(length: number, isTuple: boolean);
    get length(): number;
    get isTuple(): boolean;
    get [PACKED_KIND](): string;
    protected element(_index: number): T;
    protected part(_start: number, _length: number): PackedList<T>;
    at(index: number): T | undefined;
    slice(start?: number, end?: number): PackedList<T>;
    [Symbol.iterator](): Generator<T, void>;
    indexOf(value: unknown): number;
    includes(value: unknown): boolean;
    bisect(value: T): number;
    bisectRight(value: T): number;
    equals(other: unknown): boolean;
    toJSON(): unknown[];
    [INSPECT](depth: number, options: object): object;
}
export declare class ListView<T = unknown> extends PackedList<T> {
    #private;
    constructor(session: Session, start: number, length: number, isTuple: boolean);
    static open(session: Session, body: number): ListView<unknown>;
    protected element(index: number): T;
    protected part(start: number, length: number): ListView<T>;
}
export declare class NumbersView extends PackedList<number | bigint> {
    #private;
    constructor(array: Numbers, isTuple: boolean);
    get array(): import("./pack-values.js").Numbers;
    static open(session: Session, body: number): NumbersView;
    protected element(index: number): number | bigint;
    protected part(start: number, length: number): NumbersView;
    [Symbol.iterator](): Generator<number | bigint, void, unknown>;
    indexOf(value: unknown): number;
}
export declare class StructsView<T extends object = object> extends PackedList<T> {
    #private;
    constructor(session: Session, reader: import('./pack-view.js').StructReader, start: number, length: number, isTuple: boolean);
    static open(session: Session, body: number, hint: import('./link.js').StructMeta | null): StructsView<object>;
    get structs(): import("./link.js").StructMeta | null;
    get strideBytes(): number;
    protected element(index: number): T;
    protected part(start: number, length: number): StructsView<T>;
}
export declare function isSequence(value: unknown): boolean;

// ---- types/struct/pack-set.d.ts
import { PACKED_KIND } from './pack-values.js';
import { INSPECT } from './reflect.js';
import type { Session } from './pack-session.js';
export type { Session };
export type SetLike<T = unknown> = {
    size: number;
    has: (value: T) => boolean;
    keys: () => Iterable<T>;
};
export declare class PackedSet<T = unknown> {
    #private;
    constructor(size: number);
    get size(): number;
    get [PACKED_KIND](): string;
    has(_value: unknown): boolean;
    values(): Generator<T, void>;
    keys(): Generator<T, void, any>;
    [Symbol.iterator](): Generator<T, void, any>;
    entries(): Generator<[T, T], void>;
    union(other: SetLike<T>): Set<T>;
    intersection(other: SetLike<T>): Set<T>;
    difference(other: SetLike<T>): Set<T>;
    symmetricDifference(other: SetLike<T>): Set<T>;
    isSubsetOf(other: SetLike<T>): boolean;
    isSupersetOf(other: SetLike<T>): boolean;
    isDisjointFrom(other: SetLike<T>): boolean;
    equals(other: unknown): boolean;
    toJSON(): unknown[];
    [INSPECT](depth: number, options: object): object;
}
export declare class SetView<T = unknown> extends PackedSet<T> {
    #private;
    constructor(session: Session, body: number);
    has(value: unknown): boolean;
    values(): Generator<T, void>;
}
export declare class BitSetView extends PackedSet<number> {
    #private;
    constructor(session: Session, body: number);
    has(value: unknown): boolean;
    values(): Generator<number, void>;
}
export declare function bitsAt(session: Session, body: number): {
    size: number;
    base: number;
    words: Uint32Array;
};
export declare function membersOf(words: Uint32Array, base: number): Generator<number, void>;

// ---- types/struct/pack-types.d.ts
import type { StructMeta } from './link.js';
export type { StructMeta };
export type TypeOptions = {
    missing?: 'default' | 'refuse';
    unknown?: 'ignore' | 'refuse';
    prePack?: (value: object) => object;
    postPack?: (value: object) => void;
    postUnpack?: (value: Record<string, unknown>) => void;
};
export type Registration = {
    meta: StructMeta;
    code: number;
    options: TypeOptions;
};
export declare function registerType(Class: import('./infer.js').AnyClass, code: number, options?: TypeOptions): void;
export declare function metaOfCode(code: number): StructMeta | null;
export declare function registrationOf(meta: StructMeta): Registration | null;
export declare function checkTypeCount(count: number): void;

// ---- types/struct/pack-values.d.ts
export declare const PACKED_KIND: unique symbol;
export declare class Decimal {
    coefficient: bigint;
    exponent: number;
    constructor(coefficient: bigint, exponent?: number);
    static parse(text: string): Decimal;
    toString(): string;
    toJSON(): string;
    equals(other: unknown): boolean;
    normal(): Decimal;
}
export declare class DateTime {
    time: number;
    offsetMinutes: number | null;
    constructor(time: number, offsetMinutes?: number | null);
    static parse(text: string): DateTime;
    get isWallClock(): boolean;
    toDate(): Date;
    toString(): string;
    toJSON(): string;
    equals(other: unknown): boolean;
}
export declare class Tuple<T = unknown> extends Array<T> {
    static get [Symbol.species](): ArrayConstructor;
}
export declare function tuple<T extends readonly unknown[]>(...items: T): Tuple<T[number]>;
export declare function tupleOf<T>(items: readonly T[]): Tuple<T>;
export type Numbers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array | BigInt64Array | BigUint64Array;
export declare function dtypeOf(value: unknown): import('./pack-format.js').DType | null;
export declare class NdArray {
    dtype: import("./types.js").NumericKind;
    shape: readonly number[];
    data: Numbers;
    constructor(data: Numbers, shape: readonly number[]);
    get(...indices: readonly number[]): number | bigint | undefined;
    toJSON(): {
        dtype: import("./types.js").NumericKind;
        shape: readonly number[];
        data: unknown[];
    };
}

// ---- types/struct/view.d.ts
import { staticAccessors } from './accessors.js';
import { META } from './link.js';
import { INSPECT } from './reflect.js';
import type { MemoryTable } from '../base/memory.js';
export type { MemoryTable };
import type { Allocator } from '../heap/ambient.js';
export type { Allocator };
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { StructMeta } from './link.js';
export type { StructMeta };
import type { View } from './scope.js';
export type { View };
export declare class Struct {
    constructor(init?: object);
    static get bytes(): number;
    static get fields(): Readonly<Record<string, import("./schema.js").Field>>;
    static get get(): Readonly<Record<string, import("./accessors.js").StaticGetter>>;
    static get set(): Readonly<Record<string, import("./accessors.js").StaticSetter>>;
    static get atomic(): Readonly<Record<string, import("./atomics.js").AtomicField<number>>>;
    static at(heap: Heap, address: number): View;
    static free(view: View, options?: {
        graph?: boolean;
    }): void;
    toJSON(): Record<string, unknown>;
    equals(other: unknown): boolean;
    [Symbol.iterator](): Generator<[string, unknown], void, any>;
    [INSPECT](depth: number, options: object, inspect: (value: unknown, options: object) => string): string | object;
}
export declare function struct<const N extends string, F extends import('./infer.js').FieldLiterals>(name: N, fields: F): import('./infer.js').StructClass<N, F>;
export declare function struct<const N extends string, F extends import('./infer.js').FieldLiterals, P extends import('./infer.js').AnyClass>(name: N, fields: F, Parent: P): import('./infer.js').ExtendedClass<P, N, F>;
export declare function makeClass(name: string, fields: object, Parent?: Function): typeof Struct & {
    readonly [META]: StructMeta;
};
export declare function createIn(allocator: Allocator, meta: StructMeta): View;
export declare function viewIn(Type: unknown, heap: Heap, table: MemoryTable, address: unknown): View;
export declare const tables: {
    find: (heap: Heap, address: number) => MemoryTable;
};
export type Statics = ReturnType<typeof staticAccessors>;

// ---- types/image/array.d.ts
import { PackedList } from '../struct/pack-list.js';
import type { StructMeta } from '../struct/link.js';
export type { StructMeta };
import type { Session } from '../struct/pack-session.js';
export type { Session };
import type { Numbers } from '../struct/pack-values.js';
export type { Numbers };
import type { Values } from './values.js';
export type { Values };
export declare class ImageArray<T = unknown> extends PackedList<T> {
    #private;
    constructor(values: Values, start: number, length: number);
    get numbers(): Numbers | null;
    protected element(index: number): T;
    protected part(start: number, length: number): ImageArray<T>;
    values(): Generator<T, void>;
    getMany(indices: Iterable<number>): (T | undefined)[];
    indexOf(value: unknown): number;
}
export declare function openArray(session: Session, body: number, hint: StructMeta | null): ImageArray;

// ---- types/image/build.d.ts
import type { ContainerCounts } from './container-writer.js';
export type { ContainerCounts };
import type { Destination } from './destination-base.js';
export type { Destination };
import type { DestinationLike } from './destination.js';
export type { DestinationLike };
import type { FeedOptions } from './feed.js';
export type { FeedOptions };
import type { Progress } from './feed.js';
export type { Progress };
export type BuildOptions = {
    progress?: (progress: Progress) => void;
    signal?: AbortSignal;
    root?: string;
    spill?: string | URL;
    layouts?: boolean;
};
export type BufferOf<D extends DestinationLike> = D extends string | URL ? null : Uint8Array;
export type BuildResult<D extends DestinationLike = DestinationLike> = {
    bytes: number;
    buffer: BufferOf<D>;
    address: number;
    counts: ContainerCounts;
    containers: Record<string, ContainerCounts>;
};
export declare function buildImage<D extends DestinationLike>(dest: D, root: unknown, options?: BuildOptions): Promise<BuildResult<D>>;

// ---- types/image/container-type.d.ts
import { FieldType } from '../struct/types.js';
import { ContainerSource } from './source.js';
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
import type { BuildOptions } from './build.js';
export type { BuildOptions };
import type { BuildResult } from './build.js';
export type { BuildResult };
import type { DestinationLike } from './destination.js';
export type { DestinationLike };
import type { ContainerOptions } from './source.js';
export type { ContainerOptions };
export type ContainerKind = 'array' | 'map' | 'multiMap' | 'set';
export type KeyOptions = {
    approximate?: boolean;
};
export declare class ContainerType<Kind extends ContainerKind = ContainerKind, K = unknown, V = unknown> {
    kind: Kind;
    key: FieldType<import("../struct/types.js").Kind> & K;
    value: FieldType<import("../struct/types.js").Kind> & V;
    isApproximate: boolean;
    constructor(kind: Kind, key: unknown, value: unknown, isApproximate: boolean);
    get meta(): import("../struct/link.js").StructMeta | null;
    toString(): string;
    from(entries: import('./infer.js').EntriesOf<Kind, K, V>, options?: ContainerOptions): ContainerSource;
    build<D extends DestinationLike = undefined>(entries: import('./infer.js').EntriesOf<Kind, K, V>, dest?: D, options?: BuildOptions & ContainerOptions): Promise<BuildResult<D>>;
    merge<D extends DestinationLike = undefined>(containers: Iterable<import('./infer.js').MergedOf<Kind, K, V>>, dest?: D, options?: BuildOptions & ContainerOptions): Promise<BuildResult<D>>;
}
export declare function arrayOf<V>(value: V): ContainerType<'array', null, V>;
export declare function mapOf<K, V>(key: K, value: V, options?: KeyOptions): ContainerType<'map', K, V>;
export declare function multiMapOf<K, V>(key: K, value: V, options?: KeyOptions): ContainerType<'multiMap', K, V>;
export declare function setOf<K>(key: K, options?: KeyOptions): ContainerType<'set', K, null>;

// ---- types/image/image.d.ts
import { Session } from '../struct/pack-session.js';
import type { Source } from '../struct/pack-session.js';
export type { Source };
import type { ContainerType } from './container-type.js';
export type { ContainerType };
export declare class ImageSession extends Session {
    container(body: number): import('./containers.js').Container;
}
declare const SECRET: unique symbol;
export declare class Image<T = unknown> {
    #private;
    address: number;
    size: number;
    constructor(secret: typeof SECRET, session: ImageSession, rootAt: number, address: number);
    get root(): T;
    get isWritable(): boolean;
    get bytes(): Uint8Array<SharedArrayBuffer>;
    get<C extends ContainerType | undefined = undefined>(name: string, type?: C): C extends ContainerType ? import('./infer.js').ViewOf<C> : unknown;
    as<C extends ContainerType>(type: C): import('./infer.js').ViewOf<C>;
    close(): void;
    dispose(): void;
}
export declare function openSource(source: Source, writable: boolean, address?: number): Image;
export declare function openHeader({ buffer, base, end }: Source, writable: boolean): {
    session: ImageSession;
    root: number;
};
export declare function imageBytes(head: Uint8Array): number;
export {};

// ---- types/image/map.d.ts
import { ImageDict } from './dict.js';
import type { Keys } from './key-index.js';
export type { Keys };
import type { Values } from './values.js';
export type { Values };
export declare class ImageMap<K = unknown, V = unknown> extends ImageDict<K, V> {
    #private;
    constructor(keys: Keys, values: Values, isApproximate: boolean);
    get(key: K): V | undefined;
    protected entryValue(entry: number): V;
}

// ---- types/image/multi-map.d.ts
import { ImageArray } from './array.js';
import { ImageDict } from './dict.js';
import type { Keys } from './key-index.js';
export type { Keys };
import type { Column } from './parts.js';
export type { Column };
import type { Values } from './values.js';
export type { Values };
import type { Session } from '../struct/pack-session.js';
export type { Session };
import type { Numbers } from '../struct/pack-values.js';
export type { Numbers };
export declare class ImageMultiMap<K = unknown, V = unknown, L = ImageArray<V>> extends ImageDict<K, L> {
    #private;
    valueCount: number;
    constructor(session: Session, keys: Keys, values: Values, starts: Column, valueCount: number, isApproximate: boolean);
    get(key: K): L;
    getMany(keys: Iterable<K>): L[];
    count(key: K): number;
    protected entryValue(entry: number): L;
}

// ---- types/image/open.d.ts
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { Bytes } from '../struct/pack.js';
export type { Bytes };
import type { Source } from '../struct/pack-session.js';
export type { Source };
import type { VerifyLimits } from '../struct/pack-verify.js';
export type { VerifyLimits };
import type { Image } from './image.js';
export type { Image };
export type OpenBytesOptions = {
    writable?: boolean;
    verify?: boolean | VerifyLimits;
};
export type OpenOptions = {
    writable?: boolean;
    verify?: boolean | VerifyLimits;
    shared?: boolean;
    heap?: Heap;
    root?: string;
    signal?: AbortSignal;
};
export declare function open(from: string | URL | Response | Blob | Bytes | Heap, options?: OpenOptions): Promise<Image>;
export declare function openBytes(buffer: Bytes, options?: OpenBytesOptions): Image;
export declare function openRoot(heap: Heap, root: string, options?: {
    writable?: boolean;
}): Image;

// ---- types/image/set.d.ts
import { PackedSet } from '../struct/pack-set.js';
import type { Keys } from './key-index.js';
export type { Keys };
import type { RangeOptions } from './range.js';
export type { RangeOptions };
export declare class ImageSet<T = unknown> extends PackedSet<T> {
    #private;
    isApproximate: boolean;
    constructor(keys: Keys, isApproximate: boolean);
    get isOrdered(): boolean;
    has(value: unknown): boolean;
    indexOf(value: T): number;
    keyAt(index: number): T | undefined;
    values(): Generator<T, void>;
    range(from?: T, to?: T, options?: RangeOptions): Generator<T, void>;
}

// ---- types/image/verify.d.ts
import type { Bytes } from '../struct/pack.js';
export type { Bytes };
import type { Session } from '../struct/pack-session.js';
export type { Session };
import type { Source } from '../struct/pack-session.js';
export type { Source };
import type { VerifyLimits } from '../struct/pack-verify.js';
export type { VerifyLimits };
import type { VerifyReport } from '../struct/pack-verify.js';
export type { VerifyReport };
export declare function verify(buffer: Bytes, options?: VerifyLimits & {
    offset?: number;
}): VerifyReport;
export declare function verifySource(source: Source, limits: VerifyLimits): VerifyReport;
export type Part = {
    at: number;
    bytes: number;
};

// ---- types/image/container-writer.d.ts
import { PartsWriter } from './parts-writer.js';
import type { Destination } from './destination-base.js';
export type { Destination };
import type { KeyWriter } from './key-writers.js';
export type { KeyWriter };
import type { ImagePacker } from './packer.js';
export type { ImagePacker };
import type { ContainerSource } from './source.js';
export type { ContainerSource };
import type { Sink } from './spool.js';
export type { Sink };
import type { ValueWriter } from './value-writers.js';
export type { ValueWriter };
export type ContainerCounts = {
    entries: number;
    keys: number;
    values: number;
};
export declare function containerWriter(source: ContainerSource, name: string, packer: ImagePacker, image: Destination): ArrayWriter | MapWriter;
declare class ArrayWriter {
    #private;
    constructor({ type, options }: ContainerSource, name: string, packer: ImagePacker, parts: PartsWriter);
    get counts(): ContainerCounts;
    get bytes(): number;
    add(element: unknown): void;
    writeTo(image: Sink): void;
    body(place: number): Uint8Array;
    close(): void;
}
declare class MapWriter {
    #private;
    constructor({ type, options }: ContainerSource, name: string, packer: ImagePacker, parts: PartsWriter);
    get counts(): ContainerCounts;
    get bytes(): number;
    add(entry: unknown): void;
    writeTo(image: Sink): void;
    body(place: number): Uint8Array;
    close(): void;
}
export declare function keyKind(kind: string): number;
export {};

// ---- types/image/destination.d.ts
import { Destination } from './destination-base.js';
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { BuildOptions } from './build.js';
export type { BuildOptions };
import type { Unplaced } from './destination-base.js';
export type { Unplaced };
export type DestinationLike = string | URL | ArrayBufferLike | ArrayBufferView | Heap | undefined | null;
export type Placement = (bytes: number) => {
    buffer: Uint8Array;
    address: number;
    publish(): void;
};
export declare function openDestination(dest: DestinationLike, { root, spill }: Pick<BuildOptions, 'root' | 'spill'>): Destination;

// ---- types/image/feed.d.ts
import type { ContainerCounts } from './container-writer.js';
export type { ContainerCounts };
export type Progress = {
    container: string;
    entries: number;
    bytes: number;
};
export type Taker = {
    add: (entry: unknown) => void;
    counts: ContainerCounts;
    bytes: number;
};
export type FeedOptions = {
    progress?: (progress: Progress) => void;
    signal?: AbortSignal;
};
export declare function feed(entries: Iterable<unknown> | AsyncIterable<unknown>, taker: Taker, container: string, { progress, signal }: FeedOptions): Promise<void>;

// ---- types/image/range.d.ts
import type { Keys } from './key-index.js';
export type { Keys };
import type { Numbers } from '../struct/pack-values.js';
export type { Numbers };
export type RangeOptions = {
    reverse?: boolean;
};
export declare function readRange<T>(keys: Keys, from: unknown, to: unknown, options: RangeOptions | undefined, read: (entry: number) => T): Generator<T, void>;

// ---- types/image/source.d.ts
import type { ContainerType } from './container-type.js';
export type { ContainerType };
export type ContainerOptions = {
    duplicates?: 'refuse' | 'first' | 'last';
    dedupe?: boolean;
};
export declare class ContainerSource {
    type: import("./container-type.js").ContainerType<import("./container-type.js").ContainerKind, any, any>;
    entries: AsyncIterable<unknown> | Iterable<unknown>;
    options: Required<ContainerOptions>;
    constructor(type: ContainerType, entries: Iterable<unknown> | AsyncIterable<unknown>, options: Required<ContainerOptions>);
    get tag(): 32 | 33;
    get bodyBytes(): 48 | 72;
}

// ---- types/struct/types.d.ts
export type NumericKind = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'f32' | 'f64' | 'i64' | 'u64';
export type Kind = NumericKind | 'bool' | 'enum' | 'date' | 'ref' | 'string' | 'bytes' | 'any' | 'array' | 'struct' | 'optional' | PackedKind;
export type PackedKind = 'list' | 'tuple' | 'set' | 'dict' | 'decimal' | 'datetime' | 'ndarray';
export declare class FieldType<K extends Kind = Kind> {
    kind: K;
    bytes: number;
    alignBytes: number;
    allowed: string;
    jsType: string;
    names: readonly string[] | null;
    inner: FieldType | null;
    items: readonly FieldType<Kind>[] | null;
    count: number;
    target: {} | null;
    constructor(kind: K, bytes: number, alignBytes: number, traits: {
        allowed: string;
        jsType: string;
        names?: readonly string[];
        inner?: FieldType;
        items?: readonly FieldType[];
        count?: number;
        target?: unknown;
    });
    toString(): string;
}
declare function ref<N extends string>(target: N): FieldType<'ref'> & import('./infer.js').RefByName<N>;
declare function ref<C extends import('./infer.js').AnyClass>(target: C): FieldType<'ref'> & import('./infer.js').RefToClass<C>;
declare function ref<C extends import('./infer.js').AnyClass>(target: () => C): FieldType<'ref'> & import('./infer.js').RefToClass<C>;
declare function oneOf<const N extends string>(names: readonly N[]): FieldType<'enum'> & import('./infer.js').FieldTypeOf<N>;
export type ArrayOf = {
    i8: Int8Array;
    u8: Uint8Array;
    i16: Int16Array;
    u16: Uint16Array;
    i32: Int32Array;
    u32: Uint32Array;
    f32: Float32Array;
    f64: Float64Array;
    i64: BigInt64Array;
    u64: BigUint64Array;
};
declare function array<K extends NumericKind>(inner: FieldType<K>, count: number): FieldType<'array'> & import('./infer.js').FieldTypeOf<ArrayOf[K]>;
declare function nested<C extends import('./infer.js').AnyClass & {
    readonly bytes: number;
}>(Type: C): FieldType<'struct'> & import('./infer.js').NestedType<C>;
declare function optional<T>(inner: FieldType & T): FieldType<'optional'> & import('./infer.js').OptionalType<T>;
export declare const t: Readonly<{
    i8: FieldType<"i8"> & import("./infer.js").FieldTypeOf<number>;
    u8: FieldType<"u8"> & import("./infer.js").FieldTypeOf<number>;
    i16: FieldType<"i16"> & import("./infer.js").FieldTypeOf<number>;
    u16: FieldType<"u16"> & import("./infer.js").FieldTypeOf<number>;
    i32: FieldType<"i32"> & import("./infer.js").FieldTypeOf<number>;
    u32: FieldType<"u32"> & import("./infer.js").FieldTypeOf<number>;
    i64: FieldType<"i64"> & import("./infer.js").FieldTypeOf<bigint>;
    u64: FieldType<"u64"> & import("./infer.js").FieldTypeOf<bigint>;
    f32: FieldType<"f32"> & import("./infer.js").FieldTypeOf<number>;
    f64: FieldType<"f64"> & import("./infer.js").FieldTypeOf<number>;
    bool: FieldType<"bool"> & import("./infer.js").FieldTypeOf<boolean>;
    date: FieldType<"date"> & import("./infer.js").FieldTypeOf<Date>;
    string: FieldType<"string"> & import("./infer.js").FieldTypeOf<string>;
    bytes: FieldType<"bytes"> & import("./infer.js").FieldTypeOf<Uint8Array<ArrayBufferLike>>;
    any: FieldType<"any"> & import("./infer.js").FieldTypeOf<unknown>;
    ref: typeof ref;
    enum: typeof oneOf;
    array: typeof array;
    struct: typeof nested;
    optional: typeof optional;
}>;
export {};

// ---- types/image/extend.d.ts
import type { AnyClass } from '../struct/infer.js';
import type { Bytes, PackOptions, ViewOptions } from '../struct/pack.js';
import type { DictLike, ListLike } from '../struct/pack-infer.js';
export type Packable<T> = {
    readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K extends 'address' | 'm' | symbol ? never : K]?: PackableValue<T[K]>;
};
export type PackableValue<V> = V extends string | number | bigint | boolean | null | undefined | Date ? V | null : V extends {
    readonly address: number;
} ? V | Packable<V> : V extends BigInt64Array | BigUint64Array ? V | readonly bigint[] : V extends ArrayBufferView ? V | readonly number[] : V extends ListLike<infer E> ? V | readonly PackableValue<E>[] : V extends DictLike<infer K, infer E> ? V | ReadonlyMap<K, PackableValue<E>> | {
    readonly [name: string]: PackableValue<E>;
} : V | null;
export interface StructPacking {
    pack<C extends AnyClass>(this: C, value: InstanceType<C> | Packable<InstanceType<C>>, options?: PackOptions): Uint8Array<ArrayBuffer>;
    packInto<C extends AnyClass>(this: C, value: InstanceType<C> | Packable<InstanceType<C>>, buffer: Bytes, offset?: number, options?: PackOptions): number;
    unpackFrom<C extends AnyClass>(this: C, buffer: Bytes, offset?: number, options?: ViewOptions): InstanceType<C>;
    unpack<C extends AnyClass>(this: C, buffer: Bytes, offset?: number, options?: ViewOptions): Packable<InstanceType<C>>;
}
declare module '../struct/infer.js' {
    interface StructClass<N extends string, F extends FieldLiterals> extends StructPacking {
    }
}

// ---- types/struct/pack-verify.d.ts
export declare const VERIFY_OPTIONS: readonly string[];
import type { StoredLayout } from './pack-layout.js';
export type { StoredLayout };
import type { Session } from './pack-session.js';
export type { Session };
import type { Field } from './schema.js';
export type { Field };
import type { FieldType } from './types.js';
export type { FieldType };
export type VerifyLimits = {
    depth?: number;
    nodes?: number;
    bytes?: number;
};
export type VerifyReport = {
    depth: number;
    nodes: number;
    bytes: number;
};
export declare function verifySession(session: Session, limits: VerifyLimits): VerifyReport;
export declare class Walk {
    #private;
    depth: number;
    nodes: number;
    bytes: number;
    constructor(session: Session, limits: VerifyLimits, headBytes: number);
    run(): VerifyReport;
    point(at: number, depth: number, tags: readonly number[] | null): void;
    reach(body: number, at: number, depth: number, tags: readonly number[] | null): void;
    reachKey(body: number, at: number, depth: number): void;
    container(body: number, _depth: number): void;
    column(type: number, stride: number, at: number, count: number, depth: number): void;
    take(body: number, bytes: number, depth: number): void;
    takePart(at: number, bytes: number, depth: number): void;
    utf8(start: number, bytes: number): void;
    fields(layout: StoredLayout, at: number, depth: number): void;
}

// ---- types/base/environment.d.ts
export type Capabilities = {
    wasm: boolean;
    sharedMemory: boolean;
    crossOriginIsolated: boolean;
    atomicsWait: boolean;
    waitAsync: boolean;
    webLocks: boolean;
    workerExit: boolean;
    finalizationRegistry: boolean;
    disposeSymbol: boolean;
};
export declare function capabilities(): Readonly<Capabilities>;
export declare function nodeThreads(): typeof import('node:worker_threads') | null;
export declare function nodeFiles(): typeof import('node:fs/promises') | null;
export declare function webLocks(): LockManager | null;
export declare function isWebWorker(): boolean;
export declare function mayCompile(): boolean;

// ---- types/lifetime/allocation.d.ts
import { QbError } from '../base/errors.js';
import type { MemoryTable } from '../base/memory.js';
export type { MemoryTable };
import type { Allocator } from '../heap/ambient.js';
export type { Allocator };
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
import type { MemoryPool } from './memory-pool.js';
export type { MemoryPool };
export type AllocationDescriptor = {
    kind: 'qbwasm.allocation';
    pool: import('./memory-pool-open.js').MemoryPoolDescriptor;
    id: number;
    offset: number;
    length: number;
};
export declare const INDEX_SPAN: number;
export declare function inPlaceTable(heap: Heap, kept: object | null): MemoryTable;
export declare class Allocation<T extends object = never> {
    #private;
    pool: import("./memory-pool.js").MemoryPool;
    address: number;
    length: number;
    type: number;
    typeId: number;
    _index: number;
    _generation: number;
    _Type: import("../struct/infer.js").AnyClass | null;
    _bytes: Uint8Array<SharedArrayBuffer> | null;
    _table: MemoryTable | null;
    _whole: Allocation<object> | null;
    _isDetached: boolean;
    constructor(pool: MemoryPool, index: number, entry: import('./memory-words.js').Entry, Type: AnyClass | null);
    static attach(heap: Heap, source: AllocationDescriptor | Uint8Array): Allocation<never>;
    get id(): number;
    get freed(): boolean;
    get owner(): number;
    bytes(): Uint8Array<SharedArrayBuffer>;
    view<C extends AnyClass>(Type: C): InstanceType<C>;
    view(): T;
    fill(value: number): this;
    equals(other: Allocation<object>): boolean;
    hash(): number;
    clone(offset?: number, length?: number): Allocation<never>;
    copyTo(pool: MemoryPool, options?: import('./memory-pool.js').AllocOptions): Allocation<never>;
    get descriptor(): Readonly<AllocationDescriptor>;
    serialize(): Uint8Array<ArrayBuffer>;
    share(): this;
    own(): this;
    free(): void;
    detach(): void;
    dispose(): void;
    [Symbol.dispose](): void;
    _end(): void;
    _needAttached(): void;
}
export declare function freedError(): QbError;

// ---- types/lifetime/channel.d.ts
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { WaitOptions } from '../wait/queue.js';
export type { WaitOptions };
import type { ChannelDescriptor } from './channel-messages.js';
export type { ChannelDescriptor };
import type { Messages } from './channel-messages.js';
export type { Messages };
export declare class Channel<T> {
    #private;
    heap: import("../heap/heap.js").Heap;
    address: number;
    serial: number;
    capacity: number;
    constructor(heap: Heap, address: number, serial: number, messages: Messages<T>);
    static attach<T>(heap: Heap, descriptor: ChannelDescriptor, options?: import('./pool-parts.js').AttachOptions<object>): Channel<T>;
    get closed(): boolean;
    get size(): number;
    get descriptor(): Readonly<ChannelDescriptor>;
    trySend(message: T): boolean;
    tryReceive(): T | undefined;
    send(message: T, options?: {
        timeout?: number;
    }): void;
    receive(options?: {
        timeout?: number;
    }): T;
    sendAsync(message: T, options?: WaitOptions): Promise<void>;
    receiveAsync(options?: WaitOptions): Promise<T>;
    [Symbol.iterator](): Generator<T, void, unknown>;
    [Symbol.asyncIterator](): AsyncGenerator<Awaited<T>, void, unknown>;
    close(): void;
    detach(): void;
    dispose(): void;
    [Symbol.dispose](): void;
    onGone(): void;
    abandon(): void;
}

// ---- types/lifetime/memory-pool.d.ts
import { MemoryPoolBase } from './memory-pool-base.js';
import type { Allocation } from './allocation.js';
export type { Allocation };
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
import type { MemoryPoolDescriptor } from './memory-pool-open.js';
export type { MemoryPoolDescriptor };
import type { MemoryPoolAttachOptions } from './memory-pool-open.js';
export type { MemoryPoolAttachOptions };
import type { TypeKey } from './memory-types.js';
export type { TypeKey };
import type { AllocOptions } from './memory-pool-base.js';
export type { AllocOptions };
import type { AllocWaitOptions } from './memory-pool-base.js';
export type { AllocWaitOptions };
import type { AllocAsyncOptions } from './memory-pool-base.js';
export type { AllocAsyncOptions };
export declare class MemoryPool extends MemoryPoolBase {
    static attach(heap: Heap, source: MemoryPoolDescriptor | string | Uint8Array, options?: MemoryPoolAttachOptions): MemoryPool;
    static type(name: string, type: number): number;
    alloc<C extends AnyClass>(what: C, options?: AllocOptions): Allocation<InstanceType<C>>;
    alloc(what: number, options?: AllocOptions): Allocation<never>;
    allocWait<C extends AnyClass>(what: C, options?: AllocWaitOptions): Allocation<InstanceType<C>>;
    allocWait(what: number, options?: AllocWaitOptions): Allocation<never>;
    allocAsync<C extends AnyClass>(what: C, options?: AllocAsyncOptions): Promise<Allocation<InstanceType<C>>>;
    allocAsync(what: number, options?: AllocAsyncOptions): Promise<Allocation<never>>;
    free(target: Allocation<object> | number): void;
    allocations(options?: {
        type?: TypeKey;
        owner?: number;
    }): IterableIterator<Allocation<never>>;
    [Symbol.iterator](): IterableIterator<import("./allocation.js").Allocation<never>>;
    has(id: number): boolean;
    has(type: TypeKey, id: number): boolean;
    get(id: number): Allocation<never>;
    get(type: TypeKey, id: number): Allocation<never>;
    typeName(type: number): string | undefined;
    get size(): number;
    get freeBytes(): number;
    get utilization(): number;
    freeBlocks(): Map<number, number>;
    get peakAllocations(): number;
    get descriptor(): Readonly<MemoryPoolDescriptor>;
    serialize(): Uint8Array<ArrayBuffer>;
    detach(): void;
    destroy(): void;
    dispose(): void;
    [Symbol.dispose](): void;
}

// ---- types/lifetime/object-pool.d.ts
import { PoolBase } from './pool-base.js';
declare const SECRET: unique symbol;
export type Entry<T> = {
    object: T;
    index: number;
    use: number;
};
export declare class ObjectPool<T extends object> extends PoolBase<T> {
    #private;
    constructor(secret: typeof SECRET, factory: () => T, settings: import('./pool-options.js').Settings<T>);
    static of<T extends object>(factory: () => T, options: import('./pool-options.js').CommonOptions<T>): ObjectPool<T>;
    get capacity(): number;
    get closed(): boolean;
    get inUse(): number;
    get stats(): import('./pool-stats.js').PoolStats;
    acquire(): T;
    _tryAcquire(): T | null;
    release(object: T): void;
    handle(object: T): number;
    at(handle: number): T;
    close(): void;
    dispose(): void;
    [Symbol.dispose](): void;
    _capacity(): number;
    _useOf(object: T): number;
}
export {};

// ---- types/lifetime/pool.d.ts
import { PoolBuilder } from './pool-builder.js';
import { PoolCursor } from './pool-cursor.js';
import { PoolViews } from './pool-views.js';
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
import type { PoolDescriptor } from './pool-parts.js';
export type { PoolDescriptor };
import type { MovableView } from './pool-views.js';
export type { MovableView };
import type { AttachOptions } from './pool-parts.js';
export type { AttachOptions };
export declare class Pool<T extends object> extends PoolViews<T> {
    #private;
    static builder<C extends AnyClass>(type?: C): PoolBuilder<InstanceType<C>>;
    static attach<T extends object>(heap: Heap, descriptor: PoolDescriptor | string, options?: AttachOptions<T>): Pool<T>;
    get capacity(): number;
    get closed(): boolean;
    get inUse(): number;
    get stats(): import('./pool-stats.js').PoolStats;
    get descriptor(): Readonly<PoolDescriptor>;
    handle(object: T): number;
    at(handle: number): T;
    isCurrent(object: T): boolean;
    cursor(): PoolCursor<T>;
    close(): void;
    dispose(): void;
    [Symbol.dispose](): void;
    detach(): void;
    _peakInUse(): number;
    _capacity(): number;
    _useOf(object: T): number;
    _needOpen(): void;
    _stop(): void;
    _keep(step: 1 | -1): void;
    _settle(): void;
    _bury(): void;
    onGone(): void;
    abandon(): void;
    onReap(number: number): void;
}

// ---- types/lifetime/pooled.d.ts
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
import type { Pool } from './pool.js';
export type { Pool };
export type PooledStatics<C extends AnyClass> = {
    pool: import('./pool.js').Pool<InstanceType<C>>;
    acquire: () => InstanceType<C>;
    release: (object: InstanceType<C>) => void;
};
export declare function pooled<T extends object>(options: import('./pool-options.js').PoolOptions<T>): <C extends AnyClass>(Class: C, context?: ClassDecoratorContext) => C & PooledStatics<C>;

// ---- types/wait/condition.d.ts
import { Guard } from './guard.js';
import { Lock } from './lock.js';
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { LockDescriptor } from './lock.js';
export type { LockDescriptor };
import type { LockOptions } from './lock.js';
export type { LockOptions };
import type { WaitOptions } from './queue.js';
export type { WaitOptions };
export declare class Condition extends Lock {
    #private;
    static create(heap: Heap, options?: LockOptions): Condition;
    static attach(heap: Heap, target: LockDescriptor | string): Condition;
    wait(guard: Guard, options?: {
        timeout?: number;
    }): boolean;
    waitAsync(guard: Guard, options?: WaitOptions): Promise<boolean>;
    waitFor(guard: Guard, predicate: () => boolean, options?: {
        timeout?: number;
    }): boolean;
    waitForAsync(guard: Guard, predicate: () => boolean, options?: WaitOptions): Promise<boolean>;
    notify(count?: number): void;
    notifyAll(): void;
    _leave(reason: unknown): void;
}

// ---- types/wait/guard.d.ts
import type { Permits } from './permits.js';
export type { Permits };
export declare class Guard {
    #private;
    lock: import("./permits.js").Permits;
    constructor(lock: Permits, taken: number);
    get abandoned(): boolean;
    get held(): boolean;
    release(): void;
    dispose(): void;
    [Symbol.dispose](): void;
    _hold(taken: number): void;
    _drop(): number;
    _adopt(other: Guard): void;
}

// ---- types/wait/mutex.d.ts
import { Permits } from './permits.js';
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { Guard } from './guard.js';
export type { Guard };
import type { LockDescriptor } from './lock.js';
export type { LockDescriptor };
import type { LockOptions } from './lock.js';
export type { LockOptions };
import type { WaitOptions } from './queue.js';
export type { WaitOptions };
export declare class Mutex extends Permits {
    static create(heap: Heap, options?: LockOptions): Mutex;
    static attach(heap: Heap, target: LockDescriptor | string): Mutex;
    tryLock(): Guard | null;
    lock(options?: {
        timeout?: number;
    }): Guard;
    lockAsync(options?: WaitOptions): Promise<Guard>;
    run<R>(fn: (guard: Guard) => R, options?: {
        timeout?: number;
    }): R;
    runAsync<R>(fn: (guard: Guard) => R | Promise<R>, options?: WaitOptions): Promise<R>;
    unlock(): void;
}

// ---- types/wait/semaphore.d.ts
import { Guard } from './guard.js';
import { Permits } from './permits.js';
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { LockDescriptor } from './lock.js';
export type { LockDescriptor };
import type { LockOptions } from './lock.js';
export type { LockOptions };
import type { WaitOptions } from './queue.js';
export type { WaitOptions };
export declare class Semaphore extends Permits {
    static create(heap: Heap, permits: number, options?: LockOptions): Semaphore;
    static attach(heap: Heap, target: LockDescriptor | string): Semaphore;
    get permits(): number;
    tryAcquire(): Guard | null;
    acquire(options?: {
        timeout?: number;
    }): Guard;
    acquireAsync(options?: WaitOptions): Promise<Guard>;
    release(permit: Guard): void;
    run<R>(fn: (permit: Guard) => R, options?: {
        timeout?: number;
    }): R;
    runAsync<R>(fn: (permit: Guard) => R | Promise<R>, options?: WaitOptions): Promise<R>;
}

// ---- types/lifetime/extend.d.ts
import type { AnyClass } from '../struct/infer.js';
import type { Allocation, AllocationDescriptor } from './allocation.js';
import type { Arena, ArenaDescriptor, ArenaOptions } from './arena.js';
import type { Channel } from './channel.js';
import type { ChannelDescriptor, ChannelOptions, PlainMessages } from './channel-messages.js';
import type { MemoryPool } from './memory-pool.js';
import type { MemoryPoolAttachOptions, MemoryPoolDescriptor, MemoryPoolOptions } from './memory-pool-open.js';
import type { Owner, OwnerDescriptor } from './owner.js';
import type { Pool } from './pool.js';
import type { PoolOptions } from './pool-options.js';
import type { AttachOptions, PoolDescriptor } from './pool-parts.js';
import type { RetainedArena } from './retain.js';
export interface HeapLifetimes {
    arena(types: AnyClass | readonly AnyClass[], options?: ArenaOptions): Arena;
    retain(target: Arena | ArenaDescriptor | object): RetainedArena;
    pool<C extends AnyClass>(Type: C, options: PoolOptions<InstanceType<C>>): Pool<InstanceType<C>>;
    channel(options: ChannelOptions<PlainMessages>): Channel<number>;
    channel<T extends object>(options: ChannelOptions<Pool<T>>): Channel<T>;
    channel(options: ChannelOptions<MemoryPool>): Channel<Allocation<never>>;
    attachChannel<T>(descriptor: ChannelDescriptor, options?: AttachOptions<object>): Channel<T>;
    memoryPool(name: string | undefined, options: MemoryPoolOptions): MemoryPool;
    owner(): Owner;
    attachOwner(descriptor: OwnerDescriptor): Owner;
    attachMemoryPool(source: MemoryPoolDescriptor | string | Uint8Array, options?: MemoryPoolAttachOptions): MemoryPool;
    attachAllocation(source: AllocationDescriptor | Uint8Array): Allocation<never>;
    attachPool<T extends object>(descriptor: PoolDescriptor | string, options?: AttachOptions<T>): Pool<T>;
}
declare module '../heap/heap.js' {
    interface Heap extends HeapLifetimes {
    }
}

// ---- types/struct/extend.d.ts
import type { Schemas } from './schemas.js';
export interface HeapSchemas {
    readonly schemas: Schemas;
}
declare module '../heap/heap.js' {
    interface Heap extends HeapSchemas {
    }
}

// ---- types/wait/extend.d.ts
import type { Condition } from './condition.js';
import type { LockOptions } from './lock.js';
import type { Mutex } from './mutex.js';
import type { Semaphore } from './semaphore.js';
export interface HeapLocks {
    mutex(options?: LockOptions): Mutex;
    semaphore(permits: number, options?: LockOptions): Semaphore;
    condition(options?: LockOptions): Condition;
}
declare module '../heap/heap.js' {
    interface Heap extends HeapLocks {
    }
}

// ---- types/wait/lock.d.ts
import { QbError } from '../base/errors.js';
import type { Heap } from '../heap/heap.js';
export type { Heap };
export type LockOptions = {
    name?: string;
};
export type LockDescriptor = {
    kind: `qbwasm.${'lock' | 'mutex' | 'semaphore' | 'condition'}`;
    heap: string;
    address: number;
    id: number;
};
export type LockClass<L extends Lock> = new (heap: Heap, address: number, id: number) => L;
export declare class Lock {
    #private;
    heap: import("../heap/heap.js").Heap;
    address: number;
    id: number;
    _isOwn: boolean;
    _core: import("../base/module-lock.js").LockCore;
    _epochIndex: number;
    constructor(heap: Heap, address: number, id: number);
    get closed(): boolean;
    get descriptor(): Readonly<LockDescriptor>;
    free(): void;
    dispose(): void;
    [Symbol.dispose](): void;
    _publish(name: string): void;
    _ticket(): number;
    _waitWords(): Pick<import('./queue.js').WaitSource<never>, 'words' | 'wordIndex'>;
    _leave(_reason: unknown): void;
    _failure(status: number): QbError;
}
export declare function openLock<L extends Lock>(Class: LockClass<L>, heap: Heap, kind: number, permitCount: number, options: LockOptions | undefined): L;
export declare function attachLock<L extends Lock>(Class: LockClass<L>, heap: Heap, kind: number, target: unknown): L;

// ---- types/lifetime/channel-messages.d.ts
import { QbError } from '../base/errors.js';
import { MemoryPool } from './memory-pool.js';
import { Pool } from './pool.js';
import type { Heap } from '../heap/heap.js';
export type { Heap };
export type PlainMessages = 'u32' | 'i32' | 'f32' | 'block';
export type ChannelOptions<O> = {
    capacity: number;
    of: O;
};
export type ChannelDescriptor = {
    kind: 'qbwasm.channel';
    heap: string;
    address: number;
    serial: number;
    of: string;
    pool: import('./pool-parts.js').PoolDescriptor | import('./memory-pool-open.js').MemoryPoolDescriptor | null;
};
export type Messages<T> = {
    name: string;
    kind: number;
    code: number;
    pool: Pool<object> | MemoryPool | null;
    encode: (message: T) => number;
    decode: (value: number) => T;
    sent: (message: T) => void;
    giveBack: (message: T) => void;
};
export declare function messagesOf(heap: Heap, of: unknown): Messages<unknown>;
export declare function notOwnedError({ pool }: Messages<unknown>, message: unknown): QbError;

// ---- types/lifetime/pool-parts.d.ts
import type { MemoryTable } from '../base/memory.js';
export type { MemoryTable };
import type { Allocator } from '../heap/ambient.js';
export type { Allocator };
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
export type PoolDescriptor = {
    kind: 'qbwasm.pool';
    heap: string;
    address: number;
    serial: number;
    type: string;
};
export type AttachOptions<T extends object> = {
    type?: AnyClass & {
        readonly prototype: T;
    };
    reset?: (object: T) => void;
    factory?: (object: T) => void;
    onOrphan?: import('./pool-options.js').StructOnlyOptions<T>['onOrphan'];
};
export declare const INDEX_SPAN: number;
export declare const GENERATION_SPAN: number;
export declare const SERIAL_MASK = 31;
export declare function handleOf(serial: number, use: number, index: number): number;
export declare const USER: Readonly<{
    SCHEMA: 0;
    IN_USE: 1;
    PEAK: 2;
    FLAGS: 3;
}>;
export declare const FLAG: Readonly<{
    STATS: 1;
    THREAD: 2;
    EAGER: 4;
}>;
export declare class PoolAllocator implements Allocator {
    kind: 'pool';
    heap: import("../heap/heap.js").Heap;
    table: import("../base/memory.js").MemoryTable;
    isShared: boolean;
    constructor(heap: Heap, table: MemoryTable, isShared: boolean);
    allocate(bytes: number, alignBytes: number): number;
}
export declare function isPoolDescriptor(value: unknown): value is PoolDescriptor;

// ---- types/lifetime/pool-stats.d.ts
export type PoolStats = {
    capacity: number;
    inUse: number;
    available: number;
    peakInUse: number;
    peakCapacity: number;
    growthEvents: number;
    allocations: number;
    releases: number;
    resets: number;
    waits: number;
    failures: number;
    hitRate: number;
};
export type Counts = {
    allocations: number;
    releases: number;
    resets: number;
    waits: number;
    failures: number;
    misses: number;
    peakInUse: number;
};
export declare function newCounts(): Counts;
export declare function statsOf({ allocations, releases, resets, waits, failures, misses }: Counts, state: {
    capacity: number;
    inUse: number;
    peakInUse: number;
    growthEvents: number;
}): PoolStats;

// ---- types/heap/inspect.d.ts
import type { Memory } from '../base/memory.js';
export type { Memory };
import type { Core } from '../base/module.js';
export type { Core };
export type HeapStats = {
    memoryBytes: number;
    maximumBytes: number;
    availableBytes: number;
    liveBytes: number;
    arenaBytes: number;
    poolBytes: number;
    memoryPoolBytes: number;
    blocksLive: number;
    blocksShared: number;
    blocksQuarantine: number;
    spansLive: number;
    arenasLive: number;
    poolsLive: number;
    memoryPoolsLive: number;
    threadsLive: number;
    rootsLive: number;
    pageCount: number;
    pagesMeta: number;
    pagesVirgin: number;
    pagesFree: number;
    pagesBlocks: number;
    pagesSpan: number;
    pagesAbandoned: number;
    pagesPending: number;
};
export type PageMap = {
    pageBytes: number;
    pageCount: number;
    pageMax: number;
    kinds: Uint8Array<ArrayBuffer>;
    owners: Uint8Array<ArrayBuffer>;
    regions: Uint8Array<ArrayBuffer>;
    classes: Uint8Array<ArrayBuffer>;
    live: Uint16Array<ArrayBuffer>;
    capacity: Uint16Array<ArrayBuffer>;
    fill: Float32Array<ArrayBuffer>;
    classBytes: Uint32Array<ArrayBuffer>;
    kindNames: readonly string[];
    regionNames: readonly string[];
};
export type Fault = {
    code: number;
    text: string;
    page: number;
    detail: number;
};
export declare const REGION_NAMES: readonly string[];
export declare function headerWord(memory: Memory, offset: number): number;
export declare function isDebug(memory: Memory): boolean;
export declare function pageKind(memory: Memory, page: number): number;
export declare function pageClass(memory: Memory, page: number): number;
export declare function availableBytes(memory: Memory): number;
export declare function readStats(core: Core, memory: Memory): HeapStats;
export declare function readFaults(core: Core, memory: Memory): Fault[];
export declare function readPageMap(memory: Memory): PageMap;
export declare function regionKind(memory: Memory, region: number): number;

// ---- types/heap/leaks.d.ts
import type { Memory } from '../base/memory.js';
export type { Memory };
import type { Core } from '../base/module.js';
export type { Core };
export type Leak = {
    kind: 'block' | 'arena' | 'pool' | 'memory_pool' | 'channel';
    site: string;
    count: number;
    bytes: number;
};
export type Note = {
    site: string;
    bytes: number;
    serial: number;
};
export declare function noteAllocations(core: Core, memory: Memory): void;
export declare function readLeaks(core: Core, memory: Memory): Leak[];

// ---- types/heap/open.d.ts
import { Memory } from '../base/memory.js';
import { Core } from '../base/module.js';
export type HeapOptions = {
    initial?: number;
    maximum?: number;
    shared?: boolean;
    debug?: boolean;
    name?: string;
};
export type Opened = {
    memory: Memory;
    core: Core;
};
export declare function checkHeapOptions(options: HeapOptions | undefined): {
    initialPages: number | undefined;
    pageMax: number;
    shared: boolean;
    debug: boolean;
    name: string;
};
export declare function openMemory(pageMax: number, initialPages: number | undefined, options: number): Opened;

// ---- types/heap/roots.d.ts
export type Root = {
    value: number;
    kind: number;
};
export declare class Roots {
    #private;
    constructor(core: import('../base/module.js').Core, memory: import('../base/memory.js').Memory, layer?: string);
    set(name: string, value: number, options?: {
        kind?: number;
        replace?: boolean;
    }): void;
    get(name: string): Root | undefined;
    has(name: string): boolean;
    delete(name: string): boolean;
    entries(): IterableIterator<[string, Root]>;
    [Symbol.iterator](): IterableIterator<[string, Root]>;
}
export declare function readRoots(memory: import('../base/memory.js').Memory): IterableIterator<[nameAddress: number, root: Root]>;

// ---- types/heap/thread.d.ts
import type { Memory } from '../base/memory.js';
export type { Memory };
import type { Core } from '../base/module.js';
export type { Core };
import type { AgentIdentity } from './agent.js';
export type { AgentIdentity };
import type { ThreadSlot } from './blocks.js';
export type { ThreadSlot };
export type ThreadInfo = {
    number: number;
    generation: number;
    status: 'live' | 'reaping';
    self: boolean;
    agent: AgentIdentity;
};
export type Orphan = {
    address: number;
    bytes: number;
    kind: 'block' | 'span' | 'arena' | 'pool' | 'memory';
};
export type Policy = 'free' | 'keep';
export type OrphanDecision = 'free' | 'keep' | 'own';
export type ReapOptions = {
    policy?: Policy;
    onOrphan?: (orphan: Orphan) => OrphanDecision | undefined | void;
};
export type ThreadTarget = number | Readonly<ThreadSlot>;
export declare function slotAddress(number: number): number;
export declare function readSlot(memory: Memory, number: number): Omit<ThreadInfo, 'self'> | null;
export declare function listThreads(memory: Memory, selfNumber: number): ThreadInfo[];
export declare function attachThread(core: Core, memory: Memory, identity: AgentIdentity): Readonly<{
    number: number;
    generation: number;
}>;
export declare function announce(memory: Memory, number: number, identity: AgentIdentity): void;
export declare function leaveSavedThread(core: Core, memory: Memory): void;
export declare function policyCode(what: string, policy: unknown): number;
export declare function reap(core: Core, memory: Memory, target: ThreadTarget, options?: ReapOptions, onReap?: (number: number, policy: number) => void): boolean;
export declare function checkReapOptions(options: ReapOptions | undefined): {
    policy: number;
    onOrphan: ReapOptions['onOrphan'];
};

// ---- types/heap/watch.d.ts
import type { AgentIdentity } from './agent.js';
export type { AgentIdentity };
import type { Locks } from './agent.js';
export type { Locks };
export type Watched = {
    memory: import('../base/memory.js').Memory;
    threadNumber: number;
    reap: (thread: {
        number: number;
        generation: number;
    }) => void;
};
export type NodeWorker = {
    on(event: 'exit', listener: () => void): unknown;
    off(event: 'exit', listener: () => void): unknown;
    threadId: number;
};
export declare class Watch {
    #private;
    constructor(stop: () => void);
    dispose(): void;
    [Symbol.dispose](): void;
}
export declare function startWatch(watched: Watched, worker: object): () => void;
export declare function watchLocks(watched: Watched, locks: Locks): () => void;

// ---- types/heap/agent.d.ts
export type AgentIdentity = {
    kind: 'none' | 'node' | 'web' | 'web-locked';
    id: number;
};
export type Locks = {
    request: (name: string, options: {
        signal?: AbortSignal;
    }, callback: () => unknown) => Promise<unknown>;
    query: () => Promise<{
        held?: {
            name?: string;
        }[];
    }>;
};
export declare const AGENT_ID_BITS = 28;
export declare function agentIdentity(): Readonly<AgentIdentity>;
export declare function holdAgentLock(): Promise<void>;
export declare function lockName(id: number): string;
export declare function holdLock(locks: Locks, id: number): Promise<boolean>;

// ---- types/heap/blocks.d.ts
import type { Allocator } from './ambient.js';
export type { Allocator };
export type ThreadSlot = {
    number: number;
    generation: number;
};
export declare class HeapAllocator implements Allocator {
    kind: 'heap';
    heap: import("./heap.js").Heap;
    table: import("../base/memory.js").MemoryTable;
    constructor(heap: import('./heap.js').Heap);
    allocate(bytes: number, alignBytes: number): number;
}
export declare class Blocks {
    #private;
    name: string;
    memory: import("../base/memory.js").Memory;
    core: import("../base/module.js").Core;
    thread: ThreadSlot;
    constructor(name: string, memory: import('../base/memory.js').Memory, core: import('../base/module.js').Core, thread: ThreadSlot);
    get closed(): boolean;
    alloc(bytes: number, options?: {
        align?: number;
    }): number;
    calloc(count: number, elementBytes?: number): number;
    realloc(address: number, bytes: number): number;
    free(address: number): void;
    usableBytes(address: number): number;
    share(address: number): number;
    own(address: number): number;
    bytes(address: number, length?: number): Uint8Array<SharedArrayBuffer>;
    stats(): import('./inspect.js').HeapStats;
    inspect(): import('./inspect.js').PageMap;
    check(): import('./inspect.js').Fault[];
    trim(): number;
}
export declare function needOpen({ closed, name }: {
    closed: boolean;
    name: string;
}): void;

// ---- types/lifetime/memory-pool-base.d.ts
import { QbError } from '../base/errors.js';
import { WaitQueue } from '../wait/queue.js';
import { Allocation } from './allocation.js';
import { MemoryWords } from './memory-words.js';
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
import type { MemoryPool } from './memory-pool.js';
export type { MemoryPool };
import type { TypeKey } from './memory-types.js';
export type { TypeKey };
export type AllocOptions = {
    type?: TypeKey;
    id?: number;
};
export type AllocWaitOptions = AllocOptions & Pick<import('../wait/queue.js').WaitOptions, 'timeout'>;
export type AllocAsyncOptions = AllocOptions & import('../wait/queue.js').WaitOptions;
export type AllocationDecision = 'free' | 'keep' | 'own';
export type Request = {
    bytes: number;
    type: number;
    key: number;
    Type: AnyClass | null;
};
export type MemoryPoolParts = {
    heap: Heap;
    address: number;
    serial: number;
    name: string | null;
    types: import('./memory-types.js').MemoryTypes;
    onOrphan: ((allocation: Allocation<never>) => AllocationDecision | undefined | void) | null;
    isMaker: boolean;
    unname: () => void;
};
export declare class MemoryPoolBase {
    _parts: MemoryPoolParts;
    _core: import("../base/module-memory.js").MemoryCore;
    heap: import("../heap/heap.js").Heap;
    address: number;
    serial: number;
    name: string | null;
    _words: MemoryWords;
    bytes: number;
    minBlock: number;
    blockBytesMax: number;
    maxAllocations: number;
    _stateWord: number;
    _queue: WaitQueue<Allocation<object> | QbError, Request>;
    _isOpen: boolean;
    _known: (Allocation<object> | undefined)[];
    _channelCount: number;
    _isFull: boolean;
    constructor(parts: MemoryPoolParts);
    get closed(): boolean;
    _isLive(index: number, generation: number): boolean;
    _needLive(index: number, generation: number): void;
    _forget(allocation: Allocation<object>): void;
    _keep(step: 1 | -1): void;
    _needNoChannel(): void;
    onGone(): void;
    abandon(): void;
    onReap(number: number, policy: number): void;
    get _self(): MemoryPool;
    _request(what: unknown, options: object | undefined, allowed: readonly string[]): Request;
    _attempt({ bytes, type, key, Type }: Request): Allocation<object> | QbError | null;
    _put(index: number, allocation: Allocation<object>): Allocation<object>;
    _at(index: number): Allocation<never> | null;
    _each(type: number, owner: number): Generator<Allocation<never>, void, unknown>;
    _lookUp(type: unknown, id: unknown): Allocation<never> | null;
    _find(target: unknown): {
        index: number;
        generation: number;
    };
    _exhausted(bytes: number, waitedMilliseconds?: number): QbError;
    _needOpen(): void;
    _needHere(): void;
    _bury(): void;
}
export declare function orThrow<A extends object>(made: A | QbError): A;

// ---- types/lifetime/memory-types.d.ts
export type TypeKey = number | string;
export declare const DATA = 1;
export declare class MemoryTypes {
    #private;
    constructor(outer: MemoryTypes | null);
    define(name: string, type: unknown): number;
    defineAll(types: unknown): this;
    numberOf(key: unknown): number;
    nameOf(number: number): string | undefined;
    toJSON(): {
        [k: string]: number;
    };
    _numberOf(name: string): number | undefined;
}
export declare const commonTypes: MemoryTypes;

// ---- types/lifetime/pool-options.d.ts
import { QbError } from '../base/errors.js';
export declare const SLOTS_MAX: number;
export type LinearGrowth = {
    by: number;
    max?: number;
};
export type ExponentialGrowth = {
    factor: number;
    max?: number;
};
export type Growth = 'fixed' | LinearGrowth | ExponentialGrowth;
export type CommonOptions<T> = {
    capacity: number;
    growth?: Growth;
    init?: 'eager' | 'lazy';
    reset?: (object: T) => void;
    stats?: boolean;
};
export type SlotDecision = 'release' | 'keep' | 'own';
export type StructOnlyOptions<T> = {
    sharing?: 'thread' | 'shared';
    factory?: (object: T) => void;
    onOrphan?: (object: T, handle: number) => SlotDecision | undefined | void;
};
export type PoolOptions<T> = CommonOptions<T> & StructOnlyOptions<T>;
export type Sizes = {
    capacity: number;
    capacityMax: number;
    growthSlots: number;
    growthFactor: number;
};
export type Settings<T> = {
    sizes: Sizes;
    isShared: boolean;
    isEager: boolean;
    hasStats: boolean;
    reset: ((object: T) => void) | null;
    factory: ((object: T) => void) | null;
    onOrphan: NonNullable<StructOnlyOptions<T>['onOrphan']> | null;
};
export declare function checkPoolOptions<T>(options: PoolOptions<T> | undefined): Settings<T>;
export declare function checkObjectPoolOptions<T>(options: CommonOptions<T> | undefined): Settings<T>;
export declare function grownCapacity({ capacityMax, growthSlots, growthFactor }: Sizes, capacity: number): number;
export declare function checkFunction<F extends Function>(what: string, given: F | undefined): F | null;
export declare function configurationError(message: string): QbError;
export declare function checkCount(count: unknown): number;
export declare function foreignError(name: string, given: unknown): QbError;

// ---- types/struct/infer.d.ts
import type { MemoryTable } from '../base/memory.js';
import type { Heap } from '../heap/heap.js';
import type { AtomicField } from './atomics.js';
import type { Field } from './schema.js';
declare const VALUE: unique symbol;
declare const NAME: unique symbol;
declare const CLASS: unique symbol;
declare const PART: unique symbol;
declare const INNER: unique symbol;
export interface FieldTypeOf<T> {
    readonly kind: string;
    readonly [VALUE]?: T;
}
export interface RefByName<N extends string> extends FieldTypeOf<object> {
    readonly [NAME]: N;
}
export interface RefToClass<C> extends FieldTypeOf<object> {
    readonly [CLASS]: C;
}
export interface NestedType<C> extends FieldTypeOf<object> {
    readonly [PART]: C;
}
export interface OptionalType<T> extends FieldTypeOf<object> {
    readonly [INNER]: T;
}
export type AnyClass = abstract new (...args: any[]) => any;
export type FieldLiterals = Record<string, any>;
export interface StructBase {
    readonly address: number;
    readonly m: MemoryTable;
    toJSON(): Record<string, unknown>;
    equals(other: unknown): boolean;
    [Symbol.iterator](): IterableIterator<any>;
}
export type ValueOf<T, N extends string, F extends FieldLiterals> = T extends OptionalType<infer I> ? ValueOf<I, N, F> | undefined : T extends RefByName<infer M> ? (M extends N ? StructView<N, F> : StructBase) | null : T extends RefToClass<infer C> ? (C extends AnyClass ? InstanceType<C> : never) | null : T extends NestedType<infer C> ? C extends AnyClass ? InstanceType<C> : never : T extends FieldTypeOf<infer V> ? V : never;
export type StructView<N extends string, F extends FieldLiterals> = StructBase & {
    -readonly [K in keyof F]: ValueOf<F[K], N, F>;
};
export type StaticValueOf<T, N extends string, F extends FieldLiterals> = T extends RefByName<string> ? number : T extends RefToClass<unknown> ? number : ValueOf<T, N, F>;
export type StaticGetters<N extends string, F extends FieldLiterals> = {
    readonly [K in keyof F]: (address: number) => StaticValueOf<F[K], N, F>;
};
export type StaticSetters<N extends string, F extends FieldLiterals> = {
    readonly [K in keyof F]: (address: number, value: StaticValueOf<F[K], N, F>) => void;
};
type IntegerKind = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64';
export type AtomicFields<F extends FieldLiterals> = {
    readonly [K in keyof F as F[K] extends {
        readonly kind: IntegerKind;
    } ? K : never]: AtomicField<F[K] extends FieldTypeOf<bigint> ? bigint : number>;
};
export type StructInit<N extends string, F extends FieldLiterals> = {
    [K in keyof F]?: ValueOf<F[K], N, F>;
};
export interface StructClass<N extends string, F extends FieldLiterals> {
    new (init?: StructInit<N, F>): StructView<N, F>;
    readonly prototype: StructView<N, F>;
    readonly bytes: number;
    readonly fields: {
        readonly [K in keyof F]: Field;
    };
    readonly get: StaticGetters<N, F>;
    readonly set: StaticSetters<N, F>;
    readonly atomic: AtomicFields<F>;
    at<C extends AnyClass>(this: C, heap: Heap, address: number): InstanceType<C>;
    free<C extends AnyClass>(this: C, view: InstanceType<C>, options?: {
        graph?: boolean;
    }): void;
}
type Static<P, K extends string> = P extends {
    readonly [Key in K]: infer V;
} ? V : unknown;
export type ExtendedClass<P extends AnyClass, N extends string, F extends FieldLiterals> = Omit<StructClass<N, F>, 'prototype' | 'fields' | 'get' | 'set' | 'atomic'> & {
    new (...args: any[]): InstanceType<P> & StructView<N, F>;
    readonly prototype: InstanceType<P> & StructView<N, F>;
    readonly fields: Static<P, 'fields'> & StructClass<N, F>['fields'];
    readonly atomic: Static<P, 'atomic'> & AtomicFields<F>;
    readonly get: Static<P, 'get'> & StaticGetters<N, F>;
    readonly set: Static<P, 'set'> & StaticSetters<N, F>;
};
export {};

// ---- types/lifetime/pool-builder.d.ts
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { AnyClass } from '../struct/infer.js';
export type { AnyClass };
import type { PoolOptions } from './pool-options.js';
export type { PoolOptions };
export declare class PoolBuilder<T extends object> {
    #private;
    constructor(type: AnyClass | undefined);
    type(type: AnyClass): this;
    heap(heap: Heap): this;
    capacity(slots: number): this;
    fixed(): this;
    linear(by: number): this;
    exponential(factor: number): this;
    max(slots: number): this;
    shared(): this;
    threadLocal(): this;
    eager(): this;
    lazy(): this;
    reset(reset: (object: T) => void): this;
    factory(factory: (object: T) => void): this;
    onOrphan(onOrphan: NonNullable<PoolOptions<T>['onOrphan']>): this;
    stats(isOn?: boolean): this;
    build(): import('./pool.js').Pool<T>;
}

// ---- types/lifetime/pool-cursor.d.ts
import type { PoolSlots } from './pool-slots.js';
export type { PoolSlots };
export declare class PoolCursor<T extends object> {
    #private;
    constructor(slots: PoolSlots, serial: number, view: T & {
        address: number;
    });
    get view(): T;
    get index(): number;
    get handle(): number;
    next(): boolean;
    reset(): void;
    [Symbol.iterator](): IterableIterator<T>;
}

// ---- types/lifetime/pool-lease.d.ts
import { QbError } from '../base/errors.js';
export declare class Lease<T extends object> {
    #private;
    value: T;
    constructor(pool: {
        release(object: T): void;
        _useOf(object: T): number;
    }, value: T);
    get released(): boolean;
    release(): void;
    dispose(): void;
    [Symbol.dispose](): void;
}
export declare function releasedError(): QbError;
export declare function poolClosedError(): QbError;

// ---- types/wait/permits.d.ts
import { Guard } from './guard.js';
import { Lock } from './lock.js';
import type { WaitOptions } from './queue.js';
export type { WaitOptions };
export declare class Permits extends Lock {
    #private;
    _latest: Guard | null;
    constructor(heap: import('../heap/heap.js').Heap, address: number, id: number);
    _take(): Guard | null;
    _block(what: string, options: {
        timeout?: number;
    } | undefined): Guard;
    _join(options: WaitOptions | undefined): Promise<Guard>;
    _runWith<R>(guard: Guard, fn: (guard: Guard) => R): R;
    _checkFunction(fn: unknown): void;
    _release(index: number, serves?: boolean): void;
    _again(guard: Guard, fresh: Guard): void;
    _leave(reason: unknown): void;
}

// ---- types/wait/queue.d.ts
export type WaitOptions = {
    timeout?: number;
    signal?: AbortSignal;
};
export type AsyncWait = {
    async: true;
    value: Promise<string>;
} | {
    async: false;
    value: string;
};
export type WaitAsync = (array: Int32Array, index: number, value: number, timeout: number) => AsyncWait;
export type WaitSource<T, R = undefined> = {
    attempt: (request: R) => T | null;
    refusal: (waitedMilliseconds: number | undefined, request: R) => unknown;
    words?: () => Int32Array;
    wordIndex?: () => number;
    ticket?: () => number;
    mark?: (isWaiting: boolean) => void;
    queued?: (isQueued: boolean) => void;
    counted?: () => void;
};
export type Waiter<T, R> = {
    request: R;
    resolve: (value: T) => void;
    reject: (reason: unknown) => void;
    leave: () => void;
};
export declare const SLICE_MILLISECONDS = 50;
export declare class WaitQueue<T, R = undefined> {
    #private;
    constructor(source: WaitSource<T, R>);
    get length(): number;
    block(timeout: number | undefined, request?: R): T;
    join(options: WaitOptions | undefined, request?: R): Promise<T>;
    serve(): void;
    dismiss(reason: unknown): void;
}

// ---- types/base/memory.d.ts
import { QbError } from './errors.js';
export type Arrays = {
    byteLength: number;
    i8: Int8Array<SharedArrayBuffer>;
    u8: Uint8Array<SharedArrayBuffer>;
    i16: Int16Array<SharedArrayBuffer>;
    u16: Uint16Array<SharedArrayBuffer>;
    i32: Int32Array<SharedArrayBuffer>;
    u32: Uint32Array<SharedArrayBuffer>;
    f32: Float32Array<SharedArrayBuffer>;
    f64: Float64Array<SharedArrayBuffer>;
    i64: BigInt64Array<SharedArrayBuffer>;
    u64: BigUint64Array<SharedArrayBuffer>;
};
export declare class MemoryTable {
    byteLength: number;
    i8: Int8Array<SharedArrayBuffer>;
    u8: Uint8Array<SharedArrayBuffer>;
    i16: Int16Array<SharedArrayBuffer>;
    u16: Uint16Array<SharedArrayBuffer>;
    i32: Int32Array<SharedArrayBuffer>;
    u32: Uint32Array<SharedArrayBuffer>;
    f32: Float32Array<SharedArrayBuffer>;
    f64: Float64Array<SharedArrayBuffer>;
    i64: BigInt64Array<SharedArrayBuffer>;
    u64: BigUint64Array<SharedArrayBuffer>;
    far: Map<number, unknown> | null;
    scope: object | null;
    constructor(arrays: Arrays);
    get revoked(): boolean;
    revoke(reason: QbError | (() => Error)): void;
}
export declare class Memory {
    #private;
    wasmMemory: WebAssembly.Memory;
    root: MemoryTable;
    byteLength: number;
    constructor(wasmMemory: WebAssembly.Memory);
    createTable(): MemoryTable;
    dropTable(table: MemoryTable): void;
    ensure(endAddress: number): void;
    refresh(): void;
}
export declare function bufferTable(buffer: ArrayBufferLike): MemoryTable;

// ---- types/base/module.d.ts
import { ChannelCore } from './module-channel.js';
import { LockCore } from './module-lock.js';
import { MemoryCore } from './module-memory.js';
import type { ErrorFields } from './errors.js';
export type { ErrorFields };
export type Export = (...args: number[]) => number;
export declare class Core {
    #private;
    _heapPageMin: Export;
    _heapInit: Export;
    _heapOpen: Export;
    _layoutHash: Export;
    _stats: Export;
    _check: Export;
    _trim: Export;
    _threadAttach: Export;
    _threadEnter: Export;
    _threadDetach: Export;
    _reapBegin: Export;
    _reapNext: Export;
    _reapEnd: Export;
    _alloc: Export;
    _allocAligned: Export;
    _calloc: Export;
    _realloc: Export;
    _free: Export;
    _usableBytes: Export;
    _blockOwner: Export;
    _blockOwn: Export;
    _rootSet: Export;
    _rootFind: Export;
    _rootRemove: Export;
    _arenaOpen: Export;
    _arenaAlloc: Export;
    _arenaClose: Export;
    _arenaPin: Export;
    _arenaUnpin: Export;
    _poolOpen: Export;
    _poolAcquire: Export;
    _poolRelease: Export;
    _poolSlot: Export;
    _poolState: Export;
    _poolWait: Export;
    _poolNext: Export;
    _poolClose: Export;
    _poolPin: Export;
    _poolUnpin: Export;
    channels: ChannelCore;
    locks: LockCore;
    memory: MemoryCore;
    threadAddress: number;
    availableBytes: () => number | undefined;
    constructor(module: WebAssembly.Module, memory: WebAssembly.Memory);
    heapPageMin(pageMax: number): number;
    heapInit(pageMax: number, options: number): void;
    heapOpen(): void;
    layoutHash(): number;
    stats(): number;
    check(): number;
    trim(): number;
    threadAttach(agent: number): number;
    threadEnter(address: number): void;
    threadDetach(policy: number): void;
    reapBegin(number: number, generation: number): boolean;
    reapNext(number: number, after: number): number;
    reapEnd(number: number, policy: number): void;
    alloc(bytes: number): number;
    allocAligned(bytes: number, alignBytes: number): number;
    calloc(count: number, elementBytes: number): number;
    realloc(address: number, bytes: number): number;
    free(address: number): void;
    usableBytes(address: number): number;
    blockOwner(address: number): number;
    blockOwn(address: number, owner: number): void;
    rootSet(nameAddress: number, nameBytes: number, value: number, kind: number, replace: boolean): void;
    rootFind(nameAddress: number, nameBytes: number): number;
    rootRemove(nameAddress: number, nameBytes: number): boolean;
    arenaOpen(slabBytes: number): number;
    arenaAlloc(arena: number, bytes: number, alignBytes: number): number;
    arenaClose(arena: number, serial: number, retain: boolean): void;
    arenaPin(arena: number, serial: number): void;
    arenaUnpin(arena: number, serial: number): void;
    poolOpen(slotBytes: number, { capacity, capacityMax, growthSlots, growthFactor }: {
        capacity: number;
        capacityMax: number;
        growthSlots: number;
        growthFactor: number;
    }): number;
    poolAcquire(pool: number, hint: number): number;
    poolRelease(pool: number, index: number, generation: number): number;
    poolSlot(pool: number, index: number): number;
    poolState(pool: number, index: number): number;
    poolWait(pool: number, waits: boolean): void;
    poolNext(pool: number, owner: number, from: number): number;
    poolClose(pool: number, serial: number, retain: boolean): void;
    poolPin(pool: number, serial: number): void;
    poolUnpin(pool: number, serial: number): void;
    failure(status: number, call: string, fields?: ErrorFields): import('./errors.js').QbError;
}

// ---- types/struct/scope.d.ts
import type { MemoryTable } from '../base/memory.js';
export type { MemoryTable };
import type { Allocator } from '../heap/ambient.js';
export type { Allocator };
export type Scope = Allocator & {
    ledger?: Ledger | null;
};
export type View = {
    address: number;
    m: MemoryTable;
};
export type FarReference = {
    address: number;
    table: MemoryTable;
    ledger: Ledger | null;
};
export declare class Ledger {
    inbound: Map<number, number>;
    outbound: Map<number, Ledger>;
    onUnreferenced: () => void;
    constructor();
    forget(slot: number): void;
    forgetOutbound(): void;
}
export declare function scopeOf(m: MemoryTable): Scope;
export declare function arenaAddressAt(m: MemoryTable, address: number): number;
export declare function cover(m: MemoryTable, endAddress: number): void;
export declare function tableAt(m: MemoryTable, slot: number, address: number, bytes: number): MemoryTable;
export declare function writeReference(m: MemoryTable, slot: number, target: View | null): void;
export declare function dropFar(m: MemoryTable, slot: number): void;

// ---- types/struct/link.d.ts
import { Schema } from './schema.js';
import type { MemoryTable } from '../base/memory.js';
export type { MemoryTable };
import type { View } from './scope.js';
export type { View };
export type ViewConstructor = new (address: number, m: MemoryTable) => View;
export type StructClassLike = (abstract new (...args: never[]) => object) & {
    [META]?: StructMeta;
};
export declare const META: unique symbol;
export declare const targets: {
    onFound(owner: StructType, target: StructType): void;
};
export declare class StructType {
    followers: Link[];
    schema: Schema;
    parent: StructType | null;
    meta: StructMeta | null;
    atomic: ReturnType<typeof import('./atomics.js').atomicFields> | null;
    alignBytes: number;
    heap: import('../heap/heap.js').Heap | null;
    allocatedBytes: number;
    constructor(name: string, literal: object, parent: StructType | null);
    bind(Base: StructClassLike): void;
    register(): void;
}
export declare class StructMeta {
    Class: StructClassLike;
    type: StructType;
    Base: StructClassLike;
    schema: Schema;
    View: ViewConstructor;
    site: import("../heap/ambient.js").AmbientSite;
    first: WeakRef<View> | null;
    isProven: boolean;
    constructor(Class: StructClassLike, type: StructType, Base: StructClassLike);
}
export declare function metaOf(Class: unknown): StructMeta;
export declare function metaNamed(name: string): StructMeta | null;
export declare function isStructClass(value: unknown): value is StructClassLike;
export declare class Link {
    #private;
    owner: StructType;
    ownerName: string;
    target: unknown;
    meta: StructMeta | null;
    View: ViewConstructor | null;
    bytes: number;
    alignBytes: number;
    constructor(owner: StructType, ownerName: string, target: unknown);
    static to(owner: StructType, ownerName: string, type: import('./types.js').FieldType): Link;
    resolve(): ViewConstructor;
    peek(): {
        name: string | null;
        type: StructType | null;
    };
    follow(meta: StructMeta): ViewConstructor;
    get found(): StructMeta;
}

// ---- types/heap/ambient.d.ts
export type Allocator = {
    kind: 'heap' | 'arena' | 'pool';
    heap: import('./heap.js').Heap;
    table: import('../base/memory.js').MemoryTable;
    allocate: (bytes: number, alignBytes: number) => number;
};
export type AnyClass = abstract new (...args: never[]) => object;
export type Scope = {
    allocator: Allocator;
    types: readonly AnyClass[];
    sites: Set<AmbientSite>;
};
export declare class AmbientSite {
    type: AnyClass;
    epoch: number;
    allocator: Allocator | null;
    constructor(type: AnyClass);
}
export declare function siteOf(type: AnyClass): AmbientSite;
export declare function allocatorAt(site: AmbientSite): Allocator;
export declare function currentAllocator(type: AnyClass): Allocator;
export declare function openScope(allocator: Allocator, types: readonly AnyClass[]): void;
export declare function closeScope(allocator: Allocator): boolean;
export declare function useHeap(allocator: Allocator): void;
export declare function forgetHeap(allocator: Allocator): void;
export declare function defaultAllocator(): Allocator | null;

// ---- types/lifetime/storage.d.ts
import { QbError } from '../base/errors.js';
import { Ledger } from '../struct/scope.js';
import type { MemoryTable } from '../base/memory.js';
export type { MemoryTable };
import type { Allocator } from '../heap/ambient.js';
export type { Allocator };
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { ArenaState } from './arena.js';
export type { ArenaState };
export declare function storageAt(heap: Heap, address: number): ArenaStorage | undefined;
export declare class ArenaStorage {
    #private;
    heap: import("../heap/heap.js").Heap;
    address: number;
    serial: number;
    state: ArenaState;
    escapes: Set<number>;
    handleCount: number;
    ledger: Ledger;
    isTracked: boolean;
    place: string;
    constructor(heap: Heap, slabBytes: number, table: MemoryTable);
    get table(): import("../base/memory.js").MemoryTable | undefined;
    get bytes(): number;
    get keeperCount(): number;
    get pinCount(): number;
    exit(method: Function): void;
    releaseUnlessKept(): void;
    release(): void;
    abandon(): void;
    onCollected(): void;
}
export declare function closedError(place: string): QbError;

// ---- types/struct/record.d.ts
import type { StructType } from './link.js';
export type { StructType };
import type { FieldType } from './types.js';
export type { FieldType };
export type FieldRecord = [name: string, type: unknown, offset: number];
export type SchemaRecord = {
    name: string;
    bytes: number;
    align: number;
    parent: string | null;
    fields: FieldRecord[];
};
export declare const TYPE_DEPTH_MAX = 16;
export declare function recordOf(type: StructType): SchemaRecord;
export declare function typeRecord(type: FieldType, targetOf: (type: FieldType) => unknown[]): unknown;
export declare function typeText(type: unknown, depth?: number): string;
export declare function isRecord(value: unknown): value is SchemaRecord;
export declare function checkSame(stored: SchemaRecord, own: SchemaRecord): void;

// ---- types/struct/pack-session.d.ts
import { MemoryTable } from '../base/memory.js';
import { LayoutCache, ViewCache } from './pack-cache.js';
import type { KnownReader } from './pack-view.js';
export type { KnownReader };
import type { Field } from './schema.js';
export type { Field };
export declare class Session {
    #private;
    m: MemoryTable;
    base: number;
    end: number;
    writable: boolean;
    typesAt: number;
    typeCount: number;
    readers: (KnownReader | undefined)[];
    views: ViewCache;
    readonly kind: 'packed';
    constructor(buffer: ArrayBufferLike, base: number, end: number, writable: boolean);
    get layouts(): LayoutCache;
    movedTo(field: Field): Field | null | undefined;
    isStored(field: Field): boolean;
    narrow(end: number): void;
    get heap(): never;
    openTypes(at: number): void;
    alive<T>(numbers: T): T;
    fail(what: string, at: number): never;
    checkAttached(): void;
    failField({ owner, name, type }: Field, body: number): never;
    failClass({ owner, name, type }: Field): never;
    need(end: number, at: number): void;
    follow(at: number): number;
    open(body: number): {
        tag: number;
        flags: number;
        aux: number;
        count: number;
    };
    tag(body: number): number;
    text(body: number): string;
    textBytes(body: number): number;
    bytes(body: number): Uint8Array;
    container(body: number): object;
    checkAtomic(field: Field): void;
    equal(a: object, b: object): boolean;
    plain(view: import('./scope.js').View): Record<string, unknown>;
    inspect(view: import('./scope.js').View, depth: number, options: object): object;
    readField(field: Field, m: MemoryTable, address: number): unknown;
}
export type Source = {
    buffer: ArrayBufferLike;
    base: number;
    end: number;
};
export declare function snapshot({ buffer, base, end }: Source): Source;

// ---- types/struct/reflect.d.ts
import type { View } from './scope.js';
export type { View };
import type { Field } from './schema.js';
export type { Field };
export type Inspect = (value: unknown, options: object) => string;
export declare const INSPECT: unique symbol;
export declare const PLAIN_DEPTH_MAX = 1000;
export declare function metaOfView(view: View): import('./link.js').StructMeta;
export declare function isView(value: unknown): value is View;
export declare function keyOf(view: View): string;
export type PackedScope = {
    kind: string;
    equal: (a: View, b: View) => boolean;
    plain: (view: View) => Record<string, unknown>;
    inspect: (view: View, depth: number, options: object) => object;
};
export type Visit = {
    view: View;
    key: string;
    entries: [string, unknown][];
    place: [string, unknown];
};
export declare function plainOf(view: View): Record<string, unknown>;
export declare function iterateView(view: View): Generator<[string, unknown], void>;
export declare function equalViews(view: View, other: unknown): boolean;
export declare function inspectView(view: View, depth: number, options: object, inspect: Inspect): string | object;

// ---- types/struct/pack-infer.d.ts
import type { AnyClass, FieldTypeOf, NestedType, OptionalType, RefByName, RefToClass } from './infer.js';
import type { PackedView } from './pack.js';
export interface ListLike<T> extends Iterable<T> {
    readonly length: number;
    at(index: number): T | undefined;
    includes(value: T): boolean;
    slice(start?: number, end?: number): ListLike<T>;
}
export interface SetLike<T> extends Iterable<T> {
    readonly size: number;
    has(value: T): boolean;
}
export interface DictLike<K, V> extends Iterable<[K, V]> {
    readonly size: number;
    has(key: K): boolean;
    get(key: K): V | undefined;
}
export type Element<T> = T extends OptionalType<infer I> ? Element<I> | null | undefined : T extends RefToClass<infer C> ? (C extends AnyClass ? InstanceType<C> : never) | null : T extends NestedType<infer C> ? C extends AnyClass ? InstanceType<C> : never : T extends RefByName<string> ? object | null : T extends FieldTypeOf<infer V> ? V : never;
export type ListType<T> = FieldTypeOf<ListLike<Element<T>> | undefined>;
export type TupleType<T extends readonly unknown[]> = FieldTypeOf<ListLike<Element<T[number]>> | undefined>;
export type SetType<T> = FieldTypeOf<SetLike<Element<T>> | undefined>;
export type DictType<K, V> = FieldTypeOf<DictLike<Element<K>, Element<V>> | undefined>;
export type { PackedView };

// ---- types/struct/pack-view.d.ts
import type { StructMeta } from './link.js';
export type { StructMeta };
import type { ViewConstructor } from './link.js';
export type { ViewConstructor };
import type { Session } from './pack-session.js';
export type { Session };
import type { Field } from './schema.js';
export type { Field };
import type { View } from './scope.js';
export type { View };
export type StructReader = {
    meta: StructMeta | null;
    View: ViewConstructor;
    bytes: number;
    steps: readonly Step[];
};
export type KnownReader = {
    hint: StructMeta | null;
    reader: StructReader;
    next: KnownReader | undefined;
};
export type Step = {
    declared: Field;
    stored: Field | null;
};
export declare function sameReader(meta: StructMeta, writable: boolean): StructReader;
export declare function readStruct(session: Session, body: number, hint: StructMeta | null): View;
export declare function makeStruct(session: Session, body: number, hint: StructMeta | null): View;
export declare function viewWith(session: Session, body: number, reader: StructReader): View;
export declare function readerOf(session: Session, body: number, hint: StructMeta | null): StructReader;
export declare function isOfClass({ View }: StructReader, meta: StructMeta | null): boolean;
export declare function nestedView(session: Session, reader: StructReader, address: number): View;
export declare function readerAt(session: Session, index: number, hint: StructMeta | null, at: number): StructReader;
export declare function nestedReader(session: Session, field: Field): StructReader;
export declare function hintOf(target: unknown): StructMeta | null;

// ---- types/struct/pack-format.d.ts
import { QbError } from '../base/errors.js';
export declare const VERSION = 1;
export declare const OLDEST_READER = 1;
export declare const HEAD: Readonly<{
    BYTES: 16;
    VERSION: 4;
    OLDEST: 5;
    MAGIC: 6;
    ROOT: 8;
    TYPES: 12;
}>;
export declare const MAGIC = 22097;
export declare const BODY_BYTES = 8;
export declare const FLAGS = 1;
export declare const AUX = 2;
export declare const COUNT = 4;
export declare const TAG: Readonly<{
    NULL: 1;
    FALSE: 2;
    TRUE: 3;
    INT32: 4;
    INT64: 5;
    UINT64: 6;
    F64: 7;
    BIGINT: 8;
    STRING: 9;
    BYTES: 10;
    LIST: 11;
    TUPLE: 12;
    NUMBERS: 13;
    SET: 14;
    BITSET: 15;
    DICT: 16;
    DATE: 17;
    DECIMAL: 18;
    NDARRAY: 19;
    STRUCT: 20;
    STRUCTS: 21;
    TYPES: 22;
    CONTAINERS: 32;
}>;
export declare const FLAG: Readonly<{
    BIG: 1;
    NEGATIVE: 2;
    UTF16: 4;
    TUPLE: 8;
    OBJECT: 16;
    ZONE: 32;
    WALL: 64;
    PLAIN: 128;
}>;
export declare const KIND_TAGS: Readonly<Record<string, readonly number[]>>;
export declare const POINTER_KINDS: readonly import('./types.js').Kind[];
export declare const DTYPES: readonly ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"];
export declare const DTYPE_BYTES: readonly number[];
import type { NumericKind as DType } from './types.js';
export type { DType };
export declare const PRESENCE: Readonly<{
    UNSET: 0;
    VALUE: 1;
    NULL: 2;
}>;
export declare const SET_ENTRY_BYTES = 8;
export declare const DICT_ENTRY_BYTES = 12;
export declare const TYPE_ENTRY_BYTES = 16;
export declare const UNHASHED_MAX = 8;
export declare const PACK_LIMITS: Readonly<{
    BYTES: number;
    BYTES_MAX: number;
    TEXT_BYTES: number;
    MAGNITUDE_BYTES: 65536;
    DIMENSIONS: 32;
    KEY_DEPTH: 64;
    KEY_VALUES: number;
    TYPES: 65535;
    LAYOUT_BYTES: number;
    ZONE_MINUTES: 1440;
}>;
export declare function slotsFor(count: number): number;
export declare function padded(bytes: number): number;
export declare function corruptError(what: string, offset: number): QbError;

// ---- types/struct/accessors.d.ts
import type { MemoryTable } from '../base/memory.js';
export type { MemoryTable };
import type { Codec } from './codec.js';
export type { Codec };
import type { Link } from './link.js';
export type { Link };
import type { Field } from './schema.js';
export type { Field };
import type { View } from './scope.js';
export type { View };
import type { NumericKind } from './types.js';
export type { NumericKind };
export type AccessorPair<T> = {
    getter: (offset: number) => (this: View) => T;
    setter: (offset: number, refuse: (value: unknown) => void) => (this: View, value: T) => void;
};
export type OtherPair = {
    getter: (offset: number, read: Codec['read'], field: Field) => (this: View) => unknown;
    setter: (offset: number, write: Codec['write'], field: Field) => (this: View, value: unknown) => void;
};
export type BankCopy = {
    [K in NumericKind]: AccessorPair<K extends 'i64' | 'u64' ? bigint : number>;
} & {
    bool: AccessorPair<boolean>;
    ref: (offset: number, link: Link) => (this: View) => View | null;
    other: OtherPair;
};
export type Accessor = {
    get: (this: View) => unknown;
    set: (this: View, value: never) => void;
};
export type StaticGetter = (address: number) => unknown;
export type StaticSetter = (address: number, value: unknown) => void;
export declare function defineAccessors(prototype: object, fields: readonly Field[]): void;
export declare function nextCopy(): BankCopy;
export declare function defineWith(copy: BankCopy, prototype: object, field: Field, { read, write }: Codec): void;
export type Writer = (m: MemoryTable, offset: number, refuse: (value: unknown) => void) => (address: number, value: never) => void;
export declare function staticAccessors(fields: readonly Field[], m: MemoryTable): {
    get: Readonly<Record<string, StaticGetter>>;
    set: Readonly<Record<string, StaticSetter>>;
};

// ---- types/struct/schema.d.ts
import { FieldType } from './types.js';
import type { Kind } from './types.js';
export type { Kind };
import type { Link } from './link.js';
export type { Link };
export declare const RESERVED_NAMES: readonly string[];
export declare const BOXED_KINDS: readonly Kind[];
export declare class Field {
    owner: string;
    name: string;
    type: FieldType<import("./types.js").Kind>;
    kind: import("./types.js").Kind;
    offset: number;
    bytes: number;
    presenceDistance: number;
    link: import("./link.js").Link | null;
    inner: Field | null;
    constructor(owner: string, name: string, type: FieldType, offset: number, presenceOffset: number, link: Link | null);
    get storedKind(): import("./types.js").Kind;
}
export declare class Schema {
    name: string;
    parent: Schema | null;
    list: readonly Field[];
    own: readonly Field[];
    fields: Readonly<Record<string, Field>>;
    bytes: number;
    alignBytes: number;
    boxed: readonly Field[];
    references: readonly Field[];
    nested: readonly Field[];
    constructor(name: string, literal: object, parent: Schema | null, linkTo: (type: FieldType) => Link);
    derivesFrom(other: Schema): boolean;
}
export declare function nullMap<T>(entries: (readonly [string, T])[]): Readonly<Record<string, T>>;

// ---- types/struct/atomics.d.ts
import type { StructType } from './link.js';
export type { StructType };
import type { Field } from './schema.js';
export type { Field };
import type { View } from './scope.js';
export type { View };
export type IntegerKind = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64';
export type WaitResult = 'ok' | 'not-equal' | 'timed-out';
export declare class AtomicField<T extends number | bigint = number> {
    #private;
    constructor(field: Field, prototype: object);
    load(view: object): T;
    store(view: object, value: T): T;
    add(view: object, value: T): T;
    sub(view: object, value: T): T;
    and(view: object, value: T): T;
    or(view: object, value: T): T;
    xor(view: object, value: T): T;
    exchange(view: object, value: T): T;
    compareExchange(view: object, expected: T, replacement: T): T;
    wait(view: object, value: T, timeoutMs?: number): WaitResult;
    waitAsync(view: object, value: T, timeoutMs?: number): Promise<WaitResult>;
    notify(view: object, count?: number): number;
}
export type WaitingAtomics = {
    waitAsync: (array: ArrayBufferView, index: number, value: unknown, timeoutMs: number) => {
        value: WaitResult | Promise<WaitResult>;
    };
};
export declare function atomicFields(type: StructType, prototype: object): Readonly<Record<string, AtomicField>>;

// ---- types/image/values.d.ts
import type { StructMeta } from '../struct/link.js';
export type { StructMeta };
import type { Session } from '../struct/pack-session.js';
export type { Session };
import type { Numbers } from '../struct/pack-values.js';
export type { Numbers };
export type Values = {
    at: (index: number) => unknown;
};
export type Stored = {
    body: number;
    flags: number;
    aux: number;
    count: number;
    stride: number;
    column: number;
    data: number;
};
export declare function openValues(session: Session, stored: Stored, hint: StructMeta | null): Values;
export declare function openTexts(session: Session, { body, flags, count, column, data }: Stored): Values;
export declare class NumberValues implements Values {
    #private;
    constructor(session: Session, numbers: Numbers);
    get numbers(): import("../struct/pack-values.js").Numbers;
    at(index: number): number | bigint;
}

// ---- types/image/destination-base.d.ts
import type { BuildResult } from './build.js';
export type { BuildResult };
import type { Spill } from './spill.js';
export type { Spill };
export type Unplaced = Omit<BuildResult, 'buffer' | 'address'>;
export declare class Destination {
    length: number;
    checksum: number;
    restartChecksum(): void;
    append(bytes: Uint8Array): void;
    checkRoom(bytes: number): void;
    protected write(_bytes: Uint8Array): void;
    patch(_at: number, _bytes: Uint8Array): void;
    spill(): Spill | null;
    finish(result: Unplaced): Promise<BuildResult>;
    abort(): Promise<void>;
}

// ---- types/image/infer.d.ts
import type { AnyClass } from '../struct/infer.js';
import type { Element } from '../struct/pack-infer.js';
import type { Numbers } from '../struct/pack-values.js';
import type { ImageArray } from './array.js';
import type { ContainerKind, ContainerType } from './container-type.js';
import type { Packable, PackableValue } from './extend.js';
import type { ImageMap } from './map.js';
import type { ImageMultiMap } from './multi-map.js';
import type { ImageSet } from './set.js';
export type ValueOf<V> = V extends AnyClass ? InstanceType<V> : Element<V>;
export type InputOf<V> = V extends AnyClass ? InstanceType<V> | Packable<InstanceType<V>> : PackableValue<Element<V>>;
export type KeyOf<K> = Element<K> extends bigint ? bigint | number : Element<K>;
type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;
export type EntriesOf<Kind extends ContainerKind, K, V> = Kind extends 'array' ? AnyIterable<InputOf<V>> : Kind extends 'set' ? AnyIterable<KeyOf<K>> : AnyIterable<readonly [KeyOf<K>, InputOf<V>]>;
export type MergedOf<Kind extends ContainerKind, K, V> = EntriesOf<Kind, K, V> | ViewOf<ContainerType<Kind, K, V>>;
type ArrayOfKind = {
    i8: Int8Array;
    u8: Uint8Array;
    i16: Int16Array;
    u16: Uint16Array;
    i32: Int32Array;
    u32: Uint32Array;
    i64: BigInt64Array;
    u64: BigUint64Array;
    f32: Float32Array;
    f64: Float64Array;
};
export type ValuesOf<V> = V extends {
    readonly kind: infer N;
} ? N extends keyof ArrayOfKind ? ArrayOfKind[N] : ImageArray<ValueOf<V>> : ImageArray<ValueOf<V>>;
export type ViewOf<C> = C extends ContainerType<infer Kind, infer K, infer V> ? Kind extends 'array' ? ImageArray<ValueOf<V>> : Kind extends 'map' ? ImageMap<KeyOf<K>, ValueOf<V>> : Kind extends 'multiMap' ? ImageMultiMap<KeyOf<K>, ValueOf<V>, ValuesOf<V>> : ImageSet<KeyOf<K>> : never;
export type { Numbers };

// ---- types/image/containers.d.ts
import { ImageMap } from './map.js';
import { ImageMultiMap } from './multi-map.js';
import { ImageSet } from './set.js';
import type { StructMeta } from '../struct/link.js';
export type { StructMeta };
import type { Session } from '../struct/pack-session.js';
export type { Session };
import type { ImageArray } from './array.js';
export type { ImageArray };
export type Container = ImageArray | ImageMap | ImageMultiMap | ImageSet;
export declare function openContainer(session: Session, body: number, hint: StructMeta | null): Container;

// ---- types/image/dict.d.ts
import { PackedDict } from '../struct/pack-dict.js';
import type { Keys } from './key-index.js';
export type { Keys };
import type { RangeOptions } from './range.js';
export type { RangeOptions };
export declare class ImageDict<K = unknown, V = unknown> extends PackedDict<K, V> {
    #private;
    isApproximate: boolean;
    constructor(keys: Keys, isApproximate: boolean);
    get isOrdered(): boolean;
    getMany(keys: Iterable<K>): (V | undefined)[];
    indexOf(key: K): number;
    keyAt(index: number): K | undefined;
    valueAt(index: number): V | undefined;
    range(from?: K, to?: K, options?: RangeOptions): Generator<[K, V], void>;
    protected find(key: K): number;
    protected entryKey(entry: number): K;
}

// ---- types/image/key-index.d.ts
import type { Session } from '../struct/pack-session.js';
export type { Session };
export type Index = {
    count: number;
    slots: number;
    table: number;
};
export declare class Keys {
    session: import("../struct/pack-session.js").Session;
    count: number;
    slots: number;
    table: number;
    mask: number;
    constructor(session: Session, { count, slots, table }: Index);
    find(_key: unknown): number;
    at(_entry: number): unknown;
    get isOrdered(): boolean;
    protected isKey(entry: number, _key: unknown): boolean;
    protected search(hash: number, key: unknown): number;
    protected failAt(entry: number): void;
    protected scan(key: unknown): number;
}

// ---- types/image/parts.d.ts
import type { StructMeta } from '../struct/link.js';
export type { StructMeta };
import type { Session } from '../struct/pack-session.js';
export type { Session };
import type { StructReader } from '../struct/pack-view.js';
export type { StructReader };
export declare function u64At({ m }: Session, at: number): number;
export declare function countAt(session: Session, body: number, offset: number): number;
export declare function partAt(session: Session, body: number, offset: number, bytes: number): number;
export declare class Column {
    #private;
    none: number;
    constructor(session: Session, at: number, isWide: boolean);
    at(index: number): number;
}
export declare class Texts {
    #private;
    startAddress: number;
    bytes: number;
    constructor(session: Session, starts: Column, text: number);
    seek(index: number): void;
}
export declare class References {
    #private;
    constructor(session: Session, column: Column, data: number, hint: StructMeta | null);
    bodyAt(index: number): number;
    at(index: number): unknown;
}

// ---- types/image/parts-writer.d.ts
import { Spool } from './spool.js';
import type { Destination } from './destination-base.js';
export type { Destination };
import type { Sink } from './spool.js';
export type { Sink };
export declare class PartsWriter {
    #private;
    constructor(image: Destination);
    spool(offset: number): Spool;
    temporary(): Spool;
    replace(offset: number, bytes: Uint8Array): void;
    exchange(offset: number, spool: Spool): void;
    get bytes(): number;
    put(offset: number, image: Sink, write: (image: Sink) => void): void;
    writeTo(image: Sink): void;
    writeDistances(body: DataView, place: number): void;
    close(): void;
}

// ---- types/image/key-writers.d.ts
import { KeyTable } from './key-table.js';
import type { FieldType } from '../struct/types.js';
export type { FieldType };
import type { NumericKind } from '../struct/types.js';
export type { NumericKind };
import type { EntryPlace } from './packer.js';
export type { EntryPlace };
import type { ImagePacker } from './packer.js';
export type { ImagePacker };
import type { PartsWriter } from './parts-writer.js';
export type { PartsWriter };
import type { Spool } from './spool.js';
export type { Spool };
import type { Numbers } from '../struct/pack-values.js';
export type { Numbers };
export declare class KeyWriter {
    kind: number;
    readonly table: KeyTable;
    isNew: boolean;
    constructor(kind: number);
    add(key: unknown, place: EntryPlace): number;
    isSame(entry: number): boolean;
    sort(_parts: PartsWriter): Uint32Array | null;
    protected enter(hash: number): number;
}
export declare class StringKeyWriter extends KeyWriter {
    #private;
    constructor(parts: PartsWriter);
    add(key: unknown, place: EntryPlace): number;
    isSame(entry: number): boolean;
}
export declare class NumberKeyWriter extends KeyWriter {
    #private;
    constructor(parts: PartsWriter, type: FieldType);
    add(given: unknown, place: EntryPlace): number;
    isSame(entry: number): boolean;
    sort(parts: PartsWriter): Uint32Array<ArrayBufferLike> | null;
}
export declare class AnyKeyWriter extends KeyWriter {
    #private;
    constructor(parts: PartsWriter, packer: ImagePacker);
    add(key: unknown, place: EntryPlace): number;
    isSame(entry: number): boolean;
}
export declare class HashKeyWriter extends KeyWriter {
    #private;
    constructor(kind: number, { allowed }: FieldType);
    add(key: unknown, place: EntryPlace): number;
    isSame(): boolean;
}
export declare function numbersOf(dtype: number, buffer: ArrayBuffer, count: number): Numbers;

// ---- types/image/packer.d.ts
import { Packer } from '../struct/pack-write.js';
import { ContainerSource } from './source.js';
import type { StructMeta } from '../struct/link.js';
export type { StructMeta };
import type { Place } from '../struct/pack-place.js';
export type { Place };
import type { FieldType } from '../struct/types.js';
export type { FieldType };
export declare class EntryPlace implements Place {
    #private;
    index: number;
    readonly parent: null;
    constructor(container: string);
    get name(): string;
    keep(): this;
}
export declare class ImagePacker extends Packer {
    #private;
    containers: Map<ContainerSource, number>;
    pack(value: unknown, type: FieldType | null, place: Place): number;
    packKey(key: unknown, place: Place): number;
    packStruct(value: unknown, meta: StructMeta, place: Place): void;
    packTypes(): number;
    bodies(): Uint8Array<SharedArrayBuffer>;
    put(at: number, value: unknown, place: Place): void;
}

// ---- types/image/spool.d.ts
import type { Spill } from './spill.js';
export type { Spill };
export type Sink = {
    length: number;
    append: (bytes: Uint8Array) => void;
};
export declare class Spool implements Sink {
    #private;
    constructor(spill: Spill | null, onChunk?: () => void);
    get length(): number;
    append(bytes: Uint8Array): void;
    appendU32(value: number): void;
    appendText(text: string): boolean;
    pad(multiple: number): void;
    read(at: number, bytes: number): Uint8Array;
    patch(at: number, bytes: Uint8Array): void;
    copyTo(sink: Sink): void;
    toBytes(): Uint8Array<ArrayBuffer>;
    close(): void;
}
export declare function padTo(sink: Sink, multiple: number): void;

// ---- types/image/value-writers.d.ts
import type { StructMeta } from '../struct/link.js';
export type { StructMeta };
import type { FieldType } from '../struct/types.js';
export type { FieldType };
import type { NumericKind } from '../struct/types.js';
export type { NumericKind };
import type { EntryPlace } from './packer.js';
export type { EntryPlace };
import type { ImagePacker } from './packer.js';
export type { ImagePacker };
import type { PartsWriter } from './parts-writer.js';
export type { PartsWriter };
import type { Spool } from './spool.js';
export type { Spool };
export type ValuePlaces = {
    inPlace: number;
    references: number;
    data: number;
};
export declare function valueWriter(type: FieldType, packer: ImagePacker, parts: PartsWriter, places: ValuePlaces, { dedupe, texts }: {
    dedupe: boolean;
    texts: boolean;
}): ValueWriter;
export declare class ValueWriter {
    column: import("./spool.js").Spool;
    offset: number;
    flags: number;
    aux: number;
    stride: number;
    count: number;
    constructor(column: Spool, offset: number);
    add(value: unknown, place: EntryPlace): void;
    replace(index: number, value: unknown, place: EntryPlace): void;
    protected encode(_value: unknown, _place: EntryPlace): Uint8Array;
    reorder(parts: PartsWriter, order: Uint32Array): void;
}

// ---- types/struct/pack-layout.d.ts
import { Field } from './schema.js';
import type { Schema } from './schema.js';
export type { Schema };
export type Layout = {
    text: string;
    utf8: Uint8Array<ArrayBuffer>;
    print: number;
};
export declare function layoutOf(schema: Schema): Layout;
export declare function printOf(utf8: Uint8Array): number;
export type StoredLayout = {
    name: string;
    bytes: number;
    align: number;
    fields: readonly Field[];
};
export declare function parseLayout(text: string): StoredLayout;
export declare function isReadable(declared: Field, stored: Field): boolean;
export declare function isWider(declared: string, stored: string): boolean;

// ---- types/lifetime/memory-words.d.ts
export type Entry = {
    generation: number;
    address: number;
    length: number;
    type: number;
    key: number;
};
export declare class MemoryWords {
    #private;
    unitBytes: number;
    bytes: number;
    entryCount: number;
    constructor(memory: import('../base/memory.js').Memory, address: number);
    get blockBytesMax(): number;
    entry(index: number): Entry;
    liveEntry(index: number): Entry | null;
    isLive(index: number, generation: number): boolean;
    ownerOf(index: number): number;
    countLive(): number;
    freeBytes(): number;
    freeBlocks(): Map<number, number>;
    countAlloc(): void;
    countFree(count?: number): void;
    peak(): number;
}

// ---- types/lifetime/pool-base.d.ts
import { QbError } from '../base/errors.js';
import { WaitQueue } from '../wait/queue.js';
import { Lease } from './pool-lease.js';
import type { Counts } from './pool-stats.js';
export type { Counts };
import type { WaitOptions } from '../wait/queue.js';
export type { WaitOptions };
import type { WaitSource } from '../wait/queue.js';
export type { WaitSource };
export declare class PoolBase<T extends object> {
    _counts: import("./pool-stats.js").Counts | null;
    _hasQueue: boolean;
    _queue: WaitQueue<T, undefined>;
    constructor(counts: Counts | null);
    acquire(): T;
    release(_object: T): void;
    _tryAcquire(): T | null;
    _useOf(_object: T): number;
    _waitSource(): WaitSource<T>;
    _setQueued(isQueued: boolean): void;
    allocate(): Lease<T>;
    with<R>(fn: (object: T) => R): R;
    acquireMany(count: number): T[];
    releaseMany(objects: Iterable<T>): void;
    acquireWait(timeout?: number): T;
    acquireAsync(options?: WaitOptions): Promise<T>;
    _emptyError(waitedMilliseconds?: number): QbError;
    _capacity(): number;
}

// ---- types/lifetime/pool-views.d.ts
import { PoolBase } from './pool-base.js';
import { PoolSlots } from './pool-slots.js';
import type { MemoryTable } from '../base/memory.js';
export type { MemoryTable };
import type { Heap } from '../heap/heap.js';
export type { Heap };
import type { StructMeta } from '../struct/link.js';
export type { StructMeta };
export type MovableView = {
    address: number;
    m: MemoryTable;
};
export declare class PoolViews<T extends object> extends PoolBase<T> {
    #private;
    heap: import("../heap/heap.js").Heap;
    address: number;
    type: import("../struct/link.js").StructClassLike;
    sharing: 'thread' | 'shared';
    serial: number;
    _meta: import("../struct/link.js").StructMeta;
    _hooks: Pick<import("./pool-options.js").Settings<T>, "factory" | "onOrphan" | "reset">;
    _ownerByte: number;
    _core: import("../base/module.js").Core;
    _table: import("../base/memory.js").MemoryTable;
    _dead: import("../base/memory.js").MemoryTable;
    _slots: PoolSlots;
    _firstCount: number;
    _firstWord: number;
    _views: (MovableView | undefined)[];
    _eagerCount: number;
    _isOpen: boolean;
    _isGone: boolean;
    _ownsBoxes: boolean;
    _hasCare: boolean;
    _isAlwaysPlain: boolean;
    _isPlain: boolean;
    constructor(heap: Heap, meta: StructMeta, address: number, hooks: Pick<import('./pool-options.js').Settings<T>, 'reset' | 'factory' | 'onOrphan'>);
    _useAt(_index: number): number;
    _enter(_index: number, _use: number): T;
    _indexOf(object: T): number;
    _findIndex(object: T): number;
    _makeView(index: number): MovableView;
    _makeAll(): void;
    _makeContent(view: MovableView, index: number): void;
    _careFor(view: MovableView): void;
    _clearContent(view: MovableView): void;
    _sendAway(object: T): void;
    _receive(index: number): T;
    _viewOf(index: number): MovableView;
}
export declare function asObject<T>(view: MovableView): T;

// ---- types/base/module-lock.d.ts
export type Export = (...args: number[]) => number;
export declare class LockCore {
    #private;
    _open: Export;
    _take: Export;
    _release: Export;
    _wait: Export;
    _wake: Export;
    _close: Export;
    constructor(raw: Record<string, Export>, core: import('./module.js').Core);
    open(kind: number, permitCount: number): number;
    take(address: number, id: number): number;
    release(address: number, id: number, index: number): number;
    wait(address: number, id: number): number;
    wake(address: number, id: number, count: number): number;
    close(address: number, id: number): number;
}

// ---- types/base/module-memory.d.ts
export type Export = (...args: number[]) => number;
export declare class MemoryCore {
    #private;
    _open: Export;
    _alloc: Export;
    _free: Export;
    _realloc: Export;
    _own: Export;
    _entry: Export;
    _data: Export;
    _at: Export;
    _next: Export;
    _find: Export;
    _check: Export;
    _wait: Export;
    _close: Export;
    _pin: Export;
    _unpin: Export;
    constructor(raw: Record<string, Export>, core: import('./module.js').Core);
    open(bytes: number, unitBytes: number, allocationsMax: number, grows: boolean): number;
    alloc(pool: number, bytes: number, type: number, key: number, zeroed: boolean): number;
    free(pool: number, index: number, generation: number): number;
    realloc(pool: number, index: number, generation: number, bytes: number): number;
    own(pool: number, index: number, generation: number, owner: number): void;
    entry(pool: number, index: number): number;
    data(pool: number, index: number): number;
    at(pool: number, address: number): number;
    next(pool: number, from: number, type: number, owner: number): number;
    find(pool: number, type: number, key: number): number;
    check(pool: number): number;
    wait(pool: number, waits: boolean): void;
    close(pool: number, serial: number, retain: boolean): void;
    pin(pool: number, serial: number): void;
    unpin(pool: number, serial: number): boolean;
}

// ---- types/lifetime/pool-slots.d.ts
import type { MemoryTable } from '../base/memory.js';
export type { MemoryTable };
import type { Heap } from '../heap/heap.js';
export type { Heap };
export type Chunk = {
    first: number;
    count: number;
    word: number;
    address: number;
};
export declare class PoolSlots {
    #private;
    slotBytes: number;
    firstCount: number;
    firstWord: number;
    firstAddress: number;
    inverse: number;
    constructor(heap: Heap, table: MemoryTable, pool: number);
    word(offset: number): number;
    chunkOf(index: number): Chunk;
    wordOf(index: number): number;
    addressOf(index: number): number;
    indexOf(address: number): number;
    load(index: number): number;
    store(index: number, state: number): void;
    exchange(index: number, before: number, after: number): boolean;
    countUsed(): number;
    get table(): import("../base/memory.js").MemoryTable;
}

// ---- types/base/module-channel.d.ts
export type Export = (...args: number[]) => number;
export declare class ChannelCore {
    #private;
    _open: Export;
    _send: Export;
    _receive: Export;
    _wait: Export;
    _close: Export;
    _pin: Export;
    _unpin: Export;
    constructor(raw: Record<string, Export>, core: import('./module.js').Core);
    open(capacity: number, kind: number, source: number): number;
    send(channel: number, value: number): number;
    receive(channel: number): number;
    wait(channel: number, isForRoom: boolean, waits: boolean): void;
    close(channel: number, serial: number): boolean;
    pin(channel: number, serial: number): void;
    unpin(channel: number, serial: number): void;
}

// ---- types/struct/pack-cache.d.ts
import type { StoredLayout } from './pack-layout.js';
export type { StoredLayout };
import type { StructReader } from './pack-view.js';
export type { StructReader };
import type { Field } from './schema.js';
export type { Field };
export declare class ViewCache {
    #private;
    get(body: number): object | undefined;
    add<V extends object>(body: number, view: V): V;
}
export declare class LayoutCache {
    layouts: Map<number, StoredLayout>;
    sound: Map<StoredLayout, number>;
    named: Map<string, StoredLayout> | null;
    inPlace: Map<Field, StructReader>;
    moved: Map<Field, Field | null>;
    stored: Set<Field>;
}

// ---- types/struct/codec.d.ts
import type { MemoryTable } from '../base/memory.js';
export type { MemoryTable };
import type { Field } from './schema.js';
export type { Field };
import type { View } from './scope.js';
export type { View };
import type { Kind } from './types.js';
export type { Kind };
import type { NumericKind } from './types.js';
export type { NumericKind };
export type Codec = {
    read: (m: MemoryTable, at: number, field: Field) => unknown;
    write: (m: MemoryTable, at: number, value: unknown, field: Field) => void;
};
export declare function fitsF32(value: unknown): value is number;
export declare const FITS: Record<NumericKind, (value: unknown) => boolean>;
export declare const CODECS: Record<Kind, Codec>;
export declare function readField(field: Field, m: MemoryTable, address: number): unknown;
export declare function writeField(field: Field, m: MemoryTable, address: number, value: unknown): void;
export declare function copyFields(schema: import('./schema.js').Schema, source: View, m: MemoryTable, address: number): void;

// ---- types/image/spill.d.ts
export declare class Spill {
    #private;
    constructor(folder: string);
    write(at: number, bytes: Uint8Array): void;
    read(at: number, target: Uint8Array): void;
    close(): void;
}
export declare function writeAll(fs: import('./file.js').FileSystem, file: number, bytes: Uint8Array, at: number): void;

// ---- types/image/key-table.d.ts
import type { Sink } from './spool.js';
export type { Sink };
export type Comparer = {
    isSame: (entry: number) => boolean;
};
export declare class KeyTable {
    #private;
    count: number;
    find(hash: number, comparer: Comparer): number;
    add(hash: number): number;
    writeTo(slots: number, rank: Uint32Array | null, sink: Sink): void;
}

// ---- types/struct/pack-write.d.ts
import { BodyWriter } from './pack-scalar.js';
import { TypeTable } from './pack-type-table.js';
import type { FieldType } from './types.js';
export type { FieldType };
import type { Place } from './pack-place.js';
export type { Place };
export declare class Packer extends BodyWriter {
    #private;
    types: TypeTable;
    places: Map<unknown, Map<unknown, Map<number, number>>>;
    tasks: (() => void)[];
    after: (() => void)[];
    constructor(maxBytes: number, withLayouts: boolean);
    forget(): void;
    reset(maxBytes: number, withLayouts: boolean): void;
    run(value: unknown, type: FieldType | null, name: string): void;
    settle(): void;
    put(at: number, value: unknown, place: Place): void;
    putAs(at: number, type: FieldType | null, value: unknown, place: Place): void;
}

// ---- types/struct/pack-place.d.ts
import { QbError } from '../base/errors.js';
import { FieldTypeError } from './errors.js';
export type Place = {
    parent: Place | null;
    name: string;
    keep: () => Place;
};
export declare class Whole implements Place {
    name: string;
    readonly parent: null;
    constructor(name: string);
    keep(): this;
}
export declare class Part implements Place {
    parent: Place;
    key: unknown;
    constructor(parent: Place, key: unknown);
    get name(): string;
    keep(): Part;
}
export declare function nameOf(place: Place | null): string;
export declare function refusal(place: Place, allowed: string, jsType: string, value: unknown, shown?: string): import("./errors.js").FieldRangeError | FieldTypeError;
export declare function instanceText(value: object): string;
export declare function checkAttached(place: Place, value: ArrayBufferView): void;
export declare function isDetached(buffer: ArrayBufferLike): boolean;
export declare function changedError(place: Place, before: number, after: number): QbError;

// ---- types/image/file.d.ts
import { QbError } from '../base/errors.js';
export type FileSystem = typeof import('node:fs');
export declare function fileSystem(): FileSystem | null;
export declare function needFiles(what: string): FileSystem;
export declare function pathOf(file: string | URL): string;
export declare function fileError(what: string, cause: unknown): QbError;
export declare function temporaryPath(folder: string, name: string): string;

// ---- types/struct/pack-scalar.d.ts
import { PackBuffer } from './pack-buffer.js';
import { TextWriter } from './pack-texts.js';
import type { Place } from './pack-place.js';
export type { Place };
import type { DateTime } from './pack-values.js';
export type { DateTime };
import type { Decimal } from './pack-values.js';
export type { Decimal };
export type Known = {
    type: unknown;
    body: number;
    next: Known | undefined;
};
export declare class BodyWriter {
    #private;
    out: PackBuffer;
    texts: TextWriter;
    constants: number[];
    constructor(maxBytes: number);
    forget(): void;
    pointToKnown(at: number, type: unknown, value: object): boolean;
    pointToNew(at: number, type: unknown, value: object, body: number): void;
    constant(tag: number): number;
    number(value: number): number;
    bigint(value: bigint, place: Place): number;
    text(value: string, place: Place): number;
    checkText(value: string, place: Place): void;
    putBytes(at: number, value: Uint8Array, place: Place): void;
    date(time: number, zoned: DateTime | null): number;
    decimal({ coefficient, exponent }: Decimal, place: Place): number;
}

// ---- types/struct/pack-type-table.d.ts
import type { StructMeta } from './link.js';
export type { StructMeta };
import type { Packer } from './pack-write.js';
export type { Packer };
import type { Schema } from './schema.js';
export type { Schema };
export declare class TypeTable {
    #private;
    constructor(withLayouts: boolean);
    reset(withLayouts: boolean): void;
    indexOf(meta: StructMeta): number;
    write({ out }: Packer): void;
}

// ---- types/struct/errors.d.ts
import { QbError, QbRangeError, QbTypeError } from '../base/errors.js';
export declare class FieldTypeError extends QbTypeError {
    field: string;
    constructor(message: string, field: string, given?: unknown);
}
export declare class FieldRangeError extends QbRangeError {
    field: string;
    constructor(message: string, field: string, given?: unknown);
}
export declare class SchemaError extends QbError {
    struct: string;
    field: string;
    constructor(message: string, struct: string, field: string);
}
export declare function fieldError(field: {
    owner: string;
    name: string;
    type: {
        allowed: string;
        jsType: string;
    };
}, given: unknown, shown?: string): FieldTypeError | FieldRangeError;

// ---- types/struct/pack-buffer.d.ts
export declare class PackBuffer {
    #private;
    m: import("../base/memory.js").MemoryTable;
    end: number;
    constructor(limitBytes: number);
    get isKept(): boolean;
    allocate(bytes: number): number;
    body(tag: number, flags: number, aux: number, count: number, bytes: number): number;
    point(at: number, body: number): void;
    reset(limitBytes?: number): void;
    copy(): Uint8Array<ArrayBuffer>;
    bytes(): Uint8Array<SharedArrayBuffer>;
}

// ---- types/struct/pack-texts.d.ts
import type { PackBuffer } from './pack-buffer.js';
export type { PackBuffer };
export declare class TextWriter {
    #private;
    constructor(out: PackBuffer);
    write(text: string): number;
    writeKey(text: string, at: number, hint: number): void;
    reset(): void;
}
