/**
 * The keys of maps and sets: one class for each kind of key.
 *
 *     StringKeys   UTF-8 (string-keys.js)
 *     NumberKeys   a column of numbers (number-keys.js)
 *     AnyKeys      bodies
 *     HashedKeys   nothing but the index
 *
 * The search of key-index.js stands in the classes of strings and numbers once more: a loop that all share has to ask each
 * key what it is, and takes twice as long.
 *
 * Layer: image. Any thread.
 *
 * @module image/keys
 */
import { QbError } from '../base/errors.js';
import { encodedHash, encodeKey, isEncodedKey } from '../struct/key-text.js';
import { BODY_BYTES, COUNT, DTYPE_BYTES, DTYPES, FLAG, TAG } from '../struct/pack-format.js';
import { equalKeys, hashKey } from '../struct/pack-hash.js';
import { numbersAt } from '../struct/pack-read.js';
import { isUtf8Of } from '../struct/strings.js';
import { CONTAINER_FLAG, KEY_KIND, MAP, SLOT_BYTES } from './format.js';
import { Keys } from './key-index.js';
import { NumberKeys } from './number-keys.js';
import { Column, partAt, References, Texts } from './parts.js';
import { StringKeys } from './string-keys.js';

/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('./key-index.js').Index} Index */

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
