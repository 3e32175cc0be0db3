/**
 * Channels against what one would use instead, in one process run.
 *
 *   node bench/channel.bench.js [--quick] [--rounds n] [--json path]
 *
 * hand-off     one message goes to a worker that sleeps, one comes back: half of the round trip
 *
 *   bare       two words: Atomics.store, notify, wait. What no channel can beat
 *   numbers    two channels of capacity 1, send and receive that block
 *   objects    the same with an object of a pool, whose owner changes each way
 *   post       postMessage of a number, each way
 *
 * throughput   a worker sends numbers as fast as it can, this thread takes them
 *
 *   numbers    a channel of capacity 1024
 *   objects    the same with objects of a pool, acquired there and released here
 *   post       postMessage of each number
 *   post 100   postMessage of arrays of 100 numbers
 *
 * The rounds visit all subjects in turn. The median of all rounds counts; beside it stands half the distance of
 * the quartiles.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Heap } from '../js/index.js';
import { Task } from './support/channel-task.js';
import { readOptions, writeResults } from './support/options.js';
import { median, percent, spread, time } from './support/rounds.js';

const { quick, rounds, json } = readOptions('channel', { quick: 3, full: 15 });
const trips = quick ? 2000 : 10_000;
const messages = quick ? 20_000 : 200_000;
const TARGET = 1.2;

const heap = Heap.create();
const pool = heap.pool(Task, { capacity: 2048 });
const there = heap.channel({ capacity: 1, of: 'u32' });
const back = heap.channel({ capacity: 1, of: 'u32' });
const objectsThere = heap.channel({ capacity: 1, of: pool });
const objectsBack = heap.channel({ capacity: 1, of: pool });
const stream = heap.channel({ capacity: 1024, of: 'u32' });
const objectStream = heap.channel({ capacity: 1024, of: pool });
const words = heap.calloc(256) >>> 2;
const { i32 } = heap.memory.root;

const worker = new Worker(new URL('./support/channel-worker.js', import.meta.url), {
  workerData: {
    heap: heap.descriptor,
    pool: pool.descriptor,
    channels: [there, back, objectsThere, objectsBack, stream, objectStream].map(
      ({ descriptor }) => descriptor,
    ),
    words,
  },
});
heap.watch(worker);

/** @type {(message: unknown) => void} */
let onMessage = () => {};
worker.on('message', (message) => onMessage(message));
await new Promise((resolve) => {
  onMessage = resolve;
});

/** @param {string} command @param {number} count of what the worker shall do */
function order(command, count) {
  worker.postMessage({ command, count });
}

/** @param {number} count @returns {Promise<void>} when so many numbers came by postMessage */
function posted(count) {
  return new Promise((resolve) => {
    let left = count;
    onMessage = (message) => {
      left -= Array.isArray(message) ? message.length : 1;
      if (left === 0) resolve();
    };
  });
}

/** Before a subject is timed the worker has begun: its first message says so. @type {Record<string, () => Promise<number> | number>} */
const handOff = {
  bare() {
    const trip = (/** @type {number} */ i) => {
      Atomics.store(i32, words, i);
      Atomics.notify(i32, words);
      Atomics.wait(i32, words + 32, i - 1);
    };
    Atomics.store(i32, words, 0);
    Atomics.store(i32, words + 32, 0);
    order('bare', trips + 1);
    trip(1);
    return time(() => {
      for (let i = 2; i <= trips + 1; i++) trip(i);
    });
  },
  numbers() {
    order('numbers', trips + 1);
    const trip = (/** @type {number} */ i) => {
      there.send(i);
      if (back.receive() !== i) throw new Error('another message came back');
    };
    trip(0);
    return time(() => {
      for (let i = 0; i < trips; i++) trip(i);
    });
  },
  objects() {
    order('objects', trips + 1);
    let object = pool.acquire();
    const trip = () => {
      objectsThere.send(object);
      object = objectsBack.receive();
    };
    trip();
    const ms = time(() => {
      for (let i = 0; i < trips; i++) trip();
    });
    pool.release(object);
    return ms;
  },
  async post() {
    order('post', trips + 1);
    const trip = (/** @type {number} */ i) => {
      const came = posted(1);
      worker.postMessage(i);
      return came;
    };
    await trip(0);
    const start = performance.now();
    for (let i = 0; i < trips; i++) await trip(i);
    return performance.now() - start;
  },
};

/** @type {Record<string, () => Promise<number> | number>} */
const throughput = {
  numbers() {
    order('stream', messages + 1);
    stream.receive();
    return time(() => {
      for (let i = 0; i < messages; i++) stream.receive();
    });
  },
  objects() {
    order('objectStream', messages + 1);
    pool.release(objectStream.receive());
    return time(() => {
      for (let i = 0; i < messages; i++) pool.release(objectStream.receive());
    });
  },
  async post() {
    const first = posted(1);
    order('postAll', messages + 1);
    await first;
    const start = performance.now();
    await posted(messages);
    return performance.now() - start;
  },
  async 'post 100'() {
    const first = posted(100);
    order('postHundreds', messages + 100);
    await first;
    const start = performance.now();
    await posted(messages);
    return performance.now() - start;
  },
};

/** @type {Record<string, Record<string, number[]>>} */
const ns = { 'hand-off': {}, throughput: {} };
const cases = /** @type {const} */ ([
  ['hand-off', handOff, 2 * trips],
  ['throughput', throughput, messages],
]);
for (let round = -2; round < rounds; round++) {
  for (const [workload, subjects, count] of cases) {
    for (const [name, run] of Object.entries(subjects)) {
      const each = ((await run()) * 1e6) / count;
      ns[workload][name] ??= [];
      if (round >= 0) ns[workload][name].push(each); // the first rounds warm up
    }
  }
}
report();
await worker.terminate();

function report() {
  console.log(
    `${availableParallelism()} cores, ${rounds} rounds of ${trips} round trips, ${messages} messages`,
  );
  /** @type {Record<string, Record<string, number>>} */
  const medians = {};
  for (const [workload, subjects] of Object.entries(ns)) {
    const reference = median(Object.values(subjects)[0]);
    console.log(`\n${workload.padEnd(12)}        ns   ratio  spread`);
    medians[workload] = {};
    for (const [name, samples] of Object.entries(subjects)) {
      const each = median(samples);
      medians[workload][name] = each;
      console.log(
        `${name.padEnd(12)}${each.toFixed(0).padStart(10)} ${(each / reference).toFixed(2).padStart(6)}x ` +
          `${percent(spread(samples, each)).padStart(7)}`,
      );
    }
  }
  const { bare, numbers } = medians['hand-off'];
  const is = numbers / bare <= TARGET ? 'met' : 'MISSED';
  console.log(
    `\ntarget hand-off of a number: at most ${TARGET}x the bare one, measured ${(numbers / bare).toFixed(2)}x: ${is}`,
  );
  writeResults(json, { rounds, trips, messages, medians, ns });
}
