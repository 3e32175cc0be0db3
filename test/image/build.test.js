/**
 * Building images into files and buffers: what is there while it goes on, and what is left when it ends early.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Destination } from '../../js/image/destination-base.js';
import { arrayOf, buildImage, mapOf, open, openBytes, setOf, t } from '../../js/image/index.js';
import { PartsWriter } from '../../js/image/parts-writer.js';
import { Heap } from '../../js/index.js';
import { expectRefusal, opened } from '../support/builds.js';

const ByName = mapOf(t.string, t.any);
const Names = mapOf(t.string, t.u32);
let folder = '';
const file = (name = 'image.qbi') => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qbwasm-image-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** @param {number} count @returns {Generator<[string, unknown]>} */
function* entries(count) {
  for (let i = 0; i < count; i++) yield [`key ${i}`, { id: i, name: `value ${i}` }];
}

describe('building into a file', () => {
  it('makes an image of the same bytes as in memory', async () => {
    const { bytes, buffer, address, counts } = await ByName.build(entries(1000), file());
    expect([buffer, address]).toEqual([null, 0]);
    expect(counts).toEqual({ entries: 1000, keys: 1000, values: 1000 });
    const inMemory = await ByName.build(entries(1000));
    expect(new Uint8Array(readFileSync(file()))).toEqual(inMemory.buffer);
    expect(bytes).toBe(inMemory.bytes);
    expect(readdirSync(folder)).toEqual(['image.qbi']);
  });

  it('spills what is large, and leaves no temporary files', async () => {
    const ById = mapOf(t.u32, t.string);
    const list = Array.from(
      { length: 150_000 },
      (_, i) => /** @type {const} */ ([(i * 7919) % 150_000, `value ${i} ${'x'.repeat(20)}`]),
    );
    await ById.build(list, file());
    const map = (await open(file())).as(ById);
    expect(map.size).toBe(list.length);
    for (const [key, value] of list) if (map.get(key) !== value) expect(map.get(key)).toBe(value);
    expect(readdirSync(folder)).toEqual(['image.qbi']);
  });

  it('spills texts, and what it wrote is sound', async () => {
    const count = 60_000;
    function* texts() {
      for (let i = 0; i < count; i++) {
        yield/** @type {const} */ ([`key ${i} ${'x'.repeat(i % 40)}`, `value ${i}`]);
      }
    }
    const Texts = mapOf(t.string, t.string);
    const { counts } = await Texts.build(texts(), file());
    expect(counts.keys).toBe(count);
    const map = (await open(file(), { verify: { nodes: 10 ** 6 } })).as(Texts);
    for (const [key, value] of texts())
      if (map.get(key) !== value) expect(map.get(key)).toBe(value);
  });

  it('takes a file: URL, and a folder for spill files', async () => {
    const spill = mkdtempSync(join(folder, 'spill-'));
    await ByName.build(entries(10), pathToFileURL(file()), { spill });
    expect((await open(pathToFileURL(file()))).as(ByName).size).toBe(10);
    expect((await open(String(pathToFileURL(file())))).as(ByName).size).toBe(10);
    expect(readdirSync(spill)).toEqual([]);
  });

  it('replaces what was there only when it is complete', async () => {
    writeFileSync(file(), 'before');
    async function* watching() {
      yield* entries(10);
      expect(readFileSync(file(), 'utf8')).toBe('before');
    }
    await ByName.build(watching(), file());
    expect((await open(file())).as(ByName).size).toBe(10);
    function* failing() {
      yield* entries(20);
      throw new Error('the disk of the source is broken');
    }
    await expect(ByName.build(failing(), file())).rejects.toThrow('broken');
    expect((await open(file())).as(ByName).size).toBe(10);
    expect(readdirSync(folder)).toEqual(['image.qbi']);
    await ByName.build(entries(5), file());
    expect((await open(file())).as(ByName).has('key 7')).toBe(false);
  });

  it('says so when the folder is not there, or the name is that of a folder', async () => {
    const missing = join(folder, 'missing', 'x.qbi');
    await expect(ByName.build([], missing)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ByName.build([], folder)).rejects.toMatchObject({ code: 'FILE' });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a build that ends early', () => {
  /** @type {[string, RegExp, (count: number) => Iterable<[string, unknown]> | AsyncIterable<[string, unknown]>][]} */
  const failing = [
    [
      'an iterator that throws',
      /no more/,
      function* (count) {
        yield* entries(count);
        throw new RangeError('no more');
      },
    ],
    [
      'an async iterator that rejects',
      /no more/,
      async function* (count) {
        yield* entries(count);
        throw new RangeError('no more');
      },
    ],
    [
      'an entry that is none',
      /pairs/,
      function* (count) {
        yield* entries(count);
        yield/** @type {[string, unknown]} */ (/** @type {unknown} */ (7));
      },
    ],
    [
      'a value that cannot be packed',
      /function/,
      function* (count) {
        yield* entries(count);
        yield ['last', () => 0];
      },
    ],
    [
      'a key that comes twice',
      /key 0/,
      function* (count) {
        yield* entries(count);
        yield ['key 0', 1];
      },
    ],
  ];

  it.each(failing)('%s leaves the file as it was', async (_, message, make) => {
    for (const count of [1, 50_000]) {
      writeFileSync(file(), 'before');
      await expect(ByName.build(make(count), file())).rejects.toThrow(message);
      expect(readdirSync(folder)).toEqual(['image.qbi']);
      expect(readFileSync(file(), 'utf8')).toBe('before');
    }
  });

  it.each(failing)('%s leaves a heap as it was', async (_, message, make) => {
    const heap = await Heap.create({ maximum: 2 ** 26 });
    const before = heap.stats();
    await expect(ByName.build(make(10), heap, { root: 'map' })).rejects.toThrow(message);
    expect(heap.stats()).toEqual(before);
    expect(heap.roots.has('map')).toBe(false);
    heap.close();
  });

  it('closes the iterator', async () => {
    let closed = 0;
    const iterable = {
      *[Symbol.iterator]() {
        try {
          yield* entries(5);
          yield/** @type {[string, unknown]} */ (['key 0', 0]);
          yield/** @type {[string, unknown]} */ (['never', 0]);
        } finally {
          closed++;
        }
      },
    };
    await expect(ByName.build(iterable)).rejects.toMatchObject({ code: 'DUPLICATE' });
    expect(closed).toBe(1);
  });

  it('closes an async iterator when a value is refused', async () => {
    let isClosed = false;
    async function* entries() {
      try {
        yield/** @type {const} */ (['a', 1]);
        yield/** @type {const} */ (['b', 999]);
      } finally {
        isClosed = true;
      }
    }
    await expectRefusal(mapOf(t.string, t.u8).build(entries()), 'TYPE');
    expect(isClosed).toBe(true);
    const Names = mapOf(t.string, t.u16);
    expect(
      opened(await Names.build(entries()))
        .as(Names)
        .get('b'),
    ).toBe(999);
  });

  it('an iterable of an array that throws or rejects ends it with that error', async () => {
    function* throwing() {
      yield 1;
      throw new RangeError('mine');
    }
    await expect(arrayOf(t.u8).build(throwing())).rejects.toThrow('mine');
    async function* rejecting() {
      yield 1;
      await Promise.reject(new RangeError('mine too'));
    }
    await expect(arrayOf(t.u8).build(rejecting())).rejects.toThrow('mine too');
  });

  it('a signal ends it, also when the iterable never does', async () => {
    const controller = new AbortController();
    let closed = false;
    const endless = {
      *[Symbol.iterator]() {
        try {
          for (let i = 0; ; i++) yield/** @type {[string, unknown]} */ ([`key ${i}`, null]);
        } finally {
          closed = true;
        }
      },
    };
    setTimeout(() => controller.abort(new Error('enough')), 50);
    const build = ByName.build(endless, file(), { signal: controller.signal });
    await expect(build).rejects.toThrow('enough');
    expect(closed).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a signal ends it while an async iterator makes one wait', async () => {
    const controller = new AbortController();
    let closed = 0;
    const stuck = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          closed++;
          return { done: true, value: undefined };
        },
      }),
    };
    setTimeout(() => controller.abort(), 20);
    const build = ByName.build(/** @type {never} */ (stuck), file(), { signal: controller.signal });
    await expect(build).rejects.toMatchObject({ name: 'AbortError' });
    expect(closed).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a signal ends it when parts have spilled, also into another folder', async () => {
    const spill = mkdtempSync(join(tmpdir(), 'qbwasm-spill-'));
    try {
      const abort = new AbortController();
      async function* slow() {
        for (let i = 0; ; i++) {
          if (i === 50_000) abort.abort(new Error('enough'));
          yield/** @type {const} */ ([`a key that takes some room, number ${i}`, i]);
        }
      }
      const build = Names.build(slow(), file(), { signal: abort.signal, spill });
      await expect(build).rejects.toThrow('enough');
      expect([readdirSync(folder), readdirSync(spill)]).toEqual([[], []]);
    } finally {
      rmSync(spill, { recursive: true });
    }
  });

  it('does not begin with a signal that was given already', async () => {
    const signal = AbortSignal.abort(new Error('before'));
    await expect(ByName.build(entries(3), file(), { signal })).rejects.toThrow('before');
    expect(readdirSync(folder)).toEqual([]);
    const aborted = { signal: AbortSignal.abort() };
    await expect(arrayOf(t.u8).build([1], undefined, aborted)).rejects.toThrow(/abort/i);
  });

  it('a progress callback that throws ends it', async () => {
    const progress = () => {
      throw new Error('from progress');
    };
    await expect(ByName.build(entries(3), file(), { progress })).rejects.toThrow('from progress');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('ends as soon as the image comes to 4 GiB', () => {
    const image = new Destination();
    image.length = 2 ** 32 - 2 ** 22; // what other containers have taken
    const part = new PartsWriter(image).spool(0);
    const piece = new Uint8Array(2 ** 20);
    for (let i = 0; i < 3; i++) part.append(piece);
    const more = () => {
      for (let i = 0; i < 2; i++) part.append(piece);
    };
    expect(more).toThrow(expect.objectContaining({ code: 'SIZE' }));
  });
});

describe('progress', () => {
  it('tells of each container, at its end with all its entries', async () => {
    /** @type {import('../../js/image/feed.js').Progress[]} */
    const told = [];
    await buildImage(
      undefined,
      { a: arrayOf(t.u8).from([1, 2, 3]), b: setOf(t.string).from(['x']) },
      { progress: (progress) => told.push(progress) },
    );
    expect(told.at(-1)).toMatchObject({ container: 'b', entries: 1 });
    expect(told.find(({ container }) => container === 'a')?.entries).toBe(3);
  });

  it('tells how far the build is, which a signal ends', async () => {
    /** @type {{ container: string, entries: number, bytes: number }[]} */
    const told = [];
    const abort = new AbortController();
    function* endless() {
      for (let i = 0; ; i++) yield i % 200;
    }
    const build = buildImage(
      undefined,
      { numbers: arrayOf(t.u8).from(endless()) },
      {
        signal: abort.signal,
        progress: (progress) => {
          told.push(progress);
          if (told.length === 2) abort.abort(new Error('enough'));
        },
      },
    );
    await expect(build).rejects.toThrow('enough');
    expect(told[1].container).toBe('numbers');
    expect(told[1].entries).toBeGreaterThan(told[0].entries);
    expect(told[1].bytes).toBeGreaterThan(0);
  });
});

describe('building into a buffer', () => {
  it('writes where the buffer begins, and no further than the image goes', async () => {
    const buffer = new SharedArrayBuffer(4096);
    const target = new Uint8Array(buffer, 64, 2048);
    const built = await ByName.build([['a', 1]], target);
    expect(built.buffer?.byteOffset).toBe(64);
    expect(openBytes(target).as(ByName).get('a')).toBe(1);
    await ByName.build([['b', 2]], buffer);
    expect(openBytes(buffer).as(ByName).get('b')).toBe(2);
    const large = new Uint8Array(4096).fill(7);
    const inLarge = await ByName.build([['a', 1]], large);
    expect(inLarge.buffer?.buffer).toBe(large.buffer);
    expect(openBytes(large).as(ByName).get('a')).toBe(1);
    expect(large.subarray(inLarge.bytes).every((byte) => byte === 7)).toBe(true);
  });

  it('a buffer that is too small is as it was', async () => {
    const { bytes } = await ByName.build(entries(10));
    for (const length of [200, bytes - 8]) {
      const target = new Uint8Array(length).fill(7);
      await expectRefusal(ByName.build(entries(10), target), 'SIZE');
      expect(target).toEqual(new Uint8Array(length).fill(7));
    }
  });

  it('stands at multiples of 8', async () => {
    const target = new Uint8Array(new ArrayBuffer(4096), 4);
    await expectRefusal(ByName.build([], target), 'ALIGN');
  });

  it.each([7, {}, true])('%o is no destination', async (dest) => {
    await expectRefusal(ByName.build([], /** @type {never} */ (dest)), 'TYPE');
  });

  it('has no root: that is for heaps', async () => {
    await expectRefusal(ByName.build([], file(), { root: 'x' }), 'ARGUMENT');
    expect(readdirSync(folder)).toEqual([]);
  });
});
