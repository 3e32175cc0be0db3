/**
 * Memory pools against what one would use instead, in one process run.
 *
 *   node bench/memory-pool.bench.js [--quick] [--rounds n] [--json path]
 *
 * pair     alloc of 64 bytes, free
 * large    the same with 4096 bytes
 * batch    1000 of 64 bytes are allocated, then freed in this order
 * random   1000 of 1 .. 1024 bytes are live; at each step a random one is freed and another one allocated
 *
 *   native    the same C, built with -O2 for this machine, no JS and no wasm: bench/c/memory_pool.c
 *   core      the calls into wasm alone
 *   pool      MemoryPool: an Allocation object for each, its id checked at the free
 *   owner     Owner: zeroed, by address
 *   heap      heap.alloc and heap.free: no budget, no manifest
 *   list      plain JS: a free list of Uint8Arrays for each power of two
 *   new       plain JS: new Uint8Array, left to the garbage collector
 *
 * wake-up  a worker sleeps until there is room; this thread frees, and sleeps until the worker has made room in
 *          turn. Half of the round trip, against a bare store, notify and wait; and against the same with the two allocs and
 *          frees that each of them does in a trip
 *
 * The rounds visit all subjects in turn, and the calmer half of a subject's rounds counts: the lower quartile. The native
 * program runs before and after.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Heap } from '../js/index.js';
import { nativeMemoryPool } from './support/native.js';
import { readOptions, writeResults } from './support/options.js';
import { calm, percent, race, randomOf, spread, table } from './support/rounds.js';
import { ownFunction } from './support/view-code.js';

const { quick, rounds, json } = readOptions('memory-pool', { quick: 3, full: 15 });
const operations = quick ? 20_000 : 100_000;
const trips = quick ? 900 : 4500;
const LIVE_COUNT = 1000;
const RANDOM_BYTES_MAX = 1024;
/** What Dragon's own documentation says of a pair in its native heap; another machine. */
const DRAGON_NS = 75;

/** @typedef {import('../js/index.js').Allocation<never>} Taken */

/**
 * @typedef {object} Subject
 * @property {(bytes: number) => unknown} take
 * @property {(taken: unknown) => void} give
 */

const heap = Heap.create();
const sizes = { bytes: 2 ** 22, maxAllocations: 4096 };

/** @returns {Subject} */
function coreSubject() {
  const { address, _words: words } = heap.memoryPool(undefined, sizes);
  const { memory } = heap.core;
  return {
    take: (bytes) => memory.alloc(address, bytes, 1, 0, false),
    give(taken) {
      const index = /** @type {number} */ (taken);
      memory.free(address, index, words.entry(index).generation);
    },
  };
}

/** @returns {Subject} */
function listSubject() {
  /** @type {Uint8Array[][]} */
  const free = Array.from({ length: 33 }, () => []);
  const order = (/** @type {number} */ bytes) => 32 - Math.clz32(bytes - 1);
  return {
    take: (bytes) => free[order(bytes)].pop() ?? new Uint8Array(2 ** order(bytes)),
    give(taken) {
      const array = /** @type {Uint8Array} */ (taken);
      free[order(array.length)].push(array);
    },
  };
}

/** @type {Record<string, () => Subject>} */
const makers = {
  core: coreSubject,
  pool() {
    const pool = heap.memoryPool(undefined, sizes);
    return {
      take: (bytes) => pool.alloc(bytes),
      give: (taken) => pool.free(/** @type {ReturnType<typeof pool.alloc>} */ (taken)),
    };
  },
  owner() {
    const owner = heap.owner();
    return {
      take: (bytes) => owner.alloc(bytes),
      give: (taken) => owner.free(/** @type {number} */ (taken)),
    };
  },
  heap: () => ({
    take: (bytes) => heap.alloc(bytes),
    give: (taken) => heap.free(/** @type {number} */ (taken)),
  }),
  list: listSubject,
  new: () => ({ take: (bytes) => new Uint8Array(bytes), give: () => {} }),
};

/** Each is called with (subject, count, held, sizes, slots). */
const LOOPS = {
  pair: 'for (let i = 0; i < count; i++) subject.give(subject.take(64)); return 0;',
  large: 'for (let i = 0; i < count; i++) subject.give(subject.take(4096)); return 0;',
  batch: `for (let done = 0; done < count; done += held.length) {
    for (let i = 0; i < held.length; i++) held[i] = subject.take(64);
    for (let i = 0; i < held.length; i++) subject.give(held[i]);
  }
  return 0;`,
  random: `for (let i = 0; i < count; i++) {
    const slot = slots[i];
    subject.give(held[slot]);
    held[slot] = subject.take(sizes[i]);
  }
  return 0;`,
};

const random = randomOf(1);
const randomSizes = Uint32Array.from(
  { length: operations },
  () => 1 + ((random() >>> 8) % RANDOM_BYTES_MAX),
);
const slots = Uint32Array.from({ length: operations }, () => (random() >>> 8) % LIVE_COUNT);

const cases = Object.entries(LOOPS).flatMap(([workload, body]) =>
  Object.entries(makers).map(([name, make]) => {
    const subject = make();
    const held = Array.from({ length: LIVE_COUNT }, () =>
      workload === 'random' ? subject.take(100) : 0,
    );
    const loop = ownFunction(['subject', 'count', 'held', 'sizes', 'slots'], body);
    const run = () => /** @type {number} */ (loop(subject, operations, held, randomSizes, slots));
    return { name: `${workload} ${name}`, run, count: operations };
  }),
);

const nativeRounds = Math.ceil(rounds / 2);
const before = nativeMemoryPool(operations, nativeRounds);
// Apart, and last: what it leaves to the collector would be billed to the others.
const [garbage, others] = [true, false].map((is) =>
  cases.filter(({ name }) => name.endsWith(' new') === is),
);
const timings = new Map(
  [...race(others, rounds), ...race(garbage, rounds)].map((timing) => [timing.name, timing]),
);
const after = nativeMemoryPool(operations, nativeRounds);
const wakeUp = await measureWakeUp();
report();

/**
 * Three times two pools of one block. In trip i this thread frees the block of `there i % 3` and waits for that of
 * `back i % 3`; the worker does the opposite. Each has the block that it frees in the next trip already, so that
 * the other one cannot take it too early, and then takes the one for the trip behind that.
 */
async function measureWakeUp() {
  const bytes = 1024;
  const names = [
    ['there 0', 'back 0'],
    ['there 1', 'back 1'],
    ['there 2', 'back 2'],
  ];
  const pools = names.map((pair) => pair.map((name) => heap.memoryPool(name, { bytes })));
  const words = heap.calloc(256) >>> 2;
  const { i32 } = heap.memory.root;
  const worker = new Worker(new URL('./support/memory-worker.js', import.meta.url), {
    workerData: { heap: heap.descriptor, pools: names, words, bytes },
  });
  heap.watch(worker);
  const next = () => new Promise((resolve) => worker.once('message', resolve));
  await next();
  /** @type {Record<'bare' | 'paired' | 'pools', number[]>} */
  const ns = { bare: [], paired: [], pools: [] };
  const own = heap.memoryPool(undefined, { bytes: 4 * bytes });
  for (let round = -2; round < rounds; round++) {
    const bare = runBare(worker, 'bare', i32, words, () => {});
    let last = own.alloc(bytes);
    let mine = own.alloc(bytes);
    const paired = runBare(worker, 'paired', i32, words, () => {
      last.free();
      mine.free();
      last = own.alloc(bytes);
      mine = own.alloc(bytes);
    });
    last.free();
    mine.free();
    const ready = next();
    // Before the worker looks. It takes the others.
    const held = [pools[0][0], pools[1][0], pools[2][1]].map((pool) => pool.alloc(bytes));
    worker.postMessage({ command: 'pools', count: trips });
    await ready;
    const done = next();
    const through = runPools(pools, held);
    await done;
    if (round >= 0) {
      ns.bare.push(bare);
      ns.paired.push(paired);
      ns.pools.push(through);
    }
  }
  await worker.terminate();
  return ns;
}

/**
 * @param {Worker} worker
 * @param {'bare' | 'paired'} command
 * @param {Int32Array} i32
 * @param {number} words
 * @param {() => void} work
 * @returns {number} ns a hand-off
 */
function runBare(worker, command, i32, words, work) {
  const trip = (/** @type {number} */ i) => {
    work();
    Atomics.store(i32, words, i);
    Atomics.notify(i32, words);
    Atomics.wait(i32, words + 32, i - 1);
  };
  Atomics.store(i32, words, 0);
  Atomics.store(i32, words + 32, 0);
  worker.postMessage({ command, count: trips + 1 });
  trip(1);
  const start = performance.now();
  for (let i = 2; i <= trips + 1; i++) trip(i);
  return ((performance.now() - start) * 1e6) / (2 * trips);
}

/**
 * @param {import('../js/index.js').MemoryPool[][]} pools
 * @param {Taken[]} held of `there 0`, `there 1`, `back 2`
 * @returns {number} ns a hand-off
 */
function runPools(pools, held) {
  let [mine, next, last] = held;
  const start = performance.now();
  for (let i = 0; i < trips; i++) {
    last.free();
    mine.free(); // wakes the worker
    last = pools[i % 3][1].allocWait(next.length);
    mine = next;
    next = pools[(i + 2) % 3][0].alloc(next.length);
  }
  const each = ((performance.now() - start) * 1e6) / (2 * trips);
  for (const one of [mine, next, last]) one.free();
  return each;
}

function report() {
  console.log(`${availableParallelism()} cores, ${rounds} rounds of ${operations} pairs\n`);
  const workloads = /** @type {(keyof typeof LOOPS)[]} */ (Object.keys(LOOPS));
  /** @type {Record<string, Record<string, { ns: number, spread: number, ratio: number }>>} */
  const results = {};
  for (const workload of workloads) {
    const samples = [...before[workload], ...after[workload]];
    const native = { ns: calm(samples), spread: spread(samples), ratio: 1 };
    results[workload] = { native };
    for (const name of Object.keys(makers)) {
      const { ns, spread: share } = /** @type {import('./support/rounds.js').Timing} */ (
        timings.get(`${workload} ${name}`)
      );
      results[workload][name] = { ns, spread: share, ratio: ns / native.ns };
    }
  }
  const heading = ['ns a pair (ratio to native, spread)', ...workloads];
  const rows = ['native', ...Object.keys(makers)].map((name) => [
    name,
    ...workloads.map((workload) => {
      const { ns, ratio, spread: share } = results[workload][name];
      return `${ns.toFixed(0)} (${ratio.toFixed(1)}x, ${percent(share)})`;
    }),
  ]);
  console.log(table([heading, ...rows]));
  const { native, pool } = results.pair;
  const malloc = calm([...before.malloc, ...after.malloc]);
  console.log(
    `\nDragon's native heap, by its own figure and elsewhere: ${DRAGON_NS} ns a pair; native here ${native.ns.toFixed(0)}, ` +
      `from JS ${pool.ns.toFixed(0)}. malloc of the C library: ${malloc.toFixed(0)}`,
  );
  const [bare, paired, pools] = [calm(wakeUp.bare), calm(wakeUp.paired), calm(wakeUp.pools)];
  console.log(
    `wake-up of a blocked alloc: ${pools.toFixed(0)} ns (spread ${percent(spread(wakeUp.pools))}), bare ${bare.toFixed(0)} ns ` +
      `(spread ${percent(spread(wakeUp.bare))}): ${(pools / bare).toFixed(2)}x; bare with the same allocs and frees ${paired.toFixed(0)} ns: ${(pools / paired).toFixed(2)}x`,
  );
  writeResults(json, { rounds, operations, trips, results, malloc, wakeUp });
}
