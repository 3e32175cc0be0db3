/**
 * The code blocks of the documents, and how each kind is checked. A block of a kind that is not here is an error: no
 * block stands unchecked.
 *
 *     js run      executed; prints what the next `text` block says
 *     js browser  bundled by esbuild for browsers: names that the package does not export are errors; test/browser/blocks.mjs
 *                 runs them there
 *     js config   parsed; what it imports is the user's
 *     text        output of the program before, or a picture
 *     c           compiled against c/include, with all warnings; an excerpt of what `codegen` prints behind its types
 *     cmake       its folders and targets are there
 *     sh          its make targets and files are there
 *     html        its import maps lead to files of the package
 *     json, http  parsed
 *
 * @module
 */
import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @typedef {{ kind: string, code: string, line: number }} Block */

/** The kind of blocks that are executed. */
export const PROGRAM = 'js run';
/** Links to files: the path. */
export const LINK = /\]\((?!https?:|#)([^)#]+)/g;
const FENCE = /^( *)```(.*)\n([\s\S]*?)^\1```$/gm;
const C_FLAGS = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-x', 'c', '-'];
const CODEGEN_TYPES = '#include <stdint.h>\ntypedef int32_t qb_pointer_t;\n';
/** Commands of `sh` blocks that install or serve the package itself. */
const PACKAGE_COMMAND = /^(npm install qbwasm|npx qbwasm \w+)$/;

/**
 * @param {string} text of a document
 * @returns {Block[]}
 */
export function blocksOf(text) {
  return [...text.matchAll(FENCE)].map(({ 2: kind, 3: code, index }) => ({
    kind: kind.trim(),
    code,
    line: text.slice(0, index).split('\n').length,
  }));
}

/**
 * @param {Block[]} blocks
 * @param {number} index of a program
 * @returns {string} what the document says that it prints
 */
export function expectedOutput(blocks, index) {
  const next = blocks[index + 1];
  return next?.kind === 'text' ? next.code : '';
}

/**
 * Runs a program in Node, as a file in a folder from which `qbwasm` can be imported.
 *
 * @param {string} code
 * @param {string} folder
 * @returns {Promise<{ stdout: string, stderr: string, failed: boolean }>}
 */
export function runProgram(code, folder) {
  const path = join(folder, `${randomUUID()}.mjs`);
  writeFileSync(path, code);
  return new Promise((resolve) => {
    execFile(process.execPath, [path], { cwd: folder }, (error, stdout, stderr) => {
      rmSync(path);
      resolve({ stdout, stderr, failed: error !== null });
    });
  });
}

/**
 * What is checked without running it. Each throws when the block is no good.
 *
 * @type {Readonly<Record<string, (code: string) => unknown>>}
 */
export const CHECKS = Object.freeze({
  '': () => {},
  text: () => {},
  'js browser': bundle,
  'js config': (code) => transform(code, { loader: 'js', format: 'esm' }),
  json: (code) => JSON.parse(code),
  http: (code) => need(code, /^([\w-]+: \S.*\n)+$/, 'headers'),
  c: (code) => {
    const include = `-I${join(ROOT, 'c/include')}`;
    const input = code.includes('#include') ? code : CODEGEN_TYPES + code;
    execFileSync('gcc', [include, ...C_FLAGS], { input, encoding: 'utf8', stdio: 'pipe' });
  },
  cmake: checkCmake,
  sh: (code) => code.trim().split('\n').forEach(checkCommand),
  html: checkHtml,
});

/** @param {string} code */
async function bundle(code) {
  await build({
    stdin: { contents: code, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    logLevel: 'silent',
  });
}

/** @param {string} code */
function checkCmake(code) {
  const folder = /add_subdirectory\(node_modules\/qbwasm\/(\w+)/.exec(code)?.[1] ?? '';
  const lists = readFileSync(join(ROOT, folder, 'CMakeLists.txt'), 'utf8');
  for (const [target] of code.matchAll(/qbwasm::\w+/g)) need(lists, target, 'the target');
}

/** @param {string} line of a shell block: a comment may follow */
function checkCommand(line) {
  const [command] = line.split(/ {2,}|\s+#/);
  const [program, first = ''] = command.split(' ');
  if (program === 'make') {
    need(readFileSync(join(ROOT, 'Makefile'), 'utf8'), `\n.PHONY: ${first}\n`, 'the target');
  } else if (program === 'cmake') {
    const [folder] = /(?<=-S node_modules\/qbwasm\/)\S+/.exec(line) ?? [''];
    if (!existsSync(join(ROOT, folder, 'CMakeLists.txt')))
      throw new Error(`no project in ${folder}`);
  } else if (program === 'node') {
    if (!existsSync(join(ROOT, first))) throw new Error(`there is no ${first}`);
  } else need(command, PACKAGE_COMMAND, 'a known command');
}

/** @param {string} code */
function checkHtml(code) {
  for (const [, map] of code.matchAll(/<script type="importmap">([\s\S]*?)<\/script>/g)) {
    for (const path of Object.values(JSON.parse(map).imports)) {
      const own = String(path).replace('/node_modules/qbwasm/', '');
      if (!existsSync(join(ROOT, own))) throw new Error(`the package has no ${own}`);
    }
  }
}

/** @param {string} text @param {string | RegExp} what @param {string} noun */
function need(text, what, noun) {
  const isThere = typeof what === 'string' ? text.includes(what) : what.test(text);
  if (!isThere) throw new Error(`${noun} ${what} is missing in: ${text.slice(0, 200)}`);
}
