/**
 * Looking at structs as a whole: plain values, comparison, iteration, console.log.
 *
 * All of it walks the field table and never calls a view's getters: those are for the user's loops, and
 * here every schema would pass through one call site.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/reflect
 */
import { QbError } from '../base/errors.js';
import { readField } from './codec.js';
import { metaOf } from './link.js';

/** @typedef {import('./scope.js').View} View */
/** @typedef {import('./schema.js').Field} Field */
/** @typedef {(value: unknown, options: object) => string} Inspect */

/** What console.log calls in Node, Deno and Bun. */
export const INSPECT = Symbol.for('nodejs.util.inspect.custom');
/** Deepest chain of references that becomes plain values; JSON.stringify recurses itself. */
export const PLAIN_DEPTH_MAX = 1000;

/**
 * What the class of a view says of it.
 *
 * @param {View} view
 * @returns {import('./link.js').StructMeta}
 */
export function metaOfView(view) {
  return metaOf(view.constructor);
}

/**
 * @param {unknown} value
 * @returns {value is View}
 */
export function isView(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.hasOwn(value, 'address') &&
    Object.hasOwn(value, 'm') &&
    'toJSON' in value &&
    'equals' in value
  );
}

/**
 * Tells structs apart. The address alone does not: a nested struct may begin where its parent begins.
 *
 * @param {View} view
 * @returns {string}
 */
export function keyOf(view) {
  return `${view.address}:${metaOfView(view).schema.name}`;
}

/**
 * What reads packed structs does this in its own way: struct/pack-session.js.
 *
 * @typedef {object} PackedScope
 * @property {string} kind
 * @property {(a: View, b: View) => boolean} equal
 * @property {(view: View) => Record<string, unknown>} plain
 * @property {(view: View, depth: number, options: object) => object} inspect
 */

/**
 * @param {View} view
 * @returns {PackedScope | null} null for a struct in the memory
 */
function packedScope({ m }) {
  const scope = /** @type {PackedScope | null} */ (m.scope);
  return scope !== null && scope.kind === 'packed' ? scope : null;
}

/* ---- plain values ---- */

/**
 * A struct on the way down a chain of references.
 *
 * @typedef {object} Visit
 * @property {View} view
 * @property {string} key
 * @property {[string, unknown][]} entries of the fields that were read
 * @property {[string, unknown]} place where its plain value goes
 */

/**
 * Takes no call stack for a chain: that of a web worker is small.
 *
 * @param {View} view
 * @returns {Record<string, unknown>}
 * @throws {QbError} `CYCLE`, `DEPTH`
 */
export function plainOf(view) {
  /** @type {[string, unknown]} */
  const result = ['', undefined];
  /** Structs that are being converted. @type {Set<string>} */
  const path = new Set();
  /** @type {Visit[]} */
  const open = [];
  /** @param {View} inner @param {[string, unknown]} place */
  const enter = (inner, place) => {
    const packed = packedScope(inner);
    if (packed !== null) {
      place[1] = packed.plain(inner);
      return;
    }
    const key = keyOf(inner);
    if (path.has(key)) throw cycleError(inner);
    if (path.size >= PLAIN_DEPTH_MAX) throw depthError(inner);
    path.add(key);
    open.push({ view: inner, key, entries: [], place });
  };
  enter(view, result);
  for (let visit = open.at(-1); visit !== undefined; visit = open.at(-1)) {
    const { m, address } = visit.view;
    const field = metaOfView(visit.view).schema.list[visit.entries.length];
    if (field === undefined) {
      visit.place[1] = Object.fromEntries(visit.entries);
      path.delete(visit.key);
      open.pop();
      continue;
    }
    const value = readField(field, m, address);
    /** @type {[string, unknown]} */
    const place = [field.name, undefined];
    visit.entries.push(place);
    if (isView(value)) enter(value, place);
    else place[1] = plainValue(value);
  }
  return /** @type {Record<string, unknown>} */ (result[1]);
}

/** @param {View} view */
function cycleError(view) {
  return new QbError(
    'CYCLE',
    `a ${metaOfView(view).schema.name} refers to itself over other structs, and JSON has no word for that. Leave a ` +
      'reference of the cycle out, or walk the graph yourself.',
    { address: view.address },
  );
}

/** @param {View} view */
function depthError(view) {
  return new QbError(
    'DEPTH',
    `a chain of references is longer than ${PLAIN_DEPTH_MAX}, more than JSON can nest. Walk it yourself.`,
    { address: view.address },
  );
}

/**
 * @param {unknown} value that is no view
 * @returns {unknown}
 */
function plainValue(value) {
  if (typeof value === 'bigint') return String(value);
  if (ArrayBuffer.isView(value)) {
    const elements = Array.from(/** @type {ArrayLike<unknown>} */ (/** @type {unknown} */ (value)));
    return elements.map((element) => (typeof element === 'bigint' ? String(element) : element));
  }
  return value;
}

/**
 * @param {View} view
 * @returns {Generator<[string, unknown], void>}
 */
export function* iterateView(view) {
  for (const field of metaOfView(view).schema.list) {
    yield [field.name, readField(field, view.m, view.address)];
  }
}

/* ---- comparison ---- */

/**
 * @param {View} view
 * @param {unknown} other
 * @returns {boolean}
 */
export function equalViews(view, other) {
  if (!isView(other)) return false;
  const packed = packedScope(view) ?? packedScope(other);
  if (packed !== null) return packed.equal(view, other);
  /** @type {Set<string>} pairs that are equal unless something else differs */
  const seen = new Set();
  /** @type {[View, View][]} */
  const pairs = [[view, other]];
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [a, b] = pair;
    const { schema } = metaOfView(a);
    if (schema !== metaOfView(b).schema) return false;
    const key = `${keyOf(a)} ${keyOf(b)}`;
    if ((a.address === b.address && a.m === b.m) || seen.has(key)) continue;
    seen.add(key);
    for (const field of schema.list) {
      const x = readField(field, a.m, a.address);
      const y = readField(field, b.m, b.address);
      if (isView(x) && isView(y)) pairs.push([x, y]);
      else if (!equalValues(x, y)) return false;
    }
  }
  return true;
}

/**
 * @param {unknown} x
 * @param {unknown} y
 * @returns {boolean}
 */
function equalValues(x, y) {
  if (x === y || Object.is(x, y)) return true;
  if (x instanceof Date && y instanceof Date) return Object.is(x.getTime(), y.getTime());
  if (!ArrayBuffer.isView(x) || !ArrayBuffer.isView(y)) return false;
  const a = /** @type {ArrayLike<unknown>} */ (/** @type {unknown} */ (x));
  const b = /** @type {ArrayLike<unknown>} */ (/** @type {unknown} */ (y));
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  return true;
}

/* ---- console.log ---- */

/** Structs that are being printed: a cycle ends at them. @type {Set<string>} */
const printing = new Set();

/**
 * @param {View} view
 * @param {number} depth left
 * @param {object} options
 * @param {Inspect} inspect
 * @returns {string | object}
 */
export function inspectView(view, depth, options, inspect) {
  const { Class, schema } = metaOfView(view);
  const name = Class.name || schema.name;
  if (!isView(view)) return `[${name}]`; // the prototype itself
  if (view.m.revoked) return `${name} [closed]`;
  const packed = packedScope(view);
  if (packed !== null) return packed.inspect(view, depth, options);
  const key = keyOf(view);
  if (printing.has(key)) return `[Circular ${name}]`;
  if (depth < 0) return `[${name}]`;
  printing.add(key);
  try {
    const values = schema.list.map((field) => [field.name, shownValue(field, view)]);
    const deeper = { ...options, depth };
    return `${name} ${inspect(Object.fromEntries(values), deeper)}`;
  } finally {
    printing.delete(key);
  }
}

/**
 * @param {Field} field
 * @param {View} view
 * @returns {unknown} its value; or something that prints as the error: printing must not throw
 */
function shownValue(field, view) {
  try {
    return readField(field, view.m, view.address);
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    return { [INSPECT]: () => `<${message}>` };
  }
}
