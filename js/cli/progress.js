/**
 * A bar on a terminal that says how far a build is.
 *
 *     build [##########..............]  42 %  packages  1,204,113 entries  181.2 MiB
 *
 * Layer: entries. Node alone.
 *
 * @module cli/progress
 */
import { grouped, printable, sized } from './text.js';

/** @typedef {import('../image/feed.js').Progress} Progress */

const BAR_CHARACTERS = 24;
const NARROW_COLUMNS = 40;
const CLEAR_LINE = '\r\u001b[K';

export class ProgressBar {
  #terminal;
  #isShown = false;

  /** @param {NodeJS.WriteStream} terminal nothing is written when it is none */
  constructor(terminal) {
    this.#terminal = terminal;
  }

  /**
   * @param {number} share of the work that is done, 0 .. 1; NaN when that is not known
   * @param {Progress} progress
   */
  show(share, { container, entries, bytes }) {
    if (!this.#terminal.isTTY) return;
    const columns = this.#terminal.columns ?? NARROW_COLUMNS;
    const facts = `${printable(container)}  ${grouped(entries)} entries  ${sized(bytes)}`;
    const line = `build ${barOf(share)}${facts}`;
    this.#terminal.write(`${CLEAR_LINE}${line.slice(0, columns - 1)}`);
    this.#isShown = true;
  }

  /** Leaves an empty line to what is printed next. */
  clear() {
    if (this.#isShown) this.#terminal.write(CLEAR_LINE);
    this.#isShown = false;
  }
}

/** @param {number} share */
function barOf(share) {
  if (Number.isNaN(share)) return '';
  const part = Math.min(1, Math.max(0, share));
  const full = Math.round(part * BAR_CHARACTERS);
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CHARACTERS - full)}] ${percent} %  `;
}
