/**
 * Random numbers that can be had again: every random test prints its seed and takes it from QB_SEED.
 *
 * @module
 */

/**
 * @param {string} what name of the test, printed with the seed
 * @returns {number}
 */
export function testSeed(what) {
  const given = Number(process.env.QB_SEED);
  const seed = Number.isInteger(given) && given > 0 ? given : (Date.now() ^ process.pid) >>> 0;
  console.log(`${what}: QB_SEED=${seed}`);
  return seed;
}

/**
 * mulberry32: 32 bits of state, good enough to mix operations.
 *
 * @param {number} seed
 * @returns {(limit: number) => number} an integer 0 .. limit-1
 */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}
