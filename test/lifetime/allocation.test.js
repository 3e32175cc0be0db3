/**
 * Allocations of memory pools: content, copies, clones, handing on.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { Allocation, MemoryPool } from '../../js/index.js';
import { expectError, expectSound } from '../support/heap.js';
import { Point } from '../support/pools.js';
import { closeHeaps, openHeap } from '../support/struct.js';

afterEach(closeHeaps);

/** @param {number} [bytes] */
function openPool(bytes = 32_768) {
  return openHeap().memoryPool(undefined, { bytes });
}

describe('the content of an allocation', () => {
  it('is the memory itself', () => {
    const pool = openPool();
    const allocation = pool.alloc(100);
    allocation.bytes()[5] = 42;
    expect(pool.heap.bytes(allocation.address, 100)[5]).toBe(42);
    expect(allocation.bytes().buffer).toBe(pool.heap.memory.root.u8.buffer);
  });

  it('is filled with a byte', () => {
    const allocation = openPool().alloc(3);
    expect([...allocation.fill(7).bytes()]).toEqual([7, 7, 7]);
    for (const wrong of [-1, 256, 1.5]) expect(() => allocation.fill(wrong)).toThrow(RangeError);
    expect(() => allocation.fill(/** @type {never} */ ('7'))).toThrow(TypeError);
    expect([...allocation.bytes()]).toEqual([7, 7, 7]);
  });

  it('is equal with the same hash, or not equal', () => {
    const pool = openPool();
    const [a, b, c, d] = [100, 100, 101, 100].map((length) => pool.alloc(length).fill(3));
    expect([a.equals(b), a.hash() === b.hash()]).toEqual([true, true]);
    expect(a.equals(c)).toBe(false);
    d.bytes()[99] = 4;
    expect([a.equals(d), a.hash() === d.hash()]).toEqual([false, false]);
    expect(() => a.equals(/** @type {never} */ (null))).toThrow(TypeError);
  });

  it('is hashed with FNV-1a', () => {
    const pool = openPool();
    const foobar = pool.alloc(6);
    foobar.bytes().set(new TextEncoder().encode('foobar'));
    expect(foobar.hash()).toBe(0xbf9cf968);
  });

  it('is refused after the free, by whichever object or id', () => {
    const pool = openPool();
    const allocation = pool.alloc(100);
    const clone = allocation.clone(10);
    pool.free(allocation.id);
    expect([allocation.freed, clone.freed]).toEqual([true, true]);
    for (const one of [allocation, clone]) {
      for (const run of [
        () => one.bytes(),
        () => one.fill(0),
        () => one.hash(),
        () => one.equals(one),
        () => one.view(Point),
        () => one.clone(),
        () => one.copyTo(pool),
        () => one.serialize(),
        () => one.share(),
        () => one.own(),
        () => one.owner,
      ]) {
        expectError(run, 'FREED');
      }
      expectError(() => one.free(), 'DOUBLE_FREE');
    }
  });
});

describe('a clone', () => {
  it('is a part of the same memory: clone(100)[0] is original[100]', () => {
    const original = openPool().alloc(500);
    original.bytes().forEach((_, i, bytes) => {
      bytes[i] = i;
    });
    const clone = original.clone(100);
    expect([clone.length, clone.bytes()[0]]).toEqual([400, original.bytes()[100]]);
    clone.bytes()[0] = 201;
    expect(original.bytes()[100]).toBe(201);
    const part = clone.clone(10, 5);
    expect([part.length, part.bytes()[0], part.id]).toEqual([5, 110, original.id]);
    expect(original.clone(500).length).toBe(0);
    expect([original.type, part.type]).toEqual([1, 1]);
  });

  it('stays within the original', () => {
    const original = openPool().alloc(100);
    for (const [offset, length] of [
      [101, 0],
      [-1, 1],
      [0, 101],
      [50, 51],
      [0.5, 1],
    ]) {
      expect(() => original.clone(offset, length)).toThrow(RangeError);
    }
  });

  it('frees the whole', () => {
    const pool = openPool();
    const original = pool.alloc(Point);
    const point = original.view();
    original.clone(4).free();
    expect(pool.size).toBe(0);
    expectError(() => point.x, 'FREED');
  });
});

describe('a copy', () => {
  it('is another allocation of the same content, in this or another pool or heap', () => {
    const pool = openPool();
    const source = pool.alloc(100, { type: 9, id: 5 }).fill(1);
    const near = source.copyTo(pool, { id: 6 });
    expect([near.type, near.typeId, near.equals(source)]).toEqual([9, 6, true]);
    const far = source.clone(90).copyTo(openPool(64));
    expect([far.length, far.equals(source.clone(0, 10))]).toEqual([10, true]);
    near.fill(2);
    expect(source.bytes()[0]).toBe(1);
    expect(pool.size).toBe(2);
  });

  it('needs room there', () => {
    const source = openPool().alloc(100);
    const target = openPool(64);
    expectError(() => source.copyTo(target), 'SIZE');
    expect(target.size).toBe(0);
    expect(() => source.copyTo(/** @type {never} */ (undefined))).toThrow(TypeError);
  });
});

describe('handing an allocation on', () => {
  it('keeps its id through descriptor and bytes', () => {
    const pool = openPool();
    const { heap } = pool;
    const allocation = pool.alloc(100, { id: 8 }).fill(6);
    for (const source of [structuredClone(allocation.descriptor), allocation.serialize()]) {
      expect(Allocation.attach(heap, source)).toBe(allocation);
    }
    const clone = Allocation.attach(heap, allocation.clone(20, 30).serialize());
    expect([clone.id, clone.address - allocation.address, clone.length]).toEqual([
      allocation.id,
      20,
      30,
    ]);
    const bytes = allocation.serialize();
    const { id } = allocation;
    pool.detach();
    const again = Allocation.attach(heap, bytes);
    expect([again.id, again.typeId, again.bytes()[99]]).toEqual([id, 8, 6]);
    again.free();
    expectError(() => Allocation.attach(heap, bytes), 'STALE');
  });

  it('is refused for what is no allocation', () => {
    const pool = openPool();
    const { descriptor } = pool.alloc(10);
    for (const wrong of [
      null,
      5,
      pool.descriptor,
      { ...descriptor, id: 'x' },
      { ...descriptor, pool: 'a name' },
      { ...descriptor, offset: 11 },
      { ...descriptor, length: 11 },
    ]) {
      expect(() => Allocation.attach(pool.heap, /** @type {never} */ (wrong))).toThrow();
    }
    expectError(() => Allocation.attach(pool.heap, Uint8Array.of(123)), 'DESCRIPTOR');
  });

  it('changes the owner', () => {
    const pool = openPool();
    const allocation = pool.alloc(10);
    expect(allocation.owner).toBe(pool.heap.thread.number);
    expect(allocation.share().owner).toBe(0);
    expect(allocation.own().owner).toBe(pool.heap.thread.number);
  });
});

describe('leaving an allocation', () => {
  it('detached ends the object, and not the memory', () => {
    const pool = openPool();
    const allocation = pool.alloc(Point);
    const [point, clone] = [allocation.view(), allocation.clone(8)];
    point.x = 5;
    allocation.detach();
    for (const run of [
      () => allocation.bytes(),
      () => allocation.free(),
      () => allocation.detach(),
      () => clone.bytes(),
    ]) {
      expectError(run, 'CLOSED');
    }
    expect(() => point.x).toThrow();
    allocation.dispose();
    clone.dispose();
    const again = pool.get(allocation.id);
    expect(again === allocation).toBe(false);
    expect(again.view(Point).x).toBe(5);
  });

  it('by dispose frees it once', () => {
    const pool = openPool();
    const allocation = pool.alloc(10);
    allocation[Symbol.dispose]();
    allocation.dispose();
    expect(pool.size).toBe(0);
    expectSound(pool.heap);
  });

  it('ends views when another object of its place comes', () => {
    const pool = openPool();
    const allocation = pool.alloc(Point);
    const point = allocation.view();
    // As another thread would do it, without this agent knowing.
    pool.heap.core.memory.free(pool.address, 0, 0);
    expect(allocation.freed).toBe(true);
    expectError(() => allocation.view(), 'FREED');
    pool.alloc(Point);
    expectError(() => point.x, 'FREED');
  });

  it('makes room for others that attach to the pool by its serialised bytes', () => {
    const pool = openPool();
    pool.alloc(32_768).free();
    expect(MemoryPool.attach(pool.heap, pool.serialize()).alloc(32_768).length).toBe(32_768);
  });
});
