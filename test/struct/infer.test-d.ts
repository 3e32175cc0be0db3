/**
 * Types that follow from the schema literal. tsc checks this file: nothing here runs.
 */
import { type Heap, struct, t } from '../../js/index.js';

/** Fails to compile unless both types are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(yes: Same<A, B>): void;

declare const heap: Heap;

class Inner extends struct('Inner', { x: t.f32 }) {
  get doubled() {
    return this.x * 2;
  }
}

class All extends struct('All', {
  i8: t.i8,
  u32: t.u32,
  f64: t.f64,
  i64: t.i64,
  u64: t.u64,
  bool: t.bool,
  date: t.date,
  string: t.string,
  bytes: t.bytes,
  any: t.any,
  color: t.enum(['red', 'green']),
  xs: t.array(t.f32, 4),
  ys: t.array(t.u64, 2),
  inner: t.struct(Inner),
  maybe: t.optional(t.i16),
  text: t.optional(t.string),
  maybeRef: t.optional(t.ref('All')),
  self: t.ref('All'),
  other: t.ref('Somewhere'),
  byClass: t.ref(Inner),
  byFunction: t.ref(() => Inner),
  get later() {
    return t.ref(Later);
  },
}) {}

class Later extends struct('Later', {
  get all() {
    return t.ref(All);
  },
  get later() {
    return t.ref(Later);
  },
}) {
  walk(): number {
    return 1 + (this.later?.walk() ?? 0);
  }
}

const all = new All();
same<typeof all.i8, number>(true);
same<typeof all.f64, number>(true);
same<typeof all.i64, bigint>(true);
same<typeof all.u64, bigint>(true);
same<typeof all.bool, boolean>(true);
same<typeof all.date, Date>(true);
same<typeof all.string, string>(true);
same<typeof all.bytes, Uint8Array>(true);
same<typeof all.any, unknown>(true);
same<typeof all.color, 'red' | 'green'>(true);
same<typeof all.xs, Float32Array>(true);
same<typeof all.ys, BigUint64Array>(true);
same<typeof all.inner, Inner>(true);
same<typeof all.maybe, number | undefined>(true);
same<typeof all.text, string | undefined>(true);
same<typeof all.byClass, Inner | null>(true);
same<typeof all.byFunction, Inner | null>(true);
same<typeof all.later, Later | null>(true);
all.inner.doubled satisfies number;
all.later?.all?.later?.walk() satisfies number | undefined;

// A reference by name to its own struct has its fields.
all.self?.self?.u32 satisfies number | undefined;
all.self = all;
all.self = null;
all.maybeRef = undefined;
all.maybeRef = null;
// One to another struct is a view of something.
all.other?.address satisfies number | undefined;

// Wrong types and wrong names are errors.
// @ts-expect-error
all.i8 = 'x';
// @ts-expect-error
all.i64 = 1;
// @ts-expect-error
all.u32 = 1n;
// @ts-expect-error
all.color = 'blue';
// @ts-expect-error
all.string = null;
// @ts-expect-error
all.maybe = null;
// @ts-expect-error
all.self = {};
// @ts-expect-error
all.byClass = all;
// @ts-expect-error
all.missing;
// @ts-expect-error
all.address = 5;
// @ts-expect-error
all.xs = [1, 2, 3, 'x'];

// Construction.
new All({ i8: 1, color: 'green' });
// @ts-expect-error
new All({ i8: 'x' });
// @ts-expect-error
new All({ missing: 1 });

// The static side.
same<ReturnType<typeof All.get.f64>, number>(true);
same<ReturnType<typeof All.get.self>, number>(true);
same<ReturnType<typeof All.get.inner>, Inner>(true);
All.set.i64(all.address, 5n);
All.fields.color.offset satisfies number;
All.bytes satisfies number;
same<ReturnType<typeof All.at<typeof All>>, All>(true);
All.at(heap, 1024).later?.walk();
All.free(all, { graph: true });
// @ts-expect-error
All.set.i64(all.address, 5);
// @ts-expect-error
All.get.missing;
// @ts-expect-error
All.free(new Later());
// @ts-expect-error
All.fields.color.offset = 5;

// Atomic operations: on integers alone.
All.atomic.i8.add(all, 1) satisfies number;
same<ReturnType<typeof All.atomic.u64.load>, bigint>(true);
// @ts-expect-error
All.atomic.i64.add(all, 1);
// @ts-expect-error
All.atomic.f64;
// @ts-expect-error
All.atomic.self;

// Children have the fields of their parents.
class Child extends struct('Child', { extra: t.bool }, Inner) {}
const child = new Child();
same<typeof child.x, number>(true);
same<typeof child.extra, boolean>(true);
child.doubled satisfies number;
Child.get.x(child.address) satisfies number;
Child.set.extra(child.address, true);
all.byClass = child;
// @ts-expect-error
child.extra = 1;

// Definitions.
// @ts-expect-error
t.array(t.string, 3);
// @ts-expect-error
t.struct(class {});
// @ts-expect-error
t.missing;

// Arenas give what the class gives.
class Node extends struct('Node', { value: t.any }) {
  constructor(
    value: unknown,
    readonly count = 1,
  ) {
    super();
    this.value = value;
  }
}
const arena = heap.arena([Node, All], { slabBytes: 4096, escapes: 'track' });
same<ReturnType<typeof arena.create<typeof Node>>, Node>(true);
arena.create(Node, 'a', 2).value satisfies unknown;
arena.run(() => 5) satisfies number;
arena.escape(all) satisfies All;
arena.promote(all, { to: heap }) satisfies All;
heap.retain(arena.descriptor).at(Node, 1024) satisfies Node;
// @ts-expect-error
arena.create(Node, 'a', 'b');
// @ts-expect-error
heap.arena(Node, { slabBytes: '4096' });
// @ts-expect-error
heap.arena(5);

// What the heap stores of structs.
heap.schemas.add(Node);
same<ReturnType<typeof heap.schemas.names>, string[]>(true);
heap.schemas.get('Node')?.fields[0].offset satisfies number | undefined;
const shown = heap.schemas.at('Node', 1024);
shown.address satisfies number;
shown.toJSON() satisfies Record<string, unknown>;
same<typeof shown.value, unknown>(true);
for (const [name, { bytes, parent }] of heap.schemas) {
  name satisfies string;
  bytes satisfies number;
  parent satisfies string | null;
}
// @ts-expect-error
heap.schemas.add(5);
// @ts-expect-error
heap.schemas.at(Node, 1024);
// @ts-expect-error
heap.schemas.get('Node').name;
// @ts-expect-error
heap.schemas = shown;
