/**
 * The hash tables of packed sets and dicts, looked up in place.
 *
 *     | tag ... count | slots u32 | 0 | entries: hash u32, pointers | slots: u32, entry + 1 |
 *
 * A lookup hashes the key that is asked for, and compares only entries with that hash. It looks at each slot at
 * most once, whatever the bytes say.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-index
 */

import { encodedHash, encodeKey, isEncodedKey } from './key-text.js';
import { BODY_BYTES, COUNT, FLAG, TAG } from './pack-format.js';
import { equalKeys, hashKey } from './pack-hash.js';
import { readPointer } from './pack-read.js';
import { isUtf8Of } from './strings.js';

/** @typedef {import('./pack-session.js').Session} Session */

/**
 * @typedef {object} Index
 * @property {number} count
 * @property {number} slots a power of two, or 0
 * @property {number} entries address
 * @property {number} entryBytes
 * @property {number} table address of the slots
 */

/**
 * @param {Session} session
 * @param {number} body of a set or dict
 * @param {number} entryBytes
 * @returns {Index}
 */
export function openIndex(session, body, entryBytes) {
  const { count } = session.open(body);
  const entries = body + BODY_BYTES + 8;
  session.need(entries, body);
  const slots = session.m.u32[(body + BODY_BYTES) >>> 2];
  const table = entries + count * entryBytes;
  session.need(table + slots * 4, body);
  const isTable = slots === 0 || ((slots & (slots - 1)) === 0 && slots >= count);
  if (!isTable) session.fail(`a table of ${slots} slots for ${count} entries`, body);
  return { count, slots, entries, entryBytes, table };
}

/**
 * @param {Session} session
 * @param {Index} index
 * @param {unknown} key
 * @returns {number} number of the entry, -1 when there is none
 */
export function findEntry(session, index, key) {
  const { u32 } = session.m;
  const { slots, entryBytes } = index;
  const isEncoded = typeof key === 'string' && encodeKey(key);
  const hash = isEncoded ? encodedHash() >>> 0 : hashKey(key);
  const entries = index.entries >>> 2;
  const step = entryBytes >>> 2;
  if (slots === 0) {
    for (let i = 0; i < index.count; i++) {
      if (u32[entries + i * step] === hash && isKey(session, index, i, key, isEncoded)) return i;
    }
    session.checkAttached(); // else nothing is there
    return -1;
  }
  const table = index.table >>> 2;
  const mask = slots - 1;
  for (let slot = hash & mask, tries = 0; tries < slots; slot = (slot + 1) & mask, tries++) {
    const entry = u32[table + slot];
    if (entry === 0) return -1;
    if (entry > index.count) session.fail(`a slot with entry ${entry}`, index.table);
    if (
      u32[entries + (entry - 1) * step] === hash &&
      isKey(session, index, entry - 1, key, isEncoded)
    ) {
      return entry - 1;
    }
  }
  return -1;
}

/**
 * @param {Session} session
 * @param {Index} index
 * @param {number} entry
 * @param {unknown} key
 * @param {boolean} isEncoded whether it is the text that was encoded last
 * @returns {boolean}
 */
function isKey(session, index, entry, key, isEncoded) {
  const at = index.entries + entry * index.entryBytes + 4;
  if (typeof key !== 'string') return equalKeys(readPointer(session, at), key);
  const body = session.follow(at);
  const { m } = session;
  const word = body === 0 ? 0 : m.u32[body >>> 2];
  if ((word & 255) !== TAG.STRING) return false;
  const bytes = m.u32[(body + COUNT) >>> 2];
  session.need(body + BODY_BYTES + bytes, body);
  if ((word & (FLAG.UTF16 << 8)) !== 0) return session.text(body) === key;
  return isEncoded
    ? isEncodedKey(m, body + BODY_BYTES, bytes)
    : isUtf8Of(m, body + BODY_BYTES, bytes, key);
}
