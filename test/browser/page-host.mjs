/**
 * The demo page where something is missing: the headers for sharing, a file, the pointer. With playwright.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { serveDemo } from '../../demo/web/serve.mjs';

/** @typedef {import('./page-panels.mjs').Page} Page */
/** @typedef {import('./page-panels.mjs').Test} Test */

const TABS_MAX = 120;
/** What must be reached by the Tab key; of radio buttons the chosen one. */
const CONTROLS = Object.freeze([
  'swarm-canvas',
  'swarm-mode',
  'swarm-count',
  'swarm-workers',
  'swarm-pause',
  'kill-one',
  'map-heap',
  'map-canvas',
  'map-forget',
  'arena-depth',
  'arena-build',
  'arena-escape',
  'index-query',
  'index-workers',
  'index-measure',
]);

/** @param {any} browser of playwright @param {Test} test */
export async function hostTests(browser, test) {
  const server = await serveDemo();
  const bare = await serveDemo({ isolated: false });
  try {
    await bareTests(browser, bare.url, test);
    await keyboardTests(browser, server.url, test);
    await errorTests(browser, server.url, test);
  } finally {
    server.close();
    bare.close();
  }
}

/** @param {any} browser @param {string} url @param {Test} test */
async function bareTests(browser, url, test) {
  await test('a host without the headers: the service worker adds them, and the page loads once more', async () => {
    const page = await browser.newPage();
    let loads = 0;
    page.on('load', () => loads++);
    await page.goto(url);
    await page.waitForSelector('html[data-ready]', { state: 'attached' });
    assert.equal(await page.evaluate(() => crossOriginIsolated), true);
    assert.equal(loads, 2);
    await page.waitForFunction(() => Number(document.getElementById('swarm-fps')?.textContent) > 0);
    assert.equal(await page.textContent('#swarm-copied'), '0 B');
    await page.reload();
    await page.waitForSelector('html[data-ready]', { state: 'attached' });
    assert.equal(loads, 3);
    await page.close();
  });
  await test('a host without the headers, and no service worker: the page says so, and runs by messages', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await context.route('**/sw.js', (/** @type {any} */ route) => route.abort());
    await page.goto(url);
    await page.waitForSelector('html[data-ready]', { state: 'attached' });
    assert.match(await page.textContent('#environment'), /may not share memory.*service worker/s);
    await page.waitForFunction(() =>
      /iB/.test(document.getElementById('swarm-copied')?.textContent ?? ''),
    );
    assert.equal(await page.isDisabled('input[name="swarm-mode"][value="shared"]'), true);
    await page.click('#arena-build');
    assert.equal(await page.textContent('#arena-held'), '0 B');
    assert.equal(await page.locator('.error:visible').count(), 0);
    await context.close();
  });
}

/** @param {any} browser @param {string} url @param {Test} test */
async function keyboardTests(browser, url, test) {
  const page = await browser.newPage({ reducedMotion: 'reduce' });
  await page.goto(url);
  await page.waitForSelector('html[data-ready]', { state: 'attached' });
  await test('who wants less motion gets a swarm that waits', async () => {
    assert.equal(await page.textContent('#swarm-pause'), 'Go on');
  });
  await test('by keyboard alone: each control is reached, and seen', async () => {
    const reached = new Set();
    for (let i = 0; i < TABS_MAX && !reached.has('index-measure'); i++) {
      await page.keyboard.press('Tab');
      const [name, outline] = await page.evaluate(() => {
        const focused = /** @type {HTMLInputElement} */ (document.activeElement);
        const isRadio = focused.type === 'radio';
        const seen = isRadio ? (focused.nextElementSibling ?? focused) : focused;
        return [isRadio ? focused.name : focused.id, getComputedStyle(seen).outlineStyle];
      });
      reached.add(name);
      if (CONTROLS.includes(name)) assert.notEqual(outline, 'none', name);
      if (name === 'index-query') await page.waitForSelector('#index-measure:enabled');
    }
    assert.deepEqual(
      CONTROLS.filter((name) => !reached.has(name)),
      [],
    );
  });
  await test('by keyboard alone: the controls do what they say', async () => {
    await page.focus('#swarm-pause');
    await page.keyboard.press('Enter');
    assert.equal(await page.textContent('#swarm-pause'), 'Pause');
    await page.focus('input[name="swarm-mode"][value="shared"]');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() =>
      /iB/.test(document.getElementById('swarm-copied')?.textContent ?? ''),
    );
    await page.focus('#arena-depth');
    await page.keyboard.press('Home');
    assert.equal(await page.textContent('#arena-count-text'), '127');
    await page.focus('#arena-build');
    await page.keyboard.press('Space');
    assert.match(await page.textContent('#arena-dropped'), /ms$/);
    await page.focus('#index-query');
    await page.keyboard.press('End');
    await page.keyboard.type(' zo');
    await page.waitForFunction(() =>
      /“time zo”/.test(document.getElementById('index-status')?.textContent ?? ''),
    );
  });
  await page.close();
}

/** @param {any} browser @param {string} url @param {Test} test */
async function errorTests(browser, url, test) {
  await test('an error stands in its panel, and the others go on', async () => {
    const page = await browser.newPage();
    await page.route('**/data/*', (/** @type {any} */ route) => route.fulfill({ status: 404 }));
    await page.goto(url);
    await page.waitForSelector('html[data-ready]', { state: 'attached' });
    await page.locator('#index').scrollIntoViewIfNeeded();
    const error = page.locator('#index > .error');
    await error.waitFor();
    assert.match(await error.textContent(), /there is no dictionary here/);
    await page.click('#arena-build');
    assert.match(await page.textContent('#arena-dropped'), /ms$/);
    await page.close();
  });
  await test('without the whole dictionary the sample is opened, and says what it is', async () => {
    const page = await browser.newPage();
    await page.route('**/words.qbi.gz', (/** @type {any} */ route) =>
      route.fulfill({ status: 204 }),
    );
    await page.goto(url);
    await page.waitForSelector('html[data-ready]', { state: 'attached' });
    await page.locator('#index').scrollIntoViewIfNeeded();
    await page.locator('#index-words b').first().waitFor();
    assert.match(await page.textContent('#index-note'), /sample that comes with the package/);
    await page.close();
  });
}
