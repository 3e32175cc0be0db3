/**
 * What is known of a container of an image without reading its entries: kind, types, counts, sizes of its parts.
 *
 * Layer: entries. Any runtime.
 *
 * @module cli/containers
 */
import {
  ARRAY,
  AUX_TEXTS,
  CONTAINER_FLAG,
  CONTAINER_TAG,
  HEADER,
  KEY_KIND,
  MAP,
  REFERENCE_UNIT_BYTES,
  SLOT_BYTES,
} from '../image/format.js';
import { Column, countAt, partAt, u64At } from '../image/parts.js';
import { BODY_BYTES, DTYPE_BYTES, DTYPES, TAG } from '../struct/pack-format.js';

/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('./layouts.js').StructLayout} StructLayout */

/**
 * @typedef {object} ContainerInfo
 * @property {string} name '' of the root
 * @property {'array' | 'map' | 'multiMap' | 'set'} kind
 * @property {string} key type of the keys, '' of an array
 * @property {string} value type of the values, '' of a set
 * @property {number} count of elements or different keys
 * @property {number} values that are stored
 * @property {string[]} traits 'approximate', 'ordered', 'deduped', 'wide'
 * @property {Record<string, number>} parts bytes by name; of bodies up to what comes next
 * @property {number} bytes of all parts
 */

const TRAITS = Object.freeze({
  approximate: CONTAINER_FLAG.APPROXIMATE,
  ordered: CONTAINER_FLAG.ORDERED,
  deduped: CONTAINER_FLAG.DEDUPED,
  wide: CONTAINER_FLAG.WIDE,
});
const PARTS_OF_ARRAY = Object.freeze({ data: ARRAY.DATA, starts: ARRAY.STARTS });
const PARTS_OF_MAP = Object.freeze({
  index: MAP.INDEX,
  keys: MAP.KEYS,
  text: MAP.TEXT,
  values: MAP.VALUES,
  starts: MAP.STARTS,
  data: MAP.DATA,
});

/** @param {Session} session @param {number} body */
export function isContainer(session, body) {
  const tag = session.tag(body);
  return tag === CONTAINER_TAG.ARRAY || tag === CONTAINER_TAG.MAP;
}

/**
 * @param {Session} session
 * @param {readonly [name: string, body: number][]} containers
 * @param {readonly StructLayout[]} layouts of the type table
 * @returns {ContainerInfo[]}
 * @throws {import('../base/errors.js').QbError} `CORRUPT`
 */
export function describeContainers(session, containers, layouts) {
  const bounds = boundsOf(session, containers);
  return containers.map(([name, body]) => {
    const isArray = session.tag(body) === CONTAINER_TAG.ARRAY;
    const info = isArray ? arrayInfo(session, body, layouts) : mapInfo(session, body, layouts);
    const parts = partsOf(session, body, info.known, bounds);
    const bytes = Object.values(parts).reduce((sum, part) => sum + part, 0);
    const { flags } = session.open(body);
    const traits = Object.entries(TRAITS).filter(([, flag]) => (flags & flag) !== 0);
    const { known, ...rest } = info;
    void known;
    return { name, ...rest, traits: traits.map(([trait]) => trait), parts, bytes };
  });
}

/** @typedef {Omit<ContainerInfo, 'name' | 'traits' | 'parts' | 'bytes'> & { known: Record<string, number> }} Known */

/** @param {Session} session @param {number} body @param {readonly StructLayout[]} layouts @returns {Known} */
function arrayInfo(session, body, layouts) {
  session.need(body + ARRAY.BYTES, body);
  const { flags, aux } = session.open(body);
  const count = countAt(session, body, ARRAY.COUNT);
  const stride = session.m.u32[(body + ARRAY.STRIDE) >>> 2];
  const isInPlace = (flags & (CONTAINER_FLAG.STRUCTS | CONTAINER_FLAG.NUMBERS)) !== 0;
  const isTexts = !isInPlace && aux === AUX_TEXTS;
  const column = isInPlace ? 'data' : 'starts';
  const width = isTexts ? widthOf(flags) : stride;
  const known = { [column]: (count + (isTexts ? 1 : 0)) * width };
  const places = { column: PARTS_OF_ARRAY[column], data: ARRAY.DATA, stride };
  const value = isTexts ? 'string' : valueText(session, body, places, count, layouts);
  return { kind: 'array', key: '', value, count, values: count, known };
}

/** @param {Session} session @param {number} body @param {readonly StructLayout[]} layouts @returns {Known} */
function mapInfo(session, body, layouts) {
  session.need(body + MAP.BYTES, body);
  const { flags, count: keyKind } = session.open(body);
  const has = (/** @type {number} */ flag) => (flags & flag) !== 0;
  const count = countAt(session, body, MAP.COUNT);
  const stride = session.m.u32[(body + MAP.STRIDE) >>> 2];
  const slots = session.m.u32[(body + MAP.SLOTS) >>> 2];
  const width = widthOf(flags);
  const isMulti = has(CONTAINER_FLAG.MULTI);
  const isSet = has(CONTAINER_FLAG.NO_VALUES);
  /** @type {Record<string, number>} */
  const known = { index: slots * SLOT_BYTES };
  if (!has(CONTAINER_FLAG.APPROXIMATE)) {
    if (keyKind === KEY_KIND.STRINGS) known.keys = (count + 1) * width;
    else if (keyKind === KEY_KIND.ANY) known.keys = count * width;
    else known.keys = count * (DTYPE_BYTES[keyKind - KEY_KIND.NUMBERS] ?? 0);
  }
  let values = isSet ? 0 : count;
  if (isMulti) {
    known.starts = (count + 1) * width;
    const at = partAt(session, body, MAP.STARTS, known.starts);
    values = new Column(session, at, width === 8).at(count);
  }
  if (!isSet) known.values = values * stride;
  const places = { column: MAP.VALUES, data: MAP.DATA, stride };
  return {
    kind: isSet ? 'set' : isMulti ? 'multiMap' : 'map',
    key: keyText(keyKind),
    value: isSet ? '' : valueText(session, body, places, values, layouts),
    count,
    values,
    known,
  };
}

/** @param {number} flags @returns {number} bytes of starts and references to keys */
function widthOf(flags) {
  return (flags & CONTAINER_FLAG.WIDE) === 0 ? 4 : 8;
}

/** @param {number} kind */
function keyText(kind) {
  if (kind === KEY_KIND.STRINGS) return 'string';
  if (kind === KEY_KIND.ANY) return 'any';
  return DTYPES[kind - KEY_KIND.NUMBERS] ?? `kind ${kind}`;
}

/**
 * The type of the values. Of those behind references the bytes tell no type: the first one is looked at.
 *
 * @param {Session} session
 * @param {number} body
 * @param {{ column: number, data: number, stride: number }} places
 * @param {number} count
 * @param {readonly StructLayout[]} layouts
 */
function valueText(session, body, { column, data, stride }, count, layouts) {
  const { flags, aux } = session.open(body);
  if ((flags & CONTAINER_FLAG.NUMBERS) !== 0) return DTYPES[aux] ?? `dtype ${aux}`;
  const typeName = (/** @type {number} */ i) => layouts[i]?.name ?? `type ${i}`;
  if ((flags & CONTAINER_FLAG.STRUCTS) !== 0) return typeName(aux);
  if (count === 0) return 'any';
  const first = partAt(session, body, column, count * stride);
  const reference = new Column(session, first, stride === 8).at(0);
  const target = partAt(session, body, data, 0) + reference * REFERENCE_UNIT_BYTES;
  if (target + BODY_BYTES > session.end) return 'any';
  const found = session.open(target);
  return found.tag === TAG.STRUCT ? `${typeName(found.aux)} ...` : 'any';
}

/* ---- sizes of parts ---- */

/**
 * Where parts begin: a part whose size is not known ends there at the latest.
 *
 * @param {Session} session
 * @param {readonly [string, number][]} containers
 * @returns {number[]} addresses, ascending
 */
function boundsOf(session, containers) {
  const bounds = [session.end];
  const types = u64At(session, session.base + HEADER.TYPES);
  if (types !== 0) bounds.push(session.base + types);
  for (const [, body] of containers) {
    const isArray = session.tag(body) === CONTAINER_TAG.ARRAY;
    session.need(body + (isArray ? ARRAY.BYTES : MAP.BYTES), body);
    for (const offset of Object.values(isArray ? PARTS_OF_ARRAY : PARTS_OF_MAP)) {
      const at = partAt(session, body, offset, 0);
      if (at !== body) bounds.push(at);
    }
  }
  return bounds.sort((a, b) => a - b);
}

/**
 * @param {Session} session
 * @param {number} body
 * @param {Record<string, number>} known bytes of parts
 * @param {readonly number[]} bounds
 * @returns {Record<string, number>}
 */
function partsOf(session, body, known, bounds) {
  const isArray = session.tag(body) === CONTAINER_TAG.ARRAY;
  /** @type {Record<string, number>} */
  const parts = {};
  for (const [name, offset] of Object.entries(isArray ? PARTS_OF_ARRAY : PARTS_OF_MAP)) {
    const at = partAt(session, body, offset, known[name] ?? 0);
    if (at === body) continue;
    const end = bounds.find((bound) => bound > at) ?? session.end;
    parts[name] = known[name] ?? end - at;
  }
  return parts;
}
