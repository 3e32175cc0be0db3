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
import { BODY_BYTES, COUNT, POINTER_KINDS, TAG } from './pack-format.js';
import { layoutOf } from './pack-layout.js';
import { codecOf, makeMoved, makeUnknown, viewOver } from './pack-moved.js';
import { checkInPlace, storedLayout, typeEntry } from './pack-stored.js';
import { metaOfCode } from './pack-types.js';

/** @typedef {import('./link.js').StructMeta} StructMeta */
/** @typedef {import('./link.js').ViewConstructor} ViewConstructor */

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
 * @property {readonly Step[]} steps its fields
 */
/**
 * The reader of a type when a class was hoped for: there may be others of the same type.
 *
 * @typedef {object} KnownReader
 * @property {StructMeta | null} hint
 * @property {StructReader} reader
 * @property {KnownReader | undefined} next
 */
/**
 * One field of the class, and where the bytes have it.
 *
 * @typedef {object} Step
 * @property {Field} declared as the class has it; of an unknown class as the bytes have it
 * @property {Field | null} stored null when the bytes do not have it
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
  const steps = meta.schema.list.map((field) => ({ declared: field, stored: field }));
  return { meta, View: viewOver(prototype), bytes: meta.schema.bytes, steps };
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
  const { View } = readerOf(session, body, hint);
  const known = session.views.get(body);
  if (known instanceof View) return known;
  return session.views.add(body, new View(body + BODY_BYTES, session.m));
}

/**
 * A new view of a struct body, which is not remembered.
 *
 * @param {Session} session
 * @param {number} body
 * @param {StructMeta | null} hint
 * @returns {View}
 */
export function makeStruct(session, body, hint) {
  const { View } = readerOf(session, body, hint);
  return new View(body + BODY_BYTES, session.m);
}

/**
 * A new view of a struct body of a type whose reader is at hand.
 *
 * @param {Session} session
 * @param {number} body with the tag and type of the reader
 * @param {StructReader} reader
 * @returns {View}
 */
export function viewWith(session, body, reader) {
  checkBytes(session, body, reader);
  return new reader.View(body + BODY_BYTES, session.m);
}

/**
 * @param {Session} session
 * @param {number} body
 * @param {StructMeta | null} hint
 * @returns {StructReader}
 */
export function readerOf(session, body, hint) {
  const word = session.m.u32[body >>> 2];
  if ((word & 255) !== TAG.STRUCT) {
    session.fail(`tag ${word & 255} where a struct should be`, body);
  }
  const reader = readerAt(session, word >>> 16, hint, body);
  checkBytes(session, body, reader);
  return reader;
}

/** @param {Session} session @param {number} body @param {StructReader} reader */
function checkBytes(session, body, reader) {
  const bytes = session.m.u32[(body + COUNT) >>> 2];
  if (bytes !== reader.bytes) session.fail(`a struct of ${bytes} bytes, not ${reader.bytes}`, body);
  session.need(body + BODY_BYTES + bytes, body);
}

/**
 * Whether the structs of a reader are of a class.
 *
 * @param {StructReader} reader
 * @param {StructMeta | null} meta null: any class
 * @returns {boolean}
 */
export function isOfClass({ View }, meta) {
  return meta === null || View.prototype instanceof meta.Base;
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
  const first = session.readers[index];
  for (let known = first; known !== undefined; known = known.next) {
    if (known.hint === hint) return known.reader;
  }
  const reader = resolve(session, index, hint);
  session.readers[index] = { hint, reader, next: first };
  return reader;
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
  checkInPlace(session, stored);
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
 * The reader of a struct in place.
 *
 * @param {Session} session
 * @param {Field} field
 * @returns {StructReader}
 */
export function nestedReader(session, field) {
  const { link } = field;
  if (link !== null && !session.isStored(field)) return sameReader(link.found, session.writable);
  let reader = session.layouts.inPlace.get(field);
  if (reader === undefined) {
    const { target } = field.type;
    const hint = link?.found ?? null;
    const name = typeof target === 'string' ? target : (hint?.schema.name ?? '');
    reader = readerNamed(session, name, hint);
    if (!isOfClass(reader, hint)) session.failClass(field);
    session.layouts.inPlace.set(field, reader);
  }
  return reader;
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
