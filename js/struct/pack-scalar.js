/**
 * Writing bodies that point to nothing, and what is known of those that were written.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-scalar
 */
import { PackBuffer } from './pack-buffer.js';
import { FLAG, PACK_LIMITS, TAG } from './pack-format.js';
import { magnitudeOf } from './pack-hash.js';
import { refusal } from './pack-place.js';
import { TextWriter } from './pack-texts.js';

/** @typedef {import('./pack-place.js').Place} Place */
/** @typedef {import('./pack-values.js').DateTime} DateTime */
/** @typedef {import('./pack-values.js').Decimal} Decimal */

/** The body of an object as one type; there may be others. @typedef {{ type: unknown, body: number, next: Known | undefined }} Known */

const TEXT_UNITS_MAX = Math.floor(PACK_LIMITS.TEXT_BYTES / 3);

/**
 * The bodies of one packing.
 */
export class BodyWriter {
  #objects;
  /** Those that were packed as something: a FieldType, a Schema. @type {Map<object, Known>} */
  #typed = new Map();

  /** @param {number} maxBytes */
  constructor(maxBytes) {
    this.out = new PackBuffer(maxBytes);
    this.texts = new TextWriter(this.out);
    /** Objects that were packed as they are. @type {Map<object, number>} */
    this.#objects = new Map();
    this.constants = [0, 0, 0];
  }

  /** Forgets what was written. */
  forget() {
    this.texts.reset();
    if (this.#objects.size > 0) this.#objects.clear();
    if (this.#typed.size > 0) this.#typed.clear();
    this.constants.fill(0);
  }

  /**
   * Points to the body of an object, if it stands there already.
   *
   * @param {number} at position of the pointer
   * @param {unknown} type as what it is packed: a FieldType, a Schema, or null
   * @param {object} value
   * @returns {boolean}
   */
  pointToKnown(at, type, value) {
    const body = type === null ? this.#objects.get(value) : this.#bodyAs(type, value);
    if (body === undefined) return false;
    this.out.point(at, body);
    return true;
  }

  /**
   * Points to a new body of an object, and remembers it.
   *
   * @param {number} at position of the pointer
   * @param {unknown} type
   * @param {object} value
   * @param {number} body
   */
  pointToNew(at, type, value, body) {
    if (type === null) this.#objects.set(value, body);
    else this.#typed.set(value, { type, body, next: this.#typed.get(value) });
    this.out.point(at, body);
  }

  /** @param {unknown} type @param {object} value @returns {number | undefined} */
  #bodyAs(type, value) {
    let known = this.#typed.get(value);
    while (known !== undefined && known.type !== type) known = known.next;
    return known?.body;
  }

  /**
   * @param {number} tag of null, false or true
   * @returns {number} position
   */
  constant(tag) {
    const index = tag - TAG.NULL;
    this.constants[index] ||= this.out.body(tag, 0, 0, 0, 0);
    return this.constants[index];
  }

  /** @param {number} value @returns {number} position */
  number(value) {
    const { out } = this;
    if (value === (value | 0) && (value !== 0 || 1 / value > 0)) {
      return out.body(TAG.INT32, 0, 0, value >>> 0, 0);
    }
    if (value !== 0 && Number.isSafeInteger(value)) {
      const at = out.body(TAG.INT64, 0, 0, 0, 8);
      const { u32 } = out.m;
      u32[(at + 8) >>> 2] = value; // modulo 2 ** 32
      u32[(at + 12) >>> 2] = Math.floor(value / 2 ** 32);
      return at;
    }
    const at = out.body(TAG.F64, 0, 0, 0, 8);
    out.m.f64[(at + 8) >>> 3] = Number.isNaN(value) ? Number.NaN : value;
    return at;
  }

  /** @param {bigint} value @param {Place} place @returns {number} position */
  bigint(value, place) {
    const { out } = this;
    if (value === BigInt.asIntN(32, value)) {
      return out.body(TAG.INT32, FLAG.BIG, 0, Number(value) >>> 0, 0);
    }
    const isSigned = value === BigInt.asIntN(64, value);
    if (isSigned || value === BigInt.asUintN(64, value)) {
      const at = out.body(isSigned ? TAG.INT64 : TAG.UINT64, FLAG.BIG, 0, 0, 8);
      out.m.u64[(at + 8) >>> 3] = value;
      return at;
    }
    const bytes = magnitudeOf(value);
    if (bytes.length > PACK_LIMITS.MAGNITUDE_BYTES) {
      const shown = `a bigint of ${bytes.length * 8} bits`;
      const allowed = `one of up to ${PACK_LIMITS.MAGNITUDE_BYTES * 8} bits`;
      throw refusal(place, allowed, 'bigint', value, shown);
    }
    const flags = FLAG.BIG | (value < 0n ? FLAG.NEGATIVE : 0);
    const at = out.body(TAG.BIGINT, flags, 0, bytes.length, bytes.length);
    out.m.u8.set(bytes, at + 8);
    return at;
  }

  /** @param {string} value @param {Place} place @returns {number} position */
  text(value, place) {
    this.checkText(value, place);
    return this.texts.write(value);
  }

  /** @param {string} value @param {Place} place */
  checkText(value, place) {
    if (value.length <= TEXT_UNITS_MAX) return;
    const shown = `a string of ${value.length} characters`;
    throw refusal(place, `one of up to ${TEXT_UNITS_MAX}`, 'string', value, shown);
  }

  /** @param {number} at @param {Uint8Array} value @param {Place} place */
  putBytes(at, value, place) {
    const { length } = value;
    if (length > PACK_LIMITS.TEXT_BYTES) {
      throw refusal(place, `up to ${PACK_LIMITS.TEXT_BYTES}`, 'object', value, `${length} bytes`);
    }
    const body = this.out.body(TAG.BYTES, 0, 0, length, length);
    this.out.m.u8.set(value, body + 8);
    this.pointToNew(at, null, value, body);
  }

  /** @param {number} time @param {DateTime | null} zoned @returns {number} position */
  date(time, zoned) {
    const offset = zoned?.offsetMinutes ?? null;
    const flags = zoned === null ? 0 : offset === null ? FLAG.WALL : FLAG.ZONE;
    const aux = offset === null ? 0 : offset + PACK_LIMITS.ZONE_MINUTES;
    const body = this.out.body(TAG.DATE, flags, aux, 0, 8);
    this.out.m.f64[(body + 8) >>> 3] = time;
    return body;
  }

  /** @param {Decimal} value @param {Place} place @returns {number} position */
  decimal({ coefficient, exponent }, place) {
    const bytes = magnitudeOf(coefficient);
    if (bytes.length > PACK_LIMITS.MAGNITUDE_BYTES) {
      const shown = `a Decimal whose coefficient has ${bytes.length * 8} bits`;
      const allowed = `one of up to ${PACK_LIMITS.MAGNITUDE_BYTES * 8} bits`;
      throw refusal(place, allowed, 'object', coefficient, shown);
    }
    const flags = coefficient < 0n ? FLAG.NEGATIVE : 0;
    const body = this.out.body(TAG.DECIMAL, flags, 0, bytes.length, 8 + bytes.length);
    this.out.m.i32[(body + 8) >>> 2] = exponent;
    this.out.m.u8.set(bytes, body + 16);
    return body;
  }
}
