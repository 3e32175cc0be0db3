/**
 * What a user's program does with the package, in any runtime that has worker_threads. Imported from the
 * installed package by name. Prints one line of JSON.
 *
 *   node program.mjs
 *
 * @module
 */
import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { capabilities, Heap, Pool, QbError } from 'qbwasm';
import { Node, Particle } from './types.mjs';

const WORKERS = 2;
const ROUNDS = 500;
/** Whether this runtime tells when a worker has really stopped. */
const isProofThere = capabilities().workerExit;

const heap = Heap.create({ maximum: 64 * 2 ** 20 });
const counter = new Particle({ x: 0.5, name: 'zähler' });
heap.roots.set('counter', counter.address);
const pool = heap.pool(Particle, { capacity: 8, sharing: 'shared' });

// An arena, released in one step; its views throw afterwards.
/** @type {(Node | null)[]} */
const kept = [];
const sum = heap.arena(Node).run(() => {
  /** @type {Node | null} */
  let first = null;
  for (let i = 0; i < 100; i++) first = new Node({ value: i, next: first });
  kept.push(first);
  let total = 0;
  for (let node = /** @type {Node | null} */ (first); node !== null; node = node.next)
    total += node.value;
  return total;
});
assert.equal(sum, 4950);
assert.throws(
  () => kept[0]?.value,
  (error) => error instanceof QbError && error.code === 'CLOSED',
);

const workers = Array.from({ length: WORKERS }, () => {
  const worker = new Worker(new URL('./program.worker.mjs', import.meta.url), {
    workerData: { heap: heap.descriptor, pool: pool.descriptor, rounds: ROUNDS },
  });
  if (isProofThere) heap.watch(worker);
  const answer = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { worker, answer };
});
const answers = await Promise.all(workers.map(({ answer }) => answer));
assert.deepEqual(answers, new Array(WORKERS).fill('zähler'));
assert.equal(Particle.atomic.hits.load(counter), WORKERS * ROUNDS);

// Each worker still holds an object. When it ends, that comes back.
assert.equal(pool.inUse, WORKERS);
await Promise.all(workers.map(({ worker }) => worker.terminate()));
if (isProofThere) {
  for (let i = 0; i < 500 && pool.inUse > 0; i++) await new Promise((r) => setTimeout(r, 10));
} else {
  for (const { number, self } of heap.threads()) if (!self) heap.reap(number);
}
assert.equal(pool.inUse, 0);
assert.ok(Pool.attach(heap, pool.descriptor) !== null);
assert.equal(heap.check().length, 0);
pool.close();
heap.close();
console.log(
  JSON.stringify({ sum, hits: WORKERS * ROUNDS, reaped: isProofThere ? 'by watch' : 'by hand' }),
);
process.exit(0);
