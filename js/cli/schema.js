/**
 * The schema of an image that is to be built: structs, what a row is, and the containers made of the rows.
 *
 *     { "structs": { "Package": { "name": "string", "section": "string", "bytes": "u32" } },
 *       "row": "Package",
 *       "containers": {
 *         "packages":  { "kind": "array" },
 *         "byName":    { "kind": "map", "key": "name", "value": { "index": "u32" } },
 *         "bySection": { "kind": "multiMap", "key": "section", "value": { "index": "u32" } } } }
 *
 * docs/cli.md describes it.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/schema
 */
import { arrayOf, mapOf, multiMapOf, setOf } from '../image/container-type.js';
import { metaOf } from '../struct/link.js';
import { DTYPES } from '../struct/pack-format.js';
import { t } from '../struct/types.js';
import { nearest } from './args.js';
import { StructTable } from './schema-types.js';
import { printable } from './text.js';

/** @typedef {import('../image/container-type.js').ContainerType} ContainerType */
/** @typedef {import('../image/source.js').ContainerOptions} ContainerOptions */
/** @typedef {import('../struct/types.js').FieldType} FieldType */
/** @typedef {import('./schema-source.js').SchemaPart} SchemaPart */

/**
 * What an entry takes of a row.
 *
 * @typedef {object} Choice
 * @property {'row' | 'field' | 'each' | 'index'} what each: one entry for each element of a field
 * @property {string} field its name, '' for the row and the index
 * @property {FieldType} type of what is taken
 */

/**
 * @typedef {object} ContainerPlan
 * @property {string} name '' when it is the root
 * @property {ContainerType} type
 * @property {Choice | null} key null of an array
 * @property {Choice | null} value null of a set
 * @property {'refuse' | 'skip'} missing what becomes of a row without key or value
 * @property {ContainerOptions} options
 */

/**
 * @typedef {object} BuildSchema
 * @property {FieldType} row
 * @property {boolean} ignoreUnknown
 * @property {ContainerPlan[]} containers
 * @property {Record<string, unknown>} values what stands in the root besides
 */

const NAMES = Object.freeze(['structs', 'row', 'unknown', 'container', 'containers', 'values']);
const CONTAINER_NAMES = Object.freeze([
  'kind',
  'key',
  'value',
  'missing',
  'duplicates',
  'dedupe',
  'approximate',
]);
const KINDS = /** @type {const} */ (['array', 'map', 'multiMap', 'set']);
/** Types that an index may have. */
const INDEX_TYPES = /** @type {const} */ (['u32', 'u16', 'u8', 'i32', 'f64']);

/**
 * @param {SchemaPart} source the whole file
 * @returns {BuildSchema}
 * @throws {import('./errors.js').CliError}
 */
export function buildSchema(source) {
  source.needKnown(NAMES);
  const structs = new StructTable(source.find('structs'));
  const row = rowType(source, structs);
  const unknown = source.find('unknown')?.needChoice(['refuse', 'ignore']) ?? 'refuse';
  const containers = containerParts(source).map(([name, part]) =>
    new Planner(part, row).plan(name),
  );
  const values = valuesOf(source, containers);
  return { row, ignoreUnknown: unknown === 'ignore', containers, values };
}

/** @param {SchemaPart} source @param {StructTable} structs @returns {FieldType} */
function rowType(source, structs) {
  const part = source.find('row');
  if (part === null) {
    throw source.error('"row" is missing: the struct or type that each row of the input is');
  }
  if (typeof part.value === 'string' && structs.has(part.value)) {
    return t.struct(/** @type {never} */ (structs.classOf(part.value, part)));
  }
  return structs.typeOf(part);
}

/** @param {SchemaPart} source @returns {[string, SchemaPart][]} */
function containerParts(source) {
  const one = source.find('container');
  const several = source.find('containers');
  if ((one === null) === (several === null)) {
    throw source.error(
      'give either "container", which is the whole image, or "containers" by name',
    );
  }
  if (one !== null) return [['', one]];
  const parts = /** @type {SchemaPart} */ (several)
    .needObject('containers by name, as { "all": { "kind": "array" } }')
    .entries();
  if (parts.length === 0) throw several?.error('there is no container in it');
  return parts;
}

/** @param {SchemaPart} source @param {readonly ContainerPlan[]} containers */
function valuesOf(source, containers) {
  const part = source.find('values');
  if (part === null) return {};
  part.needObject('values by name, which stand beside the containers');
  if (containers[0].name === '')
    throw part.error('a single container is the root: nothing stands beside it');
  for (const [name, value] of part.entries()) {
    if (containers.some((container) => container.name === name)) {
      throw value.error('a container has this name');
    }
  }
  return /** @type {Record<string, unknown>} */ (part.value);
}

/**
 * Reads one container.
 */
class Planner {
  #part;
  #row;

  /** @param {SchemaPart} part @param {FieldType} row */
  constructor(part, row) {
    this.#part = part.needObject('a container, as { "kind": "array" }');
    this.#row = row;
  }

  /** @param {string} name @returns {ContainerPlan} */
  plan(name) {
    const part = this.#part;
    part.needKnown(CONTAINER_NAMES);
    const kindPart = part.find('kind');
    if (kindPart === null) throw part.error(`"kind" is missing: one of ${KINDS.join(', ')}`);
    const kind = kindPart.needChoice(KINDS);
    const key = kind === 'array' ? null : this.#key(kind);
    const value = kind === 'set' ? null : this.#value();
    const approximate = this.#boolean('approximate', kind !== 'array');
    const missing = part.find('missing')?.needChoice(['refuse', 'skip']) ?? 'refuse';
    return {
      name,
      type: typeOf(kind, key, value, approximate),
      key,
      value,
      missing,
      options: this.#options(kind),
    };
  }

  /** @param {string} kind @returns {Choice} */
  #key(kind) {
    const part = this.#part.find('key');
    if (part === null) {
      if (kind === 'set') return this.#whole();
      throw this.#part.error(`"key" is missing: the field that holds the keys of the ${kind}`);
    }
    if (!part.isObject())
      return this.#field(part, 'a field, or { "each": field } for each element of one');
    part.needKnown(['each']);
    const each = part.find('each');
    if (each === null) throw part.error('"each" is missing: the field whose elements are the keys');
    return this.#each(each);
  }

  /** @returns {Choice} */
  #value() {
    const part = this.#part.find('value');
    if (part === null) return this.#whole();
    if (!part.isObject())
      return this.#field(part, 'a field, or { "index": "u32" } for the number of the row');
    part.needKnown(['index']);
    const index = part.find('index');
    if (index === null) throw part.error('"index" is missing: the type of the number of the row');
    const type = t[index.needChoice(INDEX_TYPES)];
    return { what: 'index', field: '', type };
  }

  /** @returns {Choice} */
  #whole() {
    return { what: 'row', field: '', type: this.#row };
  }

  /** @param {SchemaPart} part its name @param {string} wanted @returns {Choice} */
  #field(part, wanted) {
    const name = part.value;
    if (typeof name !== 'string') throw part.error(`${part.shown()} is neither ${wanted}`);
    if (this.#row.kind !== 'struct') throw part.error(`rows are ${this.#row}, which has no fields`);
    const { fields } = metaOf(this.#row.target).schema;
    const field = fields[name];
    if (field === undefined) {
      const names = Object.keys(fields);
      const near = nearest(name, names);
      const hint = near === null ? `there are ${names.join(', ')}` : `did you mean "${near}"?`;
      throw part.error(`a row has no field ${part.shown()}; ${printable(hint)}`);
    }
    const { type } = field;
    return {
      what: 'field',
      field: name,
      type: type.kind === 'optional' && type.inner ? type.inner : type,
    };
  }

  /** @param {SchemaPart} part @returns {Choice} */
  #each(part) {
    const { field, type } = this.#field(part, 'a field');
    const inner = type.kind === 'dict' ? type.items?.[0] : type.inner;
    const isMany = ['list', 'set', 'dict', 'array'].includes(type.kind) && inner;
    if (!isMany) throw part.error(`${part.shown()} is ${type}, which has no elements`);
    return { what: 'each', field, type: inner };
  }

  /** @param {string} name @param {boolean} isAllowed @returns {boolean} */
  #boolean(name, isAllowed) {
    const part = this.#part.find(name);
    if (part === null) return false;
    if (!isAllowed) throw part.error('an array has no keys, so there is nothing to say');
    return part.needBoolean();
  }

  /** @param {string} kind @returns {ContainerOptions} */
  #options(kind) {
    const duplicates = this.#part.find('duplicates');
    if (duplicates !== null && kind !== 'map' && kind !== 'set') {
      throw duplicates.error(
        kind === 'array' ? 'an array has no keys' : 'a multiMap keeps all values of a key',
      );
    }
    const choice = duplicates?.needChoice(['refuse', 'first', 'last']);
    const dedupe = this.#boolean('dedupe', true);
    return { ...(choice !== undefined && { duplicates: choice }), dedupe };
  }
}

/**
 * @param {typeof KINDS[number]} kind
 * @param {Choice | null} key
 * @param {Choice | null} value
 * @param {boolean} approximate
 * @returns {ContainerType}
 */
function typeOf(kind, key, value, approximate) {
  const keys = keyType(key?.type ?? t.any);
  const values = value?.type ?? t.any;
  switch (kind) {
    case 'array':
      return arrayOf(values);
    case 'map':
      return mapOf(keys, values, { approximate });
    case 'multiMap':
      return multiMapOf(keys, values, { approximate });
    default:
      return setOf(keys, { approximate });
  }
}

/** @param {FieldType} type of a field @returns {FieldType} that keys can have */
function keyType(type) {
  if (type.kind === 'string' || type.kind === 'enum') return t.string;
  return DTYPES.includes(/** @type {'u8'} */ (type.kind)) ? type : t.any;
}
