/**
 * Vitest runs test/<layer>/<module>.test.js in Node. A file named *.slow.test.js is left out of
 * `make check`, and begins first otherwise: the short ones fill the other core. Each file has a
 * process of its own: a crash of the engine takes one file, not all.
 *
 * @module
 */
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

const fast = process.env.QB_TEST_FAST === '1';

class SlowFirst extends BaseSequencer {
  /** @override @type {BaseSequencer['sort']} */
  async sort(files) {
    const sorted = await super.sort(files);
    const isSlow = (/** @type {(typeof files)[number]} */ { moduleId }) =>
      moduleId.endsWith('.slow.test.js');
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.js'],
    exclude: fast ? ['test/**/*.slow.test.js'] : [],
    pool: 'forks',
    sequence: { sequencer: SlowFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
