import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { closeHeaps, openHeap } from '../support/struct.js';
import { Node, Text } from '../support/structs.js';

const NAMES = /** @type {const} */ (['s', 'a', 'b']);

/** @type {import('../../js/index.js').Heap} */
let heap;
beforeEach(() => {
  heap = openHeap();
});
afterEach(closeHeaps);

describe('a string', () => {
  it.each([
    ['empty', ''],
    ['of one character', 'a'],
    ['of three', 'abc'],
    ['of three from Latin-1', 'ÿ\u0000é'],
    ['of one character above Latin-1', 'Ā'],
    ['of four', 'abcd'],
    ['as long as the loop reads', 'x'.repeat(12)],
    ['one longer', 'x'.repeat(13)],
    ['of two bytes a character', 'ключ'],
    ['of three bytes a character', '漢字漢字漢字'],
    ['of four bytes a character', '💾🧵💾🧵'],
    ['with a leading U+FEFF', '\ufefftext'],
    ['with NULs', 'a\u0000b\u0000c\u0000d'],
    ['longer than the scratch', 'ж'.repeat(100_000)],
    ['with a lone high surrogate', 'text \ud83d text'],
    ['with a lone low surrogate', '\udcbe text'],
    ['ending in half a pair', 'text \ud83d'],
    ['with swapped halves', '\udcbe\ud83d text'],
    ['of lone surrogates, long', '\ud800'.repeat(10_000)],
  ])('%s comes back as it was', (_, text) => {
    const view = new Text({ s: text, a: text });
    expect(view.s).toBe(text);
    expect(view.a).toBe(text);
    expect(Text.get.s(view.address)).toBe(text);
  });

  it('is UTF-8 in the memory, so others can read it', () => {
    const text = 'find me: größer 漢字';
    const view = new Text({ s: text });
    const all = Buffer.from(heap.bytes(1024, heap.memory.byteLength - 1024)); // a private copy
    expect(all.includes(Buffer.from(text))).toBe(true);
    expect(view.s).toBe(text);
  });
});

describe('boxes in the heap', () => {
  it('are freed by a new value, and by freeing the struct', () => {
    const view = new Text();
    const bare = contentOf(heap);
    for (const value of [
      'a longer text',
      1.5,
      -0,
      2 ** 40,
      5n,
      'äöüäöü',
      new Date(0),
      new Uint8Array(9),
    ]) {
      view.a = value;
      expect(heap.stats().blocksLive).toBe(bare.blocksLive + 1);
      expect(view.a).toStrictEqual(value);
    }
    for (const value of [
      undefined,
      null,
      true,
      false,
      0,
      1,
      -1,
      2 ** 28 - 1,
      -(2 ** 28),
      '',
      'abc',
    ]) {
      view.a = value;
      expect(contentOf(heap)).toEqual(bare);
      expect(view.a).toStrictEqual(value);
    }
    view.s = 'a longer text';
    view.b = new Uint8Array(3);
    Text.free(view);
    expect(heap.stats().blocksLive).toBe(bare.blocksLive - 1);
    expectSound(heap);
  });

  it('do not change what was read before', () => {
    const view = new Text({ b: new Uint8Array([1, 2, 3]), a: new Date(5) });
    const { a, b } = view;
    b[0] = 9;
    /** @type {Date} */ (a).setTime(6);
    expect(Array.from(view.b)).toEqual([1, 2, 3]);
    expect(view.a).toEqual(new Date(5));
    const given = new Uint8Array([4]);
    view.b = given;
    given[0] = 5;
    expect(Array.from(view.b)).toEqual([4]);
  });

  it('take a slice of the heap itself', () => {
    const source = new Text({ b: new Uint8Array([7, 8, 9]) });
    const address = heap.alloc(16);
    heap.bytes(address, 4).set([1, 2, 3, 4]);
    source.b = heap.bytes(address, 4);
    expect(Array.from(source.b)).toEqual([1, 2, 3, 4]);
    expect(source.b.buffer).toBeInstanceOf(ArrayBuffer);
  });

  it('hold a Date of another realm, and no object that only says it is one', () => {
    const view = new Text();
    const vm = /** @type {typeof import('node:vm')} */ (process.getBuiltinModule('node:vm'));
    view.a = vm.runInNewContext('new Date(7)');
    expect(view.a).toEqual(new Date(7));
    const fake = { getTime: () => 5, [Symbol.toStringTag]: 'Date' };
    expect(() => Reflect.set(view, 'a', fake)).toThrow(TypeError);
    expect(view.a).toEqual(new Date(7));
  });
});

describe('a spoilt box', () => {
  /** @param {number} slot */
  const boxOf = (slot) => heap.memory.root.u32[slot >>> 2];

  it('gives an error, whatever stands in it', () => {
    const view = new Text({ s: 'a longer text', a: 12345678901234567890n, b: new Uint8Array(5) });
    const { u32, u8 } = heap.memory.root;
    const boxes = NAMES.map((name) => boxOf(view.address + Text.fields[name].offset));
    u8[boxes[1] + 8] = 'x'.charCodeAt(0); // no digit
    expectError(() => view.a, 'CORRUPT');
    for (const box of boxes) u32[box >>> 2] = 99;
    for (const name of NAMES) expectError(() => Reflect.get(view, name), 'CORRUPT');
  });

  it('cannot be read beyond the end of the memory', () => {
    const view = new Text({ s: 'a longer text' });
    heap.memory.root.u32[(boxOf(view.address) + 4) >>> 2] = 2 ** 32 - 1;
    expectError(() => view.s, 'ADDRESS');
    heap.memory.root.u32[view.address >>> 2] = 2 ** 32 - 8;
    expectError(() => view.s, 'ADDRESS');
  });

  it('is told from a word that is none', () => {
    const view = new Text();
    const { u32 } = heap.memory.root;
    for (const word of [4, 5, 6, 7, 12]) {
      for (const name of NAMES) {
        u32[(view.address + Text.fields[name].offset) >>> 2] = word;
        expectError(() => Reflect.get(view, name), 'CORRUPT');
      }
    }
    u32[view.address >>> 2] = 0x19; // an integer in a string's slot
    expectError(() => view.s, 'CORRUPT');
  });
});

describe('a struct that another thread made in memory it added', () => {
  it('is read through references and boxes as any other', async () => {
    const node = new Node('mine');
    const covered = heap.memory.byteLength;
    const worker = new Worker(new URL('../support/struct.worker.js', import.meta.url), {
      workerData: { heap: heap.descriptor, job: 'grow', address: node.address },
    });
    const address = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(heap.memory.byteLength).toBe(covered);
    expect(address).toBeGreaterThan(covered);
    const { next } = node;
    expect([next?.address, next?.value]).toEqual([address, 'linked by the worker']);
    expect(node.value).toBe('a value from beyond what the other thread has seen');
    expect(next?.next?.address).toBe(node.address);
    await worker.terminate();
  });
});

describe('toJSON in a worker, whose call stack is small', () => {
  it('goes as deep as anywhere', async () => {
    const worker = new Worker(new URL('../support/struct.worker.js', import.meta.url), {
      workerData: { heap: heap.descriptor, job: 'toJson' },
      resourceLimits: { stackSizeMb: 0.5 }, // as in Chromium
    });
    const answer = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(answer).toEqual([1001, 'DEPTH']);
    await worker.terminate();
  });
});

describe('strings while another thread replaces them', () => {
  it('are some string, and nothing crashes', async () => {
    const views = Array.from({ length: 8 }, () => new Text({ s: 'x'.repeat(64) }));
    const worker = new Worker(new URL('../support/struct.worker.js', import.meta.url), {
      workerData: {
        heap: heap.descriptor,
        job: 'churn',
        addresses: views.map(({ address }) => address),
      },
    });
    let count = 0;
    for (const end = Date.now() + 300; Date.now() < end; count++) {
      for (const view of views) {
        try {
          expect(typeof view.s).toBe('string');
          view.a = 'y'.repeat(count & 127);
        } catch (error) {
          // Read from a box that was freed and reused at that moment.
          expect(['CORRUPT', 'ADDRESS']).toContain(/** @type {{ code: string }} */ (error).code);
        }
      }
      if ((count & 63) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await worker.terminate();
    expect(count).toBeGreaterThan(0);
  });
});
