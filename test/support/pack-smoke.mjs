/**
 * Packs the package, installs the tarball into an empty project outside of the repository, and uses
 * it there as a stranger would: types, main thread, worker, require(), command line.
 *
 *   node test/support/pack-smoke.mjs
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { installPacked, pack } from './pack.mjs';

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
const SCHEMA = JSON.stringify({
  structs: { Row: { id: 'u32', name: 'string' } },
  row: 'Row',
  container: { kind: 'map', key: 'id' },
});
const TSC_OPTIONS =
  '--noEmit --strict --target es2022 --module nodenext --lib es2023,dom --types node';

const directory = mkdtempSync(join(tmpdir(), 'qbwasm-pack-'));
try {
  const { tarball } = pack(directory);
  writeFileSync(join(directory, 'package.json'), '{"name":"smoke","private":true}\n');
  installPacked(tarball, directory);
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
  const cli = (/** @type {string[]} */ ...args) =>
    run('npx', ['--no-install', 'qbwasm', ...args], directory);
  writeFileSync(join(directory, 'schema.json'), SCHEMA);
  writeFileSync(join(directory, 'rows.csv'), 'id,name\n1,ada\n2,"b, ob"\n');
  cli('build', '--schema', 'schema.json', 'rows.csv', 'rows.qbi');
  cli('verify', 'rows.qbi');
  const found = cli('inspect', 'rows.qbi', '--key', '2', '--json');
  if (JSON.parse(found).value.name !== 'b, ob') throw new Error(`qbwasm inspect found ${found}`);
  if (!cli('codegen', '--lang', 'c', 'rows.qbi').includes('row_t'))
    throw new Error('no struct in C');
  console.log('the packed package works: main thread, worker, require(), types, command line');
} finally {
  rmSync(directory, { recursive: true, force: true });
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
  return execFileSync(command, args, { cwd, stdio, encoding: 'utf8', timeout: 120_000 });
}
