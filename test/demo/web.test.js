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

  it('shows of each panel lines that are marked in a module that it serves', async () => {
    const page = await (await fetch(server.url)).text();
    const sources = Array.from(page.matchAll(/data-source="([^"]+)"/g), ([, path]) => path);
    expect(sources).toHaveLength(5);
    for (const path of sources) {
      const module = await (await fetch(new URL(path, server.url))).text();
      const parts = module.match(/\/\* shown \*\/\n[\s\S]*?\/\* end \*\//g) ?? [];
      expect([path, parts.join('').split('\n').length > 12]).toEqual([path, true]);
    }
  });

  it('has an element for each name that the page’s modules look for', async () => {
    const page = await (await fetch(server.url)).text();
    for (const panel of ['swarm', 'kill', 'memory-map', 'arena', 'index']) {
      const module = await (await fetch(new URL(`panels/${panel}.js`, server.url))).text();
      const ids = module.matchAll(/(?:element|setText|log|timed)\('([\w-]+)'/g);
      for (const [, id] of ids) expect(page).toContain(`id="${id}"`);
    }
  });

  it('has no text that counts what is built', async () => {
    const page = await (await fetch(server.url)).text();
    expect(page.replace(/<[^>]*>/g, ' ')).not.toMatch(/\d{3}/);
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
