/**
 * Going through a map of an image, and ranges of ordered keys, against a Map and sorted arrays.
 *
 * @module
 */
import { mapOf, t } from '../../js/image/index.js';
import { integerKeys, stringKeys } from './map-data.js';
import { inMemory, raceOf } from './map-lookups.js';
import { randomOf } from './rounds.js';

/** @typedef {import('./map-lookups.js').LookupOptions} LookupOptions */
/** @typedef {import('./map-lookups.js').Measured} Measured */

const ByName = mapOf(t.string, t.u32);
const ById = mapOf(t.u32, t.u32);
const RANGES = 1000;
const RANGE_ENTRIES = 100;

/**
 * @param {LookupOptions} options
 * @returns {Promise<Measured[]>}
 */
export async function measureWalks({ keys: count, rounds }) {
  const map = new Map(stringKeys('short', count).map((key, i) => [key, i]));
  const image = await inMemory(ByName, map);
  const ids = new Map(integerKeys(count).map((key, i) => [key, i]));
  const idImage = await inMemory(ById, ids);
  return [
    raceOf('entries, string keys', { Map: entries(map), image: entries(image) }, count, rounds),
    raceOf('keys, string keys', { Map: keys(map), image: keys(image) }, count, rounds),
    raceOf('entries, integer keys', { Map: entries(ids), image: entries(idImage) }, count, rounds),
    raceOf('values', { Map: values(ids), image: values(idImage) }, count, rounds),
  ];
}

/**
 * A Map knows no order: the twin is two sorted arrays, and a search by halves.
 *
 * @param {LookupOptions} options
 * @returns {Promise<Measured[]>}
 */
export async function measureRanges({ keys: count, rounds, seed }) {
  const random = randomOf(seed);
  const pairs = integerKeys(count).map((key, i) => /** @type {[number, number]} */ ([key, i]));
  const image = await inMemory(ById, pairs);
  const sorted = pairs.toSorted(([a], [b]) => a - b);
  const sortedKeys = sorted.map(([key]) => key);
  const sortedValues = sorted.map(([, value]) => value);
  const ranges = Array.from({ length: RANGES }, () => {
    const from = Math.floor((random() / 2 ** 32) * (count - RANGE_ENTRIES));
    return [sortedKeys[from], sortedKeys[from + RANGE_ENTRIES]];
  });
  const ways = {
    'sorted arrays': () => {
      let sum = 0;
      for (const [from, to] of ranges) {
        const end = bisect(sortedKeys, to);
        for (let i = bisect(sortedKeys, from); i < end; i++) sum += sortedValues[i];
      }
      return sum;
    },
    image: () => {
      let sum = 0;
      for (const [from, to] of ranges) for (const [, value] of image.range(from, to)) sum += value;
      return sum;
    },
  };
  const what = `ranges of ${RANGE_ENTRIES} entries of ${count.toLocaleString('en-US')}, each entry`;
  return [raceOf(what, ways, RANGES * RANGE_ENTRIES, rounds)];
}

/** @param {Iterable<[unknown, number]>} map */
function entries(map) {
  return () => {
    let sum = 0;
    for (const [, value] of map) sum += value;
    return sum;
  };
}

/** @param {{ keys(): Iterable<string> }} map */
function keys(map) {
  return () => {
    let sum = 0;
    for (const key of map.keys()) sum += key.length;
    return sum;
  };
}

/** @param {{ values(): Iterable<number> }} map */
function values(map) {
  return () => {
    let sum = 0;
    for (const value of map.values()) sum += value;
    return sum;
  };
}

/** @param {readonly number[]} sorted @param {number} key @returns {number} how many are less */
function bisect(sorted, key) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
