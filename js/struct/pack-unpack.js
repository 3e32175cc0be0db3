/**
 * Plain JS values straight from bodies: no views are made on the way.
 *
 *     list -> array, tuple -> Tuple, set -> Set, dict -> Map or plain object, struct -> plain object
 *
 * A container is made empty, noted under its body, and then filled. So shared references and cycles come back as they
 * were. Filling recurses to a small depth; what is deeper waits in a list of tasks and costs no call stack.
 *
 * Every pointer, count and tag is checked as views check them. What was read is summed up and may not exceed the
 * range: foreign bytes whose bodies overlap end there and not after days.
 *
 * Layer: struct. State is per agent.
 *
 * @module struct/pack-unpack
 */
import {
  BODY_BYTES,
  COUNT,
  DICT_ENTRY_BYTES,
  FLAG,
  FLAGS,
  SET_ENTRY_BYTES,
  TAG,
} from './pack-format.js';
import { openIndex } from './pack-index.js';
import { define } from './pack-json.js';
import { overlapError } from './pack-meter.js';
import { arrayAt, checkNumbers, readBody } from './pack-read.js';
import { bitsAt, membersOf } from './pack-set.js';
import { unpackStruct, unpackStructs } from './pack-unpack-struct.js';
import { NdArray, Tuple } from './pack-values.js';
import { readerOf } from './pack-view.js';
import { decodePrivateUtf8, decodeUtf8, decodeUtf16 } from './strings.js';

/** @typedef {import('./link.js').StructMeta} StructMeta */
/** @typedef {import('./pack-index.js').Index} Index */
/** @typedef {import('./pack-session.js').Session} Session */
/** @typedef {import('./pack-values.js').Numbers} Numbers */
/** @typedef {import('./pack-view.js').StructReader} StructReader */
/** @typedef {Record<string, unknown>} PlainObject */

/** How deep filling recurses before it puts the rest off. */
export const RECURSION_MAX = 64;
/** A larger memo is not kept for the next value. */
const KEPT_WORDS_MAX = 2 ** 16;

/** Tags of objects but structs. */
const OBJECT_TAGS = /** @type {Set<number>} */ (
  new Set([TAG.DICT, TAG.LIST, TAG.TUPLE, TAG.NUMBERS, TAG.SET, TAG.BITSET, TAG.BYTES, TAG.NDARRAY])
);

/** @type {Int32Array | null} */
let keptMemo = null;

/**
 * The plain value of a body.
 *
 * @param {Session} session
 * @param {number} body
 * @param {StructMeta | null} hint what class a struct should be
 * @returns {unknown}
 * @throws {QbError} `CORRUPT`, `SCHEMA`
 */
export function unpackBody(session, body, hint) {
  const unpacker = new Unpacker(session);
  let result;
  try {
    result = unpacker.run(body, hint);
  } finally {
    unpacker.close();
  }
  unpacker.finish();
  return result;
}

/**
 * One conversion.
 */
export class Unpacker {
  /** For every 8 bytes of the range: index of the value of the body that begins there, 0 for none. */
  #memo;
  /** @type {unknown[]} */
  #values = [undefined];
  /** How the struct of that index was read. @type {(StructReader | null)[]} */
  #readers = [null];
  /** What is to be filled later. @type {(() => void)[]} */
  tasks = [];
  /** Called when all is filled. @type {(() => void)[]} */
  hooks = [];
  #base;
  #leftBytes;
  #isPrivate;

  /** @param {Session} session */
  constructor(session) {
    const { m, base, end } = session;
    /** @readonly */
    this.session = session;
    /** @readonly */
    this.m = m;
    this.#base = base;
    this.#leftBytes = end - base;
    this.#isPrivate = m.u8.buffer instanceof ArrayBuffer;
    const words = (end - base) >>> 3;
    if (keptMemo !== null && keptMemo.length >= words) this.#memo = keptMemo.fill(0, 0, words);
    else this.#memo = new Int32Array(words);
    keptMemo = null;
  }

  /** @param {number} body @param {StructMeta | null} hint */
  run(body, hint) {
    const result = this.body(body, hint, 0);
    for (let task = this.tasks.pop(); task !== undefined; task = this.tasks.pop()) task();
    return result;
  }

  close() {
    if (this.#memo.length <= KEPT_WORDS_MAX) keptMemo = this.#memo;
  }

  /** Calls the hooks, those of inner values first. */
  finish() {
    for (const hook of this.hooks.reverse()) hook();
  }

  /* ---- bodies ---- */

  /**
   * @param {number} at of a pointer to any body
   * @param {number} depth
   * @returns {unknown}
   */
  pointer(at, depth) {
    const body = this.session.follow(at);
    return body === 0 ? undefined : this.body(body, null, depth);
  }

  /**
   * @param {number} body
   * @param {StructMeta | null} hint what class structs should be
   * @param {number} depth
   * @returns {unknown}
   */
  body(body, hint, depth) {
    const word = this.m.u32[body >>> 2];
    const tag = word & 255;
    if (tag === TAG.INT32 && (word & (FLAG.BIG << 8)) === 0) {
      return this.m.i32[(body + COUNT) >>> 2];
    }
    if (tag === TAG.STRING) return this.text(body);
    if (tag === TAG.STRUCT) {
      return unpackStruct(this, body, readerOf(this.session, body, hint), depth);
    }
    if (tag === TAG.STRUCTS) return unpackStructs(this, body, word, hint, depth);
    if (!OBJECT_TAGS.has(tag)) return readBody(this.session, body); // a value, or an error
    const index = this.#memo[(body - this.#base) >>> 3];
    return index === 0 ? this.#object(body, word, depth) : this.#values[index];
  }

  /** @param {number} body @param {number} word its first @param {number} depth @returns {unknown} */
  #object(body, word, depth) {
    switch (word & 255) {
      case TAG.DICT:
        return this.#dict(body, word, depth);
      case TAG.SET:
        return this.#set(body, depth);
      case TAG.BITSET:
        return this.#bits(body);
      case TAG.NUMBERS:
        return this.#numbers(body, word);
      case TAG.BYTES: {
        const bytes = this.session.bytes(body);
        this.spend(bytes.length);
        return this.note(body, bytes.slice(), null);
      }
      case TAG.NDARRAY:
        return this.#array(body);
      default:
        return this.#list(body, (word & 255) === TAG.TUPLE, depth);
    }
  }

  /**
   * The structs that a body became, if they were read so.
   *
   * @param {number} body
   * @param {StructReader} reader
   * @returns {unknown} undefined when they were not
   */
  known(body, reader) {
    const index = this.#memo[(body - this.#base) >>> 3];
    return this.#readers[index] === reader ? this.#values[index] : undefined;
  }

  /** @param {number} body @returns {boolean} whether it was not read before, also not by another reader */
  isNew(body) {
    return this.#memo[(body - this.#base) >>> 3] === 0;
  }

  /**
   * Notes what a body becomes.
   *
   * @template T
   * @param {number} body
   * @param {T} value
   * @param {StructReader | null} reader of structs
   * @returns {T} the value
   */
  note(body, value, reader) {
    this.#memo[(body - this.#base) >>> 3] = this.#values.length;
    this.#values.push(value);
    this.#readers.push(reader);
    return value;
  }

  /**
   * @param {number} bytes of content that are read
   * @throws {QbError} `CORRUPT` when bodies overlap
   */
  spend(bytes) {
    this.#leftBytes -= BODY_BYTES + bytes;
    if (this.#leftBytes < 0) throw overlapError();
  }

  /**
   * @param {number} body
   * @returns {string}
   */
  text(body) {
    const index = this.#memo[(body - this.#base) >>> 3];
    if (index !== 0) return /** @type {string} */ (this.#values[index]);
    const session = this.session;
    const m = this.m;
    const bytes = session.textBytes(body);
    this.spend(bytes);
    const start = body + BODY_BYTES;
    const isUtf16 = (m.u8[body + FLAGS] & FLAG.UTF16) !== 0;
    if (isUtf16) return this.note(body, decodeUtf16(m, start, bytes), null);
    const text = this.#isPrivate
      ? decodePrivateUtf8(m.u8, start, bytes)
      : decodeUtf8(m, start, bytes);
    return this.note(body, text, null);
  }

  /* ---- containers ---- */

  /** @param {number} body @param {boolean} isTuple @param {number} depth */
  #list(body, isTuple, depth) {
    const count = this.m.u32[(body + COUNT) >>> 2];
    this.session.need(body + BODY_BYTES + count * 4, body);
    this.spend(count * 4);
    /** @type {unknown[]} */
    const made = isTuple ? new Tuple() : [];
    this.note(body, made, null);
    if (depth < RECURSION_MAX) this.#fillList(made, body, count, depth + 1);
    else this.tasks.push(() => this.#fillList(made, body, count, 0));
    return made;
  }

  /** @param {unknown[]} made @param {number} body @param {number} count @param {number} depth */
  #fillList(made, body, count, depth) {
    const start = body + BODY_BYTES;
    for (let i = 0; i < count; i++) made.push(this.pointer(start + i * 4, depth));
    if (made instanceof Tuple) Object.freeze(made);
  }

  /** @param {number} body @param {number} word */
  #numbers(body, word) {
    const { elements, first, count, bytes } = checkNumbers(this.session, body);
    this.spend(bytes);
    const isTuple = (word & (FLAG.TUPLE << 8)) !== 0;
    /** @type {unknown[]} */
    const made = isTuple ? new Tuple() : [];
    for (let i = first; i < first + count; i++) made.push(elements[i]);
    return this.note(body, isTuple ? Object.freeze(made) : made, null);
  }

  /** @param {number} body */
  #array(body) {
    const array = arrayAt(this.session, body);
    const data = array instanceof NdArray ? array.data : array;
    this.spend(data.byteLength);
    const copy = /** @type {Numbers} */ (data.slice());
    return this.note(body, array instanceof NdArray ? new NdArray(copy, array.shape) : copy, null);
  }

  /** @param {number} body */
  #bits(body) {
    const { words, base } = bitsAt(this.session, body);
    this.spend(words.byteLength);
    return this.note(body, new Set(membersOf(words, base)), null);
  }

  /** @param {number} body @param {number} depth */
  #set(body, depth) {
    const index = openIndex(this.session, body, SET_ENTRY_BYTES);
    this.spend(index.count * SET_ENTRY_BYTES);
    const made = this.note(body, new Set(), null);
    if (depth < RECURSION_MAX) this.#fillSet(made, index, depth + 1);
    else this.tasks.push(() => this.#fillSet(made, index, 0));
    return made;
  }

  /** @param {Set<unknown>} made @param {Index} index @param {number} depth */
  #fillSet(made, { count, entries }, depth) {
    for (let i = 0; i < count; i++) {
      made.add(this.pointer(entries + i * SET_ENTRY_BYTES + 4, depth));
    }
  }

  /** @param {number} body @param {number} word @param {number} depth */
  #dict(body, word, depth) {
    const index = openIndex(this.session, body, DICT_ENTRY_BYTES);
    this.spend(index.count * DICT_ENTRY_BYTES);
    if ((word & (FLAG.OBJECT << 8)) === 0) {
      const map = this.note(body, new Map(), null);
      if (depth < RECURSION_MAX) this.#fillMap(map, index, depth + 1);
      else this.tasks.push(() => this.#fillMap(map, index, 0));
      return map;
    }
    /** @type {PlainObject} */
    const made = {};
    this.note(body, made, null);
    if (depth < RECURSION_MAX) this.#fillObject(made, index, depth + 1);
    else this.tasks.push(() => this.#fillObject(made, index, 0));
    return made;
  }

  /** @param {Map<unknown, unknown>} made @param {Index} index @param {number} depth */
  #fillMap(made, { count, entries }, depth) {
    for (let i = 0; i < count; i++) {
      const at = entries + i * DICT_ENTRY_BYTES + 4;
      const key = this.pointer(at, depth);
      made.set(key, this.pointer(at + 4, depth));
    }
  }

  /** @param {PlainObject} made @param {Index} index @param {number} depth */
  #fillObject(made, { count, entries }, depth) {
    const session = this.session;
    for (let i = 0; i < count; i++) {
      const at = entries + i * DICT_ENTRY_BYTES + 4;
      const body = session.follow(at);
      if (body === 0) session.fail('an object with a key that is no string', at);
      define(made, this.text(body), this.pointer(at + 4, depth));
    }
  }
}
