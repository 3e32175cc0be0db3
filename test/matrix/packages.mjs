/**
 * What of the packed package can be tried with nothing but this repository: its types, its commands, its documents, and
 * the application, as it is and bundled.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { blocksOf, expectedOutput, PROGRAM, runProgram } from '../support/blocks.js';
import { TOGETHER } from './app/tour.js';
import { tryCommands } from './commands.mjs';
import { check, executor, USES } from './runtimes.mjs';

/** @typedef {import('./places.mjs').Places} Places */

const ENTRIES = ['program.js', 'program.worker.js'];
const TSC_OPTIONS =
  '--noEmit --strict --target es2022 --module nodenext --lib es2023,dom --types node typed.mts';
const node = executor(process.execPath, ['--no-warnings']);

/** @returns {import('./run.mjs').Row[]} */
export function packageRows() {
  const version = () => process.versions.node;
  const uses = Object.entries(USES).map(([cell, use]) =>
    row('this Node', cell, ({ project }) => use(node, project, TOGETHER.reaped)),
  );
  return [
    row('types', 'TypeScript', tryTypes),
    ...uses,
    ...['main', 'parts'].flatMap((entry) => [
      row('a bundle in Node', `esbuild, ${entry}`, (places) => tryEsbuild(places, entry)),
      row('a bundle in Node', `Vite, ${entry}`, (places) => tryVite(places, entry)),
    ]),
    row('npx qbwasm', 'build, verify, inspect, codegen', ({ project }) =>
      tryCommands((...args) => npx(project, args)),
    ),
    row('npx qbwasm', 'demo', tryDemo),
    row('documents', 'their programs', tryDocuments),
  ];

  /** @param {string} name @param {string} cell @param {(places: Places) => unknown} run @returns {import('./run.mjs').Row} */
  function row(name, cell, run) {
    return {
      group: 'package',
      name,
      cell,
      version,
      run: async (places) => void (await run(places)),
    };
  }
}

/** The C sources of the package, as a project of CMake. @returns {import('./run.mjs').Row[]} */
export function cRows() {
  /** @type {[string, string, string][]} */
  const hosts = [
    ['native', 'gcc', '-dumpfullversion'],
    ['Emscripten', 'emcc', '--version'],
  ];
  return hosts.map(([name, compiler, option]) => ({
    group: 'C',
    name,
    cell: 'the library and its examples, by CMake',
    version: () => /\d+\.\d+\.\d+/.exec(executor(compiler, [])([option], '.'))?.[0] ?? '',
    run: async ({ folder, project }) => {
      const build = join(folder, `c-${name}`);
      const source = join(project, 'node_modules/qbwasm/c');
      executor('test/support/cmake.sh', [source, build])([name.toLowerCase()], '.');
    },
  }));
}

/** @param {Places} places */
function tryTypes({ project }) {
  const roots = ['--typeRoots', resolve('node_modules/@types')];
  executor(resolve('node_modules/.bin/tsc'), [])([...TSC_OPTIONS.split(' '), ...roots], project);
}

/** @param {Places} places @param {string} entry */
async function tryEsbuild({ folder, project }, entry) {
  const out = join(folder, 'esbuild-node');
  await esbuild({
    absWorkingDir: project,
    entryPoints: ENTRIES,
    outdir: out,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  check(node(['program.js', entry], asModules(out)));
}

/** @param {Places} places @param {string} entry */
async function tryVite({ folder, project }, entry) {
  const out = join(folder, 'vite-node');
  await vite({
    root: project,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: out,
      minify: true,
      rollupOptions: {
        input: ENTRIES.map((name) => join(project, name)),
        output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
      },
    },
  });
  check(node(['program.js', entry], asModules(out)));
}

/** @param {string} out @returns {string} the folder, whose .js are modules then */
function asModules(out) {
  writeFileSync(join(out, 'package.json'), '{"type":"module"}\n');
  return out;
}

/** @param {string} project @param {string[]} args */
function npx(project, args) {
  return execFileSync('npx', ['--no-install', 'qbwasm', ...args], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The page is served, with the headers that sharing needs, and so is what it links to. @param {Places} places */
async function tryDemo({ project }) {
  const child = spawn(process.execPath, ['node_modules/qbwasm/js/cli/main.js', 'demo'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    const url = /http:\S+/.exec(String(said))?.[0] ?? '';
    const page = await fetch(url);
    assert.equal(page.headers.get('Cross-Origin-Embedder-Policy'), 'require-corp');
    const links = Array.from((await page.text()).matchAll(/(?:src|href)="([\w./-]+)"/g));
    assert.ok(links.length > 0);
    for (const [, link] of links) assert.equal((await fetch(new URL(link, url))).status, 200, link);
  } finally {
    child.kill();
  }
}

/** Each program of the README and the guides, in the project. @param {Places} places */
async function tryDocuments({ project }) {
  const root = join(project, 'node_modules/qbwasm');
  const documents = ['.', 'docs'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );
  let count = 0;
  for (const document of documents) {
    const blocks = blocksOf(readFileSync(join(root, document), 'utf8'));
    for (const [index, { kind, code, line }] of blocks.entries()) {
      if (kind !== PROGRAM) continue;
      const expected = { stdout: expectedOutput(blocks, index), stderr: '', failed: false };
      assert.deepEqual(await runProgram(code, project), expected, `${document}, line ${line}`);
      count++;
    }
  }
  assert.ok(count > 0);
}
