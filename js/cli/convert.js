/**
 * From JSON values to what packing takes, by field types. A converter is made once for each type.
 *
 *     i64, u64        number or text          date, datetime   ISO 8601 text
 *     f32, f64        number, or "NaN" ...    decimal          text, or a number of up to 15 digits
 *     bytes           base64 text             dict             object, or array of pairs
 *     list, tuple     array                   ndarray          array, or { "shape": [...], "data": [...] }
 *
 * Layer: entries. Node alone.
 *
 * @module cli/convert
 */
import { FITS } from '../struct/codec.js';
import { isStructClass, metaOf } from '../struct/link.js';
import { NdArray, Tuple } from '../struct/pack-values.js';
import { t } from '../struct/types.js';
import { nearest } from './args.js';
import { printable } from './text.js';
import {
  bigintOf,
  bytesOf,
  dateOf,
  dateTimeOf,
  decimalOf,
  enumOf,
  floatOf,
  Refusal,
  refusal,
} from './texts.js';

/** @typedef {import('../struct/types.js').FieldType} FieldType */
/** @typedef {import('../struct/types.js').NumericKind} NumericKind */
/** @typedef {(value: unknown) => unknown} Converter throws a {@link Refusal} */

/** Digits that a JSON number always keeps. */
const DECIMAL_DIGITS_MAX = 15;

/**
 * Makes converters, and remembers them: structs may lead back to themselves.
 */
export class Converters {
  /** @type {Map<FieldType, Converter>} */
  #made = new Map();
  /** @type {Map<unknown, Converter>} */
  #structs = new Map();
  #ignoreUnknown;

  /** @param {boolean} ignoreUnknown whether objects may have names that structs do not have */
  constructor(ignoreUnknown) {
    this.#ignoreUnknown = ignoreUnknown;
  }

  /** @param {FieldType} type @returns {Converter} */
  of(type) {
    let converter = this.#made.get(type);
    if (converter === undefined) {
      converter = this.#make(type);
      this.#made.set(type, converter);
    }
    return converter;
  }

  /** @param {FieldType} type @returns {Converter} */
  #make(type) {
    const { kind, allowed, inner, items, names, count, target } = type;
    const element = (/** @type {unknown} */ one) => this.of(/** @type {FieldType} */ (one));
    switch (kind) {
      case 'optional': {
        const within = element(inner);
        return (value) => (value === undefined || value === null ? value : within(value));
      }
      case 'list':
        return listOf(element(inner));
      case 'set': {
        const list = listOf(element(inner));
        return (value) => new Set(/** @type {unknown[]} */ (list(value)));
      }
      case 'array':
        return fixedOf(element(inner), count, allowed);
      case 'tuple':
        return tupleOf((items ?? []).map(element));
      case 'dict': {
        const [key, value] = items ?? [];
        return dictOf(element(key), element(value), key);
      }
      case 'ndarray':
        return ndarrayOf(/** @type {NumericKind | undefined} */ (names?.[0]));
      case 'struct':
        return this.struct(target);
      case 'ref':
        return (value) => (value === null ? null : this.struct(classOf(target))(value));
      default:
        return scalarOf(type);
    }
  }

  /** @param {unknown} Class @returns {Converter} from an object to an object with the fields of a struct */
  struct(Class) {
    let converter = this.#structs.get(Class);
    if (converter === undefined) {
      converter = this.#makeStruct(Class);
      this.#structs.set(Class, converter);
    }
    return converter;
  }

  /** @param {unknown} Class @returns {Converter} */
  #makeStruct(Class) {
    const { schema } = metaOf(Class);
    const ignoreUnknown = this.#ignoreUnknown;
    const names = schema.list.map(({ name }) => name);
    /** Made at the first use: a struct may refer to itself. @type {Map<string, Converter> | null} */
    let fields = null;
    return (value) => {
      fields ??= new Map(schema.list.map(({ name, type }) => [name, this.of(type)]));
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw refusal(value, `an object with the fields of ${printable(schema.name)}`);
      }
      const source = /** @type {Record<string, unknown>} */ (value);
      /** @type {Record<string, unknown>} */
      const made = {};
      for (const [name, converter] of fields) {
        const own = Object.hasOwn(source, name) ? source[name] : undefined;
        made[name] = within(name, converter, own);
      }
      if (!ignoreUnknown) checkNames(source, fields, names);
      return made;
    };
  }
}

/** @param {unknown} target a class, or a function that gives one */
function classOf(target) {
  return isStructClass(target) ? target : /** @type {() => unknown} */ (target)();
}

/** @param {Record<string, unknown>} source @param {Map<string, Converter>} fields @param {string[]} names */
function checkNames(source, fields, names) {
  for (const name of Object.keys(source)) {
    if (!fields.has(name)) throw unknownName(name, names);
  }
}

/**
 * @param {string} name that a row has and its struct has not
 * @param {readonly string[]} names of the fields
 * @returns {Refusal}
 */
export function unknownName(name, names) {
  const near = nearest(name, names);
  const hint = near === null ? '' : `did you mean ${printable(near)}? `;
  const error = new Refusal(
    `the schema has no such field; ${hint}Declare it, or say "unknown": "ignore" in the schema`,
  );
  error.path = [name];
  return error;
}

/**
 * Converts a part of a value, and says so in what it throws.
 *
 * @param {string | number} step
 * @param {Converter} converter
 * @param {unknown} value
 * @returns {unknown}
 */
export function within(step, converter, value) {
  try {
    return converter(value);
  } catch (error) {
    if (error instanceof Refusal) error.path.unshift(step);
    throw error;
  }
}

/* ---- values without parts ---- */

/** @param {FieldType} type @returns {Converter} */
function scalarOf({ kind, allowed, names }) {
  const text = (/** @type {(text: string) => unknown} */ read, /** @type {string} */ what) =>
    /** @type {Converter} */ (
      (value) => {
        if (typeof value === 'string') return read(value);
        throw refusal(value, what);
      }
    );
  switch (kind) {
    case 'any':
      return (value) => value;
    case 'bool':
      return checked((value) => typeof value === 'boolean', allowed);
    case 'string':
      return checked((value) => typeof value === 'string', allowed);
    case 'enum':
      return text((value) => enumOf(value, names ?? []), allowed);
    case 'date':
      return text(dateOf, 'a date as text');
    case 'datetime':
      return text(dateTimeOf, 'a date and time as text');
    case 'bytes':
      return text(bytesOf, 'bytes as text in base64');
    case 'decimal':
      return decimalConverter;
    case 'i64':
    case 'u64':
      return bigintConverter(kind, allowed);
    case 'f32':
    case 'f64':
      return floatConverter(kind, allowed);
    default:
      return checked(FITS[/** @type {NumericKind} */ (kind)], allowed);
  }
}

/** @param {(value: unknown) => boolean} fits @param {string} allowed @returns {Converter} */
function checked(fits, allowed) {
  return (value) => {
    if (fits(value)) return value;
    throw refusal(value, allowed);
  };
}

/** @type {Converter} */
function decimalConverter(value) {
  if (typeof value === 'string') return decimalOf(value);
  if (typeof value !== 'number') throw refusal(value, 'a decimal number as text');
  const digits = String(value)
    .replace(/e.*$|\D/g, '')
    .replace(/^0+|0+$/g, '').length;
  if (digits <= DECIMAL_DIGITS_MAX) return decimalOf(String(value));
  throw refusal(value, 'it as text: a JSON number does not keep so many digits');
}

/** @param {'i64' | 'u64'} kind @param {string} allowed @returns {Converter} */
function bigintConverter(kind, allowed) {
  const range = allowed.replace('a bigint', 'an integer');
  return (value) => {
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw refusal(value, 'integers above 2^53 as text: a JSON number does not keep their digits');
    }
    const isWhole = typeof value === 'number' && Number.isInteger(value);
    if (!isWhole && typeof value !== 'string') throw refusal(value, range);
    const whole = typeof value === 'string' ? bigintOf(value, range) : BigInt(Number(value));
    if (FITS[kind](whole)) return whole;
    throw refusal(value, range);
  };
}

/** @param {'f32' | 'f64'} kind @param {string} allowed @returns {Converter} */
function floatConverter(kind, allowed) {
  return (value) => {
    const isWord = typeof value === 'string' && /^(NaN|[+-]?Infinity)$/.test(value);
    const number = isWord ? floatOf(String(value), allowed) : value;
    if (FITS[kind](number)) return number;
    throw refusal(value, allowed);
  };
}

/* ---- values with parts ---- */

/** @param {Converter} element @returns {Converter} */
function listOf(element) {
  return (value) => {
    if (!Array.isArray(value)) throw refusal(value, 'an array');
    return value.map((one, i) => within(i, element, one));
  };
}

/** @param {Converter} element @param {number} count @param {string} allowed @returns {Converter} */
function fixedOf(element, count, allowed) {
  const list = listOf(element);
  return (value) => {
    const isFull = Array.isArray(value) && value.length === count;
    if (!isFull) throw refusal(value, allowed);
    return list(value);
  };
}

/** @param {readonly Converter[]} elements @returns {Converter} */
function tupleOf(elements) {
  return (value) => {
    const isFull = Array.isArray(value) && value.length === elements.length;
    if (!isFull) throw refusal(value, `an array of ${elements.length}`);
    return Tuple.from(elements, (element, i) => within(i, element, value[i]));
  };
}

/** @param {Converter} key @param {Converter} value @param {FieldType} keyType @returns {Converter} */
function dictOf(key, value, keyType) {
  const hasTextKeys = ['string', 'enum', 'any'].includes(keyType.kind);
  return (source) => {
    if (typeof source !== 'object' || source === null) {
      throw refusal(source, 'an object, or an array of pairs [key, value]');
    }
    if (!Array.isArray(source)) {
      if (!hasTextKeys) throw refusal(source, 'an array of pairs [key, value]');
      const entries = Object.entries(source);
      return new Map(
        entries.map(([name, one]) => [within(name, key, name), within(name, value, one)]),
      );
    }
    return new Map(
      source.map((pair, i) => {
        const isPair = Array.isArray(pair) && pair.length === 2;
        const made = () => {
          if (!isPair) throw refusal(pair, 'a pair [key, value]');
          return [within(0, key, pair[0]), within(1, value, pair[1])];
        };
        return /** @type {[unknown, unknown]} */ (within(i, made, pair));
      }),
    );
  };
}

/** @type {Readonly<Record<NumericKind, { from(list: unknown[]): import('../struct/pack-values.js').Numbers }>>} */
const ARRAYS = /** @type {never} */ (
  Object.freeze({
    i8: Int8Array,
    u8: Uint8Array,
    i16: Int16Array,
    u16: Uint16Array,
    i32: Int32Array,
    u32: Uint32Array,
    i64: BigInt64Array,
    u64: BigUint64Array,
    f32: Float32Array,
    f64: Float64Array,
  })
);

/** @param {NumericKind | undefined} declared @returns {Converter} */
function ndarrayOf(declared) {
  return (value) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const given = /** @type {{ shape?: unknown, data?: unknown, dtype?: unknown }} */ (value);
    const { data, shape, dtype } = isObject
      ? given
      : { data: value, shape: undefined, dtype: declared };
    const kind = /** @type {NumericKind} */ (declared ?? dtype ?? 'f64');
    const isKind = Object.hasOwn(ARRAYS, kind) && (dtype === undefined || dtype === kind);
    if (!Array.isArray(data) || !isKind) {
      throw refusal(
        value,
        `numbers${declared === undefined ? '' : ` of ${declared}`} as [...] or { "shape": [...], "data": [...] }`,
      );
    }
    const element = scalarOf(/** @type {FieldType} */ (t[kind]));
    const numbers = data.map((one, i) => within(i, element, one));
    try {
      return new NdArray(
        ARRAYS[kind].from(numbers),
        /** @type {number[]} */ (shape ?? [numbers.length]),
      );
    } catch {
      throw refusal(value, `a shape whose product is ${numbers.length}`);
    }
  };
}
