/**
 * The schemas that a heap stores, so that all workers mean the same struct by the same name.
 *
 *     root "schema 0"  -->  block { u32 byte count, JSON }    {"v":1,"schemas":[Vector, Particle]}
 *     root "schema 1"  -->  block { u32 byte count, JSON }    {"v":1,"schemas":[Node]}
 *
 * The first use of a class in a heap stores its schema, with its parent, the structs nested in it and those
 * it refers to, as far as these are defined: one block, one root, all or nothing. The next free number is the
 * next root, and the core gives it to one of those who want it (heap/roots.c, which also makes the block
 * shared in the same go). The others read what the winner stored, compare, and try again with what is
 * left. So the list only grows, every agent reads the same one in the same order, and a thread that dies at
 * any point leaves either its block in the list or a block of its own, which its reaping frees.
 *
 * Later uses of the same class cost one compare: StructType.heap.
 *
 * Layer: struct. State is per agent; the list is in the memory.
 *
 * @module struct/directory
 */
import { QbError } from '../base/errors.js';
import { LIMITS } from '../base/generated/layout.js';
import { encoder, strictDecoder } from '../base/utf8.js';
import { Roots } from '../heap/roots.js';
import { targets } from './link.js';
import { checkSame, isRecord, recordOf } from './record.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('./link.js').StructType} StructType */
/** @typedef {import('./record.js').SchemaRecord} SchemaRecord */

/** Of the JSON. */
const VERSION = 1;
/** Bytes before the text: its length. */
const HEAD_BYTES = 4;

/** Of the heaps that this agent is attached to. @type {Map<Heap, Directory>} */
const directories = new Map();

/**
 * What one heap stores, as far as this agent has read it.
 */
export class Directory {
  #heap;
  #roots;
  /** How many roots are read. */
  #blockCount = 0;
  /** In the order of the list. @type {Map<string, SchemaRecord>} */
  #records = new Map();
  /** Types that are as the heap has them. @type {Set<StructType>} */
  #known = new Set();

  /** @param {Heap} heap */
  constructor(heap) {
    this.#heap = heap;
    this.#roots = new Roots(heap.core, heap.memory, 'schema');
    heap.onLeave(() => {
      directories.delete(heap);
      for (const type of this.#known) if (type.heap === heap) type.heap = null;
    });
  }

  /**
   * @returns {ReadonlyMap<string, SchemaRecord>} all that is stored now
   * @throws {QbError} `CORRUPT`, `LAYOUT`
   */
  read() {
    for (;;) {
      const root = this.#roots.get(`${this.#blockCount}`);
      if (root === undefined) return this.#records;
      for (const record of this.#parse(root.value)) this.#records.set(record.name, record);
      this.#blockCount++;
    }
  }

  /** @param {StructType} type @returns {boolean} */
  has(type) {
    return this.#known.has(type);
  }

  /**
   * The class was made of what the heap has.
   *
   * @param {StructType} type
   */
  trust(type) {
    this.#known.add(type);
  }

  /**
   * Stores the schema of a type and of those it leads to, or compares them with what is stored.
   *
   * @param {StructType} type
   * @throws {QbError} `SCHEMA`; then nothing was stored
   */
  add(type) {
    if (this.has(type)) return;
    const types = [...this.#reach(type)];
    for (;;) {
      const stored = new Map(this.read());
      /** @type {SchemaRecord[]} */
      const missing = [];
      for (const record of types.map(recordOf)) {
        const other = stored.get(record.name);
        if (other !== undefined) checkSame(other, record);
        else missing.push(record);
        if (other === undefined) stored.set(record.name, record);
      }
      if (missing.length === 0 || this.#publish(missing)) break;
    }
    for (const each of types) this.#known.add(each);
  }

  /**
   * The types to be stored with one, those that it is made of first.
   *
   * @param {StructType} type
   * @param {Set<StructType>} [found]
   * @returns {Set<StructType>}
   */
  #reach(type, found = new Set()) {
    const open = [type];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next) || this.has(next)) continue;
      const { parent, schema } = next;
      if (parent !== null) this.#reach(parent, found);
      for (const { link } of schema.nested) {
        if (link !== null) this.#reach(link.found.type, found);
      }
      found.add(next);
      for (const { link } of schema.references) {
        const target = link?.peek().type ?? null;
        if (target !== null) open.push(target);
      }
    }
    return found;
  }

  /**
   * @param {SchemaRecord[]} schemas
   * @returns {boolean} false: another thread stored something meanwhile
   */
  #publish(schemas) {
    const { core, memory } = this.#heap;
    const text = encoder.encode(JSON.stringify({ v: VERSION, schemas }));
    const address = core.alloc(HEAD_BYTES + text.length);
    try {
      memory.ensure(address + HEAD_BYTES + text.length);
      memory.root.u32[address >>> 2] = text.length;
      memory.root.u8.set(text, address + HEAD_BYTES);
      this.#roots.set(`${this.#blockCount}`, address);
    } catch (error) {
      core.free(address);
      const { code, message } = /** @type {QbError} */ (error);
      if (code === 'EXISTS') return false;
      throw new QbError(code, `the schema of ${schemas[0].name} cannot be stored: ${message}`, {
        cause: error,
      });
    }
    for (const record of schemas) this.#records.set(record.name, record);
    this.#blockCount++;
    return true;
  }

  /**
   * @param {number} address of a block
   * @returns {SchemaRecord[]}
   */
  #parse(address) {
    const { core, memory } = this.#heap;
    /** @type {{ v?: unknown, schemas?: unknown } | null} */
    let value;
    try {
      const usableBytes = address < LIMITS.ADDRESS_MIN ? 0 : core.usableBytes(address);
      memory.ensure(address + usableBytes);
      const start = address + HEAD_BYTES;
      const bytes = memory.root.u32[address >>> 2];
      if (bytes > usableBytes - HEAD_BYTES) throw new RangeError('it ends behind its block');
      // Decoded from a private copy: decoding shared bytes is refused by browsers and crashes Node.
      const copy = memory.root.u8.slice(start, start + bytes);
      value = JSON.parse(strictDecoder.decode(copy));
    } catch (cause) {
      throw corruptSchema(`at ${address}`, cause);
    }
    const { v, schemas } = value ?? {};
    if (typeof v === 'number' && v > VERSION) {
      throw new QbError(
        'LAYOUT',
        'the heap has schemas of a newer version of qbwasm. Use the same version in all workers.',
        { given: v },
      );
    }
    const isSound = v === VERSION && Array.isArray(schemas) && schemas.every(isRecord);
    if (!isSound || schemas.some(({ name }) => this.#records.has(name))) {
      throw corruptSchema(`at ${address}`, 'it does not have the form of one');
    }
    return schemas;
  }
}

/**
 * @param {string} which of the heap's schemas
 * @param {unknown} cause
 * @returns {QbError}
 */
export function corruptSchema(which, cause) {
  return new QbError(
    'CORRUPT',
    `the heap's schema ${which} cannot be read: something wrote over it. Look for writes by address ` +
      'that are out of bounds.',
    { cause },
  );
}

/**
 * @param {Heap} heap open
 * @returns {Directory}
 */
export function directoryOf(heap) {
  let directory = directories.get(heap);
  if (directory === undefined) {
    directory = new Directory(heap);
    directories.set(heap, directory);
  }
  return directory;
}

/**
 * A type is about to be used in a heap.
 *
 * @param {StructType} type
 * @param {Heap} heap
 * @throws {QbError} `SCHEMA` when it is not what the heap has under its name; `OUT_OF_MEMORY`, `ROOTS_FULL`
 */
export function meet(type, heap) {
  if (heap.closed) return; // whoever goes on will hear of it
  directoryOf(heap).add(type);
  type.heap = heap;
}

/**
 * @param {StructType} type
 * @param {Heap} heap open
 * @returns {number} which schema of the heap it has, from 1; the same in all agents
 * @throws {QbError} as {@link meet}
 */
export function schemaNumber(type, heap) {
  meet(type, heap);
  return [...directoryOf(heap).read().keys()].indexOf(type.schema.name) + 1;
}

targets.onFound = (owner, target) => {
  for (const directory of directories.values()) {
    if (directory.has(owner)) directory.add(target);
  }
};
