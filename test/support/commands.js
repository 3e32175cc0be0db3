/**
 * The worker's side of test/support/workers.js: runs the commands that a TestWorker calls.
 *
 * @module
 */
import { parentPort } from 'node:worker_threads';

/**
 * @param {Record<string, (...args: never[]) => unknown>} commands by name; what they return or resolve to is the answer
 */
export function serve(commands) {
  parentPort?.on('message', async ({ id, command, args }) => {
    try {
      const run = /** @type {(...args: unknown[]) => unknown} */ (commands[command]);
      parentPort?.postMessage({ id, value: await run(...args) });
    } catch (error) {
      const { message, code } = /** @type {Error & { code?: string }} */ (error);
      parentPort?.postMessage({ id, error: { message, code } });
    }
  });
}
