/**
 * Accessors of fields: on the prototype for views, and by address for hot loops.
 *
 * A view's accessor comes from the literal bank (generated/accessors.js): schema n uses copy n mod 16, so that
 * what the engine learns of one schema does not spoil another. A static accessor knows its table instead of
 * finding it in a view, meets one shape only, and needs no copies.
 *
 * A field's name becomes the key of a property, by Object.fromEntries or defineProperty, and never code.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/accessors
 */
import { CODECS, fitsF32 } from './codec.js';
import { fieldError } from './errors.js';
import { BANK } from './generated/accessors.js';
import { nullMap } from './schema.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('./codec.js').Codec} Codec */
/** @typedef {import('./link.js').Link} Link */
/** @typedef {import('./schema.js').Field} Field */
/** @typedef {import('./scope.js').View} View */
/** @typedef {import('./types.js').NumericKind} NumericKind */

/**
 * @template T
 * @typedef {object} AccessorPair
 * @property {(offset: number) => (this: View) => T} getter
 * @property {(offset: number, refuse: (value: unknown) => void) => (this: View, value: T) => void} setter
 */

/**
 * @typedef {object} OtherPair
 * @property {(offset: number, read: Codec['read'], field: Field) => (this: View) => unknown} getter
 * @property {(offset: number, write: Codec['write'], field: Field) => (this: View, value: unknown) => void
 *   } setter
 */

/**
 * @typedef {{ [K in NumericKind]: AccessorPair<K extends 'i64' | 'u64' ? bigint : number> } & {
 *   bool: AccessorPair<boolean>,
 *   ref: (offset: number, link: Link) => (this: View) => View | null,
 *   other: OtherPair,
 * }} BankCopy
 */

/** @typedef {{ get: (this: View) => unknown, set: (this: View, value: never) => void }} Accessor */
/** @typedef {(address: number) => unknown} StaticGetter */
/** @typedef {(address: number, value: unknown) => void} StaticSetter */

/** Counts schemas: which copy of the bank is next. */
let schemaCount = 0;

/**
 * Defines the accessors of fields on the prototype of their class.
 *
 * @param {object} prototype
 * @param {readonly Field[]} fields
 */
export function defineAccessors(prototype, fields) {
  const copy = nextCopy();
  for (const field of fields) {
    const { get, set } = accessorOf(copy, field);
    Object.defineProperty(prototype, field.name, {
      get,
      set: /** @type {(value: unknown) => void} */ (set),
      enumerable: true,
      configurable: true,
    });
  }
}

/**
 * The bank's copy for one more set of accessors.
 *
 * @returns {BankCopy}
 */
export function nextCopy() {
  return BANK[schemaCount++ % BANK.length];
}

/**
 * Defines the accessor of a field by a codec that is not that of live structs.
 *
 * @param {BankCopy} copy
 * @param {object} prototype
 * @param {Field} field
 * @param {Codec} codec
 */
export function defineWith(copy, prototype, field, { read, write }) {
  const { kind, name, offset } = field;
  const isPlain = isNumeric(kind) && read === CODECS[kind].read;
  const get = isPlain ? copy[kind].getter(offset) : copy.other.getter(offset, read, field);
  Object.defineProperty(prototype, name, {
    get,
    set: copy.other.setter(offset, write, field),
    enumerable: true,
    configurable: true,
  });
}

/**
 * @param {BankCopy} copy
 * @param {Field} field
 * @returns {Accessor}
 */
function accessorOf(copy, field) {
  const { kind, offset } = field;
  const { read, write } = CODECS[kind];
  const set = copy.other.setter(offset, write, field);
  if (kind === 'ref') {
    return { get: copy.ref(offset, /** @type {Link} */ (field.link)), set };
  }
  if (kind === 'bool' || isNumeric(kind)) {
    const pair = copy[kind];
    return { get: pair.getter(offset), set: pair.setter(offset, refusalOf(field)) };
  }
  return { get: copy.other.getter(offset, read, field), set };
}

/**
 * What a setter calls with a value that its quick check did not accept.
 *
 * @param {Field} field
 * @returns {(value: unknown) => void} throws, unless the value fits after all
 */
function refusalOf(field) {
  if (field.kind === 'f32') {
    return (value) => {
      if (!fitsF32(value)) throw fieldError(field, value);
    };
  }
  return (value) => {
    throw fieldError(field, value);
  };
}

/** @type {readonly string[]} */
const NUMERIC_KINDS = ['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'f32', 'f64', 'i64', 'u64'];

/**
 * @param {string} kind
 * @returns {kind is NumericKind}
 */
function isNumeric(kind) {
  return NUMERIC_KINDS.includes(kind);
}

/* ---- by address ---- */

/**
 * One literal per kind, over the table of one heap. @type {Record<NumericKind | 'bool' | 'ref',
 *   (m: MemoryTable, offset: number) => StaticGetter>}
 */
const READERS = {
  i8: (m, o) => (a) => m.i8[a + o],
  u8: (m, o) => (a) => m.u8[a + o],
  i16: (m, o) => (a) => m.i16[(a + o) >>> 1],
  u16: (m, o) => (a) => m.u16[(a + o) >>> 1],
  i32: (m, o) => (a) => m.i32[(a + o) >>> 2],
  u32: (m, o) => (a) => m.u32[(a + o) >>> 2],
  f32: (m, o) => (a) => m.f32[(a + o) >>> 2],
  f64: (m, o) => (a) => m.f64[(a + o) >>> 3],
  i64: (m, o) => (a) => m.i64[(a + o) >>> 3],
  u64: (m, o) => (a) => m.u64[(a + o) >>> 3],
  bool: (m, o) => (a) => m.u8[a + o] !== 0,
  ref: (m, o) => (a) => m.u32[(a + o) >>> 2],
};

/**
 * @typedef {(m: MemoryTable, offset: number, refuse: (value: unknown) => void) =>
 *   (address: number, value: never) => void} Writer
 */

/** @type {Record<NumericKind | 'ref', Writer>} */
const WRITERS = {
  i8: (m, o, refuse) => (a, /** @type {number} */ v) => {
    if (typeof v !== 'number' || (v << 24) >> 24 !== v) refuse(v);
    m.i8[a + o] = v;
  },
  u8: (m, o, refuse) => (a, /** @type {number} */ v) => {
    if (typeof v !== 'number' || (v & 0xff) !== v) refuse(v);
    m.u8[a + o] = v;
  },
  i16: (m, o, refuse) => (a, /** @type {number} */ v) => {
    if (typeof v !== 'number' || (v << 16) >> 16 !== v) refuse(v);
    m.i16[(a + o) >>> 1] = v;
  },
  u16: (m, o, refuse) => (a, /** @type {number} */ v) => {
    if (typeof v !== 'number' || (v & 0xffff) !== v) refuse(v);
    m.u16[(a + o) >>> 1] = v;
  },
  i32: (m, o, refuse) => (a, /** @type {number} */ v) => {
    if (typeof v !== 'number' || (v | 0) !== v) refuse(v);
    m.i32[(a + o) >>> 2] = v;
  },
  u32: (m, o, refuse) => (a, /** @type {number} */ v) => {
    if (typeof v !== 'number' || v >>> 0 !== v) refuse(v);
    m.u32[(a + o) >>> 2] = v;
  },
  f32: (m, o, refuse) => (a, /** @type {number} */ v) => {
    if (typeof v !== 'number' || !(v >= -3.4028234663852886e38 && v <= 3.4028234663852886e38)) {
      refuse(v);
    }
    m.f32[(a + o) >>> 2] = v;
  },
  f64: (m, o, refuse) => (a, /** @type {number} */ v) => {
    if (typeof v !== 'number') refuse(v);
    m.f64[(a + o) >>> 3] = v;
  },
  i64: (m, o, refuse) => (a, /** @type {bigint} */ v) => {
    if (typeof v !== 'bigint' || BigInt.asIntN(64, v) !== v) refuse(v);
    m.i64[(a + o) >>> 3] = v;
  },
  u64: (m, o, refuse) => (a, /** @type {bigint} */ v) => {
    if (typeof v !== 'bigint' || BigInt.asUintN(64, v) !== v) refuse(v);
    m.u64[(a + o) >>> 3] = v;
  },
  ref: (m, o, refuse) => (a, /** @type {number} */ v) => {
    if (typeof v !== 'number' || v >>> 0 !== v) refuse(v);
    m.u32[(a + o) >>> 2] = v;
  },
};

/**
 * Getters and setters by address over the table of one heap. Null prototypes.
 *
 * @param {readonly Field[]} fields
 * @param {MemoryTable} m
 * @returns {{ get: Readonly<Record<string, StaticGetter>>, set: Readonly<Record<string, StaticSetter>> }}
 */
export function staticAccessors(fields, m) {
  return {
    get: nullMap(fields.map((field) => [field.name, readerOf(field, m)])),
    set: nullMap(fields.map((field) => [field.name, writerOf(field, m)])),
  };
}

/**
 * @param {Field} field
 * @param {MemoryTable} m
 * @returns {StaticGetter}
 */
function readerOf(field, m) {
  const { kind, offset } = field;
  if (kind === 'bool' || kind === 'ref' || isNumeric(kind)) return READERS[kind](m, offset);
  const { read } = CODECS[kind];
  return (address) => read(m, address + offset, field);
}

/**
 * @param {Field} field
 * @param {MemoryTable} m
 * @returns {StaticSetter}
 */
function writerOf(field, m) {
  const { kind, offset } = field;
  if (kind === 'ref' || isNumeric(kind)) {
    const refuse = kind === 'ref' ? refuseAddress(field) : refusalOf(field);
    return /** @type {StaticSetter} */ (WRITERS[kind](m, offset, refuse));
  }
  const { write } = CODECS[kind];
  return (address, value) => write(m, address + offset, value, field);
}

/**
 * @param {Field} field
 * @returns {(value: unknown) => void}
 */
function refuseAddress({ owner, name }) {
  const type = { allowed: 'the address of a struct, or 0 for null', jsType: 'number' };
  return (value) => {
    throw fieldError({ owner, name, type }, value);
  };
}
