/**
 * The field types: what `t.` offers in a schema literal.
 *
 * A type is a frozen record. It says how many bytes a field takes and which values it holds; how these
 * bytes are read and written is the codec's business (codec.js, and accessors.js for the hot kinds).
 *
 *     kind      bytes  value in JS
 *     i8 .. u32  1..4  number, an integer in range
 *     i64 u64      8   bigint
 *     f32 f64    4, 8  number (f32 rounds to the nearest float)
 *     bool         1   boolean
 *     enum       1, 2  one of the given strings
 *     date         8   Date (milliseconds as f64)
 *     ref          4   a view or null: the address of another struct
 *     string       4   string, '' at first: inline or the address of a box
 *     bytes        4   Uint8Array, a private copy; empty at first
 *     any          4   undefined, null, boolean, number, bigint, string, Date, Uint8Array
 *     array      n·e   typed array over the struct's own bytes
 *     struct       n   a view of a struct in place
 *     optional   e+1   the inner value, or undefined while unset
 *     list, tuple, set, dict, decimal, datetime, ndarray: 4, in packed structs only (pack-fields.js)
 *
 * Layer: struct. Any thread.
 *
 * @module struct/types
 */
import { describe } from '../base/errors.js';
import { FieldTypeError } from './errors.js';

/** Types that are numbers in place. @typedef {'i8'|'u8'|'i16'|'u16'|'i32'|'u32'|'f32'|'f64'|'i64'|'u64'} NumericKind */
/** @typedef {NumericKind|'bool'|'enum'|'date'|'ref'|'string'|'bytes'|'any'|'array'|'struct'|'optional'|PackedKind} Kind */
/** @typedef {'list'|'tuple'|'set'|'dict'|'decimal'|'datetime'|'ndarray'} PackedKind pack-fields.js */

/** Most elements of a fixed array: a struct stays below 1 GiB. */
const ARRAY_BYTES_MAX = 2 ** 30;
const ENUM_NAMES_MAX = 65536;

/**
 * One field type. Made by `t` alone.
 *
 * @template {Kind} [K=Kind]
 */
export class FieldType {
  /**
   * @param {K} kind
   * @param {number} bytes
   * @param {number} alignBytes
   * @param {{ allowed: string, jsType: string, names?: readonly string[], inner?: FieldType,
   *   items?: readonly FieldType[], count?: number, target?: unknown }} traits
   */
  constructor(kind, bytes, alignBytes, traits) {
    /** Which of the types. @readonly */
    this.kind = kind;
    /** Bytes of a field. @readonly */
    this.bytes = bytes;
    /** Its address is a multiple of it. @readonly */
    this.alignBytes = alignBytes;
    /** What an error tells to give. @readonly */
    this.allowed = traits.allowed;
    /** The `typeof` of its values. @readonly */
    this.jsType = traits.jsType;
    /** Of an enum: its names, by code. @readonly */
    this.names = traits.names ?? null;
    /** Of an array, optional, list or set: the type within. @readonly @type {FieldType | null} */
    this.inner = traits.inner ?? null;
    /** Of a tuple: its types; of a dict: that of the keys and that of the values. @readonly */
    this.items = traits.items ?? null;
    /** Of an array: its length. @readonly */
    this.count = traits.count ?? 1;
    /** Of a ref or nested struct: name, class or a function that gives the class. @readonly */
    this.target = traits.target ?? null;
    Object.freeze(this);
  }

  /** As a schema literal spells it. */
  toString() {
    switch (this.kind) {
      case 'optional':
      case 'list':
      case 'set':
        return `${this.kind}(${this.inner})`;
      case 'tuple':
      case 'dict':
        return `${this.kind}(${this.items?.join(', ')})`;
      case 'array':
        return `array(${this.inner}, ${this.count})`;
      case 'ref':
      case 'struct': {
        const { target } = this;
        return `${this.kind}(${typeof target === 'function' ? target.name || '...' : target})`;
      }
      default:
        return this.kind;
    }
  }
}

/**
 * @template {NumericKind} K
 * @param {K} kind
 * @param {number} bytes
 * @param {string} allowed
 * @returns {FieldType<K> & import('./infer.js').FieldTypeOf<number>}
 */
function numeric(kind, bytes, allowed) {
  return new FieldType(kind, bytes, bytes, { allowed, jsType: 'number' });
}

/**
 * @template {'i64' | 'u64'} K
 * @param {K} kind
 * @param {string} range
 * @returns {FieldType<K> & import('./infer.js').FieldTypeOf<bigint>}
 */
function big(kind, range) {
  return new FieldType(kind, 8, 8, { allowed: `a bigint ${range}`, jsType: 'bigint' });
}

/**
 * A nullable reference to another struct: by name (also to itself and to one that is defined later), by
 * class, or by a function that returns the class. Types follow a class; in a literal that refers to its
 * own class write a getter: `get next() { return t.ref(Node); }`.
 *
 * @template {string} N
 * @overload
 * @param {N} target
 * @returns {FieldType<'ref'> & import('./infer.js').RefByName<N>}
 */
/**
 * @template {import('./infer.js').AnyClass} C
 * @overload
 * @param {C} target
 * @returns {FieldType<'ref'> & import('./infer.js').RefToClass<C>}
 */
/**
 * @template {import('./infer.js').AnyClass} C
 * @overload
 * @param {() => C} target
 * @returns {FieldType<'ref'> & import('./infer.js').RefToClass<C>}
 */
/**
 * @param {unknown} target
 * @returns {unknown}
 */
function ref(target) {
  const named = typeof target === 'string' && target !== '';
  if (!named && typeof target !== 'function') {
    throw new FieldTypeError(
      `t.ref cannot refer to ${describe(target)}; give the name of a struct, its class, or a function ` +
        'that returns the class.',
      '',
      target,
    );
  }
  const what = named ? `a ${target}` : 'a view of the class it refers to';
  return new FieldType('ref', 4, 4, { allowed: `${what} or null`, jsType: 'object', target });
}

/**
 * One of up to 65536 strings, stored as a number. The first is the value at first.
 *
 * @template {string} const N
 * @param {readonly N[]} names
 * @returns {FieldType<'enum'> & import('./infer.js').FieldTypeOf<N>}
 */
function oneOf(names) {
  const bad =
    !Array.isArray(names) ||
    names.length === 0 ||
    names.length > ENUM_NAMES_MAX ||
    names.some((name) => typeof name !== 'string') ||
    new Set(names).size !== names.length;
  if (bad) {
    throw new FieldTypeError(
      `t.enum takes an array of 1 to ${ENUM_NAMES_MAX} different strings.`,
      '',
      names,
    );
  }
  const bytes = names.length <= 256 ? 1 : 2;
  const shown = names.slice(0, 8).map((name) => `'${name}'`);
  return new FieldType('enum', bytes, bytes, {
    allowed: `one of ${shown.join(', ')}${names.length > 8 ? ', ...' : ''}`,
    jsType: 'string',
    names: Object.freeze([...names]),
  });
}

/**
 * Which typed array a fixed array gives.
 *
 * @typedef {{ i8: Int8Array, u8: Uint8Array, i16: Int16Array, u16: Uint16Array, i32: Int32Array,
 *   u32: Uint32Array, f32: Float32Array, f64: Float64Array, i64: BigInt64Array, u64: BigUint64Array
 * }} ArrayOf
 */

const ARRAY_KINDS = ['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'f32', 'f64', 'i64', 'u64'];

/**
 * A fixed number of numbers in place. Reading gives a typed array over the struct itself: writing its
 * elements writes the struct. It is no view: it is not revoked with its scope, so do not keep it.
 *
 * @template {NumericKind} K
 * @param {FieldType<K>} inner
 * @param {number} count elements, at least 1
 * @returns {FieldType<'array'> & import('./infer.js').FieldTypeOf<ArrayOf[K]>}
 */
function array(inner, count) {
  if (!(inner instanceof FieldType) || !ARRAY_KINDS.includes(inner.kind)) {
    throw new FieldTypeError(
      `t.array holds numbers, not ${inner instanceof FieldType ? inner : describe(inner)}; ` +
        'give one of t.i8 .. t.u64, t.f32, t.f64.',
      '',
      inner,
    );
  }
  if (!Number.isInteger(count) || count < 1 || count * inner.bytes > ARRAY_BYTES_MAX) {
    throw new FieldTypeError(
      `t.array(${inner}, ${describe(count)}): give a count from 1 to ${ARRAY_BYTES_MAX / inner.bytes}.`,
      '',
      count,
    );
  }
  return new FieldType('array', inner.bytes * count, inner.alignBytes, {
    allowed: `an array or typed array of ${count} ${inner} values`,
    jsType: 'object',
    inner,
    count,
  });
}

/**
 * Another struct in place: reading gives a view of it, assigning copies its fields.
 *
 * @template {import('./infer.js').AnyClass & { readonly bytes: number }} C
 * @param {C} Type
 * @returns {FieldType<'struct'> & import('./infer.js').NestedType<C>}
 */
function nested(Type) {
  // Size and alignment are known to the schema only; schema.js asks the class for them.
  if (typeof Type !== 'function') {
    throw new FieldTypeError(
      `t.struct takes a struct class that is defined already, not ${describe(Type)}.`,
      '',
      Type,
    );
  }
  const type = new FieldType('struct', 0, 1, {
    allowed: `a ${Type.name}`,
    jsType: 'object',
    target: Type,
  });
  return /** @type {typeof type & import('./infer.js').NestedType<C>} */ (
    /** @type {unknown} */ (type)
  );
}

/**
 * A field that may be unset. Unset reads as undefined; assigning undefined unsets it. Unset and null differ.
 *
 * @template T
 * @param {FieldType & T} inner
 * @returns {FieldType<'optional'> & import('./infer.js').OptionalType<T>}
 */
function optional(inner) {
  if (!(inner instanceof FieldType) || inner.kind === 'optional' || inner.kind === 'struct') {
    throw new FieldTypeError(
      `t.optional cannot wrap ${inner instanceof FieldType ? inner : describe(inner)}; give any other ` +
        'field type. An optional struct is a t.ref.',
      '',
      inner,
    );
  }
  const type = new FieldType('optional', inner.bytes, inner.alignBytes, {
    allowed: `${inner.allowed}, or undefined`,
    jsType: inner.jsType,
    inner,
  });
  return /** @type {typeof type & import('./infer.js').OptionalType<T>} */ (
    /** @type {unknown} */ (type)
  );
}

/** @type {FieldType<'bool'> & import('./infer.js').FieldTypeOf<boolean>} */
const bool = new FieldType('bool', 1, 1, { allowed: 'true or false', jsType: 'boolean' });

/** @type {FieldType<'date'> & import('./infer.js').FieldTypeOf<Date>} */
const date = new FieldType('date', 8, 8, { allowed: 'a Date', jsType: 'object' });

/** @type {FieldType<'string'> & import('./infer.js').FieldTypeOf<string>} */
const string = new FieldType('string', 4, 4, { allowed: 'a string', jsType: 'string' });

/** @type {FieldType<'bytes'> & import('./infer.js').FieldTypeOf<Uint8Array>} */
const bytes = new FieldType('bytes', 4, 4, { allowed: 'a Uint8Array', jsType: 'object' });

/** @type {FieldType<'any'> & import('./infer.js').FieldTypeOf<unknown>} */
const any = new FieldType('any', 4, 4, {
  allowed:
    'undefined, null, a boolean, number, bigint, string, Date or Uint8Array (for a struct use t.ref)',
  jsType: 'any',
});

/** The field types. */
export const t = Object.freeze({
  /** An integer in one byte: -128 .. 127. */
  i8: numeric('i8', 1, 'an integer from -128 to 127'),
  /** An integer in one byte: 0 .. 255. */
  u8: numeric('u8', 1, 'an integer from 0 to 255'),
  /** An integer in two bytes: -32768 .. 32767. */
  i16: numeric('i16', 2, 'an integer from -32768 to 32767'),
  /** An integer in two bytes: 0 .. 65535. */
  u16: numeric('u16', 2, 'an integer from 0 to 65535'),
  /** An integer in four bytes: -2^31 .. 2^31-1. */
  i32: numeric('i32', 4, 'an integer from -2147483648 to 2147483647'),
  /** An integer in four bytes: 0 .. 2^32-1. */
  u32: numeric('u32', 4, 'an integer from 0 to 4294967295'),
  /** A bigint in eight bytes: -2^63 .. 2^63-1. */
  i64: big('i64', 'from -2n ** 63n to 2n ** 63n - 1n'),
  /** A bigint in eight bytes: 0 .. 2^64-1. */
  u64: big('u64', 'from 0n to 2n ** 64n - 1n'),
  /** A number in four bytes, rounded to the nearest float. */
  f32: numeric('f32', 4, 'a number up to 3.4028234663852886e38, infinite or NaN'),
  /** A number in eight bytes. */
  f64: numeric('f64', 8, 'a number'),
  /** A boolean in one byte. */
  bool,
  /** A Date in eight bytes. */
  date,
  /** A string; `''` at first. */
  string,
  /** A Uint8Array; reading gives a private copy. */
  bytes,
  /** Undefined, null, a boolean, number, bigint, string, Date or Uint8Array. */
  any,
  /** `t.ref('Node')`, `t.ref(Node)`, `t.ref(() => Node)`: another struct, or null. */
  ref,
  /** `t.enum(['red', 'green'])`: one of these strings, as a number. */
  enum: oneOf,
  /** `t.array(t.f32, 16)`: so many numbers in place; reading gives a typed array over them. */
  array,
  /** `t.struct(Point)`: another struct in place. */
  struct: nested,
  /** `t.optional(t.f64)`: a value, or undefined while it is unset. */
  optional,
});
