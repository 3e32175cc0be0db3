import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RetainedArena } from '../../js/index.js';
import { collectUntil } from '../support/gc.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { closeHeaps, openHeap, warningsOf } from '../support/struct.js';
import { Node } from '../support/structs.js';

/** @type {import('../../js/index.js').Heap} */
let heap;
/** @type {ReturnType<typeof contentOf>} */
let empty;
beforeEach(() => {
  heap = openHeap();
  heap.schemas.add(Node); // what a first use stores stays
  empty = contentOf(heap);
});

/** @type {Worker[]} */
const workers = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
  closeHeaps();
});

/**
 * @param {string} job
 * @param {object} data
 */
async function start(job, data) {
  const worker = new Worker(new URL('../support/struct.worker.js', import.meta.url), {
    workerData: { heap: heap.descriptor, job, ...data },
  });
  workers.push(worker);
  /** @param {string} [command] @returns {Promise<unknown>} the next message */
  const ask = (command) =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      if (command !== undefined) worker.postMessage(command);
    });
  return { worker, ask, first: await ask() };
}

/** @param {Worker} worker */
async function exitOf(worker) {
  const exit = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage('exit');
  await exit;
}

describe('an arena that another thread retains', () => {
  it('stays readable there after its exit, and goes with the last handle', async () => {
    const arena = heap.arena(Node);
    const node = new Node('of the main thread', new Node('the second one'));
    const { ask, first } = await start('retain', {
      arena: arena.descriptor,
      address: node.address,
    });
    expect(first).toBe('ready');
    const warnings = await warningsOf(() => arena.close());
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^1 object is still alive at arena exit/),
    ]);
    // This thread has let it go.
    expect(arena.state).toBe('released');
    expectError(() => node.value, 'CLOSED');
    const text = 'of the main thread';
    expect(await ask('read')).toEqual([text, 'the second one', text]);
    expect(await ask('write')).toBe('OWNER');
    expect(await ask('writeByAddress')).toBe('OWNER');
    expect(heap.stats().arenasLive).toBe(1);
    expect(await ask('release')).toEqual([true, 'CLOSED', 77]);
    expect(heap.stats().arenasLive).toBe(1);
    await ask('releaseLast');
    expect(heap.stats().arenasLive).toBe(0);
    expectSound(heap);
  });

  it('goes with the thread', async () => {
    const arena = heap.arena(Node);
    const node = new Node('text text');
    const { worker } = await start('retain', { arena: arena.descriptor, address: node.address });
    const reaped = new Promise((resolve) => {
      worker.once('exit', () => setImmediate(resolve)); // the watch comes first
    });
    heap.watch(worker);
    await warningsOf(() => arena.close());
    expect(heap.stats().arenasLive).toBe(1);
    await exitOf(worker);
    await reaped;
    expect(heap.stats().arenasLive).toBe(0);
    expect(contentOf(heap)).toEqual(empty);
  });

  it('cannot be retained any more when it is gone', async () => {
    const arena = heap.arena(Node);
    const { descriptor } = arena;
    arena.close();
    expect(['STALE', 'REGION', 'ADDRESS']).toContain(
      (await start('tryRetain', { arena: descriptor })).first,
    );
    const next = heap.arena(Node); // at the same address, with another serial
    expect(next.descriptor.address).toBe(descriptor.address);
    expect((await start('tryRetain', { arena: descriptor })).first).toBe('STALE');
    next.close();
  });

  it('can be retained from the thread that did not make it', async () => {
    const { ask, first } = await start('make', {});
    const { arena, address } = /** @type {{ arena: never, address: number }} */ (first);
    const held = heap.retain(arena);
    const again = heap.retain(arena);
    expect(held).toBeInstanceOf(RetainedArena);
    expect(await ask('close')).toBe('closed');
    const node = held.at(Node, address);
    expect([node.value, node.next?.value]).toEqual(['from the worker', 'the second one']);
    held.release();
    expectError(() => node.value, 'CLOSED');
    expectError(() => held.at(Node, address), 'CLOSED');
    expect(again.at(Node, address).next?.value).toBe('the second one');
    const outside = new Node('of the main thread');
    for (const wrong of [outside.address, 8, -8, 1.5, '1024', null, 2 ** 31]) {
      expectError(() => again.at(Node, /** @type {number} */ (wrong)), 'ADDRESS');
    }
    again[Symbol.dispose]();
    expect(heap.stats().arenasLive).toBe(0);
  });

  it('goes when a handle and its views are collected', async () => {
    const { ask, first } = await start('make', {});
    const { arena, address } = /** @type {{ arena: never, address: number }} */ (first);
    (() => expect(heap.retain(arena).at(Node, address).value).toBe('from the worker'))();
    await ask('close');
    expect(await collectUntil(() => heap.stats().arenasLive === 0)).toBe(true);
  });
});

describe('an arena of the same thread', () => {
  it('counts a handle as something alive, and goes with it', async () => {
    const arena = heap.arena(Node);
    const node = new Node('kept by a handle');
    const held = heap.retain(node);
    const more = [heap.retain(arena), heap.retain(arena.descriptor)];
    const [warning] = await warningsOf(() => arena.close());
    expect(warning.message).toMatch(/^3 objects are /);
    for (const handle of more) handle.dispose();
    expect(held.at(Node, node.address).value).toBe('kept by a handle');
    const outside = new Node('outside');
    expectError(() => held.at(Node, outside.address), 'ADDRESS');
    Node.free(outside);
    expect([arena.state, held.released]).toEqual(['retained', false]);
    held.release();
    held.release();
    expect([arena.state, held.released]).toEqual(['released', true]);
    expect(contentOf(heap)).toEqual(empty);
  });

  it('that is retained by nobody any more at its exit goes without a word', async () => {
    const arena = heap.arena(Node);
    heap.retain(arena).release();
    expect(await warningsOf(() => arena.close())).toEqual([]);
    expect(contentOf(heap)).toEqual(empty);
  });
});

describe('heap.retain', () => {
  it('refuses what names no arena', () => {
    const inHeap = new Node(1);
    for (const wrong of [null, undefined, 5, {}, inHeap, heap.descriptor, Node]) {
      expectError(() => heap.retain(/** @type {never} */ (wrong)), 'TYPE');
    }
    const arena = heap.arena(Node);
    const { descriptor } = arena;
    expectError(() => heap.retain({ ...descriptor, serial: descriptor.serial + 1 }), 'STALE');
    const other = openHeap();
    expectError(() => other.retain(descriptor), 'HEAP');
    expectError(() => other.retain(arena), 'HEAP');
    for (const address of [inHeap.address, 8, 2 ** 31]) {
      expect(() => heap.retain({ ...descriptor, address })).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(REGION|STALE|ADDRESS)$/) }),
      );
    }
    arena.close();
    expectError(() => heap.retain(descriptor), 'REGION');
    expectError(() => heap.retain(arena), 'CLOSED');
    heap.close();
    expectError(() => heap.retain(descriptor), 'CLOSED');
  });
});
