/**
 * The elements of arrays and values of maps while they are built: one class for each way in which they are stored.
 *
 * Layer: image. A writer belongs to one agent.
 *
 * @module image/value-writers
 */
import { QbRangeError } from '../base/errors.js';
import { FITS } from '../struct/codec.js';
import { metaOf } from '../struct/link.js';
import { hashBytes } from '../struct/murmur.js';
import { isFixed } from '../struct/pack-codec.js';
import { DTYPE_BYTES, DTYPES } from '../struct/pack-format.js';
import { refusal } from '../struct/pack-place.js';
import { AUX_TEXTS, CONTAINER_FLAG, NO_BODY, REFERENCE_UNIT_BYTES } from './format.js';
import { KeyTable } from './key-table.js';
import { numbersOf } from './key-writers.js';

/** @typedef {import('../struct/link.js').StructMeta} StructMeta */
/** @typedef {import('../struct/types.js').FieldType} FieldType */
/** @typedef {import('../struct/types.js').NumericKind} NumericKind */
/** @typedef {import('./packer.js').EntryPlace} EntryPlace */
/** @typedef {import('./packer.js').ImagePacker} ImagePacker */
/** @typedef {import('./parts-writer.js').PartsWriter} PartsWriter */
/** @typedef {import('./spool.js').Spool} Spool */

/**
 * Where values go: offsets of the distances in the body.
 *
 * @typedef {object} ValuePlaces
 * @property {number} inPlace numbers and structs
 * @property {number} references references, or starts of texts
 * @property {number} data bodies, or texts
 */

/**
 * @param {FieldType} type
 * @param {ImagePacker} packer
 * @param {PartsWriter} parts
 * @param {ValuePlaces} places
 * @param {{ dedupe: boolean, texts: boolean }} options `texts`: strings are stored as texts
 * @returns {ValueWriter}
 */
export function valueWriter(type, packer, parts, places, { dedupe, texts }) {
  const dtype = DTYPES.indexOf(/** @type {NumericKind} */ (type.kind));
  if (dtype >= 0) return new NumberWriter(parts, places, type, dtype);
  const meta = type.kind === 'struct' ? metaOf(type.target) : null;
  if (meta !== null && !dedupe && isFixed(meta.schema)) {
    return new StructWriter(parts, places, packer, meta);
  }
  if (type.kind === 'string' && texts && !dedupe) return new TextWriter(parts, places, type);
  return new ReferenceWriter(parts, places, packer, type, dedupe);
}

/**
 * What all of them can do.
 */
export class ValueWriter {
  /** Of the container. */
  flags = 0;
  aux = 0;
  /** From one to the next, in bytes. */
  stride = 0;
  count = 0;

  /**
   * @param {Spool} column
   * @param {number} offset of the distance to it
   */
  constructor(column, offset) {
    /** @readonly @protected */
    this.column = column;
    /** @readonly @protected */
    this.offset = offset;
  }

  /**
   * @param {unknown} value
   * @param {EntryPlace} place
   */
  add(value, place) {
    this.column.append(this.encode(value, place));
    this.count++;
  }

  /**
   * @param {number} index
   * @param {unknown} value
   * @param {EntryPlace} place
   */
  replace(index, value, place) {
    this.column.patch(index * this.stride, this.encode(value, place));
  }

  /**
   * What stands for a value in the column.
   *
   * @param {unknown} _value
   * @param {EntryPlace} _place
   * @returns {Uint8Array} valid until the next call
   * @protected
   */
  encode(_value, _place) {
    return new Uint8Array(this.stride);
  }

  /**
   * Puts the values into another order.
   *
   * @param {PartsWriter} parts
   * @param {Uint32Array} order by new number the old one
   */
  reorder(parts, order) {
    const { stride } = this;
    const sorted = parts.temporary();
    for (let i = 0; i < order.length; i++) {
      sorted.append(this.column.read(order[i] * stride, stride));
    }
    parts.exchange(this.offset, sorted);
  }
}

class NumberWriter extends ValueWriter {
  #type;
  #number;
  #bytes;

  /** @param {PartsWriter} parts @param {ValuePlaces} places @param {FieldType} type @param {number} dtype */
  constructor(parts, { inPlace }, type, dtype) {
    super(parts.spool(inPlace), inPlace);
    this.flags = CONTAINER_FLAG.NUMBERS;
    this.aux = dtype;
    this.stride = DTYPE_BYTES[dtype];
    this.#type = type;
    this.#number = numbersOf(dtype, new ArrayBuffer(8), 1);
    this.#bytes = new Uint8Array(this.#number.buffer, 0, this.stride);
  }

  /** @override @protected @param {unknown} value @param {EntryPlace} place */
  encode(value, place) {
    const { kind, allowed, jsType } = this.#type;
    if (!FITS[/** @type {NumericKind} */ (kind)](value)) {
      throw refusal(place, allowed, jsType, value);
    }
    this.#number[0] = /** @type {never} */ (value);
    return this.#bytes;
  }
}

class StructWriter extends ValueWriter {
  #packer;
  #meta;

  /** @param {PartsWriter} parts @param {ValuePlaces} places @param {ImagePacker} packer @param {StructMeta} meta */
  constructor(parts, { inPlace }, packer, meta) {
    super(parts.spool(inPlace), inPlace);
    this.flags = CONTAINER_FLAG.STRUCTS;
    this.aux = packer.types.indexOf(meta);
    this.stride = meta.schema.bytes;
    this.#packer = packer;
    this.#meta = meta;
  }

  /** @override @protected @param {unknown} value @param {EntryPlace} place */
  encode(value, place) {
    this.#packer.packStruct(value, this.#meta, place);
    return this.#packer.bodies().subarray(0, this.stride);
  }
}

class TextWriter extends ValueWriter {
  #text;
  #type;

  /** @param {PartsWriter} parts @param {ValuePlaces} places @param {FieldType} type */
  constructor(parts, { references, data }, type) {
    super(parts.spool(references), references);
    this.aux = AUX_TEXTS;
    this.#type = type;
    this.#text = parts.spool(data);
    this.column.appendU32(0);
  }

  /** @override @param {unknown} value @param {EntryPlace} place */
  add(value, place) {
    if (typeof value !== 'string') throw refusal(place, this.#type.allowed, 'string', value);
    if (!this.#text.appendText(value)) {
      throw refusal(
        place,
        'a well-formed string: this one has half of a surrogate pair, which UTF-8 cannot hold. Arrays of t.any can',
        'string',
        value,
      );
    }
    checkOffset(this.#text.length, 1);
    this.column.appendU32(this.#text.length);
    this.count++;
  }
}

class ReferenceWriter extends ValueWriter {
  #packer;
  #type;
  #data;
  #deduper;
  #reference = new Uint32Array(1);
  #referenceBytes = new Uint8Array(this.#reference.buffer);

  /**
   * @param {PartsWriter} parts
   * @param {ValuePlaces} places
   * @param {ImagePacker} packer
   * @param {FieldType} type
   * @param {boolean} dedupe
   */
  constructor(parts, { references, data }, packer, type, dedupe) {
    super(parts.spool(references), references);
    this.flags = dedupe ? CONTAINER_FLAG.DEDUPED : 0;
    this.stride = 4;
    this.#packer = packer;
    this.#type = type;
    this.#data = parts.spool(data);
    this.#deduper = dedupe ? new Deduper(this.#data, parts.temporary()) : null;
  }

  /** @override @protected @param {unknown} value @param {EntryPlace} place */
  encode(value, place) {
    const root = this.#packer.pack(value, this.#type, place);
    this.#reference[0] = root < 0 ? NO_BODY : this.#put(root);
    return this.#referenceBytes;
  }

  /** @param {number} root offset of the value among its bodies */
  #put(root) {
    const bodies = this.#packer.bodies();
    const start = this.#deduper?.find(bodies, root) ?? this.#data.length;
    if (start === this.#data.length) {
      this.#data.append(bodies);
      checkOffset(this.#data.length, REFERENCE_UNIT_BYTES);
    }
    return (start + root) / REFERENCE_UNIT_BYTES;
  }
}

/**
 * Finds bodies that are there already: equal values have equal bytes.
 */
class Deduper {
  #table = new KeyTable();
  #data;
  /** Of each: where its bodies begin, in units of 8 bytes; and where they end. */
  #extents;
  /** @type {Uint8Array} */
  #bodies = new Uint8Array(0);

  /** @param {Spool} data @param {Spool} extents */
  constructor(data, extents) {
    this.#data = data;
    this.#extents = extents;
  }

  /**
   * @param {Uint8Array} bodies
   * @param {number} root
   * @returns {number} where they begin in the data; at its end when they must be added
   */
  find(bodies, root) {
    this.#bodies = bodies;
    const hash = hashBytes(root, bodies);
    const known = this.#table.find(hash, this);
    if (known >= 0) return this.#extent(known)[0] * REFERENCE_UNIT_BYTES;
    this.#table.add(hash);
    const start = this.#data.length / REFERENCE_UNIT_BYTES;
    this.#extents.appendU32(start);
    this.#extents.appendU32(start + bodies.length / REFERENCE_UNIT_BYTES);
    return this.#data.length;
  }

  /** @param {number} entry */
  isSame(entry) {
    const [start, end] = this.#extent(entry);
    const bodies = this.#bodies;
    if ((end - start) * REFERENCE_UNIT_BYTES !== bodies.length) return false;
    const stored = this.#data.read(start * REFERENCE_UNIT_BYTES, bodies.length);
    return stored.every((byte, i) => byte === bodies[i]);
  }

  /** @param {number} entry */
  #extent(entry) {
    return new Uint32Array(this.#extents.read(entry * 8, 8).slice().buffer);
  }
}

/** @param {number} bytes of a part @param {number} unit of what counts them in 32 bits */
function checkOffset(bytes, unit) {
  if (bytes / unit < NO_BODY) return;
  throw new QbRangeError(
    'SIZE',
    `a container has at most ${NO_BODY * unit} bytes of values.`,
    bytes,
  );
}
