/**
 * Whether a container is what a program expects.
 *
 * Layer: image. Any thread.
 *
 * @module image/container-check
 */
import { QbError } from '../base/errors.js';
import { DTYPES } from '../struct/pack-format.js';
import { isWider } from '../struct/pack-layout.js';
import { readerAt } from '../struct/pack-view.js';
import { AUX_TEXTS, CONTAINER_FLAG, CONTAINER_TAG, KEY_KIND } from './format.js';

/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('./container-type.js').ContainerType} ContainerType */

/**
 * @param {Session} session
 * @param {number} body
 * @param {string} name of the container, for the error
 * @param {ContainerType} type
 * @throws {QbError} `SCHEMA`
 */
export function checkContainer(session, body, name, type) {
  const stored = storedOf(session, body);
  const isSame =
    stored.kind === type.kind &&
    stored.isApproximate === type.isApproximate &&
    (type.kind === 'array' || isReadable(type.key.kind, stored.key)) &&
    (type.kind === 'set' || isValue(session, body, stored.value, type));
  if (isSame) return;
  throw new QbError(
    'SCHEMA',
    `${name} is ${shown(stored)}, not ${type}${type.isApproximate ? ', approximate' : ''}. Read it as what it is: ` +
      'image.root and image.get(name) tell.',
  );
}

/**
 * @typedef {object} StoredType
 * @property {string} kind of the container; '' for another value
 * @property {string} key
 * @property {string} value a number type, 'struct', 'texts' or 'values'
 * @property {boolean} isApproximate
 */

/**
 * @param {Session} session
 * @param {number} body
 * @returns {StoredType}
 */
function storedOf(session, body) {
  const { tag, flags, aux, count: kind } = session.open(body);
  const has = (/** @type {number} */ flag) => (flags & flag) !== 0;
  const inPlace = has(CONTAINER_FLAG.NUMBERS) ? (DTYPES[aux] ?? '') : 'struct';
  const isInPlace = has(CONTAINER_FLAG.NUMBERS) || has(CONTAINER_FLAG.STRUCTS);
  const isApproximate = has(CONTAINER_FLAG.APPROXIMATE);
  if (tag === CONTAINER_TAG.ARRAY) {
    const value = isInPlace ? inPlace : aux === AUX_TEXTS ? 'texts' : 'values';
    return { kind: 'array', key: '', value, isApproximate: false };
  }
  if (tag !== CONTAINER_TAG.MAP) return { kind: '', key: '', value: '', isApproximate };
  const several = has(CONTAINER_FLAG.MULTI) ? 'multiMap' : 'map';
  return {
    kind: has(CONTAINER_FLAG.NO_VALUES) ? 'set' : several,
    key: keyName(kind),
    value: isInPlace ? inPlace : 'values',
    isApproximate,
  };
}

/** @param {number} kind KEY_KIND */
function keyName(kind) {
  if (kind === KEY_KIND.STRINGS) return 'string';
  if (kind === KEY_KIND.ANY) return 'any';
  return DTYPES[kind - KEY_KIND.NUMBERS] ?? '';
}

/** @param {string} declared @param {string} stored */
function isReadable(declared, stored) {
  return declared === stored || isWider(declared, stored);
}

/**
 * @param {Session} session
 * @param {number} body
 * @param {string} stored
 * @param {ContainerType} type
 */
function isValue(session, body, stored, { value, meta }) {
  if (stored === 'struct') {
    if (meta === null) return false;
    const reader = readerAt(session, session.open(body).aux, meta, body);
    return reader.meta !== null && reader.View.prototype instanceof meta.Base;
  }
  const isNumber = DTYPES.includes(/** @type {'u8'} */ (value.kind));
  if (stored === 'values') return !isNumber; // each is checked when it is read
  if (stored === 'texts') return value.kind === 'string';
  return isNumber && isReadable(value.kind, stored);
}

/** @param {StoredType} stored */
function shown({ kind, key, value, isApproximate }) {
  if (kind === '') return 'no container';
  const types = { array: value, set: key }[kind] ?? `${key}, ${value}`;
  return `${isApproximate ? 'an approximate' : 'a'} ${kind} of ${types}`;
}
