/**
 * Drives the demo page in a frame, in browsers for which there is no driver here, and posts what it saw to the server
 * that test/browser/page.mjs is: pairs of a name and a complaint, '' when all is well.
 *
 * @module
 */
const WAIT_MS = 25_000;
const LOOK_EVERY_MS = 50;

const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));
/** @type {string[]} */
const errors = [];
/** @type {[name: string, complaint: string][]} */
const results = [];

/** @param {string} selector @returns {any} */
const find = (selector) => frame.contentDocument?.querySelector(selector);
/** @param {string} id */
const text = (id) => String(find(`#${id}`)?.textContent ?? '');

/** @param {string} what @param {() => unknown} isThere */
async function until(what, isThere) {
  const end = performance.now() + WAIT_MS;
  while (!isThere()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** @param {string} name @param {() => Promise<void>} fn */
async function test(name, fn) {
  try {
    await fn();
    results.push([name, '']);
  } catch (error) {
    const shown = [...(frame.contentDocument?.querySelectorAll('.error:not([hidden])') ?? [])];
    results.push([name, [error, ...shown.map(({ textContent }) => textContent)].join('; ')]);
  }
}

/** @param {string} value of a radio button */
const choose = (value) => find(`input[name="swarm-mode"][value="${value}"]`).click();

/** @returns {string} what the page says of the browser, for complaints */
const environment = () =>
  `${text('environment')} (isolated: ${globalThis.crossOriginIsolated}, in the frame: ${frame.contentWindow?.crossOriginIsolated})`;

await test('the page loads, and may share memory', async () => {
  await until(`it is ready: ${environment()}`, () => find('html[data-ready]'));
  frame.contentWindow?.addEventListener('error', ({ message }) => errors.push(message));
  frame.contentWindow?.addEventListener('unhandledrejection', ({ reason }) =>
    errors.push(String(reason)),
  );
  await until('it knows what the browser can', () =>
    /may share memory between/.test(text('environment')),
  );
});
await test('the swarm moves, and nothing is copied', async () => {
  await until('there are frames', () => Number(text('swarm-fps')) > 0);
  await until('nothing is copied', () => text('swarm-copied') === '0 B');
});
await test('messages copy, and the swarm still moves', async () => {
  for (const mode of ['clone', 'transfer']) {
    choose(mode);
    await until(`${mode} copies`, () => /iB/.test(text('swarm-copied')));
  }
  choose('shared');
  await until('nothing is copied again', () => text('swarm-copied') === '0 B');
});
await test('the particles of a killed worker come back', async () => {
  find('#kill').scrollIntoView({ behavior: 'instant' });
  await until('all are in use', () => text('kill-in-use') === text('kill-capacity'));
  find('#kill-one').click();
  await until('a new worker has them', () => /a new worker has acquired/.test(text('kill-log')));
  await until('all are in use again', () => text('kill-in-use') === text('kill-capacity'));
});
await test('an arena is dropped, and what is forgotten is listed', async () => {
  find('#arena-build').click();
  if (text('arena-held') !== '0 B') throw new Error(text('arena-held'));
  find('#map').scrollIntoView({ behavior: 'instant' });
  find('#map-forget').click();
  await until('it is listed', () => /block/.test(text('map-leaks')));
  if (!/panels\/arena\.js:\d+/.test(text('map-leaks'))) throw new Error(text('map-leaks'));
});
await test('the workers answer from the dictionary', async () => {
  find('#index').scrollIntoView({ behavior: 'instant' });
  await until('it is open', () => find('#index-words b'));
  const query = find('#index-query');
  query.value = 'sea l';
  query.dispatchEvent(new Event('input'));
  await until('there is an answer', () => /“sea l”/.test(text('index-status')));
  if (!/sea level/.test(text('index-words'))) throw new Error(text('index-words'));
});
await test('no error was thrown or shown', async () => {
  const shown = frame.contentDocument?.querySelectorAll('.error:not([hidden])').length;
  if (errors.length > 0 || shown !== 0) throw new Error(`${shown} shown; ${errors.join('; ')}`);
});
await fetch('/result', { method: 'POST', body: JSON.stringify(results) });
