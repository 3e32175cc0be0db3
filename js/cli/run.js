/**
 * From a command line to its command, and from an error to an exit code.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/run
 */
import { readFileSync } from 'node:fs';
import { nearest, readArguments } from './args.js';
import { EXIT, endOf, usageError } from './errors.js';
import { printable } from './text.js';

/** @typedef {import('./args.js').Command} Command */

/** Loaded when they are called. @type {ReadonlyMap<string, () => Promise<{ command: Command }>>} */
const COMMANDS = new Map(
  Object.entries({
    inspect: () => import('./inspect.js'),
    verify: () => import('./verify.js'),
    build: () => import('./build.js'),
    codegen: () => import('./codegen.js'),
    demo: () => import('./demo.js'),
  }),
);

const HELP = `qbwasm COMMAND [arguments]

  inspect FILE                               what is in an image or packed value
  verify FILE                                whether it is sound
  build --schema S.json IN.ndjson OUT        an image from NDJSON or CSV
  codegen --lang c SCHEMA                    a C header with the structs of a schema or image
  demo                                       serves the demo page

qbwasm COMMAND --help tells more of one; qbwasm --version the version.
`;
/** Characters of an error that are shown. */
const ERROR_CHARACTERS_MAX = 4000;

/**
 * Runs a command line. What it has to say goes to the standard output, what is wrong to the standard error.
 *
 * @param {string[]} argv without the program
 * @returns {Promise<number>} exit code
 */
export async function run(argv) {
  try {
    return await dispatch(argv);
  } catch (error) {
    const { exitCode, text } = endOf(error);
    const lines = text.split('\n').map((line) => printable(line, ERROR_CHARACTERS_MAX));
    process.stderr.write(`qbwasm: ${lines.join('\n')}\n`);
    return exitCode;
  }
}

/** @param {string[]} argv @returns {Promise<number>} */
async function dispatch(argv) {
  const [name, ...rest] = argv;
  if (name === undefined) {
    process.stderr.write(HELP);
    return EXIT.USAGE;
  }
  if (['--help', '-h', 'help'].includes(name)) return help(rest[0]);
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${version()}\n`);
    return EXIT.OK;
  }
  const command = await commandOf(name);
  const args = readArguments(command, rest);
  if (args.flags.help === true) return help(name);
  return (await command.run(args)) ?? EXIT.OK;
}

/** @param {string | undefined} name of a command @returns {Promise<number>} */
async function help(name) {
  const text = name === undefined ? HELP : `${(await commandOf(name)).usage}\n`;
  process.stdout.write(text);
  return EXIT.OK;
}

/** @param {string} name @returns {Promise<Command>} */
async function commandOf(name) {
  const load = COMMANDS.get(name);
  if (load !== undefined) return (await load()).command;
  const isOption = name.startsWith('-');
  const names = isOption ? ['--help', '--version'] : [...COMMANDS.keys()];
  const near = nearest(name, names);
  const hint = near === null ? 'see: qbwasm --help' : `did you mean ${near}?`;
  throw usageError(`there is no ${isOption ? 'option' : 'command'} ${printable(name)}; ${hint}`);
}

/** @returns {string} */
function version() {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return JSON.parse(manifest).version;
}
