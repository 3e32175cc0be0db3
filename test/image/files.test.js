/**
 * Images in files, from the network and in Blobs: built without a trace of what failed, opened once.
 *
 * @module
 */
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { arrayOf, buildImage, mapOf, open, t } from '../../js/image/index.js';
import { resealed } from '../support/images.js';

const Names = mapOf(t.string, t.u32);
const ENTRIES = Array.from({ length: 1000 }, (_, i) => /** @type {const} */ ([`name ${i}`, i]));

/** @type {string} */
let folder;
/** @type {string} */
let path;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qbwasm-test-'));
  path = join(folder, 'names.qbi');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** @param {Promise<unknown>} promise @param {string} code */
const expectCode = (promise, code) => expect(promise).rejects.toMatchObject({ code });

describe('an image in a file', () => {
  it('is opened by path and by URL, and has the size that it was built with', async () => {
    const { bytes } = await Names.build(ENTRIES, path);
    for (const from of [path, pathToFileURL(path), String(pathToFileURL(path))]) {
      const image = await open(from);
      expect(image.size).toBe(bytes);
      expect(image.as(Names).get('name 999')).toBe(999);
    }
  });

  it('is read after the file was deleted', async () => {
    await Names.build(ENTRIES, path);
    const names = (await open(path)).as(Names);
    await rm(path);
    expect([...names]).toEqual(ENTRIES);
  });

  it('is refused where it cannot be', async () => {
    await expectCode(open(join(folder, 'none.qbi')), 'NOT_FOUND');
    await expectCode(open(folder), 'FILE');
    await expectCode(open(/** @type {never} */ (5)), 'TYPE');
    await expectCode(open(path, /** @type {never} */ ({ what: 1 })), 'ARGUMENT');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is refused when it has 4 GiB, which nothing in JS can address', async () => {
    const { buffer } = await Names.build(ENTRIES);
    const image = /** @type {Uint8Array} */ (buffer);
    new DataView(image.buffer).setBigUint64(16, 2n ** 32n, true); // how many bytes it says it has
    await writeFile(path, resealed(image));
    await truncate(path, 2 ** 32); // a sparse file
    await expectCode(open(path), 'SIZE');
  });

  it('is refused when it is none, or was cut off', async () => {
    await writeFile(
      path,
      'this is a text and no image, although it has more than sixty-four bytes in it',
    );
    await expectCode(open(path), 'CORRUPT');
    await writeFile(path, '');
    await expectCode(open(path), 'CORRUPT');
    const { bytes } = await Names.build(ENTRIES, path);
    await truncate(path, bytes - 8);
    await expectCode(open(path), 'CORRUPT');
  });

  it('is checked as a whole when asked for', async () => {
    await Names.build(ENTRIES, path);
    expect((await open(path, { verify: true })).as(Names).size).toBe(1000);
    await expectCode(open(path, { verify: { bytes: 100 } }), 'LIMIT');
    const bytes = await readFile(path);
    bytes[bytes.length - 100] ^= 1;
    await writeFile(path, bytes);
    await expectCode(open(path, { verify: true }), 'CORRUPT');
  });

  it('may be opened into shared memory', async () => {
    await Names.build(ENTRIES, path);
    const image = await open(path, { shared: true });
    expect(image.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(image.as(Names).get('name 5')).toBe(5);
  });
});

describe('an image from elsewhere', () => {
  it('comes in a Blob, a Response, a buffer, or from a server, in whatever pieces', async () => {
    const { buffer } = await buildImage(undefined, { list: arrayOf(t.f64).from([1.5, 2.5]), n: 1 });
    const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (buffer);
    const pieces = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 17) controller.enqueue(bytes.slice(at, at + 17));
        controller.close();
      },
    });
    const froms = [
      new Blob([bytes]),
      new Response(bytes),
      new Response(pieces),
      bytes,
      bytes.buffer,
    ];
    for (const from of froms) {
      const image = await open(from);
      expect([...image.get('list', arrayOf(t.f64))]).toEqual([1.5, 2.5]);
    }
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/a.qbi' ? 200 : 404;
      response.end(request.url === '/a.qbi' ? bytes : 'no');
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
    try {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      const image = await open(`http://127.0.0.1:${port}/a.qbi`, { verify: true });
      expect(image.get('n')).toBe(1);
      await expectCode(open(`http://127.0.0.1:${port}/b.qbi`), 'NOT_FOUND');
    } finally {
      server.close();
    }
    await expectCode(open(new Response('short')), 'CORRUPT');
    await expectCode(open(new Response(bytes.slice(0, -8))), 'CORRUPT');
    await expectCode(open(new Response('', { status: 500 })), 'FILE');
    await expect(open(new Blob([bytes]), { signal: AbortSignal.abort() })).rejects.toThrow(
      /abort/i,
    );
  });
});
