/**
 * What bench/pack.bench.js packs: seeded values of several shapes, and the random reads that are made of each.
 *
 * @module
 */
import { randomOf } from './rounds.js';

/** @typedef {{ id: number, name: string, email: string, age: number, score: number, active: boolean, city: string, joined: number }} Person */
/** @typedef {{ ints: number[], floats: number[] }} Lists */
/** @typedef {{ ints: Int32Array, floats: Float64Array }} Arrays */
/** @typedef {Record<string, string>} Dict */
/** @typedef {{ text: string, marks: { from: number, to: number, kind: string }[] }} Paragraph */
/** @typedef {{ title: string, version: number, tags: string[], sections: { heading: string, paragraphs: Paragraph[] }[] }} Document */

/**
 * A value, and how a place in it is read.
 *
 * @template V
 * @typedef {object} Shape
 * @property {string} name
 * @property {V} value plain
 * @property {readonly string[]} keys of a dict, else none
 */

const PEOPLE = 1000;
const NUMBERS = 10_000;
const ENTRIES = 2000;
const SECTIONS = 12;
const PARAGRAPHS = 8;

const WORDS =
  'amber birch canyon delta ember fjord garnet harbor indigo juniper kelp lichen größer 漢字'.split(
    ' ',
  );

/** @param {number} seed */
export function makeShapes(seed) {
  const random = randomOf(seed);
  const below = (/** @type {number} */ count) => Math.floor((random() / 2 ** 32) * count);
  const text = (/** @type {number} */ words) =>
    Array.from({ length: words }, () => WORDS[below(WORDS.length)]).join(' ');
  /** @returns {Person} */
  const person = (/** @type {unknown} */ _, /** @type {number} */ i) => ({
    id: i + 1,
    name: `${WORDS[below(12)]} ${WORDS[below(12)]}`,
    email: `${WORDS[below(12)]}.${below(1e6)}@example.org`,
    age: below(100),
    score: random() / 7,
    active: below(2) === 1,
    city: WORDS[below(WORDS.length)],
    joined: 1.5e12 + below(2e9) * 100,
  });
  const ints = Array.from({ length: NUMBERS }, () => below(2 ** 31) - 2 ** 30);
  const floats = Array.from({ length: NUMBERS }, () => random() / 7);
  const dict = Object.fromEntries(
    Array.from({ length: ENTRIES }, (_, i) => [`${WORDS[below(12)]}/${i}`, text(1 + below(8))]),
  );
  const paragraph = () => ({
    text: text(10 + below(30)),
    marks: Array.from({ length: below(4) }, () => {
      const from = below(40);
      return { from, to: from + below(20), kind: ['bold', 'link', 'code'][below(3)] };
    }),
  });
  /** @type {Document} */
  const document = {
    title: text(5),
    version: 3,
    tags: [text(1), text(1), text(2)],
    sections: Array.from({ length: SECTIONS }, () => ({
      heading: text(4),
      paragraphs: Array.from({ length: PARAGRAPHS }, paragraph),
    })),
  };
  return {
    record: person(null, 41),
    records: Array.from({ length: PEOPLE }, person),
    numbers: { ints, floats },
    arrays: { ints: Int32Array.from(ints), floats: Float64Array.from(floats) },
    dict,
    document,
  };
}

/** @typedef {ReturnType<typeof makeShapes>} Values */
/** @typedef {keyof Values} ShapeName */

/** What the tables call them. @type {Record<ShapeName, string>} */
export const SHAPE_NAMES = {
  record: 'a record of 8 fields',
  records: `${PEOPLE} records`,
  numbers: `2 lists of ${NUMBERS} numbers`,
  arrays: `2 typed arrays of ${NUMBERS}`,
  dict: `a dict of ${ENTRIES} strings`,
  document: 'a nested document',
};

/** The most picks of one pass. */
export const PICKS = 256;

/**
 * A place to read: the meaning is that of the shape.
 *
 * @typedef {object} Pick
 * @property {number} index of a person, number or section
 * @property {number} second of a paragraph; which of the two lists
 * @property {string} key of the dict
 */

/**
 * Random places in a value.
 *
 * @param {Values} values
 * @param {ShapeName} name
 * @param {number} seed
 * @returns {Pick[]}
 */
export function makePicks(values, name, seed) {
  const random = randomOf(seed);
  const counts = {
    record: 1,
    records: PEOPLE,
    numbers: NUMBERS,
    arrays: NUMBERS,
    dict: ENTRIES,
    document: SECTIONS,
  };
  const keys = Object.keys(values.dict);
  const below = (/** @type {number} */ count) => Math.floor((random() / 2 ** 32) * count);
  return Array.from({ length: PICKS }, () => {
    const index = below(counts[name]);
    return { index, second: below(PARAGRAPHS), key: keys[index] };
  });
}
