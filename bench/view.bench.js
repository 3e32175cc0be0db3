/**
 * Structs against what one would use instead, in one process run. In Node and in Bun.
 *
 *   node bench/view.bench.js [--quick] [--rounds n] [--only part,...] [--json path]
 *
 * fields    read, write and update the fields of 8000 structs. `raw` is the same arithmetic on typed arrays that
 *           the loop is handed; `raw, constant arrays` on arrays that the engine knows when it compiles the
 *           loop. Ratios are to `raw`
 * schemas   1, 4 and 30 schemas alive, each in a loop of its own, and all 30 through one loop
 * creation  new + garbage, arena, pool, heap; JS garbage of each use and the time of the collector
 * handoff   100 000 structs to a worker that reads each, against postMessage
 * release   leaving an arena with a million objects
 *
 * The rounds visit all cases of a part in turn, and the calmer half of a case's rounds counts: the median of
 * it, the lower quartile of all. Reads and writes are told apart: a write is checked before it is made.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Heap } from '../js/index.js';
import { readOptions, writeResults } from './support/options.js';
import { percent, table } from './support/rounds.js';
import { Verdicts } from './support/verdicts.js';
import { measureCreation, measureGarbage } from './support/view-creation.js';
import { measureFields } from './support/view-fields.js';
import { measureHandoff, measureRelease } from './support/view-handoff.js';
import { measureSchemas } from './support/view-schemas.js';

/** @typedef {import('./support/rounds.js').Timing} Timing */

const SEED = 12345;
const runtime = process.versions.bun ? `bun ${process.versions.bun}` : `node ${process.version}`;
const isV8 = process.versions.bun === undefined;

const { quick, rounds, json, isWanted } = readOptions(isV8 ? 'view' : 'view-bun', {
  quick: 5,
  full: 25,
});

/** What is aimed at, and what was measured. */
const verdicts = new Verdicts();

const parts = {
  schemas: partSchemas, // first: nothing else has met the accessors yet
  fields: partFields,
  creation: partCreation,
  handoff: partHandoff,
  release: partRelease,
};

console.log(`${runtime}, ${availableParallelism()} cores, ${rounds} rounds, seed ${SEED}`);
/** @type {Record<string, unknown>} */
const results = {};
for (const [name, part] of Object.entries(parts)) {
  if (isWanted(name)) results[name] = await part();
}
verdicts.print();
writeResults(json, { rounds, seed: SEED, verdicts, results });

function partFields() {
  const heap = Heap.create();
  const measured = measureFields(heap, rounds, SEED);
  for (const shape of new Set(measured.map((one) => one.shape))) {
    const own = measured.filter((one) => one.shape === shape);
    const head = [shape, ...own.flatMap(({ workload }) => [`${workload} ns`, 'ratio', 'spread'])];
    const rows = own[0].timings.map(({ name }, i) => [
      name,
      ...own.flatMap(({ timings }) => cells(timings[i])),
    ]);
    console.log(`\n${table([head, ...rows])}`);
    for (const { workload, timings } of own) {
      const ratioOf = (/** @type {string} */ way) =>
        timings.find(({ name }) => name === way)?.ratio ?? Number.NaN;
      const limits = { views: isV8 ? 1.25 : Number.NaN, 'Type.get/set': 1.1 };
      for (const [way, limit] of Object.entries(limits)) {
        if (!Number.isNaN(limit))
          verdicts.atMost(`${workload} ${shape}, ${way}`, ratioOf(way), limit);
      }
    }
  }
  heap.close();
  return measured;
}

/** @param {Timing & { ratio: number }} timing */
function cells({ ns, ratio, spread }) {
  return [ns.toFixed(2), `${ratio.toFixed(2)}x`, percent(spread)];
}

function partSchemas() {
  const heap = Heap.create();
  const { own, shared } = measureSchemas(heap, rounds, SEED);
  const nameOf = (/** @type {number} */ count) => `${count} alive`;
  const rows = own[0].timings.map(({ name }, i) => {
    const one = own[0].timings[i].ns;
    const together = shared.find((timing) => timing.name === name);
    return [
      name,
      ...own.map(
        ({ timings }) => `${timings[i].ns.toFixed(2)} ${(timings[i].ns / one).toFixed(2)}x`,
      ),
      together === undefined ? '-' : `${together.ns.toFixed(2)} ${(together.ns / one).toFixed(1)}x`,
    ];
  });
  const head = [
    'read, ns a struct',
    ...own.map(({ schemas }) => nameOf(schemas)),
    'one shared loop',
  ];
  console.log(`\n${table([head, ...rows])}`);
  const thirty = own[own.length - 1];
  for (const way of ['views', 'Type.get/set']) {
    const at = own[0].timings.findIndex(({ name }) => name === way);
    const one = own[0].timings[at].ns;
    verdicts.atMost(`30 schemas, own loops, ${way}, against one`, thirty.timings[at].ns / one, 1.5);
    const together = shared.find(({ name }) => name === way);
    if (way !== 'views' && together !== undefined) {
      verdicts.atMost(`30 schemas, one loop, ${way}, against one`, together.ns / one, 2.5);
    }
  }
  heap.close();
  return { own, shared };
}

async function partCreation() {
  const heap = Heap.create();
  const timings = measureCreation(heap, rounds);
  const rows = timings.map(({ name, ns, spread }) => [name, ns.toFixed(1), percent(spread)]);
  console.log(`\n${table([['make, set 3 fields, be rid of it', 'ns', 'spread'], ...rows])}`);
  const garbage = await measureGarbage(heap, SEED, quick ? 2_000_000 : 10_000_000);
  if ('skipped' in garbage) {
    console.log(`\ngarbage and collector: skipped, ${garbage.skipped}`);
  } else {
    const { bytes, gc } = garbage;
    const gcRows = Object.entries(gc).map(([name, { milliseconds, collections, totalMs }]) => [
      name,
      milliseconds.toFixed(1),
      String(collections),
      totalMs.toFixed(0),
    ]);
    const byteRows = Object.entries(bytes).map(([name, each]) => [name, each.toFixed(3)]);
    console.log(`\n${table([['acquire, use, release', 'bytes of garbage each'], ...byteRows])}`);
    console.log(
      `\n${table([['10 000 held, replaced at random', 'gc ms', 'collections', 'ms in all'], ...gcRows])}`,
    );
    for (const name of ['shared pool', 'thread pool']) {
      verdicts.add(
        `garbage of a use, ${name}`,
        '0 bytes',
        `${bytes[name].toFixed(3)}`,
        bytes[name] < 0.1,
      );
    }
    const less = 1 - gc['shared pool'].milliseconds / gc['new, garbage'].milliseconds;
    verdicts.add(
      'collector time, pool, against new',
      'at least 80% less',
      percent(less),
      less >= 0.8,
    );
  }
  heap.close();
  return { timings, garbage };
}

async function partHandoff() {
  const heap = Heap.create();
  const measured = await measureHandoff(heap, rounds, SEED);
  const rows = measured.map(({ name, ms, spread, faster }) => [
    name,
    ms.toFixed(3),
    percent(spread),
    `${faster.toFixed(0)}x`,
  ]);
  console.log(`\n${table([['100 000 structs to a worker', 'ms', 'spread', 'faster'], ...rows])}`);
  for (const { name, faster } of measured) {
    if (name === 'postMessage') continue;
    verdicts.add(`hand-off, ${name}`, 'at least 50x', `${faster.toFixed(0)}x`, faster >= 50);
  }
  heap.close();
  return measured;
}

function partRelease() {
  const heap = Heap.create();
  const measured = measureRelease(heap, quick ? 5 : 21);
  const names = {
    cold: '1 M objects',
    warm: '1 M objects, warm caches',
    one: '1 object, warm caches',
  };
  const rows = measured.map(({ name, totalUs, leastUs, coreUs, spread }) => [
    names[/** @type {'cold'} */ (name)],
    totalUs.toFixed(1),
    percent(spread),
    leastUs.toFixed(1),
    coreUs.toFixed(1),
  ]);
  const head = ['leaving an arena', 'µs', 'spread', 'least', 'of which the core'];
  console.log(`\n${table([head, ...rows])}`);
  for (const { name, totalUs } of measured.filter((one) => one.name !== 'one')) {
    const what = `leaving an arena, ${names[/** @type {'cold'} */ (name)]}`;
    verdicts.add(what, '< 50 µs', `${totalUs.toFixed(0)} µs`, totalUs < 50);
  }
  heap.close();
  return measured;
}
