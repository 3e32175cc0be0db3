/**
 * Maps of images against a Map of the same entries, and against lmdb, in one process run.
 *
 *   node bench/map.bench.js [--quick] [--rounds n] [--only part,...] [--json path]
 *
 * strings   lookups by string: short, long and other than ASCII; and in a map of a million keys
 * integers  lookups by integer
 * many      many keys in one call; multi-maps against Maps of arrays
 * walks     all entries, keys, values; ranges of ordered keys against sorted arrays
 * build     a file of a million entries, in a process of its own: time, and peak of its memory
 * open      that file and its bytes, to the first answer, against JSON.parse and a Map
 * memory    of processes with 8 workers that answer from these entries
 *
 * The twin of a lookup is a Map that is there already. Lookups of lmdb are not timed: its values come through a binding
 * and a decoder, which is another job.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Files, measureOpening, measureResidence } from './support/map-files.js';
import { measureIntegers, measureMany, measureStrings } from './support/map-lookups.js';
import { measureRanges, measureWalks } from './support/map-walks.js';
import { readOptions, writeResults } from './support/options.js';
import { calm, percent, spread, table } from './support/rounds.js';
import { Verdicts } from './support/verdicts.js';

/** @typedef {import('./support/map-lookups.js').Measured} Measured */

const SEED = 12345;
const LOOKUP_RATIO_MAX = 3;
const OPENING_RATIO_MIN = 200;
const WORKERS = 8;
const MIB = 2 ** 20;
/** @type {readonly import('./support/map-forms.js').Form[]} */
const FORMS = ['json', 'image', 'lmdb'];
const FORM_NAMES = { json: 'Map, JSON', image: 'image', lmdb: 'lmdb', nothing: 'nothing' };

const { quick, rounds, json, isWanted } = readOptions('map', { quick: 5, full: 25 });
const lookups = {
  keys: 100_000,
  strings: 100_000,
  most: quick ? 200_000 : 1_000_000,
  rounds,
  seed: SEED,
};
const verdicts = new Verdicts();

const parts = {
  strings: partStrings, // first: nothing else has met the code of lookups yet
  integers: partIntegers,
  many: partMany,
  walks: partWalks,
  build: partBuild,
  open: partOpen,
  memory: partMemory,
};
const files = new Files(mkdtempSync(join(tmpdir(), 'qbwasm-bench-')), lookups.most);
process.once('exit', () => rmSync(files.folder, { recursive: true, force: true }));

console.log(
  `node ${process.version}, ${availableParallelism()} cores, ${rounds} rounds, seed ${SEED}`,
);
/** @type {Record<string, unknown>} */
const results = {};
for (const [name, part] of Object.entries(parts)) {
  if (isWanted(name)) results[name] = await part();
}
verdicts.print();
writeResults(json, { rounds, seed: SEED, verdicts, results });

async function partStrings() {
  const measured = await measureStrings(lookups);
  print('lookup by string', measured);
  for (const { what, timings } of measured) {
    verdicts.atMost(`lookup, ${what}`, ratioOf(timings, 'image'), LOOKUP_RATIO_MAX);
  }
  return measured;
}

async function partIntegers() {
  const measured = await measureIntegers(lookups);
  print('lookup by integer', measured);
  return measured;
}

async function partMany() {
  const measured = await measureMany(lookups);
  print('many at once', measured);
  return measured;
}

async function partWalks() {
  const walks = await measureWalks(lookups);
  print('one after the other', walks);
  const ranges = await measureRanges(lookups);
  print('ranges', ranges);
  return { walks, ranges };
}

async function partBuild() {
  const builds = quick ? 1 : 3;
  /** @type {Record<string, Awaited<ReturnType<Files['build']>>[]>} */
  const samples = { json: [], image: [], lmdb: [] };
  for (let round = 0; round < builds; round++) {
    for (const form of FORMS) samples[form].push(await files.build(form));
  }
  const measured = FORMS.map((form) => {
    const ms = samples[form].map((one) => one.ms);
    const peakBytes = Math.max(...samples[form].map((one) => one.peakBytes));
    return { form, ms: calm(ms), spread: spread(ms), peakBytes, bytes: samples[form][0].bytes };
  });
  const rows = measured.map(({ form, ms, spread: s, peakBytes, bytes }) => [
    FORM_NAMES[form],
    ms.toFixed(0),
    percent(s),
    Math.round((files.count / ms) * 1000).toLocaleString('en-US'),
    (peakBytes / MIB).toFixed(0),
    (bytes / MIB).toFixed(0),
  ]);
  const title = `built of ${files.count.toLocaleString('en-US')} entries`;
  const head = [title, 'ms', 'spread', 'entries/s', 'peak MiB', 'file MiB'];
  console.log(`\n${table([head, ...rows])}`);
  return measured;
}

async function partOpen() {
  const { memory, file } = await measureOpening(files, quick ? 1 : 5);
  for (const [where, measured] of Object.entries({ memory, file })) {
    const rows = measured.map(({ name, ms, spread: s }) => [
      name,
      ms.toFixed(ms < 10 ? 4 : 0),
      percent(s),
      `${(measured[0].ms / ms).toFixed(ms < 1 ? 0 : 1)}x`,
    ]);
    const title = `${files.count.toLocaleString('en-US')} entries opened, bytes in ${where}`;
    console.log(`\n${table([[title, 'ms', 'spread', 'faster'], ...rows])}`);
  }
  for (const { name, ms } of memory.slice(1)) {
    verdicts.atLeast(`opening, ${name}`, memory[0].ms / ms, OPENING_RATIO_MIN);
  }
  return { memory, file };
}

async function partMemory() {
  /** @type {{ form: keyof typeof FORM_NAMES, bytes: number }[]} */
  const measured = [];
  for (const form of /** @type {const} */ (['nothing', ...FORMS])) {
    measured.push({ form, bytes: await measureResidence(files, form, WORKERS) });
  }
  const bare = measured[0].bytes;
  const rows = measured.map(({ form, bytes }) => [
    FORM_NAMES[form],
    (bytes / MIB).toFixed(0),
    ((bytes - bare) / MIB).toFixed(0),
  ]);
  const title = `${files.count.toLocaleString('en-US')} entries, ${WORKERS} workers`;
  console.log(`\n${table([[title, 'resident MiB', 'more than nothing'], ...rows])}`);
  return measured;
}

/** @param {Measured['timings']} timings @param {string} name @returns {number} to the first of them */
function ratioOf(timings, name) {
  return (timings.find((timing) => timing.name === name)?.ns ?? Number.NaN) / timings[0].ns;
}

/** @param {string} title @param {Measured[]} measured all the same ways */
function print(title, measured) {
  const [first, ...others] = measured[0].timings.map(({ name }) => name);
  const head = [
    title,
    `${first} ns`,
    'spread',
    ...others.flatMap((name) => [`${name} ns`, 'spread', 'ratio']),
  ];
  const rows = measured.map(({ what, timings: [reference, ...rest] }) => [
    what,
    reference.ns.toFixed(1),
    percent(reference.spread),
    ...rest.flatMap(({ ns, spread }) => [
      ns.toFixed(1),
      percent(spread),
      `${(ns / reference.ns).toFixed(2)}x`,
    ]),
  ]);
  console.log(`\n${table([head, ...rows])}`);
}
