/**
 * Containers, built into a buffer and read in place.
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

class Place extends struct('SmokePlace', { id: t.u32, x: t.f64, open: t.optional(t.bool) }) {
  get twice() {
    return this.x * 2;
  }
}
class Package extends struct('SmokePackage', {
  name: t.string,
  size: t.u32,
  deps: t.list(t.string),
}) {}

/** @param {{ buffer: Uint8Array | null }} built */
const opened = ({ buffer }) => openBytes(/** @type {Uint8Array} */ (buffer));

describe('containers in a buffer', () => {
  it('an array of structs without pointers stands in place', async () => {
    const Places = arrayOf(Place);
    const built = await Places.build([
      { id: 1, x: 2 },
      { id: 2, x: 3, open: null },
    ]);
    const array = opened(built).as(Places);
    expect(array.length).toBe(2);
    expect(array.at(1)).toBeInstanceOf(Place);
    expect(array.at(-1)?.twice).toBe(6);
    expect(array.toJSON()).toEqual([
      { id: 1, x: 2 },
      { id: 2, x: 3, open: null },
    ]);
  });

  it('an array of structs with texts and lists', async () => {
    const Packages = arrayOf(Package);
    const list = [
      { name: 'bash', size: 7, deps: ['libc6', 'base-files'] },
      { name: 'größer', size: 8, deps: [] },
    ];
    const array = opened(await Packages.build(list)).as(Packages);
    expect(array.toJSON()).toEqual(list);
    expect(array.at(0)?.deps?.at(1)).toBe('base-files');
  });

  it('arrays of numbers and of texts', async () => {
    const numbers = opened(await arrayOf(t.i16).build([3, -1, 7])).as(arrayOf(t.i16));
    expect([...numbers]).toEqual([3, -1, 7]);
    expect(numbers.numbers).toEqual(new Int16Array([3, -1, 7]));
    expect(numbers.indexOf(7)).toBe(2);
    const texts = opened(await arrayOf(t.string).build(['a', '', 'größer'])).as(arrayOf(t.string));
    expect([...texts]).toEqual(['a', '', 'größer']);
  });

  it.each([0, 1, 8, 9, 1000])('a map of %i strings', async (count) => {
    const ByName = mapOf(t.string, t.u32);
    const entries = Array.from({ length: count }, (_, i) => /** @type {const} */ ([`key ${i}`, i]));
    const map = opened(await ByName.build(entries)).as(ByName);
    expect(map.size).toBe(count);
    for (const [key, value] of entries) expect(map.get(key)).toBe(value);
    expect(map.get('key')).toBeUndefined();
    expect(map.has(`key ${count}`)).toBe(false);
    expect([...map]).toEqual(entries);
  });

  it('a map of numbers is in order whatever the order of its entries', async () => {
    const ById = mapOf(t.u64, t.any);
    const map = opened(
      await ById.build([
        [5n, 'five'],
        [2n ** 63n, null],
        [1, [1, 'a']],
      ]),
    ).as(ById);
    expect([...map.keys()]).toEqual([1n, 5n, 2n ** 63n]);
    expect(map.get(5)).toBe('five');
    expect(map.get(2n ** 63n)).toBe(null);
    expect([...map.range(2, undefined, { reverse: true })].map(([key]) => key)).toEqual([
      2n ** 63n,
      5n,
    ]);
  });

  it('a multi-map keeps the order of the values of a key', async () => {
    const BySection = multiMapOf(t.string, t.u32);
    const map = opened(
      await BySection.build([
        ['net', 1],
        ['sh', 2],
        ['net', 0],
      ]),
    ).as(BySection);
    expect(map.get('net')).toEqual(new Uint32Array([1, 0]));
    expect(map.get('x').length).toBe(0);
    expect([map.size, map.valueCount, map.count('sh')]).toEqual([2, 3, 1]);
  });

  it('sets, maps of any keys, approximate maps', async () => {
    const ids = opened(await setOf(t.i32).build([7, -3, 5])).as(setOf(t.i32));
    expect([...ids]).toEqual([-3, 5, 7]);
    expect(ids.indexOf(5)).toBe(1);
    const any = opened(
      await mapOf(t.any, t.string).build([
        [[1, 'a'], 'tuple'],
        [null, 'null'],
      ]),
    );
    expect(any.as(mapOf(t.any, t.string)).get([1, 'a'])).toBe('tuple');
    const Approximate = mapOf(t.string, t.u8, { approximate: true });
    const map = opened(
      await Approximate.build([
        ['a', 1],
        ['b', 2],
      ]),
    ).as(Approximate);
    expect(map.get('b')).toBe(2);
    expect(map.get('c')).toBeUndefined();
  });

  it('an image of several containers and plain values', async () => {
    const built = await buildImage(undefined, {
      packages: arrayOf(Package).from([{ name: 'bash', size: 1, deps: [] }]),
      byName: mapOf(t.string, t.u32).from([['bash', 0]]),
      made: new Date(0),
    });
    const image = opened(built);
    expect(image.get('byName', mapOf(t.string, t.u32)).get('bash')).toBe(0);
    expect(image.get('made')).toEqual(new Date(0));
    expect(image.get('packages', arrayOf(Package)).at(0)?.name).toBe('bash');
    expect(image.size).toBe(built.bytes);
  });
});
