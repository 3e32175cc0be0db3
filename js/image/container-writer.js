/**
 * Writes one container: takes its entries, and at the end puts its parts into the image and fills in its body.
 *
 *     add(entry) ... add(entry)  -->  writeTo(image)  -->  body(place)
 *
 * Layer: image. A writer belongs to one agent.
 *
 * @module image/container-writer
 */
import { describe, QbError, QbTypeError } from '../base/errors.js';
import { DTYPES } from '../struct/pack-format.js';
import { ARRAY, CONTAINER_FLAG, CONTAINER_TAG, indexSlots, KEY_KIND, MAP } from './format.js';
import { AnyKeyWriter, HashKeyWriter, NumberKeyWriter, StringKeyWriter } from './key-writers.js';
import { groupBy } from './order.js';
import { EntryPlace } from './packer.js';
import { PartsWriter } from './parts-writer.js';
import { valueWriter } from './value-writers.js';

/** @typedef {import('./destination-base.js').Destination} Destination */
/** @typedef {import('./key-writers.js').KeyWriter} KeyWriter */
/** @typedef {import('./packer.js').ImagePacker} ImagePacker */
/** @typedef {import('./source.js').ContainerSource} ContainerSource */
/** @typedef {import('./spool.js').Sink} Sink */
/** @typedef {import('./value-writers.js').ValueWriter} ValueWriter */

/**
 * What is in a container.
 *
 * @typedef {object} ContainerCounts
 * @property {number} entries that came
 * @property {number} keys different keys; of an array its elements
 * @property {number} values that are stored
 */

/**
 * @param {ContainerSource} source
 * @param {string} name for errors
 * @param {ImagePacker} packer
 * @param {Destination} image what is built
 * @returns {ArrayWriter | MapWriter}
 */
export function containerWriter(source, name, packer, image) {
  const Writer = source.type.kind === 'array' ? ArrayWriter : MapWriter;
  return new Writer(source, name, packer, new PartsWriter(image));
}

class ArrayWriter {
  #parts;
  #values;
  #place;

  /** @param {ContainerSource} source @param {string} name @param {ImagePacker} packer @param {PartsWriter} parts */
  constructor({ type, options }, name, packer, parts) {
    this.#parts = parts;
    this.#place = new EntryPlace(name);
    const places = { inPlace: ARRAY.DATA, references: ARRAY.STARTS, data: ARRAY.DATA };
    this.#values = valueWriter(type.value, packer, parts, places, {
      dedupe: options.dedupe,
      texts: true,
    });
  }

  /** @returns {ContainerCounts} */
  get counts() {
    const { count } = this.#values;
    return { entries: count, keys: count, values: count };
  }

  /** Bytes of its parts so far. */
  get bytes() {
    return this.#parts.bytes;
  }

  /** @param {unknown} element */
  add(element) {
    this.#place.index = this.#values.count;
    this.#values.add(element, this.#place);
  }

  /** @param {Sink} image */
  writeTo(image) {
    this.#parts.writeTo(image);
  }

  /**
   * @param {number} place of the body in the file
   * @returns {Uint8Array}
   */
  body(place) {
    const { flags, aux, count, stride } = this.#values;
    const body = bodyOf(ARRAY.BYTES, CONTAINER_TAG.ARRAY, flags, aux);
    body.setBigUint64(ARRAY.COUNT, BigInt(count), true);
    body.setUint32(ARRAY.STRIDE, stride, true);
    this.#parts.writeDistances(body, place);
    return new Uint8Array(body.buffer);
  }

  close() {
    this.#parts.close();
  }
}

class MapWriter {
  #parts;
  #keys;
  /** Null for a set. */
  #values;
  #type;
  #policy;
  #place;
  /** Of a multi-map: the key of each value. */
  #owners;
  #entries = 0;
  #slots = 0;
  /** Known at the end. */
  #isOrdered = false;

  /** @param {ContainerSource} source @param {string} name @param {ImagePacker} packer @param {PartsWriter} parts */
  constructor({ type, options }, name, packer, parts) {
    this.#type = type;
    this.#parts = parts;
    this.#policy = options.duplicates;
    this.#place = new EntryPlace(name);
    this.#keys = keyWriter(type, packer, parts);
    const places = { inPlace: MAP.VALUES, references: MAP.VALUES, data: MAP.DATA };
    this.#values =
      type.kind === 'set'
        ? null
        : valueWriter(type.value, packer, parts, places, { dedupe: options.dedupe, texts: false });
    this.#owners = type.kind === 'multiMap' ? parts.temporary() : null;
  }

  /** @returns {ContainerCounts} */
  get counts() {
    const keys = this.#keys.table.count;
    return { entries: this.#entries, keys, values: this.#values?.count ?? 0 };
  }

  /** Bytes of its parts so far. */
  get bytes() {
    return this.#parts.bytes;
  }

  /** @param {unknown} entry a key; of a map a pair of key and value */
  add(entry) {
    const place = this.#place;
    place.index = this.#entries;
    const [key, value] = this.#values === null ? [entry] : pairOf(entry, place);
    const index = this.#keys.add(key, place);
    this.#entries++;
    if (this.#owners !== null) {
      this.#owners.appendU32(index);
      this.#values?.add(value, place);
    } else if (this.#keys.isNew) {
      this.#values?.add(value, place);
    } else if (this.#policy === 'refuse') {
      throw new QbError(
        'DUPLICATE',
        `${place.name} has the key ${describe(key)}, which is there already. Say with { duplicates: 'first' } or ` +
          "{ duplicates: 'last' } which value counts, or make a multiMapOf.",
        { given: key },
      );
    } else if (this.#policy === 'last') {
      this.#values?.replace(index, value, place);
    }
  }

  /** @param {Sink} image */
  writeTo(image) {
    const parts = this.#parts;
    const keys = this.#keys;
    const { count } = keys.table;
    const order = keys.sort(parts);
    const rank = order === null ? null : rankOf(order);
    this.#isOrdered = this.#keys instanceof NumberKeyWriter;
    this.#orderValues(order, rank);
    this.#slots = indexSlots(count, this.#type.isApproximate);
    if (this.#slots > 0) {
      parts.put(MAP.INDEX, image, (sink) => keys.table.writeTo(this.#slots, rank, sink));
    }
    parts.writeTo(image);
  }

  /**
   * @param {number} place of the body in the file
   * @returns {Uint8Array}
   */
  body(place) {
    const { kind, table } = this.#keys;
    const values = this.#values;
    const type = this.#type;
    let flags = values?.flags ?? CONTAINER_FLAG.NO_VALUES;
    if (type.kind === 'multiMap') flags |= CONTAINER_FLAG.MULTI;
    if (type.isApproximate) flags |= CONTAINER_FLAG.APPROXIMATE;
    if (this.#isOrdered) flags |= CONTAINER_FLAG.ORDERED;
    const body = bodyOf(MAP.BYTES, CONTAINER_TAG.MAP, flags, values?.aux ?? 0);
    body.setUint32(MAP.KIND, kind, true);
    body.setBigUint64(MAP.COUNT, BigInt(table.count), true);
    body.setUint32(MAP.SLOTS, this.#slots, true);
    body.setUint32(MAP.STRIDE, values?.stride ?? 0, true);
    this.#parts.writeDistances(body, place);
    return new Uint8Array(body.buffer);
  }

  close() {
    this.#parts.close();
  }

  /** @param {Uint32Array | null} order @param {Uint32Array | null} rank */
  #orderValues(order, rank) {
    const parts = this.#parts;
    const values = this.#values;
    if (values === null) return;
    if (this.#owners === null) {
      if (order !== null) values.reorder(parts, order);
      return;
    }
    const owners = new Uint32Array(this.#owners.toBytes().buffer);
    if (rank !== null) for (let i = 0; i < owners.length; i++) owners[i] = rank[owners[i]];
    const groups = groupBy(owners, this.#keys.table.count);
    values.reorder(parts, groups.order);
    parts.replace(MAP.STARTS, new Uint8Array(groups.starts.buffer));
  }
}

/**
 * @param {ContainerSource['type']} type
 * @param {ImagePacker} packer
 * @param {PartsWriter} parts
 * @returns {KeyWriter}
 */
function keyWriter({ key, isApproximate }, packer, parts) {
  const { kind } = /** @type {import('../struct/types.js').FieldType} */ (key);
  if (isApproximate) return new HashKeyWriter(keyKind(kind), /** @type {never} */ (key));
  if (kind === 'string') return new StringKeyWriter(parts);
  if (kind === 'any') return new AnyKeyWriter(parts, packer);
  return new NumberKeyWriter(parts, /** @type {never} */ (key));
}

/**
 * @param {string} kind of a key type
 * @returns {number} KEY_KIND
 */
export function keyKind(kind) {
  if (kind === 'string') return KEY_KIND.STRINGS;
  if (kind === 'any') return KEY_KIND.ANY;
  return KEY_KIND.NUMBERS + DTYPES.indexOf(/** @type {'u8'} */ (kind));
}

/**
 * @param {unknown} entry
 * @param {EntryPlace} place
 * @returns {[unknown, unknown]}
 */
function pairOf(entry, place) {
  if (Array.isArray(entry) && entry.length === 2) {
    return /** @type {[unknown, unknown]} */ (entry);
  }
  throw new QbTypeError(
    `${place.name} is ${describe(entry)}; the entries of a map are pairs [key, value], as a Map gives them.`,
    entry,
  );
}

/** @param {Uint32Array} order @returns {Uint32Array} by old number the new one */
function rankOf(order) {
  const rank = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) rank[order[i]] = i;
  return rank;
}

/**
 * @param {number} bytes
 * @param {number} tag
 * @param {number} flags
 * @param {number} aux
 */
function bodyOf(bytes, tag, flags, aux) {
  const body = new DataView(new ArrayBuffer(bytes));
  body.setUint8(0, tag);
  body.setUint8(1, flags);
  body.setUint16(2, aux, true);
  return body;
}
