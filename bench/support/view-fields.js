/**
 * Fields: reading, writing and updating 8000 structs, each way against raw typed arrays.
 *
 * @module
 */
import { struct, t } from '../../js/index.js';
import { race, randomOf } from './rounds.js';
import { passOf, WORKLOADS } from './view-code.js';

/** @typedef {import('../../js/index.js').Heap} Heap */
/** @typedef {import('./rounds.js').Timing} Timing */
/** @typedef {import('./view-code.js').BenchField} BenchField */
/** @typedef {import('./view-code.js').Form} Form */
/** @typedef {import('./view-code.js').Kind} Kind */
/** @typedef {import('./view-code.js').Workload} Workload */
/** @typedef {Record<string, number>} Values */
/**
 * What the bench needs of a struct class, whatever its fields.
 *
 * @typedef {(new (init?: object) => Values & { address: number }) & {
 *   fields: Record<string, { offset: number, kind: string }>,
 *   get: Record<string, (address: number) => number>,
 *   set: Record<string, (address: number, value: number) => void>,
 * }} AnyStruct
 */

export const STRUCT_COUNT = 8000;

/** By what the table calls them. */
const SHAPES = {
  '{f64, f64, i32}': class extends struct('BenchThree', { x: t.f64, y: t.f64, id: t.i32 }) {},
  'five kinds': class extends struct('BenchFive', {
    x: t.f64,
    mass: t.f32,
    id: t.i32,
    team: t.u16,
    flags: t.u8,
  }) {},
};

/** The ways, and the form of their loop. @type {readonly (readonly [string, Form])[]} */
const WAYS = [
  ['raw', 'raw'],
  ['raw, constant arrays', 'constant'],
  ['DataView', 'dataview'],
  ['plain objects', 'object'],
  ['views', 'object'],
  ['pool views', 'object'],
  ['pool.cursor', 'cursor'],
  ['Type.get/set', 'static'],
];

/**
 * @param {Function} Type
 * @returns {AnyStruct}
 */
export function asStruct(Type) {
  return /** @type {AnyStruct} */ (/** @type {unknown} */ (Type));
}

/** @param {AnyStruct} Type @returns {BenchField[]} */
export function fieldsOf(Type) {
  return Object.entries(Type.fields).map(([name, { offset, kind }]) => ({
    name,
    kind: /** @type {Kind} */ (kind),
    offset,
  }));
}

/** Seeded values of one struct. @param {readonly BenchField[]} fields @param {() => number} random */
export function valuesOf(fields, random) {
  return fields.map(({ kind }) => {
    const value = random() >>> 8;
    if (kind === 'f64' || kind === 'f32') return (value & 0xffff) / 256;
    return value & (kind === 'u8' ? 0xff : 0xffff);
  });
}

/** @param {Values} target @param {readonly BenchField[]} fields @param {readonly number[]} values */
export function assign(target, fields, values) {
  fields.forEach(({ name }, i) => {
    target[name] = values[i];
  });
  return target;
}

/**
 * What each form of loop is handed.
 *
 * @param {Heap} heap
 * @param {AnyStruct} Type
 * @param {readonly BenchField[]} fields
 * @param {readonly { address: number }[]} views
 */
export function argumentsOf(heap, Type, fields, views) {
  const { root } = heap.memory;
  const at = Uint32Array.from(views, ({ address }) => address);
  const kinds = [...new Set(fields.map(({ kind }) => kind))];
  const arrays = kinds.map((kind) => root[kind]);
  const names = fields.map(({ name }) => name);
  return {
    object: [views],
    raw: [at, ...arrays],
    constant: [at, ...arrays],
    dataview: [at, new DataView(root.u8.buffer)],
    static: [at, ...names.map((name) => Type.get[name]), ...names.map((name) => Type.set[name])],
  };
}

/**
 * @param {Heap} heap
 * @param {number} rounds
 * @param {number} seed
 */
export function measureFields(heap, rounds, seed) {
  return Object.entries(SHAPES).flatMap(([shape, Class]) => {
    const Type = asStruct(Class);
    const fields = fieldsOf(Type);
    const random = randomOf(seed);
    const rows = Array.from({ length: STRUCT_COUNT }, () => valuesOf(fields, random));
    const views = rows.map((row) => assign(new Type(), fields, row));
    const pool = heap.pool(/** @type {never} */ (Type), { capacity: STRUCT_COUNT });
    const pooled = rows.map((row) => assign(pool.acquire(), fields, row));
    const literalOf = new Function(
      'row',
      `return { ${fields.map(({ name }, i) => `${name}: row[${i}]`).join(', ')} };`,
    );
    const objects = rows.map((row) => literalOf(row));
    const forms = argumentsOf(heap, Type, fields, /** @type {never} */ (views));
    /** @type {Record<string, readonly unknown[]>} */
    const given = {
      'plain objects': [objects],
      views: [views],
      'pool views': [pooled],
      'pool.cursor': [pool.cursor()],
    };
    return WORKLOADS.map((workload) => {
      const cases = WAYS.map(([name, form]) => {
        const args = given[name] ?? forms[/** @type {'raw'} */ (form)];
        return { name, run: passOf(form, workload, fields, args), count: STRUCT_COUNT };
      });
      if (workload === 'read') checkSums(cases);
      return { shape, workload, timings: ratios(race(cases, rounds)) };
    });
  });
}

/** All ways must see the same numbers. @param {{ name: string, run: () => number }[]} cases */
function checkSums(cases) {
  const expected = cases[0].run();
  for (const { name, run } of cases) {
    const sum = run();
    if (Math.abs(sum - expected) > Math.abs(expected) * 1e-9) {
      throw new Error(`${name} read ${sum} in all, the raw arrays ${expected}`);
    }
  }
}

/** @param {Timing[]} timings the first is the unit */
function ratios(timings) {
  return timings.map((timing) => ({ ...timing, ratio: timing.ns / timings[0].ns }));
}
