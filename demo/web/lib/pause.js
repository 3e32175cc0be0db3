/**
 * Waiting without blocking, in pages and workers.
 *
 * @module demo/web/lib/pause
 */

/** @param {number} milliseconds 0: until the browser has had its turn */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
