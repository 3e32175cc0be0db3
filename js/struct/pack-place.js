/**
 * Where a value stands within the value that is packed, and the errors that say so.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-place
 */
import { describe } from '../base/errors.js';
import { FieldTypeError, fieldError } from './errors.js';

/**
 * Where a value stands in the value that is packed, for errors.
 *
 * @typedef {object} Place
 * @property {Place | null} parent
 * @property {string} name as '.x' or '[3]'
 */

/**
 * An element, entry or field of what stands at a place.
 *
 * @implements {Place}
 */
export class Part {
  #key;

  /**
   * @param {Place} parent
   * @param {unknown} key a field's name, an index, or any key of a dict
   */
  constructor(parent, key) {
    /** @readonly */
    this.parent = parent;
    this.#key = key;
  }

  /** Made when an error asks for it: there is a part for each value that is packed. */
  get name() {
    return typeof this.#key === 'string' ? `.${this.#key}` : `[${describe(this.#key)}]`;
  }
}

/**
 * @param {Place | null} place
 * @returns {string} as P.tags[3]
 */
export function nameOf(place) {
  let text = '';
  for (let p = place; p !== null; p = p.parent) text = p.name + text;
  return text;
}

/**
 * The error for a value that cannot stand where it is.
 *
 * @param {Place} place
 * @param {string} allowed
 * @param {string} jsType
 * @param {unknown} value
 */
export function refusal(place, allowed, jsType, value) {
  const name = nameOf(place);
  const dot = name.indexOf('.');
  if (dot < 0) {
    return new FieldTypeError(`${name} cannot be ${describe(value)}; give ${allowed}.`, '', value);
  }
  const [owner, field] = [name.slice(0, dot), name.slice(dot + 1)];
  return fieldError({ owner, name: field, type: { allowed, jsType } }, value);
}
