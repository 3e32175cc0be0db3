import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { QbError } from '../../js/base/errors.js';
import { Memory } from '../../js/base/memory.js';
import { expectError } from '../support/heap.js';

const PAGE_BYTES = 65536;
const KINDS = /** @type {const} */ ([
  'i8',
  'u8',
  'i16',
  'u16',
  'i32',
  'u32',
  'f32',
  'f64',
  'i64',
  'u64',
]);

/** @param {number} [initial] */
function makeMemory(initial = 1) {
  return new Memory(new WebAssembly.Memory({ initial, maximum: 16, shared: true }));
}

/** @param {Memory} memory */
function another(memory) {
  return new Memory(memory.wasmMemory);
}

/** As in WebKit: `buffer` may be the one before a growth until `grow` has waited for it. */
function laggingMemory() {
  const real = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: true });
  let { buffer } = real;
  const lagging = {
    get buffer() {
      return buffer;
    },
    /** @param {number} pages */
    grow(pages) {
      const before = real.grow(pages);
      ({ buffer } = real);
      return before;
    },
  };
  return { real, memory: new Memory(/** @type {WebAssembly.Memory} */ (lagging)) };
}

describe('memory tables', () => {
  it('cover the whole memory in ten kinds', () => {
    const { root } = makeMemory(2);
    for (const kind of KINDS) expect(root[kind].byteLength).toBe(2 * PAGE_BYTES);
    expect(root.byteLength).toBe(2 * PAGE_BYTES);
  });

  it('cover what another thread has just added, although JS does not see it yet', () => {
    const { real, memory } = laggingMemory();
    real.grow(2);
    memory.refresh();
    expect(memory.byteLength).toBe(PAGE_BYTES);
    memory.ensure(3 * PAGE_BYTES);
    expect(memory.root.byteLength).toBe(3 * PAGE_BYTES);
    expectError(() => memory.ensure(3 * PAGE_BYTES + 1), 'ADDRESS');
  });

  it('share the bytes of the memory and the arrays of the root', () => {
    const memory = makeMemory();
    const table = memory.createTable();
    memory.root.u32[2] = 0x01020304;
    expect(table.u8[8]).toBe(4);
    for (const kind of KINDS) expect(table[kind]).toBe(memory.root[kind]);
  });

  it('have one hidden class, also when they are rebound; a revoked one leaves it', () => {
    setFlagsFromString('--allow-natives-syntax');
    const sameMap = new Function('a', 'b', 'return %HaveSameMap(a, b)');
    const memory = makeMemory();
    const [first, second, third] = [0, 1, 2].map(() => memory.createTable());
    expect(sameMap(first, second)).toBe(true);
    second.revoke(new QbError('STALE', 'gone'));
    memory.wasmMemory.grow(1);
    memory.refresh();
    expect(sameMap(memory.root, first)).toBe(true);
    expect(sameMap(third, memory.createTable())).toBe(true);
    // What stands in a revoked table must not become known of the live ones: they would be read slower.
    expect(sameMap(first, second)).toBe(false);
  });
});

describe('growth', () => {
  it('is followed by all tables when someone asks for an address behind the end', () => {
    const memory = makeMemory();
    const table = memory.createTable();
    another(memory).wasmMemory.grow(2);
    expect(table.byteLength).toBe(PAGE_BYTES);
    memory.ensure(3 * PAGE_BYTES);
    expect([memory.byteLength, memory.root.byteLength, table.byteLength]).toEqual(
      Array(3).fill(3 * PAGE_BYTES),
    );
    table.f64[(2 * PAGE_BYTES) / 8] = 1.5;
    expect(memory.root.f64[(2 * PAGE_BYTES) / 8]).toBe(1.5);
  });

  it('leaves the arrays of before usable for what they cover', () => {
    const memory = makeMemory();
    const before = memory.root.u8;
    memory.wasmMemory.grow(1);
    memory.refresh();
    memory.root.u8[100] = 7;
    expect(before[100]).toBe(7);
    expect(before).not.toBe(memory.root.u8);
  });

  it('costs nothing while the memory has not grown', () => {
    const memory = makeMemory();
    const before = memory.root.u8;
    memory.ensure(PAGE_BYTES);
    memory.refresh();
    expect(memory.root.u8).toBe(before);
  });

  it('cannot be asked for by an address: what lies behind the end is refused', () => {
    const memory = makeMemory();
    const error = expectError(() => memory.ensure(PAGE_BYTES + 1), 'ADDRESS');
    expect(error.message).toContain(`address ${PAGE_BYTES}`);
    expect(error.message).toContain(`${PAGE_BYTES} bytes`);
    expect(error.address).toBe(PAGE_BYTES);
    expect(memory.byteLength).toBe(PAGE_BYTES);
  });

  it('is not followed by a table that was dropped', () => {
    const memory = makeMemory();
    const dropped = memory.createTable();
    const kept = memory.createTable();
    memory.dropTable(dropped);
    memory.dropTable(dropped);
    memory.wasmMemory.grow(1);
    memory.refresh();
    expect([dropped.byteLength, kept.byteLength]).toEqual([PAGE_BYTES, 2 * PAGE_BYTES]);
  });

  it('is followed by many tables, of which some are gone', () => {
    const memory = makeMemory();
    const tables = Array.from({ length: 500 }, () => memory.createTable());
    for (const [i, table] of tables.entries()) {
      if (i % 3 === 0) memory.dropTable(table);
      if (i % 3 === 1) table.revoke(new QbError('STALE', 'gone'));
    }
    memory.wasmMemory.grow(1);
    memory.ensure(2 * PAGE_BYTES);
    const lengths = tables.map((table) => table.byteLength / PAGE_BYTES);
    expect(lengths).toEqual(tables.map((_, i) => [1, 0, 2][i % 3]));
  });
});

describe('a revoked table', () => {
  /** @param {() => unknown} access */
  const expectGone = (access) => expectError(access, 'STALE');

  it('throws on every read, write and question, of every kind', () => {
    const memory = makeMemory();
    const table = memory.createTable();
    table.revoke(() => new QbError('STALE', 'the arena is closed'));
    for (const kind of KINDS) {
      const array = /** @type {Record<number | string, unknown>} */ (
        /** @type {unknown} */ (table[kind])
      );
      expectGone(() => array[0]);
      expectGone(() => array[2 ** 31]);
      expectGone(() => {
        array[0] = kind.endsWith('64') ? 1n : 1;
      });
      expectGone(() => array.length);
      expectGone(() => 0 in array);
      expectGone(() => Reflect.ownKeys(array));
      expectGone(() => delete array[0]);
      expectGone(() => Object.defineProperty(array, 0, { value: 1 }));
      expectGone(() => Object.getPrototypeOf(array));
      expectGone(() => Object.setPrototypeOf(array, null));
      expectGone(() => array instanceof Uint8Array);
      expectGone(() => [...table.u8]);
    }
    // Atomics look no further than that it is no array; they must not work either.
    expect(() => Atomics.load(table.i32, 0)).toThrow(TypeError);
  });

  it('says why, each time anew, and where it was revoked', () => {
    const table = makeMemory().createTable();
    const reason = new QbError('STALE', 'the arena is closed', { address: 64 });
    table.revoke(reason);
    const first = expectGone(() => table.f64[1]);
    const second = expectGone(() => table.f64[1]);
    expect(first.message).toBe('the arena is closed');
    expect(first.cause).toBe(reason);
    expect(first).not.toBe(second);
  });

  it('stays revoked for the first reason, and does not follow growth', () => {
    const memory = makeMemory();
    const table = memory.createTable();
    expect(table.revoked).toBe(false);
    table.revoke(new QbError('STALE', 'first'));
    table.revoke(new QbError('ARENA', 'second'));
    memory.wasmMemory.grow(1);
    memory.refresh();
    expect(table.revoked).toBe(true);
    expect(expectGone(() => table.u8[0]).message).toBe('first');
  });

  it('touches no other table', () => {
    const memory = makeMemory();
    const [revoked, other] = [memory.createTable(), memory.createTable()];
    revoked.revoke(new QbError('STALE', 'gone'));
    other.u8[5] = 9;
    expect(memory.root.u8[5]).toBe(9);
  });
});
