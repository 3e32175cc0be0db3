/**
 * Works on pools of another thread: workerData is {heap, pool?}. Runs commands as heap.worker.js does.
 *
 * @module
 */
import { workerData } from 'node:worker_threads';
import { Pool } from '../../js/index.js';
import { serve } from './commands.js';
import { enter } from './enter.js';
import { Item } from './pools.js';
import { randomFrom } from './random.js';

const heap = await enter(workerData.heap);
/** @type {Pool<Item>} */
const pool = workerData.pool
  ? Pool.attach(heap, workerData.pool)
  : heap.pool(Item, { capacity: 5, sharing: 'thread' });
/** @type {Item[]} */
const held = [];

/** @param {() => unknown} run */
function codeOf(run) {
  try {
    run();
    return 'OK';
  } catch (error) {
    return /** @type {{ code: string }} */ (error).code;
  }
}

/** @param {number} gate address of the number of threads that have yet to come */
function passGate(gate) {
  heap.memory.ensure(gate + 4);
  const { i32 } = heap.memory.root;
  Atomics.sub(i32, gate >>> 2, 1);
  while (Atomics.load(i32, gate >>> 2) > 0);
}

const commands = {
  thread: () => heap.thread,

  /** Takes as many as it gets. @param {number} count @returns {number[]} their addresses */
  take(count) {
    for (let i = 0; i < count; i++) {
      const code = codeOf(() => held.push(pool.acquire()));
      if (code === 'EMPTY') break;
      if (code !== 'OK') throw new Error(code);
    }
    return held.map((item) => item.address);
  },

  /** All workers begin at the same time. @param {number} count @param {number} gate address */
  race(count, gate) {
    passGate(gate);
    return commands.take(count);
  },

  /** @param {string} text */
  takeAndWrite(text) {
    const item = pool.acquire();
    item.text = text;
    item.id = 77;
    held.push(item);
    return pool.handle(item);
  },

  /** @param {number} handle */
  readHandle(handle) {
    return pool.at(handle).id;
  },

  /** @param {number} handle */
  releaseHandle(handle) {
    return codeOf(() => pool.release(pool.at(handle)));
  },

  drop() {
    pool.releaseMany(held.splice(0));
  },

  /** @param {number} rounds */
  churn(rounds) {
    for (let i = 0; i < rounds; i++) {
      const item = pool.acquireWait(20_000);
      if (item.id !== 0) throw new Error(`someone else uses it: ${item.id}`);
      item.id = heap.thread.number;
      if (item.id !== heap.thread.number) throw new Error('someone else writes it');
      item.id = 0;
      pool.release(item);
    }
    return rounds;
  },

  /** @param {number} timeout */
  wait(timeout) {
    return codeOf(() => held.push(pool.acquireWait(timeout)));
  },

  /** @param {number} count @param {number} milliseconds */
  async tasks(count, milliseconds) {
    let served = 0;
    await Promise.all(
      Array.from({ length: count }, async () => {
        const item = await pool.acquireAsync({ timeout: 20_000 });
        await new Promise((resolve) => setTimeout(resolve, milliseconds));
        pool.release(item);
        served++;
      }),
    );
    return served;
  },

  /** Acquires and releases at random. @param {number} seed @param {number} steps @param {number} most */
  history(seed, steps, most) {
    const random = randomFrom(seed);
    let acquired = 0;
    for (let i = 0; i < steps; i++) {
      if (random(2) === 0 && held.length < most) {
        const item = pool._tryAcquire();
        if (item === null) continue;
        if (item.id !== 0) throw new Error(`someone else uses it: ${item.id}`);
        item.id = heap.thread.number;
        held.push(item);
        acquired++;
      } else if (held.length > 0) {
        const [item] = held.splice(random(held.length), 1);
        if (item.id !== heap.thread.number) throw new Error(`written by ${item.id}`);
        item.id = 0;
        pool.release(item);
      }
    }
    return { acquired, held: held.length };
  },

  /**
   * Acquires and releases at random and tells when, for checkHistory.
   *
   * @param {import('../../js/lifetime/pool-parts.js').PoolDescriptor} descriptor
   * @param {number} seed
   * @param {number} steps
   * @param {number} most
   * @param {number} words address of the gate and the tickets
   */
  record(descriptor, seed, steps, most, words) {
    const own = /** @type {Pool<Item>} */ (Pool.attach(heap, descriptor));
    const random = randomFrom(seed);
    const { i32 } = heap.memory.root;
    const ticket = () => Atomics.add(i32, (words + 4) >>> 2, 1) + 1;
    /** @type {import('./pool-history.js').Call[]} */
    const calls = [];
    /** @type {{ item: Item, handle: number }[]} */
    const mine = [];
    const release = () => {
      const [{ item, handle }] = mine.splice(random(mine.length), 1);
      const began = ticket();
      own.release(item);
      calls.push({ kind: 'release', began, ended: ticket(), handle });
    };
    passGate(words);
    for (let i = 0; i < steps; i++) {
      // Sleeps with what it holds, so that the others meet it on any machine. Nobody notifies.
      if (random(40) === 0) Atomics.wait(i32, words >>> 2, 0, 1);
      if (mine.length > 0 && (mine.length >= most || random(2) === 0)) {
        release();
        continue;
      }
      const began = ticket();
      const item = own._tryAcquire();
      const ended = ticket();
      const handle = item === null ? -1 : own.handle(item);
      calls.push({ kind: item === null ? 'empty' : 'acquire', began, ended, handle });
      if (item !== null) mine.push({ item, handle });
    }
    while (mine.length > 0) release();
    own.detach();
    return calls;
  },

  close: () => codeOf(() => pool.close()),
  detachPool: () => codeOf(() => pool.detach()),
  acquire: () => codeOf(() => held.push(pool.acquire())),
  exit: () => process.exit(),
};

serve(commands);
