/**
 * What readers of rows have in common: where they are, and errors that say so.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/rows
 */
import { badError } from './errors.js';
import { pathText } from './json-text.js';
import { printable } from './text.js';
import { Refusal } from './texts.js';

/** @typedef {import('../struct/types.js').FieldType} FieldType */
/** @typedef {import('./input.js').Input} Input */
/** @typedef {import('./json-text.js').JsonPath} JsonPath */

/** A row that needs more than this is a mistake, such as a quote that is not closed. */
export const ROW_BYTES_MAX = 64 * 2 ** 20;

/**
 * @param {string} message
 * @param {number} offset in the file
 */
export function atByte(message, offset) {
  return `${message} (byte ${offset})`;
}

/**
 * Reads the rows of an input, pass by pass.
 */
export class RowReader {
  /** Of the row that was given out last, from 1 on; 0: there is none at the moment. */
  line = 0;
  /** Rows of the present pass so far. */
  count = 0;

  /** @param {Input} input */
  constructor(input) {
    /** @readonly @protected */
    this.input = input;
  }

  /**
   * One pass over the rows.
   *
   * @param {ReadonlySet<string> | null} fields that are needed; null: the whole row
   * @returns {AsyncGenerator<unknown, void>} converted: an object with the fields, or a value if rows are no structs
   * @throws {import('./errors.js').CliError}
   */
  async *rows(fields) {
    this.count = 0;
    for await (const row of this.read(fields)) {
      this.count++;
      yield row;
    }
    this.line = 0;
  }

  /**
   * @param {ReadonlySet<string> | null} _fields
   * @returns {AsyncGenerator<unknown, void>}
   * @protected
   */
  async *read(_fields) {
    yield* [];
  }

  /**
   * The error for the row that was given out last.
   *
   * @param {string} message
   * @param {JsonPath} [path] of what is wrong in it
   */
  error(message, path = []) {
    const where = pathText(path);
    const text = where === '' ? message : `${where}: ${message}`;
    if (this.line === 0) return badError(this.input.name, text);
    return badError(this.placeOf(path), atByte(text, this.byteOf(path)));
  }

  /**
   * @param {JsonPath} _path
   * @returns {string} file, line and, if that is known, column
   * @protected
   */
  placeOf(_path) {
    return `${this.input.name}:${this.line}`;
  }

  /**
   * @param {JsonPath} _path
   * @returns {number} offset in the file of what is wrong, or of the row that it is in
   * @protected
   */
  byteOf(_path) {
    return 0;
  }

  /**
   * Converts a part of the present row.
   *
   * @template T
   * @param {() => T} convert
   * @returns {T}
   * @protected
   */
  converted(convert) {
    try {
      return convert();
    } catch (error) {
      if (error instanceof Refusal) throw this.error(printable(error.message, 400), error.path);
      throw error;
    }
  }
}
