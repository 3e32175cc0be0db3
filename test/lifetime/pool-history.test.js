/**
 * Random histories of several threads on one pool, checked against a model afterwards.
 *
 * @module
 */
import { afterEach, describe, expect, it } from 'vitest';
import { expectSound } from '../support/heap.js';
import { checkHistory } from '../support/pool-history.js';
import { Item } from '../support/pools.js';
import { testSeed } from '../support/random.js';
import { closeHeaps, openHeap } from '../support/struct.js';
import { startWorkers, stopWorkers } from '../support/workers.js';

afterEach(async () => {
  await stopWorkers();
  closeHeaps();
});

/** @typedef {import('../support/pool-history.js').Call} Call */

/**
 * @param {import('../support/pool-history.js').CallKind} kind
 * @param {number} began
 * @param {number} ended
 * @param {number} [slot]
 * @param {number} [generation]
 * @returns {Call}
 */
const call = (kind, began, ended, slot = 0, generation = 0) => ({
  kind,
  began,
  ended,
  handle: kind === 'empty' ? -1 : generation * 2 ** 24 + slot,
});

describe('the model of a pool used by several threads', () => {
  it.each([
    ['nothing', 1, []],
    [
      'uses one after the other',
      1,
      [
        call('acquire', 1, 2),
        call('release', 3, 4),
        call('acquire', 5, 6, 0, 1),
        call('empty', 7, 8),
      ],
    ],
    [
      'a release and the next acquire at once',
      1,
      [call('acquire', 1, 2), call('release', 3, 6), call('acquire', 4, 5, 0, 1)],
    ],
    [
      'EMPTY while a release is under way',
      1,
      [call('acquire', 1, 2), call('release', 3, 6), call('empty', 4, 5)],
    ],
    ['EMPTY while an acquire is under way', 1, [call('acquire', 1, 4), call('empty', 2, 3)]],
  ])('accepts %s', (_, capacity, calls) => {
    expect(checkHistory(calls, capacity)).toEqual([]);
  });

  it.each([
    ['one use acquired twice', 2, [call('acquire', 1, 2), call('acquire', 3, 4)]],
    [
      'one use released twice',
      1,
      [call('acquire', 1, 2), call('release', 3, 4), call('release', 5, 6)],
    ],
    ['a release of nothing', 1, [call('release', 1, 2)]],
    ['a release before its acquire', 1, [call('release', 1, 2), call('acquire', 3, 4)]],
    [
      'a slot with two holders',
      2,
      [call('acquire', 1, 2), call('acquire', 3, 4, 0, 1), call('release', 5, 6)],
    ],
    [
      'a generation left out',
      1,
      [call('acquire', 1, 2), call('release', 3, 4), call('acquire', 5, 6, 0, 2)],
    ],
    ['a slot too many', 1, [call('acquire', 1, 2), call('acquire', 3, 4, 1)]],
    ['EMPTY with a free slot', 2, [call('acquire', 1, 2), call('empty', 3, 4)]],
    [
      'EMPTY after a release',
      1,
      [call('acquire', 1, 2), call('release', 3, 4), call('empty', 5, 6)],
    ],
    [
      'EMPTY with one slot counted twice',
      2,
      [
        call('acquire', 1, 2),
        call('release', 3, 7),
        call('acquire', 4, 8, 0, 1),
        call('empty', 5, 6),
      ],
    ],
  ])('refuses %s', (_, capacity, calls) => {
    expect(checkHistory(calls, capacity)).not.toEqual([]);
  });
});

describe('random histories of several threads', () => {
  it.each([
    ['fixed', 3, 3],
    ['growing', 1, 4],
  ])('agree with the model, in a pool that is %s', async (_, capacity, max) => {
    const seed = testSeed('pool histories of threads');
    const heap = openHeap();
    const growth = max > capacity ? { by: 1, max } : /** @type {const} */ ('fixed');
    const pool = heap.pool(Item, { capacity, growth });
    const workers = await startWorkers(
      3,
      { heap: heap.descriptor, pool: pool.descriptor },
      'pool.worker.js',
    );
    const kinds = { acquire: 0, release: 0, empty: 0 };
    const held = max + 1; // so that one worker alone finds it empty, however the others are scheduled
    let turns = 0;
    for (let round = 0; round < 3; round++) {
      const words = heap.calloc(8); // the gate, and the tickets
      const { u32 } = heap.memory.root;
      u32[words >>> 2] = workers.length;
      // All were in use last in an earlier round, so each round has its own pool.
      const own = round === 0 ? pool : heap.pool(Item, { capacity, growth });
      const logs = await Promise.all(
        workers.map((worker, i) =>
          worker.call('record', own.descriptor, seed + 31 * round + i, 1500, held, words),
        ),
      );
      const calls = logs.flat();
      for (const { kind } of calls) kinds[kind]++;
      const order = logs.flatMap((log, i) => log.map(({ began }) => ({ began, i })));
      order.sort((a, b) => a.began - b.began);
      turns += order.filter(({ i }, at) => at > 0 && i !== order[at - 1].i).length;
      expect(checkHistory(calls, max)).toEqual([]);
      expect(own.inUse).toBe(0);
      expect(new Set(calls.flatMap(({ began, ended }) => [began, ended])).size).toBe(
        2 * calls.length,
      );
      own.detach();
    }
    expect(kinds.acquire).toBe(kinds.release);
    expect(kinds.acquire).toBeGreaterThan(1000);
    // The threads did meet: without that a history proves little.
    expect(kinds.empty).toBeGreaterThan(0);
    expect(turns).toBeGreaterThan(20);
    expectSound(heap);
  });
});
