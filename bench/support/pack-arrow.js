/**
 * Apache Arrow for the shapes of pack-shapes.js that are tables.
 *
 * @module
 */
import {
  Bool,
  Float64,
  Table,
  tableFromIPC,
  tableToIPC,
  Uint8,
  Uint32,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';

/** @typedef {import('./pack-shapes.js').Person} Person */

/** @param {readonly Person[]} people @returns {Uint8Array} */
export function packPeople(people) {
  const column = (/** @type {keyof Person} */ name) => people.map((person) => person[name]);
  return tableToIPC(
    new Table({
      id: vectorFromArray(column('id'), new Uint32()),
      name: vectorFromArray(column('name'), new Utf8()),
      email: vectorFromArray(column('email'), new Utf8()),
      age: vectorFromArray(column('age'), new Uint8()),
      score: vectorFromArray(column('score'), new Float64()),
      active: vectorFromArray(column('active'), new Bool()),
      city: vectorFromArray(column('city'), new Utf8()),
      joined: vectorFromArray(column('joined'), new Float64()),
    }),
  );
}

/** @param {{ ints: Iterable<number>, floats: Iterable<number> }} numbers @returns {Uint8Array} */
export function packNumbers({ ints, floats }) {
  return tableToIPC(
    new Table({
      ints: vectorFromArray(Int32Array.from(ints)),
      floats: vectorFromArray(Float64Array.from(floats)),
    }),
  );
}

/** @param {Record<string, string>} dict @returns {Uint8Array} */
export function packDict(dict) {
  return tableToIPC(
    new Table({
      key: vectorFromArray(Object.keys(dict), new Utf8()),
      value: vectorFromArray(Object.values(dict), new Utf8()),
    }),
  );
}

/** @param {Uint8Array} bytes @returns {Person[]} plain objects */
export function unpackRows(bytes) {
  return tableFromIPC(bytes)
    .toArray()
    .map((row) => row.toJSON());
}

/** @param {Uint8Array} bytes */
export function unpackDict(bytes) {
  const [keys, values] = openColumns(bytes, 'key', 'value');
  return Object.fromEntries(Array.from(keys, (key, i) => [String(key), values.get(i)]));
}

/**
 * The columns of a table, to be read by `get(index)`.
 *
 * @param {Uint8Array} bytes
 * @param {...string} names
 */
export function openColumns(bytes, ...names) {
  const table = tableFromIPC(bytes);
  return names.map((name) => {
    const column = table.getChild(name);
    if (column === null) throw new Error(`the Arrow table has no column ${name}`);
    return column;
  });
}
