import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** @type {import('node:child_process').ChildProcess} */
let server;
let origin = '';

beforeAll(async () => {
  server = spawn(process.execPath, ['demo/web/serve.mjs'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise((resolve) => server.stdout?.once('data', resolve));
  origin = new URL(/http:\S+/.exec(String(line))?.[0] ?? '').origin;
});
afterAll(() => {
  server.kill();
});

describe('the server of the demo page', () => {
  it('leads from / to the page', async () => {
    const response = await fetch(origin);
    expect(new URL(response.url).pathname).toBe('/demo/web/');
    expect(await response.text()).toContain('<title>qbwasm');
  });

  it('sends the headers that sharing needs with everything', async () => {
    for (const path of ['/demo/web/', '/js/index.js', '/demo/web/style.css', '/nothing']) {
      const { headers } = await fetch(origin + path);
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
      expect(headers.get('content-security-policy')).not.toContain("unsafe-eval' ");
    }
  });

  it('gives each kind of file its type', async () => {
    const types = await Promise.all(
      ['/js/index.js', '/demo/web/style.css', '/demo/web/vendor/uPlot.esm.js'].map(async (path) =>
        (await fetch(origin + path)).headers.get('content-type'),
      ),
    );
    expect(types.map((type) => type?.split(';')[0])).toEqual([
      'text/javascript',
      'text/css',
      'text/javascript',
    ]);
  });

  it.each([
    '/package.json',
    '/js/../package.json',
    '/demo/web/%2e%2e/%2e%2e/package.json',
    '/demo/web/..%2f..%2fpackage.json',
    '/js/',
    '/demo/node/tree.js',
  ])('serves nothing but the page and the package: %s', async (path) => {
    expect((await fetch(origin + path)).status).toBe(404);
  });
});
