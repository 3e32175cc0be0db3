/**
 * `heap.schemas`: the struct types that a heap stores, and views made of them without their classes.
 *
 * A schema is built again from its record by the same functions that make a struct of a literal. So a record
 * that somebody wrote over is refused as a wrong literal would be; and it must come out with the offsets
 * that the record says.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/schemas
 */
import { checkString, typeError } from '../base/check.js';
import { describe, QbError } from '../base/errors.js';
import { needOpen } from '../heap/blocks.js';
import { corruptSchema, directoryOf } from './directory.js';
import { META, metaOf } from './link.js';
import { TYPE_DEPTH_MAX, typeText } from './record.js';
import { FieldType, t } from './types.js';
import { makeClass } from './view.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('./record.js').SchemaRecord} SchemaRecord */
/** @typedef {ReturnType<typeof makeClass>} BuiltClass */

/**
 * One field of a stored schema.
 *
 * @typedef {object} FieldInfo
 * @property {string} name as the class has it
 * @property {string} type for people, as `f32`, `array(u8, 16)`, `enum(["red","green"])`, `ref("Node")`
 * @property {number} offset bytes from the start of the struct
 * @property {number} bytes that it takes
 */

/**
 * A stored schema.
 *
 * @typedef {object} SchemaInfo
 * @property {string} name of the struct
 * @property {number} bytes of one struct
 * @property {number} alignBytes its addresses are multiples of it
 * @property {string | null} parent name of the struct whose fields come first
 * @property {readonly Readonly<FieldInfo>[]} fields all of them, the parent's first
 */

/** Kept in this module: only heap.schemas makes these. */
const SECRET = Symbol('Schemas');
/** @type {WeakMap<Heap, Schemas>} */
const made = new WeakMap();

/**
 * The struct types of a heap, by name. What other workers add is seen at once.
 *
 * @example
 * class Particle extends struct('Particle', { x: t.f64, y: t.f64 }) {}
 * const { address } = new Particle({ x: 1, y: 2 });
 * Array.from(heap.schemas, ([name, { bytes }]) => [name, bytes]); // [ [ 'Particle', 16 ] ]
 * heap.schemas.at('Particle', address).y; // 2
 */
export class Schemas {
  #heap;
  /** null: is being built. @type {Map<string, BuiltClass | null>} */
  #classes = new Map();

  /**
   * Not for users: see `heap.schemas`.
   *
   * @param {typeof SECRET} secret
   * @param {Heap} heap
   */
  constructor(secret, heap) {
    if (secret !== SECRET) throw typeError('Schemas', secret, 'heap.schemas');
    this.#heap = heap;
  }

  /**
   * @returns {string[]} of all stored schemas, in the order in which they were stored
   * @throws {QbError} `CLOSED`, `CORRUPT`, `LAYOUT`
   */
  names() {
    return [...this.#read().keys()];
  }

  /**
   * @param {string} name
   * @returns {Readonly<SchemaInfo> | undefined} a frozen copy; undefined when no struct of that name was used in
   *   the heap yet
   * @throws {QbError} `CLOSED`, `CORRUPT`, `LAYOUT`, `TYPE`
   */
  get(name) {
    const records = this.#read();
    if (!records.has(checkString('name', name))) return undefined;
    const { schema } = this.#classOf(name)[META];
    const fields = schema.list.map(({ name, owner, offset, bytes }) => {
      const [, type] = records.get(owner)?.fields.find(([field]) => field === name) ?? [];
      return Object.freeze({ name, type: typeText(type), offset, bytes });
    });
    const { bytes, alignBytes } = schema;
    const parent = schema.parent?.name ?? null;
    return Object.freeze({ name, bytes, alignBytes, parent, fields: Object.freeze(fields) });
  }

  /**
   * Stores the schema of a class now, or checks that the class is what the heap has under its name. The
   * first use of a class in the heap does the same.
   *
   * @param {import('./infer.js').AnyClass} Type
   * @throws {QbError} `SCHEMA`, `TYPE`, `CLOSED`, `CORRUPT`, `LAYOUT`, `OUT_OF_MEMORY`, `ROOTS_FULL`
   */
  add(Type) {
    const { type } = metaOf(Type);
    needOpen(this.#heap);
    directoryOf(this.#heap).add(type);
  }

  /**
   * A view of the struct at an address, made from the stored schema. It is a view as those of a class of yours:
   * it reads and writes in place, and lives as long as the struct. It has no methods of yours, and does not
   * equal a view of your class.
   *
   * @param {string} name of its struct. Not checked against what stands there, as with `Type.at`
   * @param {number} address
   * @returns {import('./infer.js').StructBase & Record<string, unknown>}
   * @throws {QbError} `NOT_FOUND` when the heap has no such schema; `ADDRESS`, `CLOSED`, `CORRUPT`, `TYPE`
   */
  at(name, address) {
    const view = this.#classOf(checkString('name', name)).at(this.#heap, address);
    return /** @type {ReturnType<Schemas['at']>} */ (/** @type {unknown} */ (view));
  }

  /** @returns {Generator<[string, Readonly<SchemaInfo>], void>} names and schemas */
  *[Symbol.iterator]() {
    for (const name of this.names()) {
      yield [name, /** @type {Readonly<SchemaInfo>} */ (this.get(name))];
    }
  }

  #read() {
    needOpen(this.#heap);
    return directoryOf(this.#heap).read();
  }

  /**
   * @param {string} name
   * @returns {BuiltClass}
   */
  #classOf(name) {
    const built = this.#classes.get(name);
    if (built) {
      needOpen(this.#heap);
      return built;
    }
    const record = this.#read().get(name);
    if (record === undefined) {
      throw new QbError(
        'NOT_FOUND',
        `the heap has no struct ${describe(name)}; a class is known from its first use in the heap on. ` +
          'heap.schemas.names() lists the known ones.',
        { given: name },
      );
    }
    if (built === null) throw corruptSchema(name, 'it contains itself');
    this.#classes.set(name, null);
    try {
      const Class = this.#build(record);
      this.#classes.set(name, Class);
      directoryOf(this.#heap).trust(Class[META].type);
      return Class;
    } catch (cause) {
      this.#classes.delete(name);
      throw corruptSchema(name, cause);
    }
  }

  /**
   * @param {SchemaRecord} record
   * @returns {BuiltClass}
   */
  #build({ name, bytes, align, parent, fields }) {
    const literal = Object.fromEntries(fields.map(([field, type]) => [field, this.#typeOf(type)]));
    const Class = makeClass(name, literal, parent === null ? undefined : this.#classOf(parent));
    const { schema } = Class[META];
    const isSame =
      schema.bytes === bytes &&
      schema.alignBytes === align &&
      schema.own.length === fields.length &&
      schema.own.every((field, i) => field.name === fields[i][0] && field.offset === fields[i][2]);
    if (!isSame) throw new RangeError('its offsets are not those of its fields');
    return Class;
  }

  /**
   * @param {unknown} type of a record
   * @returns {unknown} for a literal, which is checked by struct()
   */
  #typeOf(type) {
    const [kind, first, count] = Array.isArray(type) ? type : [type];
    switch (kind) {
      case 'optional':
        return t.optional(/** @type {FieldType} */ (this.#typeOf(first)));
      case 'struct':
        return t.struct(this.#classOf(first));
      case 'ref':
        if (typeof first !== 'string' && first !== null)
          throw new TypeError('a ref without a name');
        return t.ref(() => this.#classOf(first));
      default:
        return typeOf(kind, first, count, type, 1);
    }
  }
}

const TYPES = new Map(Object.entries(t));

/**
 * A type that leads to no other struct, or whose values exist in packed bytes only: a struct in the memory never
 * holds one, so what it leads to is known by its name and not looked for.
 *
 * @param {string} kind
 * @param {string} first
 * @param {number} count
 * @param {unknown} type all of it
 * @param {number} depth of its parts
 * @returns {unknown}
 */
function typeOf(kind, first, count, type, depth) {
  switch (kind) {
    case 'array':
      return t.array(/** @type {FieldType<'u8'>} */ (TYPES.get(first)), count);
    case 'enum':
      return t.enum(/** @type {never} */ (first));
    case 'list':
    case 'set':
      return packedType(kind, type, { inner: partOf(first, depth) });
    case 'tuple':
    case 'dict':
      return packedType(kind, type, {
        items: /** @type {unknown[]} */ (type).slice(1).map((part) => partOf(part, depth)),
      });
    case 'decimal':
    case 'datetime':
      return packedType(kind, type, {});
    case 'ndarray':
      return packedType(kind, type, first === null ? {} : { names: [partOf(first, depth).kind] });
    default:
      return TYPES.get(kind);
  }
}

/**
 * @param {unknown} type of a record, within another one
 * @param {number} depth
 * @returns {FieldType}
 */
function partOf(type, depth) {
  if (depth > TYPE_DEPTH_MAX) throw new TypeError('types nested too deep');
  const [kind, first, count] = Array.isArray(type) ? type : [type];
  if (kind === 'optional') return t.optional(partOf(first, depth + 1));
  if (kind === 'ref') return t.ref(first ?? '?');
  if (kind === 'struct' && typeof first === 'string') {
    return new FieldType(kind, 0, 1, { allowed: `a ${first}`, jsType: 'object', target: first });
  }
  const part = typeOf(kind, first, count, type, depth + 1);
  if (part instanceof FieldType) return part;
  throw new TypeError('a type within another one that is none');
}

/**
 * @param {import('./types.js').PackedKind} kind
 * @param {unknown} type
 * @param {{ inner?: FieldType, items?: FieldType[], names?: string[] }} parts
 */
function packedType(kind, type, parts) {
  return new FieldType(kind, 4, 4, { allowed: typeText(type), jsType: 'object', ...parts });
}

/** `heap.schemas`. @type {import('../heap/heap.js').HeapPart} */
export const schemas = {
  get schemas() {
    needOpen(this);
    let schemas = made.get(this);
    if (schemas === undefined) {
      schemas = new Schemas(SECRET, this);
      made.set(this, schemas);
    }
    return schemas;
  },
};
