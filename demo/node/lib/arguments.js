/**
 * The command line of the demo: from words to options, or an error that says what to write instead.
 *
 * @module demo/lib/arguments
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * @typedef {object} Options
 * @property {string} folder
 * @property {number} workerCount
 * @property {number} topCount
 * @property {boolean} json
 * @property {boolean} help
 */

const WORKERS_MAX = 64;
const TOP_MAX = 1000;
const TOP_DEFAULT = 20;

/** The packages of this repository: real text that everyone who runs the demo has. */
const FOLDER_DEFAULT = fileURLToPath(new URL('../../../node_modules', import.meta.url));

export const USAGE = `Usage: node demo/node/index.js [folder] [options]

Counts the identifiers in every .js, .ts and .md file below a folder, with several workers, twice:
once with trees in shared memory that the main thread reads in place, once with Maps by postMessage.

  folder         where to look (default: node_modules of this repository)
  --workers N    1 to ${WORKERS_MAX} (default: one for each core)
  --top K        how many identifiers to print, 0 to ${TOP_MAX} (default: ${TOP_DEFAULT})
  --json         print one JSON document instead of the report
  --help         print this
`;

/** A mistake on the command line: the message is all that the user needs to see. */
export class UsageError extends Error {}

/**
 * @param {string[]} words without node and script
 * @returns {Options}
 * @throws {UsageError}
 */
export function parseArguments(words) {
  const { values, positionals } = parse(words);
  if (positionals.length > 1) {
    throw new UsageError(`one folder can be given, not ${positionals.length}`);
  }
  return {
    folder: positionals[0] ?? FOLDER_DEFAULT,
    workerCount: integer('--workers', values.workers, 1, WORKERS_MAX, coreCount()),
    topCount: integer('--top', values.top, 0, TOP_MAX, TOP_DEFAULT),
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

/** @param {string[]} words */
function parse(words) {
  try {
    return parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        workers: { type: 'string' },
        top: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} option
 * @param {string | undefined} text
 * @param {number} min
 * @param {number} max
 * @param {number} otherwise
 */
function integer(option, text, min, max, otherwise) {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`${option} is '${text}'; give a whole number from ${min} to ${max}`);
  }
  return value;
}

function coreCount() {
  return Math.min(availableParallelism(), WORKERS_MAX);
}
