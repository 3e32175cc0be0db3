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

/** Entries between two looks at the clock. */
const LOOK_COUNT = 256;
/** How long other work waits at most, but for a single entry. */
const TURN_MS = 16;
const PROGRESS_MS = 100;

/**
 * @param {Iterable<unknown> | AsyncIterable<unknown>} entries
 * @param {Taker} taker
 * @param {string} container its name
 * @param {{ progress?: (progress: Progress) => void, signal?: AbortSignal }} options
 */
export async function feed(entries, taker, container, { progress, signal }) {
  let turnAt = performance.now() + TURN_MS;
  let progressAt = performance.now() + PROGRESS_MS;
  const tell = () => progress?.({ container, entries: taker.counts.entries, bytes: taker.bytes });
  const pause = async () => {
    const now = performance.now();
    if (now < turnAt) return;
    if (now >= progressAt) {
      tell();
      progressAt = now + PROGRESS_MS;
    }
    await turn();
    signal?.throwIfAborted();
    turnAt = performance.now() + TURN_MS;
  };
  let left = LOOK_COUNT;
  if (isIterable(entries)) {
    for (const entry of entries) {
      taker.add(entry);
      if (--left > 0) continue;
      left = LOOK_COUNT;
      if (performance.now() >= turnAt) await pause();
    }
  } else {
    for await (const entry of checkAsync(entries, container)) {
      taker.add(entry);
      signal?.throwIfAborted();
      if (--left > 0) continue;
      left = LOOK_COUNT;
      await pause();
    }
  }
  signal?.throwIfAborted();
  tell();
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
