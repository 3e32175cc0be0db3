import { CODECS, readField } from './codec.js';
import { FieldTypeError } from './errors.js';
import { BODY_BYTES, FLAG, PRESENCE, TAG } from './pack-format.js';
import { containerKind } from './pack-hash.js';
import { changedError, instanceText, nameOf, Part, refusal } from './pack-place.js';
import { registrationOf } from './pack-types.js';
import { isView, metaOfView } from './reflect.js';
import { scopeOf } from './scope.js';

/** @typedef {import('./link.js').StructMeta} StructMeta */
/** @typedef {import('./pack-write.js').Packer} Packer */
/** @typedef {import('./pack-place.js').Place} Place */
/** @typedef {import('./schema.js').Field} Field */
/** @typedef {import('./schema.js').Schema} Schema */
/** @typedef {import('./scope.js').View} View */

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
