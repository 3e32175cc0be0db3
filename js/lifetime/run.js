/**
 * What `arena.run` may be given, and what its result hands out.
 *
 * Layer: lifetime. Any thread.
 *
 * @module lifetime/run
 */
import { typeError } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { isView } from '../struct/reflect.js';

/** @typedef {import('../struct/scope.js').View} View */

/**
 * The views that a result of run() hands out: itself, or one level of a usual container.
 *
 * @param {unknown} result
 * @returns {View[]}
 */
export function viewsIn(result) {
  if (typeof result !== 'object' || result === null) return [];
  if (isView(result)) return [result];
  if (Array.isArray(result) || result instanceof Set) return [...result].filter(isView);
  if (result instanceof Map) return [...result].flat().filter(isView);
  const prototype = Object.getPrototypeOf(result);
  if (prototype !== Object.prototype && prototype !== null) return [];
  return Object.values(result).filter(isView);
}

/**
 * Refuses functions that do not run when they are called.
 *
 * @param {unknown} fn
 * @throws {QbError} `ASYNC`, `TYPE`
 */
export function refuseLater(fn) {
  if (typeof fn !== 'function') throw typeError('run: the function', fn, 'a function');
  const kind = Object.prototype.toString.call(fn);
  if (kind !== '[object Function]') throw asyncError(`a ${kind.slice(8, -1)}`);
}

/**
 * @param {unknown} result
 * @throws {QbError} `ASYNC`
 */
export function refusePromise(result) {
  if (!(result instanceof Promise)) return;
  result.catch(() => {}); // what it was to do fails now; this error says why
  throw asyncError('a function that returns a promise');
}

/** @param {string} given */
function asyncError(given) {
  return new QbError(
    'ASYNC',
    `run was given ${given}, which goes on after the arena has closed. Use heap.arena(Types, {ambient: ` +
      'false}), make objects with arena.create(Type, ...), and close() it in a finally.',
  );
}
