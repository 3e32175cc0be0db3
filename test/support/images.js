/**
 * Images that several tests share: the golden ones, what is in them in a form that JSON can hold, and a walk that reads
 * everything.
 *
 * @module
 */

import { crc32c } from '../../js/image/crc.js';
import {
  arrayOf,
  buildImage,
  ImageArray,
  ImageMap,
  ImageMultiMap,
  ImageSet,
  mapOf,
  multiMapOf,
  openBytes,
  PackedDict,
  pack,
  setOf,
  struct,
  t,
  unpack,
  verify,
} from '../../js/image/index.js';
import { QbError } from '../../js/index.js';
import { described } from './packed.js';

/** @typedef {import('../../js/image/index.js').Image} Image */

/** Stands in place. */
export class Spot extends struct('Spot', { id: t.u32, x: t.f64, open: t.optional(t.bool) }) {}

/** Stands behind references. */
export class Person extends struct('Person', {
  name: t.string,
  born: t.date,
  tags: t.list(t.string),
}) {}

const SPOTS = [
  { id: 1, x: 0.5 },
  { id: 2, x: -1.5, open: true },
  { id: 3, x: 1e300, open: null },
];
const PEOPLE = [
  { name: 'Ada', born: new Date(-4_876_243_200_000), tags: ['first', 'größte'] },
  { name: '', born: new Date(0), tags: [] },
];
const WORDS = ['one', 'two', 'größer', '漢字 💾', '', 'a\0b', 'seven', 'eight', 'nine', 'ten'];

/** @returns {Promise<[string, Uint8Array][]>} name and bytes of each golden image */
export async function goldenImages() {
  const words = WORDS.map((word, i) => /** @type {[string, number]} */ ([word, i * 1000]));
  const pairs = WORDS.map((word, i) => /** @type {[string, number]} */ ([word.slice(0, 1), i]));
  /** @type {[string, unknown][]} */
  const roots = [
    ['plain', { name: 'no container', list: [1, 2, 300], when: new Date(86_400_000) }],
    ['array-empty', arrayOf(t.f64).from([])],
    ['array-u8', arrayOf(t.u8).from([0, 1, 255])],
    ['array-i64', arrayOf(t.i64).from([-(2n ** 63n), 0n, 2n ** 63n - 1n])],
    ['array-f64', arrayOf(t.f64).from([0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY])],
    ['array-texts', arrayOf(t.string).from(WORDS)],
    ['array-structs', arrayOf(Spot).from(SPOTS)],
    ['array-references', arrayOf(Person).from(PEOPLE)],
    [
      'array-any',
      arrayOf(t.any).from([1, 'two', undefined, null, [3, '4'], 'x\ud800', 10n ** 30n]),
    ],
    ['array-deduped', arrayOf(t.any).from(['same', 'other', 'same', [1], [1]], { dedupe: true })],
    ['map-empty', mapOf(t.string, t.u32).from([])],
    ['map-strings-few', mapOf(t.string, t.u32).from(words.slice(0, 4))],
    ['map-strings-u32', mapOf(t.string, t.u32).from(words)],
    ['map-strings-texts', mapOf(t.string, t.string).from(WORDS.map((w) => [w, `${w}!`]))],
    ['map-strings-structs', mapOf(t.string, Spot).from(SPOTS.map((s) => [`s${s.id}`, s]))],
    ['map-strings-people', mapOf(t.string, Person).from(PEOPLE.map((p) => [p.name, p]))],
    ['map-i32', mapOf(t.i32, t.f32).from(WORDS.map((_, i) => [((i * 7919) % 101) - 50, i / 2]))],
    ['map-u64', mapOf(t.u64, t.bool).from(WORDS.map((_, i) => [2n ** BigInt(i * 7), i % 2 === 0]))],
    [
      'map-f64',
      mapOf(t.f64, t.u8).from([
        [Number.NaN, 1],
        [Number.NEGATIVE_INFINITY, 2],
        [0, 3],
        [1e9, 4],
      ]),
    ],
    [
      'map-any',
      mapOf(t.any, t.any).from([
        [null, 'null'],
        [[], 'empty tuple'],
        [Number.POSITIVE_INFINITY, 1],
        [-3.5, 2],
        [new Set([1, 2]), 'set'],
        [1, 'one'],
        ['x\udc00', 'half a pair'],
        [new Date(5), true],
        [2n ** 70n, false],
      ]),
    ],
    ['multi-numbers', multiMapOf(t.string, t.u32).from(pairs)],
    ['multi-structs', multiMapOf(t.i16, Spot).from(SPOTS.map((s) => [s.id % 2, s]))],
    [
      'multi-any',
      multiMapOf(t.any, t.any).from([
        ['a', 1],
        [2, 'b'],
        ['a', [3]],
        [2, 'c'],
        ['a', 1],
      ]),
    ],
    ['set-u64', setOf(t.u64).from([9n, 1n, 2n ** 63n])],
    ['set-strings', setOf(t.string).from(WORDS)],
    ['set-any', setOf(t.any).from([1, '1', [1], true])],
    ['approximate', mapOf(t.string, t.u32, { approximate: true }).from(words)],
    [
      'composite',
      {
        spots: arrayOf(Spot).from(SPOTS),
        byWord: mapOf(t.string, t.u16).from(words),
        byLetter: multiMapOf(t.string, t.u8).from(pairs),
        ids: setOf(t.i32).from([3, -4, 5]),
        made: new Date(1),
        note: 'a dict of containers',
      },
    ],
  ];
  /** @type {[string, Uint8Array][]} */
  const images = [];
  for (const [name, root] of roots) {
    const { buffer } = await buildImage(undefined, root);
    images.push([name, /** @type {Uint8Array} */ (buffer)]);
  }
  return images;
}

/**
 * What is in an image, in JSON: `[kind, ...]`, values as in values.json. Objects are numbered within one value.
 *
 * @param {Image} image
 * @returns {unknown[]}
 */
export function describedImage(image) {
  const { root } = image;
  if (!(root instanceof PackedDict) || isContainer(root)) return describedValue(root);
  return ['dict', Array.from(root, ([name, value]) => [name, describedValue(value)])];
}

/** @param {unknown} value */
function isContainer(value) {
  return [ImageArray, ImageMap, ImageMultiMap, ImageSet].some((Class) => value instanceof Class);
}

/** @param {unknown} value @returns {unknown[]} */
function describedValue(value) {
  const one = (/** @type {unknown} */ item) => described(unpack(pack(item)));
  const all = (/** @type {Iterable<unknown>} */ items) => Array.from(items, one);
  if (value instanceof ImageArray) return ['array', all(value)];
  if (value instanceof ImageSet) return ['set of keys', all(value)];
  if (value instanceof ImageMultiMap) {
    return ['multi-map', Array.from(value, ([key, values]) => [one(key), all(values)])];
  }
  if (!(value instanceof ImageMap)) return one(value);
  if (value.isApproximate) {
    return ['approximate map', Array.from({ length: value.size }, (_, i) => one(value.valueAt(i)))];
  }
  return ['map', Array.from(value, ([key, item]) => [one(key), one(item)])];
}

/**
 * Reads everything: all entries, and each key once more by asking for it.
 *
 * @param {Image} image
 */
export function walkImage(image) {
  const { root } = image;
  const isDict = root instanceof PackedDict && !isContainer(root);
  for (const value of isDict ? root.values() : [root]) walkValue(value);
}

/** @param {unknown} value */
function walkValue(value) {
  const isMap = value instanceof ImageMap || value instanceof ImageMultiMap;
  if (!isMap && !(value instanceof ImageSet)) {
    readAll(value);
    return;
  }
  if (isMap) for (let i = 0; i < value.size; i++) readAll(value.valueAt(i));
  for (const key of ['no such key', 12.5, -1n, null]) value.has(key);
  if (value.isApproximate) return;
  for (const key of value.keys()) {
    readAll(key);
    value.has(key);
    value.indexOf(key);
    if (isMap) value.get(key);
  }
  if (value.isOrdered) for (const _ of value.range(-5, 5, { reverse: true })) void _;
}

/** @param {unknown} value a value or view, also of a struct whose class is not known here */
function readAll(value) {
  const { toJSON } = /** @type {{ toJSON?: () => unknown }} */ (Object(value));
  if (typeof toJSON === 'function') toJSON.call(value);
}

/**
 * What may be left of a damaged image that was verified: a class has other fields here, keys are deeper than keys may be, a
 * value has become a cycle, which is no JSON, or a map an approximate one, which tells no keys.
 */
const REFUSALS_WHEN_SOUND = ['SCHEMA', 'LIMIT', 'DEPTH', 'CYCLE', 'UNSUPPORTED'];
const REFUSALS = [...REFUSALS_WHEN_SOUND, 'CORRUPT', 'VERSION', 'SIZE', 'TYPE'];

/**
 * Verifies and reads a damaged image: a clear error, or values; and values if it was verified.
 *
 * @param {Uint8Array} bytes
 * @throws {unknown} what it should not say
 */
export function checkImageSafe(bytes) {
  const isSound = isAccepted(() => verify(bytes), REFUSALS);
  isAccepted(() => walkImage(openBytes(bytes)), isSound ? REFUSALS_WHEN_SOUND : REFUSALS);
}

/** @param {() => unknown} read @param {readonly string[]} refusals @returns {boolean} */
function isAccepted(read, refusals) {
  try {
    read();
    return true;
  } catch (error) {
    if (!(error instanceof QbError) || !refusals.includes(error.code)) throw error;
    return false;
  }
}

/**
 * Makes the checksums right, so that a reader goes on to what stands behind them.
 *
 * @param {Uint8Array} image
 * @returns {Uint8Array} the same
 */
export function resealed(image) {
  const words = new DataView(image.buffer, image.byteOffset, image.byteLength);
  words.setUint32(40, crc32c(image.subarray(64)), true);
  words.setUint32(60, crc32c(image.subarray(0, 60)), true);
  return image;
}
