/**
 * How the bytes of each kind are read and written, given the address of the field.
 *
 * This is what walks a field table: printing, comparing, copying, and the accessors of every kind that
 * is not hot. The hot kinds have accessors of their own (accessors.js), which do the same.
 *
 * A write checks first and throws before anything is changed.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/codec
 */

import { FieldTypeError, fieldError } from './errors.js';
import { BOXED_KINDS } from './schema.js';
import { tableAt, writeReference } from './scope.js';
import {
  clearSlot,
  readAny,
  readBytes,
  readString,
  timeOf,
  writeAny,
  writeBytes,
  writeString,
} from './slot.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('./schema.js').Field} Field */
/** @typedef {import('./scope.js').View} View */
/** @typedef {import('./types.js').Kind} Kind */
/** @typedef {import('./types.js').NumericKind} NumericKind */

/**
 * @typedef {object} Codec
 * @property {(m: MemoryTable, at: number, field: Field) => unknown} read
 * @property {(m: MemoryTable, at: number, value: unknown, field: Field) => void} write
 */

/** Largest finite float. */
const F32_MAX = 3.4028234663852886e38;

/**
 * @param {unknown} value
 * @returns {value is number} that a float can hold: rounded, infinite or NaN, but not made infinite
 */
export function fitsF32(value) {
  if (typeof value !== 'number') return false;
  if (value >= -F32_MAX && value <= F32_MAX) return true;
  return !Number.isFinite(value) || Number.isFinite(Math.fround(value));
}

/**
 * @param {number} min
 * @param {number} max
 * @returns {(value: unknown) => value is number}
 */
function integer(min, max) {
  return /** @type {(value: unknown) => value is number} */ (
    (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max
  );
}

/** Whether a value fits a number type. @type {Record<NumericKind, (value: unknown) => boolean>} */
export const FITS = {
  i8: integer(-0x80, 0x7f),
  u8: integer(0, 0xff),
  i16: integer(-0x8000, 0x7fff),
  u16: integer(0, 0xffff),
  i32: integer(-0x80000000, 0x7fffffff),
  u32: integer(0, 0xffffffff),
  f32: fitsF32,
  f64: (value) => typeof value === 'number',
  i64: (value) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
  u64: (value) => typeof value === 'bigint' && BigInt.asUintN(64, value) === value,
};

/**
 * @param {NumericKind} kind
 * @returns {Codec}
 */
function numeric(kind) {
  const fits = FITS[kind];
  return {
    read: (m, at) => m[kind][at / m[kind].BYTES_PER_ELEMENT],
    write(m, at, value, field) {
      if (!fits(value)) throw fieldError(field, value);
      const array = /** @type {Record<number, unknown> & { BYTES_PER_ELEMENT: number }} */ (
        /** @type {unknown} */ (m[kind])
      );
      array[at / array.BYTES_PER_ELEMENT] = value;
    },
  };
}

/** @type {Codec} */
const bool = {
  read: (m, at) => m.u8[at] !== 0,
  write(m, at, value, field) {
    if (typeof value !== 'boolean') throw fieldError(field, value);
    m.u8[at] = value ? 1 : 0;
  },
};

/** @type {Codec} */
const oneOf = {
  read(m, at, field) {
    const names = field.type.names ?? [];
    const code = field.type.bytes === 1 ? m.u8[at] : m.u16[at >>> 1];
    if (code < names.length) return names[code];
    throw new FieldTypeError(
      `${field.owner}.${field.name} holds ${code}, which is none of its ${names.length} names. ` +
        'Whoever wrote it has another definition of the enum.',
      field.name,
      code,
    );
  },
  write(m, at, value, field) {
    const code = (field.type.names ?? []).indexOf(/** @type {string} */ (value));
    if (code < 0) throw fieldError(field, value);
    if (field.type.bytes === 1) m.u8[at] = code;
    else m.u16[at >>> 1] = code;
  },
};

/** @type {Codec} */
const date = {
  read: (m, at) => new Date(m.f64[at >>> 3]),
  write(m, at, value, field) {
    const time = timeOf(value);
    if (time === undefined) throw fieldError(field, value);
    m.f64[at >>> 3] = time;
  },
};

/** @type {Codec} */
const ref = {
  read(m, at, field) {
    const address = m.u32[at >>> 2];
    if (address === 0) return null;
    const { View, schema } = linkOf(field).found;
    return new View(address, tableAt(m, at, address, schema.bytes));
  },
  write(m, at, value, field) {
    if (value !== null && !isViewOf(field, value)) throw fieldError(field, value);
    writeReference(m, at, value);
  },
};

/** @type {Codec} */
const array = {
  read(m, at, field) {
    const { count } = field.type;
    const all = m[elementKind(field)];
    const start = at / all.BYTES_PER_ELEMENT;
    return all.subarray(start, start + count);
  },
  write(m, at, value, field) {
    const { count } = field.type;
    const kind = elementKind(field);
    const values = elementsOf(value, count);
    if (values === undefined) throw fieldError(field, value);
    const bad = values.findIndex((element) => !FITS[kind](element));
    if (bad >= 0) {
      const element = {
        owner: field.owner,
        name: `${field.name}[${bad}]`,
        type: arrayInner(field),
      };
      throw fieldError(element, values[bad]);
    }
    const all = /** @type {Float64Array} */ (/** @type {unknown} */ (m[kind]));
    all.set(/** @type {number[]} */ (values), at / all.BYTES_PER_ELEMENT);
  },
};

/** @type {Codec} */
const nested = {
  read(m, at, field) {
    return new (linkOf(field).found.View)(at, m);
  },
  write(m, at, value, field) {
    if (!isViewOf(field, value)) throw fieldError(field, value);
    copyFields(linkOf(field).found.schema, value, m, at);
  },
};

/** @type {Codec} */
const optional = {
  read(m, at, field) {
    if (m.u8[at + field.presenceDistance] === 0) return undefined;
    const inner = innerOf(field);
    return CODECS[inner.kind].read(m, at, inner);
  },
  write(m, at, value, field) {
    const inner = innerOf(field);
    const presence = at + field.presenceDistance;
    if (value === undefined) {
      m.u8[presence] = 0;
      if (inner.kind === 'ref') writeReference(m, at, null);
      else if (BOXED_KINDS.includes(inner.kind)) clearSlot(m, at);
      return;
    }
    CODECS[inner.kind].write(m, at, value, inner);
    m.u8[presence] = 1;
  },
};

/** Values that exist in packed bytes only. @type {Codec} */
const packedOnly = {
  read: () => undefined, // unset, as it is for ever
  write: (_m, _at, _value, field) => {
    throw packedError(field);
  },
};

/** @param {Field} field */
function packedError({ owner, name, type }) {
  return new FieldTypeError(
    `${owner}.${name} is a ${type}, which a struct in the memory cannot hold; it is for packed structs: ` +
      `${owner}.pack({ ... }) of qbwasm/image.`,
    name,
  );
}

/** @type {Record<Kind, Codec>} */
export const CODECS = {
  i8: numeric('i8'),
  u8: numeric('u8'),
  i16: numeric('i16'),
  u16: numeric('u16'),
  i32: numeric('i32'),
  u32: numeric('u32'),
  f32: numeric('f32'),
  f64: numeric('f64'),
  i64: numeric('i64'),
  u64: numeric('u64'),
  bool,
  enum: oneOf,
  date,
  ref,
  string: { read: readString, write: writeString },
  bytes: { read: readBytes, write: writeBytes },
  any: { read: readAny, write: writeAny },
  array,
  struct: nested,
  optional,
  list: packedOnly,
  tuple: packedOnly,
  set: packedOnly,
  dict: packedOnly,
  decimal: packedOnly,
  datetime: packedOnly,
  ndarray: packedOnly,
};

/**
 * @param {Field} field
 * @param {MemoryTable} m
 * @param {number} address of the struct
 * @returns {unknown}
 */
export function readField(field, m, address) {
  const scope = /** @type {{ kind: string, readField: typeof readField } | null} */ (m.scope);
  if (scope !== null && scope.kind === 'packed') return scope.readField(field, m, address);
  return CODECS[field.kind].read(m, address + field.offset, field);
}

/**
 * @param {Field} field
 * @param {MemoryTable} m
 * @param {number} address of the struct
 * @param {unknown} value
 */
export function writeField(field, m, address, value) {
  CODECS[field.kind].write(m, address + field.offset, value, field);
}

/**
 * Copies the values of a struct into another place: boxes anew, references as they are.
 *
 * @param {import('./schema.js').Schema} schema
 * @param {View} source
 * @param {MemoryTable} m of the target
 * @param {number} address of the target
 */
export function copyFields(schema, source, m, address) {
  for (const field of schema.list) {
    writeField(field, m, address, readField(field, source.m, source.address));
  }
}

/**
 * @param {Field} field
 * @param {unknown} value
 * @returns {value is View}
 */
function isViewOf(field, value) {
  return (
    value instanceof linkOf(field).found.Base && Object.hasOwn(value, 'm') // not the prototype itself
  );
}

/**
 * The elements of an array or typed array of the right length, as a private array.
 *
 * @param {unknown} value
 * @param {number} count
 * @returns {unknown[] | undefined}
 */
function elementsOf(value, count) {
  const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value);
  if (!isList) return undefined;
  const list = /** @type {ArrayLike<unknown>} */ (/** @type {unknown} */ (value));
  return list.length === count ? Array.from(list) : undefined;
}

/** @param {Field} field */
function innerOf(field) {
  return /** @type {Field} */ (field.inner);
}

/** @param {Field} field */
function linkOf(field) {
  return /** @type {import('./link.js').Link} */ (field.link);
}

/** @param {Field} field */
function elementKind(field) {
  return /** @type {NumericKind} */ (arrayInner(field).kind);
}

/** @param {Field} field */
function arrayInner(field) {
  return /** @type {import('./types.js').FieldType} */ (field.type.inner);
}
