/**
 * Object pools against what one would use instead, in one process run.
 *
 *   node bench/pool.bench.js [--quick] [--rounds n] [--json path]
 *
 * pair    acquire, write one field, release
 * churn   1000 objects are held; at each step a random one is released and another one acquired
 *
 * twins   list: a free list of plain objects in an array; new: a plain object for each use, left to the
 *         garbage collector; object pool: ObjectPool of plain objects
 *
 * The unit is an empty call from JS into wasm, measured in the same rounds. The rounds visit all subjects in turn,
 * and the calmer half of a subject's rounds counts: the median of it, the lower quartile of all. Each pool has a copy of the loop of its own (ownFunction): an engine that has seen
 * several classes in one loop is another benchmark.
 *
 * Garbage: bytes that the JS heap grew by in a million uses, and the time of the collector, as perf_hooks
 * tells it.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { Heap, ObjectPool, struct, t } from '../js/index.js';
import { readOptions, writeResults } from './support/options.js';
import { calm, percent, spread, time } from './support/rounds.js';
import { ownFunction } from './support/view-code.js';

const { quick, rounds, json } = readOptions('pool', { quick: 3, full: 15 });
const operations = quick ? 100_000 : 500_000;
const HELD_COUNT = 1000;
const SEED = 12345;

setFlagsFromString('--expose-gc');
const collect = /** @type {() => void} */ (runInNewContext('gc'));

class Particle extends struct('Particle', { x: t.f64, y: t.f64, z: t.f64, id: t.i32 }) {}

/** The vanilla twin: a free list of plain objects. */
class ListPool {
  /** @type {Plain[]} */
  #free = [];

  acquire() {
    return this.#free.pop() ?? new Plain();
  }

  /** @param {Plain} object */
  release(object) {
    this.#free.push(object);
  }
}

class Plain {
  x = 0.5;
  y = 0.5;
  z = 0.5;
  id = 0;
}

/** What one has without a pool. The last ones stay reachable, so that each is really made. */
class NoPool {
  #last = new Array(1024).fill(null);
  #at = 0;

  acquire() {
    const object = new Plain();
    this.#last[this.#at++ & 1023] = object;
    return object;
  }

  release() {}
}

/**
 * @typedef {object} AnyPool
 * @property {() => { id: number }} acquire
 * @property {(object: { id: number }) => void} release
 */

/** @typedef {(pool: AnyPool, count: number, held: { id: number }[], seed: number) => void} Loop */

const PAIR = `for (let i = 0; i < count; i++) {
  const object = pool.acquire();
  object.id = i;
  pool.release(object);
}`;
const CHURN = `for (let i = 0; i < count; i++) {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  const at = (seed >>> 8) % held.length;
  pool.release(held[at]);
  const object = pool.acquire();
  object.id = i;
  held[at] = object;
}`;

/** @param {string} body @returns {Loop} */
function loopOf(body) {
  return /** @type {Loop} */ (
    /** @type {unknown} */ (ownFunction(['pool', 'count', 'held', 'seed'], body))
  );
}

const heap = Heap.create();
const sizes = { capacity: 2 * HELD_COUNT };
const makers = {
  thread: () => heap.pool(Particle, { ...sizes, sharing: 'thread' }),
  shared: () => heap.pool(Particle, { ...sizes, sharing: 'shared' }),
  'object pool': () => ObjectPool.of(() => new Plain(), sizes),
  list: () => new ListPool(),
  new: () => new NoPool(),
};

const subjects = Object.entries(makers).flatMap(([name, make]) =>
  Object.entries({ pair: PAIR, churn: CHURN }).map(([workload, body]) => {
    const pool = /** @type {AnyPool} */ (/** @type {unknown} */ (make()));
    const held =
      workload === 'pair' ? [] : Array.from({ length: HELD_COUNT }, () => pool.acquire());
    return { name, workload, pool, held, loop: loopOf(body), ns: /** @type {number[]} */ ([]) };
  }),
);

/** (module (func (export "f"))) */
const EMPTY_MODULE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 4, 1, 2, 0,
  11,
];
const empty = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(EMPTY_MODULE)))
  .exports.f;
const callLoop = /** @type {(f: unknown, count: number) => void} */ (
  new Function('f', 'count', 'for (let i = 0; i < count; i++) f();')
);
/** @type {number[]} */
const callNs = [];

/** @param {() => void} run @returns {number} ns per operation */
function each(run) {
  return (time(run) * 1e6) / operations;
}

for (let round = 0; round < rounds + 2; round++) {
  const isCounted = round >= 2; // the first rounds warm up
  const call = each(() => callLoop(empty, operations));
  if (isCounted) callNs.push(call);
  for (const { pool, held, loop, ns } of subjects) {
    const one = each(() => loop(pool, operations, held, SEED + round));
    if (isCounted) ns.push(one);
  }
}

const contended = await measureContended();
const garbage = await measureGarbage();
report();

/** One other thread does the same in the same pool. */
async function measureContended() {
  const pool = heap.pool(Particle, sizes);
  const stop = heap.calloc(8);
  const loop = loopOf(PAIR);
  const shared = /** @type {AnyPool} */ (/** @type {unknown} */ (pool));
  loop(shared, operations, [], SEED);
  const worker = new Worker(new URL('./support/pool-worker.js', import.meta.url), {
    workerData: { heap: heap.descriptor, pool: pool.descriptor, stop },
  });
  heap.watch(worker);
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  await new Promise((resolve) => worker.once('message', resolve));
  /** @type {number[]} */
  const ns = [];
  for (let round = 0; round < rounds + 2; round++) {
    const one = each(() => loop(shared, operations, [], SEED));
    if (round >= 2) ns.push(one);
  }
  const other = new Promise((resolve) => worker.once('message', resolve));
  Atomics.store(heap.memory.root.i32, stop >>> 2, 1);
  const { count, ms } = /** @type {{ count: number, ms: number }} */ (await other);
  await ended;
  return { ns, otherNs: (ms * 1e6) / count };
}

/** Bytes and time of the collector in the steady state. */
async function measureGarbage() {
  /** @type {Record<string, { bytes: number, milliseconds: number, collections: number }>} */
  const results = {};
  let milliseconds = 0;
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      milliseconds += duration;
      collections++;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
  for (const { name, pool, loop } of subjects.filter(({ workload }) => workload === 'pair')) {
    collect();
    await settle();
    milliseconds = 0;
    collections = 0;
    const before = process.memoryUsage().heapUsed;
    loop(pool, 1_000_000, [], SEED);
    const bytes = process.memoryUsage().heapUsed - before;
    loop(pool, 20_000_000, [], SEED);
    await settle();
    results[name] = { bytes, milliseconds, collections };
  }
  observer.disconnect();
  return results;
}

function report() {
  const unit = calm(callNs);
  const results = subjects.map(({ name, workload, ns }) => ({
    name,
    workload,
    ns: calm(ns),
    spread: spread(ns),
    calls: calm(ns) / unit,
  }));
  const alone = results.find(({ name, workload }) => name === 'shared' && workload === 'pair');
  const twoThreads = calm(contended.ns);
  console.log(`${availableParallelism()} cores, ${rounds} rounds of ${operations} operations`);
  console.log(`empty call into wasm: ${unit.toFixed(2)} ns (spread ${percent(spread(callNs))})\n`);
  console.log('             pair ns   in calls  spread   churn ns  in calls  spread');
  for (const name of Object.keys(makers)) {
    const cells = results
      .filter((result) => result.name === name)
      .map(
        ({ ns, calls, spread: share }) =>
          `${ns.toFixed(1).padStart(8)} ${calls.toFixed(1).padStart(9)}x ${percent(share).padStart(7)}`,
      );
    console.log(`${name.padEnd(12)}${cells.join('  ')}`);
  }
  console.log(
    `\nshared, 2 threads: ${twoThreads.toFixed(1)} ns, ${(twoThreads / (alone?.ns ?? 1)).toFixed(1)}x one thread ` +
      `(target: at most 3x); the other thread ${contended.otherNs.toFixed(1)} ns`,
  );
  console.log('\n             bytes in 1 M uses   gc ms in 21 M uses   collections');
  for (const [name, { bytes, milliseconds, collections }] of Object.entries(garbage)) {
    console.log(
      `${name.padEnd(12)}${String(bytes).padStart(17)} ${milliseconds.toFixed(2).padStart(20)} ${String(collections).padStart(13)}`,
    );
  }
  writeResults(json, { rounds, operations, unit, results, contended, garbage });
}
