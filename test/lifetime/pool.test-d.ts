/**
 * Types of pools. tsc checks this file: nothing here runs.
 */
import { type Heap, ObjectPool, Pool, pooled, struct, t } from '../../js/index.js';
import type { Lease } from '../../js/lifetime/pool-lease.js';

/** Fails to compile unless both types are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(yes: Same<A, B>): void;

declare const heap: Heap;
declare const unknownValue: unknown;

class Particle extends struct('Particle', { x: t.f32, id: t.u32 }) {
  move(by: number) {
    this.x += by;
  }
}
class Other extends struct('Other', { name: t.string }) {}

// heap.pool: the class decides.
const pool = heap.pool(Particle, { capacity: 10 });
same<typeof pool, Pool<Particle>>(true);
same<ReturnType<typeof pool.acquire>, Particle>(true);
same<ReturnType<typeof pool.acquireAsync>, Promise<Particle>>(true);
same<ReturnType<typeof pool.acquireWait>, Particle>(true);
same<ReturnType<typeof pool.acquireMany>, Particle[]>(true);
same<ReturnType<typeof pool.allocate>, Lease<Particle>>(true);
same<ReturnType<typeof pool.at>, Particle>(true);
same<ReturnType<typeof pool.handle>, number>(true);
same<typeof pool.inUse, number>(true);
same<typeof pool.sharing, 'thread' | 'shared'>(true);
pool.acquire().move(1);
pool.allocate().value.move(1);
pool.cursor().view.move(1);
pool.cursor().handle satisfies number;
pool.with((particle) => particle.id) satisfies number;
pool.with(async (particle) => particle.x) satisfies Promise<number>;
pool.release(pool.acquire());
pool.releaseMany(new Set([pool.acquire()]));
pool.acquireAsync({ timeout: 5, signal: new AbortController().signal });

// @ts-expect-error a struct of another class
pool.release(new Other());
// @ts-expect-error no struct
pool.release({ x: 1 });
// @ts-expect-error nothing
pool.release(null);
// @ts-expect-error a list of others
pool.releaseMany([new Other()]);
// @ts-expect-error a handle is a number
pool.at('1');
// @ts-expect-error
pool.acquireMany('2');
// @ts-expect-error
pool.acquireAsync({ timeout: '5' });
// @ts-expect-error
pool.capacity = 5;
// @ts-expect-error
pool.acquire().missing;

// Options: hooks get the class's structs, and nothing is left out or misspelt.
heap.pool(Particle, {
  capacity: 10,
  growth: { by: 5, max: 20 },
  sharing: 'thread',
  init: 'eager',
  reset: (particle) => particle.move(1),
  factory: (particle) => particle.move(1),
  onOrphan: (particle, handle) => (particle.id === handle ? 'keep' : undefined),
  stats: true,
});
heap.pool(Particle, { capacity: 10, growth: { factor: 1.5 } });
// @ts-expect-error no capacity
heap.pool(Particle, {});
// @ts-expect-error no options
heap.pool(Particle);
// @ts-expect-error no class
heap.pool({}, { capacity: 1 });
// @ts-expect-error
heap.pool(Particle, { capacity: '10' });
// @ts-expect-error
heap.pool(Particle, { capacity: 10, growth: 'linear' });
// @ts-expect-error
heap.pool(Particle, { capacity: 10, growth: { max: 20 } });
// @ts-expect-error
heap.pool(Particle, { capacity: 10, sharing: 'all' });
// @ts-expect-error
heap.pool(Particle, { capacity: 10, init: 'soon' });
// @ts-expect-error
heap.pool(Particle, { capacity: 10, size: 5 });
// @ts-expect-error the hook is of another class
heap.pool(Particle, { capacity: 10, reset: (other: Other) => other.name });
// @ts-expect-error
heap.pool(Particle, { capacity: 10, onOrphan: () => 'drop' });

// Attaching: what {type} says.
const attached = Pool.attach(heap, pool.descriptor, { type: Particle });
same<typeof attached, Pool<Particle>>(true);
const named = Pool.attach(heap, 'particles', { type: Particle });
same<typeof named, Pool<Particle>>(true);
// @ts-expect-error neither descriptor nor name
Pool.attach(heap, 5);
// @ts-expect-error
Pool.attach(heap, pool.descriptor, { type: 'Particle' });
// @ts-expect-error a pool is no descriptor
Pool.attach(heap, pool);

// The builder keeps the class through the chain.
const built = Pool.builder(Particle).capacity(5).linear(5).max(10).shared().lazy().build();
same<typeof built, Pool<Particle>>(true);
Pool.builder(Particle)
  .reset((particle) => particle.move(1))
  .onOrphan((particle, handle) => (particle.id === handle ? 'own' : 'release'));
// @ts-expect-error
Pool.builder(Particle).capacity('5');
// @ts-expect-error
Pool.builder(Particle).reset((other: Other) => other.name);
// @ts-expect-error
Pool.builder(Particle).growing();
// @ts-expect-error
Pool.builder({});
// @ts-expect-error the constructor is not for users
new Pool(heap);

// pooled: the class, and what it got.
const Pooled = pooled({ capacity: 5 })(Particle);
same<ReturnType<typeof Pooled.acquire>, Particle>(true);
same<typeof Pooled.pool, Pool<Particle>>(true);
Pooled.release(Pooled.acquire());
Pooled.get.x(Pooled.acquire().address) satisfies number;
new Pooled({ x: 1 }).move(1);
// @ts-expect-error
Pooled.release(new Other());
// @ts-expect-error no capacity
pooled({});
// @ts-expect-error no class
pooled({ capacity: 5 })({});

@pooled({ capacity: 5 })
class Decorated extends struct('Decorated', { x: t.f32 }) {}
new Decorated().x satisfies number;

// Pools of plain objects.
const objects = ObjectPool.of(() => new Float64Array(4), {
  capacity: 5,
  reset: (array) => array.fill(0),
});
same<ReturnType<typeof objects.acquire>, Float64Array<ArrayBuffer>>(true);
objects.release(objects.acquire());
objects.with((array) => array.length) satisfies number;
objects.at(objects.handle(objects.acquire())).fill(1);
// @ts-expect-error
objects.release(new Uint8Array(4));
// @ts-expect-error a number is no object
ObjectPool.of(() => 5, { capacity: 5 });
// @ts-expect-error
ObjectPool.of(() => ({}), { capacity: 5, sharing: 'shared' });
// @ts-expect-error
ObjectPool.of({ capacity: 5 });
// @ts-expect-error not without a check
objects.release(unknownValue);
