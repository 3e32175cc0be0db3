/**
 * The `js browser` blocks of the documents as pages: each is bundled as an application would be, and runs by itself.
 *
 * A block that begins with the comment `// name.js` is that file; those that are no page are beside every page:
 *
 *     worker.js, synth.js       what the pages start; they say when they have run
 *     assets/qbwasm.wasm        what the package has
 *
 * @module
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { blocksOf, ROOT } from '../support/blocks.js';
import { ISOLATED } from '../support/browsers.mjs';

const FOLDER = join(ROOT, 'build/browser-blocks');
const KIND = 'js browser';
/** Files that a page starts, and what each says when it has run. */
const STARTED = Object.freeze({
  'worker.js': "postMessage('ran');",
  'synth.js': "registerProcessor('ran', class extends AudioWorkletProcessor {});",
});
const TRUSTED = "require-trusted-types-for 'script'; trusted-types default";

const THREAD = /new (Worker|AudioWorkletNode)\(/;

/** Behind a block that is there for workers and makes none. */
const USE = `
import { Heap as UsedHeap } from 'qbwasm';
const used = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
used.postMessage(UsedHeap.create().descriptor);
`;

/** Before a block: nothing is heard from a worker or worklet otherwise. */
const HARNESS = `
const report = (result) => fetch('/result', { method: 'POST', body: JSON.stringify(result) });
const fail = (error) => report({ error: String(error) });
addEventListener('error', (event) => fail(event.message));
addEventListener('unhandledrejection', (event) => fail(event.reason));

const started = [];
const { Worker } = globalThis;
globalThis.Worker = class extends Worker {
  constructor(url, options) {
    super(url, options);
    this.addEventListener('error', (event) => fail(event.message ?? 'the worker did not load'));
    started.push(new Promise((resolve) => this.addEventListener('message', resolve)));
  }
};
// There is no sound card here.
const contexts = [];
globalThis.AudioContext = class extends OfflineAudioContext {
  constructor() {
    super(1, 12_800, 44_100);
    contexts.push(this);
  }
};
globalThis.AudioWorkletNode = class extends AudioWorkletNode {
  constructor(...options) {
    super(...options);
    this.addEventListener('processorerror', () => fail('the processor threw'));
  }
};
await import('./block.js');
await Promise.all(contexts.map((context) => context.startRendering()));
await Promise.all(started);
await report({ started: started.length + contexts.length });
`;

/** @typedef {{ document: string, line: number, code: string, name: string }} Block */

/** @returns {Block[]} */
function browserBlocks() {
  const documents = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];
  return documents
    .filter((path) => path.endsWith('.md'))
    .flatMap((document) =>
      blocksOf(readFileSync(join(ROOT, document), 'utf8'))
        .filter(({ kind }) => kind === KIND)
        .map(({ code, line }) => ({
          document,
          line,
          code,
          name: /^\/\/ (\w+\.js)\b/.exec(code)?.[1] ?? '',
        })),
    );
}

/**
 * @param {string} contents
 * @param {string} outfile
 */
async function bundle(contents, outfile) {
  await build({
    stdin: { contents, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    external: ['./block.js'],
    outfile,
  });
}

/** @returns {Promise<import('./pages.mjs').Page[]>} */
export async function blockPages() {
  rmSync(FOLDER, { recursive: true, force: true });
  const blocks = browserBlocks();
  const beside = blocks.filter(({ name }) => name in STARTED);
  const pages = blocks.filter(({ name }) => !(name in STARTED));
  return Promise.all(pages.map((block) => pageOf(block, beside)));
}

/**
 * @param {Block} block
 * @param {Block[]} beside
 * @returns {Promise<import('./pages.mjs').Page>}
 */
async function pageOf({ document, line, code }, beside) {
  const root = join(FOLDER, `${document.replaceAll('/', '-')}-${line}`);
  mkdirSync(join(root, 'assets'), { recursive: true });
  cpSync(join(ROOT, 'qbwasm.wasm'), join(root, 'assets/qbwasm.wasm'));
  const html = '<!doctype html><script type="module" src="page.js"></script>';
  writeFileSync(join(root, 'index.html'), html);
  const used = /Worker/.test(code) && !THREAD.test(code) ? code + USE : code;
  await bundle(used, join(root, 'block.js'));
  await bundle(HARNESS, join(root, 'page.js'));
  for (const { name, code: source } of beside) {
    await bundle(source + STARTED[/** @type {keyof typeof STARTED} */ (name)], join(root, name));
  }
  const threads = THREAD.test(used) ? 1 : 0;
  const policy = code.includes('trustedTypes') && { 'Content-Security-Policy': TRUSTED };
  return {
    name: `the block in line ${line} of ${document} runs`,
    root,
    path: '/',
    headers: { ...ISOLATED, ...policy },
    check: ({ error, started }) => {
      if (error !== undefined) throw new Error(error);
      if (started !== threads) throw new Error(`${started} threads were started, not ${threads}`);
    },
  };
}
