/**
 * The loops of view.bench.js, as text: the same work through views, objects, addresses and arrays.
 *
 * Each loop is a function of its own, as if a program had one loop over one kind of thing.
 * What a loop works on is handed to it. Only `constant` knows its arrays when it is compiled, as code does
 * whose arrays are module constants that never change: what no code over a growing memory can be.
 *
 * @module
 */

/** @typedef {'f64' | 'f32' | 'i32' | 'u16' | 'u8'} Kind */
/** @typedef {{ name: string, kind: Kind, offset: number }} BenchField */
/** @typedef {'read' | 'write' | 'update'} Workload */
/** @typedef {'object' | 'cursor' | 'static' | 'raw' | 'constant' | 'dataview'} Form */
/** @typedef {(...args: unknown[]) => number} Loop */

/** @type {readonly Workload[]} */
export const WORKLOADS = Object.freeze(['read', 'write', 'update']);

/** Shift from address to index, and the name in DataView. @type {Record<Kind, [number, string]>} */
const KINDS = {
  f64: [3, 'Float64'],
  f32: [2, 'Float32'],
  i32: [2, 'Int32'],
  u16: [1, 'Uint16'],
  u8: [0, 'Uint8'],
};

/** What a write stores, by the index of the struct. @type {Record<Kind, (place: number) => string>} */
const VALUES = {
  f64: (place) => `i * ${0.5 / (place + 1)}`,
  f32: (place) => `i * ${0.25 / (place + 1)}`,
  i32: (place) => `i - ${place}`,
  u16: (place) => `(i + ${place}) & 0xffff`,
  u8: (place) => `(i + ${place}) & 0xff`,
};

let functionCount = 0;

/**
 * @param {Form} form
 * @param {BenchField} field
 * @returns {string} an expression
 */
function load(form, { name, kind, offset }) {
  const [shift, method] = KINDS[kind];
  if (form === 'object' || form === 'cursor') return `o.${name}`;
  if (form === 'static') return `get_${name}(a)`;
  if (form === 'dataview') return `view.get${method}(a + ${offset}, true)`;
  return `${kind}[(a + ${offset}) >>> ${shift}]`;
}

/**
 * @param {Form} form
 * @param {BenchField} field
 * @param {string} value
 * @returns {string} a statement
 */
function store(form, field, value) {
  const { name, kind, offset } = field;
  if (form === 'static') return `set_${name}(a, ${value});`;
  if (form === 'dataview') return `view.set${KINDS[kind][1]}(a + ${offset}, ${value}, true);`;
  return `${load(form, field)} = ${value};`;
}

/**
 * @param {Form} form
 * @param {Workload} workload
 * @param {readonly BenchField[]} fields
 * @returns {string} the work on one struct: `o`, or the one at `a`
 */
function bodyOf(form, workload, fields) {
  if (workload === 'read') return `sum += ${fields.map((field) => load(form, field)).join(' + ')};`;
  if (workload === 'write') {
    return fields.map((field, i) => store(form, field, VALUES[field.kind](i))).join('\n');
  }
  return fields
    .map((field) => {
      const isFloat = field.kind === 'f64' || field.kind === 'f32';
      return store(form, field, `${load(form, field)} ${isFloat ? '+ 0.5' : '^ 1'}`);
    })
    .join('\n');
}

/** Names of what a loop is handed, in order. @param {Form} form @param {readonly BenchField[]} fields */
export function parametersOf(form, fields) {
  const kinds = [...new Set(fields.map(({ kind }) => kind))];
  const names = fields.map(({ name }) => name);
  return {
    object: ['list'],
    cursor: ['cursor'],
    static: ['at', ...names.map((name) => `get_${name}`), ...names.map((name) => `set_${name}`)],
    raw: ['at', ...kinds],
    constant: ['at', ...kinds],
    dataview: ['at', 'view'],
  }[form];
}

/**
 * A function of its own, also for a text that was compiled before: V8 keeps what it learns with the text
 * of a function made by new Function, so equal texts would be one loop that meets everything.
 *
 * @param {readonly string[]} parameters
 * @param {string} body
 * @returns {Loop}
 */
export function ownFunction(parameters, body) {
  return /** @type {Loop} */ (new Function(...parameters, `${body} // ${functionCount++}`));
}

/**
 * @param {Form} form
 * @param {Workload} workload
 * @param {readonly BenchField[]} fields
 * @param {readonly unknown[]} args what the loop works on, as {@link parametersOf} names it
 * @returns {() => number} one pass over all structs
 */
export function passOf(form, workload, fields, args) {
  const parameters = parametersOf(form, fields);
  const body = bodyOf(form, workload, fields);
  if (form === 'constant') {
    const text = `return () => { ${loopOf(form, body)} };`;
    return /** @type {() => () => number} */ (
      /** @type {unknown} */ (ownFunction(parameters, text))
    )(.../** @type {[]} */ (args));
  }
  const loop = ownFunction(parameters, loopOf(form, body));
  return () => loop(...args);
}

/**
 * One loop for many.
 *
 * @param {Form} form
 * @param {Workload} workload
 * @param {readonly BenchField[]} fields of which only the names count
 * @returns {Loop}
 */
export function sharedLoop(form, workload, fields) {
  const body = bodyOf(form, workload, fields);
  return ownFunction(parametersOf(form, fields), loopOf(form, body));
}

/** @param {Form} form @param {string} body */
function loopOf(form, body) {
  if (form === 'object') {
    return `let sum = 0;
      for (let i = 0; i < list.length; i++) { const o = list[i]; ${body} }
      return sum;`;
  }
  if (form === 'cursor') {
    return `let sum = 0;
      for (let i = 0; cursor.next(); i++) { const o = cursor.view; ${body} }
      return sum;`;
  }
  return `let sum = 0;
    for (let i = 0; i < at.length; i++) { const a = at[i]; ${body} }
    return sum;`;
}
