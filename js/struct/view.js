/**
 * Struct classes: `class Node extends struct('Node', { value: t.any, next: t.ref('Node') }) { ... }`.
 *
 * A view is a flyweight: an address and the memory table of its scope. Making one costs what a small object
 * costs; the struct itself is bytes in the memory. Two views of one struct are two objects: compare
 * addresses or use `equals`.
 *
 *     new Node(...)      allocates where the class allocates now (innermost arena, else the default heap),
 *                        zeroes the struct, then runs the constructor on a view of it
 *     Node.at(heap, a)   a view of what is there; runs no constructor
 *
 * A struct of the heap lives until `Node.free(view)`, whatever happens to its views; one of an arena as
 * long as the arena. Class fields (`x = 1` in the class body) are no part of a struct. A constructor that
 * throws leaves its struct in the heap, because nobody has a view to free it by; in an arena that does not
 * matter.
 *
 * The first use of a class in a heap stores its schema there, or compares it with the one that is stored
 * (struct/directory.js): so workers that do not agree on a struct learn of it before they touch one.
 *
 * Layer: struct. A view belongs to one agent, the struct to all.
 *
 * @module struct/view
 */
import { describe, QbError } from '../base/errors.js';
import { LIMITS } from '../base/generated/layout.js';
import { allocatorAt, defaultAllocator } from '../heap/ambient.js';
import { defineAccessors, staticAccessors } from './accessors.js';
import { atomicFields } from './atomics.js';
import { writeField } from './codec.js';
import { meet } from './directory.js';
import { FieldTypeError } from './errors.js';
import { freeStructs } from './graph.js';
import { META, metaOf, StructType } from './link.js';
import { equalViews, INSPECT, inspectView, iterateView, plainOf } from './reflect.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('../heap/ambient.js').Allocator} Allocator */
/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('./link.js').StructMeta} StructMeta */
/** @typedef {import('./scope.js').View} View */

/** Every struct starts at a multiple of this at least. */
const STRUCT_ALIGN_BYTES = 8;
/** Up to this many bytes a loop beats fill(). */
const ZERO_LOOP_BYTES_MAX = 128;

/**
 * What all struct classes derive from. Do not extend it: extend what `struct` returns.
 */
export class Struct {
  /** @param {object} [init] values of fields by name */
  constructor(init) {
    // biome-ignore lint/correctness/noConstructorReturn: a view comes from its class's View function
    return /** @type {Struct & View} */ (construct(metaOf(new.target), init));
  }

  /** Bytes of one struct. */
  static get bytes() {
    return metaOf(this).schema.bytes;
  }

  /** Name to field: type, offset and bytes. */
  static get fields() {
    return metaOf(this).schema.fields;
  }

  /** Getters by address, over the default heap of this agent. */
  static get get() {
    return staticsOf(metaOf(this)).get;
  }

  /** Setters by address, over the default heap of this agent. */
  static get set() {
    return staticsOf(metaOf(this)).set;
  }

  /** Atomic operations on the integer fields, by name. */
  static get atomic() {
    const { type, Base } = metaOf(this);
    type.atomic ??= atomicFields(type, Base.prototype);
    return type.atomic;
  }

  /**
   * A view of the struct at an address. Runs no constructor.
   *
   * @param {Heap} heap
   * @param {number} address
   * @returns {View}
   * @throws {QbError} `ADDRESS`; `SCHEMA` when the heap has another struct of that name
   */
  static at(heap, address) {
    const meta = metaOf(this);
    const checked = checkAddress(meta, heap, address);
    return new meta.View(checked, tables.find(heap, checked));
  }

  /**
   * Frees a struct of the heap with its boxed values. The view throws from then on; other views of it
   * dangle. With `graph`, everything that is reachable from it in the heap goes with it. In an arena the
   * bytes stay until the arena goes, so code that frees need not know where its structs are.
   *
   * @param {View} view
   * @param {{ graph?: boolean }} [options]
   * @throws {QbError} `ADDRESS`, `DOUBLE_FREE`; `FREED` for a view that was freed
   */
  static free(view, options) {
    const meta = metaOf(this);
    if (!(view instanceof meta.Class)) {
      throw new FieldTypeError(
        `${meta.schema.name}.free takes a view of ${meta.schema.name}, not ${describe(view)}.`,
        '',
        view,
      );
    }
    freeStructs(view, options?.graph === true);
  }

  /** Plain values, deep, as JSON takes them. */
  toJSON() {
    return plainOf(asView(this));
  }

  /**
   * True when both are structs of one type with equal values, references followed.
   *
   * @param {unknown} other
   */
  equals(other) {
    return equalViews(asView(this), other);
  }

  /** Pairs of name and value, in the order of the schema. */
  [Symbol.iterator]() {
    return iterateView(asView(this));
  }

  /**
   * @param {number} depth
   * @param {object} options
   * @param {(value: unknown, options: object) => string} inspect
   * @returns {string | object}
   */
  [INSPECT](depth, options, inspect) {
    return inspectView(asView(this), depth, options, inspect);
  }
}

/**
 * Makes a struct class to extend.
 *
 * @example
 * class Particle extends struct('Particle', { x: t.f64, name: t.string, next: t.ref('Particle') }) {}
 * const particle = new Particle({ x: 1, name: 'electron' }); // in the heap that was made last
 * Particle.at(heap, particle.address).name; // 'electron'
 * Particle.bytes; // 16
 *
 * @template {string} const N
 * @template {import('./infer.js').FieldLiterals} F
 * @overload
 * @param {N} name for references by name and for messages
 * @param {F} fields name to type, in the order in which they stand in the memory
 * @returns {import('./infer.js').StructClass<N, F>}
 */
/**
 * Makes a struct class whose structs begin like those of another one.
 *
 * @template {string} const N
 * @template {import('./infer.js').FieldLiterals} F
 * @template {import('./infer.js').AnyClass} P
 * @overload
 * @param {N} name
 * @param {F} fields further ones
 * @param {P} Parent
 * @returns {import('./infer.js').ExtendedClass<P, N, F>}
 */
/**
 * @param {string} name
 * @param {object} fields
 * @param {Function} [Parent]
 * @returns {unknown}
 */
export function struct(name, fields, Parent) {
  const Base = makeClass(name, fields, Parent);
  Base[META].type.register();
  return Base;
}

/**
 * The same for a class that no reference finds by its name.
 *
 * @param {string} name
 * @param {object} fields
 * @param {Function} [Parent]
 * @returns {typeof Struct & { readonly [META]: StructMeta }}
 */
export function makeClass(name, fields, Parent) {
  const parent = Parent === undefined ? null : metaOf(Parent);
  const type = new StructType(name, fields, parent?.type ?? null);
  const Above = /** @type {typeof Struct} */ (Parent ?? Struct);
  const Base = class extends Above {};
  Object.defineProperty(Base, 'name', { value: name });
  type.bind(Base);
  defineAccessors(Base.prototype, type.schema.own);
  return /** @type {typeof Struct & { readonly [META]: StructMeta }} */ (
    /** @type {unknown} */ (Base)
  );
}

/**
 * Makes a struct and the view of it.
 *
 * @param {StructMeta} meta
 * @param {unknown} init
 * @returns {View}
 */
function construct(meta, init) {
  if (meta.isProven) {
    const view = createIn(allocatorAt(meta.site), meta);
    if (init !== undefined) initialise(meta, view, init);
    return view;
  }
  proveClassFields(meta);
  const view = createIn(allocatorAt(meta.site), meta);
  meta.first ??= new WeakRef(view);
  if (init !== undefined) initialise(meta, view, init);
  return view;
}

/**
 * Makes a zeroed struct in a place, and the view of it.
 *
 * @param {Allocator} allocator
 * @param {StructMeta} meta
 * @returns {View}
 */
export function createIn(allocator, meta) {
  const { table, heap } = allocator;
  const { type } = meta;
  if (type.heap !== heap) meet(type, heap);
  const { allocatedBytes } = type;
  const address = allocator.allocate(allocatedBytes, STRUCT_ALIGN_BYTES);
  const first = address >>> 2;
  const end = first + (allocatedBytes >>> 2);
  const { u32 } = table;
  if (allocatedBytes > ZERO_LOOP_BYTES_MAX) u32.fill(0, first, end);
  else for (let i = first; i < end; i++) u32[i] = 0;
  return new meta.View(address, table);
}

/**
 * Assigns the fields of `new Type({...})`. When one is refused the struct is given back.
 *
 * @param {StructMeta} meta
 * @param {View} view
 * @param {unknown} init
 */
function initialise(meta, view, init) {
  const { schema } = meta;
  try {
    if (typeof init !== 'object' || init === null) {
      throw new FieldTypeError(
        `new ${meta.Class.name}() takes an object of fields, not ${describe(init)}; write a ` +
          'constructor for other arguments.',
        '',
        init,
      );
    }
    for (const [name, value] of Object.entries(init)) {
      const field = schema.fields[name];
      if (field === undefined) {
        throw new FieldTypeError(
          `${schema.name} has no field ${describe(name)}; there are ${Object.keys(schema.fields).join(', ')}.`,
          name,
          value,
        );
      }
      writeField(field, view.m, view.address, value);
    }
  } catch (error) {
    if (/** @type {Allocator} */ (view.m.scope).kind === 'heap') freeStructs(view, false);
    throw error;
  }
}

/**
 * `class P extends struct('P', { x: t.f32 }) { x = 1; }` defines x on the view, in front of the field: it
 * would never reach the memory. That shows when the constructor is through, so the first object of a class
 * is looked at before the second is made.
 *
 * @param {StructMeta} meta
 */
function proveClassFields(meta) {
  if (meta.first === null) return;
  const first = meta.first.deref();
  const hidden = meta.schema.list.find(({ name }) => first && Object.hasOwn(first, name));
  if (hidden === undefined) {
    meta.isProven = true;
    return;
  }
  throw new FieldTypeError(
    `class ${meta.Class.name} has a class field '${hidden.name}' that hides the struct's field of that ` +
      'name, so its values never reach the memory. Remove the class field; assign in the constructor.',
    hidden.name,
  );
}

/**
 * A view that reads through a given table.
 *
 * @param {unknown} Type
 * @param {Heap} heap
 * @param {MemoryTable} table
 * @param {unknown} address
 * @returns {View}
 * @throws {QbError} `ADDRESS`
 */
export function viewIn(Type, heap, table, address) {
  const meta = metaOf(Type);
  return new meta.View(checkAddress(meta, heap, address), table);
}

/**
 * @param {StructMeta} meta
 * @param {Heap} heap
 * @param {unknown} address
 * @returns {number} the address, of a whole struct in the memory
 */
function checkAddress({ type, schema }, heap, address) {
  const isAddress =
    typeof address === 'number' &&
    address >>> 0 === address &&
    address >= LIMITS.ADDRESS_MIN &&
    address % type.alignBytes === 0;
  if (!isAddress) {
    throw new QbError(
      'ADDRESS',
      `${schema.name}.at: ${describe(address)} is no address of a ${schema.name}; give view.address of ` +
        `one, a multiple of ${type.alignBytes}.`,
      { given: address },
    );
  }
  heap.memory.ensure(address + schema.bytes);
  if (type.heap !== heap) meet(type, heap);
  return address;
}

/**
 * Which table a view of an address gets. The arenas of this agent have tables of their own; the layer above
 * (lifetime/storage.js) knows them and sets this.
 */
export const tables = {
  /** @type {(heap: Heap, address: number) => MemoryTable} */
  find: (heap) => heap.memory.root,
};

/**
 * @typedef {ReturnType<typeof staticAccessors>} Statics
 */

/** By heap, with which they go. @type {WeakMap<Allocator, Map<import('./link.js').StructType, Statics>>} */
const statics = new WeakMap();

/**
 * @param {StructMeta} meta
 * @returns {Statics}
 */
function staticsOf(meta) {
  const allocator = defaultAllocator();
  if (allocator === null) {
    throw new QbError(
      'NO_HEAP',
      `${meta.schema.name}.get and .set read the default heap, and none is open in this agent. Call ` +
        'Heap.create() or Heap.attach(descriptor) first.',
    );
  }
  let byClass = statics.get(allocator);
  if (byClass === undefined) {
    byClass = new Map();
    statics.set(allocator, byClass);
  }
  let found = byClass.get(meta.type);
  if (found === undefined) {
    meet(meta.type, allocator.heap);
    found = staticAccessors(meta.schema.list, allocator.table);
    byClass.set(meta.type, found);
  }
  return found;
}

/**
 * @param {unknown} view
 * @returns {View}
 */
function asView(view) {
  return /** @type {View} */ (view);
}
