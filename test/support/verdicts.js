/**
 * What the C and the JS verifier think of bytes.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { verify } from '../../js/image/index.js';
import { QbError } from '../../js/index.js';

/** Built by `make test-js`. */
const [DUMP, MUTANTS] = ['dump', 'mutants'].map((name) =>
  fileURLToPath(new URL(`../../build/native/${name}`, import.meta.url)),
);
export const areToolsBuilt = existsSync(DUMP) && existsSync(MUTANTS);
if (!areToolsBuilt) console.log(`skipped: ${DUMP} and ${MUTANTS} are not built. Run: make test-js`);
const OUTPUT_BYTES_MAX = 2 ** 30;
/** As arguments of one program. */
const FILES_MAX = 1000;

/** Statuses of C that JS has one code for. @type {Record<string, string>} */
const CODES = { E_FORMAT: 'CORRUPT', E_CHECKSUM: 'CORRUPT' };
/** A header that tells of 4 GiB and more: JS opens no such image, C looks for the bytes. */
const TOO_LARGE = 'SIZE';

/**
 * @param {Uint8Array} bytes
 * @returns {string} depth, bodies and bytes of what is sound; else the code of the error
 */
export function verdictOfJs(bytes) {
  try {
    const { depth, nodes, bytes: all } = verify(bytes);
    return `sound ${depth} ${nodes} ${all}`;
  } catch (error) {
    if (!(error instanceof QbError)) throw error;
    return error.code === TOO_LARGE ? 'CORRUPT' : error.code;
  }
}

/**
 * @param {Uint8Array[]} inputs
 * @returns {string[]} as verdictOfJs
 */
export function verdictsOfC(inputs) {
  const folder = mkdtempSync(join(tmpdir(), 'qbwasm-verdicts-'));
  try {
    const file = join(folder, 'inputs');
    const sized = inputs.flatMap((bytes) => [
      new Uint8Array(new Uint32Array([bytes.length]).buffer),
      bytes,
    ]);
    writeFileSync(file, Buffer.concat(sized));
    const lines = execFileSync(DUMP, ['--verdicts', file], {
      maxBuffer: OUTPUT_BYTES_MAX,
      encoding: 'utf8',
    });
    return lines.trimEnd().split('\n').map(verdictOf);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} line of dump */
function verdictOf(line) {
  const [status, ...report] = line.split(' ');
  const name = status.replace('QB_IMAGE_', '');
  return name === 'OK' ? `sound ${report.join(' ')}` : (CODES[name] ?? name.replace('E_', ''));
}

/**
 * @param {[name: string, bytes: Uint8Array][]} inputs
 * @returns {string[]} what they do not agree on
 */
export function disagreements(inputs) {
  const c = verdictsOfC(inputs.map(([, bytes]) => bytes));
  return inputs.flatMap(([name, bytes], i) => {
    const js = verdictOfJs(bytes);
    return js === c[i] ? [] : [`${name}: ${js} in JS, ${c[i]} in C`];
  });
}

/**
 * Files that are damaged as the fuzz targets do it: tags, counts, pointers, layouts; checksums fit again.
 *
 * @param {number} seed
 * @param {number} count of each file
 * @param {string[]} files that have up to 4 KiB
 * @returns {[name: string, bytes: Uint8Array][]}
 */
export function mutantsOf(seed, count, files) {
  /** @type {[string, Uint8Array][]} */
  const inputs = [];
  for (let first = 0; first < files.length; first += FILES_MAX) {
    const some = files.slice(first, first + FILES_MAX);
    const all = execFileSync(MUTANTS, [String(seed + first), String(count), ...some], {
      maxBuffer: OUTPUT_BYTES_MAX,
    });
    for (let at = 0; at < all.length; ) {
      const start = at + 4;
      at = start + all.readUInt32LE(at);
      const { length } = inputs;
      inputs.push([`mutant ${length} of seed ${seed}`, new Uint8Array(all.subarray(start, at))]);
    }
  }
  return inputs;
}
