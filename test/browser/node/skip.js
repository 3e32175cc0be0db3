/**
 * Ends the running test as skipped: it uses what only Node has.
 *
 * @module
 */

/**
 * @param {string} what
 * @returns {never}
 */
export function needsNode(what) {
  // test/browser/setup.js gives it for each test. A worker has none, and fails.
  const { skipTest } = /** @type {{skipTest?: (reason: string) => never}} */ (globalThis);
  skipTest?.(`it needs ${what}`);
  throw new Error(`${what} is not there in browsers`);
}
