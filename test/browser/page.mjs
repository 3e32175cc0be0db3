/**
 * Drives the demo page in Chromium as a visitor would, in light on a desk and in dark on a phone: values change,
 * a killed worker's particles come back, a tree is dropped, nothing is written to the console as an error, and the
 * accessibility check is clean. Screenshots go to build/screenshots, to be looked at.
 *
 *   node test/browser/page.mjs
 *
 * playwright-core and axe-core come from npm into build/browser. Chromium: apt-get install chromium.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const TOOLS = resolve('build/browser');
const SHOTS = resolve('build/screenshots');
const PACKAGES = ['playwright-core@1.64.1', 'axe-core@4.14.1'];
const KILL_LIMIT_MS = 20_000;

const { chromium } = await tools();
mkdirSync(SHOTS, { recursive: true });
const server = spawn(process.execPath, ['js/cli/main.js', 'demo'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((done) => {
  server.stdout.once('data', (text) => done(/http:\S+/.exec(String(text))?.[0] ?? ''));
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
});
let failed = 0;
let passed = 0;
try {
  await visitor('desk, light', { viewport: { width: 1100, height: 900 }, colorScheme: 'light' });
  await visitor('phone, dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
} finally {
  await browser.close();
  server.kill();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** @param {string} name @param {object} options */
async function visitor(name, options) {
  const page = await browser.newPage(options);
  /** @type {string[]} */
  const complaints = [];
  page.on('pageerror', (/** @type {Error} */ error) => complaints.push(error.message));
  page.on('console', (/** @type {any} */ message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const text = (/** @type {string} */ id) => page.textContent(`#${id}`);
  const number = async (/** @type {string} */ id) => Number((await text(id)).replaceAll(',', ''));
  await page.goto(url);
  await page.waitForSelector('html[data-ready]', { state: 'attached' });

  await test(`${name}: the swarm moves, and nothing is copied`, async () => {
    await page.waitForFunction(() => Number(document.getElementById('swarm-fps')?.textContent) > 0);
    assert.equal(await text('swarm-copied'), '0 B');
    const before = await page.locator('#swarm-canvas').screenshot();
    await page.waitForTimeout(500);
    assert.notDeepEqual(await page.locator('#swarm-canvas').screenshot(), before);
  });
  await test(`${name}: the particles of a killed worker come back`, async () => {
    const capacity = await number('kill-capacity');
    await page.waitForFunction(
      (/** @type {string} */ all) => document.getElementById('kill-in-use')?.textContent === all,
      await text('kill-capacity'),
    );
    await page.click('#kill-one');
    await page
      .locator('#kill-log li', { hasText: 'a new worker has acquired' })
      .waitFor({ timeout: KILL_LIMIT_MS });
    assert.match(await text('kill-log'), /particles are back in the pool/);
    assert.equal(await number('kill-in-use'), capacity);
  });
  await test(`${name}: messages copy, and the swarm still moves`, async () => {
    for (const mode of ['clone', 'transfer']) {
      await page.check(`input[value="${mode}"]`);
      await page.waitForFunction(() =>
        /iB/.test(document.getElementById('swarm-copied')?.textContent ?? ''),
      );
    }
    await page.check('input[value="shared"]');
    await page.waitForFunction(
      () => document.getElementById('swarm-copied')?.textContent === '0 B',
    );
  });
  await test(`${name}: an arena is dropped in one step, and an escape holds it`, async () => {
    await page.click('#arena-build');
    await page.click('#arena-escape');
    assert.match(await text('arena-log'), /0 B are left/);
    assert.match(await text('arena-log'), /1 object is still alive at arena exit/);
    await page.click('#arena-release');
    assert.match(await text('arena-log'), /released: 0 B are left/);
  });
  await test(`${name}: the map tells what a page is, by keyboard too`, async () => {
    await page.focus('#map-canvas');
    await page.keyboard.press('ArrowRight');
    assert.match(await text('map-text'), /^Page 0: tables/);
  });
  await test(`${name}: each panel shows the code that runs`, async () => {
    const blocks = await page.locator('code[data-source]').allTextContents();
    assert.equal(blocks.length, 4);
    for (const block of blocks) assert.ok(block.length > 200 && !block.includes('/* end */'));
  });
  await test(`${name}: nothing sticks out at the side`, async () => {
    const [content, window] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      innerWidth,
    ]);
    assert.ok(content <= window, `${content} > ${window}`);
  });
  await test(`${name}: the accessibility check is clean`, async () => {
    // Runs in the tool's world: the page's policy allows no script but its own.
    await page.evaluate(readFileSync(join(TOOLS, 'node_modules/axe-core/axe.min.js'), 'utf8'));
    const { violations } = await page.evaluate(() => /** @type {any} */ (globalThis).axe.run());
    assert.deepEqual(
      violations.map(
        (/** @type {{ id: string, nodes: { html: string }[] }} */ { id, nodes }) =>
          `${id}: ${nodes[0].html}`,
      ),
      [],
    );
  });
  await test(`${name}: no error was written`, () => assert.deepEqual(complaints, []));
  await page.screenshot({ path: join(SHOTS, `${name.replace(', ', '-')}.png`), fullPage: true });
  await page.close();
}

/** @param {string} name @param {() => unknown} fn */
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
