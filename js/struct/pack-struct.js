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
import { QbError } from '../base/errors.js';
import { CODECS, readField } from './codec.js';
import { FieldTypeError } from './errors.js';
import { BODY_BYTES, FLAG, HEAD, PRESENCE, TAG, TYPE_ENTRY_BYTES } from './pack-format.js';
import { containerKind } from './pack-hash.js';
import { layoutOf } from './pack-layout.js';
import { changedError, instanceText, nameOf, Part, refusal } from './pack-place.js';
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
  /** The one that was asked for last. @type {StructMeta | null} */
  #last = null;
  #lastIndex = 0;

  /** @param {boolean} withLayouts */
  constructor(withLayouts) {
    this.#withLayouts = withLayouts;
  }

  /** Forgets the types. @param {boolean} withLayouts */
  reset(withLayouts) {
    this.#withLayouts = withLayouts;
    if (this.#entries.length === 0) return;
    this.#last = null;
    this.#entries = [];
    this.#indices.clear();
    this.#names.clear();
  }

  /**
   * @param {StructMeta} meta
   * @returns {number} index of the type
   */
  indexOf(meta) {
    if (meta !== this.#last) {
      this.#lastIndex = this.#indices.get(meta) ?? this.#add(meta);
      this.#last = meta;
    }
    return this.#lastIndex;
  }

  /** @param {StructMeta} meta @returns {number} */
  #add(meta) {
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
  const view = isView(source) ? source : null;
  const known = view === null ? undefined : placeOf(packer, view);
  if (known !== undefined) {
    out.point(at, known);
    return;
  }
  if (packer.pointToKnown(at, declared.schema, source)) return;
  const meta = view === null ? declared : metaOfView(view);
  const packed = preparedBy(packer, meta, source, place);
  const { schema } = meta;
  const body = out.body(TAG.STRUCT, 0, packer.types.indexOf(meta), schema.bytes, schema.bytes);
  packer.pointToNew(at, declared.schema, source, body);
  if (view !== null) notePlace(packer, view, body);
  const kept = place.keep();
  packer.tasks.push(() => fill(packer, body + BODY_BYTES, packed, schema, kept));
}

/**
 * Writes structs of one type, one behind the other.
 *
 * @param {Packer} packer
 * @param {readonly unknown[]} items
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
  const count = items.length;
  const kept = place.keep();
  packer.tasks.push(() => {
    if (items.length !== count) throw changedError(kept, count, items.length);
    const where = new Part(kept, 0);
    for (let i = 0; i < count; i++) {
      where.key = i;
      putInPlace(packer, body + BODY_BYTES + i * schema.bytes, items[i], meta, where);
    }
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
  if (typeof value !== 'object' || value === null) throw refusal(place, allowed, 'object', value);
  if (!isView(value)) {
    const isOther =
      containerKind(value) !== '' || ArrayBuffer.isView(value) || value instanceof Date;
    if (!isOther) return value;
    const shown = Array.isArray(value) ? 'an array' : instanceText(value);
    throw refusal(place, allowed, 'object', value, shown);
  }
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
  const where = new Part(place.keep(), '');
  const { list } = schema;
  if (isView(source)) {
    for (let i = 0; i < list.length; i++) {
      putField(packer, at, list[i], readField(list[i], source.m, source.address), where);
    }
    return;
  }
  const values = /** @type {Record<string, unknown>} */ (source);
  checkNames(values, schema, place);
  for (let i = 0; i < list.length; i++) {
    const value = values[list[i].name];
    if (value !== undefined) putField(packer, at, list[i], value, where);
  }
}

/** @param {Record<string, unknown>} values @param {Schema} schema @param {Place} place */
function checkNames(values, { name: owner, fields }, place) {
  for (const name of Object.keys(values)) {
    if (fields[name] !== undefined) continue;
    const where = nameOf(place);
    throw new FieldTypeError(
      `${where === owner ? '' : `${where}: `}${owner} has no field ${JSON.stringify(name)}; there are ` +
        `${Object.keys(fields).join(', ')}.`,
      name,
      values[name],
    );
  }
}

/**
 * @param {Packer} packer
 * @param {number} struct position
 * @param {Field} field
 * @param {unknown} value
 * @param {Part} where in the struct
 */
function putField(packer, struct, field, value, where) {
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
      putField(packer, struct, /** @type {Field} */ (field.inner), value, where);
      packer.out.m.u8[presence] = PRESENCE.VALUE;
      return;
    }
    case 'struct': {
      where.key = field.name;
      putInPlace(packer, at, value, linked(field), where);
      return;
    }
    case 'ref': {
      if (value === null) return;
      where.key = field.name;
      putStruct(packer, at, value, linked(field), where);
      return;
    }
    case 'string':
    case 'bytes': {
      const isEmpty =
        value === '' ||
        (value instanceof Uint8Array && value.length === 0 && field.kind === 'bytes');
      if (isEmpty) return;
      where.key = field.name;
      packer.putAs(at, field.type, value, where);
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
      where.key = field.name;
      packer.putAs(at, field.type, value, where);
      return;
    default:
      putFixed(m, at, value, field);
  }
}

/**
 * What stands in place. The codecs do the same; these writes the engine can compile for one kind of array each.
 *
 * @param {import('../base/memory.js').MemoryTable} m
 * @param {number} at
 * @param {unknown} value
 * @param {Field} field
 */
function putFixed(m, at, value, field) {
  if (typeof value === 'number') {
    switch (field.kind) {
      case 'f64':
        m.f64[at >>> 3] = value;
        return;
      case 'u8':
        if ((value & 0xff) !== value) break;
        m.u8[at] = value;
        return;
      case 'i32':
        if ((value | 0) !== value) break;
        m.i32[at >>> 2] = value;
        return;
      case 'u32':
        if (value >>> 0 !== value) break;
        m.u32[at >>> 2] = value;
        return;
    }
  }
  CODECS[field.kind].write(m, at, value, field); // also says what does not fit
}

/** @param {Field} field */
function linked({ link }) {
  return /** @type {import('./link.js').Link} */ (link).found;
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
 * @param {View} view
 * @returns {number | undefined} the body of the struct that it is a view of
 */
function placeOf({ places }, view) {
  return places.get(memoryOf(view))?.get(metaOfView(view).schema)?.get(view.address);
}

/**
 * @param {Packer} packer
 * @param {View} view
 * @param {number} body
 */
function notePlace({ places }, view, body) {
  const memory = memoryOf(view);
  let schemas = places.get(memory);
  if (schemas === undefined) {
    schemas = new Map();
    places.set(memory, schemas);
  }
  const { schema } = metaOfView(view);
  let addresses = schemas.get(schema);
  if (addresses === undefined) {
    addresses = new Map();
    schemas.set(schema, addresses);
  }
  addresses.set(view.address, body);
}
