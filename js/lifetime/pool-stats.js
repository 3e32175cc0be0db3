/**
 * What pools count, when they are told to.
 *
 * Layer: lifetime. Any thread.
 *
 * @module lifetime/pool-stats
 */

/**
 * What a pool has counted: `pool.stats()`.
 *
 * @typedef {object} PoolStats
 * @property {number} capacity slots now
 * @property {number} inUse acquired now
 * @property {number} available free now, without growth
 * @property {number} peakInUse most that were in use at once
 * @property {number} peakCapacity largest capacity so far; a pool never shrinks
 * @property {number} growthEvents how often it grew
 * @property {number} allocations objects handed out
 * @property {number} releases objects given back
 * @property {number} resets calls of `reset`
 * @property {number} waits acquisitions that had to wait
 * @property {number} failures acquisitions that found the pool empty and gave up
 * @property {number} hitRate share of acquisitions that needed no growth, no waiting and did not fail; 0..1
 */

/** @typedef {{ allocations: number, releases: number, resets: number, waits: number, failures: number, misses: number, peakInUse: number }} Counts */

/** @returns {Counts} */
export function newCounts() {
  return {
    allocations: 0,
    releases: 0,
    resets: 0,
    waits: 0,
    failures: 0,
    misses: 0,
    peakInUse: 0,
  };
}

/**
 * @param {Counts} counts
 * @param {{ capacity: number, inUse: number, peakInUse: number, growthEvents: number }} state
 * @returns {PoolStats}
 */
export function statsOf({ allocations, releases, resets, waits, failures, misses }, state) {
  const attempts = allocations + failures;
  const slow = misses + waits + failures;
  return {
    ...state,
    available: state.capacity - state.inUse,
    peakCapacity: state.capacity,
    allocations,
    releases,
    resets,
    waits,
    failures,
    hitRate: attempts === 0 ? 0 : Math.max(0, (attempts - slow) / attempts),
  };
}
