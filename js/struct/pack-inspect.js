/**
 * console.log of packed views.
 *
 *     view -- inspectPacked -->  stand-ins: plain arrays, sets, maps and objects  -- Node, Bun, Deno -->  text
 *
 * The stand-ins of one call are a bounded graph with the identities of the views. So the printer of the runtime sees cycles and
 * depth as in any other value, and foreign bytes in which everything leads to everything cannot keep it busy.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-inspect
 */
import { readField } from './codec.js';
import { PackedDict } from './pack-dict.js';
import { PackedList } from './pack-list.js';
import { metered } from './pack-meter.js';
import { nameOfStruct, namesOfStruct, UnknownStruct } from './pack-moved.js';
import { PackedSet } from './pack-set.js';
import { INSPECT, isView, metaOfView } from './reflect.js';

/** @typedef {import('./scope.js').View} View */
/** @typedef {{ maxArrayLength?: number | null }} InspectOptions */

/**
 * A view that is being shown, and what it stands in.
 *
 * @typedef {object} Way
 * @property {object} view
 * @property {object} standIn
 * @property {number} level
 * @property {Way | null} parent
 */

/** Most values in one text: more than anybody reads. */
const VALUES_MAX = 20_000;
/** Of strings that are decoded for it. */
const TEXT_BYTES_MAX = 2 ** 28;
/** As Node has it. */
const LENGTH_MAX = 100;
const NOTHING = Object.freeze({});
/** Characters of a name that a terminal would obey. */
const CONTROLS = /\p{Cc}/gu;

/**
 * @param {object} view a packed list, set, dict or struct
 * @param {number | null | undefined} depth left, null for all
 * @param {InspectOptions} [options]
 * @returns {object} to be printed instead
 */
export function inspectPacked(view, depth, options) {
  const most = options?.maxArrayLength;
  const lengthMax = most === undefined ? LENGTH_MAX : Math.min(most ?? VALUES_MAX, VALUES_MAX);
  const standIns = new StandIns(depth ?? Number.POSITIVE_INFINITY, Math.max(0, lengthMax));
  return metered(TEXT_BYTES_MAX, () => standIns.of(view));
}

/**
 * Those of one call.
 */
class StandIns {
  /** Fills them, level by level. @type {(() => void)[]} */
  #tasks = [];
  /** By name. @type {Map<string, new () => object>} */
  #classes = new Map();
  #depth;
  #lengthMax;
  #left = VALUES_MAX;

  /** @param {number} depth @param {number} lengthMax */
  constructor(depth, lengthMax) {
    this.#depth = depth;
    this.#lengthMax = lengthMax;
  }

  /** @param {object} view @returns {object} */
  of(view) {
    const made = /** @type {object} */ (this.#shown(view, null));
    for (let i = 0; i < this.#tasks.length; i++) this.#tasks[i]();
    return made;
  }

  /**
   * A view that stands in itself is its own stand-in there; one that is shared is shown where it is met, so that the
   * bound on values is one on the text.
   *
   * @param {unknown} value
   * @param {Way | null} way to what it stands in
   * @returns {unknown}
   */
  #shown(value, way) {
    this.#left--;
    if (typeof value !== 'object' || value === null) return value;
    for (let one = way; one !== null; one = one.parent) {
      if (one.view === value) return one.standIn;
    }
    const name = nameOf(value);
    if (name === '') return value; // the runtime knows how to print it
    const level = way === null ? 0 : way.level + 1;
    if (level > this.#depth || this.#left < 0) return marker(`[${name}]`);
    return this.#begin(value, name, { view: value, standIn: NOTHING, level, parent: way });
  }

  /** @param {object} value @param {string} name @param {Way} way @returns {object} */
  #begin(value, name, way) {
    if (value instanceof PackedList) {
      const list = /** @type {unknown[]} */ (this.#new(name, Array, way));
      this.#tasks.push(() => this.#fillList(list, value, way));
      return list;
    }
    if (value instanceof PackedSet) {
      const set = /** @type {Set<unknown>} */ (this.#new(name, Set, way));
      this.#tasks.push(() => {
        this.#some(value, value.size, (member) => set.add(this.#shown(member, way)));
        Object.defineProperty(set, 'size', { value: value.size }); // the printer counts what is not there
      });
      return set;
    }
    if (value instanceof PackedDict) {
      const map = /** @type {Map<unknown, unknown>} */ (this.#new(name, Map, way));
      this.#tasks.push(() => {
        this.#some(value, value.size, (entry) => {
          const [key, item] = Array.isArray(entry) ? entry : [entry, entry]; // or why it cannot be read
          map.set(this.#shown(key, way), this.#shown(item, way));
        });
        Object.defineProperty(map, 'size', { value: value.size });
      });
      return map;
    }
    const struct = /** @type {Record<string, unknown>} */ (this.#new(name, Object, way));
    this.#tasks.push(() => this.#fillStruct(struct, value, way));
    return struct;
  }

  /** @param {unknown[]} made @param {PackedList} list @param {Way} way */
  #fillList(made, list, way) {
    this.#some(list, list.length, (item) => made.push(this.#shown(item, way)));
    if (made.length >= this.#lengthMax) made.length = list.length;
    else if (made.length < list.length) made.push(marker(`... ${list.length - made.length} more`));
  }

  /** @param {Record<string, unknown>} made @param {object} view @param {Way} way */
  #fillStruct(made, view, way) {
    for (const [name, read] of fieldsOf(view)) {
      if (this.#left < 0) break;
      let value;
      try {
        value = read();
      } catch (error) {
        value = marker(error);
      }
      made[name] = this.#shown(value, way);
    }
  }

  /**
   * Uses the first values of a view, up to one that cannot be read.
   *
   * @param {Iterable<unknown>} values
   * @param {number} count of them
   * @param {(value: unknown) => void} use
   */
  #some(values, count, use) {
    const most = Math.min(count, this.#lengthMax, Math.max(0, this.#left));
    const iterator = values[Symbol.iterator]();
    try {
      for (let i = 0; i < most; i++) use(iterator.next().value);
    } catch (error) {
      use(marker(error));
    }
  }

  /**
   * @param {string} name
   * @param {new () => object} Base
   * @param {Way} way its stand-in is set
   * @returns {object} a new object of a class with that name
   */
  #new(name, Base, way) {
    let Class = this.#classes.get(name);
    if (Class === undefined) {
      Class = { [name]: class extends Base {} }[name];
      Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: name });
      this.#classes.set(name, Class);
    }
    way.standIn = new Class();
    return way.standIn;
  }
}

/**
 * @param {object} value
 * @returns {string} of a packed view, '' for all else
 */
function nameOf(value) {
  const { name } = value.constructor;
  if (value instanceof PackedList && value.isTuple) return 'PackedTuple';
  if (value instanceof PackedList) return name.endsWith('View') ? 'PackedList' : name;
  if (value instanceof PackedSet) return name.endsWith('View') ? 'PackedSet' : name;
  if (value instanceof PackedDict) return name.endsWith('View') ? 'PackedDict' : name;
  if (value instanceof UnknownStruct) return nameOfStruct(value).replace(CONTROLS, '?');
  if (!isView(value)) return '';
  const { Class, schema } = metaOfView(value);
  return Class.name || schema.name;
}

/**
 * @param {object} view of a struct
 * @returns {[string, () => unknown][]} names and what reads the values
 */
function fieldsOf(view) {
  if (view instanceof UnknownStruct) {
    const values = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (view));
    return namesOfStruct(view).map((name) => [name, () => values[name]]);
  }
  const { m, address } = /** @type {View} */ (view);
  return metaOfView(/** @type {View} */ (view)).schema.list.map((field) => [
    field.name,
    () => readField(field, m, address),
  ]);
}

/**
 * @param {unknown} what a text, or an error: printing must not throw
 * @returns {object} that prints so
 */
function marker(what) {
  const text = what instanceof Error ? `<${what.message}>` : String(what);
  return { [INSPECT]: () => text };
}
