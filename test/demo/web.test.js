import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveDemo } from '../../demo/web/serve.mjs';

/** @type {Awaited<ReturnType<typeof serveDemo>>} */
let server;
let origin = '';

beforeAll(async () => {
  server = await serveDemo();
  ({ origin } = new URL(server.url));
});
afterAll(() => server.close());

describe('the server of the demo page', () => {
  it('leads from / to the page', async () => {
    const response = await fetch(origin);
    expect(response.url).toBe(server.url);
    expect(await response.text()).toContain('<title>qbwasm');
  });

  it('sends the headers that sharing needs with everything', async () => {
    for (const path of ['/demo/web/', '/js/index.js', '/demo/web/style.css', '/nothing']) {
      const { headers } = await fetch(origin + path);
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    }
  });

  it('allows no script but the page’s own, and no eval besides wasm', async () => {
    const policy = (await fetch(server.url)).headers.get('content-security-policy');
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).toContain("default-src 'none'");
  });

  it('leaves the headers for sharing out when asked to', async () => {
    const bare = await serveDemo({ isolated: false });
    const { headers, status } = await fetch(bare.url);
    bare.close();
    expect(status).toBe(200);
    expect(headers.has('cross-origin-opener-policy')).toBe(false);
    expect(headers.has('cross-origin-embedder-policy')).toBe(false);
  });

  it('listens on loopback alone', () => {
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
  });

  it('rejects when the port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(serveDemo({ port })).rejects.toThrow('EADDRINUSE');
  });

  it('gives each kind of file its type', async () => {
    const types = await Promise.all(
      [
        '/js/index.js',
        '/demo/web/style.css',
        '/demo/web/vendor/uPlot.esm.js',
        '/demo/web/data/sample.qbi.gz',
        '/demo/web/data/LICENSE',
      ].map(async (path) => (await fetch(origin + path)).headers.get('content-type')),
    );
    expect(types.map((type) => type?.split(';')[0])).toEqual([
      'text/javascript',
      'text/css',
      'text/javascript',
      'application/gzip',
      'text/plain',
    ]);
  });

  it.each([
    '/package.json',
    '/js/../package.json',
    '/demo/web/%2e%2e/%2e%2e/package.json',
    '/demo/web/..%2f..%2fpackage.json',
    '/demo/web/%',
    '/js/',
    '/demo/node/tree.js',
  ])('serves nothing but the page and the package: %s', async (path) => {
    expect((await fetch(origin + path)).status).toBe(404);
  });
});
