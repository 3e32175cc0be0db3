/**
 * qbwasm/external: the core from outside of the JS.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const PATH = fileURLToPath(new URL('../../qbwasm.wasm', import.meta.url));
const bytes = new Uint8Array(readFileSync(PATH));
/** A module that is none of ours. */
const STRANGER = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const WASM = { 'Content-Type': 'application/wasm' };

/** @type {typeof import('../../js/external.js')} */
let external;
beforeEach(async () => {
  vi.resetModules();
  external = await import('../../js/external.js');
});

function useHeap() {
  const heap = external.Heap.create({ maximum: 2 ** 20 });
  heap.free(heap.alloc(100));
  const { module } = heap.descriptor;
  heap.close();
  return module;
}

/** @param {Promise<unknown>} promise @returns {Promise<InstanceType<typeof external.QbError>>} */
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    if (error instanceof external.QbError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('load', () => {
  const padded = new Uint8Array(bytes.length + 8);
  padded.set(bytes, 8);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);

  for (const [
    name,
    source,
  ] of /** @type {[string, () => Parameters<typeof external.load>[0]][]} */ ([
    ['the file of the package', () => undefined],
    ['a path', () => PATH],
    ['a file: URL', () => pathToFileURL(PATH)],
    ['the same as a string', () => pathToFileURL(PATH).href],
    ['bytes', () => bytes],
    ['bytes in the middle of a buffer', () => padded.subarray(8)],
    ['a buffer', () => bytes.buffer],
    ['shared bytes', () => shared.buffer],
    ['a module', () => new WebAssembly.Module(bytes)],
    ['a response of the right type', () => new Response(bytes, { headers: WASM })],
    ['a response without a type', () => new Response(bytes)],
    ['what fetch returns', () => Promise.resolve(new Response(bytes, { headers: WASM }))],
    ['a data: URL', () => `data:application/wasm;base64,${Buffer.from(bytes).toString('base64')}`],
  ])) {
    it(`takes ${name}`, async () => {
      await external.load(source());
      expect(useHeap()).toBeInstanceOf(WebAssembly.Module);
    });
  }

  it('says before it is called that there is no core', () => {
    expect(() => external.Heap.create()).toThrow(expect.objectContaining({ code: 'NO_CORE' }));
    expect(() => external.Heap.create()).toThrow(/await load\(\)/);
  });

  it('loads once, however often it is called', async () => {
    const module = new WebAssembly.Module(bytes);
    await Promise.all([external.load(module), external.load('http://127.0.0.1:1/nowhere')]);
    await external.load(/** @type {never} */ (5));
    expect(useHeap()).toBe(module);
  });

  it('is not needed where a heap is attached to', async () => {
    await external.load(bytes);
    const heap = external.Heap.create({ maximum: 2 ** 20 });
    const { descriptor } = heap;
    vi.resetModules();
    const worker = await import('../../js/worker.js');
    const attached = worker.attach(descriptor);
    attached.free(attached.alloc(100));
    attached.owner().dispose();
    attached.close();
    heap.close();
  });

  it('refuses what is no core, and takes the next one', async () => {
    expect(await refusal(external.load(STRANGER))).toMatchObject({ code: 'LAYOUT' });
    expect(await refusal(external.load(new Uint8Array(3)))).toMatchObject({ code: 'LOAD' });
    expect(await refusal(external.load(bytes.subarray(0, 1000)))).toMatchObject({
      code: 'UNSUPPORTED',
      cause: expect.any(WebAssembly.CompileError),
    });
    for (const source of [5, null, {}, []]) {
      await expect(external.load(/** @type {never} */ (source))).rejects.toMatchObject({
        code: 'TYPE',
      });
    }
    await external.load(bytes);
    useHeap();
  });
});

describe('load from a server', () => {
  /** @type {Record<string, [number, Record<string, string>, Uint8Array | string]>} */
  const answers = {
    '/qbwasm.wasm': [200, WASM, bytes],
    '/parameter.wasm': [200, { 'Content-Type': 'Application/Wasm; charset=x' }, bytes],
    '/text.wasm': [200, { 'Content-Type': 'text/plain' }, bytes],
    '/page': [200, { 'Content-Type': 'text/html' }, '<!doctype html>'],
  };
  const server = createServer((request, response) => {
    const [status, headers, body] = answers[request.url ?? ''] ?? [404, {}, 'not found'];
    response.writeHead(status, headers).end(body);
  });
  let origin = '';
  beforeAll(async () => {
    await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    origin = `http://127.0.0.1:${port}`;
  });
  afterAll(() => void server.close());

  for (const path of ['/qbwasm.wasm', '/parameter.wasm', '/text.wasm']) {
    it(`takes ${path}`, async () => {
      await external.load(new URL(path, origin));
      useHeap();
    });
  }

  it('says what came instead, and what to do', async () => {
    const missing = await refusal(external.load(`${origin}/nowhere`));
    expect(missing).toMatchObject({ code: 'LOAD' });
    expect(missing.message).toMatch(
      /nowhere was answered with status 404. Serve the file qbwasm.wasm/,
    );
    const page = await refusal(external.load(`${origin}/page`));
    expect(page).toMatchObject({ code: 'LOAD' });
    expect(page.message).toMatch(/page \(text\/html\) gave 15 bytes that are no WebAssembly/);
    const nobody = await refusal(external.load('http://127.0.0.1:1/'));
    expect(nobody).toMatchObject({ code: 'LOAD', cause: expect.any(TypeError) });
    const noFile = await refusal(external.load('/nowhere/qbwasm.wasm'));
    expect(noFile).toMatchObject({ code: 'LOAD' });
    await external.load(`${origin}/qbwasm.wasm`);
    useHeap();
  });
});
