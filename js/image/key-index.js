/**
 * The index of keys, and the search in it.
 *
 *     index  | entry + 1, hash | entry + 1, hash | 0, 0 | ...      from slot hash & (slots - 1) on, around the end
 *
 * A lookup looks at each slot at most once, whatever the bytes say, and allocates nothing.
 *
 * Layer: image. Any thread.
 *
 * @module image/key-index
 */

/** @typedef {import('../struct/pack-session.js').Session} Session */

/**
 * @typedef {object} Index
 * @property {number} count of keys
 * @property {number} slots a power of two, or 0
 * @property {number} table address
 */

/**
 * What the kinds of keys have in common: the search in the index.
 */
export class Keys {
  /**
   * @param {Session} session
   * @param {Index} index
   */
  constructor(session, { count, slots, table }) {
    /** @readonly @protected */
    this.session = session;
    /** @readonly */
    this.count = count;
    /** @readonly */
    this.slots = slots;
    /** Index of its first word. @readonly @protected */
    this.table = table >>> 2;
    /** @readonly @protected */
    this.mask = slots - 1;
  }

  /**
   * @param {unknown} _key
   * @returns {number} its entry, -1 when there is none
   */
  find(_key) {
    return -1;
  }

  /**
   * @param {number} _entry
   * @returns {unknown} a key
   */
  at(_entry) {
    return undefined;
  }

  /** Whether keys ascend, so that there are ranges. */
  get isOrdered() {
    return false;
  }

  /**
   * @param {number} entry
   * @param {unknown} _key
   * @returns {boolean} whether the key of an entry equals it
   * @protected
   */
  isKey(entry, _key) {
    return entry < 0;
  }

  /**
   * @param {number} hash
   * @param {unknown} key
   * @returns {number}
   * @protected
   */
  search(hash, key) {
    const { u32 } = this.session.m;
    const { mask, table } = this;
    for (let slot = hash & mask, tries = 0; tries <= mask; slot = (slot + 1) & mask, tries++) {
      const word = table + slot * 2;
      const entry = u32[word];
      if (entry === 0) return -1;
      if (u32[word + 1] !== hash) continue;
      if (entry > this.count) this.failAt(entry);
      if (this.isKey(entry - 1, key)) return entry - 1;
    }
    return -1;
  }

  /** @param {number} entry that a slot has, and that is not there @protected */
  failAt(entry) {
    this.session.fail(`a slot with entry ${entry}`, this.table * 4);
  }

  /**
   * For containers without an index: one after the other.
   *
   * @param {unknown} key
   * @returns {number}
   * @protected
   */
  scan(key) {
    for (let entry = 0; entry < this.count; entry++) if (this.isKey(entry, key)) return entry;
    return -1;
  }
}
