/**
 * Channels that several threads use, and what becomes of the messages of a thread that dies.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { Channel } from '../../js/index.js';
import { expectError, expectSound } from '../support/heap.js';
import { Point } from '../support/pools.js';
import { closeHeaps, openHeap } from '../support/struct.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

/** @typedef {import('../../js/index.js').Heap} Heap */

afterEach(async () => {
  await stopWorkers();
  closeHeaps();
});

const FILE = 'channel.worker.js';

/**
 * @param {Heap} heap
 * @param {number} count
 * @param {{ descriptor: object }[]} channels
 */
async function startOn(heap, count, channels) {
  const descriptors = channels.map(({ descriptor }) => descriptor);
  const workers = await startWorkers(count, { heap: heap.descriptor, channels: descriptors }, FILE);
  for (const { worker } of workers) heap.watch(worker);
  return workers;
}

/** @param {() => boolean} condition */
async function until(condition) {
  for (let i = 0; i < 1000 && !condition(); i++) await new Promise((r) => setTimeout(r, 10));
  expect(condition()).toBe(true);
}

describe('a channel between threads', () => {
  it.each([
    [1, 'consume'],
    [16, 'consume'],
    [16, 'consumeAsync'],
  ])(
    'of capacity %i carries each number once, in the order of its sender (%s)',
    async (capacity, consume) => {
      const heap = openHeap();
      const channel = heap.channel({ capacity, of: 'u32' });
      const workers = await startOn(heap, 4, [channel]);
      const command = /** @type {'consume' | 'consumeAsync'} */ (consume);
      const consumers = workers.slice(2).map((worker) => worker.call(command));
      const count = 3000;
      await Promise.all([0, 1].map((i) => workers[i].call('produce', i * count, count)));
      channel.close();
      const received = await Promise.all(consumers);
      const all = received.flat();
      expect(all.length).toBe(2 * count);
      expect(new Set(all).size).toBe(2 * count);
      for (const numbers of received) {
        for (const isFirst of [true, false]) {
          const ofOne = numbers.filter((number) => number < count === isFirst);
          expect(ofOne).toEqual([...ofOne].sort((a, b) => a - b));
        }
      }
      expectSound(heap);
    },
  );

  it('hands blocks on: a pipeline of three threads', async () => {
    const heap = openHeap();
    const jobs = heap.channel({ capacity: 4, of: 'block' });
    const results = heap.channel({ capacity: 4, of: 'block' });
    const workers = await startOn(heap, 2, [jobs, results]);
    const passed = workers.map((worker) => worker.call('passBlocks'));
    const count = 400;
    let sum = 0;
    const collected = (async () => {
      for (let i = 0; i < count; i++) {
        const address = await results.receiveAsync({ timeout: 20_000 });
        for (const byte of heap.bytes(address, 16)) sum += byte;
        heap.free(address); // it is this thread's
      }
    })();
    for (let i = 0; i < count; i++) await jobs.sendAsync(heap.calloc(16), { timeout: 20_000 });
    jobs.close();
    await collected;
    expect(sum).toBe(count * 16);
    const counts = await Promise.all(passed);
    expect(counts[0] + counts[1]).toBe(count);
    jobs.detach();
    results.dispose();
    expect(heap.stats().blocksLive).toBe(0);
    expectSound(heap);
  });

  it('makes who sends too much, or waits too long, wait or give up', async () => {
    const heap = openHeap();
    const channel = heap.channel({ capacity: 1, of: 'u32' });
    const [worker] = await startOn(heap, 1, [channel]);
    expect(await worker.call('receive', 5)).toBe('TIMEOUT');
    expect(await worker.call('send', 1, 5)).toBe('OK');
    expect(await worker.call('send', 2, 5)).toBe('TIMEOUT');
    const sent = worker.call('send', 2, 20_000);
    expect(channel.receive({ timeout: 20_000 })).toBe(1);
    expect(await sent).toBe('OK');
    expect(channel.receive({ timeout: 20_000 })).toBe(2);
    const received = worker.call('receive', 20_000);
    channel.close();
    expect(await received).toBe('CLOSED');
    expect(await worker.call('send', 2, 5)).toBe('CLOSED');
  });

  it('can be closed by any thread', async () => {
    const heap = openHeap();
    const channel = heap.channel({ capacity: 3, of: 'u32' });
    const [worker] = await startOn(heap, 1, [channel]);
    channel.send(5);
    const waiting = channel
      .receiveAsync()
      .then(() => channel.receiveAsync())
      .catch((error) => error.code);
    expect(await worker.call('close')).toBe('OK');
    expect(await waiting).toBe('CLOSED');
    expectError(() => channel.send(1), 'CLOSED');
  });

  it('lets the receiver own what the sender may not touch any more', async () => {
    const heap = openHeap();
    const channel = heap.channel({ capacity: 3, of: 'block' });
    const [worker] = await startOn(heap, 1, [channel]);
    const [address, again, freed] = await worker.call('sendOwnBlock', 100_000);
    expect([again, freed]).toEqual(['OWNER', 'ADDRESS']);
    await worker.terminate();
    await until(() => heap.threads().length === 1);
    expect(channel.receive()).toBe(address); // its sender’s death does not take it
    expect(heap.usableBytes(address)).toBeGreaterThanOrEqual(100_000);
    heap.free(address);
  });
});

describe('a thread that dies', () => {
  it('at a channel of a pool loses no object', async () => {
    const heap = openHeap();
    const pool = heap.pool(Point, { capacity: 8 });
    const jobs = heap.channel({ capacity: 3, of: pool });
    const results = heap.channel({ capacity: 3, of: pool });
    for (let round = 0; round < 6; round++) {
      const workers = await startOn(heap, 2, [jobs, results]);
      for (const worker of workers) worker.call('passPoints').catch(() => {}); // it is killed
      let received = 0;
      let lost = 0;
      const kill = () => Promise.all(workers.map((worker) => worker.terminate()));
      /** @type {Promise<unknown> | undefined} */
      let killed;
      while (killed === undefined) {
        const point = pool.inUse < 8 ? pool.acquire() : null;
        if (point !== null && !jobs.trySend(point)) pool.release(point);
        const result = results.tryReceive();
        if (result !== undefined) {
          pool.release(result);
          received++;
        }
        if (received === 200 + 37 * round) killed = kill();
        else if (received % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await killed;
      await until(() => heap.threads().length === 1);
      for (const channel of [jobs, results]) {
        for (let point = channel.tryReceive(); point !== undefined; point = channel.tryReceive()) {
          pool.release(point);
          lost++;
        }
        expect(channel.size).toBe(0);
      }
      expect(lost).toBeLessThanOrEqual(8);
      expect(pool.inUse).toBe(0);
      expect(pool.acquireMany(8).map((point) => pool.release(point)).length).toBe(8);
    }
    expectSound(heap);
  });

  it('and leaves a closed channel as the last one frees what is in it', async () => {
    const heap = openHeap();
    const channel = heap.channel({ capacity: 30, of: 'block' });
    const [worker] = await startOn(heap, 1, [channel]);
    for (let i = 0; i < 30; i++) channel.send(heap.alloc(1000));
    channel.close();
    channel.detach();
    expect(heap.stats().blocksLive).toBe(30);
    await worker.terminate();
    await until(() => heap.stats().blocksLive === 0);
    expectSound(heap);
    expectError(() => Channel.attach(heap, /** @type {never} */ (null)), 'TYPE');
  });
});
