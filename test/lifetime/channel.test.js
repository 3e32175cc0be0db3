/**
 * Channels in one agent: the queue, what may be sent, waiting, closing.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { Channel, Heap, TimeoutError } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { Item, Other, Point } from '../support/pools.js';
import { closeHeaps, openHeap } from '../support/struct.js';

afterEach(closeHeaps);

/** @param {number} capacity */
function openNumbers(capacity) {
  return openHeap().channel({ capacity, of: 'u32' });
}

/** @param {Promise<unknown>} promise @returns {Promise<string>} the code of the error, or 'OK' */
async function codeOf(promise) {
  return promise.then(
    () => 'OK',
    (error) => error.code ?? error,
  );
}

describe('a channel', () => {
  it.each([1, 2, 3, 500])(
    'holds exactly %i messages, and gives them in their order',
    (capacity) => {
      const channel = openNumbers(capacity);
      for (let lap = 0; lap < 3; lap++) {
        expect(channel.tryReceive()).toBe(undefined);
        for (let i = 0; i < capacity; i++) {
          expect(channel.size).toBe(i);
          expect(channel.trySend(i + lap)).toBe(true);
        }
        expect(channel.trySend(9)).toBe(false);
        for (let i = 0; i < capacity; i++) expect(channel.receive()).toBe(i + lap);
        expect(channel.size).toBe(0);
      }
      expect(channel.capacity).toBe(capacity);
      expectSound(channel.heap);
    },
  );

  it('carries unsigned, signed and floating numbers', () => {
    const heap = openHeap();
    const cases = /** @type {const} */ ([
      ['u32', [0, 1, 1023, 2 ** 31, 2 ** 32 - 1]],
      ['i32', [0, -1, -(2 ** 31), 2 ** 31 - 1]],
      ['f32', [0, -0.5, 2 ** 100, Number.NaN, Number.NEGATIVE_INFINITY]],
    ]);
    for (const [of, numbers] of cases) {
      const channel = heap.channel({ capacity: 5, of });
      for (const number of numbers) channel.send(number);
      for (const number of numbers) expect(channel.receive()).toBe(number);
    }
  });

  it('can be sent what it carries, and nothing else', () => {
    const heap = openHeap();
    const pool = heap.pool(Point, { capacity: 2 });
    const others = heap.pool(Other, { capacity: 2 });
    const [u32, i32, f32, block] = /** @type {const} */ (['u32', 'i32', 'f32', 'block']).map((of) =>
      heap.channel({ capacity: 2, of }),
    );
    const points = heap.channel({ capacity: 2, of: pool });
    const wrong = (/** @type {unknown} */ value) => /** @type {never} */ (value);
    expectError(() => u32.send(-1), 'ARGUMENT');
    expectError(() => u32.send(1.5), 'ARGUMENT');
    expectError(() => u32.send(2 ** 32), 'ARGUMENT');
    expectError(() => u32.send(wrong('1')), 'TYPE');
    expectError(() => u32.send(wrong(undefined)), 'TYPE');
    expectError(() => i32.send(2 ** 31), 'ARGUMENT');
    expectError(() => f32.send(wrong(null)), 'TYPE');
    expectError(() => block.send(wrong({})), 'TYPE');
    expectError(() => block.send(-1), 'ADDRESS');
    expectError(() => block.send(16), 'OWNER');
    expectError(() => points.send(wrong(others.acquire())), 'TYPE');
    expectError(() => points.send(wrong(3)), 'TYPE');
    for (const channel of [u32, i32, f32, block, points]) expect(channel.size).toBe(0);
  });

  it('refuses to be opened with what makes no sense', () => {
    const heap = openHeap();
    const wrong = (/** @type {unknown} */ value) => /** @type {never} */ (value);
    const before = contentOf(heap);
    expectError(() => heap.channel(wrong(undefined)), 'TYPE');
    expectError(() => heap.channel(wrong({ capacity: 4 })), 'TYPE');
    expectError(() => heap.channel(wrong({ capacity: 4, of: 'u16' })), 'TYPE');
    expectError(() => heap.channel({ capacity: 0, of: 'u32' }), 'ARGUMENT');
    expectError(() => heap.channel({ capacity: 1.5, of: 'u32' }), 'ARGUMENT');
    expectError(() => heap.channel({ capacity: 2 ** 24 + 1, of: 'u32' }), 'ARGUMENT');
    expectError(() => heap.channel(wrong({ capacity: 4, of: 'u32', size: 3 })), 'ARGUMENT');
    expect(contentOf(heap)).toEqual(before);
    const own = heap.pool(Point, { capacity: 1, sharing: 'thread' });
    expectError(() => heap.channel({ capacity: 4, of: own }), 'CONFIGURATION');
    const other = Heap.create();
    const foreign = other.pool(Point, { capacity: 1 });
    expectError(() => heap.channel({ capacity: 4, of: foreign }), 'HEAP');
    foreign.close();
    expectError(() => other.channel({ capacity: 4, of: foreign }), 'CLOSED');
    other.close();
    expectError(() => other.channel({ capacity: 4, of: 'u32' }), 'CLOSED');
  });

  it('is the same in this agent when it attaches again, and refuses stale and foreign descriptors', () => {
    const channel = openNumbers(2);
    const { heap, descriptor } = channel;
    expect(Channel.attach(heap, descriptor) === channel).toBe(true);
    const other = Heap.create();
    expectError(() => Channel.attach(other, descriptor), 'HEAP');
    other.close();
    expectError(() => Channel.attach(heap, /** @type {never} */ (channel)), 'TYPE');
    channel.dispose();
    expectError(() => Channel.attach(heap, descriptor), 'REGION');
    const next = heap.channel({ capacity: 2, of: 'u32' });
    expect(next.address).toBe(channel.address);
    expectError(() => Channel.attach(heap, descriptor), 'STALE');
  });
});

describe('what was sent', () => {
  it('is no longer the sender’s: a block', () => {
    const heap = openHeap();
    const channel = heap.channel({ capacity: 2, of: 'block' });
    const block = heap.calloc(10);
    channel.send(block);
    expectError(() => channel.send(block), 'OWNER');
    expectError(() => heap.free(block), 'ADDRESS');
    expectError(() => heap.own(block), 'ADDRESS');
    expect(channel.receive()).toBe(block);
    heap.free(block);
    const shared = heap.share(heap.alloc(10));
    expectError(() => channel.send(shared), 'OWNER');
    channel.send(heap.own(shared));
    channel.dispose();
    expect(heap.stats().blocksLive).toBe(0);
    expectSound(heap);
  });

  it('is no longer the sender’s: an object of a pool', () => {
    const heap = openHeap();
    const pool = heap.pool(Item, { capacity: 2 });
    const channel = heap.channel({ capacity: 2, of: pool });
    const item = pool.acquire();
    item.text = 'long enough to stand beside the struct';
    const handle = pool.handle(item);
    channel.send(item);
    expectError(() => item.text, 'RELEASED');
    expectError(() => pool.release(item), 'RELEASED');
    expectError(() => channel.send(item), 'RELEASED');
    expectError(() => pool.at(handle), 'STALE');
    expect(pool.inUse).toBe(1);
    const received = channel.receive();
    expect(received.text).toBe('long enough to stand beside the struct');
    expect(pool.isCurrent(received)).toBe(true);
    pool.release(received);
    expect(pool.inUse).toBe(0);
  });

  it('stays the sender’s when it is refused', () => {
    const heap = openHeap();
    const pool = heap.pool(Point, { capacity: 3 });
    const channel = heap.channel({ capacity: 1, of: pool });
    channel.send(pool.acquire());
    const point = pool.acquire();
    point.x = 5;
    expect(channel.trySend(point)).toBe(false);
    expectError(() => channel.send(point, { timeout: 0 }), 'FULL');
    expectError(() => channel.send(point, { timeout: 5 }), 'TIMEOUT');
    channel.close();
    expectError(() => channel.send(point), 'CLOSED');
    expect(point.x).toBe(5);
    pool.release(point);
  });

  it('comes back when the channel ends with it', () => {
    const heap = openHeap();
    const pool = heap.pool(Item, { capacity: 3 });
    const before = heap.stats(); // with the record of Item
    const items = heap.channel({ capacity: 3, of: pool });
    const blocks = heap.channel({ capacity: 3, of: 'block' });
    for (let i = 0; i < 3; i++) {
      const item = pool.acquire();
      item.text = 'something that stands beside the struct';
      items.send(item);
      blocks.send(heap.alloc(100 * 300 ** i));
    }
    pool.close();
    items.dispose();
    blocks.dispose();
    expect(heap.stats()).toMatchObject({ blocksLive: before.blocksLive, spansLive: 0 });
    expectSound(heap);
  });

  it('is usable when its pool was closed meanwhile', () => {
    const heap = openHeap();
    const pool = heap.pool(Point, { capacity: 3 });
    const channel = heap.channel({ capacity: 3, of: pool });
    const point = pool.acquire();
    point.x = 5;
    channel.send(point);
    pool.close();
    const received = channel.receive();
    expect(received.x).toBe(5);
    pool.release(received);
    channel.dispose();
    expectSound(heap);
    expect(heap.stats().poolsLive).toBe(0);
  });
});

describe('a closed channel', () => {
  it('gives what is left, and then says so, by every way to receive', async () => {
    const channel = openNumbers(5);
    for (let i = 0; i < 4; i++) channel.send(i);
    const waiting = codeOf(openNumbers(1).receiveAsync({ timeout: 1 }));
    channel.close();
    channel.close();
    expect(channel.closed).toBe(true);
    expect(channel.receive()).toBe(0);
    expect(await channel.receiveAsync()).toBe(1);
    expect(channel.tryReceive()).toBe(2);
    expect([...channel]).toEqual([3]);
    expectError(() => channel.tryReceive(), 'CLOSED');
    expectError(() => channel.receive(), 'CLOSED');
    expect(await codeOf(channel.receiveAsync())).toBe('CLOSED');
    expect(await codeOf(channel.sendAsync(1))).toBe('CLOSED');
    expect([...channel]).toEqual([]);
    for await (const _ of channel) throw new Error('nothing should come');
    expect(await waiting).toBe('TIMEOUT');
    channel.close();
    channel.dispose();
    channel.detach();
  });

  it('may be closed again by who received its end, but not by who left before', () => {
    const receiver = openNumbers(1);
    const sender = Channel.attach(receiver.heap, receiver.descriptor);
    sender.close();
    expect([...receiver]).toEqual([]);
    receiver.close();
    const left = openNumbers(1);
    left.detach();
    expectError(() => left.close(), 'CLOSED');
  });

  it('sends those away who wait', async () => {
    const channel = openNumbers(1);
    const receivers = [codeOf(channel.receiveAsync()), codeOf(channel.receiveAsync())];
    channel.close();
    expect(await Promise.all(receivers)).toEqual(['CLOSED', 'CLOSED']);
    const full = openNumbers(1);
    full.send(1);
    const senders = [codeOf(full.sendAsync(2)), codeOf(full.sendAsync(3))];
    full.close();
    expect(await Promise.all(senders)).toEqual(['CLOSED', 'CLOSED']);
    expect([...full]).toEqual([1]);
  });

  it('ends with the heap', async () => {
    const channel = openNumbers(1);
    const waiting = codeOf(channel.receiveAsync());
    channel.heap.close();
    expect(await waiting).toBe('CLOSED');
    expectError(() => channel.trySend(1), 'CLOSED');
    channel.dispose();
  });
});

describe('waiting at a channel', () => {
  it('serves those who wait in the order in which they came', async () => {
    const channel = openNumbers(2);
    const received = [0, 1, 2].map(() => channel.receiveAsync());
    for (let i = 0; i < 2; i++) channel.send(i);
    const sent = [2, 3, 4].map((message) => channel.sendAsync(message));
    expect(await Promise.all(received)).toEqual([0, 1, 2]);
    await Promise.all(sent);
    expect([channel.receive(), channel.receive()]).toEqual([3, 4]);
  });

  it('ends by timeout, by a signal, or at once', async () => {
    const channel = openNumbers(1);
    expectError(() => channel.receive({ timeout: 0 }), 'EMPTY');
    expect(() => channel.receive({ timeout: 3 })).toThrow(TimeoutError);
    expect(await codeOf(channel.receiveAsync({ timeout: 0 }))).toBe('EMPTY');
    await expect(channel.receiveAsync({ timeout: 3 })).rejects.toThrow(TimeoutError);
    channel.send(1);
    expect(await codeOf(channel.sendAsync(2, { timeout: 0 }))).toBe('FULL');
    expect(await codeOf(channel.sendAsync(2, { timeout: 3 }))).toBe('TIMEOUT');
    const abort = new AbortController();
    const waiting = codeOf(channel.sendAsync(2, { signal: abort.signal }));
    const later = channel.sendAsync(3);
    abort.abort('enough');
    expect(await waiting).toBe('enough');
    expect(channel.receive()).toBe(1);
    await later;
    expect(channel.receive()).toBe(3);
    expectError(() => channel.receive({ timeout: -1 }), 'ARGUMENT');
    expectError(() => channel.receive(/** @type {never} */ ({ time: 1 })), 'ARGUMENT');
    expect(await codeOf(channel.receiveAsync({ timeout: -1 }))).toBe('ARGUMENT');
  });

  it('makes an async producer wait for its consumer', async () => {
    const channel = openNumbers(3);
    let most = 0;
    const producer = (async () => {
      for (let i = 0; i < 100; i++) {
        await channel.sendAsync(i);
        most = Math.max(most, channel.size);
      }
      channel.close();
    })();
    /** @type {number[]} */
    const received = [];
    for await (const message of channel) received.push(message);
    await producer;
    expect(received).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(most).toBeLessThanOrEqual(3);
  });
});
