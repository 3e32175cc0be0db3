/**
 * The application in browsers: by bundler, by headers, by where its files are.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES } from '../browser/pages.mjs';
import { BROWSERS, ISOLATED, serve, visit } from '../support/browsers.mjs';
import { SOUND } from './app/audio.js';
import { REFUSED, TOGETHER } from './app/tour.js';
import { BUNDLERS } from './bundlers.mjs';
import { versionOf } from './places.mjs';

/** @typedef {import('./places.mjs').Places} Places */
/** @typedef {import('../support/browsers.mjs').Site} Site */
/** @typedef {keyof typeof BROWSERS} BrowserKey */
/**
 * @typedef {object} Visit
 * @property {BrowserKey} [browser]
 * @property {string} [bundler]
 * @property {string} [entry]
 * @property {Record<string, string>} [headers] of the page
 * @property {string} [policy] for `script-src`: the page then has a strict Content-Security-Policy
 * @property {boolean} [isElsewhere] whether all but the page comes from another origin
 */

const WASM = "'self' 'wasm-unsafe-eval'";
/** What files for isolated pages of other origins need. The second is for workers in WebKit, which inherit nothing. */
const FOR_OTHERS = Object.freeze({
  'Access-Control-Allow-Origin': '*',
  'Cross-Origin-Embedder-Policy': 'require-corp',
});
const COMMON = 'Vite build';

export const PACKAGES = [
  ...new Set(Object.values(BUNDLERS).flatMap(({ packages }) => packages)),
].sort();

/** @type {Map<string, string>} by the bundler's name: what it built */
const built = new Map();

/** @returns {import('./run.mjs').Row[]} */
export function bundlerRows() {
  return Object.entries(BUNDLERS).flatMap(([bundler, { packages, build }]) => {
    /** @type {[string, Visit][]} */
    const visits = ['main', 'external', 'parts'].map((entry) => [
      entry === 'main' ? '`qbwasm`' : `\`qbwasm/${entry}\``,
      { bundler, entry },
    ]);
    visits.push(['in an AudioWorklet', { bundler, entry: 'audio' }]);
    if (build !== undefined) {
      visits.push(['strict policy', { bundler, entry: 'external', policy: WASM }]);
      visits.push(['other origin', { bundler, entry: 'external', isElsewhere: true }]);
    }
    return visits.map(([cell, visited]) => ({
      group: 'bundlers',
      name: bundler,
      cell,
      version: () => (packages.length > 0 ? versionOf(packages[0]) : ''),
      run: async (/** @type {Places} */ places) => {
        const expected = visited.entry === 'audio' ? SOUND : TOGETHER;
        assert.deepEqual(await open(places, visited), expected);
      },
    }));
  });
}

/** @returns {import('./run.mjs').Row[]} */
export function browserRows() {
  const keys = /** @type {BrowserKey[]} */ (Object.keys(BROWSERS));
  return keys.flatMap((browser) => {
    /** @type {[string, Visit, (found: any) => void][]} */
    const visits = [
      ['isolated', {}, (found) => assert.deepEqual(found, TOGETHER)],
      [
        'not isolated (one agent; else `NOT_ISOLATED`)',
        { headers: {} },
        (found) => assert.deepEqual(found, REFUSED),
      ],
      ['no bundler', { bundler: 'no bundler' }, (found) => assert.deepEqual(found, TOGETHER)],
      ['strict policy', { policy: WASM }, (found) => assert.deepEqual(found, TOGETHER)],
      [
        'without `wasm-unsafe-eval` (the error that names it)',
        { policy: "'self'" },
        assertPolicyIsNamed,
      ],
      ['other origin', { isElsewhere: true }, (found) => assert.deepEqual(found, TOGETHER)],
    ];
    /** @type {(cell: string, run: (places: Places) => Promise<void>) => import('./run.mjs').Row} */
    const row = (cell, run) => ({
      group: 'browsers',
      name: BROWSERS[browser].name,
      cell,
      version: () => browserVersion(browser),
      run,
    });
    return [
      ...visits.map(([cell, visited, judge]) =>
        row(cell, async (places) => judge(await open(places, { browser, ...visited }))),
      ),
      row('in an AudioWorklet', (places) => openWorklet(places, browser)),
    ];
  });
}

/** The page of test/browser, with the modules of the packed package. @param {Places} places @param {BrowserKey} key */
async function openWorklet({ folder, project }, key) {
  const out = join(folder, 'worklet');
  cpSync(join(project, 'node_modules/qbwasm'), out, { recursive: true });
  cpSync('test/browser', join(out, 'test/browser'), { recursive: true });
  const [{ path, headers, check }] = PAGES.filter((page) => page.path.endsWith('/audio.html'));
  const site = await serve(out, headers);
  try {
    check(await visit(needBrowser(key), site, path), key);
  } finally {
    site.close();
  }
}

/** @param {BrowserKey} key @returns {import('../support/browsers.mjs').Browser} */
function needBrowser(key) {
  const browser = BROWSERS[key];
  if (browser.isThere()) return browser;
  throw new Error(`${browser.name} is not installed. On Debian: apt-get install ${browser.debian}`);
}

/** Where the engine minds the policy. @param {{ code?: string, error?: string }} found */
function assertPolicyIsNamed(found) {
  if (found.error === undefined) return assert.deepEqual(found, TOGETHER);
  assert.equal(found.code, 'UNSUPPORTED', found.error);
  assert.match(found.error, /script-src 'self' 'wasm-unsafe-eval'/);
}

/** @param {BrowserKey} key */
function browserVersion(key) {
  const { command, args } = BROWSERS[key].start('', '', true);
  const words = key === 'webkit' ? [...args.slice(0, -1), '--version'] : ['--version'];
  const text = execFileSync(command, words, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? '';
}

/**
 * Builds the application (once) and opens it.
 *
 * @param {Places} places
 * @param {Visit} visited
 * @returns {Promise<any>} what the page posted
 */
async function open(places, visited) {
  const { browser: key = 'chromium', bundler = COMMON, entry = 'main' } = visited;
  const browser = needBrowser(key);
  const { build, start, core } = BUNDLERS[bundler];
  const address = core === undefined ? '' : `&core=${core}`;
  const headers = visited.headers ?? ISOLATED;
  /** @type {(() => unknown)[]} */
  const endings = [];
  try {
    /** @type {Site} */
    let site;
    if (start !== undefined) {
      const results = await serve(places.folder, headers);
      endings.push(results.close);
      const { origin, close } = await start(places.project, headers, results.origin);
      endings.push(close);
      site = { ...results, origin };
    } else {
      const out = folderOf(places, bundler, /** @type {NonNullable<typeof build>} */ (build));
      const page = visited.isElsewhere ? await apart(places, out, endings) : out;
      site = await serve(page, { ...headers, ...policyFor(out, visited.policy) });
      endings.push(site.close);
    }
    return await visit(browser, site, `/?entry=${entry}${address}`);
  } finally {
    for (const end of endings) await end();
  }
}

/** @param {Places} places @param {string} bundler @param {import('./bundlers.mjs').Build} build */
function folderOf({ folder, project }, bundler, build) {
  let out = built.get(bundler);
  if (out === undefined) {
    out = join(folder, `out-${built.size}`);
    build(project, out);
    built.set(bundler, out);
  }
  return out;
}

/**
 * Serves what was built from another origin, and makes a folder with a page that takes it from there.
 *
 * @param {Places} places
 * @param {string} out
 * @param {(() => unknown)[]} endings
 */
async function apart({ folder }, out, endings) {
  const other = await serve(out, FOR_OTHERS);
  endings.push(other.close);
  const page = join(folder, 'apart');
  mkdirSync(page, { recursive: true });
  const html = readFileSync(join(out, 'index.html'), 'utf8');
  const base = `<base href="${other.origin}/">`;
  writeFileSync(join(page, 'index.html'), html.replace(/<(script|link)/, `${base}$&`));
  return page;
}

/**
 * Nothing but what is needed, and no address of a script that the page has not approved.
 *
 * @param {string} out
 * @param {string | undefined} sources for `script-src`
 * @returns {Record<string, string>}
 */
function policyFor(out, sources) {
  if (sources === undefined) return {};
  // An import map is a script as well, and cannot be a file.
  const inline = /<script type="?importmap"?>([\s\S]*?)<\/script>/g;
  const hashes = Array.from(
    readFileSync(join(out, 'index.html'), 'utf8').matchAll(inline),
    ([, text]) => ` 'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  );
  return {
    'Content-Security-Policy':
      `default-src 'none'; connect-src 'self'; worker-src 'self'; script-src ${sources}${hashes.join('')}; ` +
      "require-trusted-types-for 'script'; trusted-types default",
  };
}
