/**
 * Packs the package, installs the tarball into an empty project outside of the repository, and uses
 * it there as a stranger would: types, main thread, worker, require().
 *
 *   node test/support/pack-smoke.mjs
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const MUST = ['js/index.js', 'js/base/generated/layout.js', 'js/base/generated/wasm.js'];
const PAGE = ['demo/web/index.html', 'demo/web/serve.mjs', 'demo/web/vendor/uPlot.esm.js'];
const MUST_TOO = [
  ...PAGE,
  'types/index.d.ts',
  'types/worker.d.ts',
  'LICENSE',
  'README.md',
  'package.json',
];
const ALLOWED =
  /^(js\/.*\.js|types\/.*\.d\.ts|demo\/web\/.*|LICENSE|README\.md|CHANGELOG\.md|package\.json)$/;

const PROGRAMS = {
  'main.mjs': `
import { Worker } from 'node:worker_threads';
import { Heap } from 'qbwasm';

const heap = Heap.create();
const address = heap.alloc(8);
heap.bytes(address, 8).set([1, 2, 3, 4, 5, 6, 7, 8]);
const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
  workerData: { descriptor: heap.descriptor, address },
});
const sum = await new Promise((resolve, reject) => {
  worker.once('message', resolve);
  worker.once('error', reject);
});
heap.free(address);
heap.close();
if (sum !== 36) {
  throw new Error('the worker read ' + sum + ', not 36');
}
`,
  'worker.mjs': `
import { parentPort, workerData } from 'node:worker_threads';
import { attach } from 'qbwasm/worker';

const heap = attach(workerData.descriptor);
const sum = heap.bytes(workerData.address, 8).reduce((a, b) => a + b, 0);
heap.detach();
parentPort.postMessage(sum);
`,
  'require.cjs': `
const { Heap } = require('qbwasm');
if (typeof Heap.create !== 'function') {
  throw new Error('require() gave no Heap');
}
`,
  'types.mts': `
import { Heap } from 'qbwasm';
import { attach } from 'qbwasm/worker';

const heap: Heap = Heap.create();
const other: Heap = attach(heap.descriptor);
export const bytes: number = heap.bytes(heap.alloc(8), 8).length + other.memory.root.byteLength;
`,
};
const TSC_OPTIONS =
  '--noEmit --strict --target es2022 --module nodenext --lib es2023,dom --types node';

const env = { ...process.env };
delete env.MAKEFLAGS; // npm's prepack calls make again, which is not a child of the one that calls us
delete env.MAKELEVEL;

const directory = mkdtempSync(join(tmpdir(), 'qbwasm-pack-'));
try {
  const packed = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', directory]),
  );
  const { filename, files, size } = /** @type {PackResult} */ (packed[0]);
  checkFiles(files.map(({ path }) => path));

  writeFileSync(join(directory, 'package.json'), '{"name":"smoke","private":true}\n');
  run('npm', ['install', '--offline', '--ignore-scripts', '--silent', `./${filename}`], directory);
  for (const [name, source] of Object.entries(PROGRAMS)) {
    writeFileSync(join(directory, name), source);
  }
  run('node', ['main.mjs'], directory);
  run('node', ['--no-warnings', 'require.cjs'], directory);
  const roots = ['--typeRoots', resolve('node_modules/@types')];
  run(
    resolve('node_modules/.bin/tsc'),
    [...TSC_OPTIONS.split(' '), ...roots, 'types.mts'],
    directory,
  );
  console.log(`the package works: ${filename}, ${files.length} files, ${size} bytes packed`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** @typedef {{filename: string, size: number, files: {path: string}[]}} PackResult */

/** @param {string[]} paths */
function checkFiles(paths) {
  const missing = [...MUST, ...MUST_TOO].filter((path) => !paths.includes(path));
  const foreign = paths.filter((path) => !ALLOWED.test(path));
  if (missing.length > 0 || foreign.length > 0) {
    throw new Error(`the package lacks [${missing}] and holds what it should not: [${foreign}]`);
  }
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} [cwd]
 * @returns {string} what it printed
 */
function run(command, args, cwd) {
  const stdio = /** @type {import('node:child_process').StdioOptions} */ ([
    'ignore',
    'pipe',
    'inherit',
  ]);
  return execFileSync(command, args, { cwd, env, stdio, encoding: 'utf8', timeout: 120_000 });
}
