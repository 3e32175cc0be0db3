/**
 * The command line that all benchmarks have, and the file that their results go to.
 *
 *     node bench/<name>.bench.js [--quick] [--rounds n] [--json path]
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * @typedef {object} BenchOptions
 * @property {boolean} quick fewer rounds of less work: to see that it runs, not to quote
 * @property {number} rounds
 * @property {string} json path of the results
 * @property {(part: string) => boolean} isWanted whether a part is among those of `--only part,...`; all are without
 * @property {Record<string, unknown>} more options that one benchmark has alone
 */

/**
 * @param {string} name of the benchmark
 * @param {{ quick: number, full: number }} rounds when `--rounds` is left out
 * @param {NonNullable<import('node:util').ParseArgsConfig['options']>} [more]
 * @returns {BenchOptions}
 */
export function readOptions(name, rounds, more = {}) {
  const { values } = parseArgs({
    options: {
      ...more,
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string' },
      json: {
        type: 'string',
        default: fileURLToPath(new URL(`../results/${name}.json`, import.meta.url)),
      },
    },
  });
  const {
    quick,
    rounds: given,
    only,
    json,
    ...own
  } = /** @type {Record<string, string | boolean | string[] | undefined>} */ (values);
  const count = Number(given ?? (quick ? rounds.quick : rounds.full));
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`--rounds is '${given}'; give a whole number from 1 on`);
  }
  const parts = /** @type {string | undefined} */ (only)?.split(',');
  return {
    quick: quick === true,
    rounds: count,
    json: String(json),
    isWanted: (part) => parts === undefined || parts.includes(part),
    more: own,
  };
}

/** What results depend on besides the code. */
export function machine() {
  return {
    runtime: process.versions.bun ? `bun ${process.versions.bun}` : `node ${process.version}`,
    engine: process.versions.bun ? null : process.versions.v8,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    load: loadavg()[0],
  };
}

/**
 * Writes results as JSON, with the date and the machine, and says where.
 *
 * @param {string} path
 * @param {object} results
 */
export function writeResults(path, results) {
  const report = { date: new Date().toISOString(), machine: machine(), ...results };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\nwritten: ${path}`);
}
