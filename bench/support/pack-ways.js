/**
 * The ways to pack a value that bench/pack.bench.js compares, for each shape of pack-shapes.js.
 *
 * @module
 */
import { deserialize, serialize } from 'node:v8';
import { Packr } from 'msgpackr';
import * as arrow from './pack-arrow.js';
import * as flat from './pack-flatbuffers.js';
import { openFlex, packFlex, unpackFlex } from './pack-flexbuffers.js';
import { structWays, viewWay } from './pack-views.js';

/** @typedef {import('./pack-shapes.js').Pick} Pick */
/** @typedef {import('./pack-shapes.js').ShapeName} ShapeName */
/** @typedef {import('./pack-shapes.js').Values} Values */

/**
 * @template [V=unknown] value
 * @template [P=unknown] packed
 * @template [R=unknown] root: what reads start from
 * @typedef {object} Way
 * @property {string} name
 * @property {(value: V) => P} pack
 * @property {(packed: P) => V} unpack
 * @property {((packed: P) => R) | null} open null when it can look nothing up
 * @property {(root: R, pick: Pick) => number} read a number, or the length of a text
 */

/**
 * Forgets the types, so that ways stand in one list.
 *
 * @template V, P, R
 * @param {Way<V, P, R>} way
 * @returns {Way}
 */
export const way = (way) => /** @type {Way} */ (/** @type {unknown} */ (way));

/* ---- reading plain values ---- */

/** @type {{ [N in ShapeName]: (value: Values[N], pick: Pick) => number }} */
const PLAIN_READS = {
  record: (person, { second }) => (second & 1 ? person.score : person.email.length),
  records: (people, { index, second }) =>
    second & 1 ? people[index].score : people[index].email.length,
  numbers: ({ ints, floats }, { index, second }) => (second & 1 ? ints[index] : floats[index]),
  arrays: ({ ints, floats }, { index, second }) => (second & 1 ? ints[index] : floats[index]),
  dict: (dict, { key }) => dict[key].length,
  document: ({ sections }, { index, second }) => sections[index].paragraphs[second].text.length,
};

/**
 * @template {ShapeName} N
 * @template P
 * @param {string} name
 * @param {N} shape
 * @param {(value: Values[N]) => P} pack
 * @param {(packed: P) => Values[N]} unpack
 * @returns {Way} one that opens by unpacking
 */
function parsing(name, shape, pack, unpack) {
  return way({ name, pack, unpack, open: unpack, read: PLAIN_READS[shape] });
}

/* ---- without a schema ---- */

/** What opens by unpacking, for each shape. @param {ShapeName} shape @returns {Way[]} */
function parsers(shape) {
  // A record for a dict would be a class for one object.
  const packr = new Packr({ moreTypes: shape === 'arrays', useRecords: shape !== 'dict' });
  const json =
    shape === 'arrays'
      ? parsing(
          'JSON',
          shape,
          ({ ints, floats }) => JSON.stringify({ ints: [...ints], floats: [...floats] }),
          (text) => {
            const { ints, floats } = JSON.parse(text);
            return { ints: Int32Array.from(ints), floats: Float64Array.from(floats) };
          },
        )
      : parsing('JSON', shape, (value) => JSON.stringify(value), JSON.parse);
  return [
    json,
    parsing('v8.serialize', shape, serialize, deserialize),
    parsing(
      'msgpackr',
      shape,
      (value) => packr.pack(value),
      (bytes) => packr.unpack(bytes),
    ),
  ];
}

/* ---- with a schema ---- */

/** @type {{ [N in ShapeName]?: Way }} */
const FLATBUFFERS = {
  record: way({
    name: 'FlatBuffers',
    pack: flat.packPerson,
    unpack: (bytes) => flat.openRoot(bytes, flat.PersonTable).unpack(),
    open: (bytes) => flat.openRoot(bytes, flat.PersonTable),
    read: (person, { second }) => (second & 1 ? person.score : person.email.length),
  }),
  records: way({
    name: 'FlatBuffers',
    pack: flat.packPeople,
    unpack(bytes) {
      const people = flat.openRoot(bytes, flat.PeopleTable);
      return Array.from({ length: people.length }, (_, i) => people.all(i).unpack());
    },
    open: (bytes) => flat.openRoot(bytes, flat.PeopleTable),
    read(people, { index, second }) {
      const person = people.all(index);
      return second & 1 ? person.score : person.email.length;
    },
  }),
  numbers: way({
    name: 'FlatBuffers',
    pack: flat.packNumbers,
    unpack(bytes) {
      const numbers = flat.openRoot(bytes, flat.NumbersTable);
      return { ints: [...numbers.intsArray()], floats: [...numbers.floatsArray()] };
    },
    open: (bytes) => flat.openRoot(bytes, flat.NumbersTable),
    read: (numbers, { index, second }) =>
      second & 1 ? numbers.ints(index) : numbers.floats(index),
  }),
  arrays: way({
    name: 'FlatBuffers',
    pack: flat.packNumbers,
    unpack(bytes) {
      const numbers = flat.openRoot(bytes, flat.NumbersTable);
      return { ints: numbers.intsArray().slice(), floats: numbers.floatsArray().slice() };
    },
    open: (bytes) => flat.openRoot(bytes, flat.NumbersTable),
    read: (numbers, { index, second }) =>
      second & 1 ? numbers.ints(index) : numbers.floats(index),
  }),
  dict: way({
    name: 'FlatBuffers',
    pack: flat.packDict,
    unpack: (bytes) => flat.openRoot(bytes, flat.DictTable).unpack(),
    open: (bytes) => flat.openRoot(bytes, flat.DictTable),
    read: (dict, { key }) => String(dict.get(key)).length,
  }),
  document: way({
    name: 'FlexBuffers',
    pack: packFlex,
    unpack: unpackFlex,
    open: openFlex,
    read: (document, { index, second }) =>
      String(
        document.get('sections').get(index).get('paragraphs').get(second).get('text').stringValue(),
      ).length,
  }),
};

/** @param {Uint8Array} bytes */
function openNumbers(bytes) {
  const [ints, floats] = arrow.openColumns(bytes, 'ints', 'floats');
  return { ints, floats };
}

/** @type {{ [N in ShapeName]?: Way }} */
const ARROW = {
  records: way({
    name: 'Arrow',
    pack: arrow.packPeople,
    unpack: arrow.unpackRows,
    open(bytes) {
      const [email, score] = arrow.openColumns(bytes, 'email', 'score');
      return { email, score };
    },
    read: ({ email, score }, { index, second }) =>
      second & 1 ? score.get(index) : email.get(index).length,
  }),
  numbers: way({
    name: 'Arrow',
    pack: arrow.packNumbers,
    unpack(bytes) {
      const { ints, floats } = openNumbers(bytes);
      return { ints: [...ints.toArray()], floats: [...floats.toArray()] };
    },
    open: openNumbers,
    read: ({ ints, floats }, { index, second }) =>
      second & 1 ? ints.get(index) : floats.get(index),
  }),
  arrays: way({
    name: 'Arrow',
    pack: arrow.packNumbers,
    unpack(bytes) {
      const { ints, floats } = openNumbers(bytes);
      return { ints: ints.toArray().slice(), floats: floats.toArray().slice() };
    },
    open: openNumbers,
    read: ({ ints, floats }, { index, second }) =>
      second & 1 ? ints.get(index) : floats.get(index),
  }),
  dict: way({
    name: 'Arrow',
    pack: arrow.packDict,
    unpack: arrow.unpackDict,
    open: null,
    read: () => 0,
  }),
};

/**
 * All ways that can do a shape, the vanilla one first.
 *
 * @param {ShapeName} shape
 * @returns {Way[]}
 */
export function waysOf(shape) {
  const more = [structWays[shape], FLATBUFFERS[shape], ARROW[shape]];
  return [...parsers(shape), viewWay(shape), ...more.filter((one) => one !== undefined)];
}
