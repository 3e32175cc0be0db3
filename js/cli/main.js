#!/usr/bin/env node
/**
 * The command line of qbwasm: `npx qbwasm COMMAND ...`. docs/cli.md describes it.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/main
 */
import { EXIT } from './errors.js';
import { run } from './run.js';

process.stdout.on('error', ignoreClosedPipe);
process.stderr.on('error', ignoreClosedPipe);
process.exitCode = await run(process.argv.slice(2));

/** `qbwasm inspect FILE | head`: whoever reads has seen enough. @param {Error & { code?: string }} error */
function ignoreClosedPipe(error) {
  if (error.code === 'EPIPE') process.exit(EXIT.OK);
  throw error;
}
