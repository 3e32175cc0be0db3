/** node:timers/promises. */

/** @param {number} milliseconds @returns {Promise<void>} */
export const setTimeout = (milliseconds) =>
  new Promise((resolve) => globalThis.setTimeout(resolve, milliseconds));
