/**
 * How the fields of packed structs are read and written, given the address of the field.
 *
 * Fields of fixed size are those of live structs. Where a live struct has the address of a box or struct a
 * packed one has a pointer. Only what does not change a length can be written in place.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-codec
 */
import { QbError } from '../base/errors.js';
import { CODECS, copyFields } from './codec.js';
import { fieldError } from './errors.js';
import { DictView } from './pack-dict.js';
import { POINTER_KINDS, PRESENCE, TAG } from './pack-format.js';
import { PackedList } from './pack-list.js';
import { readBody, readPointer } from './pack-read.js';
import { Session } from './pack-session.js';
import { PackedSet } from './pack-set.js';
import { DateTime, Decimal, NdArray } from './pack-values.js';
import { hintOf, nestedReader, nestedView, readStruct, sameReader } from './pack-view.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('./codec.js').Codec} Codec */
/** @typedef {import('./schema.js').Field} Field */
/** @typedef {import('./types.js').Kind} Kind */

/** @param {MemoryTable} m */
function sessionOf(m) {
  return /** @type {Session} */ (/** @type {unknown} */ (m.scope));
}

/**
 * @param {MemoryTable} _m
 * @param {number} _at
 * @param {unknown} _value
 * @param {Field} field
 */
function refuseWrite(_m, _at, _value, field) {
  throw new QbError(
    'PACKED',
    `${field.owner}.${field.name} is a ${field.type} and cannot be written in place: packed values stand one behind ` +
      'the other, and another length would run into the next. Pack a new value; only fields of fixed size ' +
      '(numbers, booleans, enums, dates, arrays) are written in place.',
  );
}

/**
 * A field whose value stands behind a pointer.
 *
 * @param {() => new (...args: never[]) => object} classOf the values (a function, because modules load in any
 *   order)
 * @returns {Codec}
 */
function pointed(classOf) {
  return {
    read(m, at, field) {
      const session = sessionOf(m);
      const body = session.follow(at);
      if (body === 0) return undefined;
      const value = readBody(session, body, elementHint(field));
      return value instanceof classOf() ? value : session.failField(field, body);
    },
    write: refuseWrite,
  };
}

/**
 * The class of the structs in a list, if that is known.
 *
 * @param {Field} field
 */
export function elementHint(field) {
  return field.type.inner?.kind === 'struct' ? hintOf(field.type.inner.target) : null;
}

/**
 * The class that a reference leads to, if that is known.
 *
 * @param {Field} field
 */
export function refHint(field) {
  return hintOf(field.link === null ? field.type.target : field.link);
}

/** @type {Codec} */
const string = {
  read(m, at) {
    const session = sessionOf(m);
    const body = session.follow(at);
    return body === 0 ? '' : session.text(body);
  },
  write: refuseWrite,
};

/** @type {Codec} */
const bytes = {
  read(m, at, field) {
    const session = sessionOf(m);
    const body = session.follow(at);
    if (body === 0) return new Uint8Array(0);
    const isBytes = session.tag(body) === TAG.BYTES;
    const value = isBytes ? readBody(session, body) : session.failField(field, body);
    return value;
  },
  write: refuseWrite,
};

/** @type {Codec} */
const any = { read: (m, at) => readPointer(sessionOf(m), at), write: refuseWrite };

/** @type {Codec} */
const ref = {
  read(m, at, field) {
    const session = sessionOf(m);
    const body = session.follow(at);
    if (body === 0) return null;
    const hint = refHint(field);
    const view = readStruct(session, body, hint);
    return hint === null || view instanceof hint.Base ? view : session.failClass(field);
  },
  write: refuseWrite,
};

/** @type {Codec} */
const nested = {
  read(m, at, field) {
    const session = sessionOf(m);
    return nestedView(session, nestedReader(session, field), at);
  },
  write(m, at, value, field) {
    const found = field.link?.found ?? null;
    const isSource = found !== null && value instanceof found.Base && Object.hasOwn(value, 'm');
    if (!isSource) throw fieldError(field, value);
    if (!isFixed(found.schema)) refuseWrite(m, at, value, field);
    copyFields(found.schema, /** @type {never} */ (value), m, at);
  },
};

/**
 * @param {import('./schema.js').Schema} schema
 * @returns {boolean} whether nothing of it stands behind a pointer
 */
export function isFixed(schema) {
  return schema.list.every(({ storedKind, link }) =>
    storedKind === 'struct' && link !== null
      ? isFixed(link.found.schema)
      : !POINTER_KINDS.includes(storedKind),
  );
}

/** @type {Codec} */
const optional = {
  read(m, at, field) {
    const presence = m.u8[at + field.presenceDistance];
    if (presence === PRESENCE.UNSET) return undefined;
    if (presence === PRESENCE.NULL) return null;
    const inner = /** @type {Field} */ (field.inner);
    return PACKED_CODECS[inner.kind].read(m, at, inner);
  },
  write(m, at, value, field) {
    const inner = /** @type {Field} */ (field.inner);
    const presence = at + field.presenceDistance;
    if (POINTER_KINDS.includes(inner.kind)) refuseWrite(m, at, value, field);
    if (value === undefined) m.u8[presence] = PRESENCE.UNSET;
    else if (value === null) m.u8[presence] = PRESENCE.NULL;
    else {
      PACKED_CODECS[inner.kind].write(m, at, value, inner);
      m.u8[presence] = PRESENCE.VALUE;
    }
  },
};

/** @type {Record<Kind, Codec>} */
export const PACKED_CODECS = {
  ...CODECS,
  string,
  bytes,
  any,
  ref,
  struct: nested,
  optional,
  list: pointed(() => PackedList),
  tuple: pointed(() => PackedList),
  set: pointed(() => PackedSet),
  dict: pointed(() => DictView),
  decimal: pointed(() => Decimal),
  datetime: pointed(() => DateTime),
  ndarray: pointed(() => NdArray),
};

/**
 * @param {Session} session
 * @param {Field} field of the class
 * @param {MemoryTable} m
 * @param {number} address of the struct
 * @returns {unknown}
 */
export function readStructField(session, field, m, address) {
  const stored = session.movedTo(field);
  if (stored === undefined) {
    return PACKED_CODECS[field.kind].read(m, address + field.offset, field);
  }
  if (stored === null) return firstValue(field);
  const bytes = stored.kind === 'struct' ? 0 : stored.bytes; // of a struct they are looked at there
  session.need(address + stored.offset + Math.max(bytes, stored.presenceDistance + 1), address);
  return PACKED_CODECS[stored.kind].read(m, address + stored.offset, stored);
}

/**
 * What a field reads as that the bytes do not have.
 *
 * @param {Field} field
 * @returns {unknown}
 */
export function firstValue(field) {
  if (field.kind === 'optional') return undefined;
  const bytes = field.offset + field.bytes;
  const empty = new Session(new ArrayBuffer(Math.ceil(bytes / 8) * 8), 0, bytes, false);
  if (field.kind === 'struct' && field.link !== null) {
    return nestedView(empty, sameReader(field.link.found, false), field.offset);
  }
  return PACKED_CODECS[field.kind].read(empty.m, field.offset, field);
}
