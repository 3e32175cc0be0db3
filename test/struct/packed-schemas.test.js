/**
 * What a heap stores of structs that have fields for packed values.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { struct, t, verify } from '../../js/image/index.js';
import { expectError, expectSound } from '../support/heap.js';
import { closeHeaps, openHeap } from '../support/struct.js';

afterEach(closeHeaps);

/** Fields of all kinds that only packed structs have. */
const FIELDS = () => ({
  words: t.list(t.string),
  ids: t.set(t.u32),
  votes: t.dict(t.string, t.list(t.f64)),
  pair: t.tuple(t.i32, t.string),
  price: t.decimal,
  when: t.optional(t.datetime),
  grid: t.ndarray('f32'),
  any: t.ndarray(),
  related: t.list(t.ref('Story')),
  points: t.list(t.struct(struct('Spot', { x: t.f32 }))),
  deep: t.optional(t.list(t.optional(t.enum(['a', 'b'])))),
  rows: t.list(t.array(t.u8, 3)),
});

/** @param {object} changed fields that are otherwise */
const makeStory = (changed = {}) => struct('Story', { ...FIELDS(), ...changed });

describe('the stored schema of a struct with packed kinds', () => {
  it('tells all that its types are made of', () => {
    const heap = openHeap();
    heap.schemas.add(makeStory());
    const { fields = [] } = heap.schemas.get('Story') ?? {};
    expect(fields.map(({ name, type }) => [name, type])).toEqual([
      ['words', 'list(string)'],
      ['ids', 'set(u32)'],
      ['votes', 'dict(string, list(f64))'],
      ['pair', 'tuple(i32, string)'],
      ['price', 'decimal'],
      ['when', 'optional(datetime)'],
      ['grid', 'ndarray(f32)'],
      ['any', 'ndarray'],
      ['related', 'list(ref("Story"))'],
      ['points', 'list(struct("Spot"))'],
      ['deep', 'optional(list(optional(enum(["a","b"]))))'],
      ['rows', 'list(array(u8, 3))'],
    ]);
    expectSound(heap);
  });

  it('equals that of a second definition', () => {
    const heap = openHeap();
    heap.schemas.add(makeStory());
    heap.schemas.add(makeStory());
    expect(heap.schemas.names()).toEqual(['Story']);
  });

  it.each([
    ['the elements of a list', { words: t.list(t.bytes) }, 'words'],
    ['the members of a set', { ids: t.set(t.u16) }, 'ids'],
    ['the keys of a dict', { votes: t.dict(t.u32, t.list(t.f64)) }, 'votes'],
    ['the values of a dict', { votes: t.dict(t.string, t.list(t.f32)) }, 'votes'],
    ['one type of a tuple', { pair: t.tuple(t.i32, t.bytes) }, 'pair'],
    ['the length of a tuple', { pair: t.tuple(t.i32) }, 'pair'],
    ['the kind', { pair: t.dict(t.i32, t.string) }, 'pair'],
    ['the dtype of an array', { grid: t.ndarray('f64') }, 'grid'],
    ['whether there is a dtype', { any: t.ndarray('u8') }, 'any'],
    ['the target of a reference in a list', { related: t.list(t.ref('Other')) }, 'related'],
    ['the names of an enum within', { deep: t.optional(t.list(t.enum(['a', 'b']))) }, 'deep'],
    ['the length of an array within', { rows: t.list(t.array(t.u8, 4)) }, 'rows'],
  ])('is refused when the class differs by %s', (_, changed, field) => {
    const heap = openHeap();
    heap.schemas.add(makeStory());
    const error = expectError(() => heap.schemas.add(makeStory(changed)), 'SCHEMA');
    expect(error).toMatchObject({ struct: 'Story', field });
    expect(heap.schemas.names()).toEqual(['Story']);
  });

  it('makes views without the class, whose packed fields are unset as those of all live structs', () => {
    const heap = openHeap();
    const Story = struct('Tale', { id: t.u32, ...FIELDS(), next: t.ref('Tale') });
    const tale = new Story({ id: 7 });
    const read = heap.schemas.at('Tale', tale.address);
    expect([read.id, read.words, read.votes, read.next]).toEqual([7, undefined, undefined, null]);
    expect(() => {
      read.words = ['a'];
    }).toThrow(/Tale\.words is a list\(string\).*packed/);
    expect(heap.schemas.get('Tale')?.bytes).toBe(Story.bytes);
    expectSound(heap);
  });

  it('goes with a reference to a class that is defined later', () => {
    const heap = openHeap();
    const make = () => struct('Early', { later: t.list(t.ref(() => Later)) });
    heap.schemas.add(make());
    expect(heap.schemas.get('Early')?.fields[0].type).toBe('list(ref(?))');
    const Later = struct('Later', { x: t.u8 });
    heap.schemas.add(make());
    expect(heap.schemas.at('Early', heap.calloc(8)).later).toBe(undefined);
  });
});

describe('field types nest', () => {
  it('fifteen deep, and an optional around them', () => {
    /** @type {import('../../js/struct/types.js').FieldType} */
    let type = t.u8;
    for (let depth = 0; depth < 15; depth++) type = t.list(type);
    expectError(() => t.list(type), 'TYPE');
    expectError(() => t.dict(t.u8, type), 'TYPE');
    const Deep = struct('Nested fifteen deep', { a: t.optional(type) });
    /** @type {unknown} */
    let value = 1;
    for (let depth = 0; depth < 15; depth++) value = [value];
    const bytes = Deep.pack({ a: /** @type {never} */ (value) });
    expect(verify(bytes).depth).toBe(15);
    expect(Deep.unpack(bytes)).toEqual({ a: value });
  });
});
