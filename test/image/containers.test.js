/**
 * Containers: what they hold, and what is asked for as something else.
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
import { expectRefusal, opened } from '../support/builds.js';
import { Person, resealed } from '../support/images.js';

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
  it('that are structs without pointers stand in place', async () => {
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

  it('that are structs with texts and lists are views', async () => {
    const Packages = arrayOf(Package);
    const list = [
      { name: 'bash', size: 7, deps: ['libc6', 'base-files'] },
      { name: 'größer', size: 8, deps: [] },
    ];
    const array = opened(await Packages.build(list)).as(Packages);
    expect(array.toJSON()).toEqual(list);
    expect(array.at(0)?.deps?.at(1)).toBe('base-files');
  });

  it('that are numbers or texts stand in columns', async () => {
    const numbers = opened(await arrayOf(t.i16).build([3, -1, 7])).as(arrayOf(t.i16));
    expect([...numbers]).toEqual([3, -1, 7]);
    expect(numbers.numbers).toEqual(new Int16Array([3, -1, 7]));
    expect(numbers.indexOf(7)).toBe(2);
    const texts = opened(await arrayOf(t.string).build(['a', '', 'größer'])).as(arrayOf(t.string));
    expect([...texts]).toEqual(['a', '', 'größer']);
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
