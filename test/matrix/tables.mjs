/**
 * What was run, written into the documents between their markers.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** @typedef {import('./run.mjs').Result} Result */
/** @typedef {Result['group']} Group */

const BEGIN = '<!-- written by make matrix -->';
const END = '<!-- end -->';
const SHOWN = /** @type {Group[]} */ (['runtimes', 'bundlers', 'browsers', 'C']);

/** @param {Result[]} results of all rows */
export function writeTables(results) {
  const passed = results.filter(({ isGood }) => isGood).length;
  const when = new Date().toISOString().slice(0, 10);
  const title = `Run on ${when} with the packed package: ${passed} passed, ${results.length - passed} failed.`;
  writeBetween('README.md', `${title}\n\n${summary(results)}`);
  writeBetween('docs/bundlers.md', `${title}\n\n${matrixOf(results, 'bundlers')}`);
  writeBetween('docs/browsers.md', `${title}\n\n${matrixOf(results, 'browsers')}`);
}

/** @param {Result[]} results */
function summary(results) {
  const lines = SHOWN.map((group) => {
    const own = results.filter((result) => result.group === group);
    const names = unique(own.map(({ name }) => name)).map((name) => described(own, name));
    return `| ${group} | ${names.join('; ')} | ${unique(own.map(({ cell }) => cell)).join('; ')} |`;
  });
  return ['| | | with each |', '|---|---|---|', ...lines].join('\n');
}

/** @param {Result[]} results @param {string} name */
function described(results, name) {
  const own = results.filter((result) => result.name === name);
  const failed = own.filter(({ isGood }) => !isGood).map(({ cell }) => cell);
  return titleOf(own[0]) + (failed.length === 0 ? '' : ` (**failed**: ${failed.join(', ')})`);
}

/** @param {Result[]} results @param {Group} group */
function matrixOf(results, group) {
  const own = results.filter((result) => result.group === group);
  const cells = unique(own.map(({ cell }) => cell));
  const lines = unique(own.map(({ name }) => name)).map((name) => {
    const line = own.filter((result) => result.name === name);
    const marks = cells.map((cell) => mark(line.find((result) => result.cell === cell)));
    return `| ${titleOf(line[0])} | ${marks.join(' | ')} |`;
  });
  return [`| | ${cells.join(' | ')} |`, `|---|${'---|'.repeat(cells.length)}`, ...lines].join('\n');
}

/** @param {Result | undefined} result */
function mark(result) {
  if (result === undefined) return '–';
  return result.isGood ? 'ok' : '**failed**';
}

/** `Node 20` has a version in its name. @param {Result} result */
function titleOf({ name, version }) {
  const [first] = version.split('.');
  return `${name.replace(new RegExp(` ${first}$`), '')} ${version}`.trim();
}

/** @template T @param {T[]} values @returns {T[]} */
function unique(values) {
  return [...new Set(values)];
}

/** @param {string} path @param {string} text */
function writeBetween(path, text) {
  const old = readFileSync(path, 'utf8');
  const from = old.indexOf(BEGIN);
  const to = old.indexOf(END, from);
  if (from < 0 || to < 0) throw new Error(`${path} has no place for a table: ${BEGIN} ... ${END}`);
  writeFileSync(path, `${old.slice(0, from + BEGIN.length)}\n\n${text}\n\n${old.slice(to)}`);
}
