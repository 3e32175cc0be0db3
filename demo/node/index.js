/**
 * Counts the identifiers of a folder of text with several workers, without copying their results.
 *
 *     node demo/node/index.js [folder] [--workers N] [--top K] [--json]
 *
 * Each worker builds a tree in shared memory (lib/tree.js); this thread reads the trees where they stand
 * (lib/merge.js). Then the same is done with Maps and postMessage (lib/table.js), both results are
 * compared name by name, and the times are shown side by side. The order favours postMessage: the first run
 * reads the files from disk, the second from the system's cache.
 *
 * Exit codes: 0; 1 the results differ, or a worker failed; 2 the command line or folder is no good; 130 Ctrl-C.
 *
 * @module demo/index
 */
import { parseArguments, USAGE, UsageError } from './lib/arguments.js';
import { findFiles } from './lib/files.js';
import { Progress } from './lib/progress.js';
import { formatReport, ratios } from './lib/report.js';
import { findDifference, runMessages, runShared } from './lib/run.js';

/** @typedef {import('./lib/arguments.js').Options} Options */
/** @typedef {import('./lib/report.js').Report} Report */

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const progress = new Progress(process.stderr);
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
process.exitCode = await main(process.argv.slice(2));

/**
 * @param {string[]} words of the command line
 * @returns {Promise<number>} exit code
 */
async function main(words) {
  try {
    const options = parseArguments(words);
    if (options.help) {
      process.stdout.write(USAGE);
      return 0;
    }
    const report = await index(options);
    interrupt.signal.throwIfAborted();
    process.stdout.write(
      options.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report),
    );
    return report.difference === null ? 0 : EXIT_FAILED;
  } catch (error) {
    progress.clear();
    if (interrupt.signal.aborted) return EXIT_INTERRUPTED;
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`index: ${message}\n`);
    if (!(error instanceof UsageError)) return EXIT_FAILED;
    process.stderr.write('Try --help.\n');
    return EXIT_USAGE;
  }
}

/**
 * @param {Options} options
 * @returns {Promise<Report>}
 */
async function index({ folder, workerCount, topCount }) {
  const { signal } = interrupt;
  const start = performance.now();
  const found = await findFiles(folder, signal);
  const walk = performance.now() - start;
  const { files } = found;
  if (files.length === 0) {
    throw new UsageError(`there is no .js, .ts or .md file to read below ${folder}`);
  }
  const task = { files, workerCount, topCount, signal, progress };
  const shared = await runShared(task);
  const posted = await runMessages(task);
  const difference = findDifference(shared.heap, shared.roots, posted.table);
  shared.close();
  return {
    folder,
    workers: workerCount,
    files: { count: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) },
    unreadable: [...found.unreadable, ...shared.unreadable],
    names: shared.summary.names,
    occurrences: shared.summary.occurrences,
    top: shared.summary.top,
    walk,
    shared: { bytes: shared.bytes, times: shared.times },
    postMessage: { bytes: posted.bytes, times: posted.times },
    ratio: ratios(shared.times, posted.times),
    difference,
  };
}
