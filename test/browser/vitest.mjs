/**
 * Vitest's browser mode on the browsers of test/support/browsers.mjs: a provider that only opens and closes them, and
 * the settings under which the test files of Node run there unchanged.
 *
 * @module
 */
import { fileURLToPath } from 'node:url';
import { defineBrowserProvider } from '@vitest/browser';
import { build } from 'esbuild';
import { BROWSERS, ISOLATED, open } from '../support/browsers.mjs';
import { ALIAS, ROOT } from './files.mjs';

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** Twice as long as in Node: 64 workers start in 45 s in Firefox on a busy machine. */
export const TEST_MS = 120_000;

/**
 * @param {keyof typeof BROWSERS} name
 * @param {(browser: import('../support/browsers.mjs').Opened) => void} onOpen
 */
function provider(name, onOpen) {
  return defineBrowserProvider({
    name: 'debian',
    providerFactory: () => {
      /** @type {import('../support/browsers.mjs').Opened[]} */
      const opened = [];
      return {
        name: 'debian',
        supportsParallelism: false,
        getCommandsContext: () => ({}),
        openPage: async (_session, url) => {
          const browser = open(BROWSERS[name], url, true);
          opened.push(browser);
          onOpen(browser);
        },
        close: async () => {
          await Promise.all(opened.splice(0).map((browser) => browser.close()));
        },
      };
    },
  });
}

/**
 * A plain alias comes too late: vitest has settled the modules of Node before.
 *
 * @returns {import('vite').Plugin}
 */
function nodeModules() {
  return {
    name: 'node-modules',
    enforce: 'pre',
    resolveId: (id) => ALIAS[id],
  };
}

/**
 * Workers of tests come as one file each: a test starts dozens, and each would ask the server for a hundred modules.
 *
 * @returns {import('vite').Plugin}
 */
function bundledWorkers() {
  /** @type {Map<string, Promise<string>>} */
  const bundles = new Map();
  return {
    name: 'bundled-workers',
    configureServer: ({ middlewares }) => {
      middlewares.use(async (request, response, next) => {
        const path = new URL(request.url ?? '/', 'http://x').pathname;
        if (!path.endsWith('.worker.js')) return next();
        const bundle = bundles.get(path) ?? bundled(path);
        bundles.set(path, bundle);
        response.setHeader('Content-Type', 'text/javascript');
        for (const [header, value] of Object.entries(ISOLATED)) response.setHeader(header, value);
        response.end(await bundle);
      });
    },
  };
}

/** @param {string} path from the root of the repository */
async function bundled(path) {
  const { outputFiles } = await build({
    entryPoints: [ROOT + path],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    alias: ALIAS,
    inject: [here('node/process.js')],
    ignoreAnnotations: true, // sideEffects: false holds for the package, not for what tests import
    write: false,
  });
  return outputFiles[0].text;
}

/**
 * Settings for startVitest.
 *
 * @param {keyof typeof BROWSERS} name
 * @param {object} run
 * @param {(string | import('vitest/node').Reporter)[]} run.reporters
 * @param {string[]} run.exclude files and folders that are left out
 * @param {(browser: import('../support/browsers.mjs').Opened) => void} run.onOpen
 */
export function settings(name, { reporters, exclude, onOpen }) {
  const project = {
    root: ROOT,
    cacheDir: 'build/vite',
    plugins: [nodeModules(), bundledWorkers()],
    server: { headers: ISOLATED },
    optimizeDeps: { include: ['buffer', 'fast-check'], entries: [] },
    test: {
      include: ['test/**/*.test.js'],
      exclude: exclude.map((path) => (path.endsWith('/') ? `${path}**` : path)),
      setupFiles: [here('setup.js')],
      provide: { browser: name },
      testTimeout: TEST_MS,
      hookTimeout: TEST_MS,
      browser: {
        enabled: true,
        headless: true,
        ui: false,
        screenshotFailures: false,
        provider: provider(name, onOpen),
        instances: [{ browser: name }],
      },
    },
  };
  // As a project: vitest gives its server for browsers the plugins of projects alone.
  return { root: ROOT, test: { reporters, projects: [project] } };
}
