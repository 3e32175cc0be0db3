import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PAGE_KIND } from '../../js/base/generated/layout.js';
import { Heap } from '../../js/index.js';

/** @type {Heap} */
let heap;

beforeEach(() => {
  heap = Heap.create({ maximum: 16 * 2 ** 20 });
});

afterEach(() => heap.close());

describe('inspect', () => {
  it('has an entry for each page, as stats counts them', () => {
    for (let i = 0; i < 100; i++) heap.alloc(i * 50);
    heap.alloc(200_000);
    const map = heap.inspect();
    const stats = heap.stats();
    const count = (/** @type {number} */ kind) => map.kinds.filter((k) => k === kind).length;
    expect(map.pageCount).toBe(stats.pageCount);
    expect(map.kinds).toHaveLength(stats.pageCount);
    expect(count(PAGE_KIND.META)).toBe(stats.pagesMeta);
    expect(count(PAGE_KIND.BLOCKS)).toBe(stats.pagesBlocks);
    expect(count(PAGE_KIND.SPAN) + count(PAGE_KIND.TAIL)).toBe(stats.pagesSpan);
    expect(count(PAGE_KIND.VIRGIN)).toBe(stats.pagesVirgin);
    expect(map.live.reduce((sum, live) => sum + live, 0)).toBe(stats.blocksLive);
    expect(map.kindNames[PAGE_KIND.BLOCKS]).toBe('blocks');
  });

  it('tells the class, the owner and the fill of a page', () => {
    const addresses = Array.from({ length: 40 }, () => heap.alloc(1024));
    const page = addresses[0] >>> 16;
    const map = heap.inspect();
    expect(map.kinds[page]).toBe(PAGE_KIND.BLOCKS);
    expect(map.owners[page]).toBe(heap.thread.number);
    expect(map.classBytes[map.classes[page]]).toBe(1024);
    expect([map.live[page], map.capacity[page]]).toEqual([40, 64]);
    expect(map.fill[page]).toBeCloseTo(40 / 64);
  });

  it('gives all pages of a span to its owner', () => {
    const span = heap.alloc(150_000);
    const first = span >>> 16;
    const map = heap.inspect();
    expect([...map.owners.subarray(first, first + 4)]).toEqual([1, 1, 1, 0]);
    expect([...map.fill.subarray(first, first + 4)]).toEqual([1, 1, 1, 0]);
    heap.share(span);
    expect([...heap.inspect().owners.subarray(first, first + 3)]).toEqual([255, 255, 255]);
  });

  it('is a copy that the heap does not change any more', () => {
    const map = heap.inspect();
    const kinds = [...map.kinds];
    for (let i = 0; i < 10; i++) heap.alloc(70_000);
    expect([...map.kinds]).toEqual(kinds);
  });
});

describe('stats', () => {
  it('adds up: every page is one of the kinds', () => {
    heap.alloc(10);
    heap.alloc(100_000);
    heap.free(heap.alloc(500_000));
    const stats = heap.stats();
    const { pagesMeta, pagesVirgin, pagesFree, pagesBlocks, pagesSpan, pagesPending } = stats;
    expect(pagesMeta + pagesVirgin + pagesFree + pagesBlocks + pagesSpan + pagesPending).toBe(
      stats.pageCount,
    );
    expect(stats.liveBytes).toBe(16 + 131_072);
    expect(stats.availableBytes).toBe(
      stats.maximumBytes - (pagesMeta + pagesBlocks + pagesSpan) * 65536,
    );
  });

  it('counts arenas apart', () => {
    const arena = heap.core.arenaOpen(65_536);
    heap.core.arenaAlloc(arena, 30_000, 8);
    expect(heap.stats()).toMatchObject({ arenasLive: 1, arenaBytes: 4096 + 65_536 });
  });
});

describe('check', () => {
  it('names the page and the fault', () => {
    const address = heap.alloc(100);
    const { u32 } = heap.memory.root;
    const states = u32[(1024 + 24) >>> 2];
    const word = (states >>> 2) + (address >>> 16);
    const before = u32[word];
    u32[word] = 14;
    const [fault] = heap.check();
    expect(fault).toMatchObject({ page: address >>> 16, text: expect.stringMatching(/page/) });
    u32[word] = before;
    expect(heap.check()).toEqual([]);
  });
});
