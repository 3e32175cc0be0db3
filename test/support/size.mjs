/**
 * Bundles and minifies what applications import, as they would, and fails when a bundle is over its budget. Prints
 * bytes, and bytes after gzip and after brotli; budgets are for gzip.
 *
 *   node test/support/size.mjs
 *   node test/support/size.mjs --encodings    also what the core costs inside of JS, encoded in different ways
 *
 * The plan of the main entry was 25 KiB: docs/adr/0008 and docs/adr/0010 tell what became of it.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const KIB = 1024;

/** What is imported, and how many KiB it may have. */
const BUDGETS = /** @type {const} */ ([
  ['qbwasm, everything', "export * from './js/index.js'", 73],
  ['qbwasm: Heap, struct, t', "export { Heap, struct, t } from './js/index.js'", 72],
  ['qbwasm: struct, t', "export { struct, t } from './js/index.js'", 18],
  ['qbwasm: ObjectPool', "export { ObjectPool } from './js/index.js'", 6],
  ['qbwasm/external, everything', "export * from './js/external.js'", 57],
  ['qbwasm/worker', "export * from './js/worker.js'", 55],
  ['qbwasm/parts: heap', "export { Heap, inlineCore } from './js/parts.js'", 33],
  [
    'qbwasm/parts: heap, structs, arenas',
    "export { arenas, Heap, inlineCore, struct, t, withParts } from './js/parts.js'",
    52,
  ],
  [
    'qbwasm/parts: heap, structs, pools',
    "export { Heap, inlineCore, Pool, pools, struct, t, withParts } from './js/parts.js'",
    57,
  ],
  [
    'qbwasm/parts in a worker: structs, pools',
    "export { Heap, Pool, pools, struct, t, withParts } from './js/parts.js'",
    39,
  ],
  ['qbwasm/image, everything', "export * from './js/image/index.js'", 75],
]);

let failed = 0;
for (const [name, source, maxKib] of BUDGETS) {
  const code = await bundle(source);
  const { length } = gzip(code);
  const isOver = length > maxKib * KIB;
  if (isOver) failed++;
  console.log(
    `${name.padEnd(42)} ${sizes(code)}   budget ${maxKib} KiB${isOver ? `: ${length - maxKib * KIB} BYTES OVER` : ''}`,
  );
}
if (process.argv.includes('--encodings')) printEncodings(readFileSync('build/qbwasm.wasm'));
if (failed > 0) process.exitCode = 1;

/** @param {string} source @returns {Promise<Uint8Array>} */
async function bundle(source) {
  const result = await build({
    stdin: { contents: source, resolveDir: '.' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
    logLevel: 'error',
  });
  return result.outputFiles[0].contents;
}

/** @param {Uint8Array} wasm */
function printEncodings(wasm) {
  const buffer = Buffer.from(wasm);
  for (const [name, bytes] of /** @type {const} */ ([
    ['wasm as a file', buffer],
    ['wasm in base64', Buffer.from(buffer.toString('base64'))],
    ['wasm in hexadecimal', Buffer.from(buffer.toString('hex'))],
    [
      'wasm deflated, in base64',
      Buffer.from(deflateRawSync(buffer, { level: 9 }).toString('base64')),
    ],
  ])) {
    console.log(`${name.padEnd(42)} ${sizes(bytes)}`);
  }
}

/** @param {Uint8Array} bytes */
function sizes(bytes) {
  const numbers = [bytes.length, gzip(bytes).length, brotliCompressSync(bytes).length];
  return `${numbers.map((number) => String(number).padStart(7)).join(' ')}`;
}

/** @param {Uint8Array} bytes */
function gzip(bytes) {
  return gzipSync(bytes, { level: 9 });
}
