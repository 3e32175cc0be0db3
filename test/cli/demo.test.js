import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ended, MAIN, qbwasm } from '../support/cli.js';

/** @type {import('node:child_process').ChildProcess | undefined} */
let child;
afterEach(() => child?.kill('SIGKILL'));

/** @param {...string} args */
async function startDemo(...args) {
  const started = spawn(process.execPath, [MAIN, 'demo', ...args], { stdio: 'pipe' });
  child = started;
  const end = ended(started);
  const [line] = await once(started.stdout, 'data');
  return {
    url: /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(String(line))?.[0] ?? '',
    process: started,
    end,
  };
}

/** A port that was free a moment ago, and a server that takes it. */
async function takePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { port, release: () => new Promise((resolve) => server.close(resolve)) };
}

describe('qbwasm demo', () => {
  it('prints the address of a page that may share memory', async () => {
    const { url } = await startDemo();
    const response = await fetch(url);
    expect(await response.text()).toContain('<title>qbwasm');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  });

  it.each(['SIGINT', 'SIGTERM'])('ends at %s with the code 0', async (signal) => {
    const demo = await startDemo();
    await fetch(demo.url); // a connection that is kept alive does not hold it up
    demo.process.kill(/** @type {NodeJS.Signals} */ (signal));
    const { code, stderr } = await demo.end;
    expect([code, stderr]).toEqual([0, '']);
    await expect(fetch(demo.url)).rejects.toThrow();
  });

  it('takes the port that it is given', async () => {
    const { port, release } = await takePort();
    await release();
    const { url } = await startDemo('--port', String(port));
    expect(new URL(url).port).toBe(String(port));
  });

  it('says what to do about a port that is taken', async () => {
    const { port, release } = await takePort();
    const { code, stdout, stderr } = await qbwasm(['demo', '--port', String(port)]);
    await release();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(`qbwasm: demo: port ${port} is taken; leave --port out for any free one\n`);
  });
});
