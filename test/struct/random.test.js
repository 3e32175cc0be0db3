/**
 * Random schemas of all field types hold random values like plain objects.
 *
 * A model is a plain object with the values that were assigned: a nested struct is a plain object in it, a
 * reference the address of its target or null. It is compared with what every way of reading gives.
 *
 * @module
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { struct, t } from '../../js/index.js';
import { testSeed } from '../support/random.js';
import { closeHeaps, openHeap } from '../support/struct.js';

afterEach(closeHeaps);

const seed = testSeed('random schemas');
const FIELDS_MAX = 70;
const TARGET_COUNT = 3;

/** @typedef {import('../../js/index.js').Heap} Heap */
/** @typedef {import('../../js/struct/types.js').FieldType} FieldType */
/** @typedef {import('../../js/struct/infer.js').AnyClass} AnyClass */
/** @typedef {Record<string, unknown>} Model */

/**
 * What a field is in the model. `values` gives what the model holds.
 *
 * @typedef {object} Kind
 * @property {'plain' | 'ref' | 'self' | 'struct'} what
 * @property {FieldType | null} type null: it depends on the run
 * @property {fc.Arbitrary<unknown>} values
 * @property {boolean} isOptional
 * @property {NamedKind[]} parts of a nested struct
 */
/** @typedef {{ name: string, kind: Kind }} NamedKind */

const bigs = {
  i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  u64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
};
const numbers = {
  i8: fc.integer({ min: -128, max: 127 }),
  u8: fc.integer({ min: 0, max: 255 }),
  i16: fc.integer({ min: -32768, max: 32767 }),
  u16: fc.integer({ min: 0, max: 65535 }),
  i32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  u32: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  f32: fc.float(),
  f64: fc.double(),
  ...bigs,
};
const NUMERIC = /** @type {(keyof typeof numbers)[]} */ (Object.keys(numbers));
const text = fc.string({ unit: 'binary', maxLength: 30 });
const bytes = fc.uint8Array({ maxLength: 40 });
const manyNames = Array.from({ length: 300 }, (_, i) => `name ${i}`);
const anything = fc.oneof(
  fc.constantFrom(undefined, null, true, false, -0, NaN, Infinity, -(2 ** 28), 2 ** 28),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  text,
  fc.date(),
  bytes,
);

/** @param {FieldType} type @param {fc.Arbitrary<unknown>} values @returns {Kind} */
const plain = (type, values) => ({ what: 'plain', type, values, isOptional: false, parts: [] });

const PLAIN = [
  ...NUMERIC.map((name) => plain(t[name], numbers[name])),
  plain(t.bool, fc.boolean()),
  plain(t.date, fc.date()),
  plain(t.string, text),
  plain(t.bytes, bytes),
  plain(t.any, anything),
  plain(t.enum(['red', 'größer', '漢字']), fc.constantFrom('red', 'größer', '漢字')),
  plain(t.enum(manyNames), fc.constantFrom(...manyNames)),
];
/** @type {Kind} */
const REF = {
  what: 'ref',
  type: null,
  values: fc.option(fc.nat(TARGET_COUNT - 1)),
  isOptional: false,
  parts: [],
};
const target = fc.constantFrom(REF, /** @type {Kind} */ ({ ...REF, what: 'self' }));

const arrays = fc
  .tuple(fc.constantFrom(...NUMERIC), fc.integer({ min: 1, max: 9 }))
  .map(([name, count]) =>
    plain(
      t.array(t[name], count),
      fc.array(/** @type {fc.Arbitrary<unknown>} */ (numbers[name]), {
        minLength: count,
        maxLength: count,
      }),
    ),
  );
const flat = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PLAIN) },
  { weight: 2, arbitrary: arrays },
  { weight: 2, arbitrary: target },
);
const optional = flat.map((kind) => ({
  ...kind,
  isOptional: true,
  values: fc.option(kind.values, { nil: undefined }),
}));

const RESERVED = new Set(
  Object.keys(Object.getOwnPropertyDescriptors(Object.prototype)).concat(
    'address',
    'm',
    'toJSON',
    'equals',
  ),
);
const names = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }),
    fc.constantFrom(
      'then',
      'length',
      'name',
      'get',
      'prototype',
      'ключ',
      '💾',
      ' ',
      '0',
      '-1',
      'a.b',
    ),
  )
  .filter((name) => !RESERVED.has(name));

/**
 * @param {fc.Arbitrary<Kind>} kinds
 * @param {number} min
 * @param {number} max
 * @returns {fc.Arbitrary<NamedKind[]>}
 */
function literals(kinds, min, max) {
  return fc.uniqueArray(fc.record({ name: names, kind: kinds }), {
    selector: ({ name }) => name,
    minLength: min,
    maxLength: max,
    size: 'max',
  });
}

const inner = literals(
  fc.oneof(
    flat.filter(({ what }) => what !== 'self'),
    optional.filter(({ what }) => what !== 'self'),
  ),
  1,
  5,
);
const nested = inner.map(
  (parts) =>
    /** @type {Kind} */ ({
      what: 'struct',
      type: null,
      values: modelOf(parts),
      isOptional: false,
      parts,
    }),
);
const kinds = fc.oneof(
  { weight: 5, arbitrary: flat },
  { weight: 2, arbitrary: optional },
  { weight: 1, arbitrary: nested },
);

/** @param {NamedKind[]} literal @returns {fc.Arbitrary<Model>} */
function modelOf(literal) {
  return fc
    .tuple(...literal.map(({ kind }) => kind.values))
    .map((values) => Object.fromEntries(literal.map(({ name }, i) => [name, values[i]])));
}

/** All fields, in how many classes they stand one below the other, and two models. */
const runs = fc
  .integer({ min: 1, max: FIELDS_MAX })
  .chain((count) => fc.tuple(literals(kinds, count, count), fc.integer({ min: 1, max: 3 })))
  .chain(([literal, levels]) =>
    fc.record({
      literal: fc.constant(literal),
      levels: fc.constant(levels),
      first: modelOf(literal),
      second: modelOf(literal),
    }),
  );

let structCount = 0;

class Run {
  /** @type {Map<NamedKind[], AnyClass>} */
  #nested = new Map();

  /** @param {Heap} heap */
  constructor(heap) {
    this.heap = heap;
    this.Target = struct(`Target ${++structCount}`, { id: t.u32 });
    this.targets = Array.from({ length: TARGET_COUNT }, (_, id) => new this.Target({ id }));
    /** @type {object[]} */
    this.selves = [];
  }

  /**
   * A class with the fields of the literal, on so many levels.
   *
   * @param {NamedKind[]} literal
   * @param {number} levels
   */
  define(literal, levels) {
    const each = Math.ceil(literal.length / levels);
    /** @type {AnyClass | undefined} */
    let Class;
    for (let from = 0; from < literal.length; from += each) {
      const name = `Random ${++structCount}`;
      const fields = Object.fromEntries(
        literal
          .slice(from, from + each)
          .map(({ name: field, kind }) => [
            field,
            kind.isOptional ? t.optional(this.#typeOf(kind, name)) : this.#typeOf(kind, name),
          ]),
      );
      Class = Class === undefined ? struct(name, fields) : struct(name, fields, Class);
    }
    return /** @type {import('../../js/struct/infer.js').StructClass<string, Record<string, FieldType>>} */ (
      /** @type {unknown} */ (Class)
    );
  }

  /** @param {Kind} kind @param {string} self @returns {FieldType} */
  #typeOf({ what, type, parts }, self) {
    if (type !== null) return type;
    if (what === 'ref') return t.ref(this.Target);
    if (what === 'self') return t.ref(self);
    let Class = this.#nested.get(parts);
    if (Class === undefined) {
      Class = this.define(parts, 1);
      this.#nested.set(parts, Class);
    }
    return t.struct(/** @type {never} */ (Class));
  }

  /**
   * What is assigned to a field to have the model's value in it.
   *
   * @param {Kind} kind
   * @param {unknown} value
   * @returns {unknown}
   */
  assignable({ what, parts }, value) {
    if (value === undefined || value === null) return value;
    if (what === 'ref') return this.targets[/** @type {number} */ (value)];
    if (what === 'self') return this.selves[/** @type {number} */ (value) % this.selves.length];
    if (what !== 'struct') return value;
    const Class = /** @type {new (init: object) => object} */ (this.#nested.get(parts));
    return new Class(this.initOf(parts, /** @type {Model} */ (value)));
  }

  /** @param {NamedKind[]} literal @param {Model} model */
  initOf(literal, model) {
    return Object.fromEntries(
      literal.map(({ name, kind }) => [name, this.assignable(kind, model[name])]),
    );
  }

  /**
   * What was read, as the model has it.
   *
   * @param {Kind} kind
   * @param {unknown} value
   * @returns {unknown}
   */
  plain({ what, parts }, value) {
    if (value === undefined || value === null) return value;
    if (what === 'struct') return this.plainOf(parts, (name) => Reflect.get(Object(value), name));
    if (what !== 'plain') return /** @type {{ address: number }} */ (value).address;
    if (ArrayBuffer.isView(value) && !this.#isBytes(value))
      return Array.from(/** @type {never} */ (value));
    return value;
  }

  /** A private copy: a field of bytes, not an array over the struct. @param {ArrayBufferView} value */
  #isBytes(value) {
    return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer;
  }

  /** @param {NamedKind[]} literal @param {(name: string) => unknown} read @returns {Model} */
  plainOf(literal, read) {
    return Object.fromEntries(
      literal.map(({ name, kind }) => [name, this.plain(kind, read(name))]),
    );
  }

  /** The model with addresses for references. @param {NamedKind[]} literal @param {Model} model @returns {Model} */
  expected(literal, model) {
    return Object.fromEntries(
      literal.map(({ name, kind }) => {
        const value = model[name];
        if (kind.what === 'plain' || value === undefined || value === null) return [name, value];
        if (kind.what === 'struct')
          return [name, this.expected(kind.parts, /** @type {Model} */ (value))];
        return [name, /** @type {{ address: number }} */ (this.assignable(kind, value)).address];
      }),
    );
  }
}

describe('random schemas of all field types', () => {
  it('hold random values like plain objects, whichever way they are written and read', async () => {
    let mostFields = 0;
    await fc.assert(
      fc.asyncProperty(runs, async ({ literal, levels, first, second }) => {
        mostFields = Math.max(mostFields, literal.length);
        const heap = openHeap();
        const run = new Run(heap);
        const Type = run.define(literal, levels);
        const empty = new Type();
        run.selves = [empty];
        const view = new Type(/** @type {{}} */ (run.initOf(literal, first)));
        run.selves.push(view);
        const read = (/** @type {string} */ name) => Reflect.get(view, name);
        run.selves = [empty];
        expect(run.plainOf(literal, read)).toStrictEqual(run.expected(literal, first));
        const twin = new Type(/** @type {{}} */ (run.initOf(literal, first)));
        expect(view.equals(twin)).toBe(true);
        expect(view.equals(empty)).toBe(empty.equals(view));

        run.selves = [empty, view];
        /** @type {Model} */
        const now = { ...first };
        // Of two selves, so that what was written first stays comparable.
        for (const { name, kind } of literal) if (kind.what === 'self') now[name] = null;
        for (const { name, kind } of literal)
          if (kind.what === 'self') Reflect.set(view, name, null);
        for (const { name, kind } of [...literal].reverse()) {
          expect(Reflect.set(view, name, run.assignable(kind, second[name]))).toBe(true);
          now[name] = second[name];
        }
        const expected = run.expected(literal, now);
        expect(run.plainOf(literal, read)).toStrictEqual(expected);
        const again = Type.at(heap, view.address);
        expect(run.plainOf(literal, (name) => Reflect.get(again, name))).toStrictEqual(expected);
        const pairs = new Map(view);
        expect([...pairs.keys()].toSorted()).toEqual(literal.map(({ name }) => name).toSorted());
        expect(run.plainOf(literal, (name) => pairs.get(name))).toStrictEqual(expected);
        for (const { name, kind } of literal) {
          const value = Type.get[name](view.address);
          const isAddress = !kind.isOptional && (kind.what === 'ref' || kind.what === 'self');
          if (!isAddress) expect(run.plain(kind, value)).toStrictEqual(expected[name]);
          else expect(value || null).toBe(expected[name] ?? null);
        }
        expect(new Type().equals(empty)).toBe(true);
        expect(heap.check()).toEqual([]);
        closeHeaps();
        // Browsers have room for a hundred memories, and collect none that was made in the same task.
        await new Promise((resolve) => setTimeout(resolve));
      }),
      { seed, numRuns: 150 },
    );
    expect(mostFields).toBeGreaterThan(40);
  });
});
