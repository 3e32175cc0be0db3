/**
 * Cases timed in turn, round by round, so that a disturbance of the machine hits all of them.
 *
 * @module
 */

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {() => number} run does the work once; what it returns is kept, so that the work is done
 * @property {number} count operations in one run
 * @property {() => void} [prepare] what comes before each run and is not timed
 */

/**
 * @typedef {object} Timing
 * @property {string} name
 * @property {number} ns per operation: the median of the calmer half of the rounds
 * @property {number} spread half the distance of the quartiles, as a share of `ns`
 */

/** One sample of one case takes about this long. */
const SAMPLE_MS = 2;
/** JavaScriptCore compiles a loop for good only after so long: thirty loops in one case share it. */
const WARM_MS = 300;

/** Keeps the engine from leaving out what nobody reads. */
const sink = { sum: 0 };

/**
 * @param {readonly Case[]} cases
 * @param {number} rounds
 * @returns {Timing[]} in the order of the cases
 */
export function race(cases, rounds) {
  const subjects = cases.map((one) => ({ ...one, runs: warmUp(one), ns: [0].slice(1) }));
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      const { runs, count, ns } = subject;
      ns.push((sample(subject, runs) * 1e6) / (runs * count));
    }
  }
  return subjects.map(({ name, ns }) => ({ name, ns: calm(ns), spread: spread(ns) }));
}

/** @param {Case} subject @returns {number} how many runs fill a sample */
function warmUp(subject) {
  const start = performance.now();
  while (performance.now() - start < WARM_MS) sample(subject, 1);
  return Math.max(1, Math.round(SAMPLE_MS / (sample(subject, 3) / 3 + 1e-6)));
}

/** @param {Case} subject @param {number} runs @returns {number} ms, without what prepares them */
function sample({ run, prepare }, runs) {
  if (prepare === undefined) {
    return time(() => {
      for (let i = 0; i < runs; i++) sink.sum += run();
    });
  }
  let ms = 0;
  for (let i = 0; i < runs; i++) {
    prepare();
    const start = performance.now();
    sink.sum += run();
    ms += performance.now() - start;
  }
  return ms;
}

/** @param {readonly number[]} samples the median of the calmer half */
export function calm(samples) {
  return samples.toSorted((a, b) => a - b)[samples.length >> 2];
}

/** @param {readonly number[]} samples */
export function median(samples) {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1];
}

/**
 * @param {readonly number[]} samples
 * @param {number} [middle] what counts of them: the calm value, or their median
 * @returns {number} half the distance of the quartiles, as a share of that
 */
export function spread(samples, middle = calm(samples)) {
  const sorted = samples.toSorted((a, b) => a - b);
  const quarter = sorted.length >> 2;
  return (sorted[sorted.length - 1 - quarter] - sorted[quarter]) / 2 / middle;
}

/** @param {() => void} run @returns {number} ms */
export function time(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** @param {number} share */
export function percent(share) {
  return `${(share * 100).toFixed(0)}%`;
}

/** A seeded generator. @param {number} seed @returns {() => number} 0 .. 2^32 - 1 */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state;
  };
}

/**
 * Puts elements in any order.
 *
 * @param {unknown[]} list
 * @param {() => number} random
 */
export function shuffle(list, random) {
  for (let i = list.length - 1; i > 0; i--) {
    const other = Math.floor((random() / 2 ** 32) * (i + 1));
    [list[i], list[other]] = [list[other], list[i]];
  }
}

/** @param {readonly string[][]} rows the first column to the left, the others to the right */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i])))
        .join('  '),
    )
    .join('\n');
}
