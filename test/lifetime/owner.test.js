/**
 * Owners: memory by address that ends with one object.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { Heap, Owner, struct, t } from '../../js/index.js';
import { collectAll, collectUntil } from '../support/gc.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { expectWhole, keep, openMemory, startOnMemory, until } from '../support/memory.js';
import { Point } from '../support/pools.js';
import { testSeed } from '../support/random.js';
import { closeHeaps, openHeap, warningsOf } from '../support/struct.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

afterEach(async () => {
  await stopWorkers();
  closeHeaps();
});

/** @param {Owner} owner @param {number} address */
function contentAt(owner, address) {
  return [...owner.bytes(address)];
}

describe('an owner', () => {
  it('has size 0 at first', () => {
    const owner = openHeap().owner();
    expect([owner.size, owner.addresses, owner.closed]).toEqual([0, [], false]);
  });

  it('gives zeroed memory, also where other data stood', () => {
    const owner = openHeap().owner();
    for (let round = 0; round < 3; round++) {
      const address = owner.alloc(10, 8);
      expect(contentAt(owner, address)).toEqual(Array(80).fill(0));
      owner.bytes(address).fill(255);
      owner.free(address);
    }
  });

  it('lists its addresses, each of them once, aligned to 16', () => {
    const owner = openHeap().owner();
    const addresses = [0, 1, 16, 100, 40_000, 0].map((bytes) => owner.alloc(bytes));
    expect(new Set(owner.addresses)).toEqual(new Set(addresses));
    expect(owner.size).toBe(6);
    expect(addresses.every((address) => address % 16 === 0)).toBe(true);
    for (const address of addresses) owner.free(address);
    expect(owner.size).toBe(0);
    expectWhole(owner);
  });

  it('refuses a product of count and size that overflows, and wrong arguments', () => {
    const owner = openHeap().owner();
    expect(() => owner.alloc(2 ** 31, 2)).toThrow(RangeError);
    expectError(() => owner.alloc(2 ** 31, 2), 'SIZE');
    expectError(() => owner.alloc(2 ** 32 - 1, 2 ** 32 - 1), 'SIZE');
    for (const wrong of [-1, 1.5, 2 ** 32]) {
      expect(() => owner.alloc(wrong)).toThrow(RangeError);
      expect(() => owner.alloc(1, wrong)).toThrow(RangeError);
    }
    expect(() => owner.alloc(/** @type {never} */ ('1'))).toThrow(TypeError);
    expect(owner.size).toBe(0);
  });

  it('says that the heap is full, and is as it was', () => {
    const owner = openHeap().owner();
    const address = owner.alloc(100);
    owner.bytes(address).fill(1);
    expectError(() => owner.alloc(2 ** 25), 'OUT_OF_MEMORY');
    expectError(() => owner.realloc(address, 2 ** 25), 'OUT_OF_MEMORY');
    expectError(() => owner.alloc(2 ** 32 - 1), 'SIZE');
    expect(contentAt(owner, address)).toEqual(Array(100).fill(1));
    expect(owner.size).toBe(1);
  });

  it('keeps the data in realloc, and zeroes the tail', () => {
    const owner = openHeap().owner();
    const address = owner.alloc(10);
    owner.bytes(address).fill(7);
    const same = owner.realloc(address, 14);
    expect(same).toBe(address); // its room is 16 bytes
    expect(contentAt(owner, same)).toEqual([...Array(10).fill(7), 0, 0, 0, 0]);
    const moved = owner.realloc(same, 1000);
    expect(contentAt(owner, moved)).toEqual([...Array(10).fill(7), ...Array(990).fill(0)]);
    expect([owner.size, owner.addresses]).toEqual([1, [moved]]);
    if (moved !== address) expectError(() => owner.free(address), 'ADDRESS');
  });

  it('keeps the first bytes in a realloc to a smaller size, and zeroes what comes again', () => {
    const owner = openHeap().owner();
    const address = owner.alloc(100);
    owner.bytes(address).fill(7);
    expect(owner.realloc(address, 10)).toBe(address);
    expect(contentAt(owner, address)).toEqual(Array(10).fill(7));
    expect(owner.realloc(address, 100)).toBe(address);
    expect(contentAt(owner, address)).toEqual([...Array(10).fill(7), ...Array(90).fill(0)]);
    owner.realloc(address, 0);
    expect(contentAt(owner, address)).toEqual([]);
    expect(contentAt(owner, owner.realloc(address, 5))).toEqual([0, 0, 0, 0, 0]);
    expect(owner.size).toBe(1);
  });

  it('refuses addresses that are not its own, and frees nothing', () => {
    const heap = openHeap();
    const [owner, other] = [heap.owner(), heap.owner()];
    const address = owner.alloc(100);
    const foreign = [other.alloc(100), heap.alloc(100), address + 16, address - 16, 0, 2 ** 32 - 1];
    for (const wrong of foreign) {
      for (const run of [
        () => owner.free(wrong),
        () => owner.realloc(wrong, 5),
        () => owner.bytes(wrong),
      ]) {
        expectError(run, 'ADDRESS');
      }
    }
    expect(() => owner.free(/** @type {never} */ ('1'))).toThrow(TypeError);
    expectError(() => owner.free(-1), 'ADDRESS');
    expect([owner.size, other.size]).toEqual([1, 1]);
    owner.free(address);
    expectError(() => owner.free(address), 'ADDRESS');
    expectWhole(owner);
  });

  it('grows, and everything stays where it is', () => {
    const heap = openHeap();
    const empty = contentOf(heap);
    const owner = heap.owner();
    const addresses = Array.from({ length: 3000 }, (_, i) => {
      const address = owner.alloc(1 + (i % 200));
      owner.bytes(address).fill(i & 255);
      return address;
    });
    addresses.forEach((address, i) => {
      expect(owner.bytes(address).every((byte) => byte === (i & 255))).toBe(true);
    });
    expect([owner.size, new Set(addresses).size]).toEqual([3000, 3000]);
    expectWhole(owner);
    owner.dispose();
    expect(contentOf(heap)).toEqual(empty);
  });

  it('frees all in one step when it is disposed of, and then throws', () => {
    const heap = openHeap();
    Point.free(new Point());
    const empty = contentOf(heap);
    const owner = heap.owner();
    const address = owner.alloc(1, Point.bytes);
    const point = owner.view(Point, address);
    point.x = 4;
    expect(owner.view(Point, address).x).toBe(4);
    const { descriptor } = owner;
    owner.dispose();
    owner[Symbol.dispose]();
    expect(contentOf(heap)).toEqual(empty);
    expect(owner.closed).toBe(true);
    for (const run of [
      () => owner.alloc(1),
      () => owner.free(address),
      () => owner.realloc(address, 1),
      () => owner.bytes(address),
      () => owner.view(Point, address),
      () => owner.size,
      () => owner.addresses,
      () => owner.own({}),
      () => owner.descriptor,
      () => point.x,
    ]) {
      expectError(run, 'CLOSED');
    }
    expect(() => Owner.attach(heap, descriptor)).toThrow(/REGION|STALE|open|gone/);
    expectSound(heap);
  });

  it('ends with its heap', () => {
    const owner = openHeap().owner();
    closeHeaps();
    expectError(() => owner.alloc(1), 'CLOSED');
    owner.dispose();
  });

  it('holds structs that refer to each other', () => {
    class Cell extends struct('Cell', { value: t.f64, next: t.ref('Cell') }) {}
    const owner = openHeap().owner();
    const [one, two] = [owner.alloc(2, Cell.bytes), owner.alloc(1, Cell.bytes)];
    const second = owner.view(Cell, one + Cell.bytes);
    second.next = owner.view(Cell, two);
    owner.view(Cell, two).value = 5;
    expect(owner.view(Cell, one + Cell.bytes).next?.value).toBe(5);
    expectError(() => owner.view(Cell, one + 1), 'ADDRESS');
  });

  it('attached to again in its agent is the same, and refuses what is none', () => {
    const owner = openHeap().owner();
    expect(Owner.attach(owner.heap, structuredClone(owner.descriptor)) === owner).toBe(true);
    for (const wrong of [null, undefined, 1, {}, { ...owner.descriptor, serial: 'x' }]) {
      expect(() => Owner.attach(owner.heap, /** @type {never} */ (wrong))).toThrow(TypeError);
    }
    const other = Heap.create({ maximum: 2 ** 24 });
    try {
      expectError(() => Owner.attach(other, owner.descriptor), 'HEAP');
    } finally {
      other.close();
    }
  });
});

describe('an owner that is collected', () => {
  const DEBUG = { debug: true };

  /** In a frame of its own, so that nothing stays on the stack. @param {Heap} heap */
  function dropOne(heap) {
    heap.owner().alloc(1000);
  }

  it('is freed without a word', async () => {
    const heap = openHeap();
    const empty = contentOf(heap);
    const warnings = await warningsOf(async () => {
      dropOne(heap);
      expect(await collectUntil(() => heap.stats().liveBytes === empty.liveBytes)).toBe(true);
    });
    expect(warnings).toEqual([]);
    expect(contentOf(heap)).toEqual(empty);
  });

  it('is reported in a debug heap, with the stack of where it was made', async () => {
    const heap = openHeap(DEBUG);
    const warnings = await warningsOf(async () => {
      dropOne(heap);
      await collectUntil(() => heap.stats().liveBytes === 0);
      await collectAll();
    });
    expect(warnings.map(({ name }) => name)).toEqual(['PerformanceWarning']);
    expect(warnings[0].message).toContain('an owner was collected that was never disposed');
    expect(warnings[0].message).toMatch(/Made\n +at dropOne .*owner\.test\.js\b.*:\d+:\d+/);
  });

  it('was not disposed of: then nothing is reported', async () => {
    const heap = openHeap(DEBUG);
    const warnings = await warningsOf(async () => {
      (() => heap.owner().dispose())();
      await collectAll();
    });
    expect(warnings).toEqual([]);
  });

  it('is not one that a view still reaches', async () => {
    const heap = openHeap();
    const point = (() => {
      const owner = heap.owner();
      return owner.view(Point, owner.alloc(1, Point.bytes));
    })();
    await collectAll();
    point.x = 3;
    expect(point.x).toBe(3);
  });

  it('lets go of the values that it owned', async () => {
    const heap = openHeap();
    const owner = heap.owner();
    const reference = (() => {
      const value = owner.own({ kept: true });
      return new WeakRef(value);
    })();
    await collectAll();
    expect(reference.deref()?.kept).toBe(true);
    owner.dispose();
    expect(await collectUntil(() => reference.deref() === undefined)).toBe(true);
  });

  it('stays when it was attached to again meanwhile', async () => {
    const heap = openHeap();
    const { descriptor, address } = (() => {
      const owner = heap.owner();
      return { descriptor: owner.descriptor, address: owner.alloc(8) };
    })();
    const again = Owner.attach(heap, descriptor);
    await collectAll();
    expect(again.bytes(address).length).toBe(8);
    again.dispose();
  });
});

describe('an owner that several threads use', () => {
  it('has size 0 after 100 mixed operations of each of 10 workers', async () => {
    const seed = testSeed('mixed operations');
    const pool = openMemory();
    const owner = pool.heap.owner();
    const workers = await startOnMemory(10, pool, owner);
    await Promise.all(workers.map((worker, i) => worker.call('mixOwner', seed + i, 100)));
    expect(owner.size).toBe(0);
    expectWhole(owner);
  });

  it('keeps what a worker allocated that died, and any thread frees it', async () => {
    const pool = openMemory();
    const owner = pool.heap.owner();
    const [dying, other] = await startOnMemory(2, pool, owner);
    const address = await dying.call('ownerAlloc', 100_000);
    owner.bytes(address)[99_999] = 1;
    await dying.terminate();
    await until(() => pool.heap.threads().length === 2);
    expect(contentAt(owner, address)[99_999]).toBe(1);
    expect(await other.call('ownerFree', address)).toBe('OK');
    expect(await other.call('ownerFree', address)).toBe('ADDRESS');
    expect(owner.size).toBe(0);
  });

  it('ends where it was made, and in no other agent', async () => {
    const pool = openMemory();
    const owner = pool.heap.owner();
    const [worker, other] = await startOnMemory(2, pool, owner);
    const address = owner.alloc(10);
    await worker.call('disposeOwner');
    expect(owner.size).toBe(1);
    owner.dispose();
    expect(await other.call('ownerFree', address)).toBe('CLOSED');
    await expect(other.call('ownerAlloc', 1)).rejects.toMatchObject({ code: 'CLOSED' });
    await stopWorkers();
    expectSound(pool.heap);
  });

  it("ends with the thread that made it, and is an orphan of the kind 'memory'", async () => {
    const pool = openMemory();
    const { heap } = pool;
    const [worker] = await startOnMemory(1, pool);
    const descriptor = await worker.call('makeOwner');
    const attached = Owner.attach(heap, descriptor);
    await worker.terminate();
    await until(() => attached.closed);
    expectError(() => attached.alloc(1), 'CLOSED');
    attached.dispose();
    expect(() => Owner.attach(heap, descriptor)).toThrow(/open|gone/);
    expectSound(heap);
  });

  it.each([
    ['keep', false],
    ['own', false],
    ['free', true],
  ])("whose maker died is kept, taken over or freed by onOrphan: '%s'", async (answer, isGone) => {
    const pool = openMemory();
    const { heap } = pool;
    const owner = heap.owner();
    const data = { heap: heap.descriptor, pool: pool.descriptor, owner: owner.descriptor };
    const [worker] = await startWorkers(1, data, 'memory.worker.js');
    keep(owner);
    const descriptor = await worker.call('makeOwner');
    const { number } = await worker.call('thread');
    await worker.terminate();
    /** @type {string[]} */
    const kinds = [];
    heap.reap(number, {
      onOrphan({ kind, address }) {
        if (address === descriptor.address) kinds.push(kind);
        return /** @type {'keep' | 'own' | 'free'} */ (answer);
      },
    });
    expect(kinds).toEqual(['memory']);
    if (isGone) expect(() => Owner.attach(heap, descriptor)).toThrow(/open|gone/);
    else expect(Owner.attach(heap, descriptor).size).toBe(1);
    expectSound(heap);
  });

  it('is there in a saved heap, for whoever has its descriptor', () => {
    const heap = openHeap();
    const owner = heap.owner();
    const address = owner.alloc(3);
    owner.bytes(address).fill(9);
    const loaded = Heap.load(heap.save());
    try {
      const again = Owner.attach(loaded, { ...owner.descriptor, heap: loaded.id });
      expect(contentAt(again, address)).toEqual([9, 9, 9]);
      again.dispose();
    } finally {
      loaded.close();
    }
  });
});
