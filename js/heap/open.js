/**
 * Making a memory with a fresh heap in it, from checked options.
 *
 * Layer: heap.
 *
 * @module heap/open
 */
import { checkBoolean, checkOptions, checkString, typeError } from '../base/check.js';
import { coreModule } from '../base/compile.js';
import { describe, QbError } from '../base/errors.js';
import { LIMITS } from '../base/generated/layout.js';
import { Memory } from '../base/memory.js';
import { Core } from '../base/module.js';

/**
 * What `Heap.create` takes.
 *
 * @typedef {object} HeapOptions
 * @property {number} [initial] bytes of memory to start with, the heap's tables included (a
 *   sixteenth of the maximum). The default leaves 1 MiB behind the tables
 * @property {number} [maximum] bytes the memory may grow to, up to 4 GiB; 256 MiB by default. It takes
 *   address space, not memory, until it is used
 * @property {boolean} [shared] false: the heap stays in this agent and has no descriptor
 * @property {boolean} [debug] canaries behind blocks, fill on free, quarantine, `heap.leaks()`; slower
 * @property {string} [name] for messages and pictures
 */

/** @typedef {{memory: Memory, core: Core}} Opened */

const MAXIMUM_BYTES_DEFAULT = 256 * 1024 * 1024;
const ROOM_PAGES_DEFAULT = 16;
const MEMORY_BYTES_MAX = LIMITS.PAGES_MAX * LIMITS.PAGE_BYTES;
const OPTION_NAMES = ['initial', 'maximum', 'shared', 'debug', 'name'];

/**
 * @param {HeapOptions | undefined} options
 * @returns {{initialPages: number | undefined, pageMax: number, shared: boolean, debug: boolean, name: string}}
 */
export function checkHeapOptions(options) {
  const {
    initial,
    maximum = MAXIMUM_BYTES_DEFAULT,
    shared = true,
    debug = false,
    name = 'heap',
  } = checkOptions('Heap options', options, OPTION_NAMES);
  checkString('name', name);
  const pageMax = pagesOf('maximum', maximum);
  const initialPages = initial === undefined ? undefined : pagesOf('initial', initial);
  if (initialPages !== undefined && initialPages > pageMax) {
    throw new QbError(
      'SIZE',
      `initial is ${initial} bytes and maximum ${maximum}; initial must not be larger than maximum.`,
      { given: initial },
    );
  }
  return {
    initialPages,
    pageMax,
    shared: checkBoolean('shared', shared),
    debug: checkBoolean('debug', debug),
    name,
  };
}

/**
 * A new memory with an empty heap in it. Nobody is attached yet.
 *
 * @param {number} pageMax
 * @param {number | undefined} initialPages undefined: the default
 * @param {number} options OPTIONS
 * @returns {Opened}
 * @throws {QbError} `SIZE` when the maximum has no room for the tables, `OUT_OF_MEMORY`, `UNSUPPORTED`, `NO_CORE`
 */
export function openMemory(pageMax, initialPages, options) {
  const module = coreModule();
  // One page is enough to ask the core how many it needs.
  const wasmMemory = reserve(pageMax);
  const core = new Core(module, wasmMemory);
  const pageMin = core.heapPageMin(pageMax);
  if (pageMin === 0) throw maximumError(core, pageMax);
  const wanted = initialPages ?? Math.min(pageMin + ROOM_PAGES_DEFAULT, pageMax);
  const pageCount = Math.max(pageMin, wanted);
  try {
    wasmMemory.grow(pageCount - 1);
  } catch (cause) {
    throw memoryError(pageCount, cause);
  }
  core.heapInit(pageMax, options);
  return { memory: new Memory(wasmMemory), core };
}

/**
 * @param {number} pageMax
 * @returns {WebAssembly.Memory}
 */
function reserve(pageMax) {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: pageMax, shared: true });
  } catch (cause) {
    throw memoryError(pageMax, cause);
  }
}

/**
 * @param {string} what
 * @param {unknown} bytes
 * @returns {number} pages
 */
function pagesOf(what, bytes) {
  if (typeof bytes !== 'number') throw typeError(what, bytes, 'a number of bytes');
  if (!Number.isInteger(bytes) || bytes < 1 || bytes > MEMORY_BYTES_MAX) {
    throw new QbError(
      'SIZE',
      `${what} is ${describe(bytes)}; it must be an integer from 1 to ${MEMORY_BYTES_MAX} bytes.`,
      { given: bytes, requestedBytes: bytes },
    );
  }
  return Math.ceil(bytes / LIMITS.PAGE_BYTES);
}

/**
 * @param {Core} core
 * @param {number} pageMax
 * @returns {QbError}
 */
function maximumError(core, pageMax) {
  let least = pageMax + 1;
  while (core.heapPageMin(least) === 0) least++;
  const leastBytes = least * LIMITS.PAGE_BYTES;
  const given = pageMax * LIMITS.PAGE_BYTES;
  return new QbError(
    'SIZE',
    `maximum is ${given} bytes, which leaves no room beside the tables of the heap; it must be ` +
      `at least ${leastBytes}.`,
    { given, requestedBytes: given },
  );
}

/**
 * @param {number} pageCount
 * @param {unknown} cause
 * @returns {QbError}
 */
function memoryError(pageCount, cause) {
  const requestedBytes = pageCount * LIMITS.PAGE_BYTES;
  return new QbError(
    'OUT_OF_MEMORY',
    `the engine refused a memory of ${requestedBytes} bytes. Give Heap.create a smaller maximum, or ` +
      'close heaps that are no longer used.',
    { requestedBytes, cause },
  );
}
