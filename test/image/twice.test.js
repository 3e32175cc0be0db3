/**
 * What comes twice: keys, equal values, and several containers that become one.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { arrayOf, mapOf, multiMapOf, open, openBytes, t, verify } from '../../js/image/index.js';
import { expectRefusal, opened } from '../support/builds.js';

const Names = mapOf(t.string, t.u32);
let folder = '';
const file = (name = 'image.qbi') => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'qbwasm-image-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

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

  it('texts as well', async () => {
    const Names = arrayOf(t.any);
    const list = Array.from({ length: 1000 }, (_, i) => `a rather long text, number ${i % 10}`);
    const plain = await Names.build(list);
    const deduped = await Names.build(list, undefined, { dedupe: true });
    expect(deduped.bytes).toBeLessThan(plain.bytes / 5);
    expect([...opened(deduped).as(Names)]).toEqual(list);
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

  it('keeps all values of multi-maps, and puts arrays one behind the other', async () => {
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
