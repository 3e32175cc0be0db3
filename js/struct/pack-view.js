/**
 * Views of packed structs: the class of the struct, over packed bytes.
 *
 *     same print     the accessors of the class, those of pointers replaced            the usual case
 *     other print    accessors by name, at the offsets that the bytes tell
 *     no class       an object that has the fields that the bytes tell
 *
 *     Class.prototype  <--  packed prototype  <--  views { address, m }
 *
 * So a packed view is an instance of its class and has its methods. `m` is the session's table.
 *
 * Layer: struct. A view belongs to one agent.
 *
 * @module struct/pack-view
 */
import { QbError } from '../base/errors.js';
import { defineWith, nextCopy } from './accessors.js';
import { metaNamed, metaOf } from './link.js';
import { firstValue, PACKED_CODECS, POINTER_KINDS } from './pack-codec.js';
import { BODY_BYTES, PACK_LIMITS, TAG, TYPE_ENTRY_BYTES } from './pack-format.js';
import { isReadable, layoutOf, parseLayout } from './pack-layout.js';
import { plainOfValue } from './pack-plain.js';
import { metaOfCode, registrationOf } from './pack-types.js';
import { INSPECT } from './reflect.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('./codec.js').Codec} Codec */
/** @typedef {import('./link.js').StructMeta} StructMeta */
/** @typedef {import('./link.js').ViewConstructor} ViewConstructor */
/** @typedef {import('./pack-layout.js').StoredLayout} StoredLayout */
/** @typedef {import('./pack-session.js').Session} Session */
/** @typedef {import('./schema.js').Field} Field */
/** @typedef {import('./scope.js').View} View */

/**
 * How the structs of one type are read.
 *
 * @typedef {object} StructReader
 * @property {StructMeta | null} meta null when the class is not known
 * @property {ViewConstructor} View
 * @property {number} bytes of one struct in the packed bytes
 */

/** @type {WeakMap<StructMeta, (StructReader | undefined)[]>} read-only, writable */
const sameReaders = new WeakMap();

/**
 * The reader of a class whose layout is that of the bytes.
 *
 * @param {StructMeta} meta
 * @param {boolean} writable
 * @returns {StructReader}
 */
export function sameReader(meta, writable) {
  let readers = sameReaders.get(meta);
  if (readers === undefined) {
    readers = [];
    sameReaders.set(meta, readers);
  }
  const index = writable ? 1 : 0;
  readers[index] ??= makeSame(meta, writable);
  return readers[index];
}

/** @param {StructMeta} meta @param {boolean} writable @returns {StructReader} */
function makeSame(meta, writable) {
  const prototype = Object.create(meta.Class.prototype);
  const copy = nextCopy();
  for (const field of meta.schema.list) {
    const { kind } = field;
    const isOwn = kind === 'optional' || kind === 'struct' || POINTER_KINDS.includes(kind);
    if (isOwn || !writable) defineWith(copy, prototype, field, codecOf(field, writable));
  }
  return { meta, View: viewOver(prototype), bytes: meta.schema.bytes };
}

/** @param {Field} field @param {boolean} writable @returns {Codec} */
function codecOf(field, writable) {
  const codec = PACKED_CODECS[field.kind];
  return writable ? codec : { read: codec.read, write: refuseReadOnly };
}

/** @type {Codec['write']} */
function refuseReadOnly(_m, _at, _value, { owner, name }) {
  throw new QbError(
    'PACKED',
    `${owner}.${name} cannot be written: these packed bytes are read only (they were opened so, or copied ` +
      'because they stood at no multiple of 8).',
  );
}

/** @param {object} prototype @returns {ViewConstructor} */
function viewOver(prototype) {
  /**
   * @this {View}
   * @param {number} address
   * @param {MemoryTable} m
   */
  function PackedView(address, m) {
    this.address = address;
    this.m = m;
  }
  PackedView.prototype = prototype;
  return /** @type {ViewConstructor} */ (/** @type {unknown} */ (PackedView));
}

/* ---- types of a session ---- */

/**
 * The view of a struct body.
 *
 * @param {Session} session
 * @param {number} body
 * @param {StructMeta | null} hint
 * @returns {View}
 * @throws {QbError} `CORRUPT`, `SCHEMA`
 */
export function readStruct(session, body, hint) {
  const { tag, aux, count } = session.open(body);
  if (tag !== TAG.STRUCT) session.fail(`tag ${tag} where a struct should be`, body);
  const reader = readerAt(session, aux, hint, body);
  if (count !== reader.bytes) session.fail(`a struct of ${count} bytes, not ${reader.bytes}`, body);
  session.need(body + BODY_BYTES + count, body);
  const { View } = reader;
  return session.viewOf(body, () => new View(body + BODY_BYTES, session.m), View);
}

/**
 * A view of a struct that stands in place in another body.
 *
 * @param {Session} session
 * @param {StructReader} reader
 * @param {number} address
 * @returns {View}
 */
export function nestedView(session, reader, address) {
  session.need(address + reader.bytes, address);
  return new reader.View(address, session.m);
}

/**
 * @param {Session} session
 * @param {number} index in the type table
 * @param {StructMeta | null} hint
 * @param {number} at who refers to it
 * @returns {StructReader}
 */
export function readerAt(session, index, hint, at) {
  if (index >= session.typeCount) session.fail(`type ${index} of ${session.typeCount}`, at);
  session.readers[index] ??= new Map();
  const readers = session.readers[index];
  let reader = readers.get(hint);
  if (reader === undefined) {
    reader = resolve(session, index, hint);
    readers.set(hint, reader);
  }
  return reader;
}

/**
 * An entry of the type table.
 *
 * @param {Session} session
 * @param {number} index
 */
export function typeEntry({ m, typesAt }, index) {
  const at = typesAt + BODY_BYTES + index * TYPE_ENTRY_BYTES;
  return { at, code: m.u16[at >>> 1], bytes: m.u32[(at + 4) >>> 2], print: m.u32[(at + 8) >>> 2] };
}

/** @param {Session} session @param {number} index @param {StructMeta | null} hint @returns {StructReader} */
function resolve(session, index, hint) {
  const entry = typeEntry(session, index);
  const coded = entry.code === 0 ? null : metaOfCode(entry.code);
  for (const meta of [coded, hint]) {
    const isSame = meta !== null && isPrint(meta, entry);
    if (isSame) return sameReader(meta, session.writable);
    if (meta !== null && meta === coded) break; // its name does not matter
  }
  const stored = storedLayout(session, index);
  if (stored === null) return refuseWithoutText(session, coded ?? hint, entry);
  const named = hint !== null && hint.schema.name === stored.name ? hint : metaNamed(stored.name);
  const meta = coded ?? named;
  if (meta === null) return makeUnknown(session, stored);
  return isPrint(meta, entry)
    ? sameReader(meta, session.writable)
    : makeMoved(session, meta, stored);
}

/** @param {StructMeta} meta @param {{ print: number, bytes: number }} entry */
function isPrint(meta, { print, bytes }) {
  return layoutOf(meta.schema).print === print && meta.schema.bytes === bytes;
}

/**
 * @param {Session} _session
 * @param {StructMeta | null} meta
 * @param {{ code: number, print: number }} entry
 * @returns {never}
 */
function refuseWithoutText(_session, meta, { code, print }) {
  throw new QbError(
    'SCHEMA',
    `the packed bytes have a struct (code ${code}, print ${print.toString(16)}) without its layout, and ` +
      `${meta === null ? 'no class here is known for it' : `${meta.schema.name} has another layout here`}. Pack ` +
      'with { layouts: true }, or read with the class that it was packed with.',
  );
}

/**
 * The layout that the bytes tell of a type.
 *
 * @param {Session} session
 * @param {number} index
 * @returns {StoredLayout | null} null when they tell none
 */
export function storedLayout(session, index) {
  const { at, bytes } = typeEntry(session, index);
  const body = session.follow(at + 12);
  if (body === 0) return null;
  if (session.open(body).count > PACK_LIMITS.LAYOUT_BYTES)
    session.fail('a layout that is too long', body);
  const text = session.text(body);
  try {
    const layout = parseLayout(text);
    if (layout.bytes === bytes) return layout;
  } catch (error) {
    session.fail(`a layout that ${/** @type {Error} */ (error).message}`, body);
  }
  return session.fail('a layout of another size', body);
}

/**
 * The reader of a struct in place.
 *
 * @param {Session} session
 * @param {Field} field
 * @returns {StructReader}
 */
export function nestedReader(session, field) {
  const { link } = field;
  if (link !== null && !session.moved.has(field)) return sameReader(link.found, session.writable);
  const { target } = field.type;
  const hint = link?.found ?? null;
  const name = typeof target === 'string' ? target : (hint?.schema.name ?? '');
  return readerNamed(session, name, hint);
}

/**
 * @param {Session} session
 * @param {string} name
 * @param {StructMeta | null} hint
 * @returns {StructReader}
 */
function readerNamed(session, name, hint) {
  for (let i = 0; i < session.typeCount; i++) {
    const isHint = hint !== null && isPrint(hint, typeEntry(session, i));
    if (isHint || storedLayout(session, i)?.name === name) {
      return readerAt(session, i, hint, session.typesAt);
    }
  }
  return session.fail(`no type '${name}' in the type table`, session.typesAt);
}

/**
 * What class a reference leads to, if that is known.
 *
 * @param {unknown} target a link, a class, a function that returns one, or a name
 * @returns {StructMeta | null}
 */
export function hintOf(target) {
  try {
    if (typeof target === 'string') return metaNamed(target);
    if (typeof target === 'object') {
      return /** @type {import('./link.js').Link | null} */ (target)?.found ?? null;
    }
    let Class = target;
    while (typeof Class === 'function' && !('bytes' in Class)) Class = Class();
    return typeof Class === 'string' ? metaNamed(Class) : metaOf(Class);
  } catch {
    return null; // a class that is not defined here: the bytes tell the fields
  }
}

/* ---- other layouts ---- */

/**
 * @param {Session} session
 * @param {StructMeta} meta
 * @param {StoredLayout} stored
 * @returns {StructReader}
 */
function makeMoved(session, meta, stored) {
  const { schema } = meta;
  const { missing, unknown } = registrationOf(meta)?.options ?? {};
  const byName = new Map(stored.fields.map((field) => [field.name, field]));
  const prototype = Object.create(meta.Class.prototype);
  const copy = nextCopy();
  /** @type {[Field, Field | null][]} */
  const moved = [];
  for (const field of schema.list) {
    const found = byName.get(field.name);
    byName.delete(field.name);
    if (found === undefined) {
      if (missing === 'refuse') throw schemaError(schema.name, `have no field ${field.name}`);
      defineWith(copy, prototype, field, { read: () => firstValue(field), write: refuseMissing });
      moved.push([field, null]);
      continue;
    }
    if (!isReadable(field, found)) {
      throw schemaError(
        schema.name,
        `have ${field.name} as ${found.type}, the class as ${field.type}`,
      );
    }
    defineWith(copy, prototype, found, codecOf(found, session.writable));
    moved.push([field, found]);
  }
  if (unknown === 'refuse' && byName.size > 0) {
    throw schemaError(schema.name, `have fields that the class has not: ${[...byName.keys()]}`);
  }
  for (const [field, found] of moved) session.moved.set(field, found);
  return { meta, View: viewOver(prototype), bytes: stored.bytes };
}

/** @param {string} name @param {string} what */
function schemaError(name, what) {
  return new QbError(
    'SCHEMA',
    `${name}: the packed bytes ${what}. They were packed with another version of the class.`,
  );
}

/** @type {Codec['write']} */
function refuseMissing(_m, _at, _value, { owner, name }) {
  throw new QbError(
    'PACKED',
    `${owner}.${name} cannot be written: these bytes were packed by a version of ${owner} without it.`,
  );
}

/**
 * A struct whose class is not known in this agent.
 */
export class UnknownStruct {
  /** @returns {Record<string, unknown>} */
  toJSON() {
    return /** @type {Record<string, unknown>} */ (plainOfValue(this, true));
  }

  /** @param {unknown} other */
  equals(other) {
    return this === other;
  }

  /** @returns {Generator<[string, unknown], void>} */
  *[Symbol.iterator]() {
    for (const name in this) {
      if (!Object.hasOwn(this, name))
        yield [name, /** @type {Record<string, unknown>} */ (this)[name]];
    }
  }

  /** @param {number} _depth @param {object} options @param {(value: unknown, options: object) => string} inspect */
  [INSPECT](_depth, options, inspect) {
    const { [NAME]: name } = /** @type {{ [NAME]?: string }} */ (this);
    return `${name} ${inspect(Object.fromEntries(this), options)}`;
  }
}

const NAME = Symbol('qbwasm.name');

/**
 * @param {Session} session
 * @param {StoredLayout} stored
 * @returns {StructReader}
 */
function makeUnknown(session, stored) {
  const prototype = Object.create(UnknownStruct.prototype);
  Object.defineProperty(prototype, NAME, { value: stored.name });
  const copy = nextCopy();
  for (const field of stored.fields) {
    defineWith(copy, prototype, field, codecOf(field, session.writable));
  }
  return { meta: null, View: viewOver(prototype), bytes: stored.bytes };
}
