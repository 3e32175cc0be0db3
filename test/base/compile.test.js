/**
 * What cannot work says why, and what helps.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** @type {typeof import('../../js/index.js')} */
let qbwasm;
beforeEach(async () => {
  vi.resetModules();
  qbwasm = await import('../../js/index.js');
});
afterEach(() => vi.unstubAllGlobals());

/** @param {RegExp} text */
function expectUnsupported(text) {
  const create = () => qbwasm.Heap.create({ maximum: 2 ** 20 });
  expect(create).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  expect(create).toThrow(text);
}

/** An engine that compiles only what passes. @param {(bytes: Uint8Array) => void} check */
function compileOnly(check) {
  const { Module } = WebAssembly;
  class Refusing {
    /** @param {Uint8Array<ArrayBuffer>} bytes */
    constructor(bytes) {
      check(bytes);
      // biome-ignore lint/correctness/noConstructorReturn: it stands in for a constructor.
      return new Module(bytes);
    }
    /** @param {unknown} value */
    static [Symbol.hasInstance](value) {
      return value instanceof Module;
    }
  }
  vi.stubGlobal('WebAssembly', Object.assign(Object.create(WebAssembly), { Module: Refusing }));
}

describe('Heap.create', () => {
  it('says that there is no WebAssembly', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(qbwasm.capabilities()).toMatchObject({ wasm: false, sharedMemory: false });
    expectUnsupported(/has no WebAssembly/);
    expect(() => qbwasm.Heap.attach(/** @type {never} */ ({ kind: 'qbwasm.heap' }))).toThrow(
      qbwasm.QbError,
    );
  });

  it('names the policy that forbids WebAssembly, and what it must say', () => {
    compileOnly(() => {
      throw new WebAssembly.CompileError('Wasm code generation disallowed by embedder');
    });
    expect(qbwasm.capabilities().wasm).toBe(false);
    expectUnsupported(/script-src 'self' 'wasm-unsafe-eval'/);
  });

  it('names it as well where the engine minds it only at the first instance, as WebKit does', () => {
    const Instance = class {
      constructor() {
        throw new EvalError(
          "Refused to create a WebAssembly object because 'wasm-unsafe-eval' ...",
        );
      }
    };
    vi.stubGlobal('WebAssembly', Object.assign(Object.create(WebAssembly), { Instance }));
    expect(qbwasm.capabilities().wasm).toBe(false);
    expectUnsupported(/script-src 'self' 'wasm-unsafe-eval'/);
  });

  it('tells what the engine said when it refuses just the core', () => {
    compileOnly((bytes) => {
      if (bytes.length > 4096) throw new RangeError('too large for the main thread');
    });
    expect(qbwasm.capabilities().wasm).toBe(true);
    expectUnsupported(/RangeError: too large for the main thread.*await load\(\)/);
  });

  it('works once the cause is gone', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expectUnsupported(/WebAssembly/);
    vi.unstubAllGlobals();
    qbwasm.Heap.create({ maximum: 2 ** 20 }).close();
  });
});
