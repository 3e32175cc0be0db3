/**
 * Layouts of structs, wherever they come from: a schema, or the bytes of an image or packed value.
 *
 * Layer: entries. Any runtime.
 *
 * @module cli/layouts
 */
import { metaOf } from '../struct/link.js';
import { layoutOf } from '../struct/pack-layout.js';
import { checkInPlace, storedLayout, typeEntry } from '../struct/pack-stored.js';
import { hintOf } from '../struct/pack-view.js';

/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('../struct/schema.js').Field} Field */
/** @typedef {import('../struct/types.js').FieldType} FieldType */

/**
 * @typedef {object} FieldLayout
 * @property {string} name
 * @property {FieldType} type of an optional the type within
 * @property {number} offset
 * @property {number} bytes
 * @property {number} presence offset of the presence byte; -1: the field is not optional
 * @property {string} target of a struct in place or ref: its name, else ''
 */

/**
 * @typedef {object} StructLayout
 * @property {string} name
 * @property {number} bytes
 * @property {number} print
 * @property {number} code registered by the writer; 0 for none
 * @property {string} text the layout as JSON, '' when it is not known
 * @property {readonly FieldLayout[]} fields
 */

/**
 * @param {unknown} Class
 * @returns {StructLayout}
 */
export function layoutOfClass(Class) {
  const { schema } = metaOf(Class);
  const { print, text } = layoutOf(schema);
  const { name, bytes } = schema;
  return { name, bytes, print, code: 0, text, fields: schema.list.map(fieldLayout) };
}

/**
 * The layouts that bytes tell.
 *
 * @param {Session} session
 * @returns {StructLayout[]} by their index in the type table; those without text have no fields
 * @throws {import('../base/errors.js').QbError} `CORRUPT`
 */
export function layoutsOfSession(session) {
  const layouts = Array.from({ length: session.typeCount }, (_, index) => {
    const { bytes, print, code, at } = typeEntry(session, index);
    const stored = storedLayout(session, index);
    if (stored !== null) checkInPlace(session, stored);
    const text = stored === null ? '' : session.text(session.follow(at + 12));
    const fields = stored?.fields.map(fieldLayout) ?? [];
    return { name: stored?.name ?? `type ${index}`, bytes, print, code, text, fields };
  });
  const sizes = new Map(layouts.map(({ name, bytes }) => [name, bytes]));
  for (const { fields } of layouts) {
    for (const field of fields) {
      if (field.type.kind === 'struct') field.bytes = sizes.get(field.target) ?? 0;
    }
  }
  return layouts;
}

/** @param {Field} field @returns {FieldLayout} */
function fieldLayout(field) {
  const { name, offset, presenceDistance, kind } = field;
  const { type, link, bytes } = field.inner ?? field;
  const presence = kind === 'optional' ? offset + presenceDistance : -1;
  return { name, type, offset, bytes, presence, target: targetOf(type, link) };
}

/** @param {FieldType} type @param {Field['link']} link */
function targetOf({ kind, target }, link) {
  if (kind !== 'struct' && kind !== 'ref') return '';
  return typeof target === 'string' ? target : (link?.found.schema.name ?? '');
}

/**
 * A type as it is shown: `optional(list(u32))`, `enum(red, green)`.
 *
 * @param {FieldType} type
 * @returns {string}
 */
export function typeText(type) {
  const { kind, inner, items, names, count, target } = type;
  switch (kind) {
    case 'optional':
    case 'list':
    case 'set':
      return `${kind}(${inner === null ? '' : typeText(inner)})`;
    case 'array':
      return `array(${inner?.kind}, ${count})`;
    case 'tuple':
    case 'dict':
      return `${kind}(${(items ?? []).map(typeText).join(', ')})`;
    case 'enum':
      return `enum(${enumText(names ?? [])})`;
    case 'ndarray':
      return names === null ? kind : `${kind}(${names[0]})`;
    case 'struct':
    case 'ref':
      return `${kind}(${typeof target === 'string' ? target : nameOf(target)})`;
    default:
      return kind;
  }
}

/** Most names of an enum that are shown. */
const ENUM_NAMES_SHOWN = 8;

/** @param {readonly string[]} names */
function enumText(names) {
  const shown = names.slice(0, ENUM_NAMES_SHOWN).join(', ');
  return names.length > ENUM_NAMES_SHOWN ? `${shown}, ... ${names.length} names` : shown;
}

/** @param {unknown} target a class, or a function that gives one */
function nameOf(target) {
  return hintOf(target)?.schema.name ?? '';
}
