/**
 * What is no size and no address is refused before the core sees it, and changes nothing.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Heap } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';

let ran = 0;
const spy = {
  valueOf() {
    ran++;
    return 16;
  },
  toString() {
    ran++;
    return '16';
  },
};
/** Values that are no number, and the code that refuses them. */
const WRONG_TYPE = [
  undefined,
  null,
  '16',
  '',
  true,
  16n,
  spy,
  [16],
  () => 16,
  Symbol('16'),
  NaN.toString(),
];
const WRONG_NUMBER = [-1, -0.5, 1.5, Number.NaN, Infinity, -Infinity, 2 ** 32, 2 ** 53, 1e300];

/** @type {Heap} */
let heap;
let block = 0;
let span = 0;
let arena = 0;
/** @type {ReturnType<typeof contentOf>} */
let content;

beforeAll(() => {
  heap = Heap.create({ maximum: 16 * 2 ** 20 });
  block = heap.alloc(100);
  span = heap.alloc(200_000);
  arena = heap.core.arenaOpen(100_000);
  heap.core.arenaAlloc(arena, 50_000, 8);
  content = contentOf(heap);
});

afterAll(() => {
  expect(ran).toBe(0);
  heap.close();
});

/** @param {(value: never) => unknown} call @param {unknown} value @param {string} code */
function expectRefused(call, value, code) {
  const error = expectError(() => call(/** @type {never} */ (value)), code);
  expect(error.message).toMatch(/; /);
  expect(contentOf(heap)).toEqual(content);
  return error;
}

/** @type {[string, (value: never) => unknown][]} */
const SIZES = [
  ['alloc', (bytes) => heap.alloc(bytes)],
  ['alloc with an alignment', (bytes) => heap.alloc(bytes, { align: 64 })],
  ['calloc count', (count) => heap.calloc(count, 8)],
  [
    'calloc elementBytes',
    (bytes) => (bytes === undefined ? heap.calloc(bytes) : heap.calloc(1, bytes)),
  ],
  ['realloc', (bytes) => heap.realloc(block, bytes)],
  ['bytes length', (bytes) => (bytes === undefined ? heap.bytes(bytes) : heap.bytes(block, bytes))],
];

/** @type {[string, (value: never) => unknown][]} */
const ADDRESSES = [
  ['free', (address) => heap.free(address)],
  ['realloc', (address) => heap.realloc(address, 10)],
  ['usableBytes', (address) => heap.usableBytes(address)],
  ['share', (address) => heap.share(address)],
  ['own', (address) => heap.own(address)],
  ['bytes', (address) => heap.bytes(address, 1)],
  ['roots.set', (address) => heap.roots.set('x', address)],
];

describe.each(SIZES)('a size for %s', (_name, call) => {
  it('must be a number', () => {
    for (const value of WRONG_TYPE) expectRefused(call, value, 'TYPE');
  });

  it('must be an integer from 0 to 2^32-1', () => {
    for (const value of WRONG_NUMBER) {
      const error = expectRefused(call, value, 'SIZE');
      expect(error.message).toContain(`is ${String(value)}`);
      expect(error.message).toContain('4294967295');
      expect(error.given).toBe(value);
    }
  });
});

describe.each(ADDRESSES)('an address for %s', (_name, call) => {
  it('must be a number', () => {
    for (const value of WRONG_TYPE) expectRefused(call, value, 'TYPE');
  });

  it('must be an integer from 0 to 2^32-1', () => {
    for (const value of WRONG_NUMBER) {
      const error = expectRefused(call, value, 'ADDRESS');
      expect(error.message).toContain(`is ${String(value)}`);
    }
  });
});

describe('an alignment', () => {
  it('must be a power of two up to 65536', () => {
    /** @param {never} align */
    const call = (align) => heap.alloc(16, { align });
    for (const value of WRONG_TYPE.slice(1)) expectRefused(call, value, 'TYPE');
    for (const value of WRONG_NUMBER) expectRefused(call, value, 'ALIGN');
    for (const value of [0, 3, 24, 65535, 131072, 2 ** 31]) {
      const error = expectError(() => heap.alloc(16, { align: value }), 'ALIGN');
      expect(error.message).toContain(String(value));
    }
    expect(contentOf(heap)).toEqual(content);
  });
});

describe('an address that is no live block', () => {
  it.each([
    ['null', () => 0, 'ADDRESS'],
    ['the null zone', () => 1023, 'ADDRESS'],
    ['the header', () => 1024, 'ADDRESS'],
    ['the tables', () => 300_000, 'ADDRESS'],
    ['an interior address', () => block + 16, 'ADDRESS'],
    ['an odd address', () => block + 1, 'ADDRESS'],
    ['the inside of a span', () => span + 65536, 'ADDRESS'],
    ['the middle of a page of a span', () => span + 4096, 'ADDRESS'],
    ['an arena', () => arena, 'ADDRESS'],
    ['a slab of an arena', () => heap.core.arenaAlloc(arena, 60_000, 8), 'ADDRESS'],
    ['the end of the address space', () => 2 ** 32 - 1, 'ADDRESS'],
    ['memory that does not exist', () => 2 ** 31, 'ADDRESS'],
  ])('%s: free, realloc and own refuse it', (_name, at, code) => {
    const address = at();
    const before = contentOf(heap);
    const error = expectError(() => heap.free(address), code);
    expect(error.message).toContain(String(address));
    expect(error.address).toBe(address);
    if (address !== 0) expectError(() => heap.realloc(address, 50), code);
    if (address !== arena) expectError(() => heap.own(address), code);
    expect(heap.usableBytes(address)).toBe(0);
    expect(contentOf(heap)).toEqual(before);
    expectSound(heap);
    content = before;
  });

  it('a block or span that is free already is a double free', () => {
    const small = heap.alloc(40);
    const large = heap.alloc(100_000);
    heap.free(small);
    heap.free(large);
    for (const address of [small, large]) {
      const error = expectError(() => heap.free(address), 'DOUBLE_FREE');
      expect(error.message).toMatch(/free already\. Free each block once\.$/);
      expectError(() => heap.realloc(address, 10), 'DOUBLE_FREE');
    }
    expect(contentOf(heap)).toEqual(content);
    expectSound(heap);
  });

  it('an address of another heap is just a number here', () => {
    const other = Heap.create({ maximum: 64 * 2 ** 20 });
    const foreign = other.alloc(100);
    expectError(() => heap.free(foreign), 'ADDRESS');
    other.free(foreign);
    other.close();
  });
});

describe('options', () => {
  it('with a typo are refused, not ignored', () => {
    const alloc = /** @type {(bytes: number, options: unknown) => number} */ (
      heap.alloc.bind(heap)
    );
    const error = expectError(() => alloc(16, { alignment: 64 }), 'ARGUMENT');
    expect(error.message).toContain('"alignment"');
    expect(error.message).toContain('align');
    expectError(() => alloc(16, 64), 'TYPE');
    expectError(() => alloc(16, null), 'TYPE');
  });
});
