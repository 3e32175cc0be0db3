/**
 * Keys of map.bench.js, and the loops over them.
 *
 * @module
 */
import { shuffle } from './rounds.js';

/** @typedef {'short' | 'long' | 'not ASCII'} KeyShape */
/** @typedef {(keys: readonly unknown[]) => number} Loop */
/** What can be asked as a Map can. @typedef {{ get(key: never): unknown }} Askable */

/** What keys of each shape look like: 6 to 13, about 75, and about 12 characters. @type {Record<KeyShape, (i: number) => string>} */
const SHAPES = {
  short: (i) => `lib${wordOf(i)}-${i.toString(36)}`,
  long: (i) =>
    `https://packages.example.org/pool/main/${wordOf(i)}/lib${wordOf(i * 7)}_${i}.${i % 10}-1_amd64.deb`,
  'not ASCII': (i) => `Straße ${wordOf(i)} ${i}`,
};
const SYLLABLES = ['qt', 'go', 'ruby', 'perl', 'x', 'gtk', 'boost', 'php', 'js', 'rust', 'kde'];

/** @param {number} i */
function wordOf(i) {
  return SYLLABLES[i % SYLLABLES.length];
}

/**
 * Different keys of one shape, each in one piece as a parser makes them: pieces put together by `+` slow down whoever reads
 * their characters.
 *
 * @param {KeyShape} shape
 * @param {number} count
 * @param {number} [first] keys from different numbers on are different
 * @returns {string[]}
 */
export function stringKeys(shape, count, first = 0) {
  return copierOf(Array.from({ length: count }, (_, i) => SHAPES[shape](first + i)))();
}

/**
 * Different numbers, not in order.
 *
 * @param {number} count
 * @param {number} [first] keys from different numbers on are different
 * @returns {number[]} below 2^30
 */
export function integerKeys(count, first = 0) {
  return Array.from({ length: count }, (_, i) => Math.imul(first + i, 0x9e3779b1) & 0x3fffffff);
}

/**
 * @template T
 * @param {readonly T[]} all
 * @param {number} count
 * @param {() => number} random
 * @returns {T[]} as many of them, in any order
 */
export function pick(all, count, random) {
  const picked = all.slice();
  shuffle(picked, random);
  return picked.slice(0, count);
}

/**
 * Makes copies of keys as a parser does: new strings, of which the engine knows no hash.
 *
 * @param {readonly string[]} keys
 * @returns {() => string[]}
 */
export function copierOf(keys) {
  const isAscii = keys.every((key) => Buffer.byteLength(key) === key.length);
  const encoding = isAscii ? 'latin1' : 'utf8';
  const bytes = Buffer.from(keys.join(''), encoding);
  let end = 0;
  const ends = keys.map((key) => {
    end += Buffer.byteLength(key, encoding);
    return end;
  });
  return () => ends.map((end, i) => bytes.toString(encoding, ends[i - 1] ?? 0, end));
}

let loopCount = 0;

/**
 * A loop of its own over keys, as if a program asked one map only.
 *
 * @param {Askable} map
 * @param {string} work for each `key` of `map`: adds to `sum`
 * @returns {Loop}
 */
export function loopOver(
  map,
  work = 'const value = map.get(key); if (value !== undefined) sum += value;',
) {
  const body = `
    // loop ${loopCount++}
    return (keys) => {
      let sum = 0;
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i];
        ${work}
      }
      return sum;
    };`;
  return new Function('map', body)(map);
}
