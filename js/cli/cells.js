/**
 * From the cells of CSV to what packing takes, by field types. A cell is text: it is read as its type writes it,
 * and as JSON for types with parts.
 *
 *     u8 .. f64     42   -1.5e3   NaN        optional   an empty cell is unset; "" is the empty string
 *     bool          true false 1 0           list, dict, struct ...   JSON
 *     string, any   as it is
 *
 * Layer: entries. Node alone.
 *
 * @module cli/cells
 */
import { FITS } from '../struct/codec.js';
import { findFault } from './json-text.js';
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
/** @typedef {import('./convert.js').Converters} Converters */
/** @typedef {(text: string, isQuoted: boolean) => unknown} CellReader throws a {@link Refusal} */

/** @type {ReadonlyMap<string, boolean>} */
const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
]);

/**
 * @param {FieldType} type
 * @param {Converters} converters for what is JSON
 * @returns {CellReader}
 */
export function cellReader(type, converters) {
  const { kind, allowed, names, inner } = type;
  switch (kind) {
    case 'optional': {
      const read = cellReader(/** @type {FieldType} */ (inner), converters);
      return (text, isQuoted) => (text === '' && !isQuoted ? undefined : read(text, isQuoted));
    }
    case 'string':
    case 'any':
      return (text) => text;
    case 'bool':
      return (text) => {
        const value = BOOLEANS.get(text.trim().toLowerCase());
        if (value !== undefined) return value;
        throw refusal(text, 'true or false, 1 or 0');
      };
    case 'enum':
      return (text) => enumOf(text, names ?? []);
    case 'date':
      return (text) => dateOf(text.trim());
    case 'datetime':
      return (text) => dateTimeOf(text.trim());
    case 'bytes':
      return (text) => bytesOf(text.trim());
    case 'decimal':
      return (text) => decimalOf(text.trim());
    case 'i64':
    case 'u64':
      return fitting(kind, allowed.replace('a bigint', 'an integer'), bigintOf);
    case 'i8':
    case 'u8':
    case 'i16':
    case 'u16':
    case 'i32':
    case 'u32':
    case 'f32':
    case 'f64':
      return fitting(kind, allowed, floatOf);
    default:
      return jsonReader(type, converters);
  }
}

/**
 * @param {NumericKind} kind
 * @param {string} allowed
 * @param {(text: string, allowed: string) => number | bigint} read
 * @returns {CellReader}
 */
function fitting(kind, allowed, read) {
  const fits = FITS[kind];
  return (text) => {
    const value = read(text.trim(), allowed);
    if (fits(value)) return value;
    throw refusal(text, allowed);
  };
}

/** @param {FieldType} type @param {Converters} converters @returns {CellReader} */
function jsonReader(type, converters) {
  const convert = converters.of(type);
  return (text) => {
    if (type.kind === 'ref' && text === '') return null;
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      const fault = findFault(text);
      throw new Refusal(
        `it must be JSON for ${type}: ${fault?.what} at character ${(fault?.at ?? 0) + 1}`,
      );
    }
    return convert(value);
  };
}
