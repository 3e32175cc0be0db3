/**
 * FlatBuffers for the shapes of pack-shapes.js: what flatc would generate for this schema, by hand.
 *
 *     table Person  { id:uint; name:string; email:string; age:ubyte; score:double; active:bool; city:string; joined:double; }
 *     table People  { all:[Person]; }
 *     table Numbers { ints:[int]; floats:[double]; }
 *     table Entry   { key:string; value:string; }          sorted by key: a lookup is a binary search
 *     table Dict    { entries:[Entry]; }
 *
 * @module
 */
import { Builder, ByteBuffer } from 'flatbuffers';

/** @typedef {import('./pack-shapes.js').Person} Person */

/** Of the nth field in a vtable. @param {number} n */
const slot = (n) => 4 + n * 2;

/** What all tables have. */
class Table {
  /** @param {ByteBuffer} bb @param {number} at */
  constructor(bb, at) {
    this.bb = bb;
    this.at = at;
  }

  /** @param {number} n @returns {number} where the field stands, 0 when it is not there */
  field(n) {
    const offset = this.bb.__offset(this.at, slot(n));
    return offset === 0 ? 0 : this.at + offset;
  }

  /** @param {number} n @returns {string} */
  text(n) {
    const at = this.field(n);
    return at === 0 ? '' : String(this.bb.__string(at));
  }

  /** @param {number} n of a vector @returns {number} */
  lengthOf(n) {
    const offset = this.bb.__offset(this.at, slot(n));
    return offset === 0 ? 0 : this.bb.__vector_len(this.at + offset);
  }

  /** @param {number} n of a vector of tables @param {number} index @returns {number} where the table stands */
  tableAt(n, index) {
    const offset = this.bb.__offset(this.at, slot(n));
    return this.bb.__indirect(this.bb.__vector(this.at + offset) + index * 4);
  }
}

export class PersonTable extends Table {
  get id() {
    const at = this.field(0);
    return at === 0 ? 0 : this.bb.readUint32(at);
  }
  get name() {
    return this.text(1);
  }
  get email() {
    return this.text(2);
  }
  get age() {
    const at = this.field(3);
    return at === 0 ? 0 : this.bb.readUint8(at);
  }
  get score() {
    const at = this.field(4);
    return at === 0 ? 0 : this.bb.readFloat64(at);
  }
  get active() {
    const at = this.field(5);
    return at !== 0 && this.bb.readInt8(at) !== 0;
  }
  get city() {
    return this.text(6);
  }
  get joined() {
    const at = this.field(7);
    return at === 0 ? 0 : this.bb.readFloat64(at);
  }

  /** @returns {Person} */
  unpack() {
    const { id, name, email, age, score, active, city, joined } = this;
    return { id, name, email, age, score, active, city, joined };
  }
}

export class PeopleTable extends Table {
  get length() {
    return this.lengthOf(0);
  }

  /** @param {number} index */
  all(index) {
    return new PersonTable(this.bb, this.tableAt(0, index));
  }
}

export class NumbersTable extends Table {
  /** @param {number} index */
  ints(index) {
    const offset = this.bb.__offset(this.at, slot(0));
    return this.bb.readInt32(this.bb.__vector(this.at + offset) + index * 4);
  }

  /** @param {number} index */
  floats(index) {
    const offset = this.bb.__offset(this.at, slot(1));
    return this.bb.readFloat64(this.bb.__vector(this.at + offset) + index * 8);
  }

  /** In place, as flatc generates it for vectors of numbers. */
  intsArray() {
    const bytes = this.bb.bytes();
    const start = bytes.byteOffset + this.bb.__vector(this.at + this.bb.__offset(this.at, slot(0)));
    return new Int32Array(bytes.buffer, start, this.lengthOf(0));
  }

  /** In place. */
  floatsArray() {
    const bytes = this.bb.bytes();
    const start = bytes.byteOffset + this.bb.__vector(this.at + this.bb.__offset(this.at, slot(1)));
    return new Float64Array(bytes.buffer, start, this.lengthOf(1));
  }
}

class EntryTable extends Table {
  get key() {
    return this.text(0);
  }
  get value() {
    return this.text(1);
  }
}

export class DictTable extends Table {
  /** @param {string} key */
  get(key) {
    let low = 0;
    let high = this.lengthOf(0);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.entry(middle).key < key) low = middle + 1;
      else high = middle;
    }
    const found = this.entry(low);
    return found.key === key ? found.value : undefined;
  }

  /** @param {number} index */
  entry(index) {
    return new EntryTable(this.bb, this.tableAt(0, index));
  }

  unpack() {
    const entries = Array.from({ length: this.lengthOf(0) }, (_, i) => this.entry(i));
    return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
  }
}

/**
 * @template T
 * @param {Uint8Array} bytes
 * @param {new (bb: ByteBuffer, at: number) => T} Root
 * @returns {T}
 */
export function openRoot(bytes, Root) {
  const bb = new ByteBuffer(bytes);
  return new Root(bb, bb.readInt32(bb.position()) + bb.position());
}

/* ---- writing ---- */

/** @type {Builder} reused, as its documentation advises */
const builder = new Builder(1 << 16);

/** @param {() => number} build @returns {Uint8Array} a copy: the builder is reused */
function finished(build) {
  builder.clear();
  builder.finish(build());
  return builder.asUint8Array().slice();
}

/** @param {Person} person @returns {number} */
function buildPerson(person) {
  const name = builder.createString(person.name);
  const email = builder.createString(person.email);
  const city = builder.createString(person.city);
  builder.startObject(8);
  builder.addFieldInt32(0, person.id, 0);
  builder.addFieldOffset(1, name, 0);
  builder.addFieldOffset(2, email, 0);
  builder.addFieldInt8(3, person.age, 0);
  builder.addFieldFloat64(4, person.score, 0);
  builder.addFieldInt8(5, Number(person.active), 0);
  builder.addFieldOffset(6, city, 0);
  builder.addFieldFloat64(7, person.joined, 0);
  return builder.endObject();
}

/** @param {readonly number[]} offsets of tables @returns {number} */
function buildTables(offsets) {
  builder.startVector(4, offsets.length, 4);
  for (let i = offsets.length - 1; i >= 0; i--) builder.addOffset(offsets[i]);
  return builder.endVector();
}

/** @param {...number} fields offsets @returns {number} */
function buildObject(...fields) {
  builder.startObject(fields.length);
  fields.forEach((offset, i) => {
    builder.addFieldOffset(i, offset, 0);
  });
  return builder.endObject();
}

/** @param {Person} person */
export function packPerson(person) {
  return finished(() => buildPerson(person));
}

/** @param {readonly Person[]} people */
export function packPeople(people) {
  return finished(() => buildObject(buildTables(people.map(buildPerson))));
}

/** @param {{ ints: ArrayLike<number>, floats: ArrayLike<number> }} numbers */
export function packNumbers({ ints, floats }) {
  return finished(() => {
    builder.startVector(4, ints.length, 4);
    for (let i = ints.length - 1; i >= 0; i--) builder.addInt32(ints[i]);
    const first = builder.endVector();
    builder.startVector(8, floats.length, 8);
    for (let i = floats.length - 1; i >= 0; i--) builder.addFloat64(floats[i]);
    return buildObject(first, builder.endVector());
  });
}

/** @param {Record<string, string>} dict */
export function packDict(dict) {
  return finished(() => {
    const keys = Object.keys(dict).sort();
    const entries = keys.map((key) =>
      buildObject(builder.createString(key), builder.createString(dict[key])),
    );
    return buildObject(buildTables(entries));
  });
}
