/**
 * Where images are built: files, buffers, heaps; and what is left when a build ends early.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  arrayOf,
  buildImage,
  mapOf,
  multiMapOf,
  open,
  openBytes,
  openRoot,
  setOf,
  t,
  verify,
} from '../../js/image/index.js';
import { Heap } from '../../js/index.js';

const ByName = mapOf(t.string, t.any);
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
    const { bytes, buffer, counts } = await ByName.build(entries(1000), file());
    expect(buffer).toBe(null);
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

  it('takes a file: URL, and a folder for spill files', async () => {
    const spill = mkdtempSync(join(folder, 'spill-'));
    await ByName.build(entries(10), pathToFileURL(file()), { spill });
    expect((await open(pathToFileURL(file()))).as(ByName).size).toBe(10);
    expect((await open(String(pathToFileURL(file())))).as(ByName).size).toBe(10);
    expect(readdirSync(spill)).toEqual([]);
  });

  it('replaces what was there only when it is complete', async () => {
    writeFileSync(file(), 'before');
    const build = ByName.build(
      (async function* () {
        yield* entries(10);
        expect(readFileSync(file(), 'utf8')).toBe('before');
      })(),
      file(),
    );
    await build;
    expect((await open(file())).as(ByName).size).toBe(10);
  });

  it('says so when the folder is not there, or the name is that of a folder', async () => {
    const missing = join(folder, 'missing', 'x.qbi');
    await expect(ByName.build([], missing)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ByName.build([], folder)).rejects.toMatchObject({ code: 'FILE' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a map is read after its file was deleted', async () => {
    await ByName.build(entries(100), file());
    const map = (await open(file())).as(ByName);
    rmSync(file());
    expect(/** @type {Map<string, unknown>} */ (map.get('key 7')).get('name')).toBe('value 7');
  });
});

describe('a build that ends early', () => {
  /** @type {[string, (count: number) => Iterable<[string, unknown]> | AsyncIterable<[string, unknown]>][]} */
  const failing = [
    [
      'an iterator that throws',
      function* (count) {
        yield* entries(count);
        throw new RangeError('no more');
      },
    ],
    [
      'an async iterator that rejects',
      async function* (count) {
        yield* entries(count);
        throw new RangeError('no more');
      },
    ],
    [
      'an entry that is none',
      function* (count) {
        yield* entries(count);
        yield/** @type {[string, unknown]} */ (/** @type {unknown} */ (7));
      },
    ],
    [
      'a value that cannot be packed',
      function* (count) {
        yield* entries(count);
        yield ['last', () => 0];
      },
    ],
    [
      'a key that comes twice',
      function* (count) {
        yield* entries(count);
        yield ['key 0', 1];
      },
    ],
  ];

  it.each(failing)('%s leaves the file as it was', async (_, make) => {
    for (const count of [1, 50_000]) {
      writeFileSync(file(), 'before');
      await expect(ByName.build(make(count), file())).rejects.toThrow();
      expect(readdirSync(folder)).toEqual(['image.qbi']);
      expect(readFileSync(file(), 'utf8')).toBe('before');
    }
  });

  it.each(failing)('%s leaves a heap as it was', async (_, make) => {
    const heap = await Heap.create({ maximum: 2 ** 26 });
    const before = heap.stats();
    await expect(ByName.build(make(10), heap, { root: 'map' })).rejects.toThrow();
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

  it('does not begin with a signal that was given already', async () => {
    const signal = AbortSignal.abort(new Error('before'));
    await expect(ByName.build(entries(3), file(), { signal })).rejects.toThrow('before');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a progress callback that throws ends it', async () => {
    const progress = () => {
      throw new Error('from progress');
    };
    await expect(ByName.build(entries(3), file(), { progress })).rejects.toThrow('from progress');
    expect(readdirSync(folder)).toEqual([]);
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
});

describe('building into a buffer', () => {
  it('writes where the buffer begins', async () => {
    const buffer = new SharedArrayBuffer(4096);
    const target = new Uint8Array(buffer, 64, 2048);
    const built = await ByName.build([['a', 1]], target);
    expect(built.buffer?.byteOffset).toBe(64);
    expect(openBytes(target).as(ByName).get('a')).toBe(1);
  });

  it('a buffer that is too small is as it was', async () => {
    const target = new Uint8Array(200).fill(7);
    await expect(ByName.build(entries(10), target)).rejects.toMatchObject({ code: 'SIZE' });
    expect(target).toEqual(new Uint8Array(200).fill(7));
  });

  it('stands at multiples of 8', async () => {
    const target = new Uint8Array(new ArrayBuffer(4096), 4);
    await expect(ByName.build([], target)).rejects.toMatchObject({ code: 'ALIGN' });
  });

  it.each([7, {}, true])('%o is no destination', async (dest) => {
    const build = ByName.build([], /** @type {never} */ (dest));
    await expect(build).rejects.toMatchObject({ code: 'TYPE' });
  });
});

describe('building into a heap', () => {
  it('is published under its name, and opened by it', async () => {
    const heap = await Heap.create({ maximum: 2 ** 26 });
    const { address, bytes } = await ByName.build(entries(100), heap, { root: 'map' });
    expect(address % 64).toBe(0);
    const image = openRoot(heap, 'map');
    expect([image.address, image.size]).toEqual([address, bytes]);
    expect(image.as(ByName).size).toBe(100);
    expect((await open(heap, { root: 'map' })).as(ByName).has('key 3')).toBe(true);
    heap.close();
  });

  it('a name that is taken is refused before anything is built', async () => {
    const heap = await Heap.create({ maximum: 2 ** 26 });
    await ByName.build([], heap, { root: 'map' });
    let asked = false;
    const never = {
      *[Symbol.iterator]() {
        asked = true;
        yield/** @type {[string, unknown]} */ (['a', 1]);
      },
    };
    const again = ByName.build(never, heap, { root: 'map' });
    await expect(again).rejects.toMatchObject({ code: 'EXISTS' });
    expect(asked).toBe(false);
    heap.close();
  });

  it('a heap that is too small is as it was', async () => {
    const heap = await Heap.create({ maximum: 2 ** 21 });
    const before = heap.stats();
    const build = arrayOf(t.f64).build(new Float64Array(2 ** 19), heap, { root: 'big' });
    await expect(build).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
    expect(heap.stats().liveBytes).toBe(before.liveBytes);
    expect(heap.roots.has('big')).toBe(false);
    heap.close();
  });

  it('a root is for heaps', async () => {
    await expect(ByName.build([], file(), { root: 'x' })).rejects.toMatchObject({
      code: 'ARGUMENT',
    });
    const heap = await Heap.create({ maximum: 2 ** 21 });
    heap.roots.set('other', 5, { kind: 1 });
    expect(() => openRoot(heap, 'other')).toThrow(expect.objectContaining({ code: 'SCHEMA' }));
    expect(() => openRoot(heap, 'none')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    heap.close();
  });
});

describe('what a map does with a key that comes twice', () => {
  /** @type {[string, number][]} */
  const twice = [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ];
  const Numbers = mapOf(t.string, t.u32);

  it('is what its options say', async () => {
    const built = async (/** @type {'first' | 'last'} */ duplicates) => {
      const { buffer } = await Numbers.build(twice, undefined, { duplicates });
      return [...openBytes(/** @type {Uint8Array} */ (buffer)).as(Numbers)];
    };
    expect(await built('first')).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(await built('last')).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
    await expect(Numbers.build(twice)).rejects.toMatchObject({ code: 'DUPLICATE', given: 'a' });
    const bad = { duplicates: /** @type {never} */ ('sum') };
    await expect(Numbers.build(twice, undefined, bad)).rejects.toMatchObject({ code: 'ARGUMENT' });
  });

  it('is settled across spill files as well', async () => {
    const list = [...Array(120_000).keys()];
    const all = function* () {
      for (const i of list) yield/** @type {const} */ ([`a rather long key, number ${i}`, i]);
      for (const i of list) yield/** @type {const} */ ([`a rather long key, number ${i}`, i + 1]);
    };
    await Numbers.build(all(), file(), { duplicates: 'last' });
    const map = (await open(file())).as(Numbers);
    expect(map.size).toBe(list.length);
    expect(list.every((i) => map.get(`a rather long key, number ${i}`) === i + 1)).toBe(true);
  });
});

describe('equal values', () => {
  it('stand once with dedupe', async () => {
    const same = Array.from({ length: 1000 }, (_, i) => ({
      name: 'same',
      tags: ['a', `${i % 3}`],
    }));
    const plain = await arrayOf(t.any).build(same);
    const deduped = await arrayOf(t.any).build(same, undefined, { dedupe: true });
    expect(deduped.bytes).toBeLessThan(plain.bytes / 10);
    const [a, b] = [plain, deduped].map(({ buffer }) =>
      openBytes(/** @type {Uint8Array} */ (buffer)),
    );
    expect(b.as(arrayOf(t.any)).toJSON()).toEqual(a.as(arrayOf(t.any)).toJSON());
    expect(verify(/** @type {Uint8Array} */ (deduped.buffer)).nodes).toBeLessThan(50);
  });
});

describe('merging', () => {
  it('has the entries of all, in their order', async () => {
    const Numbers = mapOf(t.string, t.u32);
    await Numbers.build(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      file('1.qbi'),
    );
    await Numbers.build(new Map([['c', 3]]), file('2.qbi'));
    const maps = await Promise.all(
      [1, 2].map(async (n) => (await open(file(`${n}.qbi`))).as(Numbers)),
    );
    await Numbers.merge([...maps, [['d', 4]]], file());
    expect([...(await open(file())).as(Numbers)]).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
    ]);
    const clash = Numbers.merge([maps[0], maps[0]], file());
    await expect(clash).rejects.toMatchObject({ code: 'DUPLICATE' });
    expect((await open(file())).as(Numbers).size).toBe(4);
  });

  it('joins the values of multi-maps', async () => {
    const Multi = multiMapOf(t.u8, t.string);
    const built = await Promise.all(
      [
        [
          [2, 'a'],
          [1, 'b'],
        ],
        [[2, 'c']],
      ].map((list) => Multi.build(/** @type {never} */ (list))),
    );
    const maps = built.map(({ buffer }) => openBytes(/** @type {Uint8Array} */ (buffer)).as(Multi));
    const { buffer } = await Multi.merge(maps);
    const all = openBytes(/** @type {Uint8Array} */ (buffer)).as(Multi);
    expect([...all].map(([key, values]) => [key, [...values]])).toEqual([
      [1, ['b']],
      [2, ['a', 'c']],
    ]);
  });
});
