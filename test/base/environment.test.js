import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The module as an agent sees it that has these globals. @param {Record<string, unknown>} globals */
async function inAgent(globals) {
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  vi.resetModules();
  return import('../../js/base/environment.js');
}

describe('capabilities', () => {
  it('tell what Node can do', async () => {
    const { capabilities } = await inAgent({});
    expect(capabilities()).toMatchObject({
      wasm: true,
      sharedMemory: true,
      crossOriginIsolated: true,
      atomicsWait: true,
      waitAsync: true,
      workerExit: true,
      finalizationRegistry: true,
      disposeSymbol: true,
    });
    expect(Object.isFrozen(capabilities())).toBe(true);
    expect(capabilities()).toBe(capabilities());
  });

  it('see that a page without the headers cannot send shared memory', async () => {
    const { capabilities } = await inAgent({
      crossOriginIsolated: false,
      structuredClone: () => {
        throw new DOMException('no', 'DataCloneError');
      },
    });
    expect(capabilities()).toMatchObject({ sharedMemory: false, crossOriginIsolated: false });
  });

  it('see it also where a round trip inside of the page passes, as in WebKit', async () => {
    const { capabilities } = await inAgent({ SharedArrayBuffer: undefined });
    expect(capabilities().sharedMemory).toBe(false);
  });

  it('see a main thread that must not block, and Web Locks', async () => {
    const wait = () => {
      throw new TypeError('not here');
    };
    const { capabilities } = await inAgent({
      Atomics: Object.create(Atomics, { wait: { value: wait } }),
      navigator: { locks: { request() {} } },
    });
    expect(capabilities()).toMatchObject({ atomicsWait: false, webLocks: true });
  });

  it('do not believe the exit event of Deno', async () => {
    const { capabilities } = await inAgent({ Deno: {} });
    expect(capabilities().workerExit).toBe(false);
  });
});

describe('a heap in a page without the headers', () => {
  it('works in one agent and names the headers when it is asked for its descriptor', async () => {
    vi.stubGlobal('structuredClone', () => {
      throw new DOMException('no', 'DataCloneError');
    });
    vi.resetModules();
    const { Heap } = await import('../../js/index.js');
    const heap = Heap.create({ maximum: 2 ** 20 });
    heap.free(heap.alloc(100));
    expect(() => heap.descriptor).toThrow(
      /Cross-Origin-Opener-Policy: same-origin.*Cross-Origin-Embedder-Policy: require-corp/,
    );
    expect(() => heap.descriptor).toThrow(expect.objectContaining({ code: 'NOT_ISOLATED' }));
    heap.close();
  });

  it('does not blame the headers when they are there', async () => {
    vi.stubGlobal('crossOriginIsolated', true);
    vi.stubGlobal('SharedArrayBuffer', undefined);
    vi.resetModules();
    const { Heap } = await import('../../js/index.js');
    const heap = Heap.create({ maximum: 2 ** 20 });
    expect(() => heap.descriptor).toThrow(/no SharedArrayBuffer/);
    expect(() => heap.descriptor).toThrow(expect.objectContaining({ code: 'NOT_ISOLATED' }));
    heap.close();
  });

  it('compiles no module of its own when another agent has sent it', async () => {
    vi.resetModules();
    const { coreModule, offerModule } = await import('../../js/base/compile.js');
    const { Heap } = await import('../../js/index.js');
    const heap = Heap.create({ maximum: 2 ** 20 });
    const { module } = heap.descriptor;
    vi.resetModules();
    const second = await import('../../js/base/compile.js');
    second.offerModule(module);
    expect(second.coreModule()).toBe(module);
    offerModule(module);
    expect(coreModule()).toBe(module);
    heap.close();
  });
});
