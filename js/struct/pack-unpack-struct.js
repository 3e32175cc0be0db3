/**
 * Plain objects from structs: the part of pack-unpack.js that knows fields.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-unpack-struct
 */
import { CODECS } from './codec.js';
import { elementHint, firstValue, refHint } from './pack-codec.js';
import { BODY_BYTES, COUNT, FLAG, KIND_TAGS, PRESENCE } from './pack-format.js';
import { define } from './pack-json.js';
import { registrationOf } from './pack-types.js';
import { RECURSION_MAX } from './pack-unpack.js';
import { DateTime, NdArray, Tuple } from './pack-values.js';
import { isOfClass, nestedReader, readerAt, readerOf } from './pack-view.js';

/** @typedef {import('./link.js').StructMeta} StructMeta */
/** @typedef {import('./pack-unpack.js').Unpacker} Unpacker */
/** @typedef {import('./pack-values.js').Numbers} Numbers */
/** @typedef {import('./pack-view.js').StructReader} StructReader */
/** @typedef {import('./schema.js').Field} Field */
/** @typedef {Record<string, unknown>} PlainObject */

/**
 * @param {Unpacker} unpacker
 * @param {number} body of a struct
 * @param {StructReader} reader of it
 * @param {number} depth
 * @returns {unknown} a plain object
 */
export function unpackStruct(unpacker, body, reader, depth) {
  const known = unpacker.known(body, reader);
  if (known !== undefined) return known;
  if (unpacker.isNew(body)) unpacker.spend(reader.bytes);
  const made = unpacker.note(body, begin(unpacker, reader), reader);
  fillLater(unpacker, made, reader, body + BODY_BYTES, depth);
  return made;
}

/**
 * @param {Unpacker} unpacker
 * @param {number} body of structs
 * @param {number} word its first
 * @param {StructMeta | null} hint what class they should be
 * @param {number} depth
 * @returns {unknown} an array or Tuple of plain objects
 */
export function unpackStructs(unpacker, body, word, hint, depth) {
  const { session, m } = unpacker;
  const reader = readerAt(session, word >>> 16, hint, body);
  const known = unpacker.known(body, reader);
  if (known !== undefined) return known;
  const count = m.u32[(body + COUNT) >>> 2];
  session.need(body + BODY_BYTES + count * reader.bytes, body);
  if (unpacker.isNew(body)) unpacker.spend(count * reader.bytes);
  const isTuple = (word & (FLAG.TUPLE << 8)) !== 0;
  /** @type {unknown[]} */
  const made = unpacker.note(body, isTuple ? new Tuple() : [], reader);
  for (let i = 0; i < count; i++) {
    const one = begin(unpacker, reader);
    made.push(one);
    fillLater(unpacker, one, reader, body + BODY_BYTES + i * reader.bytes, depth);
  }
  return isTuple ? Object.freeze(made) : made;
}

/**
 * @param {Unpacker} unpacker
 * @param {StructReader} reader
 * @returns {PlainObject} still empty
 */
function begin({ hooks }, { meta }) {
  /** @type {PlainObject} */
  const made = {};
  const { postUnpack } = (meta === null ? null : registrationOf(meta))?.options ?? {};
  if (postUnpack !== undefined) hooks.push(() => postUnpack(made));
  return made;
}

/**
 * @param {Unpacker} unpacker
 * @param {PlainObject} made
 * @param {StructReader} reader
 * @param {number} at
 * @param {number} depth
 */
function fillLater(unpacker, made, reader, at, depth) {
  if (depth < RECURSION_MAX) fill(unpacker, made, reader, at, depth + 1);
  else unpacker.tasks.push(() => fill(unpacker, made, reader, at, 0));
}

/**
 * @param {Unpacker} unpacker
 * @param {PlainObject} made
 * @param {StructReader} reader
 * @param {number} at
 * @param {number} depth
 */
function fill(unpacker, made, { steps }, at, depth) {
  for (let i = 0; i < steps.length; i++) {
    const { declared, stored } = steps[i];
    const value =
      stored === null
        ? plainFirstValue(declared)
        : fieldAt(unpacker, stored, stored.kind, at + stored.offset, depth);
    if (value !== undefined) define(made, declared.name, value);
  }
}

/**
 * @param {Unpacker} unpacker
 * @param {Field} field
 * @param {Field['kind']} kind
 * @param {number} at address of the field
 * @param {number} depth
 * @returns {unknown}
 */
function fieldAt(unpacker, field, kind, at, depth) {
  const { session, m } = unpacker;
  switch (kind) {
    case 'optional': {
      const presence = m.u8[at + field.presenceDistance];
      if (presence === PRESENCE.UNSET) return undefined;
      if (presence === PRESENCE.NULL) return null;
      const inner = /** @type {Field} */ (field.inner);
      return fieldAt(unpacker, inner, inner.kind, at, depth);
    }
    case 'string': {
      const body = session.follow(at);
      return body === 0 ? '' : unpacker.text(body);
    }
    case 'struct': {
      const reader = nestedReader(session, field);
      session.need(at + reader.bytes, at);
      const made = begin(unpacker, reader);
      fillLater(unpacker, made, reader, at, depth);
      return made;
    }
    case 'array':
      return /** @type {Numbers} */ (CODECS.array.read(m, at, field)).slice();
    case 'any':
      return unpacker.pointer(at, depth);
    case 'ref': {
      const body = session.follow(at);
      if (body === 0) return null;
      const hint = refHint(field);
      const reader = readerOf(session, body, hint);
      if (!isOfClass(reader, hint)) session.failClass(field);
      return unpackStruct(unpacker, body, reader, depth);
    }
    default:
      return KIND_TAGS[kind] === undefined
        ? fixedAt(m, field, kind, at)
        : pointedAt(unpacker, field, kind, at, depth);
  }
}

/**
 * @param {Unpacker} unpacker
 * @param {Field} field
 * @param {Field['kind']} kind
 * @param {number} at
 * @param {number} depth
 * @returns {unknown}
 */
function pointedAt(unpacker, field, kind, at, depth) {
  const { session } = unpacker;
  const body = session.follow(at);
  if (body === 0) return kind === 'bytes' ? new Uint8Array(0) : undefined;
  if (!KIND_TAGS[kind].includes(session.tag(body))) session.failField(field, body);
  const value = unpacker.body(body, elementHint(field), depth);
  const isOther =
    (kind === 'ndarray' && !(value instanceof NdArray)) ||
    (kind === 'datetime' && !(value instanceof DateTime));
  return isOther ? session.failField(field, body) : value;
}

/**
 * What stands in place. The codecs do the same; these reads the engine can compile for one kind of array each.
 *
 * @param {import('../base/memory.js').MemoryTable} m
 * @param {Field} field
 * @param {Field['kind']} kind
 * @param {number} at
 * @returns {unknown}
 */
function fixedAt(m, field, kind, at) {
  switch (kind) {
    case 'bool':
      return m.u8[at] !== 0;
    case 'u8':
      return m.u8[at];
    case 'u16':
      return m.u16[at >>> 1];
    case 'i32':
      return m.i32[at >>> 2];
    case 'u32':
      return m.u32[at >>> 2];
    case 'f32':
      return m.f32[at >>> 2];
    case 'f64':
      return m.f64[at >>> 3];
    default:
      return CODECS[kind].read(m, at, field);
  }
}

/**
 * @param {Field} field
 * @returns {unknown} what it is when the bytes do not have it
 */
function plainFirstValue(field) {
  if (field.kind !== 'struct' || field.link === null) return firstValue(field);
  const values = field.link.found.schema.list.map((inner) => [inner.name, plainFirstValue(inner)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
