/**
 * Arguments of a command: options that are known, and positional ones by name. A typo is an error that says what
 * was meant.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/args
 */
import { parseArgs } from 'node:util';
import { usageError } from './errors.js';

/**
 * @typedef {object} Command
 * @property {string} name
 * @property {string} usage shown by --help; its first line is the call
 * @property {Readonly<Record<string, OptionSpec>>} options besides --help
 * @property {readonly string[]} positionals names of the arguments; one that ends with ? may be left out
 * @property {(args: Arguments) => Promise<number | void>} run its result is the exit code, 0 when left out
 */

/**
 * @typedef {object} OptionSpec
 * @property {'string' | 'boolean' | 'count'} type count: an integer from 0 on
 * @property {string} [short] one letter
 */

/**
 * What was given.
 *
 * @typedef {object} Arguments
 * @property {Readonly<Record<string, string | undefined>>} texts options of the type string
 * @property {Readonly<Record<string, number | undefined>>} counts options of the type count
 * @property {Readonly<Record<string, boolean | undefined>>} flags options of the type boolean
 * @property {readonly string[]} positionals
 */

/** @type {OptionSpec} */
const HELP = Object.freeze({ type: 'boolean', short: 'h' });

/**
 * @param {Command} command
 * @param {readonly string[]} argv behind the name of the command
 * @returns {Arguments}
 * @throws {import('./errors.js').CliError}
 */
export function readArguments(command, argv) {
  const specs = new Map(Object.entries({ ...command.options, help: HELP }));
  const options = Object.fromEntries(
    [...specs].map(([name, { type, short }]) => [
      name,
      {
        type: /** @type {'string' | 'boolean'} */ (type === 'boolean' ? type : 'string'),
        ...(short !== undefined && { short }),
      },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  /** @type {Record<string, string>} */
  const texts = {};
  /** @type {Record<string, number>} */
  const counts = {};
  /** @type {Record<string, boolean>} */
  const flags = {};
  /** @type {string[]} */
  const positionals = [];
  const seen = new Set();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const spec = specs.get(name);
    if (spec === undefined) throw unknownOption(command, rawName, [...specs.keys()]);
    if (seen.has(name)) throw usage(command, `${rawName} is given twice`);
    seen.add(name);
    if (spec.type === 'boolean') {
      if (value !== undefined) throw usage(command, `${rawName} takes no value`);
      flags[name] = true;
      continue;
    }
    const isMissing = value === undefined || (!inlineValue && value.startsWith('--'));
    if (isMissing) {
      throw usage(command, `${rawName} needs a value; one that begins with -- as --${name}=...`);
    }
    if (spec.type === 'count') counts[name] = countOf(command, rawName, value);
    else texts[name] = value;
  }
  if (flags.help !== true) checkPositionals(command, positionals);
  return { texts, counts, flags, positionals };
}

/** @param {Command} command @param {string} rawName @param {string} value */
function countOf(command, rawName, value) {
  const count = /^\d{1,15}$/.test(value) ? Number(value) : -1;
  if (count >= 0) return count;
  throw usage(command, `${rawName} takes a whole number, not ${JSON.stringify(value)}`);
}

/** @param {Command} command @param {readonly string[]} given */
function checkPositionals(command, given) {
  const { positionals } = command;
  const needed = positionals.filter((name) => !name.endsWith('?'));
  if (given.length < needed.length) {
    throw usage(command, `${needed[given.length]} is missing`);
  }
  if (given.length > positionals.length) {
    throw usage(command, `unexpected argument ${JSON.stringify(given[positionals.length])}`);
  }
}

/** @param {Command} command @param {string} rawName @param {readonly string[]} names */
function unknownOption(command, rawName, names) {
  const near = nearest(rawName.replace(/^-+/, ''), names);
  const hint = near === null ? '' : `; did you mean --${near}?`;
  return usage(command, `unknown option ${rawName}${hint}`);
}

/** @param {Command} command @param {string} message */
function usage({ name }, message) {
  return usageError(
    `${name}: ${message}${message.endsWith('?') ? '' : '.'} See: qbwasm ${name} --help`,
  );
}

/**
 * The name that a typo was meant to be.
 *
 * @param {string} given
 * @param {readonly string[]} names
 * @returns {string | null} null when none is near
 */
export function nearest(given, names) {
  let best = null;
  let least = Math.min(Math.max(1, Math.floor(given.length / 3)) + 1, given.length);
  for (const name of names) {
    const isStart = given.length >= 2 && name.startsWith(given);
    const distance = isStart ? 1 : distanceOf(given.toLowerCase(), name.toLowerCase());
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

/**
 * Letters to insert, remove, change or exchange with their neighbour to make b of a.
 *
 * @param {string} a
 * @param {string} b
 * @returns {number}
 */
function distanceOf(a, b) {
  /** @type {number[]} */
  let before = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(change, row[j] + 1, next[j - 1] + 1);
      const isExchange = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isExchange) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    before = row;
    row = next;
  }
  return row[b.length];
}
