/**
 * One, four and thirty schemas alive: each in a loop of its own, and all thirty through one loop.
 *
 * All schemas have the fields that the loop reads, at other offsets and next to others, and share 8000
 * structs, so that the number of schemas is all that changes.
 *
 * @module
 */
import { struct, t } from '../../js/index.js';
import { race, randomOf } from './rounds.js';
import { passOf, sharedLoop } from './view-code.js';
import { argumentsOf, asStruct, assign, fieldsOf, STRUCT_COUNT, valuesOf } from './view-fields.js';

/** @typedef {import('../../js/index.js').Heap} Heap */
/** @typedef {import('./view-code.js').Form} Form */
/** @typedef {import('./view-fields.js').AnyStruct} AnyStruct */

export const SCHEMA_COUNTS = Object.freeze([1, 4, 30]);
const READ = ['x', 'y', 'id'];

/** @type {readonly (readonly [string, Form])[]} */
const WAYS = [
  ['raw', 'raw'],
  ['plain objects', 'object'],
  ['views', 'object'],
  ['Type.get/set', 'static'],
];

/** @param {number} index @returns {AnyStruct} */
function schemaAt(index) {
  const literal = {
    ...Object.fromEntries(
      Array.from({ length: (index % 4) + 1 }, (_, i) => [`own${index}_${i}`, t.i32]),
    ),
    ...(index % 2 === 0 ? { x: t.f64, y: t.f64 } : { y: t.f64, x: t.f64 }),
    id: t.i32,
  };
  return asStruct(class extends struct(`Bench${index}`, literal) {});
}

/**
 * Structs of one schema, and what the loops of each way are handed.
 *
 * @param {Heap} heap
 * @param {AnyStruct} Type
 * @param {number} count
 * @param {() => number} random
 */
function populate(heap, Type, count, random) {
  const all = fieldsOf(Type);
  const fields = all.filter(({ name }) => READ.includes(name));
  const literalOf = new Function(
    'row',
    `return { ${all.map(({ name }, i) => `${name}: row[${i}]`).join(', ')} };`,
  );
  const rows = Array.from({ length: count }, () => valuesOf(all, random));
  const views = rows.map((row) => assign(new Type(), all, row));
  const forms = argumentsOf(heap, Type, fields, /** @type {never} */ (views));
  return { fields, forms: { ...forms, plain: [rows.map((row) => literalOf(row))] } };
}

/** @typedef {ReturnType<typeof populate>} Population */

/** @param {Population} population @param {string} name @param {Form} form */
function argsOf({ forms }, name, form) {
  return name === 'plain objects' ? forms.plain : forms[/** @type {'raw'} */ (form)];
}

/**
 * @param {Heap} heap
 * @param {number} rounds
 * @param {number} seed
 */
export function measureSchemas(heap, rounds, seed) {
  /** @type {AnyStruct[]} */
  const types = [];
  /** @type {Population[]} */
  let populations = [];
  const own = SCHEMA_COUNTS.map((schemas) => {
    while (types.length < schemas) types.push(schemaAt(types.length));
    const random = randomOf(seed);
    const count = Math.floor(STRUCT_COUNT / schemas);
    populations = types.map((Type) => populate(heap, Type, count, random));
    const cases = WAYS.map(([name, form]) => {
      const passes = populations.map((population) =>
        passOf(form, 'read', population.fields, argsOf(population, name, form)),
      );
      return { name, run: () => sumOf(passes), count: count * schemas };
    });
    return { schemas, timings: race(cases, rounds) };
  });
  const last = Math.floor(STRUCT_COUNT / types.length) * types.length;
  const ways = WAYS.filter(([, form]) => form !== 'raw');
  const shared = race(
    ways.map(([name, form]) => {
      const loop = sharedLoop(form, 'read', populations[0].fields);
      const passes = populations.map((population) => {
        const args = argsOf(population, name, form);
        const order = orderOf(population, form, args);
        return () => loop(...order);
      });
      return { name, run: () => sumOf(passes), count: last };
    }),
    rounds,
  );
  return { own, shared };
}

/**
 * Accessors in the order of the first schema's fields: x, y, id.
 *
 * @param {Population} population
 * @param {Form} form
 * @param {readonly unknown[]} args
 */
function orderOf({ fields }, form, args) {
  if (form !== 'static') return args;
  const [at, ...rest] = args;
  const places = READ.map((name) => fields.findIndex((field) => field.name === name));
  const [get, set] = [rest.slice(0, READ.length), rest.slice(READ.length)];
  return [at, ...places.map((i) => get[i]), ...places.map((i) => set[i])];
}

/** @param {(() => number)[]} passes */
function sumOf(passes) {
  let sum = 0;
  for (const pass of passes) sum += pass();
  return sum;
}
