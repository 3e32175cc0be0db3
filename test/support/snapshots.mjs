/**
 * The two surfaces that a change must show in review: what the wasm imports and exports, and the
 * types that the package exports.
 *
 *   node test/support/snapshots.mjs          writes c/exports.txt and test/snapshots/api.d.ts
 *   node test/support/snapshots.mjs --check  compares, and says what differs
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describeSurface, readWasm } from './wasm-reader.js';

const ENTRIES = [
  'types/index.d.ts',
  'types/worker.d.ts',
  'types/external.d.ts',
  'types/parts.d.ts',
  'types/image/index.d.ts',
];
const HEADING = '// The public types, without comments. `make snapshots` writes it.\n';

const check = process.argv.includes('--check');
const wasm = readWasm(new Uint8Array(readFileSync('build/qbwasm.wasm')));
settle('c/exports.txt', `${describeSurface(wasm).join('\n')}\n`);
settle('test/snapshots/api.d.ts', publicTypes());

/**
 * @param {string} path
 * @param {string} text
 */
function settle(path, text) {
  const committed = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (committed === text) {
    return;
  }
  if (!check) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
    return;
  }
  console.error(`${path} is not what was built. If the change is meant: make snapshots`);
  spawnSync('diff', ['-u', path, '-'], { input: text, stdio: ['pipe', 'inherit', 'inherit'] });
  process.exitCode = 1;
}

/** Every declaration file that the entries reach, in order of first mention. */
function publicTypes() {
  const seen = new Set(ENTRIES.filter((entry) => existsSync(entry)));
  let text = HEADING;
  for (const file of seen) {
    const source = readFileSync(file, 'utf8');
    for (const [, specifier] of source.matchAll(/(?:from |import\()['"](\.[^'"]+)['"]/g)) {
      const target = normalize(join(dirname(file), String(specifier)));
      seen.add(target.replace(/\.js$/, '.d.ts'));
    }
    text += `\n// ---- ${file}\n${withoutComments(source)}\n`;
  }
  return text;
}

/** @param {string} source */
function withoutComments(source) {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^[ \t]*\/\/.*$/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trim();
}
