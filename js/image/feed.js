/**
 * From an iterable to a container: entry by entry, with progress, an end by signal, and turns for other work.
 *
 * Layer: image. Any thread.
 *
 * @module image/feed
 */
import { describe, QbTypeError } from '../base/errors.js';

/** @typedef {import('./container-writer.js').ContainerCounts} ContainerCounts */

/**
 * How far a build is.
 *
 * @typedef {object} Progress
 * @property {string} container its name
 * @property {number} entries that came so far
 * @property {number} bytes of its parts so far
 */

/**
 * What takes entries.
 *
 * @typedef {object} Taker
 * @property {(entry: unknown) => void} add
 * @property {ContainerCounts} counts
 * @property {number} bytes
 */

/**
 * @typedef {object} FeedOptions
 * @property {(progress: Progress) => void} [progress]
 * @property {AbortSignal} [signal]
 */

/** Entries between two looks at the clock. */
const LOOK_COUNT = 256;
/** How long other work waits at most, but for a single entry. */
const TURN_MS = 16;
const PROGRESS_MS = 100;

/**
 * @param {Iterable<unknown> | AsyncIterable<unknown>} entries
 * @param {Taker} taker
 * @param {string} container its name
 * @param {FeedOptions} options
 */
export async function feed(entries, taker, container, { progress, signal }) {
  const tell = () => progress?.({ container, entries: taker.counts.entries, bytes: taker.bytes });
  const clock = new Clock(tell, signal);
  if (isIterable(entries)) await feedAll(entries, taker, clock);
  else await feedAsync(checkAsync(entries, container), taker, clock, signal);
  signal?.throwIfAborted();
  tell();
}

/**
 * When other work has its turn.
 */
class Clock {
  #tell;
  #signal;
  #turnAt = performance.now() + TURN_MS;
  #progressAt = performance.now() + PROGRESS_MS;

  /** @param {() => void} tell of progress @param {AbortSignal | undefined} signal */
  constructor(tell, signal) {
    this.#tell = tell;
    this.#signal = signal;
  }

  get isDue() {
    return performance.now() >= this.#turnAt;
  }

  async turn() {
    const now = performance.now();
    if (now >= this.#progressAt) {
      this.#tell();
      this.#progressAt = now + PROGRESS_MS;
    }
    await turn();
    this.#signal?.throwIfAborted();
    this.#turnAt = performance.now() + TURN_MS;
  }
}

/** @param {Iterable<unknown>} entries @param {Taker} taker @param {Clock} clock */
async function feedAll(entries, taker, clock) {
  let left = LOOK_COUNT;
  for (const entry of entries) {
    taker.add(entry);
    if (--left > 0) continue;
    left = LOOK_COUNT;
    if (clock.isDue) await clock.turn();
  }
}

/**
 * A signal ends it also while the next entry is waited for.
 *
 * @param {AsyncIterable<unknown>} entries
 * @param {Taker} taker
 * @param {Clock} clock
 * @param {AbortSignal | undefined} signal
 */
async function feedAsync(entries, taker, clock, signal) {
  const iterator = entries[Symbol.asyncIterator]();
  /** @type {(reason: unknown) => void} */
  let refuse = () => {};
  const onAbort = () => refuse(signal?.reason);
  let isDone = false;
  const next = () =>
    new Promise((resolve, reject) => {
      refuse = reject;
      iterator.next().then(resolve, (error) => {
        isDone = true;
        reject(error);
      });
    });
  signal?.addEventListener('abort', onAbort);
  try {
    let left = LOOK_COUNT;
    for (;;) {
      const { done, value } = await next();
      isDone = done === true;
      if (isDone) return;
      taker.add(value);
      if (--left > 0) continue;
      left = LOOK_COUNT;
      if (clock.isDue) await clock.turn();
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Not awaited: it may be what does not come to an end.
    if (!isDone) iterator.return?.().then(undefined, () => {});
  }
}

/**
 * @param {unknown} entries
 * @returns {entries is Iterable<unknown>}
 */
function isIterable(entries) {
  return (
    typeof entries === 'string' ||
    (typeof entries === 'object' && entries !== null && Symbol.iterator in entries)
  );
}

/**
 * @param {unknown} entries
 * @param {string} container
 * @returns {AsyncIterable<unknown>}
 */
function checkAsync(entries, container) {
  if (typeof entries === 'object' && entries !== null && Symbol.asyncIterator in entries) {
    return /** @type {AsyncIterable<unknown>} */ (entries);
  }
  throw new QbTypeError(
    `the entries of ${container} are ${describe(entries)}; give an iterable or async iterable.`,
    entries,
  );
}

/** Lets timers, messages and signals have their turn. */
function turn() {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve);
  });
}
