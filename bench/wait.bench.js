/**
 * Locks against what one would use instead, in one process run.
 *
 *   node bench/wait.bench.js [--quick] [--rounds n] [--json path]
 *
 * alone      lock and release a mutex, acquire and release a permit, that nobody else wants
 *
 *   call     an empty call from JS into wasm: the unit
 *   bare     Atomics.compareExchange 0 -> 1, Atomics.compareExchange 1 -> 0: a lock that does not know its holder
 *            and wakes nobody
 *   try      tryLock and release;  run: the scope
 *
 * contended  the same while a worker does the same
 * wake-up    a worker sleeps, is woken, and wakes this thread: half of the round trip
 *
 *   bare     two words: Atomics.store, notify, wait
 *   condition  a turn under a mutex, waitFor and notifyAll
 *
 * The rounds visit all subjects in turn. The median of all rounds counts; beside it stands half the distance of
 * the quartiles. Each subject has a copy of the loop of its own (new Function).
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Heap } from '../js/index.js';
import { readOptions, writeResults } from './support/options.js';
import { median, percent, spread, time } from './support/rounds.js';

const { quick, rounds, json } = readOptions('wait', { quick: 3, full: 15 });
const operations = quick ? 50_000 : 300_000;
const trips = quick ? 2000 : 10_000;

const heap = Heap.create();
const mutex = heap.mutex();
const semaphore = heap.semaphore(4);
const shared = heap.mutex();
const turn = heap.condition();
const words = heap.calloc(512) >>> 2;
const { i32 } = heap.memory.root;

/** (module (func (export "f"))) */
const EMPTY_MODULE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 4, 1, 2, 0,
  11,
];
const empty = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(EMPTY_MODULE)))
  .exports.f;

/** @type {Record<string, [body: string, subject: unknown]>} */
const LOOPS = {
  call: ['on();', empty],
  bare: [
    `Atomics.compareExchange(on.i32, on.at, 0, 1);
     Atomics.compareExchange(on.i32, on.at, 1, 0);`,
    { i32, at: words + 112 },
  ],
  'mutex: lock': ['on.lock().release();', mutex],
  'mutex: try': ['on.tryLock().release();', mutex],
  'mutex: run': ['on.run(() => i);', mutex],
  semaphore: ['on.acquire().release();', semaphore],
};
const alone = Object.entries(LOOPS).map(([name, [body, on]]) => ({
  name,
  on,
  loop: /** @type {(on: unknown, count: number) => void} */ (
    new Function('on', 'count', `for (let i = 0; i < count; i++) { ${body} }`)
  ),
  ns: /** @type {number[]} */ ([]),
}));
const lockShared =
  /** @type {(mutex: unknown, i32: Int32Array, at: number, count: number) => void} */ (
    new Function(
      'mutex, i32, at, count',
      'for (let i = 0; i < count; i++) { const guard = mutex.lock(); i32[at]++; guard.release(); }',
    )
  );

const worker = new Worker(new URL('./support/wait-worker.js', import.meta.url), {
  workerData: {
    heap: heap.descriptor,
    mutex: shared.descriptor,
    condition: turn.descriptor,
    words,
  },
});
heap.watch(worker);
/** @type {string[]} */
const said = [];
/** @type {() => void} */
let onSaid = () => {};
worker.on('message', (text) => {
  said.push(text);
  onSaid();
});

/** @param {string} text */
async function until(text) {
  while (!said.includes(text)) await new Promise((resolve) => (onSaid = () => resolve(null)));
  said.splice(said.indexOf(text), 1);
}

/** @param {string} command @param {number} count */
async function order(command, count) {
  worker.postMessage({ command, count });
  await until('begun');
}

/** @type {Record<string, () => Promise<number>>} each: ms */
const together = {
  async contended() {
    i32[words + 64] = 0;
    i32[words + 96] = 0;
    await order('lock', 0);
    const ms = time(() => lockShared(shared, i32, words + 96, operations));
    Atomics.store(i32, words + 64, 1);
    await until('ended');
    theirs.push(i32[words + 96] - operations);
    return (ms * 1e6) / operations;
  },
  async bare() {
    Atomics.store(i32, words, 0);
    Atomics.store(i32, words + 32, 0);
    await order('bare', trips);
    const ms = time(() => {
      for (let i = 1; i <= trips; i++) {
        Atomics.store(i32, words, i);
        Atomics.notify(i32, words);
        Atomics.wait(i32, words + 32, i - 1);
      }
    });
    await until('ended');
    return (ms * 1e6) / trips / 2;
  },
  async condition() {
    i32[words] = 0;
    await order('condition', trips);
    const ms = time(() => {
      for (let i = 0; i < trips; i++) {
        const guard = shared.lock();
        i32[words] = 1;
        turn.notifyAll();
        turn.waitFor(guard, () => i32[words] === 0);
        guard.release();
      }
    });
    await until('ended');
    return (ms * 1e6) / trips / 2;
  },
};
/** What the worker counted while this thread did its operations. @type {number[]} */
const theirs = [];
/** @type {Record<string, number[]>} */
const ns = Object.fromEntries(Object.keys(together).map((name) => [name, []]));

await until('ready');
for (let round = -2; round < rounds; round++) {
  for (const subject of alone) {
    const each = (time(() => subject.loop(subject.on, operations)) * 1e6) / operations;
    if (round >= 0) subject.ns.push(each);
  }
  for (const [name, run] of Object.entries(together)) {
    const each = await run();
    if (round >= 0) ns[name].push(each);
  }
}
await worker.terminate();
report();

/** @param {number[]} samples their spread */
function shareOf(samples) {
  return percent(spread(samples, median(samples)));
}

function report() {
  const unit = median(alone[0].ns);
  const bare = median(alone[1].ns);
  console.log(`${availableParallelism()} cores, ${rounds} rounds of ${operations} operations`);
  console.log('\nalone            ns   calls   bare pairs   spread');
  for (const { name, ns: samples } of alone) {
    const each = median(samples);
    console.log(
      `${name.padEnd(12)} ${each.toFixed(1).padStart(6)} ${(each / unit).toFixed(1).padStart(6)}x ` +
        `${(each / bare).toFixed(2).padStart(11)}x ${shareOf(samples).padStart(7)}`,
    );
  }
  const lock = median(alone[2].ns);
  const both = median(ns.contended);
  const share = median(theirs) / operations;
  console.log(
    `\ncontended by 2 threads: ${both.toFixed(0)} ns (spread ${shareOf(ns.contended)}), ` +
      `${(both / lock).toFixed(1)}x alone; meanwhile the other one did ${share.toFixed(2)}x as many`,
  );
  console.log(`of both together: ${(both / (1 + share)).toFixed(0)} ns for each`);
  const [woken, twin] = [median(ns.condition), median(ns.bare)];
  console.log(
    `\nwake-up: condition ${(woken / 1000).toFixed(2)} us (spread ${shareOf(ns.condition)}), bare ` +
      `${(twin / 1000).toFixed(2)} us (spread ${shareOf(ns.bare)}): ${(woken / twin).toFixed(2)}x`,
  );
  writeResults(json, {
    rounds,
    operations,
    trips,
    alone: alone.map(({ name, ns: samples }) => ({
      name,
      ns: median(samples),
      spread: spread(samples, median(samples)),
    })),
    contended: { ns: both, spread: spread(ns.contended, both), otherShare: share },
    wakeUp: { condition: woken, bare: twin, ratio: woken / twin },
  });
}
