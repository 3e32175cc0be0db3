/**
 * From the body of a container to its view.
 *
 * Layer: image. Any thread.
 *
 * @module image/containers
 */
import { openArray } from './array.js';
import { CONTAINER_FLAG, CONTAINER_TAG, MAP } from './format.js';
import { openKeys } from './keys.js';
import { ImageMap } from './map.js';
import { ImageMultiMap } from './multi-map.js';
import { Column, countAt, partAt } from './parts.js';
import { ImageSet } from './set.js';
import { openValues } from './values.js';

/** @typedef {import('../struct/link.js').StructMeta} StructMeta */
/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('./array.js').ImageArray} ImageArray */
/** @typedef {ImageArray | ImageMap | ImageMultiMap | ImageSet} Container */

/**
 * @param {Session} session
 * @param {number} body
 * @param {StructMeta | null} hint what class the values should be
 * @returns {Container}
 * @throws {QbError} `CORRUPT`, `SCHEMA`
 */
export function openContainer(session, body, hint) {
  const tag = session.tag(body);
  if (tag === CONTAINER_TAG.ARRAY) return openArray(session, body, hint);
  if (tag === CONTAINER_TAG.MAP) return openMap(session, body, hint);
  return session.fail(`the tag ${tag}, which is none of a value`, body);
}

/**
 * @param {Session} session
 * @param {number} body
 * @param {StructMeta | null} hint
 * @returns {ImageMap | ImageMultiMap | ImageSet}
 */
function openMap(session, body, hint) {
  session.need(body + MAP.BYTES, body);
  const { flags, aux } = session.open(body);
  const count = countAt(session, body, MAP.COUNT);
  const keys = openKeys(session, body, count);
  const isApproximate = (flags & CONTAINER_FLAG.APPROXIMATE) !== 0;
  if ((flags & CONTAINER_FLAG.NO_VALUES) !== 0) return new ImageSet(keys, isApproximate);
  const stride = session.m.u32[(body + MAP.STRIDE) >>> 2];
  const stored = { body, flags, aux, count, stride, column: MAP.VALUES, data: MAP.DATA };
  if ((flags & CONTAINER_FLAG.MULTI) === 0) {
    return new ImageMap(keys, openValues(session, stored, hint), isApproximate);
  }
  const isWide = (flags & CONTAINER_FLAG.WIDE) !== 0;
  const at = partAt(session, body, MAP.STARTS, (count + 1) * (isWide ? 8 : 4));
  const starts = new Column(session, at, isWide);
  stored.count = starts.at(count);
  if (stored.count > session.end) session.fail(`a map of ${stored.count} values`, body);
  const values = openValues(session, stored, hint);
  return new ImageMultiMap(session, keys, values, starts, stored.count, isApproximate);
}
