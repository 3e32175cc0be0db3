/**
 * Keys that are strings: starts, and UTF-8.
 *
 * Layer: image. Any thread.
 *
 * @module image/string-keys
 */
import { encodedHash, encodeKey, isEncodedKey } from '../struct/key-text.js';
import { hashString } from '../struct/pack-hash.js';
import { decodeUtf8, isUtf8Of } from '../struct/strings.js';
import { Keys } from './key-index.js';
import { RecentKeys } from './recent.js';

/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('./key-index.js').Index} Index */
/** @typedef {import('./parts.js').Texts} Texts */

export class StringKeys extends Keys {
  #texts;
  #recent = new RecentKeys();

  /** @param {Session} session @param {Index} index @param {Texts} texts */
  constructor(session, index, texts) {
    super(session, index);
    this.#texts = texts;
  }

  /** @override @param {unknown} key */
  find(key) {
    if (typeof key !== 'string') return -1;
    const known = this.#recent.get(key);
    if (known !== undefined && !this.session.m.revoked) return known;
    if (!encodeKey(key)) {
      return this.slots === 0 ? this.scan(key) : this.search(hashString(key), key);
    }
    const entry = this.slots === 0 ? this.#scanEncoded() : this.#searchEncoded();
    this.#recent.add(key, entry);
    return entry;
  }

  /** Finds the text that was encoded last, where there is no index. */
  #scanEncoded() {
    const { m } = this.session;
    const texts = this.#texts;
    for (let entry = 0; entry < this.count; entry++) {
      texts.seek(entry);
      if (isEncodedKey(m, texts.startAddress, texts.bytes)) return entry;
    }
    return -1;
  }

  /** Finds the text that was encoded last. */
  #searchEncoded() {
    const hash = encodedHash();
    const { m } = this.session;
    const { u32 } = m;
    const { mask, table } = this;
    const texts = this.#texts;
    for (let slot = hash & mask, tries = 0; tries <= mask; slot = (slot + 1) & mask, tries++) {
      const word = table + slot * 2;
      const entry = u32[word];
      if (entry === 0) return -1;
      if ((u32[word + 1] | 0) !== hash) continue;
      if (entry > this.count) this.failAt(entry);
      texts.seek(entry - 1);
      if (isEncodedKey(m, texts.startAddress, texts.bytes)) return entry - 1;
    }
    return -1;
  }

  /** @override @param {number} entry @returns {string} */
  at(entry) {
    const texts = this.#texts;
    texts.seek(entry);
    return decodeUtf8(this.session.m, texts.startAddress, texts.bytes);
  }

  /** @override @protected @param {number} entry @param {string} key */
  isKey(entry, key) {
    const texts = this.#texts;
    texts.seek(entry);
    return isUtf8Of(this.session.m, texts.startAddress, texts.bytes, key);
  }
}
