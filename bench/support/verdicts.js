/**
 * What a benchmark is to reach, and what it reached.
 *
 * @module
 */

/** @typedef {{ what: string, limit: string, measured: string, isMet: boolean }} Verdict */

export class Verdicts {
  /** @type {Verdict[]} */
  #all = [];

  /** @param {string} what @param {string} limit @param {string} measured @param {boolean} isMet */
  add(what, limit, measured, isMet) {
    this.#all.push({ what, limit, measured, isMet });
  }

  /** @param {string} what @param {number} ratio @param {number} limit */
  atMost(what, ratio, limit) {
    this.add(what, `at most ${limit}x`, `${ratio.toFixed(2)}x`, ratio <= limit);
  }

  /** @param {string} what @param {number} ratio @param {number} limit */
  atLeast(what, ratio, limit) {
    this.add(what, `at least ${limit}x`, `${ratio.toFixed(0)}x`, ratio >= limit);
  }

  print() {
    console.log('');
    for (const { what, limit, measured, isMet } of this.#all) {
      console.log(`target ${what}: ${limit}, measured ${measured}: ${isMet ? 'met' : 'MISSED'}`);
    }
  }

  toJSON() {
    return this.#all;
  }
}
