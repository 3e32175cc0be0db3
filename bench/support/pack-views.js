/**
 * qbwasm's ways to pack the shapes of pack-shapes.js: values without a schema, and structs.
 *
 * @module
 */
import { pack, struct, t, unpack, view } from '../../js/image/index.js';

/** @typedef {import('../../js/image/index.js').PackedDict<string>} Dict */
/** @typedef {import('../../js/image/index.js').PackedList} List */
/** @typedef {import('./pack-shapes.js').Document} Document */
/** @typedef {import('./pack-shapes.js').Person} PersonValue */
/** @typedef {import('./pack-shapes.js').Pick} Pick */
/** @typedef {import('./pack-shapes.js').ShapeName} ShapeName */
/** @typedef {import('./pack-ways.js').Way} Way */
/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/* ---- without a schema ---- */

/** @type {Record<ShapeName, (root: never, pick: Pick) => number>} */
const VIEW_READS = {
  record: (/** @type {Dict} */ person, { second }) => readPerson(person, second),
  records: (/** @type {List} */ people, { index, second }) =>
    readPerson(/** @type {Dict} */ (people.at(index)), second),
  numbers: (/** @type {Dict} */ numbers, { index, second }) =>
    Number(listIn(numbers, second & 1 ? 'ints' : 'floats').at(index)),
  arrays: (/** @type {Dict} */ arrays, { index, second }) =>
    /** @type {Float64Array} */ (arrays.get(second & 1 ? 'ints' : 'floats'))[index],
  dict: (/** @type {Dict} */ dict, { key }) => textIn(dict, key).length,
  document: (/** @type {Dict} */ document, { index, second }) => {
    const section = /** @type {Dict} */ (listIn(document, 'sections').at(index));
    return textIn(/** @type {Dict} */ (listIn(section, 'paragraphs').at(second)), 'text').length;
  },
};

/** @param {Dict} person @param {number} second */
function readPerson(person, second) {
  return second & 1 ? Number(person.get('score')) : textIn(person, 'email').length;
}

/** @param {Dict} dict @param {string} key */
const listIn = (dict, key) => /** @type {List} */ (dict.get(key));

/** @param {Dict} dict @param {string} key */
const textIn = (dict, key) => /** @type {string} */ (dict.get(key));

/** @param {ShapeName} shape @returns {Way} */
export function viewWay(shape) {
  return {
    name: 'qbwasm',
    pack: (value) => pack(value),
    unpack: (bytes) => unpack(/** @type {Bytes} */ (bytes)),
    open: (bytes) => view(/** @type {Bytes} */ (bytes)),
    read: /** @type {Way['read']} */ (VIEW_READS[shape]),
  };
}

/* ---- structs ---- */

class Person extends struct('BenchPerson', {
  id: t.u32,
  name: t.string,
  email: t.string,
  age: t.u8,
  score: t.f64,
  active: t.bool,
  city: t.string,
  joined: t.f64,
}) {}

class People extends struct('BenchPeople', { all: t.list(t.struct(Person)) }) {}

class Numbers extends struct('BenchNumbers', {
  ints: t.list(t.i32),
  floats: t.list(t.f64),
}) {}

class Mark extends struct('BenchMark', { from: t.u32, to: t.u32, kind: t.string }) {}

class Paragraph extends struct('BenchParagraph', {
  text: t.string,
  marks: t.list(t.struct(Mark)),
}) {}

class Section extends struct('BenchSection', {
  heading: t.string,
  paragraphs: t.list(t.struct(Paragraph)),
}) {}

class Page extends struct('BenchPage', {
  title: t.string,
  version: t.u32,
  tags: t.list(t.string),
  sections: t.list(t.struct(Section)),
}) {}

/**
 * @template P, R
 * @param {{ pack: (value: never) => P, unpack: (bytes: P) => unknown, open: (bytes: P) => R,
 *   read: (root: R, pick: Pick) => number }} one
 * @returns {Way}
 */
const structs = (one) =>
  /** @type {Way} */ (/** @type {unknown} */ ({ name: 'qbwasm struct', ...one }));

/** @type {{ [N in ShapeName]?: Way }} */
export const structWays = {
  record: structs({
    pack: (/** @type {PersonValue} */ value) => Person.pack(value),
    unpack: (bytes) => Person.unpack(bytes),
    open: (bytes) => Person.unpackFrom(bytes),
    read: (person, { second }) => (second & 1 ? person.score : person.email.length),
  }),
  records: structs({
    pack: (/** @type {PersonValue[]} */ all) => People.pack({ all }),
    unpack: (bytes) => /** @type {{ all: unknown }} */ (People.unpack(bytes)).all,
    open: (bytes) => /** @type {PackedPeople} */ (People.unpackFrom(bytes).all),
    read(people, { index, second }) {
      const person = /** @type {Person} */ (people.at(index));
      return second & 1 ? person.score : person.email.length;
    },
  }),
  numbers: structs({
    pack: (/** @type {{ ints: number[], floats: number[] }} */ value) => Numbers.pack(value),
    unpack: (bytes) => Numbers.unpack(bytes),
    open: (bytes) => Numbers.unpackFrom(bytes),
    read: ({ ints, floats }, { index, second }) => Number((second & 1 ? ints : floats)?.at(index)),
  }),
  document: structs({
    pack: (/** @type {Document} */ value) => Page.pack(value),
    unpack: (bytes) => Page.unpack(bytes),
    open: (bytes) => Page.unpackFrom(bytes),
    read: (page, { index, second }) =>
      page.sections?.at(index)?.paragraphs?.at(second)?.text.length ?? Number.NaN,
  }),
};

/** @typedef {import('../../js/image/index.js').PackedList<Person>} PackedPeople */
