/**
 * Where strings were found lately: so a string that is asked for again and again costs what it costs in a Map.
 *
 * To look a string up, all its characters are read, as the hash that the engine keeps with a string is not for us. A Map uses
 * that hash. This one is small, and rests while it is of no use: when keys are asked for evenly, and there are many of them,
 * nearly none is here.
 *
 *     every 8th string that is not here  -->  remembered, up to 4096  -->  full: forgotten, and few were asked for again: rest
 *
 * Layer: image. One belongs to one agent.
 *
 * @module image/recent
 */

/** The strings stay alive as long as they are here. */
const COUNT_MAX = 4096;
/** One of so many is remembered: to remember costs more than to look. A power of two. */
const SAMPLE = 8;
/** How many lookups it rests. */
const REST = 2 ** 16;

export class RecentKeys {
  /** @type {Map<string, number>} */
  #entries = new Map();
  #found = 0;
  #missed = 0;
  #rest = 0;

  /**
   * @param {string} key
   * @returns {number | undefined} what was remembered, undefined for nothing
   */
  get(key) {
    if (this.#rest > 0) {
      this.#rest--;
      return undefined;
    }
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#found++;
    return entry;
  }

  /**
   * Perhaps remembers a key that was not here.
   *
   * @param {string} key
   * @param {number} entry -1 for none
   */
  add(key, entry) {
    if (this.#rest > 0 || ++this.#missed % SAMPLE !== 0) return;
    const entries = this.#entries;
    if (entries.size === COUNT_MAX) {
      if (this.#found < COUNT_MAX) this.#rest = REST;
      this.#found = 0;
      entries.clear();
    }
    entries.set(key, entry);
  }
}
