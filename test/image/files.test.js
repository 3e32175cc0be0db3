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
import { Destination } from '../../js/image/destination-base.js';
import { arrayOf, buildImage, mapOf, open, t } from '../../js/image/index.js';
import { PartsWriter } from '../../js/image/parts-writer.js';
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
  it('is opened by path and by URL, and is the same bytes as one in memory', async () => {
    const { bytes, buffer, address } = await Names.build(ENTRIES, path);
    expect([buffer, address]).toEqual([null, 0]);
    const inMemory = await Names.build(ENTRIES);
    expect((await readFile(path)).equals(/** @type {Uint8Array} */ (inMemory.buffer))).toBe(true);
    for (const from of [path, pathToFileURL(path), String(pathToFileURL(path))]) {
      const image = await open(from);
      expect(image.size).toBe(bytes);
      expect(image.as(Names).get('name 999')).toBe(999);
    }
    expect(await readdir(folder)).toEqual(['names.qbi']);
  });

  it('is read after the file was deleted', async () => {
    await Names.build(ENTRIES, path);
    const names = (await open(path)).as(Names);
    await rm(path);
    expect([...names]).toEqual(ENTRIES);
  });

  it('takes the place of an older one only when it is complete', async () => {
    await Names.build([['old', 1]], path);
    function* failing() {
      yield* ENTRIES;
      throw new Error('the disk of the source is broken');
    }
    await expect(Names.build(failing(), path)).rejects.toThrow('broken');
    expect((await open(path)).as(Names).get('old')).toBe(1);
    expect(await readdir(folder)).toEqual(['names.qbi']);
    await Names.build(ENTRIES, path);
    expect((await open(path)).as(Names).has('old')).toBe(false);
  });

  it('leaves nothing behind when its build is ended, also with spill files elsewhere', async () => {
    const spill = await mkdtemp(join(tmpdir(), 'qbwasm-spill-'));
    try {
      const abort = new AbortController();
      async function* slow() {
        for (let i = 0; ; i++) {
          if (i === 50_000) abort.abort(new Error('enough'));
          yield/** @type {const} */ ([`a key that takes some room, number ${i}`, i]);
        }
      }
      const build = Names.build(slow(), path, { signal: abort.signal, spill });
      await expect(build).rejects.toThrow('enough');
      expect([await readdir(folder), await readdir(spill)]).toEqual([[], []]);
    } finally {
      await rm(spill, { recursive: true });
    }
  });

  it('may be larger than what is kept in memory', async () => {
    const count = 60_000;
    function* entries() {
      for (let i = 0; i < count; i++)
        yield/** @type {const} */ ([`key ${i} ${'x'.repeat(i % 40)}`, `value ${i}`]);
    }
    const Texts = mapOf(t.string, t.string);
    const { counts } = await Texts.build(entries(), path);
    expect(counts.keys).toBe(count);
    const texts = (await open(path, { verify: { nodes: 10 ** 6 } })).as(Texts);
    for (const [key, value] of entries())
      if (texts.get(key) !== value) expect(texts.get(key)).toBe(value);
  });

  it('is refused where it cannot be', async () => {
    await expectCode(open(join(folder, 'none.qbi')), 'NOT_FOUND');
    await expectCode(open(folder), 'FILE');
    await expectCode(Names.build(ENTRIES, join(folder, 'no', 'such', 'folder.qbi')), 'NOT_FOUND');
    await expectCode(Names.build(ENTRIES, folder), 'FILE');
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

  it('is refused while it is built, as soon as it comes to 4 GiB', () => {
    const image = new Destination();
    image.length = 2 ** 32 - 2 ** 22; // what other containers have taken
    const part = new PartsWriter(image).spool(0);
    const piece = new Uint8Array(2 ** 20);
    for (let i = 0; i < 3; i++) part.append(piece);
    const more = () => {
      for (let i = 0; i < 2; i++) part.append(piece);
    };
    expect(more).toThrow(expect.objectContaining({ code: 'SIZE' }));
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
