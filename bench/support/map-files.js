/**
 * The same million entries as an image, as JSON and as a database of lmdb: built, opened, and held by many workers.
 *
 * Whatever a process takes in memory is measured in a process of its own (map-process.js).
 *
 * @module
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { open, openBytes, openRoot } from '../../js/image/index.js';
import { Heap } from '../../js/index.js';
import { ByName, entryAt, openLmdb } from './map-forms.js';
import { calm, spread } from './rounds.js';

/** @typedef {import('./map-forms.js').Form} Form */
/** @typedef {{ name: string, ms: number, spread: number }} Opening */

const PROCESS = fileURLToPath(new URL('./map-process.js', import.meta.url));
const OPENED_AT_ONCE = 100;

/** Files of all forms, each made when it is first asked for. */
export class Files {
  /** @param {string} folder @param {number} count of entries */
  constructor(folder, count) {
    this.folder = folder;
    this.count = count;
  }

  /** @param {Form} form @returns {string} */
  pathOf(form) {
    return join(this.folder, `${this.count}.${form}`);
  }

  /**
   * Builds a file anew, in a process of its own.
   *
   * @param {Form} form
   * @returns {Promise<{ ms: number, peakBytes: number, bytes: number }>} `peakBytes` above what the process had before
   */
  async build(form) {
    const path = this.pathOf(form);
    const measured = await run('build', form, path, this.count);
    return /** @type {never} */ ({ ...measured, bytes: statSync(path).size });
  }

  /** @param {Form} form @returns {Promise<string>} path of a file that is there */
  async need(form) {
    if (!existsSync(this.pathOf(form))) await this.build(form);
    return this.pathOf(form);
  }
}

/**
 * From bytes that are there to the first answer: text and image in memory, then in a file.
 *
 * @param {Files} files
 * @param {number} rounds
 * @returns {Promise<Record<string, Opening[]>>} the first of each is the twin
 */
export async function measureOpening(files, rounds) {
  const [json, image, lmdb] = [
    await files.need('json'),
    await files.need('image'),
    await files.need('lmdb'),
  ];
  const [key, expected] = entryAt(files.count >>> 1);
  const check = (/** @type {unknown} */ value) => {
    if (value !== expected) throw new Error(`${key} is ${value}, not ${expected}`);
  };
  const heap = Heap.create({ maximum: 2 ** 30 });
  await open(image, { heap, root: 'map' });
  const text = readFileSync(json, 'utf8');
  const bytes = new Uint8Array(readFileSync(image));
  const many = (/** @type {() => void} */ once) => () => {
    for (let i = 0; i < OPENED_AT_ONCE; i++) once();
  };
  const inMemory = {
    'JSON.parse + Map': { run: () => check(new Map(JSON.parse(text)).get(key)), times: 1 },
    'image: openBytes': {
      run: many(() => check(openBytes(bytes).as(ByName).get(key))),
      times: OPENED_AT_ONCE,
    },
    'image: openRoot of a heap': {
      run: many(() => check(openRoot(heap, 'map').as(ByName).get(key))),
      times: OPENED_AT_ONCE,
    },
  };
  const inFile = {
    'JSON.parse + Map': {
      run: async () => check(new Map(JSON.parse(await readFile(json, 'utf8'))).get(key)),
      times: 1,
    },
    'image: open': { run: async () => check((await open(image)).as(ByName).get(key)), times: 1 },
    lmdb: {
      run: async () => {
        const database = openLmdb(lmdb);
        check(database.get(key));
        await database.close();
      },
      times: 1,
    },
  };
  const measured = {
    memory: await raceOnce(inMemory, rounds),
    file: await raceOnce(inFile, rounds),
  };
  heap.close();
  return measured;
}

/** @param {Record<string, { run: () => unknown, times: number }>} ways @param {number} rounds */
async function raceOnce(ways, rounds) {
  /** @type {Record<string, number[]>} */
  const samples = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, { run, times }] of Object.entries(ways)) {
      const start = performance.now();
      await run();
      samples[name].push((performance.now() - start) / times);
    }
  }
  return Object.entries(samples).map(([name, list]) => ({
    name,
    ms: calm(list),
    spread: spread(list),
  }));
}

/**
 * Resident memory of a process whose workers all answer from the same entries.
 *
 * @param {Files} files
 * @param {Form | 'nothing'} form
 * @param {number} workers
 * @returns {Promise<number>} bytes
 */
export async function measureResidence(files, form, workers) {
  const path = form === 'nothing' ? '' : await files.need(form);
  return (await run('hold', form, path, files.count, workers)).bytes;
}

/** @param {...(string | number)} args @returns {Promise<Record<string, number>>} */
async function run(...args) {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    PROCESS,
    ...args.map(String),
  ]);
  return JSON.parse(stdout);
}
