/**
 * The vanilla-JS twin of bench/c/workload.c: the same loops, where alloc is `new Uint8Array(bytes)` and
 * free is forgetting it. Runs in one agent only: JS values cannot be shared, so cross and handover
 * have no twin.
 *
 * @module
 */
const LIVE_COUNT = 10_000;
const SMALL_BYTES = 32;

/** @type {(Uint8Array | null)[]} */
const own = new Array(LIVE_COUNT).fill(null);
let seed = 1;
/** Keeps the engine from leaving an allocation out. */
let sink = 0;

/** Workloads that have a twin, by their numbers in workload.c. */
const RUNS = [runPair, runBatch, runRandom, runTouched];

/** @param {number} code @returns {boolean} */
export function hasTwin(code) {
  return code < RUNS.length;
}

/** @param {number} code @param {number} count operations @param {number} newSeed */
export function runTwin(code, count, newSeed) {
  seed = newSeed;
  RUNS[code](count);
  return sink;
}

/** @param {number} count */
function runPair(count) {
  for (let i = 0; i < count; i++) sink += make(SMALL_BYTES)[0];
}

/** @param {number} count */
function runBatch(count) {
  for (let done = 0; done < count; done += LIVE_COUNT) {
    for (let i = 0; i < LIVE_COUNT; i++) own[i] = make(SMALL_BYTES);
    for (let i = 0; i < LIVE_COUNT; i++) {
      sink += own[i]?.[0] ?? 0;
      own[i] = null;
    }
  }
}

/** @param {number} count */
function runRandom(count) {
  for (let i = 0; i < count; i++) {
    const slot = below(LIVE_COUNT);
    sink += own[slot]?.[0] ?? 0;
    own[slot] = make(8 + below(1017));
  }
}

/** @param {number} count */
function runTouched(count) {
  runRandom(count); // a new Uint8Array is filled with zeros: it is always touched
}

/** @param {number} bytes */
function make(bytes) {
  const block = new Uint8Array(bytes);
  block[0] = 1;
  return block;
}

/** xorshift32, 0 .. count - 1. @param {number} count */
function below(count) {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return Math.floor(((seed >>> 0) / 2 ** 32) * count);
}
