/**
 * What is told of an index: how much there is, and the most frequent identifiers.
 *
 * @module demo/lib/summary
 */
import { RESERVED } from './tokens.js';

/** @typedef {{name: string, count: number, files: number}} Row */

export class Summary {
  /** Different names. */
  names = 0;
  /** How often they occur, all together. */
  occurrences = 0;
  /** The most frequent ones that are no reserved words, by count and then by name. @type {Row[]} */
  top = [];
  #topCount;

  /** @param {number} topCount */
  constructor(topCount) {
    this.#topCount = topCount;
  }

  /**
   * @param {number} count
   * @param {number} files
   * @param {() => string} nameOf asked only when the name may be among the most frequent ones
   */
  add(count, files, nameOf) {
    this.names++;
    this.occurrences += count;
    const { top } = this;
    const isFull = top.length === this.#topCount;
    if (isFull && (top.length === 0 || count < top[top.length - 1].count)) return;
    const name = nameOf();
    if (RESERVED.has(name)) return;
    const row = { name, count, files };
    const behind = top.findIndex((other) => precedes(row, other));
    top.splice(behind < 0 ? top.length : behind, 0, row);
    if (top.length > this.#topCount) top.pop();
  }
}

/** @param {Row} a @param {Row} b */
function precedes(a, b) {
  return a.count > b.count || (a.count === b.count && a.name < b.name);
}
