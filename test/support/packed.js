/**
 * Struct classes and values that the tests of packed bytes share, and a form of values that JSON can hold.
 *
 * @module
 */
import {
  DateTime,
  Decimal,
  NdArray,
  registerType,
  struct,
  Tuple,
  t,
  tuple,
} from '../../js/image/index.js';
import { randomFrom } from './random.js';

export class Point extends struct('Point', { x: t.f32, y: t.f32 }) {
  get length() {
    return Math.hypot(this.x, this.y);
  }
}

export class Shape extends struct('Shape', {
  id: t.u32,
  origin: t.struct(Point),
  corners: t.list(t.struct(Point)),
  name: t.string,
  color: t.enum(['red', 'green', 'blue']),
  weight: t.optional(t.f64),
  note: t.optional(t.string),
  matrix: t.array(t.f64, 4),
  big: t.i64,
  on: t.bool,
  made: t.date,
  raw: t.bytes,
  extra: t.any,
  get next() {
    return t.ref(Shape);
  },
}) {}

/** Derives from Shape, so a reference to a Shape may lead to it. */
export class Solid extends struct('Solid', { depth: t.f32, price: t.decimal }, Shape) {}

export class Article extends struct('Article', {
  title: t.string,
  tags: t.set(t.string),
  votes: t.dict(t.string, t.u32),
  pair: t.tuple(t.i32, t.string),
  words: t.list(t.string),
  counts: t.list(t.u16),
  when: t.datetime,
  price: t.decimal,
  grid: t.ndarray('f32'),
  related: t.list(t.ref('Article')),
}) {}

registerType(Point, 101);
registerType(Shape, 102);
registerType(Solid, 103);
registerType(Article, 104);

/* ---- golden values ---- */

/** @returns {[string, Uint8Array][]} name and bytes of each golden file */
export function goldenBuffers(/** @type {(value: unknown) => Uint8Array} */ pack) {
  /** @type {[string, unknown][]} */
  const values = [...simpleValues(), ...containerValues()];
  const named = values.map(([name, value]) => [name, pack(value)]);
  const structs = structValues().map(([name, bytes]) => [name, bytes]);
  const random = randomFrom(20261124);
  const drawn = Array.from({ length: 200 - named.length - structs.length }, (_, i) => [
    `random-${String(i).padStart(3, '0')}`,
    pack(randomValue(random, 3)),
  ]);
  return /** @type {[string, Uint8Array][]} */ ([...named, ...structs, ...drawn]);
}

/** @returns {[string, unknown][]} */
function simpleValues() {
  return [
    ['undefined', undefined],
    ['null', null],
    ['true', true],
    ['false', false],
    ['int-0', 0],
    ['int-negative', -1],
    ['int-i32-max', 2 ** 31 - 1],
    ['int-i32-min', -(2 ** 31)],
    ['int-above-i32', 2 ** 31],
    ['int-safe-max', Number.MAX_SAFE_INTEGER],
    ['big-5', 5n],
    ['big-i64-min', -(2n ** 63n)],
    ['big-u64-max', 2n ** 64n - 1n],
    ['big-beyond', 2n ** 64n],
    ['big-beyond-negative', -(2n ** 100n) - 7n],
    ['float', -3.5],
    ['float-minus-0', -0],
    ['float-nan', Number.NaN],
    ['float-infinity', Number.POSITIVE_INFINITY],
    ['string-empty', ''],
    ['string-ascii', 'hello'],
    ['string-utf8', 'größer 漢字 💾'],
    ['string-nul', 'a\u0000b'],
    ['string-lone-surrogate', 'x\ud800y'],
    ['bytes', new Uint8Array([0, 1, 0, 255])],
    ['bytes-empty', new Uint8Array(0)],
    ['date', new Date(1e12)],
    ['date-1900', new Date(-2208988800000)],
    ['datetime-zone', DateTime.parse('1900-01-01T00:00:00+01:24')],
    ['datetime-wall', DateTime.parse('2024-02-29T23:59:59.999')],
    ['decimal-0', Decimal.parse('0')],
    ['decimal-100', Decimal.parse('100')],
    ['decimal-negative', Decimal.parse('-123.456')],
  ];
}

/** @returns {[string, unknown][]} */
function containerValues() {
  /** @type {Record<string, unknown>} */
  const cycle = { name: 'cycle', list: [] };
  cycle.self = cycle;
  /** @type {unknown[]} */ (cycle.list).push(cycle.list, cycle);
  const shared = ['shared'];
  return [
    ['list-empty', []],
    ['list-mixed', [1, 'a', null, undefined, true]],
    ['list-i8', [-128, 127]],
    ['list-u8', [0, 255]],
    ['list-i16', [-32768, 32767]],
    ['list-u16', [0, 65535]],
    ['list-i32', [-(2 ** 31), 2 ** 31 - 1]],
    ['list-u32', [0, 2 ** 32 - 1]],
    ['list-f32', [0.5, -0, Number.NaN]],
    ['list-f64', [0.1, 2 ** 53]],
    ['list-i64', [-1n, 2n ** 63n - 1n]],
    ['list-u64', [2n ** 64n - 1n]],
    ['list-nested-6', [[[[[[1, 'six']]]]]]],
    ['tuple', tuple(1, 'a', tuple(2, 3))],
    ['set-bits', new Set([1, 3, 6])],
    ['set-bits-far', new Set([69, 99])],
    ['set-bit', new Set([119])],
    ['set-mixed', new Set([null, 'a', 2.5, new Date(0)])],
    ['set-large', new Set(Array.from({ length: 50 }, (_, i) => `member ${i}`))],
    ['set-empty', new Set()],
    ['object', { a: 1, b: { c: [1, 2] }, __proto__: null }],
    ['dict-keys', keysOfAllKinds()],
    ['dict-large', new Map(Array.from({ length: 40 }, (_, i) => [i * 1.5, `value ${i}`]))],
    ['ndarray', new NdArray(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3])],
    [
      'ndarray-3d',
      new NdArray(
        new Int16Array(8).map((_, i) => i),
        [2, 2, 2],
      ),
    ],
    ['typed-array', new BigInt64Array([1n, -1n])],
    ['shared', [shared, shared, { shared }]],
    ['cycle', cycle],
  ];
}

function keysOfAllKinds() {
  return new Map(
    /** @type {[unknown, unknown][]} */ ([
      [null, 'null'],
      [tuple(), 'empty tuple'],
      [Number.POSITIVE_INFINITY, 'infinity'],
      [Number.NEGATIVE_INFINITY, 'minus infinity'],
      [-3.5, 'minus three and a half'],
      [new Set([1, 2]), 'set'],
      [1, 'one'],
      [true, 'true'],
      [tuple(1, 'a'), 'tuple'],
      [Decimal.parse('1.5'), 'decimal'],
      [new Date(5), 'date'],
      [new Uint8Array([1]), 'bytes'],
      [2n ** 70n, 'big'],
    ]),
  );
}

/** @returns {[string, Uint8Array][]} */
function structValues() {
  const shape = {
    id: 7,
    origin: { x: 1, y: 2 },
    corners: [
      { x: 0, y: 0.5 },
      { x: 3, y: 4 },
    ],
    name: 'triangle',
    color: /** @type {const} */ ('blue'),
    weight: null,
    matrix: [1, 0, 0, 1],
    big: -5n,
    on: true,
    made: new Date(86_400_000),
    raw: new Uint8Array([1, 2, 3]),
    extra: { any: [1, null] },
  };
  return [
    ['struct-empty', Shape.pack({})],
    ['struct-point', Point.pack({ x: 1.5, y: -2 })],
    ['struct-shape', Shape.pack({ ...shape, next: { id: 8, note: 'next' } })],
    ['struct-child', Solid.pack({ ...shape, depth: 2.5, price: Decimal.parse('19.99') })],
    ['struct-no-layout', Point.pack({ x: 3, y: 4 }, { layouts: false })],
    [
      'struct-article',
      Article.pack({
        title: 'Über 漢字',
        tags: new Set(['a', 'b']),
        votes: new Map([['up', 3]]),
        pair: [1, 'one'],
        words: ['x', 'y', 'x'],
        counts: [1, 2, 65535],
        when: DateTime.parse('2024-05-06T07:08:09+02:00'),
        price: Decimal.parse('1.50'),
        grid: new NdArray(new Float32Array([1, 2, 3, 4]), [2, 2]),
        related: [{ title: 'other' }, null],
      }),
    ],
  ];
}

/**
 * @param {(limit: number) => number} random
 * @param {number} depth
 * @returns {unknown}
 */
export function randomValue(random, depth) {
  const size = random(depth > 0 ? 5 : 1);
  const items = () => Array.from({ length: size }, () => randomValue(random, depth - 1));
  const numbers = () =>
    Array.from({ length: random(9) }, () => random(2 ** random(33)) - random(300));
  switch (random(depth > 0 ? 15 : 9)) {
    case 0:
      return [null, true, false, undefined][random(4)];
    case 1:
      return random(2 ** 31) - 2 ** 30;
    case 2:
      return random(1000) / 7;
    case 3:
      return BigInt(random(2 ** 32)) ** BigInt(random(5)) * (random(2) === 0 ? 1n : -1n);
    case 4:
    case 5:
      return 'text ä漢💾'.slice(0, random(9)).repeat(random(4));
    case 6:
      return new Date(random(2 ** 32) * 1000);
    case 7:
      return new Decimal(BigInt(random(10 ** 6)) - 5000n, random(20) - 10);
    case 8:
      return Uint8Array.from({ length: random(20) }, () => random(256));
    case 9:
      return items();
    case 10:
      return tuple(...items());
    case 11:
      return new Set(Array.from({ length: random(20) }, () => random(200)));
    case 12:
      return new Map(items().map((value, i) => [i % 2 === 0 ? `key ${i}` : tuple(i, 'k'), value]));
    case 13:
      return Object.fromEntries(items().map((value, i) => [`field${i}`, value]));
    default:
      return numbers();
  }
}

/* ---- a form that JSON can hold ---- */

const bits = new DataView(new ArrayBuffer(8));

/** @param {number} value @returns {string} the bits of a float, most significant first */
function bitsOf(value) {
  bits.setFloat64(0, value);
  return bits.getBigUint64(0).toString(16).padStart(16, '0');
}

/**
 * What plain values are, in JSON: `[kind, ...]`. An object that was met before is `["seen", number]`.
 *
 * @param {unknown} value plain
 * @param {Map<object, number>} [seen]
 * @returns {unknown[]}
 */
export function described(value, seen = new Map()) {
  switch (typeof value) {
    case 'undefined':
      return ['undefined'];
    case 'boolean':
      return ['bool', value];
    case 'bigint':
      return ['big', String(value)];
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? ['int', String(value)]
        : ['float', bitsOf(value)];
    case 'string':
      return /[\ud800-\udfff]/u.test(value) // a lone surrogate: pairs are one character with /u
        ? ['utf16', Array.from({ length: value.length }, (_, i) => value.charCodeAt(i))]
        : ['string', value];
    default:
      return value === null ? ['null'] : describedObject(/** @type {object} */ (value), seen);
  }
}

/** @param {object} value @param {Map<object, number>} seen @returns {unknown[]} */
function describedObject(value, seen) {
  if (value instanceof Date) return ['date', bitsOf(value.getTime())];
  if (value instanceof DateTime) return ['datetime', bitsOf(value.time), value.offsetMinutes];
  if (value instanceof Decimal) return ['decimal', String(value.coefficient), value.exponent];
  const known = seen.get(value);
  if (known !== undefined) return ['seen', known];
  seen.set(value, seen.size);
  /** @param {Iterable<unknown>} items */
  const all = (items) => Array.from(items, (item) => described(item, seen));
  if (value instanceof NdArray) return ['ndarray', value.dtype, value.shape, all(value.data)];
  if (value instanceof Uint8Array) return ['bytes', Buffer.from(value).toString('hex')];
  if (ArrayBuffer.isView(value)) {
    return ['typed', value.constructor.name, all(/** @type {Float64Array} */ (value))];
  }
  if (value instanceof Tuple) return ['tuple', all(value)];
  if (Array.isArray(value)) return ['list', all(value)];
  if (value instanceof Set) return ['set', all(value)];
  if (value instanceof Map) return ['dict', all(value)];
  return ['object', Object.entries(value).map(([key, item]) => [key, described(item, seen)])];
}
