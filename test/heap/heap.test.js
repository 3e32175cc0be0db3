import { afterEach, describe, expect, it } from 'vitest';
import { Heap } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { randomFrom, testSeed } from '../support/random.js';

const MIB = 2 ** 20;
const SPAN_BYTES = 65536;

/** @type {Heap[]} */
const opened = [];

/** @param {import('../../js/heap/open.js').HeapOptions} [options] */
function open(options) {
  const heap = Heap.create({ maximum: 16 * MIB, ...options });
  opened.push(heap);
  return heap;
}

afterEach(() => {
  for (const heap of opened.splice(0)) heap.close();
});

describe('Heap.create', () => {
  it('makes a heap that may grow to 256 MiB by default', () => {
    const heap = Heap.create();
    const { maximumBytes, memoryBytes } = heap.stats();
    expect(maximumBytes).toBe(256 * MIB);
    expect(memoryBytes).toBeLessThan(20 * MIB);
    expect(heap.name).toBe('heap');
    heap.close();
  });

  it('starts with what is asked for', () => {
    expect(open({ initial: 4 * MIB }).stats().memoryBytes).toBe(4 * MIB);
    expect(open({ initial: 4 * MIB + 1 }).stats().memoryBytes).toBe(4 * MIB + SPAN_BYTES);
    expect(open({ initial: 16 * MIB }).stats().memoryBytes).toBe(16 * MIB);
  });

  it('starts with the tables at least', () => {
    const { memoryBytes, pagesMeta } = open({ initial: 1 }).stats();
    expect(memoryBytes).toBe((pagesMeta + 1) * SPAN_BYTES);
  });

  it('works with the smallest maximum that its error names', () => {
    const error = expectError(() => Heap.create({ maximum: 1 }), 'SIZE');
    const least = Number(/at least (\d+)/.exec(error.message)?.[1]);
    const heap = open({ maximum: least });
    heap.free(heap.alloc(100));
    expectError(() => Heap.create({ maximum: least - SPAN_BYTES }), 'SIZE');
  });

  it.each([
    [{ maximum: 2 ** 32 + 1 }, 'SIZE'],
    [{ maximum: 0 }, 'SIZE'],
    [{ maximum: -1 }, 'SIZE'],
    [{ maximum: Number.NaN }, 'SIZE'],
    [{ maximum: 1.5 * MIB + 0.5 }, 'SIZE'],
    [{ maximum: '16777216' }, 'TYPE'],
    [{ initial: 32 * MIB, maximum: 16 * MIB }, 'SIZE'],
    [{ initial: 2 ** 53 }, 'SIZE'],
    [{ initial: null }, 'TYPE'],
    [{ shared: 1 }, 'TYPE'],
    [{ debug: 'yes' }, 'TYPE'],
    [{ name: 7 }, 'TYPE'],
    [{ maxmium: 16 * MIB }, 'ARGUMENT'],
    [null, 'TYPE'],
    [16 * MIB, 'TYPE'],
  ])('refuses %j', (options, code) => {
    const create = /** @type {(options: unknown) => Heap} */ (Heap.create);
    expectError(() => create(options), code);
  });

  it('is the only way to make a Heap', () => {
    const Constructor = /** @type {new (...args: unknown[]) => Heap} */ (
      /** @type {unknown} */ (Heap)
    );
    expectError(() => new Constructor({}, {}), 'TYPE');
  });
});

describe('alloc', () => {
  it.each([0, 1, 15, 16, 17, 1000, 32768, 32769, 65536, 65537, 5 * MIB])('%d bytes', (bytes) => {
    const heap = open();
    const before = contentOf(heap);
    const address = heap.alloc(bytes);
    expect(address % 16).toBe(0);
    expect(heap.usableBytes(address)).toBeGreaterThanOrEqual(Math.max(1, bytes));
    heap.bytes(address, bytes).fill(255);
    expectSound(heap);
    heap.free(address);
    expect(contentOf(heap)).toEqual(before);
    expectSound(heap);
  });

  it.each([1, 2, 16, 32, 4096, 32768, 65536])('at an alignment of %d', (align) => {
    const heap = open();
    for (const bytes of [1, 100, 5000, 70_000]) {
      expect(heap.alloc(bytes, { align }) % align).toBe(0);
    }
    expectSound(heap);
  });

  it('never gives bytes out twice', () => {
    const heap = open();
    const seed = testSeed('never gives bytes out twice');
    const random = randomFrom(seed);
    /** @type {Map<number, {bytes: number, mark: number}>} */
    const live = new Map();
    for (let i = 0; i < 5000; i++) {
      if (random(3) === 0 && live.size > 0) {
        const address = [...live.keys()][random(live.size)];
        const { bytes, mark } = live.get(address) ?? { bytes: 0, mark: 0 };
        const content = heap.bytes(address, bytes);
        expect([content[0], content[bytes - 1]]).toEqual([mark, mark]);
        heap.free(address);
        live.delete(address);
      } else {
        const bytes = 1 + random(random(20) === 0 ? 100_000 : 600);
        const address = heap.alloc(bytes);
        expect(live.has(address)).toBe(false);
        heap.bytes(address, bytes).fill(i & 255);
        live.set(address, { bytes, mark: i & 255 });
      }
      if (live.size > 300) {
        for (const address of [...live.keys()].slice(0, 200)) {
          heap.free(address);
          live.delete(address);
        }
      }
    }
    expectSound(heap);
    expect(heap.stats().blocksLive + heap.stats().spansLive).toBe(live.size);
  });
});

describe('calloc', () => {
  it('zeroes what was used before', () => {
    const heap = open();
    for (const bytes of [24, 5000, 200_000]) {
      const dirty = heap.alloc(bytes);
      heap.bytes(dirty).fill(255);
      heap.free(dirty);
      const address = heap.calloc(bytes / 8, 8);
      expect(heap.bytes(address, bytes).every((byte) => byte === 0)).toBe(true);
    }
  });

  it('refuses a product beyond 32 bits', () => {
    const heap = open();
    const error = expectError(() => heap.calloc(65536, 65536), 'SIZE');
    expect(error.requestedBytes).toBe(2 ** 32);
  });
});

describe('realloc', () => {
  it('keeps the content, wherever the block goes', () => {
    const heap = open();
    let address = heap.alloc(10);
    heap.bytes(address, 10).set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const bytes of [20, 1000, 40_000, 300_000, 100, 10]) {
      address = heap.realloc(address, bytes);
      expect(Array.from(heap.bytes(address, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(heap.usableBytes(address)).toBeGreaterThanOrEqual(bytes);
    }
    expect(contentOf(heap)).toMatchObject({ blocksLive: 1, spansLive: 0 });
  });

  it('leaves the block alone when there is no room', () => {
    const heap = open();
    const address = heap.alloc(100);
    heap.bytes(address, 100).fill(42);
    const before = contentOf(heap);
    const error = expectError(() => heap.realloc(address, 64 * MIB), 'OUT_OF_MEMORY');
    expect(error).toMatchObject({ address, requestedBytes: 64 * MIB });
    expect(heap.bytes(address, 100).every((byte) => byte === 42)).toBe(true);
    expect(contentOf(heap)).toEqual(before);
  });

  it('of 0 allocates', () => {
    const heap = open();
    expect(heap.usableBytes(heap.realloc(0, 50))).toBeGreaterThanOrEqual(50);
  });
});

describe('a full heap', () => {
  it('says so, keeps what it has, and goes on when something is freed', () => {
    const heap = open({ maximum: 8 * MIB });
    const addresses = [];
    let error;
    for (;;) {
      try {
        addresses.push(heap.alloc(100_000));
      } catch (thrown) {
        error = thrown;
        break;
      }
    }
    expect(error).toMatchObject({ code: 'OUT_OF_MEMORY', requestedBytes: 100_000 });
    const { availableBytes } = /** @type {import('../../js/index.js').QbError} */ (error);
    expect(availableBytes).toBe(heap.stats().availableBytes);
    const before = contentOf(heap);
    for (let i = 0; i < 10; i++) expectError(() => heap.alloc(2 * MIB), 'OUT_OF_MEMORY');
    expect(contentOf(heap)).toEqual(before);
    expectSound(heap);
    for (const address of addresses) heap.free(address);
    heap.free(heap.alloc(4 * MIB));
    expectSound(heap);
  });

  it('fills up with small blocks to the last one', () => {
    const heap = open({ maximum: 2 * MIB });
    let count = 0;
    expectError(() => {
      for (;;) {
        heap.alloc(1024);
        count++;
      }
    }, 'OUT_OF_MEMORY');
    const { pageMax, pagesMeta } = { pageMax: 32, ...heap.stats() };
    expect(count).toBe((pageMax - pagesMeta) * 64);
    expectSound(heap);
  });
});

describe('bytes', () => {
  it('are the memory itself', () => {
    const heap = open();
    const address = heap.alloc(64);
    heap.bytes(address, 4).set([1, 0, 0, 0]);
    expect(heap.memory.root.u32[address >>> 2]).toBe(1);
    expect(heap.bytes(address).length).toBe(heap.usableBytes(address));
    expect(heap.bytes(address, 0).length).toBe(0);
  });

  it('reach into memory that has just grown', () => {
    const heap = open({ initial: 1 });
    const covered = heap.memory.byteLength;
    const address = heap.alloc(4 * MIB);
    expect(address + 4 * MIB).toBeGreaterThan(covered);
    heap.bytes(address, 4 * MIB)[4 * MIB - 1] = 7;
    expect(heap.memory.byteLength).toBeGreaterThan(covered);
  });
});

describe('a debug heap', () => {
  it('finds a write beyond the end of a block', () => {
    const heap = open({ debug: true });
    const address = heap.alloc(20);
    expect(heap.usableBytes(address)).toBe(20);
    const [good] = heap.bytes(address + 20, 1);
    heap.bytes(address + 20, 1)[0] = good ^ 1;
    const error = expectError(() => heap.free(address), 'OVERRUN');
    expect(error).toMatchObject({ address });
    expect(heap.check()).not.toEqual([]);
    heap.bytes(address + 20, 1)[0] = good;
    heap.free(address);
    expectSound(heap);
  });

  it('holds freed blocks back for a while and finds a double free', () => {
    const heap = open({ debug: true });
    const address = heap.alloc(100);
    heap.free(address);
    expect(heap.stats().blocksQuarantine).toBe(1);
    expect(heap.alloc(100)).not.toBe(address);
    expectError(() => heap.free(address), 'DOUBLE_FREE');
  });
});

describe('close', () => {
  it('ends the use of the heap in this thread, and may be called again', () => {
    const heap = Heap.create({ maximum: 2 * MIB, name: 'short' });
    const address = heap.alloc(10);
    heap.close();
    heap.close();
    heap.dispose();
    heap[Symbol.dispose]();
    expect(heap.closed).toBe(true);
    for (const call of [
      () => heap.alloc(10),
      () => heap.alloc(10, { align: 64 }),
      () => heap.calloc(1),
      () => heap.realloc(address, 20),
      () => heap.free(address),
      () => heap.share(address),
      () => heap.own(address),
      () => heap.stats(),
      () => heap.check(),
      () => heap.trim(),
    ]) {
      expectError(call, 'NOT_ATTACHED');
    }
    for (const call of [
      () => heap.bytes(address, 1),
      () => heap.inspect(),
      () => heap.threads(),
      () => heap.reap(2),
      () => heap.watch({}),
      () => heap.save(),
      () => heap.use(),
      () => heap.detach(),
      () => heap.descriptor,
      () => heap.roots.get('x'),
      () => heap.roots.set('x', 1),
    ]) {
      expect(expectError(call, 'CLOSED').message).toMatch(/attach to it again/i);
    }
  });

  it('counts: one agent attaches often and has one slot', () => {
    const heap = open();
    const again = Heap.attach(heap.descriptor);
    expect(again === heap).toBe(true);
    expect(heap.threads()).toHaveLength(1);
    again.close();
    expect(heap.closed).toBe(false);
    heap.free(heap.alloc(1));
  });

  it('leaves the memory to others: this agent can come back to what was shared', () => {
    const heap = Heap.create({ maximum: 2 * MIB });
    const { descriptor } = heap;
    const kept = heap.share(heap.alloc(100));
    heap.alloc(100);
    heap.close();
    const again = Heap.attach(descriptor);
    opened.push(again);
    expect(again === heap).toBe(false);
    expect(again.thread.generation).toBe(heap.thread.generation + 1);
    expect(contentOf(again)).toMatchObject({ blocksLive: 1, blocksShared: 1 });
    again.own(kept);
    expect(contentOf(again)).toMatchObject({ blocksLive: 1, blocksShared: 0 });
    again.free(kept);
  });

  it('keeps what the thread owns when asked to', () => {
    const heap = Heap.create({ maximum: 2 * MIB });
    const { descriptor } = heap;
    heap.alloc(100);
    heap.alloc(70_000);
    expectError(() => heap.detach(/** @type {never} */ ({ policy: 'burn' })), 'ARGUMENT');
    heap.detach({ policy: 'keep' });
    const again = Heap.attach(descriptor);
    opened.push(again);
    expect(contentOf(again)).toMatchObject({ blocksLive: 1, spansLive: 1, blocksShared: 2 });
    expectSound(again);
  });
});

describe('trim', () => {
  it('gives empty pages back', () => {
    const heap = open();
    const addresses = Array.from({ length: 2000 }, () => heap.alloc(1000));
    for (const address of addresses) heap.free(address);
    heap.trim();
    expect(heap.stats().pagesBlocks).toBe(0);
    expectSound(heap);
  });
});
