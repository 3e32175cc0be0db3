/**
 * A worker that answers queries from the image in the heap.
 *
 * @module demo/web/dictionary/dictionary.worker
 */
import { openRoot } from '../../../js/image/index.js';
import { fromMessage } from '../../../js/worker.js';
import { Meanings, rangeOf, Senses, Synonyms, Words } from './dictionary.js';

/** @typedef {import('../../../js/index.js').Heap} Heap */
/** What the main thread asks. @typedef {{ id: number, prefix: string, limit: number }} Query */
/** One of several workers. @typedef {{ index: number, count: number }} Share */
/** @typedef {{ word: string, kind: string, meaning: string, synonyms: string[], more: number }} Row */
/** @typedef {{ id: number, total: number, milliseconds: number, rows: Row[] }} Answer */

/** Words of the same meaning that are shown. */
const SYNONYMS_MAX = 4;
/** The alternative, when it is to be measured. @type {Map<string, object[]> | null} */
let own = null;

const attached = fromMessage();
/** @type {Promise<(query: Query) => Answer>} */
const ready = new Promise((resolve) => {
  addEventListener('message', async ({ data }) => {
    if (data.share !== undefined) resolve(reader(await attached, data.share));
    else if (data.build !== undefined) postMessage({ built: await buildOwn(data.build) });
    else postMessage((await ready)(data));
  });
});

/* shown */
/** @param {Heap} heap @param {Share} share */
function reader(heap, { index, count }) {
  const image = openRoot(heap, 'dictionary'); // nothing is copied
  const words = image.get('words', Words);
  const senses = image.get('senses', Senses);
  const meanings = image.get('meanings', Meanings);
  const synonyms = image.get('synonyms', Synonyms);

  /** @param {number} at place of a word @returns {Row} */
  const rowAt = (at) => {
    const word = words.at(at) ?? '';
    const [{ meaning, kind }, ...more] = senses.get(word) ?? [];
    const others = [...(synonyms.get(meaning) ?? [])]
      .filter((other) => other !== at)
      .slice(0, SYNONYMS_MAX);
    return {
      word,
      kind,
      meaning: meanings.at(meaning) ?? '',
      synonyms: others.map((other) => words.at(other) ?? ''),
      more: more.length,
    };
  };
  return (/** @type {Query} */ { id, prefix, limit }) => {
    const start = performance.now();
    const [first, end] = rangeOf(words, prefix); // two binary searches
    const rows = [];
    const last = Math.min(end, first + limit);
    for (let i = first + index; i < last; i += count) rows.push(rowAt(i));
    const milliseconds = performance.now() - start;
    return { id, total: end - first, milliseconds, rows };
  };
}
/* end */

/** What each worker would need without sharing: the same as objects of its own. @param {boolean} isWanted */
async function buildOwn(isWanted) {
  own = null;
  if (!isWanted) return 0;
  const image = openRoot(await attached, 'dictionary');
  const meanings = Array.from(image.get('meanings', Meanings));
  own = new Map();
  for (const [word, senses] of image.get('senses', Senses)) {
    own.set(
      word,
      Array.from(senses, ({ meaning, kind }) => ({ kind, meaning: meanings[meaning] })),
    );
  }
  return own.size;
}
