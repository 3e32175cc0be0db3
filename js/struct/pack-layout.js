/**
 * The layout of a struct as text: what packed bytes say of the types in them, and how a reader checks it.
 *
 *     {"name":"P","bytes":24,"align":8,"fields":[["id","u32",0],["weight",["optional","f64"],8,20]]}
 *
 * The print is a hash of the text. Layouts with one print are read in place; others field by field, by name.
 * The text is data from outside: it is parsed as JSON, every part of it is checked, and nothing is run.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-layout
 */

import { hashBytes } from './murmur.js';
import { packed } from './pack-fields.js';
import { DTYPES } from './pack-format.js';
import { TYPE_DEPTH_MAX, typeRecord } from './record.js';
import { Field, RESERVED_NAMES } from './schema.js';
import { encodeUtf8 } from './strings.js';
import { FieldType, t } from './types.js';

/** @typedef {import('./schema.js').Schema} Schema */

const PRINT_SEED = 1;
/** @type {readonly string[]} */
const SIMPLE_KINDS = [...DTYPES, 'bool', 'date', 'string', 'bytes', 'any'];

/**
 * @typedef {object} Layout
 * @property {string} text JSON
 * @property {Uint8Array<ArrayBuffer>} utf8 the text
 * @property {number} print
 */

/** @type {WeakMap<Schema, Layout>} */
const layouts = new WeakMap();

/**
 * The layout of a schema, made once.
 *
 * @param {Schema} schema
 * @returns {Layout}
 */
export function layoutOf(schema) {
  let layout = layouts.get(schema);
  if (layout === undefined) {
    const text = JSON.stringify({
      name: schema.name,
      bytes: schema.bytes,
      align: schema.alignBytes,
      fields: schema.list.map(fieldText),
    });
    const utf8 = encodeUtf8(text).slice();
    layout = { text, utf8, print: printOf(utf8) };
    layouts.set(schema, layout);
  }
  return layout;
}

/**
 * @param {Uint8Array} utf8 the text of a layout
 * @returns {number}
 */
export function printOf(utf8) {
  return hashBytes(PRINT_SEED, utf8);
}

/** @param {Field} field */
function fieldText({ name, type, offset, presenceDistance, link, kind }) {
  const entry = [name, typeText(type, link), offset];
  return kind === 'optional' ? [...entry, offset + presenceDistance] : entry;
}

/**
 * @param {FieldType} type
 * @param {import('./link.js').Link | null} link of a field that refers to a struct
 * @returns {unknown} what stands in the text
 */
function typeText(type, link) {
  return typeRecord(type, (target) => {
    const name = targetName(target, link);
    const isInPlace = target.kind === 'struct' && link !== null;
    return isInPlace ? [name, layoutOf(link.found.schema).print] : [name];
  });
}

/**
 * @param {FieldType} type
 * @param {import('./link.js').Link | null} link
 */
function targetName({ target }, link) {
  if (typeof target === 'string') return target;
  if (link !== null) return link.found.schema.name;
  return structNameOf(target);
}

/**
 * @param {unknown} target of a type within a list: a class, or a function that returns one
 * @returns {string}
 */
function structNameOf(target) {
  let Class = target;
  while (typeof Class === 'function' && !('bytes' in Class)) Class = Class();
  if (typeof Class === 'string') return Class;
  const { fields, name } = /** @type {{ fields?: Record<string, Field>, name: string }} */ (Class);
  return Object.values(fields ?? {}).at(-1)?.owner ?? name;
}

/* ---- reading ---- */

/**
 * A layout from packed bytes.
 *
 * @typedef {object} StoredLayout
 * @property {string} name
 * @property {number} bytes of one struct
 * @property {number} align what its address is a multiple of
 * @property {readonly Field[]} fields without links
 */

/**
 * @param {string} text
 * @returns {StoredLayout}
 * @throws {SyntaxError} that says what is wrong, without a place
 */
export function parseLayout(text) {
  const parsed = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('is no object');
  const isAsWritten =
    Object.keys(parsed).join() === 'name,bytes,align,fields' && JSON.stringify(parsed) === text;
  need(isAsWritten, 'is not written as JSON.stringify writes name, bytes, align and fields');
  const { name, bytes, align, fields } = parsed;
  need(typeof name === 'string' && name !== '', 'has no name');
  need(isCount(bytes, 2 ** 31) && bytes > 0, `has ${bytes} bytes`);
  need([1, 2, 4, 8].includes(align) && bytes % align === 0, `is aligned to ${align}`);
  need(Array.isArray(fields), 'has no fields');
  const seen = new Set();
  const list = /** @type {unknown[]} */ (fields).map((entry) => {
    const field = parseField(name, bytes, entry);
    need(!seen.has(field.name), `has ${field.name} twice`);
    seen.add(field.name);
    return field;
  });
  need(
    list.every(({ type }) => align % type.alignBytes === 0),
    `is aligned to ${align}`,
  );
  return { name, bytes, align, fields: list };
}

/**
 * @param {string} owner
 * @param {number} bytes of the struct
 * @param {unknown} entry
 * @returns {Field}
 */
function parseField(owner, bytes, entry) {
  need(Array.isArray(entry) && entry.length >= 3 && entry.length <= 4, 'has a field that is none');
  const [name, text, offset, presence = -1] = /** @type {unknown[]} */ (entry);
  const isName = typeof name === 'string' && name !== '' && !RESERVED_NAMES.includes(name);
  need(isName, 'has a field without a name of its own');
  const type = parseType(text, 0);
  const isPlaced = isCount(offset, bytes - type.bytes) && Number(offset) % type.alignBytes === 0;
  need(isPlaced, `has ${name} at ${offset}`);
  const isOptional = type.kind === 'optional';
  need(isOptional === (presence !== -1), `has ${name} with a presence byte at ${presence}`);
  need(
    !isOptional || isCount(presence, bytes - 1),
    `has ${name} with a presence byte at ${presence}`,
  );
  return new Field(owner, String(name), type, Number(offset), Number(presence), null);
}

/**
 * @param {unknown} text
 * @param {number} depth
 * @returns {FieldType}
 */
function parseType(text, depth) {
  if (typeof text === 'string') {
    if (SIMPLE_KINDS.includes(text)) return BASIC[text];
    if (text === 'decimal' || text === 'datetime') return packed(text, text);
  }
  need(Array.isArray(text) && depth < TYPE_DEPTH_MAX, `has a type ${JSON.stringify(text)}`);
  const [kind, ...rest] = /** @type {unknown[]} */ (text);
  const [first, second] = rest;
  const partsMax = { array: 2, struct: 2, dict: 2, tuple: rest.length }[String(kind)] ?? 1;
  need(rest.length <= partsMax, `has a type ${JSON.stringify(text)}`);
  switch (kind) {
    case 'optional': {
      const inner = parseType(first, depth + 1);
      need(inner.kind !== 'optional' && inner.kind !== 'struct', 'has an optional of an optional');
      return t.optional(inner);
    }
    case 'array': {
      const inner = parseType(first, depth + 1);
      const isArray =
        DTYPES.includes(/** @type {'i8'} */ (inner.kind)) && isCount(second, 2 ** 30 / 8);
      need(isArray && Number(second) > 0, `has an array of ${second}`);
      return t.array(/** @type {FieldType<'u8'>} */ (inner), Number(second));
    }
    case 'enum': {
      const names = /** @type {string[]} */ (first);
      const isEnum = Array.isArray(names) && names.length > 0 && names.length <= 65536;
      need(isEnum && names.every((name) => typeof name === 'string'), 'has an enum without names');
      need(new Set(names).size === names.length, 'has an enum with a name twice');
      return t.enum(names);
    }
    case 'ref':
    case 'struct':
      need(typeof first === 'string' && first !== '', `has a ${kind} without a name`);
      need(rest.length < 2 || isCount(second, 2 ** 32 - 1), `has a ${kind} with a print ${second}`);
      return new FieldType(kind, kind === 'ref' ? 4 : 0, kind === 'ref' ? 4 : 1, {
        allowed: `a ${first}`,
        jsType: 'object',
        target: first,
      });
    case 'list':
    case 'set':
      return packed(kind, kind, { inner: parseType(first, depth + 1) });
    case 'tuple':
    case 'dict':
      need(kind === 'tuple' || rest.length === 2, 'has a dict that is none');
      return packed(kind, kind, { items: rest.map((item) => parseType(item, depth + 1)) });
    case 'ndarray':
      need(
        first === null || DTYPES.includes(/** @type {'i8'} */ (first)),
        `has an array of ${first}`,
      );
      return packed(kind, kind, first === null ? {} : { names: [String(first)] });
    default:
      throw new SyntaxError(`has a type ${JSON.stringify(text)}`);
  }
}

/** Null prototype: a type's name comes from outside. */
const BASIC = /** @type {Readonly<Record<string, FieldType>>} */ (
  /** @type {unknown} */ (Object.freeze({ __proto__: null, ...t }))
);

/**
 * @param {boolean} isGood
 * @param {string} what
 */
function need(isGood, what) {
  if (!isGood) throw new SyntaxError(what);
}

/** @param {unknown} value @param {number} max */
function isCount(value, max) {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}

/* ---- compatibility ---- */

/** What a declared number may be stored as, besides itself. @type {Record<string, readonly string[]>} */
const NARROWER = {
  i16: ['i8', 'u8'],
  u16: ['u8'],
  i32: ['i8', 'u8', 'i16', 'u16'],
  u32: ['u8', 'u16'],
  f32: ['i8', 'u8', 'i16', 'u16'],
  f64: ['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'f32'],
};

/**
 * Whether a field can be read from what is stored.
 *
 * @param {Field} declared
 * @param {Field} stored
 * @returns {boolean}
 */
export function isReadable(declared, stored) {
  if (declared.kind === 'optional' && stored.kind !== 'optional') {
    return isSame(/** @type {Field} */ (declared.inner), stored);
  }
  if (declared.kind === 'optional' && declared.inner !== null && stored.inner !== null) {
    return isSame(declared.inner, stored.inner);
  }
  return isSame(declared, stored);
}

/**
 * Whether a number of one type holds all of another one.
 *
 * @param {string} declared
 * @param {string} stored
 * @returns {boolean}
 */
export function isWider(declared, stored) {
  return NARROWER[declared]?.includes(stored) === true;
}

/** @param {Field} declared @param {Field} stored */
function isSame(declared, stored) {
  if (declared.kind === 'enum' && stored.kind === 'enum') return true; // names are compared when read
  if (isWider(declared.kind, stored.kind)) return true;
  const { kind } = declared;
  if (kind === 'struct' && stored.kind === kind) {
    return targetName(declared.type, declared.link) === stored.type.target; // its layout may differ
  }
  const [a, b] = [typeText(declared.type, declared.link), typeText(stored.type, null)];
  return JSON.stringify(a) === JSON.stringify(b);
}
