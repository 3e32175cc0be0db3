/**
 * Fuzzes for long: each target in turn, with what earlier runs found as seeds.
 *
 *   node test/fuzz/run.mjs --seconds 60 build/fuzz/value_fuzz ...
 *
 * Inputs that lead somewhere new are kept in build/fuzz/corpus/<target>, those that crash are build/fuzz/<target>-*.
 * At the end the C and the JS verifier judge all inputs that were kept and mutants of them, and must say the same, and JS
 * reads them.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { unpack, verify, view } from '../../js/image/index.js';
import { checkSafe } from '../support/hostile.js';
import { checkImageSafe } from '../support/images.js';
import { disagreements, mutantsOf } from '../support/verdicts.js';

const BYTES_MAX = 4096;
/** What images begin with. */
const MAGIC_BYTE = 0x51;
const INPUT_SECONDS_MAX = 20;
/** Of each input that was kept. */
const MUTANTS = 10;

const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '60' } },
  allowPositionals: true,
});
const seconds = Math.ceil(Number(values.seconds) / positionals.length);
const failed = positionals.filter((target) => !isSound(target));
const kept = positionals.flatMap((target) => filesIn(corpusOf(target)));
const seed = Date.now() % 2 ** 31;
console.log(`mutants of what was kept: seed ${seed}`);
const inputs = [...kept.map(read), ...mutantsOf(seed, MUTANTS, kept)];
const wrong = [...disagreements(inputs), ...inputs.flatMap(readByJs)];
for (const line of wrong) console.error(line);
if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`);
console.log(
  `${kept.length} inputs kept, ${inputs.length} judged and read in JS, ${wrong.length} wrong`,
);
process.exitCode = failed.length === 0 && wrong.length === 0 ? 0 : 1;

/**
 * @param {[name: string, bytes: Uint8Array]} input
 * @returns {string[]} what went wrong
 */
function readByJs([name, bytes]) {
  try {
    if (bytes[0] === MAGIC_BYTE) checkImageSafe(bytes);
    else checkSafe(bytes, { view, unpack, verify });
    return [];
  } catch (error) {
    return [`${name}: ${error}`];
  }
}

/** @param {string} target program */
function nameOf(target) {
  return basename(target).replace('_fuzz', '');
}

/** @param {string} target program */
function corpusOf(target) {
  return join(dirname(target), 'corpus', nameOf(target));
}

/** @param {string} folder */
function filesIn(folder) {
  return readdirSync(folder).map((name) => join(folder, name));
}

/** @param {string} path @returns {[name: string, bytes: Uint8Array]} */
function read(path) {
  return [path, new Uint8Array(readFileSync(path))];
}

/** @param {string} target program */
function isSound(target) {
  const name = nameOf(target);
  const corpus = corpusOf(target);
  mkdirSync(corpus, { recursive: true });
  console.log(`${name}: ${seconds} s`);
  const { status } = spawnSync(
    target,
    [
      `-max_total_time=${seconds}`,
      `-max_len=${BYTES_MAX}`,
      `-timeout=${INPUT_SECONDS_MAX}`,
      `-artifact_prefix=${join(dirname(target), `${name}-`)}`,
      '-print_final_stats=1',
      '-verbosity=0',
      corpus,
      'test/golden/values',
      'test/golden/images',
    ],
    { stdio: 'inherit' },
  );
  return status === 0;
}
