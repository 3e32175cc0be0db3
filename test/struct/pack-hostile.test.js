/**
 * Foreign bytes: damaged ones, and ones that were made to do harm. Reading gives values from within the bytes or a clear
 * error, and ends.
 *
 * @module
 */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { pack, struct, t, unpack, verify, view } from '../../js/image/index.js';
import { FLAG, TAG } from '../../js/struct/pack-format.js';
import { expectError } from '../support/heap.js';
import { checkAllSafe, checkSafe, flips, RawBytes, truncations, walk } from '../support/hostile.js';
import { goldenBuffers } from '../support/packed.js';
import { randomFrom, testSeed } from '../support/random.js';

/** @typedef {import('../../js/image/index.js').PackedList} PackedList */

const ways = { view, unpack, verify };
const buffers = goldenBuffers(pack);
const COUNT_MAX = 2 ** 32 - 1;

/** Refused by all ways of reading, with CORRUPT. @param {Uint8Array} bytes */
function expectCorrupt(bytes) {
  checkSafe(bytes, ways);
  expectError(() => verify(bytes), 'CORRUPT');
  expectError(() => unpack(bytes), 'CORRUPT');
}

describe('damaged golden values (all of them: pack-hostile.slow.test.js)', () => {
  const random = randomFrom(testSeed('damaged bytes'));

  it('with a byte inverted', () => {
    for (const [name, bytes] of buffers) {
      checkAllSafe(
        name,
        bytes,
        flips(bytes, [255], () => random(24) === 0),
        ways,
      );
    }
  });

  it('with a bit turned', () => {
    for (const [name, bytes] of buffers) {
      const masks = [1 << random(8), 1 << random(8)];
      checkAllSafe(
        name,
        bytes,
        flips(bytes, masks, () => random(24) === 0),
        ways,
      );
    }
  });

  it('cut off', () => {
    for (const [name, bytes] of buffers) {
      checkAllSafe(
        name,
        bytes,
        truncations(bytes, () => random(12) === 0),
        ways,
      );
    }
  });

  it('with several bytes changed at once', () => {
    for (const [name, bytes] of buffers) {
      for (let round = 0; round < 4; round++) {
        const damaged = bytes.slice();
        const places = Array.from({ length: 1 + random(6) }, () => random(bytes.length));
        for (const at of places) damaged[at] = [0, 1, 127, 128, 255, random(256)][random(6)];
        checkAllSafe(name, bytes, [[`bytes ${places} changed`, damaged]], ways);
      }
    }
  });

  it('with one word that is a pointer to anywhere', () => {
    for (const [name, bytes] of buffers) {
      for (let round = 0; round < 4; round++) {
        const damaged = bytes.slice();
        const at = random(bytes.length / 4);
        const target = random(bytes.length / 8) * 8;
        new Int32Array(damaged.buffer)[at] = (target - at * 4) / 4;
        checkAllSafe(name, bytes, [[`word ${at} leads to ${target}`, damaged]], ways);
      }
    }
  });
});

describe('pointers that lead to where they come from', () => {
  it('to the head, to themselves, to the middle of their body', () => {
    for (const target of [0, 8, 28, 32]) {
      const raw = new RawBytes();
      const list = raw.body(TAG.LIST, { count: 4, bytes: 16 });
      raw.point(list + 8, target);
      const bytes = raw.finish(list);
      checkSafe(bytes, ways);
      expectError(() => verify(bytes), 'CORRUPT');
    }
  });

  it('to their own body: a cycle like any other', () => {
    const raw = new RawBytes();
    const list = raw.body(TAG.LIST, { count: 1, bytes: 4 });
    raw.point(list + 8, list);
    const bytes = raw.finish(list);
    checkSafe(bytes, ways);
    const plain = /** @type {unknown[]} */ (unpack(bytes));
    expect(plain[0]).toBe(plain);
    expect(verify(bytes).nodes).toBe(1);
  });

  it('from a key to the dict that has it', () => {
    const raw = new RawBytes();
    const dict = raw.body(TAG.DICT, { count: 1, bytes: 8 + 12 });
    raw.point(dict + 20, dict);
    const bytes = raw.finish(dict);
    checkSafe(bytes, ways);
    expectError(() => verify(bytes), 'CORRUPT');
    const tuple = new RawBytes();
    const set = tuple.body(TAG.SET, { count: 1, bytes: 8 + 8 });
    const key = tuple.list(set);
    tuple.point(set + 20, key);
    const cyclic = tuple.finish(set);
    checkSafe(cyclic, ways);
    expectError(() => pack(view(cyclic)), 'DEPTH');
  });

  it('from the head to the type table, and from the type table to a value', () => {
    const raw = new RawBytes();
    const types = raw.types({ layout: 'x', bytes: 8 });
    expectCorrupt(raw.finish(types, types));
    const other = new RawBytes();
    const list = other.list();
    expectCorrupt(other.finish(list, list));
  });
});

describe('bodies that overlap', () => {
  it('two lists', () => {
    const raw = new RawBytes();
    const inner = raw.body(TAG.LIST, { count: 8, bytes: 32 });
    const outer = raw.list(inner, inner + 16);
    raw.u32[(inner + 16) / 4] = TAG.LIST; // its header is an element of the other
    const bytes = raw.finish(outer);
    checkSafe(bytes, ways);
    expectError(() => verify(bytes), 'CORRUPT');
  });

  it('a text in the middle of another one', () => {
    const raw = new RawBytes();
    const text = raw.body(TAG.STRING, { text: 'x'.repeat(64) });
    const inner = text + 24;
    raw.u32[inner / 4] = TAG.STRING;
    raw.u32[inner / 4 + 1] = 8;
    const bytes = raw.finish(raw.list(text, inner));
    checkSafe(bytes, ways);
    expectError(() => verify(bytes), 'CORRUPT');
  });

  it('a thousand lists that share their elements make no million values', () => {
    const raw = new RawBytes();
    const COUNT = 1000;
    // Each header is two elements of all lists before it.
    const first = raw.body(TAG.LIST, { count: 2 * COUNT, bytes: 8 * COUNT });
    for (let i = 0; i < COUNT; i++) {
      raw.u32[(first + i * 8) / 4] = TAG.LIST;
      raw.u32[(first + i * 8) / 4 + 1] = 2 * (COUNT - i);
    }
    const all = raw.listOf(Array.from({ length: COUNT }, (_, i) => first + i * 8));
    const bytes = raw.finish(all);
    expectError(() => verify(bytes), 'CORRUPT');
    expectError(() => unpack(bytes), 'CORRUPT');
    expectError(() => JSON.stringify(view(bytes)), 'CORRUPT');
    expect(inspect(view(bytes), { depth: null }).length).toBeLessThan(1e7);
  });

  it('a thousand texts that are one make no million characters', () => {
    const raw = new RawBytes();
    const COUNT = 1000;
    const first = raw.body(TAG.STRING, { count: 8 * COUNT, bytes: 8 * COUNT });
    for (let i = 0; i < COUNT; i++) {
      raw.u32[(first + i * 8) / 4] = TAG.STRING;
      raw.u32[(first + i * 8) / 4 + 1] = 8 * (COUNT - i);
    }
    const bytes = raw.finish(raw.listOf(Array.from({ length: COUNT }, (_, i) => first + i * 8)));
    expectError(() => verify(bytes), 'CORRUPT');
    expectError(() => unpack(bytes), 'CORRUPT');
  });
});

describe('counts of 2 ** 32 - 1', () => {
  const TAGS = Object.entries(TAG).filter(
    ([name]) => !['NULL', 'FALSE', 'TRUE', 'INT32'].includes(name),
  );

  it.each(TAGS)('of a body %s', (name, tag) => {
    for (const aux of [0, 7, 0x0101, 0x2009, 0xffff]) {
      const raw = new RawBytes();
      raw.types({ layout: { name: 'A', bytes: 1, align: 1, fields: [['a', 'u8', 0]] }, bytes: 1 });
      const types = raw.types({
        layout: { name: 'A', bytes: 1, align: 1, fields: [['a', 'u8', 0]] },
        bytes: 1,
      });
      const body = raw.body(tag, { count: COUNT_MAX, aux, bytes: 64 });
      const bytes = raw.finish(body, types);
      checkSafe(bytes, ways);
      const isNumber = ['INT64', 'UINT64', 'F64', 'DATE'].includes(name);
      if (!isNumber) expectError(() => verify(bytes), 'CORRUPT');
    }
  });

  it('of slots, members, base, and sizes of dimensions', () => {
    for (const tag of [TAG.SET, TAG.DICT, TAG.BITSET, TAG.NDARRAY]) {
      for (const word of [0, 1, 2]) {
        const raw = new RawBytes();
        const body = raw.body(tag, { count: 1, aux: 0x0300, bytes: 64 });
        for (let i = 0; i < 3; i++) raw.u32[(body + 8) / 4 + i] = i === word ? COUNT_MAX : 1;
        checkSafe(raw.finish(body), ways);
      }
    }
    const raw = new RawBytes();
    const array = raw.body(TAG.NDARRAY, { count: 0, aux: 0x0300, bytes: 64 });
    for (let i = 0; i < 3; i++) raw.u32[(array + 8) / 4 + i] = COUNT_MAX;
    expectCorrupt(raw.finish(array));
  });

  it('of the packed value, of types, and of the bytes of a struct', () => {
    const bytes = pack(['x']).slice();
    new Uint32Array(bytes.buffer)[0] = COUNT_MAX;
    expectCorrupt(bytes);
    for (const [word, what] of [
      [1, 'types'],
      [3, 'bytes'],
    ]) {
      const raw = new RawBytes();
      const layout = { name: 'B', bytes: 8, align: 8, fields: [['a', 'f64', 0]] };
      const types = raw.types({ layout, bytes: 8 });
      raw.u32[types / 4 + Number(word)] = COUNT_MAX;
      const body = raw.body(TAG.STRUCT, { count: 8, bytes: 8 });
      const damaged = raw.finish(body, types);
      expectError(() => verify(damaged), 'CORRUPT');
      expect([what, () => walk(view(damaged))]).toHaveLength(2);
      checkSafe(damaged, ways);
    }
  });
});

describe('depth bombs', () => {
  /** Lists in lists, one for each 16 bytes. @param {number} levels */
  function bomb(levels) {
    const raw = new RawBytes(levels * 16 + 64);
    let at = raw.list();
    for (let i = 1; i < levels; i++) at = raw.list(at);
    return raw.finish(at);
  }

  it('of 300 000 levels are refused by verify, and end in all else', () => {
    const bytes = bomb(300_000);
    expectError(() => verify(bytes), 'LIMIT');
    expectError(() => view(bytes, 0, { verify: true }), 'LIMIT');
    expect(unpack(bytes)).toHaveLength(1);
    expectError(() => JSON.stringify(view(bytes)), 'DEPTH');
    expect(inspect(view(bytes), { depth: null }).length).toBeGreaterThan(100);
  });

  it('in a key are refused when the key is asked for', () => {
    const raw = new RawBytes();
    const set = raw.body(TAG.SET, { count: 1, bytes: 16 });
    let key = raw.list();
    for (let i = 0; i < 500; i++) key = raw.list(key);
    raw.point(set + 20, key);
    const bytes = raw.finish(set);
    checkSafe(bytes, ways);
    const members = /** @type {import('../../js/image/index.js').PackedSet} */ (view(bytes));
    const [member] = members;
    expectError(() => members.has(member), 'DEPTH');
    expectError(() => pack(members), 'DEPTH');
  });

  it('of types in a layout are refused', () => {
    const deep = `${'["list",'.repeat(20_000)}"u8"${']'.repeat(20_000)}`;
    const raw = new RawBytes(1_000_000);
    const types = raw.types({
      layout: `{"name":"C","bytes":8,"align":8,"fields":[["a",${deep},0]]}`,
      bytes: 8,
    });
    expectCorrupt(raw.finish(raw.body(TAG.STRUCT, { count: 8, bytes: 8 }), types));
  });
});

describe('zip bombs: few bytes that are many values when shared parts are written out', () => {
  it('2 ** 60 ways to one end stay few values', () => {
    const raw = new RawBytes();
    let at = raw.list();
    for (let i = 0; i < 60; i++) at = raw.list(at, at);
    const bytes = raw.finish(at);
    checkSafe(bytes, ways);
    expect(verify(bytes).nodes).toBe(61);
    let plain = /** @type {unknown[]} */ (unpack(bytes));
    for (let i = 0; i < 60; i++) {
      expect(plain[0]).toBe(plain[1]);
      plain = /** @type {unknown[]} */ (plain[0]);
    }
    expectError(() => JSON.stringify(view(bytes)), 'LIMIT');
    expect(inspect(view(bytes), { depth: null }).length).toBeLessThan(1e7);
    expect(/** @type {PackedList} */ (view(bytes)).equals(view(bytes.slice()))).toBe(true);
    expect(pack(view(bytes)).length).toBe(bytes.length);
  });

  it('as keys are refused', () => {
    const raw = new RawBytes();
    const set = raw.body(TAG.SET, { count: 1, bytes: 16 });
    let key = raw.list();
    for (let i = 0; i < 60; i++) key = raw.list(key, key);
    raw.point(set + 20, key);
    const members = /** @type {import('../../js/image/index.js').PackedSet} */ (
      view(raw.finish(set))
    );
    const [member] = members;
    expectError(() => members.has(member), 'LIMIT');
  });

  it('one text a million times is decoded once by unpack', () => {
    const COUNT = 1_000_000;
    const raw = new RawBytes(COUNT * 4 + 200_000);
    const text = raw.body(TAG.STRING, { text: 'ä'.repeat(50_000) });
    const bytes = raw.finish(raw.listOf(new Array(COUNT).fill(text)));
    expect(unpack(bytes)).toHaveLength(COUNT);
    expect(verify(bytes).nodes).toBe(2);
  });
});

describe('layouts that were made to do harm', () => {
  /**
   * @param {object[]} layouts
   * @param {number} [bytes] of the first, whose struct is the root
   */
  function withLayouts(layouts, bytes = 8) {
    const raw = new RawBytes(2 ** 20);
    const types = raw.types(
      ...layouts.map((layout) => ({
        layout,
        bytes: /** @type {{ bytes: number }} */ (layout).bytes,
      })),
    );
    return raw.finish(raw.body(TAG.STRUCT, { count: bytes, bytes }), types);
  }
  const layout = (/** @type {string} */ name, /** @type {unknown[]} */ ...fields) => ({
    name,
    bytes: 8,
    align: 8,
    fields,
  });

  it.each([
    ['a struct in itself', [layout('Strange', ['a', ['struct', 'Strange'], 0])]],
    [
      'two structs in each other',
      [
        layout('Strange', ['a', ['struct', 'Odd'], 0]),
        layout('Odd', ['a', ['struct', 'Strange'], 0]),
      ],
    ],
    [
      'fields over each other: 1000 ways into the next struct',
      [
        layout(
          'Strange 0',
          ...Array.from({ length: 1000 }, (_, i) => [`a${i}`, ['struct', 'Strange 1'], 0]),
        ),
        ...Array.from({ length: 30 }, (_, i) =>
          layout(
            `Strange ${i + 1}`,
            ['a', i === 29 ? 'u8' : ['struct', `Strange ${i + 2}`], 0],
            ['b', i === 29 ? 'u8' : ['struct', `Strange ${i + 2}`], 0],
          ),
        ),
      ],
    ],
    [
      '40 structs in each other',
      Array.from({ length: 40 }, (_, i) =>
        layout(`Strange ${i}`, ['a', i === 39 ? 'u8' : ['struct', `Strange ${i + 1}`], 0]),
      ),
    ],
    ['two numbers in one place', [layout('Strange', ['a', 'u32', 0], ['b', 'u32', 2])]],
    ['a presence byte in a number', [layout('Strange', ['a', ['optional', 'u32'], 0, 2])]],
    ['a number at an odd place', [layout('Strange', ['a', 'u32', 2])]],
    ['a number behind the end', [layout('Strange', ['a', 'f64', 8])]],
    ['a struct that is not in the table', [layout('Strange', ['a', ['struct', 'None'], 0])]],
    [
      'a struct that does not fit',
      [
        { ...layout('Strange', ['a', ['struct', 'Odd'], 0]), bytes: 4, align: 4 },
        layout('Odd', ['a', 'f64', 0]),
      ],
      4,
    ],
    ['a small alignment', [{ ...layout('Strange', ['a', 'f64', 0]), align: 1 }]],
    ['a field twice', [layout('Strange', ['a', 'u8', 0], ['a', 'u8', 1])]],
    ['a field __proto__', [layout('Strange', ['__proto__', 'u8', 0])]],
    ['a field toJSON', [layout('Strange', ['toJSON', 'u8', 0])]],
    ['an unknown type', [layout('Strange', ['a', 'constructor', 0])]],
    ['a huge array', [layout('Strange', ['a', ['array', 'u8', 2 ** 30], 0])]],
    ['an enum without names', [layout('Strange', ['a', ['enum', []], 0])]],
    ['no name', [layout('', ['a', 'u8', 0])]],
    ['no fields', [{ name: 'Strange', bytes: 8, align: 8 }]],
    ['no object', [/** @type {never} */ (null)]],
  ])('%s', (_, layouts, bytes = 8) => {
    const damaged = withLayouts(
      layouts.map(
        (one) => one ?? Object.assign(Object.create({ bytes: 8 }), { toJSON: () => null }),
      ),
      bytes,
    );
    expectCorrupt(damaged);
  });

  it('a print that is not that of the text', () => {
    const raw = new RawBytes();
    const types = raw.types({ layout: layout('Strange', ['a', 'u32', 0]), bytes: 8 });
    raw.u32[types / 4 + 4] ^= 1;
    const bytes = raw.finish(raw.body(TAG.STRUCT, { count: 8, bytes: 8 }), types);
    expectError(() => verify(bytes), 'CORRUPT');
    checkSafe(bytes, ways);
  });

  it('the code of one class in place of another, in a struct in place', () => {
    const Inner = struct('Hostile inner', { a: t.u32 });
    class Outer extends struct('Hostile outer', { in: t.struct(Inner), z: t.u32 }) {}
    const raw = new RawBytes();
    const outer = {
      name: 'Hostile outer',
      bytes: 12,
      align: 4,
      fields: [
        ['in', ['struct', 'Hostile inner', 1], 0],
        ['z', 'u32', 8],
      ],
    };
    const inner = { name: 'Hostile inner', bytes: 8, align: 4, fields: [['b', 'u32', 4]] };
    const types = raw.types({ layout: outer, bytes: 12 }, { layout: inner, bytes: 8, code: 101 });
    const bytes = raw.finish(raw.body(TAG.STRUCT, { count: 12, bytes: 12 }), types);
    checkSafe(bytes, ways);
    expectError(() => Outer.unpackFrom(bytes).in, 'SCHEMA');
    expectError(() => Outer.unpack(bytes), 'SCHEMA');
  });

  it('65 536 types', () => {
    const raw = new RawBytes(2 ** 21);
    const types = raw.body(TAG.TYPES, { count: 65_536, bytes: 65_536 * 16 });
    expectCorrupt(raw.finish(raw.list(), types));
  });
});

describe('values that are none', () => {
  it.each([
    ['an unknown tag', (/** @type {RawBytes} */ raw) => raw.body(99)],
    ['tag 0', (/** @type {RawBytes} */ raw) => raw.body(0)],
    ['a container of images', (/** @type {RawBytes} */ raw) => raw.body(32, { bytes: 64 })],
    [
      'numbers of an unknown dtype',
      (/** @type {RawBytes} */ raw) => raw.body(TAG.NUMBERS, { aux: 10, count: 1, bytes: 8 }),
    ],
    [
      '33 dimensions',
      (/** @type {RawBytes} */ raw) =>
        raw.body(TAG.NDARRAY, { aux: 33 << 8, count: 0, bytes: 136 }),
    ],
    [
      'a number of 65 537 bytes',
      (/** @type {RawBytes} */ raw) => raw.body(TAG.BIGINT, { count: 65_537, bytes: 65_537 }),
    ],
    [
      'a zone of 3000 minutes',
      (/** @type {RawBytes} */ raw) =>
        raw.body(TAG.DATE, { flags: FLAG.ZONE, aux: 3000, bytes: 8 }),
    ],
    [
      'a struct without a type table',
      (/** @type {RawBytes} */ raw) => raw.body(TAG.STRUCT, { count: 8, bytes: 8 }),
    ],
    ['a table whose slots are no power of two', tableOf(3)],
    ['a table with fewer slots than entries', tableOf(1)],
  ])('%s', (_, make) => {
    const raw = new RawBytes(2 ** 18);
    expectCorrupt(raw.finish(make(raw)));
  });

  it('a decimal with an exponent that none can have', () => {
    const raw = new RawBytes();
    const body = raw.body(TAG.DECIMAL, { bytes: 8 });
    raw.i32[(body + 8) / 4] = -(2 ** 31);
    expectCorrupt(raw.finish(body));
  });

  it('unknown flags, and UTF-8 that is none, are refused by verify and harmless otherwise', () => {
    const flags = new RawBytes();
    const bytes = flags.finish(flags.body(TAG.LIST, { flags: 128 }));
    checkSafe(bytes, ways);
    expectError(() => verify(bytes), 'CORRUPT');
    const text = pack('abcdefgh');
    text[24] = 0xff;
    checkSafe(text, ways);
    expectError(() => verify(text), 'CORRUPT');
    expect(unpack(text)).toBe('\ufffdbcdefgh');
  });

  it('a slot that leads to no entry', () => {
    const bytes = pack(new Set(Array.from({ length: 20 }, (_, i) => `m${i}`)));
    const words = new Uint32Array(bytes.buffer);
    const slots = words[24 / 4];
    for (let i = 0; i < slots; i++) words[(32 + 20 * 8) / 4 + i] = 21;
    checkSafe(bytes, ways);
    expectError(() => verify(bytes), 'CORRUPT');
    const set = /** @type {import('../../js/image/index.js').PackedSet} */ (view(bytes));
    expectError(() => set.has('m1'), 'CORRUPT');
  });

  it('a full table without the key ends the search', () => {
    const bytes = pack(new Set(Array.from({ length: 20 }, (_, i) => `m${i}`)));
    const words = new Uint32Array(bytes.buffer);
    const slots = words[24 / 4];
    for (let i = 0; i < slots; i++) words[(32 + 20 * 8) / 4 + i] ||= 1;
    checkSafe(bytes, ways);
    const set = /** @type {import('../../js/image/index.js').PackedSet} */ (view(bytes));
    expect(set.has('no member')).toBe(false);
  });
});

/** @param {number} slots @returns {(raw: RawBytes) => number} */
function tableOf(slots) {
  return (raw) => {
    const body = raw.body(TAG.SET, { count: 2, bytes: 8 + 16 + 16 });
    raw.u32[(body + 8) / 4] = slots;
    return body;
  };
}

describe('verify', () => {
  it('has limits that can be set', () => {
    const bytes = pack([['x'], ['y'], ['z']]);
    expect(verify(bytes)).toEqual({ depth: 2, nodes: 7, bytes: expect.any(Number) });
    expectError(() => verify(bytes, { depth: 1 }), 'LIMIT');
    expectError(() => verify(bytes, { nodes: 6 }), 'LIMIT');
    expectError(() => verify(bytes, { bytes: 50 }), 'LIMIT');
    expect(verify(bytes, { depth: 2, nodes: 7 }).nodes).toBe(7);
    expectError(() => verify(bytes, { depth: -1 }), 'ARGUMENT');
    // @ts-expect-error no such option
    expectError(() => verify(bytes, { level: 1 }), 'ARGUMENT');
  });

  it('and reading with verify work on a private copy: later changes of the bytes do not matter', () => {
    const bytes = pack(['a', 'b']);
    const list = /** @type {PackedList} */ (view(bytes, 0, { verify: true }));
    bytes.fill(255);
    expect([...list]).toEqual(['a', 'b']);
    expectError(() => view(bytes, 0, { verify: true }), 'CORRUPT');
  });
});
