/**
 * Writing: from JS values to bodies.
 *
 *     put(at, value)   writes the value's body, or finds that it stands there already, and points to it
 *
 * A container gets its room at once and its content later, from a stack of tasks. So depth costs no call
 * stack, cycles end at the room that is there already, and the order is that of a walk depth first.
 *
 *     identity   JS object, as what type -> body     shared references are packed once
 *     places     address of a live or packed struct -> body     two views of one struct are one
 *     texts      string -> body
 *
 * Everything is written into a private buffer: a refused value leaves no trace.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-write
 */
import { FITS } from './codec.js';
import { FieldTypeError } from './errors.js';
import { metaNamed, metaOf } from './link.js';
import { putFixedArray, putNdArray, putSequence, putTuple } from './pack-containers.js';
import { FLAG, HEAD, MAGIC, OLDEST_READER, TAG, VERSION } from './pack-format.js';
import { containerKind } from './pack-hash.js';
import { putDict, putSet } from './pack-keyed.js';
import { checkAttached, instanceText, refusal, Whole } from './pack-place.js';
import { BodyWriter } from './pack-scalar.js';
import { putStruct } from './pack-struct.js';
import { TypeTable } from './pack-type-table.js';
import { DateTime, Decimal, dtypeOf, NdArray } from './pack-values.js';
import { isView } from './reflect.js';
import { timeOf } from './slot.js';

/** @typedef {import('./types.js').FieldType} FieldType */

/** @typedef {import('./pack-place.js').Place} Place */

const ANY_ALLOWED =
  'null, a boolean, number, bigint, string, Uint8Array, typed array, Date, DateTime, Decimal, NdArray, ' +
  'array, Set, Map, plain object or struct';
const INSTANCE_ALLOWED = `${ANY_ALLOWED}; of another object make a plain one: { ...object }`;

/**
 * One packing.
 */
export class Packer extends BodyWriter {
  /**
   * @param {number} maxBytes
   * @param {boolean} withLayouts whether the texts of the layouts are written
   */
  constructor(maxBytes, withLayouts) {
    super(maxBytes);
    this.types = new TypeTable(withLayouts);
    /** @type {Map<unknown, Map<unknown, Map<number, number>>>} by memory, schema and address */
    this.places = new Map();
    /** @type {(() => void)[]} */
    this.tasks = [];
    /** Hooks to be called when all is written. @type {(() => void)[]} */
    this.after = [];
  }

  /** Forgets what was written, but the types. @override */
  forget() {
    super.forget();
    if (this.places.size > 0) this.places.clear();
    this.tasks.length = 0;
    this.after.length = 0;
  }

  /**
   * Makes it as new.
   *
   * @param {number} maxBytes
   * @param {boolean} withLayouts
   */
  reset(maxBytes, withLayouts) {
    this.out.reset(maxBytes);
    this.types.reset(withLayouts);
  }

  /**
   * Packs one value.
   *
   * @param {unknown} value
   * @param {FieldType | null} type
   * @param {string} name of the value in errors
   */
  run(value, type, name) {
    const { out } = this;
    this.putAs(HEAD.ROOT, type, value, new Whole(name));
    this.settle();
    this.types.write(this);
    const { m } = out;
    m.u32[0] = out.end;
    m.u8[HEAD.VERSION] = VERSION;
    m.u8[HEAD.OLDEST] = OLDEST_READER;
    m.u16[HEAD.MAGIC >>> 1] = MAGIC;
  }

  /** Writes what containers still lack. */
  settle() {
    for (let task = this.tasks.pop(); task !== undefined; task = this.tasks.pop()) task();
  }

  /* ---- any value ---- */

  /**
   * @param {number} at position of the pointer
   * @param {unknown} value
   * @param {Place} place
   */
  put(at, value, place) {
    switch (typeof value) {
      case 'undefined':
        return;
      case 'string':
        this.out.point(at, this.text(value, place));
        return;
      case 'number':
        this.out.point(at, this.number(value));
        return;
      case 'boolean':
        this.out.point(at, this.constant(value ? TAG.TRUE : TAG.FALSE));
        return;
      case 'bigint':
        this.out.point(at, this.bigint(value, place));
        return;
      case 'object':
        if (value === null) this.out.point(at, this.constant(TAG.NULL));
        else this.#putObject(at, value, place);
        return;
      default:
        throw refusal(place, ANY_ALLOWED, 'any', value);
    }
  }

  /** @param {number} at @param {object} value @param {Place} place */
  #putObject(at, value, place) {
    if (this.pointToKnown(at, null, value)) return;
    if (Object.getPrototypeOf(value) === Object.prototype && !(Symbol.toStringTag in value)) {
      putDict(this, at, value, null, place);
      return;
    }
    if (isView(value)) {
      putStruct(this, at, value, metaOfViewed(value, place), place);
      return;
    }
    const kind = containerKind(value);
    if (kind === 'sequence') putSequence(this, at, value, null, place);
    else if (kind === 'set') putSet(this, at, value, null, place);
    else if (kind === 'dict') putDict(this, at, value, null, place);
    else if (value instanceof NdArray) {
      checkAttached(place, value.data);
      putNdArray(this, at, value, value.data, value.shape, 0);
    } else if (dtypeOf(value) !== null) {
      const data = /** @type {import('./pack-values.js').Numbers} */ (value);
      checkAttached(place, data);
      if (data instanceof Uint8Array) this.putBytes(at, data, place);
      else putNdArray(this, at, value, data, [data.length], FLAG.PLAIN);
    } else if (!this.#putScalarObject(at, value, place)) {
      const prototype = Object.getPrototypeOf(value);
      const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
      if (!isPlain || Symbol.toStringTag in value) {
        throw refusal(place, INSTANCE_ALLOWED, 'any', value, instanceText(value));
      }
      putDict(this, at, value, null, place);
    }
  }

  /**
   * @param {number} at
   * @param {object} value
   * @param {Place} place
   * @returns {boolean} false when it is no date or decimal
   */
  #putScalarObject(at, value, place) {
    if (value instanceof Decimal) {
      this.out.point(at, this.decimal(value, place));
      return true;
    }
    const time = value instanceof DateTime ? value.time : timeOf(value);
    if (time === undefined) return false;
    this.out.point(at, this.date(time, value instanceof DateTime ? value : null));
    return true;
  }

  /* ---- a value of a type ---- */

  /**
   * @param {number} at position of the pointer
   * @param {FieldType | null} type null for any
   * @param {unknown} value
   * @param {Place} place
   */
  putAs(at, type, value, place) {
    if (type === null || type.kind === 'any') {
      this.put(at, value, place);
      return;
    }
    switch (type.kind) {
      case 'optional':
        if (value === undefined) return;
        if (value === null) this.put(at, null, place);
        else this.putAs(at, type.inner, value, place);
        return;
      case 'ref':
        if (value === undefined) return;
        if (value === null) this.put(at, null, place);
        else putStruct(this, at, value, metaOf(classOf(type.target)), place);
        return;
      case 'struct':
        putStruct(this, at, value, metaOf(type.target), place);
        return;
      case 'list':
        if (!isKind(value, 'sequence', dtypeOf(value) !== null)) break;
        putSequence(this, at, value, type, place);
        return;
      case 'tuple':
        if (!isKind(value, 'sequence')) break;
        putTuple(this, at, value, type, place);
        return;
      case 'set':
        if (!isKind(value, 'set')) break;
        putSet(this, at, value, type, place);
        return;
      case 'dict':
        if (!isKind(value, 'dict', Object.prototype.toString.call(value) === '[object Object]'))
          break;
        putDict(this, at, value, type, place);
        return;
      case 'array':
        putFixedArray(this, at, value, type, place);
        return;
      default:
        if (!fitsSimple(type, value)) break;
        if (type.kind === 'datetime' && !(value instanceof DateTime)) {
          this.put(at, new DateTime(Number(timeOf(value)), 0), place); // a Date is an instant in UTC
          return;
        }
        this.put(at, type.kind === 'f32' ? Math.fround(Number(value)) : value, place);
        return;
    }
    throw refusal(place, type.allowed, type.jsType, value);
  }
}

/* ---- what fits ---- */

/**
 * @param {unknown} value
 * @param {string} kind
 * @param {boolean} [isOther] whether something else fits as well
 * @returns {value is object}
 */
function isKind(value, kind, isOther = false) {
  return typeof value === 'object' && value !== null && (isOther || containerKind(value) === kind);
}

/**
 * @param {FieldType} type without parts
 * @param {unknown} value
 * @returns {boolean}
 */
function fitsSimple({ kind, names }, value) {
  switch (kind) {
    case 'bool':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string';
    case 'enum':
      return names?.includes(/** @type {string} */ (value)) === true;
    case 'bytes':
      return value instanceof Uint8Array;
    case 'date':
      return timeOf(value) !== undefined;
    case 'decimal':
      return value instanceof Decimal;
    case 'datetime':
      return value instanceof DateTime || timeOf(value) !== undefined;
    case 'ndarray':
      return value instanceof NdArray && (names === null || names[0] === value.dtype);
    default:
      return FITS[/** @type {import('./types.js').NumericKind} */ (kind)](value);
  }
}

/**
 * @param {unknown} target of a reference: a class, a function that returns one, or a name
 * @returns {unknown}
 */
function classOf(target) {
  let Class = target;
  while (typeof Class === 'function' && !('bytes' in Class)) Class = Class();
  if (typeof Class !== 'string') return Class;
  const named = metaNamed(Class);
  if (named !== null) return named.Class;
  throw new FieldTypeError(
    `a type refers to '${Class}', and not exactly one struct of that name is defined in this agent. Refer to ` +
      `the class instead: t.ref(() => ${Class}).`,
    '',
  );
}

/** @param {object} view @param {Place} place */
function metaOfViewed(view, place) {
  try {
    return metaOf(view.constructor);
  } catch {
    const allowed = 'a struct whose class is known in this agent';
    throw refusal(place, allowed, 'object', view, instanceText(view));
  }
}
