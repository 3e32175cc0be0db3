/**
 * The keys of a map while it is built: whether a key is there already, and where keys wait for the end.
 *
 *     add(key)  -->  its entry; `isNew` says whether it is a new one
 *
 * One class for each kind of key. All but the index may wait in spill files: keys are read back only to compare two
 * that have one hash.
 *
 * Layer: image. A writer belongs to one agent.
 *
 * @module image/key-writers
 */
import { describe, QbRangeError, QbTypeError } from '../base/errors.js';
import { FITS } from '../struct/codec.js';
import { DTYPE_BYTES, DTYPES } from '../struct/pack-format.js';
import { equalKeys, hashKey, hashString } from '../struct/pack-hash.js';
import { readBody } from '../struct/pack-read.js';
import { Session } from '../struct/pack-session.js';
import { encodeUtf8 } from '../struct/strings.js';
import { KEY_KIND, MAP, REFERENCE_UNIT_BYTES } from './format.js';
import { KeyTable } from './key-table.js';
import { orderOf } from './order.js';

/** @typedef {import('../struct/types.js').FieldType} FieldType */
/** @typedef {import('../struct/types.js').NumericKind} NumericKind */
/** @typedef {import('./packer.js').EntryPlace} EntryPlace */
/** @typedef {import('./packer.js').ImagePacker} ImagePacker */
/** @typedef {import('./parts-writer.js').PartsWriter} PartsWriter */
/** @typedef {import('./spool.js').Spool} Spool */
/** @typedef {import('../struct/pack-values.js').Numbers} Numbers */

/**
 * What the kinds of keys have in common.
 */
export class KeyWriter {
  /** @readonly */
  table = new KeyTable();
  /** Whether the key that was added last was a new one. */
  isNew = false;

  /** @param {number} kind KEY_KIND */
  constructor(kind) {
    /** @readonly */
    this.kind = kind;
  }

  /**
   * @param {unknown} key
   * @param {EntryPlace} place
   * @returns {number} its entry
   */
  add(key, place) {
    throw new QbTypeError(`no keys at ${place.name}`, key);
  }

  /** @param {number} entry @returns {boolean} */
  isSame(entry) {
    return entry < 0;
  }

  /**
   * Called when all keys are there. Puts them into their order.
   *
   * @param {PartsWriter} _parts
   * @returns {Uint32Array | null} by new number of an entry its old one; null when the order is as they came
   */
  sort(_parts) {
    return null;
  }

  /**
   * @param {number} hash
   * @returns {number} the entry that is there, or -1 when a new one was added
   * @protected
   */
  enter(hash) {
    const known = this.table.find(hash, this);
    this.isNew = known < 0;
    if (this.isNew) this.table.add(hash);
    return known;
  }
}

export class StringKeyWriter extends KeyWriter {
  #starts;
  #text;
  #key = '';

  /** @param {PartsWriter} parts */
  constructor(parts) {
    super(KEY_KIND.STRINGS);
    this.#starts = parts.spool(MAP.KEYS);
    this.#text = parts.spool(MAP.TEXT);
    this.#starts.appendU32(0);
  }

  /** @override @param {unknown} key @param {EntryPlace} place */
  add(key, place) {
    if (typeof key !== 'string') throw keyError(place, key, 'a string', false);
    this.#key = key;
    const known = this.enter(hashString(key));
    if (known >= 0) return known;
    if (!this.#text.appendText(key)) {
      throw keyError(
        place,
        key,
        'a well-formed string: this one has half of a surrogate pair, which UTF-8 cannot hold. Keys of t.any can',
        true,
      );
    }
    this.#starts.appendU32(this.#text.length);
    return this.table.count - 1;
  }

  /** @override @param {number} entry */
  isSame(entry) {
    const words = wordsOf(this.#starts.read(entry * 4, 8));
    const [start, end] = words;
    const bytes = this.#text.read(start, end - start);
    const key = encodeUtf8(this.#key);
    return bytes.length === key.length && bytes.every((byte, i) => byte === key[i]);
  }
}

export class NumberKeyWriter extends KeyWriter {
  #type;
  #keys;
  #key;
  #keyBytes;

  /** @param {PartsWriter} parts @param {FieldType} type */
  constructor(parts, type) {
    const dtype = DTYPES.indexOf(/** @type {NumericKind} */ (type.kind));
    super(KEY_KIND.NUMBERS + dtype);
    this.#type = type;
    this.#keys = parts.spool(MAP.KEYS);
    this.#key = numbersOf(dtype, new ArrayBuffer(8), 1);
    this.#keyBytes = new Uint8Array(this.#key.buffer, 0, DTYPE_BYTES[dtype]);
  }

  /** @override @param {unknown} given @param {EntryPlace} place */
  add(given, place) {
    const key = this.#number(given, place);
    this.#key[0] = key;
    const known = this.enter(hashKey(this.#key[0]));
    if (known >= 0) return known;
    this.#keys.append(this.#keyBytes);
    return this.table.count - 1;
  }

  /** @override @param {number} entry */
  isSame(entry) {
    const { length } = this.#keyBytes;
    const bytes = this.#keys.read(entry * length, length);
    return this.#keyBytes.every((byte, i) => byte === bytes[i]);
  }

  /** @override @param {PartsWriter} parts */
  sort(parts) {
    const { buffer } = this.#keys.toBytes();
    const numbers = numbersOf(this.kind - KEY_KIND.NUMBERS, buffer, this.table.count);
    const order = orderOf(numbers);
    if (order !== null) parts.replace(MAP.KEYS, bytesIn(numbers, order));
    return order;
  }

  /**
   * A number as it is stored: -0 is 0, a NaN the canonical one.
   *
   * @param {unknown} given
   * @param {EntryPlace} place
   * @returns {never} (a number or bigint: an element of the column)
   */
  #number(given, place) {
    const { kind, allowed } = this.#type;
    const isBig = kind === 'i64' || kind === 'u64';
    let key = given;
    if (isBig && typeof given === 'number' && Number.isInteger(given)) key = BigInt(given);
    if (!isBig && typeof given === 'bigint') key = Number(given);
    const isExact =
      kind !== 'f32' || Object.is(Math.fround(Number(key)), key) || Object.is(key, Number.NaN);
    if (!FITS[/** @type {NumericKind} */ (kind)](key) || !isExact || !equalKeys(key, given)) {
      const what = isExact ? allowed : 'a number that 32 bits hold exactly; keys of t.f64 hold all';
      throw keyError(place, given, what, typeof given === 'number' || typeof given === 'bigint');
    }
    if (typeof key === 'number') {
      return /** @type {never} */ (Number.isNaN(key) ? Number.NaN : key === 0 ? 0 : key);
    }
    return /** @type {never} */ (key);
  }
}

export class AnyKeyWriter extends KeyWriter {
  #packer;
  #references;
  #data;
  /** Where the bodies of each key begin, in units of 8 bytes, and how many they are. */
  #extents;
  /** @type {unknown} */
  #key;

  /** @param {PartsWriter} parts @param {ImagePacker} packer */
  constructor(parts, packer) {
    super(KEY_KIND.ANY);
    this.#packer = packer;
    this.#references = parts.spool(MAP.KEYS);
    this.#data = parts.spool(MAP.DATA);
    this.#extents = parts.temporary();
  }

  /** @override @param {unknown} key @param {EntryPlace} place */
  add(key, place) {
    this.#key = key;
    const known = this.enter(hashKey(key));
    if (known >= 0) return known;
    const root = this.#packer.packKey(key, place);
    const bodies = this.#packer.bodies();
    const start = this.#data.length / REFERENCE_UNIT_BYTES;
    this.#data.append(bodies);
    this.#references.appendU32(start + root / REFERENCE_UNIT_BYTES);
    this.#extents.appendU32(start);
    this.#extents.appendU32(bodies.length / REFERENCE_UNIT_BYTES);
    return this.table.count - 1;
  }

  /** @override @param {number} entry */
  isSame(entry) {
    const [start, units] = wordsOf(this.#extents.read(entry * 8, 8));
    const [reference] = wordsOf(this.#references.read(entry * 4, 4));
    const bytes = units * REFERENCE_UNIT_BYTES;
    const copy = new Uint8Array(bytes);
    copy.set(this.#data.read(start * REFERENCE_UNIT_BYTES, bytes));
    const session = new Session(copy.buffer, 0, bytes, false);
    return equalKeys(readBody(session, (reference - start) * REFERENCE_UNIT_BYTES), this.#key);
  }
}

/** Keys of which only the hashes are kept: two with one hash are one. */
export class HashKeyWriter extends KeyWriter {
  #isKey;
  #allowed;

  /** @param {number} kind KEY_KIND @param {FieldType} type */
  constructor(kind, { allowed }) {
    super(kind);
    this.#isKey =
      kind === KEY_KIND.ANY
        ? () => true
        : (/** @type {unknown} */ key) =>
            kind === KEY_KIND.STRINGS
              ? typeof key === 'string'
              : typeof key === 'number' || typeof key === 'bigint';
    this.#allowed = allowed;
  }

  /** @override @param {unknown} key @param {EntryPlace} place @returns {number} */
  add(key, place) {
    if (!this.#isKey(key)) throw keyError(place, key, this.#allowed, false);
    const known = this.enter(hashKey(key));
    return known < 0 ? this.table.count - 1 : known;
  }

  /** @override */
  isSame() {
    return true;
  }
}

/**
 * @param {number} dtype
 * @param {ArrayBuffer} buffer
 * @param {number} count
 * @returns {Numbers}
 */
export function numbersOf(dtype, buffer, count) {
  return new ARRAYS[dtype](buffer, 0, count);
}

/** By dtype. */
const ARRAYS = Object.freeze([
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
]);

/**
 * @param {Numbers} numbers
 * @param {Uint32Array} order
 * @returns {Uint8Array}
 */
function bytesIn(numbers, order) {
  const sorted = numbers.slice();
  for (let i = 0; i < order.length; i++) sorted[i] = numbers[order[i]];
  return new Uint8Array(sorted.buffer);
}

/** @param {Uint8Array} bytes a whole number of words, at any offset */
function wordsOf(bytes) {
  return new Uint32Array(bytes.slice().buffer);
}

/**
 * @param {EntryPlace} place
 * @param {unknown} key
 * @param {string} allowed
 * @param {boolean} isType whether it is of the right type, but out of range
 */
function keyError(place, key, allowed, isType) {
  const message = `${place.name} cannot have ${describe(key)} for a key; give ${allowed}.`;
  return isType ? new QbRangeError('RANGE', message, key) : new QbTypeError(message, key);
}
