/**
 * Which classes packed structs become: codes, hooks, and what may differ.
 *
 * Layer: struct. State is per agent.
 *
 * @module struct/pack-types
 */
import { checkChoice, checkInteger, checkOptions } from '../base/check.js';
import { QbError, QbTypeError } from '../base/errors.js';
import { metaOf } from './link.js';
import { PACK_LIMITS } from './pack-format.js';

/** @typedef {import('./link.js').StructMeta} StructMeta */

/**
 * How a class meets bytes of another version, and what is called on the way.
 *
 * @typedef {object} TypeOptions
 * @property {'default' | 'refuse'} [missing] a field that the bytes do not have reads as its value at first
 *   ('default'), or the bytes are refused
 * @property {'ignore' | 'refuse'} [unknown] a field that the bytes have and the class does not is ignored, or
 *   the bytes are refused
 * @property {(value: object) => object} [prePack] called with a value of the class before it is packed;
 *   what it returns is packed instead: a view or an object with the fields
 * @property {(value: object) => void} [postPack] called with the value when everything is packed
 * @property {(value: Record<string, unknown>) => void} [postUnpack] called with the plain object that
 *   `unpack` made, its fields complete; may change it
 */

/**
 * @typedef {object} Registration
 * @property {StructMeta} meta
 * @property {number} code
 * @property {TypeOptions} options
 */

/** @type {Map<number, Registration>} */
const byCode = new Map();
/** @type {WeakMap<object, Registration>} by class */
const byClass = new WeakMap();

const OPTION_NAMES = Object.freeze(['missing', 'unknown', 'prePack', 'postPack', 'postUnpack']);

/**
 * Gives a struct class a code that stands for it in packed bytes, in this agent. Bytes with the code are read as this
 * class, whatever its name is.
 *
 * The same class with the same code and options again changes nothing.
 *
 * @param {import('./infer.js').AnyClass} Class
 * @param {number} code 1 .. 65535
 * @param {TypeOptions} [options]
 * @throws {QbError} `CONFLICT` when the code or the class is taken; `TYPE`, `ARGUMENT`
 */
export function registerType(Class, code, options = {}) {
  const meta = metaOf(Class);
  checkInteger('code', code, 1, 65535);
  const given = checkOptions('registerType', options, OPTION_NAMES);
  if (given.missing !== undefined) checkChoice('missing', given.missing, ['default', 'refuse']);
  if (given.unknown !== undefined) checkChoice('unknown', given.unknown, ['ignore', 'refuse']);
  for (const hook of /** @type {const} */ (['prePack', 'postPack', 'postUnpack'])) {
    if (given[hook] !== undefined && typeof given[hook] !== 'function') {
      throw new QbTypeError(`registerType: ${hook} must be a function.`, given[hook]);
    }
  }
  const taken = byCode.get(code);
  const known = byClass.get(Class);
  if (taken === undefined && known === undefined) {
    const registration = { meta, code, options: Object.freeze({ ...given }) };
    byCode.set(code, registration);
    byClass.set(Class, registration);
    return;
  }
  if (taken !== undefined && taken === known && isSame(taken.options, given)) return;
  throw new QbError(
    'CONFLICT',
    known === undefined
      ? `the code ${code} stands for ${taken?.meta.Class.name} already; give ${Class.name} another one.`
      : `${Class.name} is registered already, with the code ${known.code}${
          known.code === code ? ' and other options' : ''
        }; register a class once.`,
    { given: code },
  );
}

/** @param {TypeOptions} a @param {TypeOptions} b */
function isSame(a, b) {
  return OPTION_NAMES.every(
    (name) => a[/** @type {'missing'} */ (name)] === b[/** @type {'missing'} */ (name)],
  );
}

/**
 * @param {number} code
 * @returns {StructMeta | null}
 */
export function metaOfCode(code) {
  return byCode.get(code)?.meta ?? null;
}

/**
 * The registration of a class, or of the nearest class above it that has the same fields.
 *
 * @param {StructMeta} meta
 * @returns {Registration | null}
 */
export function registrationOf(meta) {
  if (byCode.size === 0) return null;
  /** @type {object | null} */
  let Class = meta.Class;
  while (typeof Class === 'function') {
    const found = byClass.get(Class);
    if (found !== undefined) return found.meta.schema === meta.schema ? found : null;
    if (Class === meta.Base) return null;
    Class = Object.getPrototypeOf(Class);
  }
  return null;
}

/**
 * @param {number} count of types in one table
 */
export function checkTypeCount(count) {
  if (count < PACK_LIMITS.TYPES) return;
  throw new QbError(
    'ARGUMENT',
    `one packed value has at most ${PACK_LIMITS.TYPES} types of structs.`,
  );
}
