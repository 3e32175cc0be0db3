/**
 * The entries of bench/support/map-files.js, and the forms in which they are kept.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { open as openDatabase } from 'lmdb';
import { mapOf, t } from '../../js/image/index.js';
import { stringKeys } from './map-data.js';

/** @typedef {'image' | 'json' | 'lmdb'} Form */

export const ByName = mapOf(t.string, t.u32);

/** @param {number} i @returns {[string, number]} */
export function entryAt(i) {
  return [stringKeys('short', 1, i)[0], i];
}

/** @param {number} count @returns {Generator<[string, number], void>} */
export function* entriesOf(count) {
  for (let i = 0; i < count; i++) yield entryAt(i);
}

/** Each as one would write it who cares for memory. @type {Record<Form, (path: string, count: number) => unknown>} */
export const BUILDERS = {
  image: (path, count) => ByName.build(entriesOf(count), path),
  json: (path, count) => writeFileSync(path, JSON.stringify([...new Map(entriesOf(count))])),
  lmdb: async (path, count) => {
    const database = openLmdb(path, false);
    await database.transaction(() => {
      for (const [key, value] of entriesOf(count)) database.put(key, value);
    });
    await database.close();
  },
};

/**
 * @param {string} path
 * @param {boolean} [readOnly]
 * @returns {import('lmdb').RootDatabase<number, string>}
 */
export function openLmdb(path, readOnly = true) {
  return openDatabase({ path, noSubdir: true, readOnly, mapSize: 2 ** 30 });
}

/** @param {string} path @returns {Map<string, number>} */
export function readMap(path) {
  return new Map(JSON.parse(readFileSync(path, 'utf8')));
}
