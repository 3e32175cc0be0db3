/**
 * Values that JSON and CSV have as text: dates, decimals, numbers, bytes.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/texts
 */
import { DateTime, Decimal } from '../struct/pack-values.js';
import { nearest } from './args.js';
import { printable } from './text.js';

/** @typedef {import('./json-text.js').JsonPath} JsonPath */

/** Characters of a refused value that a message shows. */
const SHOWN_CHARACTERS_MAX = 60;

/**
 * A value that its type cannot hold. Who knows the place makes an error of it.
 */
export class Refusal extends Error {
  /** From the row to the value. @type {JsonPath} */
  path = [];
}

/**
 * @param {unknown} value of JSON
 * @param {string} allowed
 * @returns {Refusal}
 */
export function refusal(value, allowed) {
  return new Refusal(`it cannot be ${shown(value)}; give ${allowed}`);
}

/** @param {unknown} value of JSON */
function shown(value) {
  if (value === undefined) return 'left out';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return printable(JSON.stringify(value), SHOWN_CHARACTERS_MAX);
}

const ISO = /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?)?$/;
const ZONE = /(Z|[+-]\d\d:?\d\d)$/;
const DATE_ALLOWED =
  'a date as "2024-02-29", or with a time and its zone as "2024-02-29T12:30:00Z"';
const DATETIME_ALLOWED = 'a date and time as "2024-02-29T12:30:00+01:00", or without a zone';

/**
 * An instant. A date without time is midnight UTC; a time needs its zone.
 *
 * @param {string} text ISO 8601
 * @returns {Date}
 * @throws {Refusal}
 */
export function dateOf(text) {
  const zone = ZONE.exec(text)?.[0] ?? '';
  const clock = text.slice(0, text.length - zone.length);
  const hasTime = clock.includes('T');
  // A time without zone is one of no place.
  if (!isClock(clock) || hasTime !== (zone !== '')) throw refusal(text, DATE_ALLOWED);
  return hasTime ? dateTimeOf(text).toDate() : new Date(text);
}

/** @param {string} text @returns {DateTime} @throws {Refusal} */
export function dateTimeOf(text) {
  const zone = ZONE.exec(text)?.[0] ?? '';
  const clock = text.slice(0, text.length - zone.length);
  if (!clock.includes('T') || !isClock(clock)) throw refusal(text, DATETIME_ALLOWED);
  return guarded(text, DATETIME_ALLOWED, () => DateTime.parse(text));
}

/**
 * Whether a text is a day of the calendar, with or without a time of the day. Date.parse takes February 30.
 *
 * @param {string} text
 */
function isClock(text) {
  const match = ISO.exec(text);
  if (match === null) return false;
  const [, year, month, day, hour = '0', minute = '0', second = '0'] = match;
  const date = new Date(`${year}-${month}-${day}T00:00Z`);
  const isDay = date.getUTCDate() === Number(day) && date.getUTCMonth() + 1 === Number(month);
  return isDay && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
}

/** @param {string} text @returns {Decimal} @throws {Refusal} */
export function decimalOf(text) {
  const allowed = 'a decimal number as "-123.456"';
  return guarded(text, allowed, () => Decimal.parse(text));
}

/** @param {string} text @param {string} allowed @returns {bigint} @throws {Refusal} */
export function bigintOf(text, allowed) {
  if (!/^[+-]?\d{1,400}$/.test(text)) throw refusal(text, allowed);
  return BigInt(text.startsWith('+') ? text.slice(1) : text);
}

/** @param {string} text @param {string} allowed @returns {number} @throws {Refusal} */
export function floatOf(text, allowed) {
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?Infinity$|^NaN$/.test(text);
  if (!isNumber) throw refusal(text, allowed);
  const number = Number(text);
  // 1e999 is a number that no float holds.
  if (!Number.isFinite(number) && /\d/.test(text)) throw refusal(text, allowed);
  return number;
}

/** @param {string} text base64 @returns {Uint8Array} @throws {Refusal} */
export function bytesOf(text) {
  const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1;
  if (!isBase64) throw refusal(text, 'bytes in base64');
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** @param {string} text @param {readonly string[]} names @returns {string} @throws {Refusal} */
export function enumOf(text, names) {
  if (names.includes(text)) return text;
  const near = nearest(text, names);
  const all = names.slice(0, 8).map((name) => JSON.stringify(name));
  const list = `one of ${all.join(', ')}${names.length > 8 ? ', ...' : ''}`;
  throw refusal(text, near === null ? list : `${JSON.stringify(near)}, or another ${list}`);
}

/**
 * @template T
 * @param {string} text
 * @param {string} allowed
 * @param {() => T} make
 * @returns {T}
 */
function guarded(text, allowed, make) {
  try {
    return make();
  } catch {
    throw refusal(text, allowed);
  }
}
