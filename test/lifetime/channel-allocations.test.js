import { afterEach, describe, expect, it } from 'vitest';
import { Channel } from '../../js/index.js';
import { expectSound } from '../support/heap.js';
import { closeHeaps, openHeap } from '../support/struct.js';

afterEach(closeHeaps);

/** @param {import('../../js/index.js').Heap} heap */
function parts(heap) {
  const pool = heap.memoryPool(undefined, { bytes: 4096, maxAllocations: 8 });
  const channel = heap.channel({ capacity: 2, of: pool });
  return { pool, channel };
}

describe('a channel of allocations', () => {
  it('hands the bytes on, with id and type, and the old object is refused', () => {
    const heap = openHeap();
    const { pool, channel } = parts(heap);
    const sent = pool.alloc(100, { type: 'DATA', id: 7 });
    sent.bytes().set([1, 2, 3]);
    channel.send(sent);
    expect(() => sent.bytes()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    const got = channel.receive();
    expect([got.typeId, got.length, ...got.bytes().subarray(0, 3)]).toEqual([7, 100, 1, 2, 3]);
    got.free();
    expect(pool.size).toBe(0);
    expectSound(heap);
  });

  it('keeps what is in it from being freed', () => {
    const heap = openHeap();
    const { pool, channel } = parts(heap);
    const { id } = pool.alloc(100);
    channel.send(pool.get(id));
    expect(() => pool.free(id)).toThrow(expect.objectContaining({ code: 'OWNER' }));
    expect(pool.size).toBe(1);
    channel.receive().free();
    expect(pool.size).toBe(0);
  });

  it('refuses what is not an allocation of its pool, was freed, or is another thread’s', () => {
    const heap = openHeap();
    const { pool, channel } = parts(heap);
    const foreign = heap.memoryPool(undefined, { bytes: 4096 }).alloc(8);
    const freed = pool.alloc(8);
    freed.free();
    const shared = pool.alloc(8).share();
    for (const message of [foreign, {}, 5, null]) {
      expect(() => channel.send(/** @type {never} */ (message))).toThrow(TypeError);
    }
    expect(() => channel.send(freed)).toThrow(expect.objectContaining({ code: 'FREED' }));
    expect(() => channel.send(shared)).toThrow(expect.objectContaining({ code: 'OWNER' }));
    expect(channel.size).toBe(0);
  });

  it('frees what is left in it when it ends, and holds its pool until then', () => {
    const heap = openHeap();
    const { pool, channel } = parts(heap);
    channel.send(pool.alloc(100));
    expect(() => pool.destroy()).toThrow(expect.objectContaining({ code: 'BUSY' }));
    channel.dispose();
    expect(pool.size).toBe(0);
    pool.destroy();
    expectSound(heap);
  });

  it('is attached by its descriptor, with its pool', () => {
    const heap = openHeap();
    const { channel } = parts(heap);
    expect(Channel.attach(heap, structuredClone(channel.descriptor))).toBe(channel);
  });
});
