/**
 * Runs test/browser/attach.html in headless Chromium, from a cross-origin isolated server on loopback.
 *
 *   node test/browser/run.mjs            CHROMIUM=/path/to/chromium for another one
 *
 * Not part of `make test`: it needs a browser (Debian: apt-get install chromium).
 *
 * @module
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** @type {Record<string, string>} */
const TYPES = { '.js': 'text/javascript', '.html': 'text/html' };
const LIMIT_MS = 60_000;
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const EXPECTED = {
  x: 42,
  name: 'électron',
  threads: 2,
  held: true,
  threadsAfter: 1,
  blocksLost: 0,
  faults: 0,
};

const profile = mkdtempSync(join(tmpdir(), 'qbwasm-chromium-'));
/** @type {import('node:child_process').ChildProcess | undefined} */
let browser;

const result = await new Promise((resolve, reject) => {
  const server = createServer((request, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    if (request.method === 'POST') {
      request.setEncoding('utf8').on('data', (text) => resolve(JSON.parse(text)));
      response.end();
      return;
    }
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    try {
      const body = readFileSync(join(ROOT, path));
      response.setHeader('Content-Type', TYPES[extname(path)] ?? 'text/plain');
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  setTimeout(() => reject(new Error('the page did not answer')), LIMIT_MS).unref();
  server.unref().listen(0, '127.0.0.1', () => {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const page = `http://127.0.0.1:${port}/test/browser/attach.html`;
    const command = process.env.CHROMIUM ?? 'chromium';
    browser = spawn(command, [...FLAGS, `--user-data-dir=${profile}`, page], { stdio: 'ignore' });
    browser.on('error', reject);
  });
}).finally(async () => {
  const gone = new Promise((resolve) => browser?.once('exit', resolve) ?? resolve(0));
  browser?.kill();
  if (browser?.pid !== undefined) await gone;
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
});

console.log(result);
assert.deepEqual(result, EXPECTED);
console.log('1 passed, 0 failed');
process.exit(0);
