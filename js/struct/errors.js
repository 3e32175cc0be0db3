/**
 * Refused values: a real TypeError or RangeError that names the struct and the field.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/errors
 */
import { describe, QbError, QbRangeError, QbTypeError } from '../base/errors.js';

/** The value has the wrong type for its field. `code` is `TYPE`. */
export class FieldTypeError extends QbTypeError {
  /**
   * @param {string} message
   * @param {string} field name of the field, '' when the mistake is not about one
   * @param {unknown} [given]
   */
  constructor(message, field, given) {
    super(message, given);
    /** @readonly */
    this.field = field;
  }
}

/** The value has the right type but does not fit its field. `code` is `RANGE`. */
export class FieldRangeError extends QbRangeError {
  /**
   * @param {string} message
   * @param {string} field
   * @param {unknown} [given]
   */
  constructor(message, field, given) {
    super('RANGE', message, given);
    /** @readonly */
    this.field = field;
  }
}

/** A class is not what the heap knows under its name. `code` is `SCHEMA`. */
export class SchemaError extends QbError {
  /**
   * @param {string} message
   * @param {string} struct name of the struct
   * @param {string} field name of the field, '' when it is not about one
   */
  constructor(message, struct, field) {
    super('SCHEMA', message);
    /** @readonly */
    this.struct = struct;
    /** @readonly */
    this.field = field;
  }
}

/**
 * The error for a value that a field cannot hold. It is a RangeError for a number, bigint or string that is
 * not in range, a TypeError for all else.
 *
 * @param {{ owner: string, name: string, type: { allowed: string, jsType: string } }} field
 * @param {unknown} given
 * @param {string} [shown] what it is
 * @returns {FieldTypeError | FieldRangeError}
 */
export function fieldError(field, given, shown = describe(given)) {
  const { allowed, jsType } = field.type;
  const message = `${field.owner}.${field.name} cannot hold ${shown}; give ${allowed}.`;
  if (typeof given === jsType && jsType !== 'object') {
    return new FieldRangeError(message, field.name, given);
  }
  return new FieldTypeError(message, field.name, given);
}
