/**
 * The types of allocations: small integers with names.
 *
 * A memory pool stores the numbers alone. Names belong to an agent: those given to `MemoryPool.type` hold
 * for all its pools, those of the option `types` for one pool; they travel in its descriptor. A name means
 * one number and a number has one name, or it is an error.
 *
 * Layer: lifetime. State is per agent.
 *
 * @module lifetime/memory-types
 */
import { checkInteger, typeError } from '../base/check.js';
import { describe, QbError } from '../base/errors.js';

/** A type, by number or by name. @typedef {number | string} TypeKey */

/** The type of what is allocated without one. */
export const DATA = 1;
const TYPE_MAX = 65535;

export class MemoryTypes {
  /** @type {Map<string, number>} */
  #numbers = new Map();
  /** @type {Map<number, string>} */
  #names = new Map();
  #outer;

  /** @param {MemoryTypes | null} outer whose names hold here too */
  constructor(outer) {
    this.#outer = outer;
  }

  /**
   * @param {string} name
   * @param {unknown} type
   * @returns {number} the type
   * @throws {QbError} `EXISTS` when name or number has another meaning; `ARGUMENT`, `TYPE`
   */
  define(name, type) {
    if (typeof name !== 'string' || name === '') {
      throw typeError('the name of a type', name, 'a string that is not empty');
    }
    const number = checkInteger(`type ${JSON.stringify(name)}`, type, 1, TYPE_MAX);
    const known = this._numberOf(name);
    const taken = this.nameOf(number);
    if ((known ?? number) !== number || (taken ?? name) !== name) {
      const meaning = known === undefined ? `${number} is ${taken}` : `${name} is ${known}`;
      throw new QbError('EXISTS', `type ${name} = ${number}: ${meaning} already. Choose another.`, {
        given: type,
      });
    }
    this.#numbers.set(name, number);
    this.#names.set(number, name);
    return number;
  }

  /**
   * @param {unknown} types name to number
   * @returns {this}
   */
  defineAll(types) {
    if (types === undefined) return this;
    if (typeof types !== 'object' || types === null) {
      throw typeError('types', types, 'an object of names and numbers, as in {MESH: 7}');
    }
    for (const [name, type] of Object.entries(types)) this.define(name, type);
    return this;
  }

  /**
   * @param {unknown} key
   * @returns {number}
   * @throws {QbError} `NOT_FOUND`, `ARGUMENT`, `TYPE`
   */
  numberOf(key) {
    if (typeof key !== 'string') return checkInteger('type', key, 1, TYPE_MAX);
    const number = this._numberOf(key);
    if (number !== undefined) return number;
    throw new QbError(
      'NOT_FOUND',
      `there is no type ${describe(key)}. Define it: MemoryPool.type(name, number).`,
      { given: key },
    );
  }

  /** @param {number} number @returns {string | undefined} */
  nameOf(number) {
    return this.#names.get(number) ?? this.#outer?.nameOf(number);
  }

  /** Its own names. */
  toJSON() {
    return Object.fromEntries(this.#numbers);
  }

  /** @param {string} name @returns {number | undefined} */
  _numberOf(name) {
    return this.#numbers.get(name) ?? this.#outer?._numberOf(name);
  }
}

/** The names that hold for all pools of this agent. */
export const commonTypes = new MemoryTypes(null);
commonTypes.define('DATA', DATA);
