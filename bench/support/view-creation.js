/**
 * Making objects: `new` and the garbage collector, an arena, a pool, the heap. What a use leaves behind for
 * the collector, and how long that keeps it busy.
 *
 * @module
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { struct, t } from '../../js/index.js';
import { race } from './rounds.js';
import { ownFunction } from './view-code.js';

/** @typedef {import('../../js/index.js').Heap} Heap */

class Particle extends struct('BenchParticle', { x: t.f64, y: t.f64, id: t.i32 }) {}

class Plain {
  x = 0.5;
  y = 0.5;
  id = 0;
}

const OBJECT_COUNT = 8000;
/** Objects that are alive at any time while the collector is watched. */
const HELD_COUNT = 10_000;
/** Few enough that what `new` leaves behind fits into the young generation, and is still there to be counted. */
const USE_COUNT = 100_000;

const SET = 'object.x = i * 0.5; object.y = i * 0.25; object.id = i;';
const REPLACE = `seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  const at = (seed >>> 8) % held.length;`;

/**
 * Each text is a loop of its own. @param {string} parameters @param {string} body
 * @returns {(...args: unknown[]) => number}
 */
function loopOf(parameters, body) {
  return ownFunction(parameters.split(' '), `${body} return 0;`);
}

/**
 * Nanoseconds to make an object, set three fields and be rid of it.
 *
 * @param {Heap} heap
 * @param {number} rounds
 */
export function measureCreation(heap, rounds) {
  const pool = heap.pool(Particle, { capacity: 16 });
  const ring = new Array(1024).fill(null);
  const count = OBJECT_COUNT;
  const each = 'for (let i = 0; i < count; i++)';
  const plain = loopOf(
    'Type ring count',
    `${each} { const object = new Type(); ${SET} ring[i & 1023] = object; }`,
  );
  const made = loopOf('Type count', `${each} { const object = new Type(); ${SET} }`);
  const freed = loopOf(
    'Type count',
    `${each} { const object = new Type(); ${SET} Type.free(object); }`,
  );
  const pooled = loopOf(
    'pool count',
    `${each} { const object = pool.acquire(); ${SET} pool.release(object); }`,
  );
  return race(
    [
      { name: 'new, garbage', run: () => plain(Plain, ring, count), count },
      { name: 'arena', run: () => heap.arena(Particle).run(() => made(Particle, count)), count },
      { name: 'pool', run: () => pooled(pool, count), count },
      { name: 'heap, free', run: () => freed(Particle, count), count },
    ],
    rounds,
  );
}

/**
 * Bytes of JS garbage of each use, and the time of the collector while objects are replaced at random.
 *
 * @param {Heap} heap
 * @param {number} seed
 * @param {number} replacements
 * @returns {Promise<{ skipped: string } | { bytes: Record<string, number>, gc: Record<string, Collected> }>}
 */
export async function measureGarbage(heap, seed, replacements) {
  const { supportedEntryTypes: observable } =
    /** @type {{ supportedEntryTypes: readonly string[] }} */ (
      /** @type {unknown} */ (PerformanceObserver)
    );
  if (!observable.includes('gc')) {
    return { skipped: "perf_hooks of this runtime has no 'gc' entries" };
  }
  setFlagsFromString('--expose-gc');
  const collect = /** @type {() => void} */ (runInNewContext('gc'));
  const pool = heap.pool(Particle, { capacity: HELD_COUNT + 16 });
  const thread = heap.pool(Particle, { capacity: 16, sharing: 'thread' });
  const bytes = {
    'new, garbage': bytesOfUse(collect, makerOf(Plain)),
    'shared pool': bytesOfUse(collect, pool),
    'thread pool': bytesOfUse(collect, thread),
  };
  const gc = {
    'new, garbage': await collectorTime(collect, () => {
      const held = Array.from({ length: HELD_COUNT }, () => new Plain());
      return () => replaceNew(Plain, held, replacements, seed);
    }),
    'shared pool': await collectorTime(collect, () => {
      const held = Array.from({ length: HELD_COUNT }, () => pool.acquire());
      return () => replacePooled(pool, held, replacements, seed);
    }),
  };
  return { bytes, gc };
}

/** @typedef {{ milliseconds: number, collections: number, totalMs: number }} Collected */

const USE = `for (let i = 0; i < ${USE_COUNT}; i++) {
  const object = pool.acquire(); ${SET} pool.release(object);
}`;
const replaceNew = loopOf(
  'Type held count seed',
  `for (let i = 0; i < count; i++) {
    ${REPLACE}
    const object = new Type(); ${SET}
    held[at] = object;
  }`,
);
const replacePooled = loopOf(
  'pool held count seed',
  `for (let i = 0; i < count; i++) {
    ${REPLACE}
    pool.release(held[at]);
    const object = pool.acquire(); ${SET}
    held[at] = object;
  }`,
);

/** The interface of a pool over `new`. The last objects stay reachable, so that each is really made. */
function makerOf(/** @type {typeof Plain} */ Type) {
  const ring = new Array(1024).fill(null);
  let at = 0;
  return {
    acquire: () => {
      const object = new Type();
      ring[at++ & 1023] = object;
      return object;
    },
    release: () => {},
  };
}

/**
 * The least of several runs: what else happens in the process can only add to it.
 *
 * @param {() => void} collect
 * @param {object} pool
 */
function bytesOfUse(collect, pool) {
  const run = loopOf('pool', USE);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 5; i++) run(pool); // warm
    collect();
    const before = process.memoryUsage().heapUsed;
    run(pool);
    least = Math.min(least, process.memoryUsage().heapUsed - before);
  }
  return least / USE_COUNT;
}

/**
 * @param {() => void} collect
 * @param {() => () => number} prepare
 * @returns {Promise<Collected>}
 */
async function collectorTime(collect, prepare) {
  const run = prepare();
  run();
  collect();
  const settle = () => new Promise((resolve) => setTimeout(resolve, 50));
  await settle();
  let milliseconds = 0;
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      milliseconds += duration;
      collections++;
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const start = performance.now();
  run();
  const totalMs = performance.now() - start;
  await settle();
  observer.disconnect();
  return { milliseconds, collections, totalMs };
}
