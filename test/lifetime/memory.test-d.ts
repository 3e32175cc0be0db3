/**
 * Types of memory pools, allocations and owners. tsc checks this file: nothing here runs.
 */
import { Allocation, type Heap, MemoryPool, Owner, struct, t } from '../../js/index.js';

/** Fails to compile unless both types are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(yes: Same<A, B>): void;

declare const heap: Heap;

class Point extends struct('Point', { x: t.f64 }) {}

const pool = heap.memoryPool('name', {
  bytes: 1024,
  minBlock: 8,
  maxAllocations: 4,
  preallocate: [8, 16, 11],
  types: { MESH: 7 },
  onOrphan: (allocation) => (allocation.length > 8 ? 'keep' : undefined),
});
same<typeof pool, MemoryPool>(true);
heap.memoryPool(undefined, { bytes: 64 });

// Bytes, or a struct that the allocation knows.
const bytes = pool.alloc(10, { type: 'MESH', id: 5 });
same<typeof bytes, Allocation<never>>(true);
same<ReturnType<typeof bytes.bytes>, Uint8Array<SharedArrayBuffer>>(true);
const point = pool.alloc(Point, { type: 7 });
same<typeof point, Allocation<Point>>(true);
same<Point, ReturnType<typeof point.view>>(true);
point.view().x satisfies number;
bytes.view(Point).x satisfies number;
pool.allocWait(Point, { timeout: 5, id: 1 }).view().x satisfies number;
pool.allocAsync(Point, { timeout: 5, signal: new AbortController().signal }) satisfies Promise<
  Allocation<Point>
>;
pool.free(bytes);
pool.free(point);
pool.free(5);
pool.get(5).fill(3).hash() satisfies number;
pool.get('MESH', 5).equals(point) satisfies boolean;
pool.has(7, 5) satisfies boolean;
pool.freeBlocks() satisfies Map<number, number>;
for (const { id, type, typeId, length, address, owner } of pool.allocations({ type: 'MESH' })) {
  [id, type, typeId, length, address, owner] satisfies number[];
}
bytes.clone(1, 2).copyTo(pool, { id: 6 }).share().own().dispose();

MemoryPool.attach(heap, 'name');
MemoryPool.attach(heap, pool.serialize());
MemoryPool.attach(heap, pool.descriptor, { types: { MESH: 7 } });
Allocation.attach(heap, bytes.serialize()) satisfies Allocation<never>;
Allocation.attach(heap, bytes.descriptor);

const owner = heap.owner();
owner.view(Point, owner.alloc(3, Point.bytes)).x satisfies number;
owner.own({ a: 1 }).a satisfies number;
Owner.attach(heap, owner.descriptor).addresses satisfies number[];

// @ts-expect-error
pool.alloc('512');
// @ts-expect-error
pool.alloc(1, { timeout: 5 });
// @ts-expect-error
pool.allocWait(1, { signal: new AbortController().signal });
// @ts-expect-error
heap.memoryPool('name');
// @ts-expect-error
heap.memoryPool('name', { minBlock: 64 });
// @ts-expect-error
pool.get('MESH');
// @ts-expect-error
bytes.length = 5;
// @ts-expect-error
owner.alloc('5');
// @ts-expect-error
MemoryPool.attach(heap, owner.descriptor);
// @ts-expect-error
heap.memoryPool('name', { bytes: 5, onOrphan: () => 'lose' });
