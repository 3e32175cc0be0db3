/**
 * Plain JS values from views: everything copied, shared references and cycles kept.
 *
 *     list -> array, tuple -> Tuple, set -> Set, dict -> Map or plain object, struct -> plain object
 *
 * It works through a list of tasks, so depth costs no call stack.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-plain
 */
import { readField } from './codec.js';
import { PackedDict } from './pack-dict.js';
import { NumbersView, PackedList } from './pack-list.js';
import { UnknownStruct } from './pack-moved.js';
import { meter, spend } from './pack-session.js';
import { PackedSet } from './pack-set.js';
import { registrationOf } from './pack-types.js';
import { dtypeOf, NdArray, Tuple } from './pack-values.js';

import { isView, metaOfView } from './reflect.js';

/** @typedef {import('./scope.js').View} View */
/** @typedef {import('./pack-values.js').Numbers} Numbers */

/** What a conversion that knows no range may read. */
const CONVERTED_BYTES_MAX = 2 ** 30;

/**
 * One conversion.
 */
class Conversion {
  /** @type {Map<object, unknown>} */
  #done = new Map();
  /** @type {(() => void)[]} */
  #tasks = [];
  /** @type {(() => void)[]} */
  #hooks = [];
  #json;

  /** @param {boolean} json whether the result is for JSON */
  constructor(json) {
    this.#json = json;
  }

  /**
   * @param {unknown} value
   * @returns {unknown}
   */
  run(value) {
    const result = this.#plain(value);
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) task();
    return result;
  }

  /** Calls the hooks, those of inner values first. */
  finish() {
    for (const hook of this.#hooks.reverse()) hook();
  }

  /** @param {unknown} value @returns {unknown} */
  #plain(value) {
    if (typeof value === 'bigint' && this.#json) return String(value);
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#done.get(value);
    if (known !== undefined) return known;
    const made = this.#make(value);
    this.#done.set(value, made);
    return made;
  }

  /** @param {object} value @returns {unknown} */
  #make(value) {
    if (ArrayBuffer.isView(value)) {
      spend(8 + value.byteLength);
      const numbers = /** @type {Numbers} */ (value);
      return this.#json ? jsonNumbers(numbers) : numbers.slice();
    }
    if (value instanceof NdArray) {
      spend(8 + value.data.byteLength);
      return this.#json ? value : new NdArray(copyOf(value.data), value.shape);
    }
    if (value instanceof NumbersView) {
      spend(8 + value.array.byteLength);
      if (this.#json) return jsonNumbers(value.array);
      const numbers = Array.from(/** @type {ArrayLike<unknown>} */ (value.array));
      return value.isTuple ? Object.freeze(Tuple.from(numbers)) : numbers;
    }
    if (value instanceof PackedList) return this.#list(value);
    if (value instanceof PackedSet) return this.#set(value);
    if (value instanceof PackedDict) return this.#dict(value);
    if (value instanceof UnknownStruct) return this.#unknown(value);
    return isView(value) ? this.#struct(value) : value;
  }

  /** @param {PackedList} list */
  #list(list) {
    spend(8 + list.length * 4);
    const isTuple = list.isTuple && !this.#json;
    /** @type {unknown[]} */
    const made = isTuple ? new Tuple(list.length) : new Array(list.length);
    this.#tasks.push(() => {
      for (let i = 0; i < made.length; i++) made[i] = this.#plain(list.at(i));
      if (isTuple) Object.freeze(made);
    });
    return made;
  }

  /** @param {PackedSet} set */
  #set(set) {
    spend(8 + set.size / 8);
    /** @type {Set<unknown>} */
    const made = new Set();
    /** @type {unknown[]} */
    const members = [];
    this.#tasks.push(() => {
      for (const member of set.values()) {
        if (this.#json) members.push(this.#plain(member));
        else made.add(this.#plain(member));
      }
    });
    return this.#json ? members : made;
  }

  /** @param {PackedDict} dict */
  #dict(dict) {
    spend(8 + dict.size * 12);
    if (dict.isObject) {
      /** @type {Record<string, unknown>} */
      const made = {};
      this.#tasks.push(() => {
        for (const [key, value] of dict) define(made, String(key), this.#plain(value));
      });
      return made;
    }
    /** @type {Map<unknown, unknown>} */
    const made = new Map();
    /** @type {unknown[]} */
    const pairs = [];
    this.#tasks.push(() => {
      for (const [key, value] of dict) {
        const pair = [this.#plain(key), this.#plain(value)];
        if (this.#json) pairs.push(pair);
        else made.set(pair[0], pair[1]);
      }
    });
    return this.#json ? pairs : made;
  }

  /** @param {View} view */
  #struct(view) {
    const meta = metaOfView(view);
    const { postUnpack } = registrationOf(meta)?.options ?? {};
    spend(meta.schema.bytes);
    /** @type {Record<string, unknown>} */
    const made = {};
    if (postUnpack !== undefined && !this.#json) this.#hooks.push(() => postUnpack(made));
    this.#tasks.push(() => {
      for (const field of meta.schema.list) {
        const value = this.#plain(readField(field, view.m, view.address));
        if (value !== undefined) define(made, field.name, value);
      }
    });
    return made;
  }

  /** @param {UnknownStruct} view */
  #unknown(view) {
    spend(8);
    /** @type {Record<string, unknown>} */
    const made = {};
    this.#tasks.push(() => {
      for (const [name, value] of view) {
        spend(1);
        if (value !== undefined) define(made, name, this.#plain(value));
      }
    });
    return made;
  }
}

/** @param {Numbers} numbers */
function copyOf(numbers) {
  return /** @type {Numbers} */ (numbers.slice());
}

/** @param {Numbers} numbers */
function jsonNumbers(numbers) {
  const isBig = dtypeOf(numbers) === 'i64' || dtypeOf(numbers) === 'u64';
  const list = Array.from(/** @type {ArrayLike<unknown>} */ (numbers));
  return isBig ? list.map(String) : list;
}

/**
 * Sets a property whatever its name: '__proto__' is a name like others.
 *
 * @param {Record<string, unknown>} object
 * @param {string} name
 * @param {unknown} value
 */
export function define(object, name, value) {
  if (name !== '__proto__') object[name] = value;
  else {
    Object.defineProperty(object, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}

/**
 * Plain values of a value that may be a view. Everything is a copy.
 *
 * @param {unknown} value
 * @param {boolean} json for JSON: bigints as text, sets and dicts as arrays
 * @param {number} [bytes] of the range that it is in
 * @returns {unknown}
 */
export function plainOfValue(value, json, bytes = CONVERTED_BYTES_MAX) {
  return convert(() => value, json, bytes);
}

/**
 * @param {() => unknown} read gives the value; it is within the budget as well
 * @param {boolean} json
 * @param {number} bytes
 * @returns {unknown}
 */
export function convert(read, json, bytes) {
  const before = { ...meter };
  meter.leftBytes = bytes;
  meter.texts = new Map();
  const conversion = new Conversion(json);
  let result;
  try {
    result = conversion.run(read());
  } finally {
    Object.assign(meter, before);
  }
  conversion.finish();
  return result;
}
