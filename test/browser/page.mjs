/**
 * Drives the demo page as a visitor would. In Chromium, by playwright: each panel on a desk in light, on a tablet and on
 * a phone in dark; by keyboard alone; without the headers for sharing. In Firefox and WebKitGTK, where they are
 * installed, the page drives itself in a frame (page-frame.js). Screenshots go to build/screenshots, to be looked at.
 *
 *   node test/browser/page.mjs [chromium] [firefox] [webkit]      all that are installed, without a name
 *
 * playwright-core and axe-core come from npm into build/browser. Debian: apt-get install chromium firefox-esr
 * webkit2gtk-driver xvfb xauth.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { serveDemo } from '../../demo/web/serve.mjs';
import { BROWSERS, ISOLATED, serve, visit } from '../support/browsers.mjs';
import { hostTests } from './page-host.mjs';
import { PANELS, panelTests } from './page-panels.mjs';

/** @typedef {import('./page-panels.mjs').Page} Page */
/** @typedef {import('./page-panels.mjs').Test} Test */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOOLS = resolve('build/browser');
const SHOTS = resolve('build/screenshots');
const PACKAGES = ['playwright-core@1.64.1', 'axe-core@4.14.1'];
const CHROMIUM_FLAGS = Object.freeze([
  '--no-sandbox',
  '--disable-background-networking',
  // Without it measureUserAgentSpecificMemory() waits for a collection, which may take a minute.
  '--enable-blink-features=ForceEagerMeasureMemory',
]);
const FRAME_LIMIT_MS = 200_000;
const VISITORS = Object.freeze({
  'desk, light': { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  'tablet, dark': { viewport: { width: 820, height: 1180 }, colorScheme: 'dark' },
  'phone, dark': { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true },
});

const names = process.argv.slice(2);
const isChosen = (/** @type {keyof typeof BROWSERS} */ name) =>
  names.length > 0 ? names.includes(name) : BROWSERS[name].isThere();
let failed = 0;
let passed = 0;
if (isChosen('chromium')) await inChromium();
for (const name of /** @type {const} */ (['firefox', 'webkit'])) {
  if (isChosen(name)) await inFrame(BROWSERS[name]);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

async function inChromium() {
  const { chromium } = await tools();
  mkdirSync(SHOTS, { recursive: true });
  const server = await serveDemo();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: CHROMIUM_FLAGS,
  });
  try {
    for (const [name, options] of Object.entries(VISITORS)) {
      const page = await browser.newPage(options);
      const complaints = complaintsOf(page);
      await page.goto(server.url);
      await page.waitForSelector('html[data-ready]', { state: 'attached' });
      await panelTests(page, named(name));
      await test(`${name}: the accessibility check is clean`, () => checkAccess(page));
      await test(`${name}: no error was written`, () => assert.deepEqual(complaints, []));
      await takePictures(page, name.replace(', ', '-'));
      await page.close();
    }
    await hostTests(browser, test);
  } finally {
    await browser.close();
    server.close();
  }
}

/** @param {import('../support/browsers.mjs').Browser} browser */
async function inFrame(browser) {
  const site = await serve(ROOT, ISOLATED);
  try {
    const path = '/test/browser/page-frame.html';
    const results = await visit(browser, site, path, { limitMilliseconds: FRAME_LIMIT_MS });
    for (const [name, complaint] of /** @type {[string, string][]} */ (results)) {
      await test(`${browser.name}: ${name}`, () => assert.equal(complaint, ''));
    }
  } catch (error) {
    await test(`${browser.name}: the page answers`, () => assert.fail(String(error)));
  } finally {
    site.close();
  }
}

/** @param {string} visitor @returns {Test} */
function named(visitor) {
  return (name, fn) => test(`${visitor}: ${name}`, fn);
}

/** @type {Test} */
async function test(name, fn) {
  try {
    await fn();
    passed++;
    console.log(`  ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`  FAILED  ${name}\n          ${error}`);
  }
}

/** @param {Page} page @returns {string[]} grows */
function complaintsOf(page) {
  /** @type {string[]} */
  const complaints = [];
  page.on('pageerror', (/** @type {Error} */ error) => complaints.push(error.message));
  page.on('console', (/** @type {any} */ message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return complaints;
}

/** @param {Page} page */
async function checkAccess(page) {
  // Runs in the tool's world: the page's policy allows no script but its own.
  await page.evaluate(readFileSync(join(TOOLS, 'node_modules/axe-core/axe.min.js'), 'utf8'));
  const { violations } = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run());
  const told = violations.map(
    (/** @type {{ id: string, nodes: { html: string }[] }} */ { id, nodes }) =>
      `${id}: ${nodes[0].html}`,
  );
  assert.deepEqual(told, []);
}

/** @param {Page} page @param {string} name */
async function takePictures(page, name) {
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
  for (const panel of PANELS) {
    await page.locator(`#${panel}`).screenshot({ path: join(SHOTS, `${name}-${panel}.png`) });
  }
}

async function tools() {
  const stamp = join(TOOLS, 'packages.json');
  const list = JSON.stringify(PACKAGES);
  mkdirSync(TOOLS, { recursive: true });
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== list) {
    writeFileSync(join(TOOLS, 'package.json'), '{"name":"browser","private":true}\n');
    const flags = ['--no-save', '--no-fund', '--no-audit', '--ignore-scripts', '--silent'];
    execFileSync('npm', ['install', ...flags, ...PACKAGES], { cwd: TOOLS, stdio: 'inherit' });
    writeFileSync(stamp, list);
  }
  return import(pathToFileURL(join(TOOLS, 'node_modules/playwright-core/index.mjs')).href);
}
