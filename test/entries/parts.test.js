/**
 * qbwasm/parts, and what a bundle of each entry has.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WASM_HEX } from '../../js/base/generated/wasm.js';

/** @type {typeof import('../../js/parts.js')} */
let parts;
beforeEach(async () => {
  vi.resetModules();
  parts = await import('../../js/parts.js');
});

const folder = mkdtempSync(join(tmpdir(), 'qbwasm-bundles-'));
let bundles = 0;
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * Bundles a program as applications do, and runs it.
 *
 * @param {string} source
 * @returns {Promise<{ code: string, exports: Record<string, any> }>}
 */
async function bundle(source) {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: '.' },
    bundle: true,
    format: 'esm',
    write: false,
  });
  const code = outputFiles[0].text;
  const file = join(folder, `${bundles++}.mjs`);
  writeFileSync(file, code);
  return { code, exports: await import(/* @vite-ignore */ pathToFileURL(file).href) };
}

describe('a heap of qbwasm/parts', () => {
  it('has no core until it is told where it is', () => {
    expect(() => parts.Heap.create()).toThrow(expect.objectContaining({ code: 'NO_CORE' }));
    parts.inlineCore();
    const heap = parts.Heap.create({ maximum: 2 ** 20 });
    heap.free(heap.alloc(8));
    heap.close();
  });

  it('names the part that a method needs', () => {
    parts.inlineCore();
    const heap = parts.Heap.create({ maximum: 2 ** 20 });
    class Point extends parts.struct('Point', { x: parts.t.f64 }) {}
    expect(() => heap.pool(Point, { capacity: 2 })).toThrow(
      expect.objectContaining({ code: 'NO_PART' }),
    );
    expect(() => heap.pool(Point, { capacity: 2 })).toThrow(/withParts\(pools\)/);
    expect(() => heap.schemas).toThrow(/withParts\(schemas\)/);
    expect(() => heap.mutex()).toThrow(/withParts\(locks\)/);
    heap.close();
  });

  it('has the parts that it was given, also heaps that were there before', () => {
    parts.inlineCore();
    const heap = parts.Heap.create({ maximum: 2 ** 20 });
    class Point extends parts.struct('Point', { x: parts.t.f64 }) {}
    parts.withParts(parts.pools);
    const pool = heap.pool(Point, { capacity: 2 });
    pool.release(pool.acquire());
    expect(() => heap.arena(Point)).toThrow(/withParts\(arenas\)/);
    parts.withParts(parts.arenas, parts.pools);
    expect(heap.arena(Point).run(() => new Point({ x: 2 }).x)).toBe(2);
    heap.close();
  });

  it('reminds of every method that a part has', async () => {
    const names = [
      'arenas',
      'channels',
      'locks',
      'memoryPools',
      'owners',
      'pools',
      'retains',
      'schemas',
    ];
    for (const [name, part] of Object.entries(parts)) {
      if (!names.includes(name)) continue;
      for (const method of Object.keys(part)) {
        expect(() => Reflect.get(parts.Heap.prototype, method), method).toThrow(
          `withParts(${name})`,
        );
      }
    }
  });

  it('has all parts when the agent uses the main entry as well', async () => {
    const main = await import('../../js/index.js');
    expect(main.Heap).toBe(parts.Heap);
    const heap = main.Heap.create({ maximum: 2 ** 20 });
    heap.mutex().dispose();
    heap.close();
  });
});

describe('a bundle', () => {
  it('with Heap has every method, whatever else was imported', async () => {
    const { exports } = await bundle(`
      import { Heap, struct, t } from './js/index.js';
      export function run() {
        class Point extends struct('Point', { x: t.f64 }) {}
        const heap = Heap.create({ maximum: 2 ** 22 });
        const total = heap.arena(Point).run(() => new Point({ x: 1 }).x);
        const pool = heap.pool(Point, { capacity: 2, sharing: 'shared' });
        pool.release(heap.attachPool(pool.descriptor).acquire());
        heap.channel({ of: pool, capacity: 2 }).close();
        heap.memoryPool('name', { bytes: 65536 }).destroy();
        heap.owner().dispose();
        heap.mutex().run(() => {});
        const names = heap.schemas.names();
        heap.close();
        return { total, names };
      }`);
    expect(exports.run()).toEqual({ total: 1, names: ['Point'] });
  });

  it('for workers has every method and no core', async () => {
    const { code, exports } = await bundle(`
      export { attach } from './js/worker.js';
      export { Mutex, Pool, struct, t } from './js/index.js';`);
    expect(code).not.toContain(WASM_HEX.slice(0, 100));
    parts.inlineCore();
    parts.withParts(parts.locks);
    const heap = parts.Heap.create({ maximum: 2 ** 20 });
    const mutex = heap.mutex();
    const attached = exports.attach(heap.descriptor);
    exports.Mutex.attach(attached, mutex.descriptor).run(() => {});
    attached.owner().dispose();
    attached.close();
    heap.close();
  });

  it('of qbwasm/external has no core', async () => {
    const { code } = await bundle("export * from './js/external.js'");
    expect(code).not.toContain(WASM_HEX.slice(0, 100));
    expect(code).toMatch(/new URL\("\.\.\/qbwasm\.wasm", import\.meta\.url\)/);
  });

  it('without Heap has neither the core nor what heaps are made of', async () => {
    const { code } = await bundle("export { struct, t } from './js/index.js'");
    expect(code).not.toContain(WASM_HEX.slice(0, 100));
    expect(code).not.toMatch(/class (Heap|Pool|Arena|Channel) /);
  });
});
