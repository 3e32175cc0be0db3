/**
 * What the binary is, read from its bytes: no promise of a build flag is taken on trust.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LAYOUT_HASH } from '../../js/base/generated/layout.js';
import { WASM_HEX } from '../../js/base/generated/wasm.js';
import { describeSurface, reachableFeatures, readWasm } from '../support/wasm-reader.js';

/** The plan was 24 KiB; see docs/adr/0008. */
const BYTES_MAX = 30 * 1024;

/** Exports that a worker alone may call. They may wait; nothing else may. */
const WORKER_EXPORTS = /** @type {string[]} */ ([]);

const bytes = new Uint8Array(Buffer.from(WASM_HEX, 'hex'));
const wasm = readWasm(bytes);
const functions = wasm.exports.filter(({ kind }) => kind === 'func');

describe('the wasm binary', () => {
  it('imports the shared memory and nothing else', () => {
    expect(wasm.imports).toEqual([
      {
        module: 'env',
        name: 'memory',
        kind: 'memory',
        limits: { min: expect.any(Number), max: 65536, shared: true },
      },
    ]);
    expect(wasm.imports[0]?.limits?.min).toBeLessThanOrEqual(1);
  });

  it('has exactly the imports and exports of c/exports.txt', () => {
    const committed = readFileSync(new URL('../../c/exports.txt', import.meta.url), 'utf8');
    expect(`${describeSurface(wasm).join('\n')}\n`).toBe(committed);
  });

  it('takes and gives 32-bit numbers only', () => {
    for (const { name, index } of functions) {
      const type = wasm.types[/** @type {number} */ (wasm.functionTypes[index])];
      const values = [...(type?.params ?? []), ...(type?.results ?? [])];
      expect([name, values.filter((value) => value !== 'i32')]).toEqual([name, []]);
    }
  });

  it('runs nothing when it is instantiated', () => {
    expect(wasm.start).toBeUndefined();
  });

  it('has no data segments, tables or memories of its own', () => {
    const { dataCount, elementCount, tableCount, memoryCount } = wasm;
    expect({ dataCount, elementCount, tableCount, memoryCount }).toEqual({
      dataCount: 0,
      elementCount: 0,
      tableCount: 0,
      memoryCount: 0,
    });
  });

  it('keeps one number outside of the memory, the slot of its thread, and so has no stack there', () => {
    expect(wasm.globals).toEqual([{ type: 'i32', mutable: true }]);
    const attach = functions.find(({ name }) => name === 'thread_attach');
    const setters = functions.filter(({ index }) => setsGlobal(index)).map(({ name }) => name);
    expect(attach).toBeDefined();
    // A shadow stack pointer is set by whoever uses it. The slot is set on the way in and out only.
    expect(setters.sort()).toEqual(['thread_attach', 'thread_detach', 'thread_enter']);
  });

  it('never waits in an export that a main thread may call', () => {
    const waiting = functions
      .filter(({ index }) => reachableFeatures(wasm, index).has('wait'))
      .map(({ name }) => name);
    expect(waiting).toEqual(WORKER_EXPORTS);
  });

  it('calls no function through a table', () => {
    for (const body of wasm.bodies) {
      expect(body.features).not.toContain('call_indirect');
    }
  });

  it('carries no names, producers or debug sections', () => {
    expect(wasm.customSections.filter((name) => name !== 'target_features')).toEqual([]);
  });

  it(`is at most ${BYTES_MAX} bytes`, () => {
    expect(bytes.length).toBeLessThanOrEqual(BYTES_MAX);
  });

  it('agrees with the generated JS about every offset, constant and status', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory },
    });
    const layoutHash = /** @type {() => number} */ (exports.layout_hash);
    expect(layoutHash() >>> 0).toBe(LAYOUT_HASH);
  });
});

/**
 * @param {number} functionIndex
 * @returns {boolean} whether the function or one that it calls sets a global
 */
function setsGlobal(functionIndex) {
  const seen = new Set([functionIndex]);
  for (const index of seen) {
    const body = wasm.bodies[index - wasm.importedFunctionCount];
    if (body !== undefined && body.globals.length > 0) {
      return true;
    }
    for (const callee of body?.calls ?? []) {
      seen.add(callee);
    }
  }
  return false;
}
