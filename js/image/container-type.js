/**
 * The types of containers: what an image holds, said once for building and for reading.
 *
 *     const ByName = mapOf(t.string, Package);
 *     await ByName.build(entries, 'packages.qbi');
 *     const packages = (await open('packages.qbi')).as(ByName);
 *
 * Layer: image. Any thread.
 *
 * @module image/container-type
 */
import { checkBoolean, checkChoice, checkOptions } from '../base/check.js';
import { describe, QbTypeError } from '../base/errors.js';
import { isStructClass, metaOf } from '../struct/link.js';
import { DTYPES } from '../struct/pack-format.js';
import { FieldType, t } from '../struct/types.js';
import { buildImage } from './build.js';
import { ImageMultiMap } from './multi-map.js';
import { ContainerSource } from './source.js';

/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */
/** @typedef {import('./build.js').BuildOptions} BuildOptions */
/**
 * @template {DestinationLike} [D=DestinationLike]
 * @typedef {import('./build.js').BuildResult<D>} BuildResult
 */
/** @typedef {import('./destination.js').DestinationLike} DestinationLike */
/** @typedef {import('./source.js').ContainerOptions} ContainerOptions */
/** Which container. @typedef {'array' | 'map' | 'multiMap' | 'set'} ContainerKind */

/**
 * How keys are stored.
 *
 * @typedef {object} KeyOptions
 * @property {boolean} [approximate] keep the hashes of the keys alone (false): smaller, but a key that is not there is
 *   found with a chance of about one in 2^32 for each key that is; and keys cannot be listed
 */

const CONTAINER_OPTIONS = Object.freeze(['duplicates', 'dedupe']);
const NAMES = Object.freeze({
  array: 'arrayOf',
  map: 'mapOf',
  multiMap: 'multiMapOf',
  set: 'setOf',
});

/**
 * What a container holds. Frozen; made by `arrayOf`, `mapOf`, `multiMapOf` and `setOf`.
 *
 * @template {ContainerKind} [Kind=ContainerKind]
 * @template [K=unknown]
 * @template [V=unknown]
 */
export class ContainerType {
  /**
   * Not for users.
   *
   * @param {Kind} kind
   * @param {unknown} key
   * @param {unknown} value
   * @param {boolean} isApproximate
   */
  constructor(kind, key, value, isApproximate) {
    /** Which container. @readonly */
    this.kind = kind;
    /** Type of the keys, null for an array. @readonly */
    this.key = /** @type {FieldType & K} */ (key);
    /** Type of the values; of a set `t.any`. @readonly */
    this.value = /** @type {FieldType & V} */ (value);
    /** Whether the hashes of its keys are all it has of them. @readonly */
    this.isApproximate = isApproximate;
    Object.freeze(this);
  }

  /** The class of the values, if they are structs. @ignore */
  get meta() {
    return this.value.kind === 'struct' ? metaOf(this.value.target) : null;
  }

  /** As it is written: `mapOf(string, u32)`. */
  toString() {
    /** @type {FieldType[]} */
    const types = this.kind === 'array' ? [this.value] : [this.key];
    if (this.kind === 'map' || this.kind === 'multiMap') types.push(this.value);
    return `${NAMES[this.kind]}(${types.join(', ')})`;
  }

  /**
   * Entries of such a container, to stand in a value that `buildImage` writes.
   *
   * @param {import('./infer.js').EntriesOf<Kind, K, V>} entries of an array its elements, of a set its keys, else pairs of
   *   key and value; read when the image is built
   * @param {ContainerOptions} [options]
   * @returns {ContainerSource}
   * @throws {QbError} `TYPE`, `ARGUMENT`
   */
  from(entries, options) {
    const given = checkOptions('from', options, CONTAINER_OPTIONS);
    const { duplicates = this.isApproximate ? 'last' : 'refuse', dedupe = false } = given;
    checkChoice('duplicates', duplicates, ['refuse', 'first', 'last']);
    checkBoolean('dedupe', dedupe);
    const source = /** @type {Iterable<unknown>} */ (/** @type {unknown} */ (entries));
    return new ContainerSource(this, source, { duplicates, dedupe });
  }

  /**
   * Builds an image that is this container.
   *
   * @template {DestinationLike} [D=undefined]
   * @param {import('./infer.js').EntriesOf<Kind, K, V>} entries see `from`
   * @param {D} [dest] see `buildImage`
   * @param {BuildOptions & ContainerOptions} [options]
   * @returns {Promise<BuildResult<D>>}
   * @throws {QbError} see `buildImage`
   */
  async build(entries, dest, options) {
    const { duplicates, dedupe, ...rest } = options ?? {};
    return buildImage(
      /** @type {D} */ (dest),
      this.from(entries, defined({ duplicates, dedupe })),
      rest,
    );
  }

  /**
   * Builds an image of all entries of several containers, in their order.
   *
   * @template {DestinationLike} [D=undefined]
   * @param {Iterable<import('./infer.js').MergedOf<Kind, K, V>>} containers open ones, or other iterables of entries
   * @param {D} [dest] see `buildImage`
   * @param {BuildOptions & ContainerOptions} [options] `duplicates` says what counts when two have a key
   * @returns {Promise<BuildResult<D>>}
   * @throws {QbError} see `buildImage`
   */
  async merge(containers, dest, options) {
    const all = chain(/** @type {Iterable<Iterable<unknown>>} */ (containers));
    return this.build(/** @type {never} */ (all), dest, options);
  }
}

/**
 * An array of values.
 *
 * @template V
 * @param {V} value a field type of `t`, or a struct class
 * @returns {ContainerType<'array', null, V>}
 * @throws {QbError} `TYPE`
 */
export function arrayOf(value) {
  return new ContainerType('array', null, valueType('arrayOf', value), false);
}

/**
 * A map from keys to values.
 *
 * @template K, V
 * @param {K} key `t.string`, `t.any` or a number type
 * @param {V} value a field type of `t`, or a struct class
 * @param {KeyOptions} [options]
 * @returns {ContainerType<'map', K, V>}
 * @throws {QbError} `TYPE`, `ARGUMENT`
 */
export function mapOf(key, value, options) {
  const type = keyType('mapOf', key);
  return new ContainerType('map', type, valueType('mapOf', value), approximate('mapOf', options));
}

/**
 * A map from keys to any number of values each, in the order in which they come.
 *
 * @template K, V
 * @param {K} key `t.string`, `t.any` or a number type
 * @param {V} value a field type of `t`, or a struct class
 * @param {KeyOptions} [options]
 * @returns {ContainerType<'multiMap', K, V>}
 * @throws {QbError} `TYPE`, `ARGUMENT`
 */
export function multiMapOf(key, value, options) {
  const type = keyType('multiMapOf', key);
  const values = valueType('multiMapOf', value);
  return new ContainerType('multiMap', type, values, approximate('multiMapOf', options));
}

/**
 * A set of keys: an id list.
 *
 * @template K
 * @param {K} key `t.string`, `t.any` or a number type
 * @param {KeyOptions} [options]
 * @returns {ContainerType<'set', K, null>}
 * @throws {QbError} `TYPE`, `ARGUMENT`
 */
export function setOf(key, options) {
  return new ContainerType('set', keyType('setOf', key), t.any, approximate('setOf', options));
}

/** @param {string} what @param {KeyOptions} [options] */
function approximate(what, options) {
  const { approximate: isApproximate = false } = checkOptions(what, options, ['approximate']);
  return checkBoolean('approximate', isApproximate);
}

/** @param {string} what @param {unknown} type @returns {FieldType} */
function keyType(what, type) {
  const isKey =
    type instanceof FieldType &&
    (type.kind === 'string' ||
      type.kind === 'any' ||
      DTYPES.includes(/** @type {'u8'} */ (type.kind)));
  if (isKey) return type;
  const given = type instanceof FieldType ? `t.${type}` : describe(type);
  throw new QbTypeError(
    `${what}: the keys cannot be ${given}; give t.string, a number type as t.u32, or t.any, which takes all that ` +
      'keys of packed dicts can be.',
    type,
  );
}

/** @param {string} what @param {unknown} type @returns {FieldType} */
function valueType(what, type) {
  if (type instanceof FieldType) return type;
  if (isStructClass(type)) {
    metaOf(type);
    return t.struct(/** @type {never} */ (type));
  }
  throw new QbTypeError(
    `${what}: the values cannot be ${describe(type)}; give a field type, as t.u32, or a struct class.`,
    type,
  );
}

/**
 * @template {object} T
 * @param {T} options
 * @returns {T} without what is undefined
 */
function defined(options) {
  return /** @type {T} */ (
    Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  );
}

/**
 * All entries of several containers, one after the other.
 *
 * @param {Iterable<Iterable<unknown> | AsyncIterable<unknown>>} containers
 * @returns {Iterable<unknown> | AsyncIterable<unknown>}
 */
function chain(containers) {
  const all = Array.from(containers, (one) => (one instanceof ImageMultiMap ? pairsOf(one) : one));
  return all.every((one) => Symbol.iterator in one)
    ? chainSync(/** @type {Iterable<unknown>[]} */ (all))
    : chainAsync(all);
}

/** @param {Iterable<unknown>[]} all */
function* chainSync(all) {
  for (const one of all) yield* one;
}

/** @param {(Iterable<unknown> | AsyncIterable<unknown>)[]} all */
async function* chainAsync(all) {
  for (const one of all) yield* one;
}

/** @param {ImageMultiMap<unknown, unknown, Iterable<unknown>>} map */
function* pairsOf(map) {
  for (const [key, values] of map) for (const value of values) yield [key, value];
}
