/**
 * Runs test/browser/attach.html in real browsers, from a cross-origin isolated server on loopback.
 *
 *   node test/browser/run.mjs [chromium] [firefox] [webkit]      all that are installed, without a name
 *
 * Not part of `make test`: it needs a browser (Debian: apt-get install chromium).
 *
 * @module
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { BROWSERS, ISOLATED, serve, visit } from '../support/browsers.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXPECTED = {
  x: 42,
  name: 'électron',
  threads: 2,
  held: true,
  threadsAfter: 1,
  blocksLost: 0,
  faults: 0,
};

const names = process.argv.slice(2);
const chosen = Object.entries(BROWSERS).filter(([name, browser]) =>
  names.length > 0 ? names.includes(name) : browser.isThere(),
);
if (chosen.length === 0) {
  const packages = Object.values(BROWSERS).map(({ debian }) => debian);
  throw new Error(`no browser is installed. On Debian: apt-get install ${packages.join(' or ')}`);
}
const site = await serve(ROOT, ISOLATED);
let failed = 0;
for (const [, browser] of chosen) {
  try {
    const result = await visit(browser, site, '/test/browser/attach.html');
    assert.deepEqual(result, EXPECTED);
    console.log(`${browser.name}: attached, wrote in place, died, and all came back`);
  } catch (error) {
    failed++;
    console.log(`${browser.name}: ${error}`);
  }
}
site.close();
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
