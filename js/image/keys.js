/**
 * The keys of maps and sets: finding one, reading one.
 *
 *     index  | entry + 1, hash | entry + 1, hash | 0, 0 | ...      from slot hash & (slots - 1) on, around the end
 *
 * One class for each kind of key. A lookup looks at each slot at most once, whatever the bytes say, and allocates
 * nothing. The search stands in the classes of strings and numbers once more: a loop that all share has to ask each
 * key what it is, and takes twice as long.
 *
 * Layer: image. Any thread.
 *
 * @module image/keys
 */
import { QbError } from '../base/errors.js';
import { encodedHash, encodeKey, isEncodedKey } from '../struct/key-text.js';
import { BODY_BYTES, COUNT, DTYPE_BYTES, DTYPES, FLAG, TAG } from '../struct/pack-format.js';
import { equalKeys, hashKey, hashString } from '../struct/pack-hash.js';
import { numbersAt } from '../struct/pack-read.js';
import { decodeUtf8, isUtf8Of } from '../struct/strings.js';
import { CONTAINER_FLAG, KEY_KIND, MAP, SLOT_BYTES } from './format.js';
import { Column, partAt, References, Texts } from './parts.js';
import { RecentKeys } from './recent.js';

/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('../struct/pack-values.js').Numbers} Numbers */

/**
 * @param {Session} session
 * @param {number} body of a map
 * @param {number} count
 * @returns {Keys}
 */
export function openKeys(session, body, count) {
  const { flags, count: kind } = session.open(body);
  const index = openIndex(session, body, count);
  if ((flags & CONTAINER_FLAG.APPROXIMATE) !== 0) {
    if (count > 0 && index.slots === 0) session.fail('an approximate map without an index', body);
    return new HashedKeys(session, index);
  }
  const isWide = (flags & CONTAINER_FLAG.WIDE) !== 0;
  if (kind === KEY_KIND.STRINGS) {
    const starts = partAt(session, body, MAP.KEYS, (count + 1) * (isWide ? 8 : 4));
    const text = partAt(session, body, MAP.TEXT, 0);
    const texts = new Texts(session, new Column(session, starts, isWide), text);
    return new StringKeys(session, index, texts);
  }
  if (kind === KEY_KIND.ANY) {
    const column = partAt(session, body, MAP.KEYS, count * (isWide ? 8 : 4));
    const data = partAt(session, body, MAP.DATA, 0);
    return new AnyKeys(
      session,
      index,
      new References(session, new Column(session, column, isWide), data, null),
    );
  }
  const dtype = kind - KEY_KIND.NUMBERS;
  if (!(dtype >= 0 && dtype < DTYPES.length)) session.fail(`keys of kind ${kind}`, body);
  const at = partAt(session, body, MAP.KEYS, count * DTYPE_BYTES[dtype]);
  const numbers = numbersAt(session, count === 0 ? 0 : at, dtype, count);
  return new NumberKeys(session, index, numbers, (flags & CONTAINER_FLAG.ORDERED) !== 0);
}

/**
 * @typedef {object} Index
 * @property {number} count of keys
 * @property {number} slots a power of two, or 0
 * @property {number} table address
 */

/**
 * @param {Session} session
 * @param {number} body
 * @param {number} count
 * @returns {Index}
 */
function openIndex(session, body, count) {
  const slots = session.m.u32[(body + MAP.SLOTS) >>> 2];
  const isTable = slots === 0 || ((slots & (slots - 1)) === 0 && slots >= count);
  if (!isTable) session.fail(`an index of ${slots} slots for ${count} keys`, body);
  return { count, slots, table: partAt(session, body, MAP.INDEX, slots * SLOT_BYTES) };
}

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

class StringKeys extends Keys {
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

class AnyKeys extends Keys {
  #references;
  /** Whether the key that is looked for is the text that was encoded last. */
  #isEncoded = false;

  /** @param {Session} session @param {Index} index @param {References} references */
  constructor(session, index, references) {
    super(session, index);
    this.#references = references;
  }

  /** @override @param {unknown} key */
  find(key) {
    this.#isEncoded = typeof key === 'string' && encodeKey(key);
    const hash = this.#isEncoded ? encodedHash() >>> 0 : hashKey(key);
    return this.slots === 0 ? this.scan(key) : this.search(hash, key);
  }

  /** @override @param {number} entry */
  at(entry) {
    return this.#references.at(entry);
  }

  /** @override @protected @param {number} entry @param {unknown} key */
  isKey(entry, key) {
    if (typeof key !== 'string') return equalKeys(this.#references.at(entry), key);
    const { session } = this;
    const { m } = session;
    const body = this.#references.bodyAt(entry);
    const word = body === 0 ? 0 : m.u32[body >>> 2];
    if ((word & 255) !== TAG.STRING) return false;
    if ((word & (FLAG.UTF16 << 8)) !== 0) return session.text(body) === key;
    const bytes = m.u32[(body + COUNT) >>> 2];
    session.need(body + BODY_BYTES + bytes, body);
    return this.#isEncoded
      ? isEncodedKey(m, body + BODY_BYTES, bytes)
      : isUtf8Of(m, body + BODY_BYTES, bytes, key);
  }
}

class NumberKeys extends Keys {
  #isOrdered;

  /**
   * @param {Session} session
   * @param {Index} index
   * @param {Numbers} numbers in place
   * @param {boolean} isOrdered
   */
  constructor(session, index, numbers, isOrdered) {
    super(session, index);
    /** @readonly */
    this.numbers = numbers;
    this.#isOrdered = isOrdered;
  }

  /** @override */
  get isOrdered() {
    return this.#isOrdered;
  }

  /** @override @param {unknown} key */
  find(key) {
    if (typeof key !== 'number' && typeof key !== 'bigint') return -1;
    if (this.slots > 0) {
      const isPlain = typeof key === 'number' && !Number.isNaN(key); // NaN is found by value
      return isPlain ? this.#search(hashKey(key), key) : this.search(hashKey(key), key);
    }
    if (!this.#isOrdered) return this.scan(key);
    const isNan = typeof key === 'number' && Number.isNaN(key);
    const entry = isNan ? this.count - 1 : bisect(this.numbers, key);
    return entry >= 0 && entry < this.count && this.isKey(entry, key) ? entry : -1;
  }

  /** @override @param {number} entry */
  at(entry) {
    return this.numbers[entry];
  }

  /** @override @protected @param {number} entry @param {number | bigint} key */
  isKey(entry, key) {
    return equalKeys(this.numbers[entry], key);
  }

  /** @param {number} hash @param {number} key not NaN @returns {number} */
  #search(hash, key) {
    const { numbers, mask, table } = this;
    const { u32 } = this.session.m;
    for (let slot = hash & mask, tries = 0; tries <= mask; slot = (slot + 1) & mask, tries++) {
      const word = table + slot * 2;
      const entry = u32[word];
      if (entry === 0) return -1;
      if (u32[word + 1] !== hash) continue;
      if (entry > this.count) this.failAt(entry);
      // biome-ignore lint/suspicious/noDoubleEquals: numbers of 64 bits are bigints, and equal a number by value
      if (numbers[entry - 1] == key) return entry - 1;
    }
    return -1;
  }
}

/** Keys of which only the hashes are there. */
class HashedKeys extends Keys {
  /** @override @param {unknown} key */
  find(key) {
    return this.slots === 0 ? -1 : this.search(hashKey(key), key);
  }

  /** @override @returns {never} */
  at() {
    throw new QbError(
      'UNSUPPORTED',
      'an approximate map keeps the hashes of its keys only, so it cannot tell the keys. Ask it for a key, or build ' +
        'the map without { approximate: true }.',
    );
  }

  /** @override @protected */
  isKey() {
    return true;
  }
}

/**
 * @param {Numbers} numbers ascending, NaN last
 * @param {number | bigint} key not NaN
 * @returns {number} how many are less
 */
export function bisect(numbers, key) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
