/**
 * Pages in real browsers: a server on loopback, and the browsers that Debian has.
 *
 * A page tells its result by `fetch('/result', { method: 'POST', body })`, so nothing here drives a browser.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';

/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Headers by which a page may share memory. */
export const ISOLATED = Object.freeze({
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
});

const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--js-flags=--expose-gc --allow-natives-syntax', // gc(), %GetHeapUsage()
];

/**
 * @typedef {object} Browser
 * @property {string} name
 * @property {string} debian the packages that it comes with
 * @property {() => boolean} isThere
 * @property {(profile: string, url: string, sharesMemory: boolean) => { command: string, args: string[], env?: Record<string, string> }} start
 */

/** @param {string} command */
const isOnPath = (command) => spawnSync('which', [command]).status === 0;
/** The newest of WebKitGTK's small browsers, or ''. */
function miniBrowser() {
  const lib = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  const names = existsSync(lib) ? readdirSync(lib) : [];
  const found = names.filter((name) => name.startsWith('webkit2gtk-4')).sort();
  return found.length > 0 ? join(lib, found[found.length - 1], 'MiniBrowser') : '';
}

/** @type {Readonly<Record<'chromium' | 'firefox' | 'webkit', Browser>>} */
export const BROWSERS = Object.freeze({
  chromium: {
    name: 'Chromium',
    debian: 'chromium',
    isThere: () => isOnPath(process.env.CHROMIUM ?? 'chromium'),
    start: (profile, url) => ({
      command: process.env.CHROMIUM ?? 'chromium',
      args: [...CHROMIUM_FLAGS, `--user-data-dir=${profile}`, url],
    }),
  },
  firefox: {
    name: 'Firefox',
    debian: 'firefox-esr',
    isThere: () => isOnPath('firefox-esr'),
    start: (profile, url) => ({
      command: 'firefox-esr',
      args: ['--headless', '--no-remote', '--profile', profile, url],
    }),
  },
  webkit: {
    name: 'WebKitGTK',
    debian: 'webkit2gtk-driver xvfb xauth',
    isThere: () => existsSync(miniBrowser()) && isOnPath('xvfb-run'),
    start: (profile, url, sharesMemory) => ({
      command: 'xvfb-run',
      args: ['-a', miniBrowser(), url],
      env: {
        HOME: profile,
        // Without it there is no SharedArrayBuffer at all; with it, also on pages that are not isolated.
        ...(sharesMemory ? { JSC_useSharedArrayBuffer: '1' } : {}),
        JSC_useDollarVM: '1', // $vm.gc()
        WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      },
    }),
  },
});

/**
 * @param {string[]} words of a command line; those that name no browser are left alone
 * @returns {{ id: keyof typeof BROWSERS, browser: Browser }[]} those that are named, or all that are installed
 */
export function chosenBrowsers(words) {
  const all = /** @type {(keyof typeof BROWSERS)[]} */ (Object.keys(BROWSERS));
  const named = all.filter((id) => words.includes(id));
  const chosen = named.length > 0 ? named : all.filter((id) => BROWSERS[id].isThere());
  if (chosen.length > 0) return chosen.map((id) => ({ id, browser: BROWSERS[id] }));
  const packages = Object.values(BROWSERS).map(({ debian }) => debian);
  throw new Error(`no browser is installed. On Debian: apt-get install ${packages.join(' or ')}`);
}

/**
 * @typedef {object} Site
 * @property {string} origin
 * @property {boolean} isIsolated
 * @property {() => Promise<any>} result what the next page posts
 * @property {() => void} close
 */

/**
 * Serves a folder on loopback.
 *
 * @param {string} root
 * @param {Record<string, string>} headers of every answer
 * @returns {Promise<Site>}
 */
export async function serve(root, headers) {
  /** @type {((result: unknown) => void)[]} */
  const waiting = [];
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (request.method === 'POST') {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        waiting.shift()?.(JSON.parse(text));
        response.end();
      });
      return;
    }
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
    try {
      const body = readFileSync(join(root, path.endsWith('/') ? `${path}index.html` : path));
      response.setHeader('Content-Type', TYPES[extname(path) || '.html'] ?? 'text/plain');
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    origin: `http://127.0.0.1:${port}`,
    isIsolated: 'Cross-Origin-Opener-Policy' in headers,
    result: () => new Promise((resolve) => waiting.push(resolve)),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * A browser that shows a page.
 *
 * @typedef {object} Opened
 * @property {import('node:child_process').ChildProcess} child
 * @property {() => Promise<void>} close ends it with all its processes
 */

/**
 * Opens a page in a browser of its own, with an empty profile.
 *
 * @param {Browser} browser
 * @param {string} url
 * @param {boolean} sharesMemory false: WebKit has no SharedArrayBuffer
 * @returns {Opened}
 */
export function open(browser, url, sharesMemory) {
  const profile = mkdtempSync(join(tmpdir(), 'qbwasm-browser-'));
  const { command, args, env } = browser.start(profile, url, sharesMemory);
  const child = spawn(command, args, {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, ...env },
  });
  return {
    child,
    close: async () => {
      await stop(child);
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * Opens a page and returns what it posted.
 *
 * @param {Browser} browser
 * @param {Site} site
 * @param {string} path
 * @param {object} [options]
 * @param {number} [options.limitMilliseconds]
 * @param {boolean} [options.sharesMemory] by default when the page is isolated
 * @returns {Promise<any>}
 */
export async function visit(browser, site, path, options = {}) {
  const { limitMilliseconds = 60_000, sharesMemory = site.isIsolated } = options;
  const answer = site.result();
  const { child, close } = open(browser, site.origin + path, sharesMemory);
  let timer;
  try {
    return await Promise.race([
      answer,
      new Promise((_, reject) => {
        child.once('error', reject);
        timer = setTimeout(
          () => reject(new Error(`the page did not answer in ${limitMilliseconds} ms`)),
          limitMilliseconds,
        );
      }),
    ]);
  } finally {
    clearTimeout(timer);
    await close();
  }
}

/**
 * Ends the browser with all its processes: they are a group of their own.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
async function stop(child) {
  // It may be gone already: WebKit ends by the signal, so that it has no exit code.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    child.kill();
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(timer);
}
