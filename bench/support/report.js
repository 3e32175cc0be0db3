/**
 * Medians, spread, ratios, and a table of them.
 *
 * @module
 */
import { TARGETS } from './workloads.js';

/** @typedef {import('./team.js').Sample} Sample */
/** @typedef {import('./team.js').Subject} Subject */

/**
 * @typedef {object} Result
 * @property {string} workload
 * @property {number} threads
 * @property {string} allocator
 * @property {number} median ns per operation
 * @property {number} minimum
 * @property {number} spread half the distance of the quartiles, as a share of the median
 * @property {number} ratio median of this / median of qbwasm
 * @property {number} ratioOfMinima
 * @property {number} operations of each thread in a run
 * @property {Sample[]} samples all, also those that do not count
 */

const REFERENCE = 'qbwasm';

/** @param {Subject[]} subjects @returns {Result[]} */
export function evaluate(subjects) {
  return subjects.map((subject) => {
    const own = summary(subject.samples);
    const reference = summary(
      subjects.find(
        ({ allocator, workload, threads }) =>
          allocator === REFERENCE && workload === subject.workload && threads === subject.threads,
      )?.samples ?? [],
    );
    return {
      workload: subject.workload.name,
      threads: subject.threads,
      allocator: subject.allocator,
      ...own,
      ratio: own.median / reference.median,
      ratioOfMinima: own.minimum / reference.minimum,
      operations: subject.count,
      samples: subject.samples,
    };
  });
}

/** @param {Result[]} results @param {string[]} allocators @returns {string} */
export function table(results, allocators) {
  const rows = [['workload', 'threads', ...allocators.map((name) => `${name} ns/op`)]];
  for (const { workload, threads } of results.filter(({ allocator }) => allocator === REFERENCE)) {
    const cells = allocators.map((allocator) => {
      const result = find(results, workload, threads, allocator);
      return result === undefined ? '–' : cell(result);
    });
    rows.push([workload, String(threads), ...cells]);
  }
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => row.map((text, column) => pad(text, widths[column], column)).join('  '))
    .join('\n');
}

/** One line for each target. @param {Result[]} results @returns {string[]} */
export function verdicts(results) {
  return TARGETS.flatMap(({ workload, threads, peers, ratio }) =>
    peers.flatMap((peer) => {
      const result = find(results, workload, threads, peer);
      if (result === undefined) return [];
      const is = result.ratio >= ratio ? 'met' : 'MISSED';
      const what = `${workload}, ${threads} thread${threads > 1 ? 's' : ''}, ${peer}`;
      return [`target ${what}: at least ${ratio}x, measured ${result.ratio.toFixed(1)}x: ${is}`];
    }),
  );
}

/**
 * Half of the samples count: those whose threads were taken off their cores least. Two threads that
 * share one core never meet at a lock, so on a busy machine all samples would flatter the locks.
 *
 * @param {Sample[]} samples
 */
function summary(samples) {
  const calmest = [...samples]
    .sort((a, b) => a.preemptions - b.preemptions)
    .slice(0, Math.ceil(samples.length / 2));
  const sorted = calmest.map(({ ns }) => ns).sort((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2 / median;
  return { median, minimum: sorted[0], spread };
}

/** @param {number[]} sorted @param {number} share */
function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at % 1);
}

/**
 * @param {Result[]} results @param {string} workload @param {number} threads
 * @param {string} allocator
 */
function find(results, workload, threads, allocator) {
  return results.find(
    (result) =>
      result.workload === workload && result.threads === threads && result.allocator === allocator,
  );
}

/** @param {Result} result */
function cell({ allocator, median, spread, ratio }) {
  const time = `${median.toFixed(median < 100 ? 1 : 0)} ±${(spread * 100).toFixed(0)}%`;
  return allocator === REFERENCE ? time : `${time} ${ratio.toFixed(ratio < 10 ? 2 : 1)}x`;
}

/** Text columns to the left, numbers to the right. @param {string} text @param {number} width @param {number} column */
function pad(text, width, column) {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
