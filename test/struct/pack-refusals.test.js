import { describe, expect, it } from 'vitest';
import {
  Decimal,
  NdArray,
  openBytes,
  pack,
  packInto,
  struct,
  t,
  unpack,
  verify,
  view,
} from '../../js/image/index.js';
import { expectError } from '../support/heap.js';

/** A property that runs code. @param {object} object @param {string | number} key @param {() => unknown} get */
function withGetter(object, key, get) {
  return Object.defineProperty(object, key, { get, enumerable: true, configurable: true });
}

describe('what changes while it is packed', () => {
  it('is refused when an object gets or loses a property', () => {
    /** @type {Record<string, unknown>} */
    const inner = { a: 1 };
    const grow = withGetter({ inner }, 'z', () => {
      inner.b = 2;
    });
    expectError(() => pack(grow), 'TYPE');
    expect(() => pack(grow)).not.toThrow(); // now it stays as it is
    const shrink = withGetter({ inner }, 'z', () => {
      delete inner.a;
    });
    expect(() => pack([shrink])).toThrow(/value\[0\]\.inner changed while it was packed/);
  });

  it('is refused when a list, Map or Set of it does', () => {
    const list = [{}, 'x'];
    const map = new Map([['k', {}]]);
    const growList = withGetter({ list }, 'z', () => list.push('more'));
    const growMap = withGetter({ map }, 'z', () => map.set('more', {}));
    const clearMap = withGetter({ map }, 'z', () => map.clear());
    for (const value of [growList, growMap, clearMap]) expectError(() => pack(value), 'TYPE');
  });

  it('is packed as it is read when a list of numbers has a getter that changes the list', () => {
    const numbers = [1, 2, 3, 4];
    withGetter(numbers, 1, () => {
      numbers.length = 3;
      return 9;
    });
    expect(unpack(pack({ numbers, after: 'x' }))).toEqual({ numbers: [1, 9, 3], after: 'x' });
  });

  it('may pack another value meanwhile', () => {
    let inner = new Uint8Array(0);
    const outer = withGetter({ before: 'text' }, 'inner', () => {
      inner = pack({ before: 'other', list: ['a', 'b'] });
      return inner;
    });
    const back = /** @type {{ before: string, inner: Uint8Array }} */ (unpack(pack(outer)));
    expect(back.before).toBe('text');
    expect(unpack(inner)).toEqual({ before: 'other', list: ['a', 'b'] });
    expect(back.inner).toEqual(inner);
  });

  it('leaves nothing behind for the next value when a getter throws', () => {
    const shared = ['shared'];
    const broken = withGetter({ shared, text: 'text' }, 'z', () => {
      throw new Error('no');
    });
    const bytes = pack([shared, 'text']);
    expect(() => pack(broken)).toThrow('no');
    expect(pack([shared, 'text'])).toEqual(bytes);
  });
});

describe('an object that is none of what can be packed', () => {
  it.each([
    ['Foo', new (class Foo {})()],
    ['URL', new URL('file:///x')],
    ['RegExp', /x/],
    ['Promise', Promise.resolve()],
    ['ArrayBuffer', new ArrayBuffer(8)],
    ['Uint8Array', new Proxy(new Uint8Array(8), {})],
  ])('is named: an instance of %s', (name, value) => {
    expectError(() => pack({ a: [value] }), 'TYPE');
    expect(() => pack({ a: [value] })).toThrow(`value.a[0] cannot hold an instance of ${name};`);
  });

  it.each([
    ['Map', new Proxy(new Map([['a', 1]]), {})],
    ['Set', new Proxy(new Set(['a']), {})],
    ['Map', Object.create(Map.prototype)],
  ])('may be a Proxy of a %s, or look like one', (name, value) => {
    expectError(() => pack([value]), 'TYPE');
    expect(() => pack([value])).toThrow(`value[0] cannot be a Proxy of a ${name}`);
  });

  it('is packed as what it shows when it is a Proxy of a plain object or array', () => {
    const value = new Proxy({ a: new Proxy([1, 'x'], {}) }, {});
    expect(unpack(pack(value))).toEqual({ a: [1, 'x'] });
  });

  it('may be a Proxy that says something else each time', () => {
    let asked = 0;
    const handler = {
      ownKeys: () => (asked++ % 2 === 0 ? ['a'] : ['a', 'b']),
      getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
    };
    expectError(() => pack(new Proxy({}, handler)), 'TYPE');
  });

  it.each([new Map([['x', 1]]), new Set([1]), new Date(0), new Float64Array(2), ['x']])(
    'has no fields of a struct: %o',
    (value) => {
      class Spot extends struct('Spot', { x: t.f64 }) {}
      expectError(() => Spot.pack(/** @type {never} */ (value)), 'TYPE');
      expect(() => Spot.pack(/** @type {never} */ ({ y: 1 }))).toThrow(
        'Spot has no field "y"; there are x.',
      );
    },
  );
});

describe('a key that can be none', () => {
  it.each([
    ['an object', {}],
    ['an object within a tuple', [1, [{}]]],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
  ])('%s is refused with the place of the dict', (_, key) => {
    expectError(() => pack({ a: new Map([[key, 1]]) }), 'TYPE');
    expect(() => pack({ a: new Map([[key, 1]]) })).toThrow(/^value\.a: .* cannot be a member/);
    expect(() => pack([new Set([key])])).toThrow(/^value\[0\]: /);
  });

  it('leads back to itself: through a list, a Set, or the dict that has it', () => {
    /** @type {unknown[]} */
    const list = [];
    list.push(list);
    /** @type {Set<unknown>} */
    const set = new Set();
    set.add(set);
    /** @type {unknown[]} */
    const through = [];
    const map = new Map([[through, 1]]);
    through.push(map);
    expectError(() => pack(new Map([[list, 1]])), 'DEPTH');
    expectError(() => pack(set), 'DEPTH');
    expectError(() => pack(map), 'TYPE');
  });
});

describe('sizes beyond what the format holds', () => {
  it('of bigints and decimals are refused in few words', () => {
    const big = 2n ** 600_000n;
    for (const value of [big, -big, new Decimal(big), new Map([[big, 1]])]) {
      let message = '';
      try {
        pack([value]);
      } catch (error) {
        message = String(error);
      }
      expect(message).toMatch(/600\d\d\d bits; give one of up to 524288 bits\./);
      expect(message.length).toBeLessThan(200);
    }
    expect(unpack(pack(10n ** 100_000n))).toBe(10n ** 100_000n);
  });

  it('of strings are refused with the length', () => {
    const text = 'x'.repeat(2 ** 29 - 24);
    expectError(() => pack([text]), 'TYPE');
    expect(() => pack([text])).toThrow(/a string of 536870888 characters; give one of up to \d+\./);
  });

  it('of sparse arrays are refused before anything is allocated', () => {
    /** @type {unknown[]} */
    const sparse = [];
    sparse.length = 4_000_000_000;
    expectError(() => pack(sparse), 'SIZE');
    const holes = [1];
    holes[2] = 3;
    expect(unpack(pack(holes))).toStrictEqual([1, undefined, 3]);
  });
});

describe('a buffer that was transferred', () => {
  /** @param {ArrayBuffer} buffer */
  const transfer = (buffer) => structuredClone(buffer, { transfer: [buffer] });

  it('is neither read nor written', () => {
    const bytes = pack(['x']);
    const target = new ArrayBuffer(64);
    transfer(bytes.buffer);
    transfer(target);
    for (const read of [view, unpack, verify]) expectError(() => read(bytes), 'TYPE');
    expectError(() => packInto(1, target), 'TYPE');
  });

  it('is not packed', () => {
    const numbers = new Float64Array(4);
    const array = new NdArray(numbers, [2, 2]);
    const raw = new Uint8Array(4);
    for (const { buffer } of [numbers, raw]) transfer(buffer);
    for (const value of [numbers, array, raw]) expectError(() => pack({ a: value }), 'TYPE');
    expect(unpack(pack([new Float64Array(0), new Uint8Array(0)]))).toEqual([
      new Float64Array(0),
      new Uint8Array(0),
    ]);
  });

  it('says so to views that were made before, instead of having lost their values', () => {
    const bytes = pack({ list: ['x', 'y'], set: new Set(['a']) });
    const dict = /** @type {import('../../js/image/index.js').PackedDict<string, any>} */ (
      view(bytes)
    );
    const [list, set] = [dict.get('list'), dict.get('set')];
    transfer(bytes.buffer);
    for (const read of [() => dict.get('list'), () => list.at(0), () => set.has('a')]) {
      expectError(read, 'CLOSED');
    }
  });

  it('is told from one that is empty', () => {
    expectError(() => view(new Uint8Array(0)), 'CORRUPT');
  });
});

describe('a buffer that is resized', () => {
  it('is read as far as it goes', () => {
    /** @type {ArrayBuffer & { resize(bytes: number): void }} */
    const buffer = Reflect.construct(ArrayBuffer, [128, { maxByteLength: 1024 }]);
    packInto(['a', [1, 2, 3]], buffer);
    const before = /** @type {import('../../js/image/index.js').PackedList} */ (view(buffer));
    buffer.resize(1024);
    expect(before.at(0)).toBe('a');
    expect(unpack(buffer)).toEqual(['a', [1, 2, 3]]);
    buffer.resize(24);
    expectError(() => before.at(1), 'CORRUPT');
    expectError(() => view(buffer), 'CORRUPT');
  });
});

describe('bytes that are something else', () => {
  it('are called by their name: packed value, image, or neither', () => {
    expect(() => openBytes(pack({ a: 1 }))).toThrow(/but a packed value: view\(\) reads it/);
    const image = new TextEncoder().encode('QBIMAGE\n'.padEnd(128, '\0'));
    expect(() => view(image)).toThrow(/but an image: openBytes\(\) opens it/);
    expectError(() => view(new TextEncoder().encode('some text of no meaning')), 'CORRUPT');
  });

  it.each([undefined, null, 5, 'QV', [1, 2], {}])('%o holds no bytes', (value) => {
    for (const read of [view, unpack, verify]) {
      expectError(() => read(/** @type {never} */ (value)), 'TYPE');
    }
    expectError(() => packInto(1, /** @type {never} */ (value)), 'TYPE');
  });

  it.each([null, 5, 'x'])('options are objects, and not %o', (value) => {
    const options = /** @type {never} */ (value);
    expectError(() => pack(1, options), 'TYPE');
    expectError(() => view(pack(1), 0, options), 'TYPE');
    expectError(() => verify(pack(1), options), 'TYPE');
    expect(() => pack(1, options)).toThrow(/^pack is /);
  });

  it('are no sets: set algebra says what it takes', () => {
    const set = /** @type {import('../../js/image/index.js').PackedSet} */ (
      view(pack(new Set([1])))
    );
    for (const other of [[1], null, undefined, 5, {}, 'x']) {
      const given = /** @type {never} */ (other);
      expectError(() => set.union(given), 'TYPE');
      expectError(() => set.isSubsetOf(given), 'TYPE');
      expectError(() => set.isDisjointFrom(given), 'TYPE');
    }
  });
});
