/**
 * How long each phase of a run took.
 *
 * @module demo/lib/stopwatch
 */

/** @typedef {'start' | 'build' | 'handOver' | 'merge'} Phase */
/** @typedef {Record<Phase | 'total', number>} Milliseconds */

export class Stopwatch {
  /** @type {Milliseconds} */
  times = { start: 0, build: 0, handOver: 0, merge: 0, total: 0 };
  #last = performance.now();

  /** @param {Phase} phase that has just ended */
  lap(phase) {
    const now = performance.now();
    this.times[phase] = now - this.#last;
    this.times.total += now - this.#last;
    this.#last = now;
  }

  /** What was done since the last lap belongs to no phase. */
  skip() {
    this.#last = performance.now();
  }
}
