/**
 * A progress bar on one line of the terminal. Where there is no terminal it writes nothing.
 *
 *     building trees in shared memory  [##########..........]  51 %
 *
 * @module demo/lib/progress
 */

const INTERVAL_MILLISECONDS = 80;
const BAR_COLUMNS_MAX = 30;
const COLUMNS_DEFAULT = 80;
const CLEAR_LINE = '\r\x1b[K';

/** @typedef {{isTTY?: boolean, columns?: number, write(text: string): unknown}} Terminal */

export class Progress {
  #terminal;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {Terminal} terminal */
  constructor(terminal) {
    this.#terminal = terminal.isTTY && process.env.TERM !== 'dumb' ? terminal : null;
  }

  /**
   * Shows a bar while a task runs.
   *
   * @template T
   * @param {string} title
   * @param {() => number} fraction 0 .. 1, asked several times a second
   * @param {() => Promise<T>} task
   * @returns {Promise<T>}
   */
  async during(title, fraction, task) {
    const draw = () => this.#draw(title, fraction());
    if (this.#terminal !== null) {
      draw();
      this.#timer = setInterval(draw, INTERVAL_MILLISECONDS);
    }
    try {
      return await task();
    } finally {
      this.clear();
    }
  }

  /** Leaves the line as if nothing had been there. */
  clear() {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#terminal?.write(CLEAR_LINE);
  }

  /** @param {string} title @param {number} fraction */
  #draw(title, fraction) {
    const columns = this.#terminal?.columns || COLUMNS_DEFAULT;
    const percent = `${Math.round(fraction * 100)} %`.padStart(5);
    const room = Math.min(BAR_COLUMNS_MAX, columns - title.length - percent.length - 6);
    const filled = Math.round(room * fraction);
    const bar = room > 3 ? `  [${'#'.repeat(filled)}${'.'.repeat(room - filled)}]` : '';
    const line = `${title}${bar} ${percent}`.slice(0, columns - 1);
    this.#terminal?.write(CLEAR_LINE + line);
  }
}
