/**
 * The text of a schema file: its parts by their paths, and errors that say where.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/schema-source
 */
import { readFile } from 'node:fs/promises';
import { nearest } from './args.js';
import { badError, fileError } from './errors.js';
import { findFault, lineOf, locate, pathText } from './json-text.js';
import { printable } from './text.js';

/** @typedef {import('./json-text.js').JsonPath} JsonPath */

/** A schema is written by hand. */
const SCHEMA_BYTES_MAX = 16 * 2 ** 20;

/**
 * A part of a schema file.
 */
export class SchemaPart {
  #file;
  #text;

  /**
   * @param {string} file for errors
   * @param {string} text of the whole file
   * @param {unknown} value of this part
   * @param {JsonPath} path
   */
  constructor(file, text, value, path) {
    this.#file = file;
    this.#text = text;
    /** @readonly */
    this.value = value;
    /** @readonly */
    this.path = path;
  }

  /**
   * @param {string | number} step a name or index that is there
   * @returns {SchemaPart}
   */
  part(step) {
    const value = /** @type {Record<string | number, unknown>} */ (this.value)[step];
    return new SchemaPart(this.#file, this.#text, value, [...this.path, step]);
  }

  /**
   * @param {string} name
   * @returns {SchemaPart | null} null when the object has no such name
   */
  find(name) {
    return Object.hasOwn(/** @type {object} */ (this.value), name) ? this.part(name) : null;
  }

  /** @returns {[string, SchemaPart][]} names and parts of an object */
  entries() {
    return Object.keys(/** @type {object} */ (this.value)).map((name) => [name, this.part(name)]);
  }

  /**
   * The error for this part.
   *
   * @param {string} message
   */
  error(message) {
    const { line, column } = lineOf(this.#text, locate(this.#text, this.path));
    const where = pathText(this.path);
    return badError(
      `${this.#file}:${line}:${column}`,
      `${where === '' ? '' : `${where}: `}${message}`,
    );
  }

  /** How a message shows the value. */
  shown() {
    return printable(JSON.stringify(this.value), 60);
  }

  /* ---- what it must be ---- */

  isObject() {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value);
  }

  /** @param {string} what for the error @returns {this} */
  needObject(what) {
    if (this.isObject()) return this;
    throw this.error(`${this.shown()} is no object; give ${what}`);
  }

  /** @param {readonly string[]} names that may be there */
  needKnown(names) {
    for (const [name, part] of this.entries()) {
      if (names.includes(name)) continue;
      const near = nearest(name, names);
      const hint = near === null ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
      throw part.error(`it is not known; ${hint}`);
    }
  }

  /**
   * @template {string} K
   * @param {readonly K[]} choices
   * @returns {K}
   */
  needChoice(choices) {
    for (const choice of choices) if (choice === this.value) return choice;
    const near = typeof this.value === 'string' ? nearest(this.value, choices) : null;
    const hint = near === null ? '' : `; did you mean ${JSON.stringify(near)}?`;
    const all = choices.map((choice) => JSON.stringify(choice)).join(', ');
    throw this.error(`${this.shown()} is none of ${all}${hint}`);
  }

  /** @returns {boolean} */
  needBoolean() {
    if (typeof this.value === 'boolean') return this.value;
    throw this.error(`${this.shown()} is neither true nor false`);
  }
}

/**
 * @param {string} path
 * @returns {Promise<SchemaPart>} the whole file
 * @throws {import('./errors.js').CliError}
 */
export async function readSchemaSource(path) {
  const name = printable(path);
  /** @type {Buffer} */
  let bytes;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw fileError(name, 'read', error);
  }
  return parseSchemaSource(name, bytes);
}

/**
 * @param {string} file for errors
 * @param {Uint8Array} bytes
 * @returns {SchemaPart}
 */
export function parseSchemaSource(file, bytes) {
  if (bytes.length > SCHEMA_BYTES_MAX) {
    throw badError(
      file,
      `a schema has at most ${SCHEMA_BYTES_MAX} bytes, this file ${bytes.length}`,
    );
  }
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badError(file, 'a schema is JSON in UTF-8, and this is no UTF-8');
  }
  const fault = findFault(text);
  if (fault !== null) {
    const { line, column } = lineOf(text, fault.at);
    throw badError(`${file}:${line}:${column}`, `it is no JSON: ${fault.what}`);
  }
  const whole = new SchemaPart(file, text, JSON.parse(text), []);
  return whole.needObject('a schema, as { "structs": { "Point": { "x": "f64" } } }');
}
