/**
 * A session: one range of packed bytes that is being read.
 *
 *     session.m        memory table over the buffer; views read struct fields through it
 *     session.base     where the range begins, session.end where it ends
 *
 * Every pointer and count is compared with the range before it is used, so foreign bytes give in-bounds values or
 * `CORRUPT`. One body gives one view (pack-cache.js).
 *
 * Layer: struct. A session belongs to one agent, the bytes to all.
 *
 * @module struct/pack-session
 */
import { QbError } from '../base/errors.js';
import { bufferTable, MemoryTable } from '../base/memory.js';
import { LayoutCache, ViewCache } from './pack-cache.js';
import { readStructField } from './pack-codec.js';
import { equalPacked } from './pack-equal.js';
import {
  BODY_BYTES,
  COUNT,
  corruptError,
  FLAG,
  FLAGS,
  PACK_LIMITS,
  padded,
  TAG,
  TYPE_ENTRY_BYTES,
} from './pack-format.js';
import { inspectPacked } from './pack-inspect.js';
import { jsonOf } from './pack-json.js';
import { meter, spend } from './pack-meter.js';
import { isDetached } from './pack-place.js';
import { decodeUtf8, decodeUtf16 } from './strings.js';

/** @typedef {import('./pack-view.js').KnownReader} KnownReader */
/** @typedef {import('./schema.js').Field} Field */

/** Arrays over buffers that were read. @type {WeakMap<ArrayBufferLike, MemoryTable>} */
const tables = new WeakMap();

/** @param {ArrayBufferLike} buffer */
function tableOver(buffer) {
  let table = tables.get(buffer);
  if (table === undefined || table.byteLength !== buffer.byteLength) {
    table = bufferTable(buffer);
    tables.set(buffer, table);
  }
  return new MemoryTable(table);
}

/**
 * One range of packed bytes.
 */
export class Session {
  /** Told from the allocators that stand behind the tables of live structs. @readonly */
  kind = /** @type {const} */ ('packed');
  /** @type {LayoutCache | null} */
  #layouts = null;

  /**
   * @param {ArrayBufferLike} buffer
   * @param {number} base a multiple of 8
   * @param {number} end
   * @param {boolean} writable
   */
  constructor(buffer, base, end, writable) {
    this.m = tableOver(buffer);
    this.m.scope = this;
    /** @readonly */
    this.base = base;
    this.end = end;
    /** @readonly */
    this.writable = writable;
    /** Body of the type table, 0 when there is none. */
    this.typesAt = 0;
    this.typeCount = 0;
    /** Types that were met, by index. @type {(KnownReader | undefined)[]} */
    this.readers = [];
    /** The views of bodies. @readonly */
    this.views = new ViewCache();
  }

  /** What is known of the layouts that the bytes tell. */
  get layouts() {
    this.#layouts ??= new LayoutCache();
    return this.#layouts;
  }

  /**
   * Where the bytes have a field of a class.
   *
   * @param {Field} field
   * @returns {Field | null | undefined} undefined: where the class has it; null: nowhere
   */
  movedTo(field) {
    return this.#layouts?.moved.get(field);
  }

  /** @param {Field} field @returns {boolean} whether it is what the bytes tell of a field, and not the class */
  isStored(field) {
    return this.#layouts?.stored.has(field) === true;
  }

  /**
   * Leaves less of the range.
   *
   * @param {number} end
   */
  narrow(end) {
    this.end = end;
  }

  /**
   * What a live struct asks of the scope of another view before it refers to it.
   *
   * @returns {never}
   */
  get heap() {
    throw new QbError(
      'PACKED',
      'a struct in the memory cannot refer to a packed struct, and packed structs are not freed. Make a ' +
        'new struct from its fields.',
    );
  }

  /** @param {number} at body of the type table */
  openTypes(at) {
    const { tag, count } = this.open(at);
    if (tag !== TAG.TYPES) this.fail(`tag ${tag} where the type table should be`, at);
    if (count > PACK_LIMITS.TYPES) this.fail(`a table of ${count} types`, at);
    this.need(at + BODY_BYTES + count * TYPE_ENTRY_BYTES, at);
    this.typesAt = at;
    this.typeCount = count;
  }

  /* ---- checked reads ---- */

  /**
   * For who reads through a typed array of its own, which closing does not reach.
   *
   * @template T
   * @param {T} numbers
   * @returns {T} the same
   * @throws {QbError} `CLOSED`
   */
  alive(numbers) {
    if (this.m.revoked) this.m.u8.at(this.base); // throws why
    return numbers;
  }

  /**
   * @param {string} what
   * @param {number} at
   * @returns {never}
   */
  fail(what, at) {
    this.checkAttached();
    throw corruptError(what, at - this.base);
  }

  /** Tells bytes that are gone from bytes that are wrong. */
  checkAttached() {
    if (!isDetached(this.m.u8.buffer)) return;
    throw new QbError(
      'CLOSED',
      'the buffer of these packed bytes is detached: it was transferred to another thread. Read there, or transfer a copy.',
    );
  }

  /**
   * What stands at a pointer is none of what the field may hold.
   *
   * @param {Field} field
   * @param {number} body
   * @returns {never}
   */
  failField({ owner, name, type }, body) {
    return this.fail(`tag ${this.tag(body)} for ${owner}.${name}, a ${type}`, body);
  }

  /**
   * A struct of another class than a field leads to.
   *
   * @param {Field} field
   * @returns {never}
   */
  failClass({ owner, name, type }) {
    throw new QbError(
      'SCHEMA',
      `the packed bytes have another struct for ${owner}.${name}, a ${type}. They were packed with other classes, or ` +
        'damaged.',
    );
  }

  /**
   * Makes sure that bytes lie in the range.
   *
   * @param {number} end
   * @param {number} at what they belong to
   */
  need(end, at) {
    if (!(end <= this.end)) this.fail('a body that ends behind the last byte', at);
  }

  /**
   * Where a pointer leads.
   *
   * @param {number} at of the pointer
   * @returns {number} body, its header in the range; 0 for none
   */
  follow(at) {
    const distance = this.m.i32[at >>> 2];
    if (distance === 0) return 0;
    const body = at + distance * 4;
    const isBody = body > this.base && body + BODY_BYTES <= this.end && body % 8 === 0;
    if (!isBody) this.fail('a pointer that leads to no body', at);
    return body;
  }

  /**
   * The header of a body.
   *
   * @param {number} body
   */
  open(body) {
    const word = this.m.u32[body >>> 2];
    return {
      tag: word & 255,
      flags: (word >>> 8) & 255,
      aux: word >>> 16,
      count: this.m.u32[(body + COUNT) >>> 2],
    };
  }

  /** @param {number} body */
  tag(body) {
    return this.m.u8[body];
  }

  /**
   * The text of a string body.
   *
   * @param {number} body
   * @returns {string}
   */
  text(body) {
    const bytes = this.textBytes(body);
    if (meter.texts !== null) return this.#meteredText(meter.texts, body, bytes);
    if (meter.isOn) spend(bytes);
    return this.#decode(body, bytes);
  }

  /** @param {Map<Session, Map<number, string>>} all @param {number} body @param {number} bytes */
  #meteredText(all, body, bytes) {
    let texts = all.get(this);
    if (texts === undefined) {
      texts = new Map();
      all.set(this, texts);
    }
    let text = texts.get(body);
    if (text === undefined) {
      spend(bytes);
      text = this.#decode(body, bytes);
      texts.set(body, text);
    }
    return text;
  }

  /** @param {number} body @param {number} bytes */
  #decode(body, bytes) {
    return (this.m.u8[body + FLAGS] & FLAG.UTF16) === 0
      ? decodeUtf8(this.m, body + BODY_BYTES, bytes)
      : decodeUtf16(this.m, body + BODY_BYTES, bytes);
  }

  /**
   * @param {number} body
   * @returns {number} of the text of a string body, in the range
   */
  textBytes(body) {
    const tag = this.m.u8[body];
    if (tag !== TAG.STRING) this.fail(`tag ${tag} where a string should be`, body);
    const bytes = this.m.u32[(body + COUNT) >>> 2];
    this.need(body + BODY_BYTES + bytes, body);
    return bytes;
  }

  /**
   * @param {number} body with `count` bytes
   * @returns {Uint8Array} in place
   */
  bytes(body) {
    const { tag, count } = this.open(body);
    if (tag !== TAG.BYTES) this.fail(`tag ${tag} where bytes should be`, body);
    this.need(body + BODY_BYTES + count, body);
    const { u8 } = this.m;
    return new Uint8Array(u8.buffer, body + BODY_BYTES, count);
  }

  /* ---- what others than packed values ask ---- */

  /**
   * A container of an image (js/image): packed values have none.
   *
   * @param {number} body with a tag that is none of a value
   * @returns {object}
   */
  container(body) {
    return this.fail(`the tag ${this.tag(body)}, which is none of a value`, body);
  }

  /**
   * Refuses atomic operations on a field that is not where its class has it, and on bytes that are read only.
   *
   * @param {Field} field
   */
  checkAtomic(field) {
    if (this.writable && this.movedTo(field) === undefined) return;
    throw new QbError(
      'PACKED',
      `${field.owner}.atomic.${field.name}: these packed bytes ${
        this.writable ? `are of another version of ${field.owner}` : 'are read only'
      }; read the field from the view.`,
    );
  }

  /**
   * What {@link import('./reflect.js').equalViews} does when one of the views is packed.
   *
   * @param {object} a
   * @param {object} b
   * @returns {boolean}
   */
  equal(a, b) {
    return equalPacked(a, b);
  }

  /**
   * What {@link import('./reflect.js').plainOf} does for a packed struct.
   *
   * @param {import('./scope.js').View} view
   * @returns {Record<string, unknown>}
   */
  plain(view) {
    return /** @type {Record<string, unknown>} */ (jsonOf(view));
  }

  /**
   * What {@link import('./reflect.js').inspectView} does for a packed struct.
   *
   * @param {import('./scope.js').View} view
   * @param {number} depth left
   * @param {object} options
   * @returns {object} to be printed instead
   */
  inspect(view, depth, options) {
    return inspectPacked(view, depth, options);
  }

  /**
   * What {@link import('./codec.js').readField} does for a packed struct.
   *
   * @param {Field} field
   * @param {MemoryTable} m
   * @param {number} address
   * @returns {unknown}
   */
  readField(field, m, address) {
    return readStructField(this, field, m, address);
  }
}

/**
 * The bytes of a buffer as a session wants them.
 *
 * @typedef {object} Source
 * @property {ArrayBufferLike} buffer
 * @property {number} base
 * @property {number} end
 */

/**
 * A private copy, for verification and for bytes that stand at no multiple of 8.
 *
 * @param {Source} source
 * @returns {Source}
 */
export function snapshot({ buffer, base, end }) {
  const copy = new ArrayBuffer(padded(end - base));
  new Uint8Array(copy).set(new Uint8Array(buffer, base, end - base));
  return { buffer: copy, base: 0, end: end - base };
}
