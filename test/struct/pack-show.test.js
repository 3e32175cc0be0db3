/**
 * Packed views as text: console.log and JSON.
 *
 * @module
 */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { pack, struct, t, tuple, view } from '../../js/image/index.js';
import { expectError } from '../support/heap.js';

class Person extends struct('Shown person', {
  name: t.string,
  friends: t.list(t.ref('Shown person')),
  notes: t.any,
}) {}

/** @param {unknown} value @param {object} [options] */
const shown = (value, options) => inspect(view(pack(value)), options);

/** A list in lists. @param {number} depth @param {unknown} end */
function nested(depth, end) {
  let list = [end, 'x'];
  for (let i = 1; i < depth; i++) list = [list, 'x'];
  return list;
}

/** 2 ** levels paths lead to the end, in few bytes. @param {number} levels */
function everywhere(levels) {
  /** @type {unknown[]} */
  let list = ['end'];
  for (let i = 0; i < levels; i++) list = [list, list];
  return list;
}

describe('console.log of a packed view', () => {
  it('shows what is in it, as of an array, Set, Map or object', () => {
    expect(shown(['a', 1, null, undefined])).toBe("PackedList(4) [ 'a', 1, null, undefined ]");
    expect(shown([1, 2])).toBe('PackedList(2) [ 1, 2 ]');
    expect(shown(tuple(1, 'a'))).toBe("PackedTuple(2) [ 1, 'a' ]");
    expect(shown(new Set(['a', 2.5]))).toBe("PackedSet(2) { 'a', 2.5 }");
    expect(shown(new Set([1, 2]))).toBe('PackedSet(2) { 1, 2 }');
    expect(shown({ a: 1 })).toBe("PackedDict(1) { 'a' => 1 }");
    const person = Person.unpackFrom(Person.pack({ name: 'ada', friends: [{ name: 'bob' }] }));
    expect(inspect(person, { breakLength: Number.POSITIVE_INFINITY, compact: true })).toBe(
      "Person { name: 'ada', friends: PackedList(1) [ Person { name: 'bob', friends: undefined, notes: undefined } ], notes: undefined }",
    );
  });

  it('stops at the depth that it was asked for', () => {
    expect(shown(nested(6, 'end'))).toContain('[PackedList]');
    expect(shown(nested(6, 'end'))).not.toContain('end');
    expect(shown(nested(6, 'end'), { depth: 5 })).toContain('end');
    expect(shown([['x', 'y']], { depth: 0 })).toBe('PackedList(1) [ [PackedList] ]');
    expect(inspect([view(pack([['x', 'y']]))], { depth: 1 })).toBe(
      '[ PackedList(1) [ [PackedList] ] ]',
    );
  });

  it('shows as many elements as it was asked for, and says how many there are', () => {
    const words = Array.from({ length: 120 }, (_, i) => `word ${i}`);
    for (const many of [words, new Set(words), new Map(words.map((word) => [word, 1]))]) {
      expect(shown(many)).toContain('word 99');
      expect(shown(many)).not.toContain('word 100');
      expect(shown(many)).toContain('... 20 more items');
      expect(shown(many, { maxArrayLength: 2 })).toContain('... 118 more items');
      expect(shown(many, { maxArrayLength: null })).toContain('word 119');
      expect(shown(many, { maxArrayLength: 0 })).not.toContain('word');
    }
    expect(shown(Array.from({ length: 120 }, (_, i) => i))).toContain('... 20 more items');
  });

  it('ends at cycles', () => {
    /** @type {unknown[]} */
    const list = ['x'];
    list.push(list, new Map([['list', list]]), new Map([['k', new Set(['a', 2.5])]]));
    const text = shown(list);
    expect(text).toMatch(/<ref \*1> PackedList\(4\)/);
    expect(text).toContain('[Circular *1]');
    const cycle = { name: 'cycle', self: /** @type {unknown} */ (null) };
    cycle.self = cycle;
    expect(shown(cycle, { depth: null })).toContain('[Circular *1]');
  });

  it('ends at cycles of structs, also through lists and any', () => {
    const ada = {
      name: 'ada',
      friends: /** @type {unknown[]} */ ([]),
      notes: /** @type {unknown} */ (null),
    };
    const bob = { name: 'bob', friends: [ada], notes: [ada] };
    ada.friends.push(bob, ada);
    const text = inspect(Person.unpackFrom(Person.pack(/** @type {never} */ (ada))), {
      depth: null,
    });
    expect(text).toContain('[Circular *1]');
    expect(text.length).toBeLessThan(2000);
  });

  it('is bounded for shared parts that a walk would meet 2 ** 60 times', () => {
    expect(shown(everywhere(60), { depth: null }).length).toBeLessThan(4e6);
    expect(shown(everywhere(60)).length).toBeLessThan(1000);
  });

  it('is bounded for cycles in which everything leads to everything', () => {
    /** @type {unknown[][]} */
    const all = Array.from({ length: 100 }, () => ['x']);
    for (const list of all) list.push(...all);
    expect(shown(all).length).toBeLessThan(4e6);
    expect(shown(all, { depth: null, maxArrayLength: null }).length).toBeLessThan(4e6);
  });

  it('of 100 000 levels ends', () => {
    expect(shown(nested(100_000, 'end'), { depth: null }).length).toBeGreaterThan(1000);
    /** @type {object | null} */
    let chain = null;
    for (let i = 0; i < 100_000; i++) chain = { name: '', notes: chain };
    const person = Person.unpackFrom(Person.pack(/** @type {never} */ (chain)));
    expect(inspect(person, { depth: null }).length).toBeGreaterThan(1000);
  });

  it('shows what cannot be read as the reason, and throws nothing', () => {
    const bytes = pack(['a', 'b']);
    const words = new Uint32Array(bytes.buffer);
    words[(16 + 8) / 4 + 1] = 0x7fffff00; // the pointer to 'b'
    expect(inspect(view(bytes))).toMatch(/'a',\s+<packed bytes: a pointer that leads to no body/);
    const person = Person.pack({ name: 'ada' });
    const at = Buffer.from(person).indexOf('ada') - 8;
    person[at] = 99;
    expect(inspect(Person.unpackFrom(person))).toMatch(/name: <packed bytes: tag 99/);
  });

  it('obeys no control characters in the names of structs that only the bytes know', () => {
    const bytes = Buffer.from(struct('Terminal', { id: t.u32, text: t.string }).pack({ id: 1 }));
    bytes.write('T\\u001bl', bytes.indexOf('Terminal'));
    expect(inspect(view(bytes))).toMatch(/^T\?l \{/);
  });
});

describe('JSON of a packed view', () => {
  it('says cycles and depth that it cannot hold', () => {
    /** @type {unknown[]} */
    const list = ['x'];
    list.push([list]);
    expectError(() => JSON.stringify(view(pack(list))), 'CYCLE');
    const ada = { name: 'ada', friends: /** @type {unknown[]} */ ([]) };
    ada.friends.push(ada);
    const person = Person.unpackFrom(Person.pack(/** @type {never} */ (ada)));
    expectError(() => JSON.stringify(person), 'CYCLE');
    expectError(() => person.toJSON(), 'CYCLE');
    expectError(() => JSON.stringify(view(pack(nested(100_000, 'end')))), 'DEPTH');
    expectError(() => JSON.stringify(view(pack(nested(1001, 'end')))), 'DEPTH');
    expect(JSON.parse(JSON.stringify(view(pack(nested(1000, 'end')))))).toEqual(
      nested(1000, 'end'),
    );
  });

  it('writes shared parts as often as they are met, up to a bound', () => {
    const shared = { a: [1, 'x'] };
    expect(JSON.stringify(view(pack([shared, shared])))).toBe('[{"a":[1,"x"]},{"a":[1,"x"]}]');
    expect(JSON.stringify(view(pack(everywhere(10)))).length).toBeGreaterThan(2 ** 10 * 5);
    expectError(() => JSON.stringify(view(pack(everywhere(60)))), 'LIMIT');
  });

  it('of an object is an object, whatever its keys', () => {
    const value = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2, "toJSON": null}');
    expect(JSON.stringify(view(pack(value)))).toBe(JSON.stringify(value));
    const bytes = pack({ key: 'value' });
    const at = Buffer.from(bytes).indexOf('key') - 8;
    bytes[at] = 3; // the key is true now
    expectError(() => JSON.stringify(view(bytes)), 'CORRUPT');
  });
});
