/**
 * qbwasm demo: serves the demo page that comes with the package.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/demo
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EXIT, usageError } from './errors.js';

/** @typedef {import('./args.js').Arguments} Arguments */

const SERVER = fileURLToPath(new URL('../../demo/web/serve.mjs', import.meta.url));
const PORT_MAX = 65535;

/** @type {import('./args.js').Command} */
export const command = {
  name: 'demo',
  usage: `qbwasm demo [--port N]

Serves the demo page on this machine alone, until Ctrl-C.

      --port N   0, the default: any free one
  -h, --help

Exit codes: 0; 1 the port is taken; 2 wrong arguments.`,
  options: { port: { type: 'count' } },
  positionals: [],
  run,
};

/** @param {Arguments} args @returns {Promise<number>} */
async function run({ counts: { port = 0 } }) {
  if (port > PORT_MAX) throw usageError(`demo: --port takes 0 to ${PORT_MAX}, not ${port}`);
  const server = spawn(process.execPath, [SERVER, '--port', String(port)], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; other signals come to this process alone.
  const forward = (/** @type {NodeJS.Signals} */ signal) => server.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const { code, signal } = await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code, signal) => resolve({ code, signal }));
  });
  return signal === null ? code : EXIT.OK;
}
