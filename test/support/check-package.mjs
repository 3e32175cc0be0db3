/**
 * Packs the package and looks at it from outside: only the files that belong there, no links that lead out of it, no
 * install scripts, nothing that publint or attw has to say.
 *
 *   node test/support/check-package.mjs
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, resolve } from 'node:path';
import { LINK } from './blocks.js';
import { pack } from './pack.mjs';

/** What must be there; that it works is pack-smoke.mjs's to say. */
const MUST = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'package.json',
  'js/base/generated/layout.js',
  'c/include/qbwasm.h',
  'c/src/heap/heap.c',
  'c/examples/tree.c',
  'js/base/generated/wasm.js',
  'c/examples/lookup.c',
  'demo/node/index.js',
  'demo/web/index.html',
  'demo/web/serve.mjs',
  'demo/web/vendor/uPlot.esm.js',
  'demo/web/data/sample.qbi.gz',
  'demo/web/data/LICENSE',
  'js/cli/main.js',
  'js/cli/vendor/csv-parse/index.js',
  'js/cli/vendor/csv-parse/LICENSE',
];
/** Whatever else is there must be one of these. */
const ALLOWED =
  /^(js\/.*\.js|types\/.*\.d\.ts|demo\/(node|web)\/.*(?<!\.d\.ts|\.build\.mjs)|qbwasm\.wasm|c\/(include|src|examples)\/.*\.[ch]|c\/(examples\/)?CMakeLists\.txt|js\/cli\/vendor\/csv-parse\/LICENSE|docs\/(adr\/)?[^/]+\.md|(README|CHANGELOG|CONTRIBUTING|SECURITY)\.md|LICENSE|package\.json)$/;
/** Exports that are files and no modules: they have no types. */
const FILES = ['qbwasm.wasm', 'c/*'];
/** Scripts that npm runs at a user's. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare', 'dependencies'];
/** What is about this repository and would be wrong in a package. */
const FOREIGN = ['dependencies', 'workspaces', 'overrides', 'bundleDependencies'];

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const directory = mkdtempSync(join(tmpdir(), 'qbwasm-package-'));
/** @type {string[]} */
const complaints = [];
try {
  const { tarball, files, bytes } = pack(directory);
  checkFiles(files);
  checkLinks(files);
  checkManifest();
  lint('publint', ['--strict', tarball]);
  lint('attw', [tarball, '--profile', 'esm-only', '--exclude-entrypoints', ...FILES]);
  console.log(`the package: ${files.length} files, ${bytes} bytes packed`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exitCode = 1;

/** @param {string[]} files */
function checkFiles(files) {
  const targets = Object.values(manifest.exports)
    .flatMap((target) => (typeof target === 'string' ? target : Object.values(target)))
    .map((target) => target.slice(2))
    .filter((target) => !target.includes('*'));
  for (const file of [...MUST, ...targets]) {
    if (!files.includes(file)) complaints.push(`the package lacks ${file}`);
  }
  for (const file of files) {
    if (!ALLOWED.test(file)) complaints.push(`the package holds ${file}, which is not allowed`);
  }
}

/** @param {string[]} files */
function checkLinks(files) {
  for (const file of files.filter((name) => name.endsWith('.md'))) {
    for (const [, target] of readFileSync(file, 'utf8').matchAll(LINK)) {
      const path = posix.join(posix.dirname(file), target, '.').replace(/\/$/, '');
      if (!files.some((name) => name === path || name.startsWith(`${path}/`))) {
        complaints.push(`${file} links to ${target}, which is not in the package`);
      }
    }
  }
}

function checkManifest() {
  for (const name of INSTALL_SCRIPTS) {
    if (name in manifest.scripts) complaints.push(`npm would run the script ${name} at a user's`);
  }
  for (const name of FOREIGN) {
    if (name in manifest)
      complaints.push(`package.json has ${name}; docs/adr has no reason for it`);
  }
}

/** @param {string} tool @param {string[]} args */
function lint(tool, args) {
  try {
    execFileSync(resolve('node_modules/.bin', tool), args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout?: string, stderr?: string }} */ (error);
    complaints.push(`${tool}:\n${stdout ?? ''}${stderr ?? error}`);
  }
}
