/**
 * Packed values against what one would use instead, in one process run.
 *
 *   node bench/pack.bench.js [--quick] [--rounds n] [--only part,...] [--json path]
 *
 * pack      a plain value to bytes. JSON makes a string, which is not yet bytes: that favours it
 * unpack    bytes to a plain value
 * open      bytes to one field of the value, chosen at random
 * fields    fields chosen at random, of what is open. What opens by parsing reads plain objects: `plain`
 * copy      a plain value to another one: pack and unpack. This is what structuredClone does
 * size      bytes
 *
 * JSON is the vanilla twin; ratios are to it (of `fields`: to plain objects), and more is slower or larger. `qbwasm`
 * packs a value as it is; `qbwasm struct` and FlatBuffers have a schema. `v8.serialize` is the format of structuredClone.
 * JSON cannot hold typed arrays: they become lists on the way.
 *
 * Who is not there cannot do it: FlatBuffers wants a schema of what has none in `a nested document` (there stands
 * FlexBuffers of the same package); Arrow is for columns, so not for one record or a document, and looks nothing up by key.
 * A dict of strings is the same with a schema as without.
 *
 * Before anything is measured, each way must give back what was packed. The calmer half of the rounds counts
 * (bench/support/rounds.js).
 *
 * @module
 */
import { deepStrictEqual } from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { readOptions, writeResults } from './support/options.js';
import { makePicks, makeShapes, SHAPE_NAMES } from './support/pack-shapes.js';
import { waysOf } from './support/pack-ways.js';
import { race, table } from './support/rounds.js';
import { Verdicts } from './support/verdicts.js';

/** @typedef {import('./support/pack-shapes.js').ShapeName} ShapeName */
/** @typedef {import('./support/pack-ways.js').Way} Way */
/** @typedef {import('./support/rounds.js').Case} Case */

/**
 * A shape with all that can pack it.
 *
 * @typedef {object} Subject
 * @property {ShapeName} shape
 * @property {unknown} value
 * @property {readonly import('./support/pack-shapes.js').Pick[]} picks
 * @property {readonly { way: Way, packed: unknown }[]} ways
 */
/** @typedef {{ shape: ShapeName, name: string, value: number, ratio: number, spread: number }} Row */

const SEED = 12345;
/** What the ratios are to. */
const TWIN = 'JSON';
const PLAIN = 'plain';

const micros = (/** @type {number} */ ns) => String(Number((ns / 1000).toPrecision(3)));
/** @type {Record<string, { title: string, text: (value: number) => string }>} */
const UNITS = {
  pack: { title: 'pack µs', text: micros },
  unpack: { title: 'unpack µs', text: micros },
  open: { title: 'open µs', text: micros },
  fields: { title: 'field ns', text: (ns) => String(Number(ns.toPrecision(3))) },
  copy: { title: 'copy µs', text: micros },
  size: { title: 'bytes', text: String },
};

const { rounds, json, isWanted } = readOptions('pack', { quick: 5, full: 15 });
const verdicts = new Verdicts();
const values = makeShapes(SEED);
const shapes = /** @type {ShapeName[]} */ (Object.keys(SHAPE_NAMES));

console.log(
  `node ${process.version}, ${availableParallelism()} cores, ${rounds} rounds, seed ${SEED}`,
);
const subjects = shapes.map(prepare);
const parts = { pack: packing, unpack: unpacking, open: opening, fields: reading, copy: copying };
/** @type {Record<string, Row[]>} */
const results = {};
for (const [part, casesOf] of Object.entries(parts)) {
  if (isWanted(part)) results[part] = measure(casesOf);
}
if (isWanted('size')) results.size = subjects.flatMap(sizes);
for (const shape of shapes) show(shape);
judge();
verdicts.print();
writeResults(json, { rounds, seed: SEED, verdicts, results });

/** @param {ShapeName} shape @returns {Subject} with ways that give back what they are given */
function prepare(shape) {
  const value = values[shape];
  const picks = makePicks(values, shape, SEED);
  const [plain] = waysOf(shape);
  const ways = waysOf(shape).map((way) => {
    const packed = way.pack(value);
    deepStrictEqual(way.unpack(packed), value, `${way.name} changes ${SHAPE_NAMES[shape]}`);
    const root = way.open?.(packed);
    for (const pick of root === undefined ? [] : picks) {
      deepStrictEqual(way.read(root, pick), plain.read(value, pick), `${way.name}, ${shape}`);
    }
    return { way, packed };
  });
  return { shape, value, picks, ways };
}

/* ---- what is measured ---- */

/** @param {Subject} subject @returns {Case[]} */
function packing({ value, ways }) {
  return ways.map(({ way: { name, pack } }) => ({
    name,
    count: 1,
    run: () => sizeOf(pack(value)),
  }));
}

/** @param {Subject} subject @returns {Case[]} */
function unpacking({ ways }) {
  return ways.map(({ way: { name, unpack }, packed }) => ({
    name,
    count: 1,
    run: () => (unpack(packed) === undefined ? 1 : 0),
  }));
}

/** @param {Subject} subject @returns {Case[]} */
function opening({ ways, picks }) {
  let turn = 0;
  return ways.flatMap(({ way: { name, open, read }, packed }) =>
    open === null
      ? []
      : [{ name, count: 1, run: () => read(open(packed), picks[turn++ % picks.length]) }],
  );
}

/** @param {Subject} subject @returns {Case[]} */
function reading({ ways, value, picks }) {
  return ways.flatMap(({ way: { name, open, read, unpack }, packed }) => {
    const isParser = open === unpack;
    if (open === null || (isParser && name !== TWIN)) return [];
    const root = isParser ? value : open(packed);
    const run = () => {
      let sum = 0;
      for (const pick of picks) sum += read(root, pick);
      return sum;
    };
    return [{ name: isParser ? PLAIN : name, count: picks.length, run }];
  });
}

/** @param {Subject} subject @returns {Case[]} */
function copying({ value, ways }) {
  const cases = ways.map(({ way: { name, pack, unpack } }) => ({
    name,
    count: 1,
    run: () => (unpack(pack(value)) === undefined ? 1 : 0),
  }));
  const run = () => (structuredClone(value) === undefined ? 1 : 0);
  return [...cases, { name: 'structuredClone', count: 1, run }];
}

/** @param {(subject: Subject) => Case[]} casesOf @returns {Row[]} */
function measure(casesOf) {
  return subjects.flatMap((subject) => {
    const timings = race(casesOf(subject), rounds);
    const twin = timings[0].ns;
    return timings.map(({ name, ns, spread }) => ({
      shape: subject.shape,
      name,
      value: ns,
      ratio: ns / twin,
      spread,
    }));
  });
}

/** @param {Subject} subject @returns {Row[]} */
function sizes({ shape, ways }) {
  const bytes = ways.map(({ way: { name }, packed }) => ({
    name,
    value: typeof packed === 'string' ? Buffer.byteLength(packed) : sizeOf(packed),
  }));
  const twin = bytes[0].value;
  return bytes.map((one) => ({ shape, ...one, ratio: one.value / twin, spread: 0 }));
}

/** @param {unknown} packed text or bytes @returns {number} bytes; of a text its length, which costs nothing */
function sizeOf(packed) {
  return typeof packed === 'string' ? packed.length : /** @type {Uint8Array} */ (packed).byteLength;
}

/* ---- what is shown ---- */

/** @param {ShapeName} shape prints a line for each way, and what it takes for each part */
function show(shape) {
  const columns = Object.entries(results).map(
    ([part, rows]) => /** @type {const} */ ([part, rows.filter((row) => row.shape === shape)]),
  );
  const names = new Set(columns.flatMap(([, rows]) => rows.map(({ name }) => name)));
  const head = [SHAPE_NAMES[shape], ...columns.map(([part]) => UNITS[part].title)];
  const lines = [...names].map((name) => [
    name,
    ...columns.map(([part, rows]) => {
      const row = rows.find((one) => one.name === name);
      if (row === undefined) return '-';
      const ratio = row.ratio < 0.1 ? row.ratio.toPrecision(2) : row.ratio.toFixed(2);
      return `${UNITS[part].text(row.value)} ${ratio}x`;
    }),
  ]);
  console.log(`\n${table([head, ...lines])}`);
}

/** What we ask of it: no slower than what people use now, and far faster where nothing need be parsed. */
function judge() {
  for (const shape of shapes) {
    const ratioOf = (/** @type {string} */ part, /** @type {string} */ peer) => {
      const rows = (results[part] ?? []).filter((row) => row.shape === shape);
      const own = rows.filter(({ name }) => name.startsWith('qbwasm')).map(({ value }) => value);
      return Math.min(...own) / (rows.find(({ name }) => name === peer)?.value ?? Number.NaN);
    };
    const judged = (/** @type {string} */ part, /** @type {string} */ peer, limit = 1) => {
      const ratio = ratioOf(part, peer);
      if (Number.isNaN(ratio)) return;
      const what = `${part}, ${SHAPE_NAMES[shape]}, against ${peer}`;
      if (limit >= 1) verdicts.atMost(what, ratio, limit);
      else verdicts.atLeast(`${what}, faster`, 1 / ratio, 1 / limit);
    };
    judged('pack', 'msgpackr', 2);
    judged('unpack', 'JSON');
    if (shape !== 'record') judged('open', 'JSON', 1 / 20);
    judged('fields', 'FlatBuffers', 1.5);
  }
}
