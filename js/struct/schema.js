/**
 * From a literal to a field table: names checked, offsets given out as a C compiler would.
 *
 *     struct('Node', { value: t.any, left: t.ref('Node'), right: t.ref('Node') })
 *
 *     offset  0         4         8         12
 *             | value   | left    | right   |          12 bytes, aligned to 4
 *
 * Fields stand in the order of the literal, each aligned to its size; a child's fields stand behind its
 * parent's. The presence bytes of optional fields stand behind the fields of their struct. So the C struct
 * with the same members has the same layout, and a child can be read as its parent.
 *
 * A name is data: it becomes the key of an accessor and nothing else. The few that mean something to a view,
 * or to every JS object, are refused.
 *
 * Layer: struct. A schema is frozen; it belongs to the agent.
 *
 * @module struct/schema
 */
import { describe } from '../base/errors.js';
import { FieldTypeError } from './errors.js';
import { FieldType } from './types.js';

/** @typedef {import('./types.js').Kind} Kind */
/** @typedef {import('./link.js').Link} Link */

/** Names that a view needs for itself, or that would change what an object is. */
export const RESERVED_NAMES = Object.freeze([
  'address',
  'm',
  'toJSON',
  'equals',
  'constructor',
  '__proto__',
]);
const NAME_CHARACTERS_MAX = 255;
const STRUCT_BYTES_MAX = 2 ** 31;

/** Kinds whose slot may hold the address of a box. @type {readonly Kind[]} */
export const BOXED_KINDS = Object.freeze(['string', 'bytes', 'any']);

/**
 * One field of a schema.
 */
export class Field {
  /**
   * @param {string} owner name of the struct that declares it
   * @param {string} name
   * @param {FieldType} type
   * @param {number} offset bytes from the start of the struct
   * @param {number} presenceOffset of an optional's presence byte, -1 for other fields
   * @param {Link | null} link to the struct that a ref or nested struct leads to
   */
  constructor(owner, name, type, offset, presenceOffset, link) {
    /** @readonly */
    this.owner = owner;
    /** @readonly */
    this.name = name;
    /** @readonly */
    this.type = type;
    /** @readonly */
    this.kind = type.kind;
    /** @readonly */
    this.offset = offset;
    /** @readonly */
    this.bytes = type.kind === 'struct' && link !== null ? link.bytes : type.bytes;
    /** From the offset of the field to its presence byte. @readonly */
    this.presenceDistance = presenceOffset < 0 ? 0 : presenceOffset - offset;
    /** @readonly */
    this.link = link;
    /** Of an optional: the field without its presence byte. @readonly @type {Field | null} */
    this.inner =
      type.kind === 'optional' && type.inner !== null
        ? new Field(owner, name, type.inner, offset, -1, link)
        : null;
    Object.freeze(this);
  }

  /** The kind of its bytes: an optional's inner one. */
  get storedKind() {
    return this.inner === null ? this.kind : this.inner.kind;
  }
}

/**
 * The layout of a struct type.
 */
export class Schema {
  /**
   * @param {string} name
   * @param {object} literal name to field type
   * @param {Schema | null} parent whose fields come first
   * @param {(type: FieldType) => Link} linkTo makes the link of a ref or nested struct
   */
  constructor(name, literal, parent, linkTo) {
    checkStructName(name);
    /** @readonly */
    this.name = name;
    /** @readonly */
    this.parent = parent;
    const own = entriesOf(name, literal);
    for (const [field] of own) checkFieldName(name, field, parent);
    const layout = layOut(name, own, parent, linkTo);
    /** @type {readonly Field[]} */
    const list = Object.freeze([...(parent?.list ?? []), ...layout.fields]);
    /** In the order of their offsets, the parent's first. @readonly */
    this.list = list;
    /** @readonly @type {readonly Field[]} */
    this.own = Object.freeze(layout.fields);
    /** Name to field. Null prototype. @readonly @type {Readonly<Record<string, Field>>} */
    this.fields = nullMap(list.map((field) => [field.name, field]));
    /** @readonly */
    this.bytes = layout.bytes;
    /** @readonly */
    this.alignBytes = layout.alignBytes;
    /** Fields whose slot may hold a box. @readonly */
    this.boxed = Object.freeze(list.filter((f) => BOXED_KINDS.includes(f.storedKind)));
    /** @readonly */
    this.references = Object.freeze(list.filter((f) => f.storedKind === 'ref'));
    /** @readonly */
    this.nested = Object.freeze(list.filter((f) => f.kind === 'struct'));
    Object.freeze(this);
  }

  /**
   * @param {Schema} other
   * @returns {boolean} this is the other or derives from it
   */
  derivesFrom(other) {
    /** @type {Schema | null} */
    let schema = this;
    while (schema !== null && schema !== other) schema = schema.parent;
    return schema !== null;
  }
}

/**
 * A frozen map with a null prototype. The spread into a literal keeps it out of dictionary mode, which makes
 * every access slow; setPrototypeOf does not.
 *
 * @template T
 * @param {(readonly [string, T])[]} entries
 * @returns {Readonly<Record<string, T>>}
 */
export function nullMap(entries) {
  const map = { __proto__: null, ...Object.fromEntries(entries) };
  return Object.freeze(/** @type {Record<string, T>} */ (/** @type {unknown} */ (map)));
}

/* ---- names ---- */

/** @param {unknown} name */
function checkStructName(name) {
  if (typeof name === 'string' && name !== '' && name.length <= NAME_CHARACTERS_MAX) return;
  throw new FieldTypeError(
    `a struct cannot have the name ${describe(name)}; give a string of 1 to ${NAME_CHARACTERS_MAX} ` +
      'characters.',
    '',
    name,
  );
}

/**
 * @param {string} owner
 * @param {string} name
 * @param {Schema | null} parent
 */
function checkFieldName(owner, name, parent) {
  if (RESERVED_NAMES.includes(name)) {
    throw new FieldTypeError(
      `${owner}: a field cannot have the name '${name}', which every view needs for itself. Choose ` +
        `another one than ${RESERVED_NAMES.join(', ')}.`,
      name,
    );
  }
  if (name === '' || name.length > NAME_CHARACTERS_MAX) {
    throw new FieldTypeError(
      `${owner}: a field name has 1 to ${NAME_CHARACTERS_MAX} characters, ${describe(name)} has ` +
        `${name.length}.`,
      name,
    );
  }
  if (parent !== null && name in parent.fields) {
    throw new FieldTypeError(
      `${owner}: '${name}' is a field of its parent ${parent.fields[name].owner} already. A child adds ` +
        'fields; it cannot change one.',
      name,
    );
  }
}

/**
 * Names and types of a literal. A getter stands for a reference to a class that is still being defined, so
 * it is not called here.
 *
 * @param {string} owner
 * @param {object} literal
 * @returns {[string, FieldType][]}
 */
function entriesOf(owner, literal) {
  if (typeof literal !== 'object' || literal === null || Array.isArray(literal)) {
    throw new FieldTypeError(
      `${owner}: the fields are ${describe(literal)}; give an object of names and types, as ` +
        '{ x: t.f32 }.',
      '',
      literal,
    );
  }
  const prototype = Object.getPrototypeOf(literal);
  if (prototype instanceof FieldType) checkFieldName(owner, '__proto__', null);
  if (Object.getOwnPropertySymbols(literal).length > 0) {
    throw new FieldTypeError(`${owner}: a field has a name, not a symbol.`, '', literal);
  }
  return Object.entries(Object.getOwnPropertyDescriptors(literal)).map(([name, property]) => {
    if (property.get !== undefined) return [name, laterReference(owner, name, property.get)];
    if (property.value instanceof FieldType) return [name, property.value];
    throw new FieldTypeError(
      `${owner}.${name} has ${describe(property.value)} for a type; give one of t, as t.f32 or ` +
        "t.ref('Node').",
      name,
      property.value,
    );
  });
}

/**
 * `get next() { return t.ref(Node); }`: asked when it is first needed, when Node exists.
 *
 * @param {string} owner
 * @param {string} name
 * @param {() => unknown} getter
 * @returns {FieldType}
 */
function laterReference(owner, name, getter) {
  const target = () => {
    const type = getter.call(undefined);
    if (type instanceof FieldType && type.kind === 'ref') return type.target;
    throw new FieldTypeError(
      `${owner}.${name}: a getter in a literal must return t.ref(...), this one returned ` +
        `${type instanceof FieldType ? type : describe(type)}.`,
      name,
      type,
    );
  };
  return new FieldType('ref', 4, 4, {
    allowed: 'a view of the class it refers to, or null',
    jsType: 'object',
    target,
  });
}

/* ---- layout ---- */

/**
 * @param {string} owner
 * @param {[string, FieldType][]} entries
 * @param {Schema | null} parent
 * @param {(type: FieldType) => Link} linkTo
 * @returns {{ fields: Field[], bytes: number, alignBytes: number }}
 */
function layOut(owner, entries, parent, linkTo) {
  let end = parent?.bytes ?? 0;
  let alignBytes = parent?.alignBytes ?? 1;
  const placed = entries.map(([name, type]) => {
    const stored = type.kind === 'optional' && type.inner !== null ? type.inner : type;
    const isLinked = stored.kind === 'ref' || stored.kind === 'struct';
    const link = isLinked ? linkTo(stored) : null;
    const size = link !== null && stored.kind === 'struct' ? link : type;
    const offset = roundUp(end, size.alignBytes);
    end = offset + size.bytes;
    alignBytes = Math.max(alignBytes, size.alignBytes);
    return { name, type, offset, link };
  });
  const fields = placed.map(({ name, type, offset, link }) => {
    const presenceOffset = type.kind === 'optional' ? end++ : -1;
    return new Field(owner, name, type, offset, presenceOffset, link);
  });
  const bytes = roundUp(Math.max(end, 1), alignBytes);
  if (bytes > STRUCT_BYTES_MAX) {
    throw new FieldTypeError(
      `${owner} has ${bytes} bytes; a struct has at most ${STRUCT_BYTES_MAX}. Put large arrays into ` +
        'structs of their own and refer to them.',
      '',
    );
  }
  return { fields, bytes, alignBytes };
}

/**
 * @param {number} value
 * @param {number} multiple a power of two
 */
function roundUp(value, multiple) {
  return Math.ceil(value / multiple) * multiple;
}
