/**
 * From a class to its struct type and back: which class makes the views of a struct.
 *
 *     struct('Node', ...)  -->  Base      carries the accessors; StructType knows it by its name
 *     class Node extends Base             a user class: its methods, maybe its constructor
 *     class Leaf extends Node             a further one over the same struct type
 *
 * A view must be made without running a constructor of the user. So each class has one plain constructor
 * function, `View`, that shares the prototype of the class: all views of a class, those that `new` returns
 * included, come from it and have one hidden class.
 *
 * JS gives no sign when a class is extended. A class becomes known, is *adopted*, when it is first used:
 * by `new`, `Type.at`, or any other static. A reference by name makes views of the adopted class nearest
 * to Base; a reference by class of exactly that class.
 *
 * Layer: struct. State is per agent.
 *
 * @module struct/link
 */
import { describe, QbError } from '../base/errors.js';
import { siteOf } from '../heap/ambient.js';
import { FieldTypeError } from './errors.js';
import { Schema } from './schema.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('./scope.js').View} View */
/** @typedef {new (address: number, m: MemoryTable) => View} ViewConstructor */
/** @typedef {(abstract new (...args: never[]) => object) & { [META]?: StructMeta }} StructClassLike */

/** Where a class keeps its {@link StructMeta}. */
export const META = Symbol('qbwasm.struct');

/** What the heap's directory of schemas (struct/directory.js) has to say. */
export const targets = {
  /**
   * A reference was followed for the first time.
   *
   * @type {(owner: StructType, target: StructType) => void}
   */
  onFound() {},
};

/** @type {Map<string, StructType[]>} by name; several only when a name was used twice */
const registry = new Map();

/**
 * One `struct(name, fields)`.
 */
export class StructType {
  /**
   * @param {string} name
   * @param {object} literal
   * @param {StructType | null} parent
   */
  constructor(name, literal, parent) {
    /** References by name that follow the adopted class. @type {Link[]} */
    this.followers = [];
    /** @readonly */
    this.schema = new Schema(name, literal, parent?.schema ?? null, (type) =>
      Link.to(this, name, type),
    );
    /** @readonly */
    this.parent = parent;
    /** Of the class that references by name make views of. @type {StructMeta | null} */
    this.meta = null;
    /** Made when it is first asked for. @type {ReturnType<typeof import('./atomics.js').atomicFields> | null} */
    this.atomic = null;
    /** Where an address must be a multiple of. @readonly */
    this.alignBytes = this.schema.alignBytes;
    /**
     * The last heap that has this schema, which is then known to be the same (struct/directory.js).
     *
     * @type {import('../heap/heap.js').Heap | null}
     */
    this.heap = null;
    /** What one struct takes from an allocator, which gives out multiples of 8. @readonly */
    this.allocatedBytes = Math.ceil(this.schema.bytes / 8) * 8;
  }

  /** @param {StructClassLike} Base its class */
  bind(Base) {
    const meta = new StructMeta(Base, this, Base);
    Object.defineProperty(Base, META, { value: meta });
    this.meta = meta;
  }

  /** From now on references find it by its name. */
  register() {
    const { name } = this.schema;
    const same = registry.get(name);
    if (same === undefined) registry.set(name, [this]);
    else same.push(this);
  }
}

/**
 * One class over a struct type.
 */
export class StructMeta {
  /**
   * @param {StructClassLike} Class
   * @param {StructType} type
   * @param {StructClassLike} Base the class that struct() returned
   */
  constructor(Class, type, Base) {
    /** @readonly */
    this.Class = Class;
    /** @readonly */
    this.type = type;
    /** @readonly */
    this.Base = Base;
    /** @readonly */
    this.schema = type.schema;
    /** @readonly */
    this.View = makeViewConstructor(Class.prototype);
    /** Which allocator `new` uses. @readonly */
    this.site = siteOf(Class);
    /** The first object that `new` made. @type {WeakRef<View> | null} */
    this.first = null;
    /** Whether the first object was looked at. */
    this.isProven = false;
  }
}

/**
 * @param {object} prototype
 * @returns {ViewConstructor}
 */
function makeViewConstructor(prototype) {
  /**
   * @this {View}
   * @param {number} address
   * @param {MemoryTable} m
   */
  function View(address, m) {
    this.address = address;
    this.m = m;
  }
  View.prototype = prototype;
  return /** @type {ViewConstructor} */ (/** @type {unknown} */ (View));
}

/**
 * What is known of a class. Adopts it when it is new.
 *
 * @param {unknown} Class
 * @returns {StructMeta}
 * @throws {FieldTypeError} when it is no struct class
 */
export function metaOf(Class) {
  if (typeof Class === 'function') {
    const meta = /** @type {StructClassLike} */ (Class)[META];
    if (meta !== undefined) return meta.Class === Class ? meta : adopt(Class, meta);
  }
  throw new FieldTypeError(
    `${typeof Class === 'function' ? `the function ${Class.name}` : describe(Class)} is no struct ` +
      "class; give a class that extends struct('Name', {...}).",
    '',
    Class,
  );
}

/**
 * The class of a struct by its name.
 *
 * @param {string} name
 * @returns {StructMeta | null} null when no struct, or more than one, has the name in this agent
 */
export function metaNamed(name) {
  const types = registry.get(name) ?? [];
  return types.length === 1 ? types[0].meta : null;
}

/**
 * @param {unknown} value
 * @returns {value is StructClassLike}
 */
export function isStructClass(value) {
  return typeof value === 'function' && META in value;
}

/**
 * @param {Function} Class
 * @param {StructMeta} inherited from the nearest class above that is known
 * @returns {StructMeta}
 */
function adopt(Class, inherited) {
  // The classes in between first: references by name go to the one nearest to Base.
  const Above = Object.getPrototypeOf(Class);
  const above = Above === inherited.Class ? inherited : metaOf(Above);
  const { type, Base } = above;
  const meta = new StructMeta(/** @type {StructClassLike} */ (Class), type, Base);
  Object.defineProperty(Class, META, { value: meta });
  if (type.meta === null || type.meta.Class === Base) {
    type.meta = meta;
    for (const link of type.followers) link.View = meta.View;
  }
  return meta;
}

/**
 * Where a reference or nested struct leads.
 */
export class Link {
  /**
   * @param {StructType} owner
   * @param {string} ownerName
   * @param {unknown} target name, class, or a function that returns one of these
   */
  constructor(owner, ownerName, target) {
    this.owner = owner;
    this.ownerName = ownerName;
    this.target = target;
    /** @type {StructMeta | null} */
    this.meta = null;
    /** Makes the views; null until the first use. @type {ViewConstructor | null} */
    this.View = null;
    /** Of the target. */
    this.bytes = 0;
    this.alignBytes = 1;
  }

  /**
   * @param {StructType} owner
   * @param {string} ownerName
   * @param {import('./types.js').FieldType} type a ref or nested struct
   * @returns {Link}
   */
  static to(owner, ownerName, type) {
    const link = new Link(owner, ownerName, type.target);
    if (type.kind === 'struct') link.follow(metaOf(type.target));
    return link;
  }

  /**
   * Finds the target at the first use, when all classes are defined.
   *
   * @returns {ViewConstructor}
   */
  resolve() {
    const target = this.#target();
    if (typeof target !== 'string') {
      const meta = metaOf(target);
      targets.onFound(this.owner, meta.type);
      return this.follow(meta);
    }
    const type = this.#find(target);
    targets.onFound(this.owner, type);
    type.followers.push(this);
    return this.follow(/** @type {StructMeta} */ (type.meta));
  }

  /**
   * What can be told of the target now: its class may not be defined yet. Adopts nothing.
   *
   * @returns {{ name: string | null, type: StructType | null }}
   */
  peek() {
    try {
      const target = this.#target();
      if (typeof target !== 'string') {
        const { type } = /** @type {StructMeta} */ (/** @type {StructClassLike} */ (target)[META]);
        return { name: type.schema.name, type };
      }
      const type = target === this.ownerName ? this.owner : metaNamed(target)?.type;
      return { name: target, type: type ?? null };
    } catch {
      return { name: null, type: null }; // whoever follows it later gets the error
    }
  }

  /** @returns {unknown} name or class */
  #target() {
    let { target } = this;
    while (typeof target === 'function' && !isStructClass(target)) target = target();
    return target;
  }

  /**
   * @param {StructMeta} meta
   * @returns {ViewConstructor}
   */
  follow(meta) {
    this.meta = meta;
    this.bytes = meta.schema.bytes;
    this.alignBytes = meta.schema.alignBytes;
    this.View = meta.View;
    return meta.View;
  }

  /**
   * The struct type behind the link, resolved.
   *
   * @returns {StructMeta}
   */
  get found() {
    if (this.meta === null) this.resolve();
    return /** @type {StructMeta} */ (this.meta);
  }

  /**
   * @param {string} name
   * @returns {StructType}
   */
  #find(name) {
    if (name === this.ownerName) return this.owner;
    const types = registry.get(name) ?? [];
    if (types.length === 1) return types[0];
    throw new QbError(
      types.length === 0 ? 'NOT_FOUND' : 'AMBIGUOUS',
      types.length === 0
        ? `${this.ownerName} refers to '${name}', and no struct of that name is defined in this ` +
            'agent. Import the module that defines it.'
        : `${this.ownerName} refers to '${name}', and ${types.length} structs have that name. Refer to ` +
            `the class instead: t.ref(() => ${name}).`,
      { given: name },
    );
  }
}
