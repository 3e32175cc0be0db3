/**
 * qbwasm demo: serves the demo page that comes with the package.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/demo
 */
import { once } from 'node:events';
import { serveDemo } from '../../demo/web/serve.mjs';
import { badError, EXIT, systemCode, usageError } from './errors.js';

/** @typedef {import('./args.js').Arguments} Arguments */

const PORT_MAX = 65535;

/** @type {import('./args.js').Command} */
export const command = {
  name: 'demo',
  usage: `qbwasm demo [--port N]

Serves the demo page on this machine alone, until Ctrl-C or SIGTERM.

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
  const { url, close } = await serveDemo({ port }).catch((error) => {
    throw refusal(error, port);
  });
  process.stdout.write(`The demo page: ${url}   (Ctrl-C ends it)\n`);
  // Stopping a server is how it is ended, not a failure.
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  close();
  return EXIT.OK;
}

/** @param {Error} error @param {number} port */
function refusal(error, port) {
  const cures = /** @type {Record<string, string>} */ ({
    EADDRINUSE: 'is taken; leave --port out for any free one',
    EACCES: 'is reserved; choose one from 1024 on',
  });
  const cure = cures[systemCode(error)];
  return cure === undefined ? error : badError('demo', `port ${port} ${cure}`);
}
