/**
 * Lookups in a map of an image against Map.get of the same entries, in the same thread.
 *
 * All keys of a case are asked for in any order. `hashed` keys are copies of the keys, which were looked up before: the
 * engine keeps the hash of a string with it. `fresh` keys are copies that were just made, as by a parser. `own` keys are the
 * very strings that the Map has, so that it never looks at their characters. `misses` are asked for as `hashed` are. `few` are a
 * thousand hashed keys, asked for again and again.
 *
 * @module
 */
import { mapOf, multiMapOf, openBytes, t } from '../../js/image/index.js';
import { copierOf, integerKeys, loopOver, pick, stringKeys } from './map-data.js';
import { race, randomOf } from './rounds.js';

/** @typedef {import('./map-data.js').Askable} Askable */
/** @typedef {import('./map-data.js').KeyShape} KeyShape */
/** @typedef {import('./rounds.js').Case} Case */
/** @typedef {import('./rounds.js').Timing} Timing */
/** What was asked, and what each took that was asked. @typedef {{ what: string, timings: Timing[] }} Measured */
/** @typedef {{ keys: number, strings: number, most: number, rounds: number, seed: number }} LookupOptions */

const ByName = mapOf(t.string, t.u32);
const ById = mapOf(t.u32, t.u32);
const ByGroup = multiMapOf(t.string, t.u32);
const ASKED_MAX = 50_000;
const FEW = 1000;
const GROUPS = 5000;

/** @type {readonly KeyShape[]} */
const KEY_SHAPES = ['short', 'long', 'not ASCII'];

/**
 * @template {import('../../js/image/index.js').ContainerType} C
 * @param {C} type
 * @param {Iterable<unknown>} entries
 * @returns {Promise<import('../../js/image/infer.js').ViewOf<C>>} a map of an image that was built of them
 */
export async function inMemory(type, entries) {
  const { buffer } = await type.build(/** @type {never} */ (entries));
  return openBytes(/** @type {Uint8Array} */ (buffer)).as(type);
}

/**
 * All ways of asking are timed in turn, and must come to the same sum.
 *
 * @param {string} what
 * @param {Record<string, () => number>} ways
 * @param {number} count
 * @param {number} rounds
 * @param {() => void} [prepare]
 * @returns {Measured}
 */
export function raceOf(what, ways, count, rounds, prepare) {
  prepare?.();
  const sums = Object.entries(ways).map(([name, run]) => `${name} ${run()}`);
  if (new Set(sums.map((sum) => sum.split(' ').at(-1))).size > 1) {
    throw new Error(`${what}: ${sums.join(', ')}; these should be the same`);
  }
  const cases = Object.entries(ways).map(([name, run]) => ({ name, run, count, prepare }));
  return { what, timings: race(cases, rounds) };
}

/**
 * Strings of several shapes, and a map that is larger than the caches of the processor.
 *
 * @param {LookupOptions} options
 * @returns {Promise<Measured[]>}
 */
export async function measureStrings({ strings, most, rounds, seed }) {
  const measured = [];
  for (const shape of KEY_SHAPES) {
    measured.push(...(await measureShape(shape, strings, rounds, seed)));
  }
  measured.push(...(await measureShape('short', most, rounds, seed)));
  return measured;
}

/** @param {KeyShape} shape @param {number} count @param {number} rounds @param {number} seed */
async function measureShape(shape, count, rounds, seed) {
  const random = randomOf(seed);
  const keys = stringKeys(shape, count);
  const map = new Map(keys.map((key, i) => [key, i]));
  const image = await inMemory(ByName, map);
  const asked = Math.min(count, ASKED_MAX);
  const own = pick(keys, asked, random);
  const missing = copierOf(pick(stringKeys(shape, count, count), asked, random))();
  const copy = copierOf(own);
  let fresh = copy();
  const renew = () => {
    fresh = copy();
  };
  const hashed = copy();
  const few = hashed.slice(0, FEW);
  const again = Array.from({ length: asked }, (_, i) => few[i % FEW]);
  /** @type {[string, () => readonly string[], (() => void)?][]} */
  const variants = [
    ['hashed', () => hashed],
    ['fresh', () => fresh, renew],
    ['misses', () => missing],
    ['few', () => again],
  ];
  if (shape !== 'not ASCII') variants.push(['own', () => own]);
  return variants.map(([name, keysOf, prepare]) => {
    const [inMap, inImage] = [loopOver(map), loopOver(image)];
    const ways = { Map: () => inMap(keysOf()), image: () => inImage(keysOf()) };
    const what = `${count.toLocaleString('en-US')} ${shape}, ${name}`;
    return raceOf(what, ways, asked, rounds, prepare);
  });
}

/**
 * Integers anywhere, and `ids` that follow each other without gaps.
 *
 * @param {LookupOptions} options
 * @returns {Promise<Measured[]>}
 */
export async function measureIntegers({ keys: few, most, rounds, seed }) {
  const measured = [];
  for (const count of [few, most]) {
    const ids = Array.from({ length: 2 * count }, (_, i) => i + 1);
    const kinds = {
      integers: [integerKeys(count), integerKeys(count, count)],
      ids: [ids.slice(0, count), ids.slice(count)],
    };
    for (const [kind, [keys, others]] of Object.entries(kinds)) {
      const random = randomOf(seed);
      const map = new Map(keys.map((key, i) => [key, i]));
      const image = await inMemory(ById, map);
      const asked = Math.min(count, ASKED_MAX);
      const variants = { hits: pick(keys, asked, random), misses: pick(others, asked, random) };
      for (const [name, list] of Object.entries(variants)) {
        const [inMap, inImage] = [loopOver(map), loopOver(image)];
        const ways = { Map: () => inMap(list), image: () => inImage(list) };
        const what = `${count.toLocaleString('en-US')} ${kind}, ${name}`;
        measured.push(raceOf(what, ways, asked, rounds));
      }
    }
  }
  return measured;
}

/**
 * Many keys in one call, and multi-maps: the values of a key, and how many they are.
 *
 * @param {LookupOptions} options
 * @returns {Promise<Measured[]>}
 */
export async function measureMany({ keys: count, rounds, seed }) {
  const random = randomOf(seed);
  const keys = stringKeys('short', count);
  const map = new Map(keys.map((key, i) => [key, i]));
  const image = await inMemory(ByName, map);
  const list = copierOf(pick(keys, count, random))();
  const many = {
    Map: () => sumOf(list.map((key) => map.get(key))),
    image: () => sumOf(image.getMany(list)),
  };

  const groupNames = stringKeys('short', GROUPS);
  /** @type {Map<string, number[]>} */
  const groups = new Map(groupNames.map((name) => [name, []]));
  const pairs = keys.map((_, i) => /** @type {[string, number]} */ ([groupNames[i % GROUPS], i]));
  for (const [name, i] of pairs) groups.get(name)?.push(i);
  const multi = await inMemory(ByGroup, pairs);
  const names = copierOf(pick(groupNames, GROUPS, random))();
  const total = 'const list = map.get(key); for (let j = 0; j < list.length; j++) sum += list[j];';
  const [mapSum, imageSum] = [loopOver(groups, total), loopOver(multi, total)];
  const [mapCount, imageCount] = [
    loopOver(groups, 'sum += map.get(key)?.length ?? 0;'),
    loopOver(multi, 'sum += map.count(key);'),
  ];
  return [
    raceOf(`getMany of ${count.toLocaleString('en-US')}`, many, count, rounds),
    raceOf(
      `multi-map, ${count / GROUPS} values of each key`,
      { Map: () => mapSum(names), image: () => imageSum(names) },
      GROUPS,
      rounds,
    ),
    raceOf(
      'multi-map, how many values',
      { Map: () => mapCount(names), image: () => imageCount(names) },
      GROUPS,
      rounds,
    ),
  ];
}

/** @param {readonly (number | undefined)[]} list */
function sumOf(list) {
  let sum = 0;
  for (const value of list) sum += value ?? 0;
  return sum;
}
