/**
 * What JSON.stringify gets of packed views: plain values, everything copied.
 *
 *     list, tuple, set -> array      dict -> object, or array of pairs      struct -> object      bigint -> text
 *
 * It works through a list of tasks, so depth costs no call stack. What JSON cannot say is refused before JSON.stringify
 * runs into it: cycles, depth, and shared parts that would be written out again and again without end.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-json
 */
import { QbError } from '../base/errors.js';
import { readField } from './codec.js';
import { PackedDict } from './pack-dict.js';
import { NumbersView, PackedList } from './pack-list.js';
import { metered, spend } from './pack-meter.js';
import { UnknownStruct } from './pack-moved.js';
import { PackedSet } from './pack-set.js';
import { dtypeOf } from './pack-values.js';
import { isView, metaOfView, PLAIN_DEPTH_MAX } from './reflect.js';

/** @typedef {import('./scope.js').View} View */
/** @typedef {import('./pack-values.js').Numbers} Numbers */

/** What a conversion may read. */
const READ_BYTES_MAX = 2 ** 30;
/** Most values in one text, shared ones counted as often as they are written. */
const WRITTEN_MAX = 2 ** 26;

/**
 * @param {unknown} value that may be a view
 * @returns {unknown}
 * @throws {QbError} `CYCLE`, `DEPTH`, `LIMIT` for what JSON cannot say; `CORRUPT`
 */
export function jsonOf(value) {
  const plain = metered(READ_BYTES_MAX, () => new Conversion().run(value));
  checkTree(plain);
  return plain;
}

/**
 * One conversion.
 */
class Conversion {
  /** @type {Map<object, unknown>} */
  #done = new Map();
  /** @type {(() => void)[]} */
  #tasks = [];

  /**
   * @param {unknown} value
   * @returns {unknown}
   */
  run(value) {
    const result = this.#plain(value, 0);
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) task();
    return result;
  }

  /** @param {unknown} value @param {number} depth @returns {unknown} */
  #plain(value, depth) {
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    const known = this.#done.get(value);
    if (known !== undefined) return known;
    if (depth > PLAIN_DEPTH_MAX) throw depthError();
    const made = this.#make(value, depth + 1);
    this.#done.set(value, made);
    return made;
  }

  /** @param {object} value @param {number} depth of what is in it @returns {unknown} */
  #make(value, depth) {
    if (value instanceof NumbersView) return numbersIn(value.array);
    if (ArrayBuffer.isView(value)) return numbersIn(/** @type {Numbers} */ (value));
    if (value instanceof PackedList || value instanceof PackedSet) return this.#array(value, depth);
    if (value instanceof PackedDict) return this.#dict(value, depth);
    if (value instanceof UnknownStruct || isView(value)) return this.#struct(value, depth);
    return value; // it has a toJSON of its own
  }

  /** @param {PackedList | PackedSet} values @param {number} depth */
  #array(values, depth) {
    spend(8 + ('size' in values ? values.size / 8 : values.length * 4));
    /** @type {unknown[]} */
    const made = [];
    this.#tasks.push(() => {
      for (const value of values) made.push(this.#plain(value, depth));
    });
    return made;
  }

  /** @param {PackedDict} dict @param {number} depth */
  #dict(dict, depth) {
    spend(8 + dict.size * 12);
    if (!dict.isObject) {
      /** @type {unknown[]} */
      const pairs = [];
      this.#tasks.push(() => {
        for (const [key, value] of dict) {
          pairs.push([this.#plain(key, depth + 1), this.#plain(value, depth + 1)]);
        }
      });
      return pairs;
    }
    /** @type {Record<string, unknown>} */
    const made = {};
    this.#tasks.push(() => {
      for (const [key, value] of dict) {
        if (typeof key !== 'string') throw keyError();
        define(made, key, this.#plain(value, depth));
      }
    });
    return made;
  }

  /** @param {UnknownStruct | View} view @param {number} depth */
  #struct(view, depth) {
    spend(8);
    /** @type {Record<string, unknown>} */
    const made = {};
    this.#tasks.push(() => {
      for (const [name, value] of valuesOf(view)) {
        spend(1);
        if (value !== undefined) define(made, name, this.#plain(value, depth));
      }
    });
    return made;
  }
}

/** @param {UnknownStruct | View} view @returns {Iterable<[string, unknown]>} */
function* valuesOf(view) {
  if (view instanceof UnknownStruct) {
    yield* view;
    return;
  }
  for (const field of metaOfView(view).schema.list) {
    yield [field.name, readField(field, view.m, view.address)];
  }
}

/** @param {Numbers} numbers */
function numbersIn(numbers) {
  spend(8 + numbers.byteLength);
  const isBig = dtypeOf(numbers) === 'i64' || dtypeOf(numbers) === 'u64';
  const list = Array.from(/** @type {ArrayLike<unknown>} */ (numbers));
  return isBig ? list.map(String) : list;
}

function keyError() {
  return new QbError(
    'CORRUPT',
    'packed bytes: an object with a key that is no string. The bytes were damaged, or are not of this format.',
  );
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

/* ---- what JSON cannot say ---- */

/**
 * An array or object on the way down, with what was seen of it so far.
 *
 * @typedef {object} Visit
 * @property {object} value
 * @property {unknown[]} parts
 * @property {number} next part
 * @property {number} height
 * @property {number} count of the values in it, as often as they are written
 */

/**
 * @param {unknown} root plain
 * @throws {QbError} `CYCLE`, `DEPTH`, `LIMIT`
 */
function checkTree(root) {
  if (!isTree(root)) return;
  /** null: it is on the path. @type {Map<object, Visit | null>} */
  const known = new Map([[root, null]]);
  const path = [visitOf(root)];
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    if (visit.next === visit.parts.length) {
      path.pop();
      known.set(visit.value, visit);
      addTo(path, visit);
      continue;
    }
    const part = visit.parts[visit.next++];
    visit.count++;
    if (!isTree(part)) continue;
    const before = known.get(part);
    if (before === null)
      throw treeError('CYCLE', 'leads back to itself, and JSON has no word for that');
    if (before !== undefined) {
      addTo(path, before);
      continue;
    }
    known.set(part, null);
    path.push(visitOf(part));
  }
}

/** @param {object} value @returns {Visit} */
function visitOf(value) {
  return { value, parts: Object.values(value), next: 0, height: 1, count: 1 };
}

/** @param {Visit[]} path to what has it @param {Visit} visit of what was seen as a whole */
function addTo(path, { height, count }) {
  if (path.length + height > PLAIN_DEPTH_MAX) {
    throw depthError();
  }
  const visit = path.at(-1);
  if (visit === undefined) return;
  visit.height = Math.max(visit.height, height + 1);
  visit.count += count;
  if (visit.count > WRITTEN_MAX) {
    throw treeError(
      'LIMIT',
      `has more than ${WRITTEN_MAX} values when shared ones are written out`,
    );
  }
}

/** @param {unknown} value @returns {value is object} */
function isTree(value) {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

function depthError() {
  return treeError('DEPTH', `is nested deeper than ${PLAIN_DEPTH_MAX}, more than JSON can nest`);
}

/** @param {string} code @param {string} what */
function treeError(code, what) {
  return new QbError(code, `a packed value ${what}. Take parts of it, or unpack it.`);
}
