import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../js/base/generated/layout.js';
import { Heap } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

/** @type {Heap} */
let heap;

beforeEach(() => {
  heap = Heap.create({ maximum: 16 * 2 ** 20 });
});

afterEach(async () => {
  await stopWorkers();
  heap.close();
});

describe('roots', () => {
  it('map names to addresses', () => {
    const address = heap.alloc(100);
    expect(heap.roots.get('particles')).toBeUndefined();
    expect(heap.roots.has('particles')).toBe(false);
    heap.roots.set('particles', address, { kind: 7 });
    expect(heap.roots.get('particles')).toEqual({ value: address, kind: 7 });
    expect(heap.roots.has('particles')).toBe(true);
    expect(heap.roots.delete('particles')).toBe(true);
    expect(heap.roots.delete('particles')).toBe(false);
    expect(heap.roots.get('particles')).toBeUndefined();
    expect(heap.usableBytes(address)).toBeGreaterThan(0);
  });

  it('share the block that they name', () => {
    heap.roots.set('kept', heap.alloc(100));
    heap.alloc(100);
    const { descriptor } = heap;
    heap.close();
    heap = Heap.attach(descriptor);
    expect(contentOf(heap)).toMatchObject({ blocksShared: 1, rootsLive: 1 });
    expectSound(heap);
  });

  it('hold any 32-bit numbers', () => {
    heap.roots.set('most', 2 ** 32 - 1, { kind: 2 ** 32 - 1 });
    heap.roots.set('kind only', 0, { kind: 1 });
    heap.roots.set('value only', 1);
    expect(heap.roots.get('most')).toEqual({ value: 2 ** 32 - 1, kind: 2 ** 32 - 1 });
    expect(heap.roots.get('kind only')).toEqual({ value: 0, kind: 1 });
    expect(heap.roots.get('value only')).toEqual({ value: 1, kind: 0 });
  });

  it('keep a name that is taken unless it is replaced', () => {
    heap.roots.set('x', 5000);
    const error = expectError(() => heap.roots.set('x', 6000), 'EXISTS');
    expect(error.message).toContain('{replace: true}');
    expect(heap.roots.get('x')?.value).toBe(5000);
    heap.roots.set('x', 6000, { replace: true });
    heap.roots.set('new', 7000, { replace: true });
    expect(heap.roots.get('x')?.value).toBe(6000);
    heap.roots.delete('x');
    heap.roots.set('x', 8000);
    expect(heap.roots.get('x')?.value).toBe(8000);
  });

  it('take names of 1 to 255 bytes of UTF-8', () => {
    const names = [
      'x',
      'y'.repeat(255),
      'é'.repeat(127),
      '\u{1f600}',
      '\ufeff',
      '\0',
      'a\0b',
      '../__proto__',
    ];
    for (const [i, name] of names.entries()) heap.roots.set(name, 5000 + i);
    for (const [i, name] of names.entries()) expect(heap.roots.get(name)?.value).toBe(5000 + i);
    expect(new Set([...heap.roots].map(([name]) => name))).toEqual(new Set(names));
    for (const name of ['', 'y'.repeat(256), 'é'.repeat(128)]) {
      const error = expectError(() => heap.roots.set(name, 1), 'NAME');
      expect(error.message).toContain('1 to 255');
      expectError(() => heap.roots.get(name), 'NAME');
      expectError(() => heap.roots.delete(name), 'NAME');
    }
  });

  it('refuse half of a surrogate pair: two names would become one', () => {
    for (const name of ['\ud83d', 'a\udc00']) {
      expect(expectError(() => heap.roots.set(name, 1), 'NAME').message).toContain('surrogate');
    }
    heap.roots.set('\ufffd', 5000);
    expect(heap.roots.get('\ufffd')?.value).toBe(5000);
  });

  it('refuse what is no name and no number', () => {
    const roots = /** @type {{set(...args: unknown[]): void, get(name: unknown): unknown}} */ (
      /** @type {unknown} */ (heap.roots)
    );
    for (const name of [undefined, null, 7, {}, Symbol('x')]) {
      expectError(() => roots.get(name), 'TYPE');
      expectError(() => roots.set(name, 1), 'TYPE');
    }
    expectError(() => roots.set('x', 5000n), 'TYPE');
    expectError(() => roots.set('x', -1), 'ADDRESS');
    expectError(() => roots.set('x', 1, { kind: -1 }), 'ARGUMENT');
    expectError(() => roots.set('x', 1, { kind: '1' }), 'TYPE');
    expectError(() => roots.set('x', 1, { replace: 1 }), 'TYPE');
    expectError(() => roots.set('x', 1, { overwrite: true }), 'ARGUMENT');
    expect(expectError(() => roots.set('x', 0), 'ARGUMENT').message).toContain('roots.delete');
    expect([...heap.roots]).toEqual([]);
  });

  it('are full after 1024 names, and a name that was removed can come back', () => {
    for (let i = 0; i < LIMITS.ROOTS_MAX; i++) heap.roots.set(`name ${i}`, 5000 + i);
    expectError(() => heap.roots.set('one more', 1), 'ROOTS_FULL');
    expect([...heap.roots.entries()]).toHaveLength(LIMITS.ROOTS_MAX);
    heap.roots.delete('name 77');
    expectError(() => heap.roots.set('one more', 1), 'ROOTS_FULL');
    heap.roots.set('name 77', 9000);
    expect(heap.roots.get('name 77')?.value).toBe(9000);
    expectSound(heap);
  });

  it('can be set by many workers at once and read by all', async () => {
    const workers = await startWorkers(3, heap.descriptor);
    await Promise.all(workers.map((worker, i) => worker.call('setRoots', `w${i}/`, 100)));
    expect([...heap.roots]).toHaveLength(300);
    for (let i = 0; i < 100; i += 9) {
      const root = heap.roots.get(`w1/${i}`);
      expect(await workers[0].call('getRoot', `w1/${i}`)).toEqual(root);
      expect(root?.kind).toBe(i);
    }
    expectSound(heap);
  });

  it('give a name to one of several workers that want it', async () => {
    const workers = await startWorkers(3, heap.descriptor);
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(
        workers.map((worker, i) => worker.call('setRoot', `race ${round}`, 5000 + i)),
      );
      expect([...answers].sort()).toEqual(['EXISTS', 'EXISTS', 'OK']);
      expect(heap.roots.get(`race ${round}`)?.value).toBe(5000 + answers.indexOf('OK'));
    }
  });
});
