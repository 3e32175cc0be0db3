/**
 * Handing 100 000 structs to a worker that reads each, against postMessage of as many plain objects. And
 * releasing an arena with a million objects.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import { struct, t } from '../../js/index.js';
import { calm, median, randomOf, spread } from './rounds.js';

/** @typedef {import('../../js/index.js').Heap} Heap */

const STRUCT_COUNT = 100_000;
const ARENA_OBJECTS = 1_000_000;

class Item extends struct('BenchItem', { x: t.f64, y: t.f64, id: t.i32 }) {}

/**
 * Milliseconds from handing over to the sum that comes back.
 *
 * @param {Heap} heap
 * @param {number} rounds
 * @param {number} seed
 */
export async function measureHandoff(heap, rounds, seed) {
  const random = randomOf(seed);
  const pool = heap.pool(Item, { capacity: STRUCT_COUNT });
  const list = heap.alloc(4 * STRUCT_COUNT);
  const listBytes = heap.bytes(list, 4 * STRUCT_COUNT);
  const addresses = new Uint32Array(listBytes.buffer, list, STRUCT_COUNT);
  const objects = Array.from({ length: STRUCT_COUNT }, (_, i) => {
    const values = { x: (random() >>> 8) / 256, y: (random() >>> 8) / 256, id: i };
    const view = Object.assign(pool.acquire(), values);
    addresses[i] = view.address;
    return values;
  });
  let expected = 0;
  for (const { x, y, id } of objects) expected += x + y + id;
  const worker = new Worker(new URL('./view-worker.js', import.meta.url), {
    workerData: { heap: heap.descriptor, pool: pool.descriptor },
  });
  heap.watch(worker);
  const messages = {
    postMessage: { way: 'objects', objects },
    'shared, Type.get': { way: 'addresses', list, count: STRUCT_COUNT },
    'shared, pool.cursor': { way: 'cursor' },
  };
  /** @type {Record<string, number[]>} */
  const samples = Object.fromEntries(Object.keys(messages).map((name) => [name, []]));
  await answerOf(worker);
  for (let round = 0; round < rounds + 3; round++) {
    for (const [name, message] of Object.entries(messages)) {
      const start = performance.now();
      worker.postMessage(message);
      const sum = await answerOf(worker);
      if (round >= 3) samples[name].push(performance.now() - start);
      if (sum !== expected) throw new Error(`${name}: the worker read ${sum}, not ${expected}`);
    }
  }
  worker.postMessage({ way: 'end' });
  await new Promise((resolve) => worker.once('exit', resolve));
  heap.free(list);
  return Object.entries(samples).map(([name, ms]) => ({
    name,
    ms: calm(ms),
    spread: spread(ms),
    faster: calm(samples.postMessage) / calm(ms),
  }));
}

/** @param {Worker} worker @returns {Promise<unknown>} */
function answerOf(worker) {
  return new Promise((resolve, reject) => {
    const fail = (/** @type {unknown} */ error) => reject(error);
    worker.once('error', fail);
    worker.once('message', (answer) => {
      worker.off('error', fail);
      resolve(answer);
    });
  });
}

/**
 * Microseconds to leave an arena with a million objects: in all, and the core's part of it.
 *
 * Making a million objects throws everything else out of the processor's caches, the code of the exit
 * included. `warm` is the same exit right after that of a small arena; `one` an arena with one object.
 *
 * @param {Heap} heap
 * @param {number} rounds
 */
export function measureRelease(heap, rounds) {
  const { core } = heap;
  const arenaClose = core.arenaClose;
  let coreUs = 0;
  core.arenaClose = (...args) => {
    const start = performance.now();
    arenaClose.apply(core, args);
    coreUs = (performance.now() - start) * 1000;
  };
  const leave = (/** @type {number} */ count, /** @type {boolean} */ isWarm) => {
    const arena = heap.arena(Item);
    for (let i = 0; i < count; i++) new Item();
    if (isWarm) heap.arena(Item).run(() => void new Item());
    const start = performance.now();
    arena.close();
    return { total: (performance.now() - start) * 1000, core: coreUs };
  };
  const variants = {
    cold: () => leave(ARENA_OBJECTS, false),
    warm: () => leave(ARENA_OBJECTS, true),
    one: () => leave(1, true),
  };
  /** @type {Record<string, { total: number, core: number }[]>} */
  const samples = { cold: [], warm: [], one: [] };
  try {
    for (let round = 0; round < rounds + 2; round++) {
      for (const [name, run] of Object.entries(variants)) {
        const sample = run();
        if (round >= 2) samples[name].push(sample);
      }
    }
  } finally {
    core.arenaClose = arenaClose;
  }
  return Object.entries(samples).map(([name, list]) => {
    const totals = list.map(({ total }) => total);
    const cores = list.map(({ core: part }) => part);
    return {
      name,
      totalUs: median(totals),
      leastUs: Math.min(...totals),
      coreUs: median(cores),
      spread: spread(totals),
    };
  });
}
