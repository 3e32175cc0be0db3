/**
 * What the demo prints: for people, or as JSON for machines.
 *
 * @module demo/lib/report
 */

/** @typedef {import('./stopwatch.js').Milliseconds} Milliseconds */
/** @typedef {import('./files.js').Unreadable} Unreadable */

/**
 * Everything that is told, in one document. Times are milliseconds.
 *
 * @typedef {object} Report
 * @property {string} folder
 * @property {number} workers
 * @property {{count: number, bytes: number}} files found; those that turned out unreadable included
 * @property {Unreadable[]} unreadable
 * @property {number} names different ones, reserved words included
 * @property {number} occurrences of all of them
 * @property {import('./summary.js').Row[]} top most frequent identifiers, without reserved words
 * @property {number} walk milliseconds to find the files
 * @property {{bytes: number, times: Milliseconds}} shared bytes: of the arenas, read in place
 * @property {{bytes: number, times: Milliseconds}} postMessage bytes: of the messages, copied
 * @property {{handOver: number, handOverAndMerge: number, total: number}} ratio postMessage / shared memory
 * @property {string | null} difference between both results: must be null
 */

const UNREADABLE_SHOWN_MAX = 10;

/**
 * @param {Milliseconds} shared
 * @param {Milliseconds} posted
 * @returns {Report['ratio']}
 */
export function ratios(shared, posted) {
  return {
    handOver: posted.handOver / shared.handOver,
    handOverAndMerge: (posted.handOver + posted.merge) / (shared.handOver + shared.merge),
    total: posted.total / shared.total,
  };
}

/**
 * @param {Report} report
 * @returns {string} lines for a terminal
 */
export function formatReport(report) {
  const { folder, files, workers, unreadable, names, occurrences, walk } = report;
  const lines = [
    `${clean(folder)}`,
    `${integer(files.count)} files, ${size(files.bytes)}, found in ${time(walk)}; ${plural(workers, 'worker')}`,
    ...unreadableLines(unreadable),
    '',
    ...topLines(report.top),
    '',
    `${integer(occurrences)} names, ${integer(names)} different ones; reserved words are not listed`,
    '',
    ...timeLines(report),
    '',
    `${size(report.shared.bytes)} of trees were read in place; ${size(report.postMessage.bytes)} of messages were copied`,
    report.difference === null
      ? 'both results are the same, name by name'
      : `THE RESULTS DIFFER: ${report.difference}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** @param {Unreadable[]} unreadable */
function unreadableLines(unreadable) {
  if (unreadable.length === 0) return [];
  const shown = unreadable
    .slice(0, UNREADABLE_SHOWN_MAX)
    .map(({ path, reason }) => `  ${reason}  ${clean(path)}`);
  const more = unreadable.length - shown.length;
  return [
    `${plural(unreadable.length, 'path')} could not be read:`,
    ...shown,
    ...(more > 0 ? [`  and ${integer(more)} more (--json names all)`] : []),
  ];
}

/** @param {Report['top']} top */
function topLines(top) {
  const rows = top.map(({ name, count, files }, i) => [
    String(i + 1),
    name,
    integer(count),
    integer(files),
  ]);
  return table([['', 'identifier', 'count', 'files'], ...rows], ['>', '<', '>', '>']);
}

/** @param {Report} report */
function timeLines({ shared, postMessage, ratio }) {
  const a = shared.times;
  const b = postMessage.times;
  return table(
    [
      ['', 'shared memory', 'postMessage', 'ratio'],
      ['start workers', time(a.start), time(b.start), ''],
      ['build', time(a.build), time(b.build), ''],
      ['hand over', time(a.handOver), time(b.handOver), times(ratio.handOver)],
      ['merge', time(a.merge), time(b.merge), ''],
      [
        'hand over + merge',
        time(a.handOver + a.merge),
        time(b.handOver + b.merge),
        times(ratio.handOverAndMerge),
      ],
      ['all', time(a.total), time(b.total), times(ratio.total)],
    ],
    ['<', '>', '>', '>'],
  );
}

/**
 * @param {string[][]} rows the first one is the head
 * @param {('<' | '>')[]} sides of each column
 * @returns {string[]} aligned lines
 */
function table(rows, sides) {
  const widths = sides.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (sides[i] === '<' ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}

/** @param {number} value */
function integer(value) {
  return value.toLocaleString('en-US');
}

/** @param {number} count @param {string} noun */
function plural(count, noun) {
  return `${integer(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** @param {number} milliseconds */
function time(milliseconds) {
  return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`;
}

/** @param {number} ratio */
function times(ratio) {
  return `${ratio.toFixed(ratio < 10 ? 1 : 0)}x`;
}

/** @param {number} bytes */
function size(bytes) {
  return bytes < 1024 * 1024
    ? `${(bytes / 1024).toFixed(1)} KiB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** @param {string} path whose control characters must not reach the terminal */
function clean(path) {
  return path.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '?');
}
