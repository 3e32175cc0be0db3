/**
 * The named directory of a heap: publish an address under a name, find it from any worker.
 *
 * Layer: heap. Any thread, at once.
 *
 * @module heap/roots
 */
import {
  addressError,
  checkBoolean,
  checkInteger,
  checkOptions,
  isUint32,
  typeError,
  UINT32_MAX,
} from '../base/check.js';
import { QbError } from '../base/errors.js';
import { ADDRESSES, LIMITS, ROOT, THREAD } from '../base/generated/layout.js';
import { decoder, encoder } from '../base/utf8.js';

/**
 * What stands under a name: `heap.roots.get(name)`.
 *
 * @typedef {object} Root
 * @property {number} value what was published, mostly an address
 * @property {number} kind what the publisher says it is; 0 by default
 */

/** Names that begin so belong to the layers above: users neither see nor take them. */
const RESERVED = '\0qb:';

/**
 * A map of names to roots in shared memory. A name is 1 to 255 bytes of UTF-8.
 */
export class Roots {
  #core;
  #memory;
  #prefix;

  /**
   * @param {import('../base/module.js').Core} core
   * @param {import('../base/memory.js').Memory} memory
   * @param {string} [layer] gives a layer above a directory of its own: its names are hidden from users
   */
  constructor(core, memory, layer) {
    this.#core = core;
    this.#memory = memory;
    this.#prefix = layer === undefined ? '' : `${RESERVED}${layer} `;
  }

  /**
   * Publishes a value. When it is the address of a block of this thread, the block becomes shared: it
   * survives this thread.
   *
   * @param {string} name
   * @param {number} value an address, or any other number 0 .. 2^32-1
   * @param {{kind?: number, replace?: boolean}} [options] `kind` 0 .. 2^32-1 says what it is (value and
   *   kind are not both 0); `replace` allows that the name is taken
   * @throws {QbError} `EXISTS`, `NAME`, `ROOTS_FULL`, `OUT_OF_MEMORY`, `ADDRESS`, `ARGUMENT`, `TYPE`
   */
  set(name, value, options) {
    const { kind = 0, replace = false } = checkOptions('roots.set options', options, [
      'kind',
      'replace',
    ]);
    if (!isUint32(value)) throw addressError(value);
    checkInteger('kind', kind, 0, UINT32_MAX);
    checkBoolean('replace', replace);
    if (value === 0 && kind === 0) {
      throw new QbError(
        'ARGUMENT',
        'value and kind are both 0, which means that there is no root. Use roots.delete(name), or ' +
          'a kind that is not 0.',
        { given: value },
      );
    }
    const bytes = this.#putName(name);
    this.#core.rootSet(this.#scratch(), bytes, value, kind, replace);
  }

  /**
   * @param {string} name
   * @returns {Root | undefined}
   */
  get(name) {
    const entry = this.#core.rootFind(this.#scratch(), this.#putName(name));
    return entry === 0 ? undefined : readRoot(this.#memory, entry);
  }

  /**
   * @param {string} name
   * @returns {boolean}
   */
  has(name) {
    return this.get(name) !== undefined;
  }

  /**
   * Removes a name. The block that it named stays.
   *
   * @param {string} name
   * @returns {boolean} false when there was none
   */
  delete(name) {
    return this.#core.rootRemove(this.#scratch(), this.#putName(name));
  }

  /**
   * All roots of users, in no order. Roots that come or go meanwhile may be missed.
   *
   * @returns {IterableIterator<[string, Root]>}
   */
  *entries() {
    for (const [nameAddress, root] of readRoots(this.#memory)) {
      const name = this.#name(nameAddress);
      if (!name.startsWith(RESERVED)) yield [name, root];
    }
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  /**
   * @param {number} address of the stored name
   * @returns {string}
   */
  #name(address) {
    const start = address + 4;
    this.#memory.ensure(start);
    const bytes = Math.min(this.#memory.root.u32[address >>> 2], LIMITS.ROOT_NAME_BYTES_MAX);
    this.#memory.ensure(start + bytes);
    // Decoded from a private copy: decoding shared bytes is refused by browsers and crashes Node.
    return decoder.decode(this.#memory.root.u8.slice(start, start + bytes));
  }

  /** Where this thread puts names for the core. */
  #scratch() {
    return this.#core.threadAddress + THREAD.scratch;
  }

  /**
   * @param {unknown} name
   * @returns {number} its length in bytes
   */
  #putName(name) {
    if (typeof name !== 'string') throw typeError('name', name, 'a string');
    if (this.#prefix === '' && name.startsWith(RESERVED)) {
      throw new QbError(
        'NAME',
        `the name begins with ${JSON.stringify(RESERVED)}, as those that the library keeps for itself ` +
          'do. Choose another one.',
        { given: name },
      );
    }
    const bytes = encoder.encode(this.#prefix + name);
    if (bytes.length === 0 || bytes.length > LIMITS.ROOT_NAME_BYTES_MAX) {
      throw new QbError(
        'NAME',
        `the name has ${bytes.length} bytes in UTF-8; a name has 1 to ` +
          `${LIMITS.ROOT_NAME_BYTES_MAX}. Choose another one.`,
        { given: name },
      );
    }
    if (decoder.decode(bytes) !== this.#prefix + name) {
      throw new QbError(
        'NAME',
        'the name has half of a surrogate pair, which UTF-8 cannot hold. Use well-formed strings.',
        { given: name },
      );
    }
    if (this.#core.threadAddress === 0) {
      throw new QbError('CLOSED', 'the heap is closed in this thread; attach to it again.');
    }
    this.#memory.root.u8.set(bytes, this.#scratch());
    return bytes.length;
  }
}

/**
 * All roots, those of the layers above too. Roots that come or go meanwhile may be missed.
 *
 * @param {import('../base/memory.js').Memory} memory
 * @returns {IterableIterator<[nameAddress: number, root: Root]>}
 */
export function* readRoots(memory) {
  for (let i = 0; i < LIMITS.ROOTS_MAX; i++) {
    const entry = ADDRESSES.ROOTS + i * ROOT.bytes;
    const nameAddress = Atomics.load(memory.root.u32, (entry + ROOT.nameAddress) >>> 2);
    const root = nameAddress === 0 ? undefined : readRoot(memory, entry);
    if (root !== undefined) yield [nameAddress, root];
  }
}

/**
 * @param {import('../base/memory.js').Memory} memory
 * @param {number} entry address
 * @returns {Root | undefined}
 */
function readRoot(memory, entry) {
  // One load of both halves: they change together.
  const pair = Atomics.load(memory.root.u64, (entry + ROOT.value) >>> 3);
  if (pair === 0n) return undefined;
  return { value: Number(pair & 0xffffffffn), kind: Number(pair >> 32n) };
}
