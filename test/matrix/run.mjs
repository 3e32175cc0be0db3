/**
 * The packed package in all runtimes, bundlers and browsers that it is meant for.
 *
 *   node test/matrix/run.mjs [part of a name ...]    only the rows whose names contain one of these
 *   node test/matrix/run.mjs --here                  only what needs nothing but this repository: `make pack`
 *
 * Packs the package, installs the tarball into an empty project outside of the repository, and does there what a user
 * would. Runtimes and bundlers come from npm, into build/matrix; browsers from Debian, and a missing one is a row that
 * says so and fails. When all rows were run, the tables of the documents are written anew.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cRows, packageRows } from './packages.mjs';
import { PACKAGES as BUNDLER_PACKAGES, browserRows, bundlerRows } from './pages.mjs';
import { installTools, makePlaces } from './places.mjs';
import { PACKAGES as RUNTIME_PACKAGES, runtimeRows } from './runtimes.mjs';
import { writeTables } from './tables.mjs';

/**
 * @typedef {object} Row
 * @property {'package' | 'C' | 'runtimes' | 'bundlers' | 'browsers'} group
 * @property {string} name of the line
 * @property {string} cell of the column
 * @property {() => string} version of what it runs in
 * @property {(places: import('./places.mjs').Places) => Promise<void>} run
 */
/** @typedef {Pick<Row, 'group' | 'name' | 'cell'> & { version: string, isGood: boolean }} Result */

const { values, positionals } = parseArgs({
  options: { here: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const wanted = positionals.map((part) => part.toLowerCase());
const rows = [
  ...packageRows(),
  ...(values.here ? [] : [...cRows(), ...runtimeRows(), ...bundlerRows(), ...browserRows()]),
];
const chosen = rows.filter(({ group, name, cell }) => {
  const whole = `${group} ${name}: ${cell}`.toLowerCase();
  return wanted.length === 0 || wanted.some((part) => whole.includes(part));
});
if (!values.here) installTools([...RUNTIME_PACKAGES, ...BUNDLER_PACKAGES]);

const folder = mkdtempSync(join(tmpdir(), 'qbwasm-matrix-'));
/** @type {Result[]} */
const results = [];
try {
  const places = makePlaces(folder);
  for (const row of chosen) results.push(await resultOf(row, places));
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
if (!values.here && chosen.length === rows.length) writeTables(results);
const passed = results.filter(({ isGood }) => isGood).length;
console.log(`${passed} passed, ${results.length - passed} failed`);
process.exit(passed === results.length ? 0 : 1);

/**
 * @param {Row} row
 * @param {import('./places.mjs').Places} places
 * @returns {Promise<Result>}
 */
async function resultOf({ group, name, cell, version, run }, places) {
  let complaint = '';
  try {
    await run(places);
  } catch (error) {
    const { stderr } = /** @type {{ stderr?: string }} */ (error);
    complaint = `FAILED: ${stderr || error}`.trim().split('\n').slice(0, 40).join('\n    ');
  }
  console.log(`${group.padEnd(9)} ${`${name}: ${cell}`.padEnd(46)} ${complaint || 'ok'}`);
  return { group, name, cell, version: version(), isGood: complaint === '' };
}
