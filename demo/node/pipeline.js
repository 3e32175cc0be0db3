/**
 * Files through three stages: one thread reads them, one hashes, one counts lines and words.
 *
 *     node demo/node/pipeline.js [folder] [--budget MiB] [--json]
 *
 * The bytes of a file are read into a memory pool and stay where they are; channels hand them on. The pool is small,
 * so the reader waits for the others. In a second run the hasher is terminated half-way and a
 * new one started: what it had in hand is not lost. Then the same is done with postMessage, with transfer and without, and all results are compared.
 *
 * Exit codes: 0; 1 a file was lost, counted twice, or the results differ; 2 the command line or folder is no good.
 *
 * @module demo/pipeline
 */
import { parseArgs } from 'node:util';
import { findFiles } from './lib/files.js';
import { runMessages, runShared } from './lib/stages.js';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const MIB = 2 ** 20;
const USAGE =
  'Usage: node demo/node/pipeline.js [folder] [--budget MiB, 1..64] [--json]\n' +
  'Folder: node_modules by default. Reads .js, .ts and .md files.\n';

process.exitCode = await main();

/** @returns {Promise<number>} exit code */
async function main() {
  const options = readOptions();
  if (options === null) return EXIT_USAGE;
  const { folder, budgetBytes, json } = options;
  const found = await findFiles(folder).catch((error) => error);
  if (found instanceof Error) {
    process.stderr.write(`pipeline: ${found.message}\n`);
    return EXIT_USAGE;
  }
  // A block of a memory pool is a power of two.
  const files = found.files.filter(
    (/** @type {{ bytes: number }} */ file) => file.bytes <= budgetBytes,
  );
  if (files.length < 2) {
    process.stderr.write(`pipeline: fewer than two files to read below ${folder}\n${USAGE}`);
    return EXIT_USAGE;
  }
  const shared = await runShared(files, budgetBytes, false);
  const disturbed = await runShared(files, budgetBytes, true);
  const transferred = await runMessages(files, budgetBytes, true);
  const cloned = await runMessages(files, budgetBytes, false);
  const once = disturbed.rows.filter(({ times }) => times === 1).length;
  const isSame = [disturbed, transferred, cloned].every(
    ({ rows }) => JSON.stringify(rows) === JSON.stringify(shared.rows),
  );
  const report = {
    files: files.length,
    skipped: found.files.length - files.length,
    bytes: files.reduce(
      (/** @type {number} */ sum, /** @type {{ bytes: number }} */ file) => sum + file.bytes,
      0,
    ),
    budgetBytes,
    lines: shared.rows.reduce((sum, { lines }) => sum + lines, 0),
    once,
    left: shared.left + disturbed.left,
    orphans: disturbed.orphans,
    isKilled: disturbed.isKilled,
    isSame,
    milliseconds: {
      shared: shared.milliseconds,
      disturbed: disturbed.milliseconds,
      transfer: transferred.milliseconds,
      clone: cloned.milliseconds,
    },
  };
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : format(report));
  return once === files.length && report.left === 0 && isSame ? 0 : EXIT_FAILED;
}

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        budget: { type: 'string', default: '4' },
        json: { type: 'boolean', default: false },
      },
    });
    const budget = Number(values.budget);
    const isGood = Number.isInteger(budget) && budget >= 1 && budget <= 64;
    if (isGood && positionals.length <= 1) {
      return {
        folder: positionals[0] ?? 'node_modules',
        budgetBytes: budget * MIB,
        json: values.json,
      };
    }
  } catch (error) {
    process.stderr.write(`pipeline: ${error instanceof Error ? error.message : error}\n`);
  }
  process.stderr.write(USAGE);
  return null;
}

/**
 * @param {{ files: number, skipped: number, bytes: number, budgetBytes: number, lines: number, once: number,
 *   left: number, orphans: number, isKilled: boolean, isSame: boolean,
 *   milliseconds: Record<'shared' | 'disturbed' | 'transfer' | 'clone', number> }} report
 */
function format(report) {
  const { milliseconds } = report;
  const rate = (/** @type {number} */ ms) => ((report.bytes / MIB / ms) * 1000).toFixed(0);
  const line = (/** @type {string} */ name, /** @type {number} */ ms) =>
    `  ${name.padEnd(30)}${ms.toFixed(0).padStart(7)} ms${rate(ms).padStart(7)} MiB/s` +
    `${(ms / milliseconds.shared).toFixed(2).padStart(8)}x\n`;
  const killed = report.isKilled
    ? `was terminated half-way and replaced; ${report.orphans} file(s) that it had in hand went through again.`
    : 'was terminated when all was done already: the corpus is too small for that.';
  return (
    `\n${report.files} files, ${(report.bytes / MIB).toFixed(1)} MiB, ${report.lines.toLocaleString('en')} lines; ` +
    `read, hashed and counted by three threads\nthrough a memory pool of ${report.budgetBytes / MIB} MiB` +
    `${report.skipped > 0 ? ` (${report.skipped} larger files left out)` : ''}\n\n` +
    line('memory pool and channels', milliseconds.shared) +
    line('the same, hasher terminated', milliseconds.disturbed) +
    line('postMessage, transferred', milliseconds.transfer) +
    line('postMessage, cloned', milliseconds.clone) +
    `\n  ${report.once} of ${report.files} files were accounted for exactly once; ${report.left} are left in the pool.\n` +
    `  The hasher ${killed}\n` +
    `  All four runs ${report.isSame ? 'have the same results' : 'DIFFER'}.\n\n`
  );
}
