/**
 * What the image of the dictionary holds. The build writes these containers, the workers read them.
 *
 *     words      all words, in the order of their small letters: a prefix is a range of them
 *     senses     from a word to its senses, the most used first
 *     meanings   the texts; several words may mean the same
 *     synonyms   from the number of a meaning back to the numbers of its words
 *
 * @module demo/web/dictionary/dictionary
 */
import { arrayOf, multiMapOf, struct, t } from '../../../js/image/index.js';

export const KINDS = Object.freeze(['noun', 'verb', 'adjective', 'adverb']);

/** A word in one of its meanings. */
export class Sense extends struct('Sense', {
  meaning: t.u32,
  kind: t.enum(KINDS),
}) {}

export const Words = arrayOf(t.string);
export const Senses = multiMapOf(t.string, Sense);
export const Meanings = arrayOf(t.string);
export const Synonyms = multiMapOf(t.u32, t.u32);

/**
 * Where the words with a prefix stand.
 *
 * @param {import('../../../js/image/index.js').ImageArray<string>} words in order
 * @param {string} prefix in small letters
 * @returns {[start: number, end: number]}
 */
export function rangeOf(words, prefix) {
  return [bisect(words, prefix), bisect(words, `${prefix}\uffff`)];
}

/**
 * @param {import('../../../js/image/index.js').ImageArray<string>} words in order
 * @param {string} bound in small letters
 * @returns {number} how many words stand before it
 */
function bisect(words, bound) {
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (/** @type {string} */ (words.at(middle)).toLowerCase() < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
