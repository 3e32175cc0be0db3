/**
 * Runs the JS tests in real browsers, cross-origin isolated: the same files as in Node, by vitest.
 *
 *   node test/browser/suite.mjs [chromium] [firefox] [webkit] [file ...]
 *
 * Without a browser's name it takes all that are installed. A file that hangs its page is ended and counted as failed,
 * and the rest goes on in a new page.
 *
 * @module
 */
import { startVitest } from 'vitest/node';
import { BROWSERS, chosenBrowsers } from '../support/browsers.mjs';
import { filesLeftOut } from './files.mjs';
import { settings, TEST_MS } from './vitest.mjs';

/** Longer than a test and its hooks may take. */
const SILENCE_MS = 2.5 * TEST_MS;

/** @typedef {keyof typeof BROWSERS} Name */

/** A reporter of vitest that counts, and knows the file that runs now. */
class Tally {
  passed = 0;
  failed = 0;
  /** @type {Map<string, number>} reason, tests */
  skipped = new Map();
  /** Files that are over. @type {Set<string>} */
  done = new Set();
  /** @type {string | null} */
  running = null;
  /** Called when nothing was heard for too long. */
  onSilence = () => {};
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** Something was heard. */
  heard() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.onSilence(), SILENCE_MS);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** @param {import('vitest/node').TestModule} module */
  onTestModuleQueued(module) {
    this.running = module.moduleId;
    this.heard();
  }

  /** @param {import('vitest/node').TestCase} test */
  onTestCaseResult(test) {
    this.heard();
    const result = test.result();
    if (result.state === 'passed') this.passed++;
    if (result.state === 'failed') this.failed++;
    if (result.state !== 'skipped') return;
    const reason = result.note ?? 'the test says so';
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
  }

  /** @param {import('vitest/node').TestModule} module */
  onTestModuleEnd(module) {
    this.heard();
    this.done.add(module.moduleId);
    // A file that did not even load has no tests that could fail.
    if (module.state() === 'failed' && module.errors().length > 0) this.failed++;
  }
}

/**
 * @param {Name} name
 * @param {string[]} filters parts of file names
 * @returns {Promise<Tally>}
 */
async function runBrowser(name, filters) {
  const tally = new Tally();
  let exclude = [...leftOut.keys()];
  for (let isOver = false; !isOver; ) {
    isOver = true;
    const config = settings(name, {
      reporters: ['default', tally],
      exclude,
      onOpen: (browser) => {
        tally.onSilence = () => {
          console.log(`${name}: ${tally.running} hangs its page`);
          tally.failed++;
          if (tally.running !== null) tally.done.add(tally.running);
          exclude = [...leftOut.keys(), ...tally.done];
          isOver = false;
          browser.close();
        };
      },
    });
    const vitest = await startVitest('test', filters, { watch: false, config: false }, config);
    tally.stop();
    const errors = vitest.state.getUnhandledErrors();
    if (isOver) tally.failed += errors.length;
    await vitest.close();
  }
  return tally;
}

const leftOut = await filesLeftOut();
const words = process.argv.slice(2);
const filters = words.filter((word) => !(word in BROWSERS));

let passed = 0;
let failed = 0;
const lines = [];
for (const { id, browser } of chosenBrowsers(words)) {
  const tally = await runBrowser(id, filters);
  passed += tally.passed;
  failed += tally.failed;
  const skipped = [...tally.skipped.values()].reduce((sum, count) => sum + count, 0);
  lines.push(
    `${browser.name}: ${tally.passed} passed, ${tally.failed} failed, ${skipped} skipped`,
    ...[...tally.skipped].map(([reason, count]) => `    ${count} skipped: ${reason}`),
  );
}
console.log(
  [...lines, ...[...leftOut].map(([path, reason]) => `not in browsers: ${path}: ${reason}`)].join(
    '\n',
  ),
);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
