/**
 * Writing structs, and the table of their types.
 *
 * A packed struct has the offsets of a live one; where a live one has addresses it has pointers. Values come from
 * a plain object, a live view or a packed view. Views are read through the field table, not through their
 * getters.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-struct
 */
import { describe, QbError } from '../base/errors.js';
import { CODECS, readField } from './codec.js';
import { FieldTypeError } from './errors.js';
import { BODY_BYTES, FLAG, HEAD, PRESENCE, TAG, TYPE_ENTRY_BYTES } from './pack-format.js';
import { layoutOf } from './pack-layout.js';
import { nameOf, Part, refusal } from './pack-place.js';
import { checkTypeCount, registrationOf } from './pack-types.js';
import { isView, metaOfView } from './reflect.js';
import { scopeOf } from './scope.js';

/** @typedef {import('./link.js').StructMeta} StructMeta */
/** @typedef {import('./pack-write.js').Packer} Packer */
/** @typedef {import('./pack-place.js').Place} Place */
/** @typedef {import('./schema.js').Field} Field */
/** @typedef {import('./schema.js').Schema} Schema */
/** @typedef {import('./scope.js').View} View */

/**
 * The types of the structs in one packed value.
 */
export class TypeTable {
  #withLayouts;
  /** @type {{ schema: Schema, code: number }[]} */
  #entries = [];
  /** @type {Map<StructMeta, number>} */
  #indices = new Map();
  /** @type {Map<string, Schema>} */
  #names = new Map();

  /** @param {boolean} withLayouts */
  constructor(withLayouts) {
    this.#withLayouts = withLayouts;
  }

  /**
   * @param {StructMeta} meta
   * @returns {number} index of the type
   */
  indexOf(meta) {
    const known = this.#indices.get(meta);
    if (known !== undefined) return known;
    const { schema } = meta;
    const code = registrationOf(meta)?.code ?? 0;
    const same = this.#names.get(schema.name);
    if (same !== undefined && same !== schema) {
      throw new QbError(
        'AMBIGUOUS',
        `two different structs are called ${schema.name}, and packed bytes tell types by their names. ` +
          'Rename one, or pack them apart.',
      );
    }
    this.#names.set(schema.name, schema);
    let index = this.#entries.findIndex((entry) => entry.schema === schema && entry.code === code);
    if (index < 0) {
      index = this.#entries.length;
      checkTypeCount(index);
      this.#entries.push({ schema, code });
    }
    this.#indices.set(meta, index);
    for (const field of schema.nested) {
      if (field.link !== null) this.indexOf(field.link.found);
    }
    return index;
  }

  /** @param {Packer} packer */
  write({ out }) {
    const entries = this.#entries;
    if (entries.length === 0) return;
    const table = out.body(TAG.TYPES, 0, 0, entries.length, entries.length * TYPE_ENTRY_BYTES);
    out.point(HEAD.TYPES, table);
    /** @type {Map<Schema, number>} */
    const texts = new Map();
    entries.forEach(({ schema, code }, i) => {
      const at = table + BODY_BYTES + i * TYPE_ENTRY_BYTES;
      const { utf8, print } = layoutOf(schema);
      out.m.u16[at >>> 1] = code;
      out.m.u32[(at + 4) >>> 2] = schema.bytes;
      out.m.u32[(at + 8) >>> 2] = print;
      if (!this.#withLayouts) return;
      let text = texts.get(schema);
      if (text === undefined) {
        text = out.body(TAG.STRING, 0, 0, utf8.length, utf8.length);
        out.m.u8.set(utf8, text + BODY_BYTES);
        texts.set(schema, text);
      }
      out.point(at + 12, text);
    });
  }
}

/**
 * Writes a struct, or finds that it stands there already.
 *
 * @param {Packer} packer
 * @param {number} at position of the pointer
 * @param {unknown} value a view, or an object with fields
 * @param {StructMeta} declared what it must be; a view may be of a class that derives from it
 * @param {Place} place
 */
export function putStruct(packer, at, value, declared, place) {
  const { out } = packer;
  const source = checkSource(value, declared, place);
  const known = placeOf(packer, source);
  if (known !== undefined) {
    out.point(at, known);
    return;
  }
  if (packer.pointToKnown(at, declared.schema, source)) return;
  const meta = isView(source) ? metaOfView(source) : declared;
  const packed = preparedBy(packer, meta, source, place);
  const { schema } = meta;
  const body = out.body(TAG.STRUCT, 0, packer.types.indexOf(meta), schema.bytes, schema.bytes);
  packer.pointToNew(at, declared.schema, source, body);
  notePlace(packer, source, body);
  packer.tasks.push(() => fill(packer, body + BODY_BYTES, packed, schema, place));
}

/**
 * Writes structs of one type, one behind the other.
 *
 * @param {Packer} packer
 * @param {unknown[]} items
 * @param {StructMeta} meta
 * @param {boolean} isTuple
 * @param {Place} place
 * @returns {number} position of the body
 */
export function putStructs(packer, items, meta, isTuple, place) {
  const { out } = packer;
  const { schema } = meta;
  const index = packer.types.indexOf(meta);
  const flags = isTuple ? FLAG.TUPLE : 0;
  const body = out.body(TAG.STRUCTS, flags, index, items.length, items.length * schema.bytes);
  packer.tasks.push(() => {
    items.forEach((item, i) => {
      const where = new Part(place, i);
      putInPlace(packer, body + BODY_BYTES + i * schema.bytes, item, meta, where);
    });
  });
  return body;
}

/**
 * Writes the fields of a struct to a place that is there.
 *
 * @param {Packer} packer
 * @param {number} at
 * @param {unknown} value a view, or an object with fields
 * @param {StructMeta} meta
 * @param {Place} place
 */
export function putInPlace(packer, at, value, meta, place) {
  const source = preparedBy(packer, meta, checkSource(value, meta, place), place);
  fill(packer, at, source, meta.schema, place);
}

/**
 * @param {unknown} value
 * @param {StructMeta} meta
 * @param {Place} place
 * @returns {object} a view of the class, or an object that is no view
 */
function checkSource(value, meta, place) {
  const allowed = `a ${meta.schema.name} or an object with its fields`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw refusal(place, allowed, 'object', value);
  }
  if (!isView(value)) return value;
  if (!(value instanceof meta.Base)) throw refusal(place, allowed, 'object', value);
  return value;
}

/**
 * What the hooks of a class make of a value.
 *
 * @param {Packer} packer
 * @param {StructMeta} meta
 * @param {object} source
 * @param {Place} place
 * @returns {object}
 */
function preparedBy(packer, meta, source, place) {
  const { prePack, postPack } = registrationOf(meta)?.options ?? {};
  if (postPack !== undefined) packer.after.push(() => postPack(source));
  return prePack === undefined ? source : checkSource(prePack(source), meta, place);
}

/* ---- fields ---- */

/**
 * @param {Packer} packer
 * @param {number} at position of the struct
 * @param {object} source
 * @param {Schema} schema
 * @param {Place} place
 */
function fill(packer, at, source, schema, place) {
  if (isView(source)) {
    for (const field of schema.list) {
      putField(packer, at, field, readField(field, source.m, source.address), place);
    }
    return;
  }
  const values = /** @type {Record<string, unknown>} */ (source);
  for (const name of Object.keys(values)) {
    if (schema.fields[name] !== undefined) continue;
    throw new FieldTypeError(
      `${nameOf(place)}: ${schema.name} has no field ${describe(name)}; there are ` +
        `${Object.keys(schema.fields).join(', ')}.`,
      name,
      values[name],
    );
  }
  for (const field of schema.list) {
    const value = values[field.name];
    if (value !== undefined) putField(packer, at, field, value, place);
  }
}

/**
 * @param {Packer} packer
 * @param {number} struct position
 * @param {Field} field
 * @param {unknown} value
 * @param {Place} place of the struct
 */
function putField(packer, struct, field, value, place) {
  const { m } = packer.out;
  const at = struct + field.offset;
  switch (field.kind) {
    case 'optional': {
      if (value === undefined) return;
      const presence = at + field.presenceDistance;
      if (value === null) {
        m.u8[presence] = PRESENCE.NULL;
        return;
      }
      putField(packer, struct, /** @type {Field} */ (field.inner), value, place);
      packer.out.m.u8[presence] = PRESENCE.VALUE;
      return;
    }
    case 'struct': {
      const { found } = /** @type {import('./link.js').Link} */ (field.link);
      putInPlace(packer, at, value, found, new Part(place, field.name));
      return;
    }
    case 'ref': {
      if (value === null) return;
      const { found } = /** @type {import('./link.js').Link} */ (field.link);
      putStruct(packer, at, value, found, new Part(place, field.name));
      return;
    }
    case 'string':
    case 'bytes': {
      const isEmpty =
        value === '' ||
        (value instanceof Uint8Array && value.length === 0 && field.kind === 'bytes');
      if (isEmpty) return;
      packer.putAs(at, field.type, value, new Part(place, field.name));
      return;
    }
    case 'any':
    case 'list':
    case 'tuple':
    case 'set':
    case 'dict':
    case 'decimal':
    case 'datetime':
    case 'ndarray':
      if (value === undefined) return;
      packer.putAs(at, field.type, value, new Part(place, field.name));
      return;
    default:
      CODECS[field.kind].write(m, at, value, field);
  }
}

/* ---- identity of views ---- */

/**
 * What an address is an address in.
 *
 * @param {View} view
 */
function memoryOf({ m }) {
  const scope = scopeOf(m);
  return /** @type {string} */ (scope.kind) === 'packed' ? scope : scope.heap.memory;
}

/**
 * @param {Packer} packer
 * @param {object} source
 * @returns {number | undefined} the body of the struct that it is a view of
 */
function placeOf({ places }, source) {
  if (!isView(source)) return undefined;
  return places.get(memoryOf(source))?.get(metaOfView(source).schema)?.get(source.address);
}

/**
 * @param {Packer} packer
 * @param {object} source
 * @param {number} body
 */
function notePlace({ places }, source, body) {
  if (!isView(source)) return;
  const memory = memoryOf(source);
  let schemas = places.get(memory);
  if (schemas === undefined) {
    schemas = new Map();
    places.set(memory, schemas);
  }
  const { schema } = metaOfView(source);
  let addresses = schemas.get(schema);
  if (addresses === undefined) {
    addresses = new Map();
    schemas.set(schema, addresses);
  }
  addresses.set(source.address, body);
}
