/**
 * One heap, several workers: descriptors, growth, frees across threads, slots.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Heap } from '../../js/index.js';
import { attach, fromMessage, fromWorkerData } from '../../js/worker.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { startWorkers, stopWorkers, TestWorker } from '../support/workers.js';

const MIB = 2 ** 20;

/** @type {Heap} */
let heap;

beforeEach(() => {
  heap = Heap.create({ initial: 1, maximum: 64 * MIB, name: 'test' });
});

afterEach(async () => {
  await stopWorkers();
  heap.close();
});

describe('a descriptor', () => {
  it('can be cloned and says what it is', () => {
    const clone = structuredClone(heap.descriptor);
    expect(clone).toMatchObject({ kind: 'qbwasm.heap', name: 'test', id: heap.id });
    expect(clone.memory).toBeInstanceOf(WebAssembly.Memory);
    expect(clone.module).toBeInstanceOf(WebAssembly.Module);
  });

  it('attaches this agent to the heap that it has already, also as a clone', () => {
    const again = attach(structuredClone(heap.descriptor));
    expect(again === heap).toBe(true);
    again.close();
    expect(heap.closed).toBe(false);
  });

  it('is refused when it is none', () => {
    for (const value of [
      undefined,
      null,
      7,
      'qbwasm.heap',
      {},
      [],
      { kind: 'qbwasm.pool' },
      heap,
    ]) {
      const error = expectError(() => attach(/** @type {never} */ (value)), 'DESCRIPTOR');
      expect(error.message).toContain('heap.descriptor');
    }
    const named = expectError(
      () => attach(/** @type {never} */ ({ kind: 'qbwasm.pool' })),
      'DESCRIPTOR',
    );
    expect(named.message).toContain('"qbwasm.pool"');
  });

  it('is refused when JSON has eaten its memory', () => {
    const eaten = JSON.parse(JSON.stringify(heap.descriptor));
    expect(expectError(() => attach(eaten), 'DESCRIPTOR').message).toContain('postMessage');
  });

  it('is refused when it is of another version', () => {
    const { descriptor } = heap;
    for (const other of [{ layoutVersion: 99 }, { layoutHash: 1 }]) {
      const error = expectError(() => attach({ ...descriptor, ...other }), 'LAYOUT');
      expect(error.message).toMatch(/same version of qbwasm/);
    }
  });

  it('is refused when there is no heap in its memory', () => {
    const memory = new WebAssembly.Memory({ initial: 400, maximum: 1024, shared: true });
    const descriptor = { ...heap.descriptor, id: 'other', memory };
    expectError(() => attach(descriptor), 'LAYOUT');
  });

  it('is not to be had of a private heap', () => {
    const alone = Heap.create({ maximum: 2 * MIB, shared: false, name: 'alone' });
    const error = expectError(() => alone.descriptor, 'NOT_SHARED');
    expect(error.message).toMatch(/"alone".*shared: false/);
    alone.free(alone.alloc(10));
    alone.close();
  });
});

describe('workers', () => {
  it('attach by workerData, each with a slot of its own', async () => {
    const workers = await startWorkers(3, heap.descriptor);
    const slots = await Promise.all(workers.map((worker) => worker.call('thread')));
    const numbers = slots.map(({ number }) => number);
    expect(new Set([heap.thread.number, ...numbers]).size).toBe(4);
    const listed = heap.threads();
    expect(listed.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4]);
    expect(listed.filter(({ self }) => self).map(({ number }) => number)).toEqual([
      heap.thread.number,
    ]);
    const ids = listed.filter(({ self }) => !self).map(({ agent }) => agent);
    const threadIds = workers.map(({ worker }) => ({ kind: 'node', id: worker.threadId }));
    expect(ids).toEqual(expect.arrayContaining(threadIds));
  });

  it('find the descriptor as a property of workerData too', async () => {
    const [worker] = await startWorkers(1, { task: 'x', heap: heap.descriptor });
    expect(await worker.call('covered')).toBeGreaterThan(0);
  });

  it('say so when workerData has no heap', async () => {
    const { worker } = new TestWorker('heap.worker.js', { task: 'x' });
    const error = await new Promise((resolve) => worker.once('error', resolve));
    expect(error).toMatchObject({ code: 'DESCRIPTOR' });
    expect(/** @type {Error} */ (error).message).toContain('workerData');
    expectError(() => fromWorkerData(), 'DESCRIPTOR');
  });

  it('share one slot between several attachments', async () => {
    const [worker] = await startWorkers(1, heap.descriptor);
    const thread = await worker.call('thread');
    expect(await worker.call('attachAgain', heap.descriptor)).toEqual({ same: true, thread });
    expect(heap.threads()).toHaveLength(2);
  });

  it('give their slot back and others take it', async () => {
    const [worker] = await startWorkers(1, heap.descriptor);
    const first = await worker.call('thread');
    await worker.call('alloc', [100, 70_000]);
    await worker.call('detach', {});
    expect(heap.threads()).toHaveLength(1);
    expect(contentOf(heap)).toMatchObject({ blocksLive: 0, spansLive: 0 });
    const [second] = await startWorkers(1, heap.descriptor);
    expect(await second.call('thread')).toEqual({
      number: first.number,
      generation: first.generation + 1,
    });
  });

  it('may keep what they have when they leave', async () => {
    const [worker] = await startWorkers(1, heap.descriptor);
    const [address] = await worker.call('alloc', [100]);
    await worker.call('detach', { policy: 'keep' });
    heap.free(address);
    expectSound(heap);
  });

  it('free what others allocated, and find double frees', async () => {
    const [first, second] = await startWorkers(2, heap.descriptor);
    const sizes = Array.from({ length: 300 }, (_, i) => 16 + i * 37);
    const sum = async () => contentOf(heap).blocksLive;
    const addresses = await first.call('alloc', sizes);
    expect(await sum()).toBe(300);
    const half = addresses.filter(
      (/** @type {number} */ _, /** @type {number} */ i) => i % 2 === 0,
    );
    const rest = addresses.filter(
      (/** @type {number} */ _, /** @type {number} */ i) => i % 2 === 1,
    );
    expect(new Set(await second.call('free', half))).toEqual(new Set(['OK']));
    expect(new Set(await first.call('free', half))).toEqual(new Set(['DOUBLE_FREE']));
    for (const address of rest) heap.free(address);
    expect(await sum()).toBe(0);
    expectSound(heap);
    // The owner finds the room that others gave back.
    const { pageCount } = heap.stats();
    await first.call('alloc', sizes);
    expect(heap.stats().pageCount).toBeLessThanOrEqual(pageCount + 8);
    expectSound(heap);
  });

  it('take over blocks: the owner decides whose end frees them', async () => {
    const [worker] = await startWorkers(1, heap.descriptor);
    const address = heap.alloc(100);
    await worker.call('own', address);
    await worker.call('detach', {});
    expect(heap.usableBytes(address)).toBe(0);
  });
});

describe('growth', () => {
  it('is seen by a worker when it needs it, whoever grew the memory', async () => {
    const [first, second] = await startWorkers(2, heap.descriptor);
    const covered = await second.call('covered');
    const [address] = await first.call('alloc', [8 * MIB]);
    await first.call('fill', address, 8 * MIB, 3);
    expect(await second.call('covered')).toBe(covered);
    const last = address + 8 * MIB - 1;
    expect(last).toBeGreaterThan(covered);
    expect(await second.call('read', last)).toBeUndefined();
    expect(await second.call('sum', last - 9, 10)).toBe(30);
    expect(await second.call('read', last)).toBe(3);
    expect(heap.bytes(last, 1)[0]).toBe(3);
  });

  it('happens in several workers at once', async () => {
    const workers = await startWorkers(3, heap.descriptor);
    const sizes = Array(10).fill(MIB);
    const all = (await Promise.all(workers.map((worker) => worker.call('alloc', sizes)))).flat();
    expect(new Set(all).size).toBe(30);
    const sorted = [...all].sort((a, b) => a - b);
    sorted.forEach((address, i) => {
      if (i > 0) expect(address - sorted[i - 1]).toBeGreaterThanOrEqual(MIB);
    });
    expectSound(heap);
    for (const address of all) heap.bytes(address, MIB)[MIB - 1] = 1;
    for (const address of all) heap.free(address);
    expect(contentOf(heap)).toMatchObject({ spansLive: 0 });
    expectSound(heap);
  });
});

describe('fromMessage', () => {
  it('has no business in a main thread', () => {
    expectError(() => fromMessage(), 'UNSUPPORTED');
  });

  it('attaches a worker to the heap in the first message that has one', async () => {
    const worker = new TestWorker('message.worker.js', undefined);
    worker.worker.postMessage({ no: 'heap here' });
    worker.worker.postMessage({ work: 1, heap: heap.descriptor });
    const [thread] = await worker.call('seen');
    expect(thread).toMatchObject({ number: 2 });
    expect(heap.threads()).toHaveLength(2);
  });

  it('a descriptor survives a message channel', async () => {
    const { port1, port2 } = new MessageChannel();
    const arrived = new Promise((resolve) => {
      port2.addEventListener('message', ({ data }) => resolve(data));
    });
    port2.start();
    port1.postMessage(heap.descriptor);
    const again = attach(/** @type {never} */ (await arrived));
    expect(again === heap).toBe(true);
    again.close();
    port1.close();
  });
});
