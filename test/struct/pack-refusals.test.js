import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../js/image/index.js';
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
