/**
 * Views of packed structs whose layout is not that of a class here: fields by name at the offsets that the bytes
 * tell, or structs of which only the bytes know the fields.
 *
 * Layer: struct. A view belongs to one agent.
 *
 * @module struct/pack-moved
 */
import { QbError } from '../base/errors.js';
import { defineWith, nextCopy } from './accessors.js';
import { firstValue, PACKED_CODECS } from './pack-codec.js';
import { equalPacked } from './pack-equal.js';
import { POINTER_KINDS } from './pack-format.js';
import { inspectPacked } from './pack-inspect.js';
import { jsonOf } from './pack-json.js';
import { isReadable } from './pack-layout.js';
import { registrationOf } from './pack-types.js';
import { INSPECT } from './reflect.js';
import { Field } from './schema.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('./codec.js').Codec} Codec */
/** @typedef {import('./link.js').StructMeta} StructMeta */
/** @typedef {import('./link.js').ViewConstructor} ViewConstructor */
/** @typedef {import('./pack-layout.js').StoredLayout} StoredLayout */
/** @typedef {import('./pack-session.js').Session} Session */
/** @typedef {import('./pack-view.js').StructReader} StructReader */
/** @typedef {import('./scope.js').View} View */

/** @param {Field} field @param {boolean} writable @returns {Codec} */
export function codecOf(field, writable) {
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
export function viewOver(prototype) {
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

/**
 * @param {Session} session
 * @param {StructMeta} meta
 * @param {StoredLayout} stored
 * @returns {StructReader}
 */
export function makeMoved(session, meta, stored) {
  const { schema } = meta;
  const { missing, unknown } = registrationOf(meta)?.options ?? {};
  const byName = new Map(stored.fields.map((field) => [field.name, field]));
  const prototype = Object.create(meta.Class.prototype);
  const copy = nextCopy();
  /** @type {import('./pack-view.js').Step[]} */
  const steps = [];
  for (const field of schema.list) {
    const found = byName.get(field.name);
    byName.delete(field.name);
    if (found === undefined) {
      if (missing === 'refuse') throw schemaError(schema.name, `have no field ${field.name}`);
      defineWith(copy, prototype, field, { read: () => firstValue(field), write: refuseMissing });
      steps.push({ declared: field, stored: null });
      continue;
    }
    if (!isReadable(field, found)) {
      throw schemaError(
        schema.name,
        `have ${field.name} as ${found.type}, the class as ${field.type}`,
      );
    }
    const place = storedField(field, found);
    defineWith(copy, prototype, place, codecOf(place, session.writable));
    steps.push({ declared: field, stored: place });
  }
  if (unknown === 'refuse' && byName.size > 0) {
    throw schemaError(schema.name, `have fields that the class has not: ${[...byName.keys()]}`);
  }
  for (const { declared, stored } of steps) {
    session.layouts.moved.set(declared, stored);
    if (stored !== null) session.layouts.stored.add(stored);
  }
  return { meta, View: viewOver(prototype), bytes: stored.bytes, steps };
}

/**
 * A field where the bytes have it, with the classes that its declaration tells.
 *
 * @param {Field} declared
 * @param {Field} found a field that it can be read from
 * @returns {Field}
 */
function storedField(declared, found) {
  const { storedKind } = found;
  const isPointer = storedKind === 'struct' || POINTER_KINDS.includes(storedKind);
  if (!isPointer) return found;
  const { owner, name, offset, presenceDistance } = found;
  const isOptional = found.kind === 'optional';
  const { type } = isOptional ? declared : (declared.inner ?? declared);
  return new Field(
    owner,
    name,
    type,
    offset,
    isOptional ? offset + presenceDistance : -1,
    declared.link,
  );
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
    return /** @type {Record<string, unknown>} */ (jsonOf(this));
  }

  /** Deep, by the names and values of the fields. @param {unknown} other */
  equals(other) {
    return equalPacked(this, other);
  }

  /** @returns {Generator<[string, unknown], void>} */
  *[Symbol.iterator]() {
    for (const name of namesOfStruct(this)) yield [name, Reflect.get(this, name)];
  }

  /** @param {number} depth @param {object} options */
  [INSPECT](depth, options) {
    return inspectPacked(this, depth, options);
  }
}

/** @param {UnknownStruct} struct @returns {string} */
export function nameOfStruct(struct) {
  return String(/** @type {{ [NAME]?: string }} */ (struct)[NAME]);
}

/** @param {UnknownStruct} struct @returns {string[]} of its fields */
export function namesOfStruct(struct) {
  const names = [];
  for (const name in struct) if (!Object.hasOwn(struct, name)) names.push(name);
  return names;
}

const NAME = Symbol('qbwasm.name');

/**
 * @param {Session} session
 * @param {StoredLayout} stored
 * @returns {StructReader}
 */
export function makeUnknown(session, stored) {
  const prototype = Object.create(UnknownStruct.prototype);
  Object.defineProperty(prototype, NAME, { value: stored.name });
  const copy = nextCopy();
  for (const field of stored.fields) {
    defineWith(copy, prototype, field, codecOf(field, session.writable));
  }
  const steps = stored.fields.map((field) => ({ declared: field, stored: field }));
  return { meta: null, View: viewOver(prototype), bytes: stored.bytes, steps };
}
