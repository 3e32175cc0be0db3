/**
 * Opens pages in real browsers, from servers on loopback with and without the headers that sharing needs, and compares
 * what they post with what is expected.
 *
 *   node test/browser/run.mjs [chromium] [firefox] [webkit]      all that are installed, without a name
 *
 * Not part of `make test`: it needs a browser (Debian: apt-get install chromium).
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { chosenBrowsers, serve, visit } from '../support/browsers.mjs';
import { blockPages } from './blocks.mjs';
import { PAGES } from './pages.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const pages = [...PAGES, ...(await blockPages())];
let passed = 0;
let failed = 0;
for (const { id, browser } of chosenBrowsers(process.argv.slice(2))) {
  for (const { name, root = ROOT, path, headers, only, sharesMemory, check } of pages) {
    if (only !== undefined && !only.includes(id)) continue;
    const site = await serve(root, headers);
    try {
      check(await visit(browser, site, path, { sharesMemory }), id);
      passed++;
      console.log(`${browser.name}: ${name}`);
    } catch (error) {
      failed++;
      console.log(`${browser.name}: FAILED: ${name}: ${error}`);
    }
    site.close();
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
