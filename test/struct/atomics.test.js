import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { struct, t } from '../../js/index.js';
import { expectError } from '../support/heap.js';
import { testSeed } from '../support/random.js';
import { closeHeaps, expectRefused, openHeap } from '../support/struct.js';
import { Counter, Ledger } from '../support/structs.js';

/** @type {import('../../js/index.js').Heap} */
let heap;
beforeEach(() => {
  heap = openHeap();
});
afterEach(closeHeaps);

const seed = testSeed('atomics');
const BITS = { i8: 8, u8: 8, i16: 16, u16: 16, i32: 32, u32: 32, i64: 64, u64: 64 };
const Every = struct('Every', {
  i8: t.i8,
  u8: t.u8,
  i16: t.i16,
  u16: t.u16,
  i32: t.i32,
  u32: t.u32,
  i64: t.i64,
  u64: t.u64,
  f64: t.f64,
  s: t.string,
  next: t.ref('Every'),
});
const KINDS = /** @type {(keyof typeof BITS)[]} */ (Object.keys(BITS));

/** @type {Record<string, (a: bigint, b: bigint) => bigint>} */
const OPERATIONS = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  exchange: (_, b) => b,
  store: (_, b) => b,
};

describe.each(KINDS)('atomic operations on %s', (kind) => {
  const bits = BITS[kind];
  const isSigned = kind.startsWith('i');
  const [min, max] = isSigned
    ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n]
    : [0n, 2n ** BigInt(bits) - 1n];
  /** @param {bigint} value */
  const wrap = (value) => (isSigned ? BigInt.asIntN : BigInt.asUintN)(bits, value);
  /** @param {bigint} value */
  const plain = (value) => (bits === 64 ? value : Number(value));
  const values = fc.bigInt({ min, max });

  it('do what the plain operations do, wrapped', () => {
    const view = new Every();
    /** @type {Record<string, (view: object, ...values: unknown[]) => unknown>} */
    const field = /** @type {never} */ (Every.atomic[kind]);
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(OPERATIONS)), values, values, (name, a, b) => {
        field.store(view, plain(a));
        const before = field[name](view, plain(b));
        expect(before).toBe(plain(name === 'store' ? b : a));
        const after = plain(wrap(OPERATIONS[name](a, b)));
        expect([view[kind], field.load(view)]).toEqual([after, after]);
        expect(field.compareExchange(view, after, plain(a))).toBe(after);
        expect(view[kind]).toBe(plain(a));
        if (a !== b) expect(field.compareExchange(view, plain(b), plain(max))).toBe(plain(a));
        expect(view[kind]).toBe(plain(a));
      }),
      { seed, numRuns: 200 },
    );
    expect(view.f64).toBe(0);
  });

  it('refuse what does not fit, and write nothing', () => {
    const view = new Every();
    const field = Every.atomic[kind];
    const wrongType = bits === 64 ? 1 : 1n;
    for (const name of ['store', 'add', 'exchange']) {
      const run = /** @type {(view: object, value: unknown) => void} */ (
        Reflect.get(field, name)
      ).bind(field);
      expectRefused(() => run(view, plain(max + 1n)), RangeError, kind);
      expectRefused(() => run(view, plain(min - 1n)), RangeError, kind);
      for (const wrong of [wrongType, '1', null, undefined, {}]) {
        expectRefused(() => run(view, wrong), TypeError, kind);
      }
    }
    expect(view[kind]).toBe(plain(0n));
  });
});

describe('Type.atomic', () => {
  it('has the integer fields and no others', () => {
    expect(Object.keys(Every.atomic)).toEqual(KINDS);
    expect(Object.getPrototypeOf(Every.atomic)).toBe(null);
    expect(Every.atomic).toBe(Every.atomic);
  });

  it('serves children, and refuses what is no such struct', () => {
    class Child extends struct('Child', { own: t.u16 }, Counter) {}
    const child = new Child();
    Counter.atomic.count.add(child, 2);
    Child.atomic.count.add(child, 3);
    Child.atomic.own.add(child, 4);
    expect([child.count, child.own]).toEqual([5, 4]);
    for (const wrong of [new Every(), null, undefined, {}, child.address, Counter.prototype]) {
      const count = /** @type {{ load(view: unknown): void }} */ (Counter.atomic.count);
      expectRefused(() => count.load(wrong), TypeError, 'count');
    }
    expectRefused(() => Child.atomic.own.load(new Counter()), TypeError, 'own');
  });

  it('throws for a view of a closed arena', () => {
    const arena = heap.arena(Counter);
    const counter = new Counter();
    arena.close();
    const { count, signal } = Counter.atomic;
    for (const run of [
      () => count.load(counter),
      () => count.store(counter, 1),
      () => count.add(counter, 1),
      () => count.compareExchange(counter, 0, 1),
      () => signal.wait(counter, 0, 0),
      () => signal.notify(counter),
    ]) {
      expectError(run, 'CLOSED');
    }
  });
});

describe('several threads', () => {
  it('lose no addition', async () => {
    const counter = new Counter();
    const workers = [1, 2].map(
      () =>
        new Worker(new URL('../support/struct.worker.js', import.meta.url), {
          workerData: {
            heap: heap.descriptor,
            job: 'count',
            address: counter.address,
            times: 20_000,
          },
        }),
    );
    for (let i = 0; i < 20_000; i++) {
      Counter.atomic.count.add(counter, 1);
      Counter.atomic.total.add(counter, 1n);
    }
    await Promise.all(workers.map((worker) => new Promise((done) => worker.once('message', done))));
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect([counter.count, counter.total]).toEqual([60_000, 60_000n]);
  });

  it.each([2, 3])('lose nothing by any operation on 32 and 64 bits, %i of them', async (count) => {
    const times = 3000;
    const ledger = new Ledger({
      sum32: 2 ** 31 - 1,
      sum64: 2n ** 32n - 1n,
      raised32: 2 ** 31 - 100,
      raised64: 2n ** 53n - 100n,
    });
    const workers = Array.from(
      { length: count },
      (_, me) =>
        new Worker(new URL('../support/struct.worker.js', import.meta.url), {
          workerData: {
            heap: heap.descriptor,
            job: 'work',
            address: ledger.address,
            me,
            count,
            times,
          },
        }),
    );
    /** @type {{ seen32: number[], seen64: bigint[] }[]} */
    const answers = await Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve, reject) => {
            worker.once('message', resolve);
            worker.once('error', reject);
          }),
      ),
    );
    await Promise.all(workers.map((worker) => worker.terminate()));
    const all = count * times;
    // Each value that was exchanged in came out once, or is the last one.
    const seen32 = [...answers.flatMap((answer) => answer.seen32), ledger.last32];
    const seen64 = [...answers.flatMap((answer) => answer.seen64), ledger.last64];
    const tokens = Array.from({ length: all + 1 }, (_, i) => i);
    expect(seen32.toSorted((a, b) => a - b)).toEqual(tokens);
    expect(seen64.map((value) => Number(value / 2n ** 40n)).toSorted((a, b) => a - b)).toEqual(
      tokens,
    );
    expect(seen64.every((value) => value % 2n ** 40n === 0n)).toBe(true);
    expect([ledger.sum32, ledger.sum64]).toEqual([
      2 ** 31 - 1 + 2 * all,
      2n ** 32n - 1n + BigInt(2 * all),
    ]);
    expect([ledger.raised32, ledger.raised64]).toEqual([
      2 ** 31 - 100 + all,
      2n ** 53n - 100n + BigInt(all),
    ]);
    expect([ledger.plain32, ledger.plain64]).toEqual([all / 10, BigInt(all / 10)]);
    expect([ledger.turn32, ledger.turn64]).toEqual([0, 0n]);
  });

  it('wait for one another', async () => {
    const counter = new Counter();
    const worker = new Worker(new URL('../support/struct.worker.js', import.meta.url), {
      workerData: { heap: heap.descriptor, job: 'waitFor', address: counter.address },
    });
    const answer = new Promise((resolve) => worker.once('message', resolve));
    Counter.atomic.signal.store(counter, 1);
    // The worker may not wait yet, so wake it until it answers.
    const again = setInterval(() => Counter.atomic.signal.notify(counter), 5);
    expect(await answer).toBe('seen');
    clearInterval(again);
    expect(await Counter.atomic.signal.waitAsync(counter, 1, 10_000)).toMatch(/^(ok|not-equal)$/);
    expect(counter.signal).toBe(2);
    await worker.terminate();
  });

  it('wait for a promise: not when the value is another one, nor longer than asked', async () => {
    const counter = new Counter();
    const { signal } = Counter.atomic;
    expect(await signal.waitAsync(counter, 5)).toBe('not-equal');
    expect(await signal.waitAsync(counter, 0, 0)).toBe('timed-out');
    expect(await signal.waitAsync(counter, 0, 1)).toBe('timed-out');
    expect(await signal.waitAsync(counter, 0, 200)).toBe('timed-out');
    expect(signal.notify(counter)).toBe(0);
    const waiting = signal.waitAsync(counter, 0);
    await Promise.resolve();
    expect(signal.notify(counter)).toBe(1);
    expect(await waiting).toBe('ok');
  });

  it('do not block when the value is another one, or longer than asked', () => {
    const counter = new Counter();
    const { signal } = Counter.atomic;
    expect(signal.wait(counter, 5)).toBe('not-equal');
    expect(signal.wait(counter, 0, 1)).toBe('timed-out');
    expectError(() => signal.wait(counter, 0, -1), 'ARGUMENT');
    expectError(() => signal.wait(counter, 0, NaN), 'ARGUMENT');
    expectError(() => Counter.atomic.count.wait(counter, 0, 0), 'UNSUPPORTED');
    expectError(() => Counter.atomic.count.notify(counter), 'UNSUPPORTED');
  });
});
