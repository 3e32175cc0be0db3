/**
 * Building containers: what goes in comes out, and what is refused leaves everything as it was.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import {
  arrayOf,
  buildImage,
  mapOf,
  multiMapOf,
  openBytes,
  setOf,
  struct,
  t,
} from '../../js/image/index.js';
import { QbError } from '../../js/index.js';
import { Person } from '../support/images.js';
import { randomFrom, testSeed } from '../support/random.js';

/** @param {{ buffer: Uint8Array | null }} built */
const opened = ({ buffer }) => openBytes(/** @type {Uint8Array} */ (buffer));

/** @param {Promise<unknown>} promise @param {string} code */
async function expectRefusal(promise, code) {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(QbError);
  expect([error.code, error.message]).toEqual([code, error.message]);
  return error;
}

/** @param {number} count @param {(limit: number) => number} random */
function shuffled(count, random) {
  const ids = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random(i + 1);
    [ids[i], ids[j]] = [ids[j], ids[i]];
  }
  return ids;
}

describe('a mapper with 2 010 ids', () => {
  const random = randomFrom(testSeed('ids'));
  const ordered = Array.from({ length: 2010 }, (_, i) => i);
  const orders = { ordered, reversed: ordered.toReversed(), shuffled: shuffled(2010, random) };

  it.each(Object.entries(orders))('%s has all of them, and no others', async (_, ids) => {
    const Mapper = mapOf(t.u32, t.string);
    const map = opened(
      await Mapper.build(ids.map((id) => /** @type {const} */ ([id * 3, `n${id}`]))),
    ).as(Mapper);
    expect(map.size).toBe(2010);
    for (let id = 0; id < 2010; id++) {
      expect(map.get(id * 3)).toBe(`n${id}`);
      expect(map.has(id * 3 + 1)).toBe(false);
      expect(map.indexOf(id * 3)).toBe(id);
    }
    expect([...map.keys()]).toEqual(ordered.map((id) => id * 3));
    expect(Array.from(map.range(30, 39), ([id]) => id)).toEqual([30, 33, 36]);
    expect(Array.from(map.range(6000, undefined, { reverse: true }), ([id]) => id).at(-1)).toBe(
      6000,
    );
  });

  it('with duplicates is refused, or the first or last counts', async () => {
    const Mapper = mapOf(t.u32, t.u32);
    const entries = [...ordered, ...ordered].map((id, i) => /** @type {const} */ ([id, i]));
    const error = await expectRefusal(Mapper.build(entries), 'DUPLICATE');
    expect(error.message).toContain('0');
    const first = opened(await Mapper.build(entries, undefined, { duplicates: 'first' })).as(
      Mapper,
    );
    const last = opened(await Mapper.build(entries, undefined, { duplicates: 'last' })).as(Mapper);
    for (const id of ordered) {
      expect([first.get(id), last.get(id)]).toEqual([id, id + 2010]);
    }
    expect([first.size, last.size]).toEqual([2010, 2010]);
  });

  it('of several values each keeps their order', async () => {
    const Multi = multiMapOf(t.u32, t.u32);
    const entries = [...orders.shuffled, ...ordered].map((id, i) => /** @type {const} */ ([id, i]));
    const map = opened(await Multi.build(entries)).as(Multi);
    expect([map.size, map.valueCount]).toEqual([2010, 4020]);
    for (const id of ordered) {
      expect([...map.get(id)]).toEqual([orders.shuffled.indexOf(id), 2010 + id]);
      expect(map.count(id)).toBe(2);
    }
    expect([...map.get(99_999)]).toEqual([]);
  });
});

describe('keys', () => {
  it('of 65 537 bytes are keys like others', async () => {
    const long = `${'ä'.repeat(32_768)}x`;
    const Names = mapOf(t.string, t.u8);
    const map = opened(
      await Names.build([
        [long, 1],
        [`${long}y`, 2],
        ['x', 3],
      ]),
    ).as(Names);
    expect([map.get(long), map.get(`${long}y`), map.get(long.slice(1))]).toEqual([1, 2, undefined]);
    expect(map.keyAt(0)).toBe(long);
  });

  it('with half a surrogate pair are refused for t.string, and are keys of t.any', async () => {
    const error = await expectRefusal(mapOf(t.string, t.u8).build([['a\ud800', 1]]), 'RANGE');
    expect(error.message).toContain('t.any');
    const Any = mapOf(t.any, t.u8);
    const map = opened(
      await Any.build([
        ['a\ud800', 1],
        ['a\udc00', 2],
      ]),
    ).as(Any);
    expect([map.get('a\ud800'), map.get('a\udc00'), map.get('a')]).toEqual([1, 2, undefined]);
  });

  it.each([mapOf(t.string, t.u8), mapOf(t.any, t.u8)])('are found in a small %s', async (type) => {
    const same = 'a long text that all begin with, '.repeat(4);
    const keys = ['', 'a', 'ä', '漢字 💾', `${same}1`, `${same}2`, `${same}ä`, 'x'.repeat(2000)];
    const map = opened(await type.build(keys.map((key, i) => [key, i]))).as(type);
    expect(keys.map((key) => map.get(key))).toEqual(keys.map((_, i) => i));
    for (const key of ['b', 'ö', `${same}3`, same, '漢字', 'x'.repeat(1999), '\ud800']) {
      expect(map.has(key)).toBe(false);
    }
  });

  it('that are asked for again and again are what they were, and end with the image', async () => {
    const Names = mapOf(t.string, t.u32);
    const plain = new Map(Array.from({ length: 30_000 }, (_, i) => [`key ${i}`, i]));
    const image = opened(await Names.build(plain));
    const map = image.as(Names);
    const ask = (/** @type {number} */ count) => {
      let wrong = 0;
      for (let i = 0; i < count; i++) {
        if (map.get(`key ${i}`) !== plain.get(`key ${i}`)) wrong++;
        if (map.has(`none ${i}`)) wrong++;
      }
      return wrong;
    };
    for (const count of [500, 40_000, 5000, 40_000, 500]) {
      for (let pass = 0; pass < 12_000 / count + 4; pass++) expect(ask(count)).toBe(0);
    }
    image.close();
    for (const key of ['key 7', 'none 7', 'never asked for']) {
      expect(() => map.has(key)).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    }
  });

  it('of any kind are equal by value', async () => {
    const Any = mapOf(t.any, t.string);
    const map = opened(
      await Any.build([
        [1, 'one'],
        [[1, 'a'], 'tuple'],
        [new Date(7), 'date'],
      ]),
    ).as(Any);
    expect(map.get(1n)).toBe('one');
    expect(map.get([1, 'a'])).toBe('tuple');
    expect(map.get(new Date(7))).toBe('date');
    await expectRefusal(
      Any.build([
        [1, 'a'],
        [1n, 'b'],
      ]),
      'DUPLICATE',
    );
    await expectRefusal(Any.build([[{ a: 1 }, 'x']]), 'TYPE');
  });

  it.each([
    [t.u8, 256],
    [t.u8, -1],
    [t.u8, 1.5],
    [t.i32, 2 ** 31],
    [t.u64, -1n],
    [t.u32, '1'],
    [t.string, 1],
  ])('of type %s cannot be %s', async (type, key) => {
    const error = await mapOf(/** @type {typeof t.any} */ (/** @type {unknown} */ (type)), t.u8)
      .build([[/** @type {never} */ (key), 1]])
      .catch((reason) => reason);
    expect(error).toBeInstanceOf(QbError);
    expect(['TYPE', 'RANGE']).toContain(error.code);
  });

  it('cannot be of a type that has no equality', () => {
    expect(() => mapOf(t.date, t.u8)).toThrow(/t.string/);
    expect(() => mapOf(/** @type {never} */ ('string'), t.u8)).toThrow(/t.string/);
    expect(() => arrayOf(/** @type {never} */ (Map))).toThrow(/field type/);
  });
});

describe('empty containers', () => {
  it.each([arrayOf(t.u8), arrayOf(t.string), arrayOf(Person)])(
    '%s has no elements',
    async (type) => {
      const array = opened(await type.build([])).as(
        /** @type {ReturnType<typeof arrayOf>} */ (type),
      );
      expect([array.length, array.at(0), [...array], array.indexOf(1)]).toEqual([
        0,
        undefined,
        [],
        -1,
      ]);
    },
  );

  it.each([mapOf(t.string, t.u8), mapOf(t.f64, Person), mapOf(t.any, t.any)])(
    '%s has no keys',
    async (type) => {
      const any = /** @type {ReturnType<typeof mapOf>} */ (/** @type {unknown} */ (type));
      const map = opened(await any.build([])).as(any);
      expect([
        map.size,
        map.get(/** @type {never} */ ('a')),
        map.has(/** @type {never} */ (1)),
        [...map],
      ]).toEqual([0, undefined, false, []]);
    },
  );

  it('multi-maps and sets are empty too', async () => {
    const Multi = multiMapOf(t.string, t.u8);
    expect([
      ...opened(await Multi.build([]))
        .as(Multi)
        .get('a'),
    ]).toEqual([]);
    const Ids = setOf(t.i64);
    expect([...opened(await Ids.build([])).as(Ids)]).toEqual([]);
  });
});

describe('values', () => {
  it('that are equal stand once with dedupe', async () => {
    const Names = arrayOf(t.any);
    const list = Array.from({ length: 1000 }, (_, i) => `a rather long text, number ${i % 10}`);
    const plain = await Names.build(list);
    const deduped = await Names.build(list, undefined, { dedupe: true });
    expect(deduped.bytes).toBeLessThan(plain.bytes / 5);
    expect([...opened(deduped).as(Names)]).toEqual(list);
  });

  it('of a class are views with its methods; in place they may be written', async () => {
    class Cell extends struct('BuildCell', { n: t.u32, on: t.bool }) {
      double() {
        return this.n * 2;
      }
    }
    const Cells = mapOf(t.string, Cell);
    const { buffer } = await Cells.build([['a', { n: 21, on: true }]]);
    const bytes = /** @type {Uint8Array} */ (buffer);
    expect(openBytes(bytes).as(Cells).get('a')?.double()).toBe(42);
    const view = /** @type {Cell} */ (openBytes(bytes, { writable: true }).as(Cells).get('a'));
    view.n = 4;
    expect(Cell.atomic.n.add(view, 3)).toBe(4);
    expect(openBytes(bytes).as(Cells).get('a')?.n).toBe(7);
    expect(() => {
      /** @type {Cell} */ (openBytes(bytes).as(Cells).get('a')).n = 1;
    }).toThrow(/read only/);
  });

  it('of a wrong type are refused with their place', async () => {
    const error = await expectRefusal(
      arrayOf(Person).build([{ name: 'a' }, { name: /** @type {never} */ (7) }]),
      'TYPE',
    );
    expect(error.message).toContain('[1]');
    await expectRefusal(
      mapOf(t.string, t.u8).build([
        ['a', 1],
        ['b', 300],
      ]),
      'TYPE',
    );
    await expectRefusal(mapOf(t.string, t.u8).build(/** @type {never} */ (['ab'])), 'TYPE');
    await expectRefusal(arrayOf(t.u8).build(/** @type {never} */ (5)), 'TYPE');
  });

  it('of an approximate map are found, and its keys are not told', async () => {
    const Hashes = mapOf(t.string, t.u32, { approximate: true });
    const entries = Array.from({ length: 500 }, (_, i) => /** @type {const} */ ([`key ${i}`, i]));
    const map = opened(await Hashes.build(entries)).as(Hashes);
    expect(map.isApproximate).toBe(true);
    for (const [key, value] of entries) expect(map.get(key)).toBe(value);
    expect(() => [...map.keys()]).toThrow(/approximate/);
    const exact = mapOf(t.string, t.u32);
    expect((await Hashes.build(entries)).bytes).toBeLessThan((await exact.build(entries)).bytes);
  });
});

describe('iterables', () => {
  it('may be async, and are closed when a value is refused', async () => {
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

  it('that throw or reject end the build with their error', async () => {
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

  it('are told of by progress, and end by a signal', async () => {
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
    await expect(
      arrayOf(t.u8).build([1], undefined, { signal: AbortSignal.abort() }),
    ).rejects.toThrow(/abort/i);
  });
});

describe('a buffer of the caller', () => {
  it('is filled from its beginning; too small a one stays as it was', async () => {
    const Names = mapOf(t.string, t.u8);
    const large = new Uint8Array(4096).fill(7);
    const { buffer, bytes } = await Names.build([['a', 1]], large);
    expect(buffer?.buffer).toBe(large.buffer);
    expect(openBytes(large).as(Names).get('a')).toBe(1);
    expect(large.subarray(bytes).every((byte) => byte === 7)).toBe(true);
    const small = new Uint8Array(bytes - 8).fill(9);
    await expectRefusal(Names.build([['a', 1]], small), 'SIZE');
    expect(small.every((byte) => byte === 9)).toBe(true);
    await expectRefusal(Names.build([['a', 1]], large.subarray(4)), 'ALIGN');
    await expectRefusal(Names.build([['a', 1]], /** @type {never} */ (5)), 'TYPE');
    const shared = new SharedArrayBuffer(4096);
    await Names.build([['b', 2]], shared);
    expect(openBytes(shared).as(Names).get('b')).toBe(2);
  });
});

describe('merging', () => {
  const Names = mapOf(t.string, t.u32);

  it('makes one map of several, and says what counts twice', async () => {
    const a = opened(
      await Names.build([
        ['a', 1],
        ['b', 2],
      ]),
    ).as(Names);
    const b = opened(
      await Names.build([
        ['b', 3],
        ['c', 4],
      ]),
    ).as(Names);
    await expectRefusal(Names.merge([a, b]), 'DUPLICATE');
    const first = opened(await Names.merge([a, b], undefined, { duplicates: 'first' })).as(Names);
    expect([...first]).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 4],
    ]);
    const last = opened(
      await Names.merge([a, b, new Map([['d', 5]])], undefined, { duplicates: 'last' }),
    );
    expect(Object.fromEntries(last.as(Names))).toEqual({ a: 1, b: 3, c: 4, d: 5 });
  });

  it('of multi-maps keeps all values; of arrays puts them one behind the other', async () => {
    const Multi = multiMapOf(t.string, t.u32);
    const a = opened(
      await Multi.build([
        ['x', 1],
        ['y', 2],
        ['x', 3],
      ]),
    ).as(Multi);
    const merged = opened(await Multi.merge([a, a])).as(Multi);
    expect([...merged.get('x')]).toEqual([1, 3, 1, 3]);
    const List = arrayOf(t.string);
    const list = opened(await List.build(['p', 'q'])).as(List);
    expect([...opened(await List.merge([list, ['r']])).as(List)]).toEqual(['p', 'q', 'r']);
  });
});

describe('what is asked for as another container', () => {
  it('is refused, and the refusal says what it is', async () => {
    const image = opened(
      await buildImage(undefined, { names: mapOf(t.string, t.u8).from([['a', 1]]), n: 5 }),
    );
    expect(image.get('names', mapOf(t.string, t.u8)).get('a')).toBe(1);
    expect(image.get('n')).toBe(5);
    for (const type of [
      mapOf(t.u8, t.u8),
      arrayOf(t.u8),
      setOf(t.string),
      multiMapOf(t.string, t.u8),
    ]) {
      expect(() => image.get('names', /** @type {never} */ (type))).toThrow(
        expect.objectContaining({ code: 'SCHEMA' }),
      );
    }
    expect(() => image.get('no', mapOf(t.string, t.u8))).toThrow(/names/);
    expect(() => image.as(arrayOf(t.u8))).toThrow(expect.objectContaining({ code: 'SCHEMA' }));
    image.close();
    expect(() => image.get('n')).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });
});

describe('versions', () => {
  it('newer images open if their oldest reader is old enough, others are refused', async () => {
    const { resealed } = await import('../support/images.js');
    const Names = mapOf(t.string, t.u8);
    const { buffer } = await Names.build([['a', 1]]);
    const newer = /** @type {Uint8Array} */ (buffer).slice();
    newer[8] = 9;
    expect(openBytes(resealed(newer)).as(Names).get('a')).toBe(1);
    newer[10] = 2;
    expect(() => openBytes(resealed(newer))).toThrow(expect.objectContaining({ code: 'VERSION' }));
  });

  it('of a struct that grew fields are read in both directions', async () => {
    class Old extends struct('Grown', { id: t.u16, name: t.string }) {}
    const { buffer } = await arrayOf(Old).build([{ id: 5, name: 'five' }]);
    class New extends struct('Grown', {
      extra: t.optional(t.f64),
      id: t.u32,
      name: t.string,
      note: t.string,
    }) {}
    const read = openBytes(/** @type {Uint8Array} */ (buffer))
      .as(arrayOf(New))
      .at(0);
    expect([read?.id, read?.name, read?.extra, read?.note]).toEqual([5, 'five', undefined, '']);
    const newer = await arrayOf(New).build([{ extra: 1.5, id: 6, name: 'six', note: 'n' }]);
    const narrow = () =>
      openBytes(/** @type {Uint8Array} */ (newer.buffer))
        .as(arrayOf(Old))
        .at(0)?.id;
    expect(narrow).toThrow(expect.objectContaining({ code: 'SCHEMA' })); // u32 does not fit u16
    class Less extends struct('Grown', { id: t.u32 }) {}
    expect(
      openBytes(/** @type {Uint8Array} */ (newer.buffer))
        .as(arrayOf(Less))
        .at(0)?.id,
    ).toBe(6);
  });
});

it('random maps hold what plain Maps hold', async () => {
  const random = randomFrom(testSeed('random maps'));
  for (let round = 0; round < 30; round++) {
    const count = random(400);
    /** @type {Map<string, number>} */
    const plain = new Map();
    const letters = ['a', 'b', 'ö', '漢', '\0', '💾'];
    for (let i = 0; i < count; i++) {
      const key = Array.from({ length: random(9) }, () => letters[random(6)]).join('');
      plain.set(key, random(2 ** 31));
    }
    const Names = mapOf(t.string, t.u32);
    const map = opened(await Names.build(plain)).as(Names);
    expect([...map]).toEqual([...plain]);
    for (const [key, value] of plain) {
      expect(map.get(key)).toBe(value);
      expect(map.get(`${key}?`)).toBe(plain.get(`${key}?`));
    }
    expect(map.getMany([...plain.keys()])).toEqual([...plain.values()]);
    const Ids = setOf(t.f64);
    const numbers = new Set(Array.from({ length: count }, () => random(1000) / 4 - 100));
    const set = opened(await Ids.build(numbers)).as(Ids);
    expect([...set]).toEqual([...numbers].sort((a, b) => a - b));
    for (let n = -110; n < 160; n += 0.25) expect(set.has(n)).toBe(numbers.has(n));
  }
});
