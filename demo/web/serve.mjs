/**
 * Serves the demo page on loopback with the headers that sharing needs: for `qbwasm demo`, `make demo` and the tests.
 *
 * Serves the package (js/ and demo/web/) and nothing else.
 *
 * @module demo/web/serve
 */
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = '/demo/web/';
/** The package has only a sample of it. That it is not there is no error: browsers would show one. */
const WHOLE = '/demo/web/data/words.qbi.gz';
/** What may be asked for. */
const SERVED = /^\/(js|demo\/web)\/[\w./-]*$/;
/** @type {Record<string, string>} */
const TYPES = {
  '': 'text/plain; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.gz': 'application/gzip',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};
/** By these a page may share memory. */
const ISOLATION = {
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Opener-Policy': 'same-origin',
};
const HEADERS = {
  'Cache-Control': 'no-cache',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src data:; " +
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'",
  'X-Content-Type-Options': 'nosniff',
};

/**
 * @param {{ port?: number, isolated?: boolean }} [options] `port` 0 is any free one; without `isolated` (true) the
 *   headers for sharing are left out, as on static hosting
 * @returns {Promise<{ url: string, close: () => void }>} `url` of the page; rejects when the port is taken
 */
export async function serveDemo({ port = 0, isolated = true } = {}) {
  const headers = isolated ? { ...HEADERS, ...ISOLATION } : HEADERS;
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answer(request.url ?? '/', response);
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}${PAGE}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** @param {string} url that was asked for @param {import('node:http').ServerResponse} response */
async function answer(url, response) {
  let path = '';
  try {
    path = posix.normalize(decodeURI(new URL(url, 'http://x').pathname));
    if (path === '/') {
      response.writeHead(302, { Location: PAGE }).end();
      return;
    }
    if (!SERVED.test(path)) throw new Error('not served');
    const file = join(ROOT, path.endsWith('/') ? `${path}index.html` : path);
    if (!(await stat(file)).isFile()) throw new Error('not a file');
    const body = await readFile(file);
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.end(body);
  } catch {
    if (path === WHOLE) response.writeHead(204).end();
    else response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found\n');
  }
}
