/**
 * What several tests of structs share.
 *
 * @module
 */
import { expect } from 'vitest';
import { Heap } from '../../js/index.js';

/** @type {Heap[]} */
const opened = [];

/**
 * A small heap that becomes the default; {@link closeHeaps} closes it.
 *
 * @param {import('../../js/heap/open.js').HeapOptions} [options]
 */
export function openHeap(options) {
  const heap = Heap.create({ maximum: 2 ** 24, ...options });
  opened.push(heap);
  return heap;
}

/** For afterEach. */
export function closeHeaps() {
  for (const heap of opened.splice(0)) heap.close();
}

/**
 * The error of a value that a field or schema refuses: a real TypeError or RangeError that names the field.
 *
 * @param {() => unknown} run
 * @param {typeof TypeError | typeof RangeError} type
 * @param {string} field
 * @returns {Error}
 */
export function expectRefused(run, type, field) {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(type);
    const refused = /** @type {Error & { code: string, field: string }} */ (error);
    expect(refused.name).toBe(type.name);
    expect([refused.field, refused.message]).toEqual([field, refused.message]);
    expect(refused.code).toBe(type === TypeError ? 'TYPE' : 'RANGE');
    return refused;
  }
  throw new Error(`nothing was thrown for the field ${JSON.stringify(field)}`);
}

/**
 * All warnings of the library while something runs. They are not printed.
 *
 * @param {() => unknown} run
 * @returns {Promise<{name: string, message: string}[]>}
 */
export function warningsOf(run) {
  return typeof process.emitWarning === 'function' ? warningsOfNode(run) : warningsOfConsole(run);
}

/** @param {() => unknown} run */
async function warningsOfConsole(run) {
  /** @type {{name: string, message: string}[]} */
  const warnings = [];
  const { warn } = console;
  console.warn = (/** @type {string} */ text) => {
    const [, name, message] = /** @type {string[]} */ (/^(\w+): (.*)$/s.exec(text));
    warnings.push({ name, message });
  };
  try {
    await run();
  } finally {
    console.warn = warn;
  }
  return warnings;
}

/** @param {() => unknown} run */
async function warningsOfNode(run) {
  /** @type {Error[]} */
  const warnings = [];
  /** @param {Error} warning */
  const note = (warning) => warnings.push(warning);
  const printers = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', note);
  try {
    await run();
    await new Promise((resolve) => setImmediate(resolve)); // they are emitted on the next tick
  } finally {
    process.off('warning', note);
    for (const printer of printers) process.on('warning', printer);
  }
  return warnings;
}
