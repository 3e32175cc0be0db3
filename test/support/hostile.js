/**
 * Foreign bytes: what reading them gives, and ways to damage them.
 *
 * Reading may give values or a QbError. It may not give another error, not end late, and not depend on a byte outside of
 * the range: each reading is done twice, with other bytes around.
 *
 * @module
 */
import {
  DateTime,
  Decimal,
  NdArray,
  PackedDict,
  PackedList,
  PackedSet,
} from '../../js/image/index.js';
import { QbError } from '../../js/index.js';
import { hashBytes } from '../../js/struct/murmur.js';
import { TAG } from '../../js/struct/pack-format.js';

/** Values of one walk: far more than there are bytes in what tests damage. */
const STEPS_MAX = 500_000;
/** Bytes around the range. */
const AROUND_BYTES = 512;

/**
 * Reads everything that a value leads to, by all ways that there are: elements, iteration, lookups, fields.
 *
 * @param {unknown} root a view, or a plain value
 * @returns {string} what was read, the errors among it
 */
export function walk(root) {
  const walker = new Walker();
  walker.run(root);
  return walker.text.join(' ');
}

class Walker {
  /** @type {string[]} */
  text = [];
  /** @type {Map<object, number>} */
  #seen = new Map();
  /** @type {unknown[]} */
  #left = [];
  #steps = 0;

  /** @param {unknown} root */
  run(root) {
    this.#left.push(root);
    while (this.#left.length > 0) this.#visit(this.#left.pop());
  }

  /** @param {unknown} value */
  #visit(value) {
    if (++this.#steps > STEPS_MAX) throw new Error('the walk does not end');
    if (typeof value !== 'object' || value === null) {
      this.text.push(
        typeof value === 'bigint' ? `${value}n` : String(Object.is(value, -0) ? '-0' : value),
      );
      return;
    }
    const number = this.#seen.get(value);
    if (number !== undefined) {
      this.text.push(`#${number}`);
      return;
    }
    this.#seen.set(value, this.#seen.size);
    if (value instanceof Date) this.text.push(`date ${value.getTime()}`);
    else if (value instanceof DateTime) this.text.push(`${value.time} ${value.offsetMinutes}`);
    else if (value instanceof Decimal) this.text.push(`${value.coefficient}e${value.exponent}`);
    else if (ArrayBuffer.isView(value)) this.#numbers(/** @type {Uint8Array} */ (value));
    else if (value instanceof NdArray) this.#push(value.shape.join(), value.data);
    else this.#container(value);
  }

  /** @param {object} value */
  #container(value) {
    if (value instanceof PackedList) this.#list(value);
    else if (value instanceof PackedSet) this.#set(value);
    else if (value instanceof PackedDict) this.#dict(value);
    else if (Array.isArray(value)) this.#push(`array ${value.length}`, ...value);
    else if (value instanceof Set) this.#push(`set ${value.size}`, ...value);
    else if (value instanceof Map) this.#push(`map ${value.size}`, ...[...value].flat());
    else this.#fields(value);
  }

  /** @param {string} text @param {unknown[]} inner */
  #push(text, ...inner) {
    this.text.push(text);
    for (const one of inner.reverse()) this.#left.push(one);
  }

  /** @param {Uint8Array} numbers */
  #numbers(numbers) {
    this.#steps += numbers.length / 8;
    this.text.push(`${numbers.constructor.name} ${numbers.length} ${numbers.join()}`);
  }

  /** @param {PackedList} list */
  #list(list) {
    this.text.push(`${list.isTuple ? 'tuple' : 'list'} ${list.length}`);
    for (let i = 0; i < Math.min(list.length, STEPS_MAX); i++) this.#try(() => list.at(i));
    this.#try(() => list.slice(-2).length);
    this.#try(() => list.includes(list.at(0)));
    this.#try(() => [...list].length);
  }

  /** @param {PackedSet} set */
  #set(set) {
    this.text.push(`set ${set.size}`);
    this.#try(() => {
      for (const member of set) {
        this.#left.push(member);
        this.#try(() => set.has(member));
      }
    });
    this.#try(() => set.isSubsetOf(new Set([1])));
  }

  /** @param {PackedDict} dict */
  #dict(dict) {
    this.text.push(`dict ${dict.size} ${dict.isObject}`);
    this.#try(() => {
      for (const [key, value] of dict) {
        this.#left.push(key, value);
        this.#try(() => dict.has(key));
        this.#try(() => dict.get(key));
      }
    });
    this.#try(() => dict.get('no such key'));
    this.#try(() => [...dict.keys(), ...dict.values()].length);
  }

  /** Of a struct or plain object. @param {object} object */
  #fields(object) {
    this.text.push('{');
    for (const name in object) {
      if (name === 'm' || name === 'address') continue;
      this.text.push(`${name}:`);
      this.#try(() => Reflect.get(object, name));
    }
    const pairs = /** @type {Iterable<[string, unknown]>} */ (object);
    if (Symbol.iterator in object) this.#try(() => [...pairs].length);
    this.text.push('}');
  }

  /** @param {() => unknown} read what it gives is visited as well */
  #try(read) {
    try {
      this.#left.push(read());
    } catch (error) {
      this.text.push(refusal(error));
    }
  }
}

/**
 * @param {unknown} error
 * @returns {string} its code
 * @throws {unknown} the error, if it is none of the library
 */
function refusal(error) {
  if (!(error instanceof QbError)) throw error;
  return `<${error.code}>`;
}

/**
 * What one way of reading gives.
 *
 * @param {() => unknown} read
 * @returns {{ code: string, text: string }} code of the error, '' for none
 */
function outcome(read) {
  try {
    return { code: '', text: walk(read()) };
  } catch (error) {
    const text = refusal(error);
    return { code: text.slice(1, -1), text };
  }
}

/**
 * Ways to read bytes.
 *
 * @typedef {object} Ways
 * @property {(bytes: Uint8Array) => unknown} view
 * @property {(bytes: Uint8Array) => unknown} verify
 * @property {(bytes: Uint8Array) => unknown} [unpack]
 */

/**
 * What the library may say of bytes that it verified: they are sound. The classes here may be others, and keys deeper
 * than keys may be.
 */
const AFTER_VERIFY = ['', 'SCHEMA', 'DEPTH', 'LIMIT'];

/**
 * Reads damaged bytes in all ways.
 *
 * @param {Uint8Array} bytes
 * @param {Ways} ways
 * @throws {Error} that says what is not safe
 */
export function checkSafe(bytes, ways) {
  const [zeros, ones] = [0, 255].map((around) => {
    const all = new Uint8Array(bytes.length + 2 * AROUND_BYTES).fill(around);
    all.set(bytes, AROUND_BYTES);
    const range = all.subarray(AROUND_BYTES, AROUND_BYTES + bytes.length);
    return Object.entries(ways).map(([way, read]) => ({ way, ...outcome(() => read(range)) }));
  });
  zeros.forEach(({ way, text }, i) => {
    if (text === ones[i].text) return;
    throw new Error(`${way} depends on what stands outside: ${text} and ${ones[i].text}`);
  });
  const isSound = zeros.some(({ way, code }) => way === 'verify' && code === '');
  if (!isSound) return;
  for (const { way, code, text } of zeros) {
    const inner = [code, ...Array.from(text.matchAll(/<([A-Z]+)>/g), ([, one]) => one)];
    const bad = inner.find((one) => !AFTER_VERIFY.includes(one));
    if (bad !== undefined) throw new Error(`${way} is refused with ${bad} after verify: ${text}`);
  }
}

/**
 * Damages bytes in one way after the other, and checks each.
 *
 * @param {string} name
 * @param {Uint8Array} bytes
 * @param {Iterable<[string, Uint8Array]>} damages
 * @param {Ways} ways
 * @returns {number} how many were checked
 */
export function checkAllSafe(name, bytes, damages, ways) {
  let count = 0;
  for (const [what, damaged] of damages) {
    try {
      checkSafe(damaged, ways);
    } catch (cause) {
      throw new Error(`${name} of ${bytes.length} bytes, ${what}: ${cause}`, { cause });
    }
    count++;
  }
  return count;
}

/**
 * Every byte turned, one at a time.
 *
 * @param {Uint8Array} bytes
 * @param {number[]} masks
 * @param {(index: number) => boolean} [isTaken] of the bytes, those that are turned
 * @returns {Generator<[string, Uint8Array], void>}
 */
export function* flips(bytes, masks, isTaken = () => true) {
  for (let i = 0; i < bytes.length; i++) {
    if (!isTaken(i)) continue;
    for (const mask of masks) {
      const damaged = bytes.slice();
      damaged[i] ^= mask;
      yield [`byte ${i} xor ${mask}`, damaged];
    }
  }
}

/**
 * Every length shorter than it is.
 *
 * @param {Uint8Array} bytes
 * @param {(index: number) => boolean} [isTaken]
 * @returns {Generator<[string, Uint8Array], void>}
 */
export function* truncations(bytes, isTaken = () => true) {
  for (let length = 0; length < bytes.length; length++) {
    if (isTaken(length)) yield [`the first ${length} bytes`, bytes.slice(0, length)];
  }
}

/**
 * Makes the prints of layouts right, so that a reader goes on to what the layouts say.
 *
 * @param {Uint8Array} bytes a packed value or image
 * @returns {Uint8Array} the same
 */
export function reprinted(bytes) {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isIn = (/** @type {number} */ at, /** @type {number} */ size) =>
    at >= 0 && at + size <= bytes.length;
  const isImage = bytes[0] === 0x51;
  if (!isIn(0, isImage ? 64 : 16)) return bytes;
  const distance = isImage ? words.getUint32(32, true) : 4 * words.getInt32(12, true);
  const types = isImage ? distance : 12 + distance;
  const count = distance !== 0 && isIn(types, 8) ? words.getUint32(types + 4, true) : 0;
  for (let entry = types + 8; entry < types + 8 + count * 16 && isIn(entry, 16); entry += 16) {
    const text = entry + 12 + 4 * words.getInt32(entry + 12, true);
    const length = isIn(text, 8) ? words.getUint32(text + 4, true) : 0;
    if (!isIn(text + 8, length)) continue;
    words.setUint32(entry + 8, hashBytes(1, bytes.subarray(text + 8, text + 8 + length)), true);
  }
  return bytes;
}

/**
 * Packed bytes written by hand: bodies as they should not be.
 */
export class RawBytes {
  #end = 16;
  #u8;

  /** @param {number} bytes room */
  constructor(bytes = 65536) {
    this.#u8 = new Uint8Array(bytes);
    /** @readonly */
    this.u32 = new Uint32Array(this.#u8.buffer);
    /** @readonly */
    this.i32 = new Int32Array(this.#u8.buffer);
  }

  /**
   * @param {number} tag
   * @param {{ flags?: number, aux?: number, count?: number, bytes?: number, text?: string }} [parts] bytes of content
   * @returns {number} position
   */
  body(tag, { flags = 0, aux = 0, count = 0, bytes = 0, text = '' } = {}) {
    const at = this.#end;
    const utf8 = Buffer.from(text);
    this.u32[at / 4] = (tag | (flags << 8) | (aux << 16)) >>> 0;
    this.u32[at / 4 + 1] = text === '' ? count : utf8.length;
    this.#u8.set(utf8, at + 8);
    this.#end += 8 + Math.ceil((bytes + utf8.length) / 8) * 8;
    return at;
  }

  /** @param {number} at position of a pointer @param {number} body */
  point(at, body) {
    this.i32[at / 4] = (body - at) / 4;
  }

  /**
   * A list that leads to bodies.
   *
   * @param {number[]} bodies
   * @returns {number} position
   */
  list(...bodies) {
    return this.listOf(bodies);
  }

  /** @param {number[]} bodies @returns {number} position */
  listOf(bodies) {
    const at = this.body(TAG.LIST, { count: bodies.length, bytes: bodies.length * 4 });
    bodies.forEach((body, i) => {
      this.point(at + 8 + i * 4, body);
    });
    return at;
  }

  /**
   * A table of types with their layouts.
   *
   * @param {{ layout: object | string, bytes: number, code?: number }[]} types
   * @returns {number} position
   */
  types(...types) {
    const texts = types.map(({ layout }) => {
      const text = typeof layout === 'string' ? layout : JSON.stringify(layout);
      return { at: this.body(TAG.STRING, { text }), print: hashBytes(1, Buffer.from(text)) };
    });
    const at = this.body(TAG.TYPES, { count: types.length, bytes: types.length * 16 });
    types.forEach(({ bytes, code = 0 }, i) => {
      const entry = at + 8 + i * 16;
      this.u32[entry / 4] = code;
      this.u32[entry / 4 + 1] = bytes;
      this.u32[entry / 4 + 2] = texts[i].print;
      this.point(entry + 12, texts[i].at);
    });
    return at;
  }

  /**
   * @param {number} root
   * @param {number} [types] position of the table
   * @returns {Uint8Array}
   */
  finish(root, types = 0) {
    this.u32[0] = this.#end;
    this.#u8.set([1, 1, 0x51, 0x56], 4);
    this.point(8, root);
    if (types !== 0) this.point(12, types);
    return this.#u8.slice(0, this.#end);
  }
}
