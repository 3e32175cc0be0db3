/**
 * Vitest runs test/<layer>/<module>.test.js in Node. A file named *.slow.test.js is left out of
 * `make check`. Each file has a process of its own: a crash of the engine takes one file, not all.
 *
 * @module
 */
import { defineConfig } from 'vitest/config';

const fast = process.env.QB_TEST_FAST === '1';

export default defineConfig({
  test: {
    include: ['test/**/*.test.js'],
    exclude: fast ? ['test/**/*.slow.test.js'] : [],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
