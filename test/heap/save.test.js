import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Heap } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

const MIB = 2 ** 20;

/** @type {Heap} */
let heap;
/** @type {Heap | undefined} */
let loaded;

beforeEach(() => {
  heap = Heap.create({ maximum: 64 * MIB });
});

afterEach(async () => {
  await stopWorkers();
  heap.close();
  loaded?.close();
  loaded = undefined;
});

/** Three blocks, of which one is a root. */
function fill() {
  const [small, large, root] = [heap.alloc(100), heap.alloc(300_000), heap.alloc(5000)];
  heap.bytes(small, 100).fill(1);
  heap.bytes(large, 300_000).fill(2);
  heap.bytes(root, 5000).fill(3);
  heap.roots.set('root', root, { kind: 9 });
  return { small, large, root };
}

describe('save and load', () => {
  it('bring everything back at its address', () => {
    const { small, large, root } = fill();
    loaded = Heap.load(heap.save());
    expect(loaded.bytes(small, 100).every((byte) => byte === 1)).toBe(true);
    expect(loaded.bytes(large, 300_000).every((byte) => byte === 2)).toBe(true);
    expect(loaded.roots.get('root')).toEqual({ value: root, kind: 9 });
    expect(loaded.stats().maximumBytes).toBe(64 * MIB);
    expectSound(loaded);
  });

  it('make two heaps: neither sees the other', () => {
    const { small } = fill();
    loaded = Heap.load(heap.save(), { name: 'copy' });
    loaded.bytes(small, 1)[0] = 77;
    expect(heap.bytes(small, 1)[0]).toBe(1);
    expect([loaded.name, loaded.id === heap.id]).toEqual(['copy', false]);
    loaded.free(small);
    heap.free(small);
    expectSound(heap);
    expectSound(loaded);
  });

  it('leave out what is zero', () => {
    expect(heap.save().length).toBeLessThan(100_000);
    heap.alloc(10 * MIB);
    expect(heap.save().length).toBeLessThan(110_000);
  });

  it('keep negative zeros and single bits', () => {
    const address = heap.calloc(3 * 4096);
    heap.memory.root.f64[address >>> 3] = -0;
    heap.bytes(address + 9000, 1)[0] = 1;
    loaded = Heap.load(heap.save());
    expect(Object.is(loaded.memory.root.f64[address >>> 3], -0)).toBe(true);
    expect(loaded.bytes(address + 9000, 1)[0]).toBe(1);
  });

  it('share what threads owned that are no more', async () => {
    const { small, large } = fill();
    const workers = await startWorkers(2, heap.descriptor);
    await Promise.all(workers.map((worker) => worker.call('alloc', [64, 100_000])));
    const bytes = heap.save();
    loaded = Heap.load(bytes);
    expect(loaded.threads()).toHaveLength(1);
    expect(contentOf(loaded)).toMatchObject({ spansLive: 3, rootsLive: 1 });
    expectSound(loaded);
    loaded.free(small);
    loaded.free(large);
    loaded.close();
    loaded = undefined;
  });

  it('can be used by workers afterwards', async () => {
    const { small } = fill();
    loaded = Heap.load(heap.save());
    const [worker] = await startWorkers(1, loaded.descriptor);
    expect(await worker.call('sum', small, 100)).toBe(100);
    const [address] = await worker.call('alloc', [1000]);
    loaded.free(address);
    expectSound(loaded);
  });

  it('work for a heap that was saved with all slots in use', () => {
    heap.close();
    const opened = Heap.create({ maximum: 4 * MIB });
    const { core, thread } = opened;
    const slots = Array.from({ length: 127 }, (_, i) => i + 1);
    const cores = slots.map(() => {
      const other = new /** @type {typeof import('../../js/base/module.js').Core} */ (
        core.constructor
      )(opened.descriptor.module, opened.memory.wasmMemory);
      other.threadAttach(0);
      return other;
    });
    expect(opened.threads()).toHaveLength(128);
    const mine = cores[3].alloc(500);
    loaded = Heap.load(opened.save());
    expect(loaded.threads()).toHaveLength(1);
    loaded.free(mine);
    expectSound(loaded);
    for (const { number } of opened.threads()) if (number !== thread.number) opened.reap(number);
    opened.close();
  });

  it('keep the debug level', () => {
    const debug = Heap.create({ maximum: 2 * MIB, debug: true });
    const address = debug.alloc(20);
    loaded = Heap.load(debug.save());
    loaded.bytes(address + 20, 1)[0] ^= 1;
    expectError(() => loaded?.free(address), 'OVERRUN');
    debug.close();
  });

  it('give a private heap when that is asked for', () => {
    loaded = Heap.load(heap.save(), { shared: false });
    expectError(() => loaded?.descriptor, 'NOT_SHARED');
  });

  it('accept bytes at any offset of a buffer', () => {
    const { small } = fill();
    const bytes = heap.save();
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    loaded = Heap.load(moved.subarray(3));
    expect(loaded.bytes(small, 1)[0]).toBe(1);
  });
});

describe('load refuses', () => {
  it('what is no bytes', () => {
    for (const value of [undefined, null, 'QBSV', [1, 2], new ArrayBuffer(100)]) {
      expectError(() => Heap.load(/** @type {never} */ (value)), 'TYPE');
    }
    expectError(() => Heap.load(heap.save(), /** @type {never} */ ({ shard: 1 })), 'ARGUMENT');
  });

  it('bytes that are cut, longer, or changed anywhere', () => {
    fill();
    const bytes = heap.save();
    for (const length of [0, 10, 31, 32, 100, bytes.length - 1]) {
      expectError(() => Heap.load(bytes.subarray(0, length)), 'CORRUPT');
    }
    expectError(() => Heap.load(Uint8Array.of(...bytes.subarray(0, 40))), 'CORRUPT');
    for (let at = 0; at < bytes.length; at += 1 + Math.floor(bytes.length / 60)) {
      const changed = bytes.slice();
      changed[at] ^= 4;
      const code = at >= 4 && at < 12 ? 'LAYOUT' : 'CORRUPT';
      expect(expectError(() => Heap.load(changed), code).message).toMatch(/\. .*\.$/);
    }
  });

  it('tables that point elsewhere, even with the right checksum', () => {
    const { u32 } = heap.memory.root;
    const states = u32[(1024 + 24) >>> 2];
    u32[(1024 + 24) >>> 2] = 2 ** 31;
    const bytes = heap.save();
    u32[(1024 + 24) >>> 2] = states;
    expect(expectError(() => Heap.load(bytes), 'CORRUPT').message).toContain('tables');
  });

  it('a heap with broken invariants', () => {
    const { u32 } = heap.memory.root;
    const address = heap.alloc(100);
    const state = (u32[(1024 + 24) >>> 2] >>> 2) + (address >>> 16);
    const before = u32[state];
    u32[state] = 6;
    const bytes = heap.save();
    u32[state] = before;
    expectError(() => Heap.load(bytes), 'CORRUPT');
    expectSound(heap);
  });
});
