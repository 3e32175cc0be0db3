/**
 * Assertions about heaps that several tests share.
 *
 * @module
 */
import { expect } from 'vitest';
import { QbError } from '../../js/index.js';

/** @typedef {import('../../js/index.js').Heap} Heap */

/**
 * @param {() => unknown} run
 * @param {string} code
 * @returns {QbError} the error
 */
export function expectError(run, code) {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(QbError);
    const refused = /** @type {QbError} */ (error);
    expect([refused.code, refused.message]).toEqual([code, refused.message]);
    return refused;
  }
  throw new Error(`nothing was thrown, ${code} was expected`);
}

/**
 * Nothing is lost, nothing owned twice, no invariant broken.
 *
 * @param {Heap} heap
 */
export function expectSound(heap) {
  expect(heap.check()).toEqual([]);
}

/**
 * What must be the same after a call that failed.
 *
 * @param {Heap} heap
 */
export function contentOf(heap) {
  const { blocksLive, spansLive, arenasLive, poolsLive, memoryPoolsLive, liveBytes } = heap.stats();
  const { blocksShared, threadsLive, rootsLive } = heap.stats();
  return {
    blocksLive,
    spansLive,
    arenasLive,
    poolsLive,
    memoryPoolsLive,
    liveBytes,
    blocksShared,
    threadsLive,
    rootsLive,
  };
}
