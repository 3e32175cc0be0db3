/**
 * Structs and types of a schema file: from the words of docs/format.md to struct classes and field types.
 *
 *     "u32"    ["optional", "f64"]    ["enum", ["red", "green"]]    ["list", ["struct", "Point"]]    ["ref", "Node"]
 *
 * A name is data: it becomes the key of an accessor and nothing else.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/schema-types
 */
import { QbError } from '../base/errors.js';
import { t } from '../struct/pack-fields.js';
import { DTYPES } from '../struct/pack-format.js';
import { FieldType } from '../struct/types.js';
import { makeClass } from '../struct/view.js';
import { nearest } from './args.js';
import { printable } from './text.js';

/** @typedef {import('./schema-source.js').SchemaPart} SchemaPart */
/** @typedef {import('../struct/types.js').NumericKind} NumericKind */
/** @typedef {ReturnType<typeof makeClass>} BuiltClass */

/** Types that are one word. */
const WORDS = Object.freeze([
  ...DTYPES,
  'bool',
  'date',
  'string',
  'bytes',
  'any',
  'decimal',
  'datetime',
]);
/** Types that are made of others. */
const MAKERS = Object.freeze([
  'optional',
  'enum',
  'array',
  'struct',
  'ref',
  'list',
  'tuple',
  'set',
  'dict',
  'ndarray',
]);
/** Deepest type, as in layouts of packed bytes. */
const DEPTH_MAX = 16;

/** @type {Readonly<Record<string, unknown>>} */
const TYPES = Object.freeze({ __proto__: null, ...t });

/**
 * The structs of a schema, by name. A class is made when it is first needed: structs in place must be known before
 * those that they stand in.
 */
export class StructTable {
  #source;
  /** null: is being made. @type {Map<string, BuiltClass | null>} */
  #classes = new Map();

  /** @param {SchemaPart | null} source names and fields */
  constructor(source) {
    this.#source = source?.needObject('structs by name, as { "Point": { "x": "f64" } }') ?? null;
    for (const name of this.names()) this.classOf(name, /** @type {SchemaPart} */ (source));
  }

  /** @returns {string[]} in the order of the file */
  names() {
    return this.#source === null ? [] : this.#source.entries().map(([name]) => name);
  }

  /** @param {string} name */
  has(name) {
    return this.#source !== null && Object.hasOwn(/** @type {object} */ (this.#source.value), name);
  }

  /**
   * @param {string} name
   * @param {SchemaPart} user what refers to it, for the error
   * @returns {BuiltClass}
   */
  classOf(name, user) {
    const made = this.#classes.get(name);
    if (made) return made;
    const part = this.#source?.find(name) ?? null;
    if (part === null) {
      const near = nearest(name, this.names());
      const hint = near === null ? '' : `; did you mean ${printable(JSON.stringify(near))}?`;
      throw user.error(`there is no struct ${printable(JSON.stringify(name))} in structs${hint}`);
    }
    if (made === null) {
      throw user.error(
        `${printable(name)} stands in itself, so it would have no end; use ["ref", ${JSON.stringify(name)}]`,
      );
    }
    this.#classes.set(name, null);
    const Class = this.#make(name, part);
    this.#classes.set(name, Class);
    return Class;
  }

  /**
   * @param {SchemaPart} part
   * @param {number} [depth]
   * @returns {FieldType}
   */
  typeOf(part, depth = 0) {
    const { value } = part;
    if (typeof value === 'string') return this.#wordType(part, value);
    const isMade = Array.isArray(value) && typeof value[0] === 'string';
    if (!isMade) {
      throw part.error(`${part.shown()} is no type; give one as "u32" or ["optional", "f64"]`);
    }
    if (depth >= DEPTH_MAX) throw part.error(`types nest at most ${DEPTH_MAX} deep`);
    return guarded(part, () => this.#madeType(part, value, depth));
  }

  /** @param {SchemaPart} part @param {string} word */
  #wordType(part, word) {
    if (WORDS.includes(word)) return /** @type {FieldType} */ (TYPES[word]);
    if (this.has(word)) {
      const name = JSON.stringify(word);
      throw part.error(
        `${printable(name)} is a struct; say ["struct", ${printable(name)}] for one in place, ["ref", ` +
          `${printable(name)}] for one that is pointed to`,
      );
    }
    if (MAKERS.includes(word)) throw part.error(`"${word}" needs more: ["${word}", ...]`);
    const near = nearest(word, [...WORDS, ...MAKERS]);
    const hint = near === null ? `there are ${WORDS.join(', ')}` : `did you mean "${near}"?`;
    throw part.error(`${part.shown()} is no type; ${hint}`);
  }

  /** @param {SchemaPart} part @param {unknown[]} words @param {number} depth @returns {FieldType} */
  #madeType(part, words, depth) {
    const kind = String(words[0]);
    const inner = (/** @type {number} */ i) => this.typeOf(part.part(i), depth + 1);
    const need = (/** @type {number} */ count, /** @type {string} */ as) => {
      if (words.length !== count) throw part.error(`${part.shown()} is no type; write it as ${as}`);
    };
    switch (kind) {
      case 'optional':
        need(2, '["optional", type]');
        return t.optional(inner(1));
      case 'list':
      case 'set':
        need(2, `["${kind}", type]`);
        return kind === 'list' ? t.list(inner(1)) : t.set(inner(1));
      case 'tuple':
        return t.tuple(...words.slice(1).map((_, i) => inner(i + 1)));
      case 'dict':
        need(3, '["dict", type of keys, type of values]');
        return t.dict(inner(1), inner(2));
      case 'enum':
        need(2, '["enum", ["red", "green"]]');
        return t.enum(/** @type {string[]} */ (words[1]));
      case 'array':
        need(3, '["array", number type, count]');
        return t.array(/** @type {FieldType<'u8'>} */ (inner(1)), /** @type {number} */ (words[2]));
      case 'ndarray':
        need(2, '["ndarray", "f64"] or ["ndarray", null]');
        return words[1] === null ? t.ndarray() : t.ndarray(/** @type {NumericKind} */ (words[1]));
      case 'struct':
      case 'ref':
        need(2, `["${kind}", "Name"]`);
        return this.#structType(kind, part.part(1));
      default:
        throw part.error(unknownMaker(kind));
    }
  }

  /** @param {'struct' | 'ref'} kind @param {SchemaPart} part its name @returns {FieldType} */
  #structType(kind, part) {
    const name = part.value;
    if (typeof name !== 'string') throw part.error(`${part.shown()} is no name of a struct`);
    if (kind === 'struct') return t.struct(/** @type {never} */ (this.classOf(name, part)));
    if (!this.has(name)) this.classOf(name, part); // says that there is none
    return t.ref(/** @type {never} */ (() => this.#classes.get(name)));
  }

  /** @param {string} name @param {SchemaPart} part @returns {BuiltClass} */
  #make(name, part) {
    if (WORDS.includes(name) || MAKERS.includes(name)) {
      throw part.error('a struct cannot have the name of a type');
    }
    const fields = fieldsOf(part).map(([field, type]) => [field, this.typeOf(type)]);
    const names = new Set(fields.map(([field]) => field));
    if (names.size !== fields.length) throw part.error('a field stands twice');
    return guarded(part, () => makeClass(name, Object.fromEntries(fields)));
  }
}

/** @param {string} kind */
function unknownMaker(kind) {
  if (WORDS.includes(kind)) return `"${kind}" takes nothing; write it without the brackets`;
  const near = nearest(kind, MAKERS);
  const name = printable(JSON.stringify(kind));
  return `${name} makes no type; ${near === null ? `there are ${MAKERS.join(', ')}` : `did you mean "${near}"?`}`;
}

/**
 * Names and types of a struct: an object, or pairs as in layouts.
 *
 * @param {SchemaPart} part
 * @returns {[string, SchemaPart][]}
 */
function fieldsOf(part) {
  const { value } = part;
  if (!Array.isArray(value)) {
    return part.needObject('fields and their types, as { "x": "f64" } or [["x", "f64"]]').entries();
  }
  return value.map((pair, i) => {
    const entry = part.part(i);
    const isPair = Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string';
    if (!isPair) throw entry.error(`${entry.shown()} is no field; give a pair as ["x", "f64"]`);
    return [pair[0], entry.part(1)];
  });
}

/**
 * What `t` and `struct` refuse is an error of the file.
 *
 * @template T
 * @param {SchemaPart} part
 * @param {() => T} make
 * @returns {T}
 */
function guarded(part, make) {
  try {
    return make();
  } catch (error) {
    if (error instanceof QbError) throw part.error(printable(error.message, 400));
    throw error;
  }
}
