/**
 * What each panel of the demo page is to do, with playwright.
 *
 * @module
 */
import assert from 'node:assert/strict';

/** A page of playwright, whose types are not installed. @typedef {any} Page */
/** @typedef {(name: string, fn: () => unknown) => Promise<void>} Test */

export const PANELS = Object.freeze(['swarm', 'kill', 'map', 'arena', 'index']);
const KILL_LIMIT_MS = 30_000;
const MEASURE_LIMIT_MS = 90_000;
/** So many particles have the frames that are timed; the slider takes their logarithm. */
const TIMED_PARTICLES = 100_000;
const TIMES = 12;

/** @param {Page} page @param {string} id */
const text = (page, id) => page.textContent(`#${id}`);
/** @param {Page} page @param {string} id */
const number = async (page, id) => Number((await text(page, id)).replaceAll(',', ''));
/** Waits for a text. @param {Page} page @param {string} id @param {RegExp} pattern */
const untilText = (page, id, pattern) =>
  page.waitForFunction(
    (/** @type {[string, string]} */ [id, source]) =>
      new RegExp(source).test(document.getElementById(id)?.textContent ?? ''),
    [id, pattern.source],
  );

/** @param {Page} page ready @param {Test} test */
export async function panelTests(page, test) {
  await swarmTests(page, test);
  await killTests(page, test);
  await mapTests(page, test);
  await arenaTests(page, test);
  await indexTests(page, test);
  await test('each panel shows lines of the module that runs', async () => {
    const shown = await page.evaluate(async () =>
      Promise.all(
        [...document.querySelectorAll('code[data-source]')].map(async (block) => {
          const source = await (await fetch(block.getAttribute('data-source') ?? '')).text();
          return { code: block.textContent ?? '', source };
        }),
      ),
    );
    assert.equal(shown.length, PANELS.length);
    for (const { code, source } of shown) {
      const lines = code.split('\n').filter((/** @type {string} */ line) => line.trim() !== '');
      assert.ok(lines.length >= 12, `${lines.length} lines`);
      for (const line of lines) assert.ok(source.includes(line), line);
    }
  });
  await test('nothing sticks out at the side', async () => {
    const [content, window] = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      innerWidth,
    ]);
    assert.ok(content <= window, `${content} > ${window}`);
  });
}

/** @param {Page} page @param {Test} test */
async function swarmTests(page, test) {
  await test('the swarm moves, and nothing is copied', async () => {
    await untilText(page, 'swarm-fps', /^[1-9]/);
    assert.equal(await text(page, 'swarm-copied'), '0 B');
    await canvasChanges(page);
  });
  await test('messages copy, and the swarm still moves', async () => {
    for (const mode of ['clone', 'transfer']) {
      await page.check(`input[value="${mode}"]`);
      await untilText(page, 'swarm-copied', /iB/);
      await canvasChanges(page);
    }
    assert.equal(await page.isDisabled('#kill-one'), true);
    await page.check('input[name="swarm-mode"][value="shared"]');
    await untilText(page, 'swarm-copied', /^0 B$/);
  });
  await test('the sliders change the swarm', async () => {
    await page.fill('#swarm-count', '3.6');
    await page.fill('#swarm-workers', '3');
    assert.equal(await text(page, 'swarm-count-text'), '4,000');
    await untilText(page, 'kill-in-use', /^4,000$/);
  });
  await test('pausing stops it, and going on starts it again', async () => {
    await page.click('#swarm-pause');
    await page.waitForTimeout(400);
    const before = await page.locator('#swarm-canvas').screenshot();
    await page.waitForTimeout(400);
    assert.deepEqual(await page.locator('#swarm-canvas').screenshot(), before);
    await page.click('#swarm-pause');
    await canvasChanges(page);
  });
  await test(`${TIMED_PARTICLES} particles: the main thread's work a frame (reported)`, async () => {
    await page.fill('#swarm-count', String(Math.log10(TIMED_PARTICLES)));
    await untilText(page, 'kill-in-use', /^100,000$/);
    const times = [];
    for (let i = 0; i < TIMES; i++) {
      await page.waitForTimeout(500);
      times.push(await number(page, 'swarm-main'));
    }
    const median = times.sort((a, b) => a - b)[TIMES / 2];
    console.log(
      `          median ${median} ms, ${await text(page, 'swarm-fps')} frames per second`,
    );
    assert.ok(median > 0);
    await page.fill('#swarm-count', '4.3');
    await page.fill('#swarm-workers', '2');
  });
}

/** @param {Page} page */
async function canvasChanges(page) {
  const shot = () => page.locator('#swarm-canvas').screenshot();
  const before = await shot();
  for (let tries = 0; tries < 20; tries++) {
    await page.waitForTimeout(200);
    if (!before.equals(await shot())) return;
  }
  assert.fail('the picture stays as it is');
}

/** @param {Page} page @param {Test} test */
async function killTests(page, test) {
  await test('the particles of a killed worker come back, and the frames go on', async () => {
    const capacity = await text(page, 'kill-capacity');
    await untilText(page, 'kill-in-use', new RegExp(`^${capacity}$`));
    await page.click('#kill-one');
    await page
      .locator('#kill-log li', { hasText: 'a new worker has acquired' })
      .waitFor({ timeout: KILL_LIMIT_MS });
    assert.match(await text(page, 'kill-log'), /all particles are back in the pool/);
    await untilText(page, 'kill-in-use', new RegExp(`^${capacity}$`));
    await canvasChanges(page);
    await untilText(page, 'swarm-fps', /^[1-9]/);
  });
}

/** @param {Page} page @param {Test} test */
async function mapTests(page, test) {
  await test('the map tells what a page is, by keyboard too', async () => {
    await page.locator('#map').scrollIntoViewIfNeeded();
    await untilText(page, 'map-text', /pages; it may grow/);
    await page.focus('#map-canvas');
    await page.keyboard.press('ArrowRight');
    await untilText(page, 'map-text', /^Page 0: tables/);
    await page.keyboard.press('ArrowDown');
    assert.doesNotMatch(await text(page, 'map-text'), /^Page 0:/);
  });
  await test('the map shows another memory', async () => {
    const before = await text(page, 'map-totals');
    await page.check('input[name="map-heap"][value="arena"]');
    assert.notEqual(await text(page, 'map-totals'), before);
  });
  await test('what is forgotten is listed by the line that made it, until it is freed', async () => {
    await page.click('#map-forget');
    await page.click('#map-forget');
    const rows = page.locator('#map-leaks tbody tr');
    assert.equal(await rows.count(), 1);
    const cells = await rows.first().locator('td').allTextContents();
    assert.match(cells[0], /forgetOne \(\/demo\/web\/panels\/arena\.js:\d+:\d+\)/);
    assert.deepEqual(cells.slice(1, 3), ['block', '2']);
    await page.click('#map-free');
    assert.equal(await rows.count(), 0);
  });
}

/** @param {Page} page @param {Test} test */
async function arenaTests(page, test) {
  await test('an arena is dropped in one step, and its views say so', async () => {
    await page.click('#arena-build');
    assert.match(await text(page, 'arena-dropped'), /ms$/);
    assert.equal(await text(page, 'arena-held'), '0 B');
    assert.match(await text(page, 'arena-log'), /the arena of this struct was closed/);
  });
  await test('a twig that escapes holds its arena, with a warning, until it is released', async () => {
    await page.click('#arena-escape');
    assert.match(await text(page, 'arena-held'), /[KM]iB/);
    assert.match(await text(page, 'arena-log'), /1 object is still alive at arena exit/);
    await page.locator('#map').scrollIntoViewIfNeeded();
    const site = page.locator('#map-leaks td', { hasText: 'letOneEscape' });
    await site.waitFor();
    await page.click('#arena-release');
    assert.equal(await text(page, 'arena-held'), '0 B');
    await page.locator('#map').scrollIntoViewIfNeeded();
    await site.waitFor({ state: 'detached' });
  });
}

/** @param {Page} page @param {Test} test */
async function indexTests(page, test) {
  const words = page.locator('#index-words b');
  await test('the dictionary opens when it is looked at, and has answers', async () => {
    await page.locator('#index').scrollIntoViewIfNeeded();
    await words.first().waitFor();
    assert.match(await text(page, 'index-note'), /[1-9][\d,]{6,} meanings/);
  });
  await test('each worker answers its share while one types', async () => {
    for (const prefix of ['s', 'se', 'sea']) {
      await page.fill('#index-query', prefix);
      await untilText(page, 'index-status', new RegExp(`“${prefix}”`));
      const found = await words.allTextContents();
      assert.ok(found.length > 3);
      for (const word of found) assert.ok(word.toLowerCase().startsWith(prefix), word);
    }
    const who = new Set(await page.locator('#index-words .who').allTextContents());
    assert.deepEqual([...who].sort(), ['worker 1', 'worker 2', 'worker 3']);
  });
  await test('a word that is not there is no error', async () => {
    await page.fill('#index-query', 'qqq');
    await untilText(page, 'index-status', /^0 words/);
    assert.equal(await words.count(), 0);
  });
  await test('a synonym leads to its word', async () => {
    await page.fill('#index-query', 'sea l');
    const synonym = page.locator('#index-words button').first();
    const word = await synonym.textContent();
    await synonym.click();
    await untilText(page, 'index-status', new RegExp(`“${word}”`));
    assert.equal(await words.first().textContent(), word);
  });
  await test('another number of workers answers the same', async () => {
    const before = await words.allTextContents();
    await page.fill('#index-workers', '1');
    await untilText(page, 'index-status', /The worker answered/);
    assert.deepEqual(await words.allTextContents(), before);
    await page.fill('#index-workers', '3');
    await untilText(page, 'index-status', /All 3 workers answered/);
  });
  await test('a Map in each worker is measured to need more than the image', async () => {
    await page.click('#index-measure');
    const measured = page.locator('#index-bars li', { hasText: 'measured' });
    await measured.waitFor({ timeout: MEASURE_LIMIT_MS });
    const bytes = await page
      .locator('#index-bars .bar')
      .evaluateAll((/** @type {HTMLElement[]} */ bars) =>
        bars.map(({ dataset }) => Number(dataset.bytes)),
      );
    assert.equal(bytes[1], 3 * bytes[0]);
    assert.ok(bytes[2] > bytes[0], String(bytes));
    console.log(`          ${(await page.locator('#index-bars li').allTextContents()).join('; ')}`);
  });
}
