/**
 * Collecting garbage when a test says so.
 *
 * @module
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = /** @type {() => void} */ (runInNewContext('gc'));

/**
 * Collects garbage and lets finalizers run, until a condition holds or it has been tried often enough.
 *
 * @param {() => boolean} isDone
 * @returns {Promise<boolean>} whether the condition holds
 */
export async function collectUntil(isDone) {
  for (let round = 0; round < 50 && !isDone(); round++) {
    // In tasks of its own: what a WeakRef gave out stays alive until its task ends.
    await new Promise((resolve) => setTimeout(resolve, 1));
    collect();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return isDone();
}

/** A few rounds, after which what can be collected has been. */
export async function collectAll() {
  let rounds = 0;
  await collectUntil(() => rounds++ >= 5);
}
