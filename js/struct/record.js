/**
 * A schema as data: what a heap stores of a struct type, and how two of them are compared.
 *
 *     {"name":"Node","bytes":12,"align":4,"parent":null,"fields":[
 *       ["value","any",0], ["next",["ref","Node"],4], ["kind",["optional",["enum",["leaf","twig"]]],8]]}
 *
 * A record lists the fields that the struct itself declares; its parent has a record of its own. A type is
 * its kind, or a list of the kind and what it is made of: enum and its names, array and its element and
 * count, optional, list or set and the type within, tuple or dict and its types, ndarray and its dtype or null, ref
 * or struct and the name of the target. The target of a ref is null when its class was not defined yet; such a ref
 * equals any.
 *
 * What comes from a heap was written by anybody. It is data here: compared, put into messages, and handed to
 * `t` and `struct()` (struct/schemas.js), which check it as they check a literal.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/record
 */
import { SchemaError } from './errors.js';
import { Link } from './link.js';

/** @typedef {import('./link.js').StructType} StructType */
/** @typedef {import('./types.js').FieldType} FieldType */
/** @typedef {[name: string, type: unknown, offset: number]} FieldRecord */
/** @typedef {{ name: string, bytes: number, align: number, parent: string | null, fields: FieldRecord[] }} SchemaRecord */

/** Deepest type: optional(list(list(...))). */
export const TYPE_DEPTH_MAX = 16;
/** Characters of a long type that a message shows. */
const SHOWN_CHARACTERS_MAX = 80;
/** How many of them stand before the difference. */
const SHOWN_CHARACTERS_BEFORE = 30;

/**
 * @param {StructType} type
 * @returns {SchemaRecord}
 */
export function recordOf(type) {
  const { schema } = type;
  return {
    name: schema.name,
    bytes: schema.bytes,
    align: schema.alignBytes,
    parent: schema.parent?.name ?? null,
    fields: schema.own.map((field) => {
      const nameOf = (/** @type {FieldType} */ { target }) =>
        (field.link ?? new Link(type, schema.name, target)).peek().name;
      return [field.name, typeRecord(field.type, (target) => [nameOf(target)]), field.offset];
    }),
  };
}

/**
 * @param {FieldType} type
 * @param {(type: FieldType) => unknown[]} targetOf what a ref or struct leads to
 * @returns {unknown}
 */
export function typeRecord(type, targetOf) {
  const { kind, inner, items, names, count } = type;
  switch (kind) {
    case 'ref':
    case 'struct':
      return [kind, ...targetOf(type)];
    case 'enum':
      return [kind, names];
    case 'ndarray':
      return [kind, names?.[0] ?? null];
    case 'array':
      return [kind, inner?.kind, count];
    case 'tuple':
    case 'dict':
      return [kind, ...(items ?? []).map((item) => typeRecord(item, targetOf))];
    default:
      return inner === null ? kind : [kind, typeRecord(inner, targetOf)];
  }
}

/**
 * A type as a message or description shows it.
 *
 * @param {unknown} type of a record
 * @param {number} [depth] of it in another one
 * @returns {string}
 */
export function typeText(type, depth = 0) {
  if (depth > TYPE_DEPTH_MAX) return '...'; // it comes from a heap
  if (!Array.isArray(type)) return typeof type === 'string' ? type : JSON.stringify(type);
  const [kind, ...parts] = type;
  switch (kind) {
    case 'ref':
    case 'struct':
    case 'enum':
      return `${kind}(${parts[0] === null ? '?' : JSON.stringify(parts[0])})`;
    case 'ndarray':
      return parts[0] === null ? kind : `${kind}(${parts[0]})`;
    default:
      return `${kind}(${parts.map((part) => typeText(part, depth + 1)).join(', ')})`;
  }
}

/**
 * Whether a value has the outer shape of a record. What its types mean is checked when they are used.
 *
 * @param {unknown} value
 * @returns {value is SchemaRecord}
 */
export function isRecord(value) {
  if (typeof value !== 'object' || value === null) return false;
  const { name, bytes, align, parent, fields } =
    /** @type {{ [K in keyof SchemaRecord]: unknown }} */ (value);
  return (
    typeof name === 'string' &&
    typeof bytes === 'number' &&
    typeof align === 'number' &&
    (parent === null || typeof parent === 'string') &&
    Array.isArray(fields) &&
    fields.every(
      (field) =>
        Array.isArray(field) && typeof field[0] === 'string' && typeof field[2] === 'number',
    )
  );
}

/**
 * @param {SchemaRecord} stored what the heap has
 * @param {SchemaRecord} own what a class of this agent has, under the same name
 * @throws {SchemaError} `SCHEMA`, about the first difference
 */
export function checkSame(stored, own) {
  const { name } = stored;
  if (stored.parent !== own.parent) {
    throw difference(name, '', parentText(stored), parentText(own));
  }
  const names = [...stored.fields, ...own.fields].map(([field]) => field);
  for (const field of names) {
    const theirs = fieldOf(stored, field);
    const mine = fieldOf(own, field);
    const isSame = theirs?.[2] === mine?.[2] && isSameType(theirs?.[1], mine?.[1]);
    if (!isSame) throw difference(name, field, fieldText(theirs), fieldText(mine));
  }
  if (stored.bytes !== own.bytes || stored.align !== own.align) {
    throw difference(name, '', sizeText(stored), sizeText(own));
  }
}

/**
 * @param {SchemaRecord} record
 * @param {string} name
 * @returns {FieldRecord | undefined}
 */
function fieldOf({ fields }, name) {
  return fields.find(([field]) => field === name);
}

/**
 * @param {unknown} a
 * @param {unknown} b
 * @returns {boolean}
 */
function isSameType(a, b) {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  if (a[0] === 'ref' && b[0] === 'ref' && (a[1] === null || b[1] === null)) return true;
  return a.length === b.length && a.every((part, i) => isSameType(part, b[i]));
}

/* ---- messages ---- */

/** @param {FieldRecord | undefined} field */
function fieldText(field) {
  return field === undefined ? 'no such field' : `${typeText(field[1])} at offset ${field[2]}`;
}

/** @param {SchemaRecord} record */
function parentText({ parent }) {
  return parent === null ? 'no parent' : `the parent ${parent}`;
}

/** @param {SchemaRecord} record */
function sizeText({ bytes, align }) {
  return `${bytes} bytes aligned to ${align}`;
}

/**
 * @param {string} name
 * @param {string} field
 * @param {string} theirs
 * @param {string} mine
 * @returns {SchemaError}
 */
function difference(name, field, theirs, mine) {
  let start = 0;
  while (start < theirs.length && theirs[start] === mine[start]) start++;
  start = Math.max(start - SHOWN_CHARACTERS_BEFORE, 0);
  /** @param {string} text */
  const shown = (text) => {
    if (text.length <= SHOWN_CHARACTERS_MAX) return text;
    const end = start + SHOWN_CHARACTERS_MAX;
    const after = end < text.length ? '...' : '';
    return `${start > 0 ? '...' : ''}${text.slice(start, end)}${after}`;
  };
  return new SchemaError(
    `${field === '' ? name : `${name}.${field}`}: the heap has ${shown(theirs)}, the class in this agent ` +
      `has ${shown(mine)}. Use one definition of ${name} in all workers, or another name for this one.`,
    name,
    field,
  );
}
