/**
 * Where a value stands within the value that is packed, and the errors that say so.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-place
 */
import { describe, QbError } from '../base/errors.js';
import { FieldTypeError, fieldError } from './errors.js';

/** A key of more bits is not written out. */
const LONG_BITS = 256;

/**
 * Where a value stands in the value that is packed, for errors.
 *
 * @typedef {object} Place
 * @property {Place | null} parent
 * @property {string} name as '.x' or '[3]'
 * @property {() => Place} keep the same place, for good: a container keeps it until its content is written
 */

/**
 * What is packed as a whole.
 *
 * @implements {Place}
 */
export class Whole {
  /** @readonly */
  parent = null;

  /** @param {string} name */
  constructor(name) {
    /** @readonly */
    this.name = name;
  }

  keep() {
    return this;
  }
}

/**
 * An element, entry or field of what stands at a place. It goes from one to the next: most values are written at once,
 * and then nobody asks any more.
 *
 * @implements {Place}
 */
export class Part {
  /**
   * @param {Place} parent kept
   * @param {unknown} key a field's name, an index, or any key of a dict
   */
  constructor(parent, key) {
    /** @readonly */
    this.parent = parent;
    this.key = key;
  }

  /** Made when an error asks for it. */
  get name() {
    const { key } = this;
    if (typeof key === 'string') return `.${key}`;
    const isLong = typeof key === 'bigint' && BigInt.asIntN(LONG_BITS, key) !== key;
    return isLong ? '[a long bigint]' : `[${describe(key)}]`;
  }

  keep() {
    return new Part(this.parent, this.key);
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
 * @param {string} [shown] what it is
 */
export function refusal(place, allowed, jsType, value, shown = describe(value)) {
  const name = nameOf(place);
  const dot = name.indexOf('.');
  if (dot < 0) {
    return new FieldTypeError(`${name} cannot be ${shown}; give ${allowed}.`, '', value);
  }
  const [owner, field] = [name.slice(0, dot), name.slice(dot + 1)];
  return fieldError({ owner, name: field, type: { allowed, jsType } }, value, shown);
}

/**
 * An object by the name of its class, read without running code of it.
 *
 * @param {object} value no Proxy
 * @returns {string}
 */
export function instanceText(value) {
  const prototype = Object.getPrototypeOf(value);
  const Class = prototype && Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const name = typeof Class === 'function' && Object.getOwnPropertyDescriptor(Class, 'name')?.value;
  const isNamed = typeof name === 'string' && name !== '' && name !== 'Object';
  return isNamed ? `an instance of ${name}` : describe(value);
}

/**
 * Refuses what was transferred to another thread: it has no bytes any more, and no word of it.
 *
 * @param {Place} place
 * @param {ArrayBufferView} value
 */
export function checkAttached(place, value) {
  if (value.byteLength > 0 || !isDetached(value.buffer)) return;
  throw refusal(
    place,
    'one that is not detached',
    'object',
    value,
    'an array that was transferred',
  );
}

/**
 * @param {ArrayBufferLike} buffer
 * @returns {boolean} whether it was transferred to another thread
 */
export function isDetached(buffer) {
  if (buffer.byteLength > 0) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/**
 * The error for what has another size than when room was made for it.
 *
 * @param {Place} place
 * @param {number} before
 * @param {number} after
 */
export function changedError(place, before, after) {
  return new QbError(
    'TYPE',
    `${nameOf(place)} changed while it was packed: it had ${before} elements, then ${after}. A getter or hook ` +
      'changed it; pack what stays as it is.',
  );
}
