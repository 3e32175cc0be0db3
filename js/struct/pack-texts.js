/**
 * Writing strings: a short one that stands there already is found again.
 *
 *     text  -- key-text.js -->  UTF-8, hash  -->  slots: { hash, body / 8 }  -->  its body, or a new one
 *
 * The hash is the one that dicts and sets store of their keys, so a key is hashed once.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-texts
 */
import { encodedBytes, encodedHash, encodeKey, isEncodedKey, writeEncoded } from './key-text.js';
import { BODY_BYTES, COUNT, FLAG, TAG } from './pack-format.js';
import { hashString } from './pack-hash.js';
import { encodeUtf8, encodeUtf16, isIllFormed } from './strings.js';

/** @typedef {import('./pack-buffer.js').PackBuffer} PackBuffer */

/** Longer strings are not looked for. */
const SHARED_UNITS_MAX = 256;
const SLOTS_MIN = 64;
/** A larger table is not kept for the next value. */
const KEPT_SLOTS_MAX = 4096;
/** Objects of one kind have the same keys, each at its place: so many are looked for there first. */
const HINTS = 128;
/** Strings can be made to have one hash. Behind so many others one is written again instead of being looked for. */
const PROBES_MAX = 256;

/** The strings of one packing. */
export class TextWriter {
  #out;
  #slots = new Int32Array(SLOTS_MIN * 2);
  #count = 0;
  /** Keys by hint. @type {string[]} */
  #hinted = new Array(HINTS).fill('');
  /** Their hashes and bodies; a body of 0 for none. */
  #hints = new Int32Array(HINTS * 2);
  #hasHints = false;
  /** Strings with lone surrogates. @type {Map<string, number> | null} */
  #illFormed = null;

  /** @param {PackBuffer} out */
  constructor(out) {
    this.#out = out;
  }

  /**
   * @param {string} text
   * @returns {number} position of its body
   */
  write(text) {
    if (text.length > SHARED_UNITS_MAX) return this.#writeLong(text);
    return encodeKey(text) ? this.#writeEncoded() : this.#writeIllFormed(text);
  }

  /**
   * Writes a key of a dict or set.
   *
   * @param {string} text
   * @param {number} at position of the pointer to it; its hash goes right before it
   * @param {number} hint the same for keys that are likely the same
   */
  writeKey(text, at, hint) {
    const out = this.#out;
    const slot = hint & (HINTS - 1);
    const hints = this.#hints;
    let hash = hints[2 * slot];
    let body = hints[2 * slot + 1] * 8;
    if (body === 0 || this.#hinted[slot] !== text) {
      const isEncoded = text.length <= SHARED_UNITS_MAX && encodeKey(text);
      hash = isEncoded ? encodedHash() : hashString(text);
      body = isEncoded ? this.#writeEncoded() : this.write(text);
      if (isEncoded) {
        this.#hasHints = true;
        this.#hinted[slot] = text;
        hints[2 * slot] = hash;
        hints[2 * slot + 1] = body / 8;
      }
    }
    out.m.u32[(at >>> 2) - 1] = hash;
    out.point(at, body);
  }

  /** Forgets all. */
  reset() {
    this.#illFormed = null;
    if (this.#hasHints) this.#hints.fill(0);
    this.#hasHints = false;
    if (this.#count === 0) return;
    this.#count = 0;
    if (this.#slots.length <= KEPT_SLOTS_MAX * 2) this.#slots.fill(0);
    else this.#slots = new Int32Array(SLOTS_MIN * 2);
  }

  /** What was encoded last. @returns {number} position */
  #writeEncoded() {
    const hash = encodedHash();
    const bytes = encodedBytes();
    const { m } = this.#out;
    const slots = this.#slots;
    const mask = slots.length - 2;
    let at = (hash << 1) & mask;
    for (let tries = 0; slots[at + 1] !== 0; at = (at + 2) & mask, tries++) {
      if (tries === PROBES_MAX) return this.#append(bytes);
      if (slots[at] !== hash) continue;
      const body = slots[at + 1] * 8;
      if (isEncodedKey(m, body + BODY_BYTES, m.u32[(body + COUNT) >>> 2])) return body;
    }
    const body = this.#append(bytes);
    slots[at] = hash;
    slots[at + 1] = body / 8;
    if (++this.#count * 4 > slots.length) this.#grow();
    return body;
  }

  /** @param {number} bytes @returns {number} position */
  #append(bytes) {
    const out = this.#out;
    const body = out.body(TAG.STRING, 0, 0, bytes, bytes);
    writeEncoded(out.m.u32, (body + BODY_BYTES) >>> 2);
    return body;
  }

  /** More slots. */
  #grow() {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 4);
    const mask = slots.length - 2;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let at = (old[i] << 1) & mask;
      while (slots[at + 1] !== 0) at = (at + 2) & mask;
      slots[at] = old[i];
      slots[at + 1] = old[i + 1];
    }
    this.#slots = slots;
  }

  /** @param {string} text @returns {number} position */
  #writeIllFormed(text) {
    this.#illFormed ??= new Map();
    let body = this.#illFormed.get(text);
    if (body === undefined) {
      body = this.#writeLong(text);
      this.#illFormed.set(text, body);
    }
    return body;
  }

  /** @param {string} text @returns {number} position */
  #writeLong(text) {
    const utf16 = isIllFormed(text);
    const bytes = utf16 ? encodeUtf16(text) : encodeUtf8(text);
    const out = this.#out;
    const at = out.body(TAG.STRING, utf16 ? FLAG.UTF16 : 0, 0, bytes.length, bytes.length);
    out.m.u8.set(bytes, at + BODY_BYTES);
    return at;
  }
}
