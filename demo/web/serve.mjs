/**
 * Serves the demo page on loopback with the headers that sharing needs, until Ctrl-C.
 *
 *   node demo/web/serve.mjs [--port N]       0, the default: any free one
 *
 * Serves the package (js/ and demo/web/) and nothing else.
 *
 * @module demo/web/serve
 */
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = '/demo/web/';
/** What may be asked for. */
const SERVED = /^\/(js|demo\/web)\/[\w./-]*$/;
/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};
const HEADERS = {
  'Cache-Control': 'no-cache',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src data:; " +
    "connect-src 'self'; worker-src 'self'",
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
const server = createServer(async (request, response) => {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const path = posix.normalize(decodeURI(new URL(request.url ?? '/', 'http://x').pathname));
  if (path === '/') {
    response.writeHead(302, { Location: PAGE }).end();
    return;
  }
  try {
    if (!SERVED.test(path)) throw new Error('not served');
    const file = join(ROOT, path.endsWith('/') ? `${path}index.html` : path);
    if (!(await stat(file)).isFile()) throw new Error('not a file');
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    response.end(await readFile(file));
  } catch {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found\n');
  }
});
server.on('error', (error) => {
  process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = 1;
});
server.listen(Number(values.port), '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  process.stdout.write(`The demo page: http://127.0.0.1:${port}${PAGE}   (Ctrl-C ends it)\n`);
});
