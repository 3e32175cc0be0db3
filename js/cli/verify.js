/**
 * qbwasm verify: whether a file is sound.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/verify
 */
import { QbError } from '../base/errors.js';
import { openHeader } from '../image/image.js';
import { verifySource } from '../image/verify.js';
import { verifySession } from '../struct/pack-verify.js';
import { badError, CliError, EXIT } from './errors.js';
import { readPacked } from './files.js';
import { sessionsOf } from './packed-values.js';
import { counted, printable, sized } from './text.js';

/** @typedef {import('../struct/pack-verify.js').VerifyReport} VerifyReport */
/** @typedef {import('./args.js').Arguments} Arguments */
/** @typedef {import('./files.js').PackedFile} PackedFile */

/** As verify() has it by default. */
const DEPTH = 64;

/** @type {import('./args.js').Command} */
export const command = {
  name: 'verify',
  usage: `qbwasm verify FILE [--depth N] [--json] [--quiet]

Checks an image or packed values as a whole: header, checksum, every pointer, count, text and layout.
What is accepted can be read without surprises. FILE - is the standard input.

      --depth N   how deep values may nest (${DEPTH})
      --json      print JSON
  -q, --quiet     print nothing when it is good
  -h, --help

Exit codes: 0 good; 1 damaged, or neither an image nor packed values; 2 wrong arguments; 3 the file cannot be
read; 4 values nest deeper than allowed, so nothing is known.`,
  options: {
    depth: { type: 'count' },
    json: { type: 'boolean' },
    quiet: { type: 'boolean', short: 'q' },
  },
  positionals: ['FILE'],
  run,
};

/** @param {Arguments} args @returns {Promise<number>} */
async function run({ counts, flags, positionals }) {
  const file = await readPacked(positionals[0]);
  // The walk takes each body once, so the file itself bounds it.
  const limits = {
    depth: counts.depth ?? DEPTH,
    nodes: Number.MAX_SAFE_INTEGER,
    bytes: Number.MAX_SAFE_INTEGER,
  };
  let reports;
  try {
    reports = file.kind === 'image' ? [verifyImage(file, limits)] : verifyValues(file, limits);
  } catch (error) {
    if (!(error instanceof QbError)) throw error;
    const exitCode = error.code === 'LIMIT' ? EXIT.LIMIT : EXIT.BAD;
    throw new CliError(exitCode, `${error.message} (${error.code})`, file.name);
  }
  const total = sum(reports);
  if (flags.json === true) {
    const { name, kind } = file;
    process.stdout.write(`${JSON.stringify({ file: name, kind, good: true, ...total })}\n`);
  } else if (flags.quiet !== true) {
    const what = file.kind === 'image' ? 'image' : counted(reports.length, 'packed value');
    process.stdout.write(
      `${printable(file.name)}: good, ${what}, ${sized(file.bytes.length)}, ${counted(total.nodes, 'body')}, ` +
        `depth ${total.depth}\n`,
    );
  }
  return EXIT.OK;
}

/** @typedef {Required<import('../struct/pack-verify.js').VerifyLimits>} Limits */

/** @param {PackedFile} file @param {Limits} limits @returns {VerifyReport} */
function verifyImage({ name, bytes }, limits) {
  const source = { buffer: bytes.buffer, base: 0, end: bytes.length };
  const { session } = openHeader(source, false);
  const rest = bytes.length - session.end;
  if (rest > 0) throw badError(name, `${counted(rest, 'byte')} follow the end of the image`);
  return verifySource(source, limits);
}

/** @param {PackedFile} file @param {Limits} limits @returns {VerifyReport[]} */
function verifyValues(file, limits) {
  return Array.from(sessionsOf(file), ({ session }) => verifySession(session, limits));
}

/** @param {readonly VerifyReport[]} reports @returns {VerifyReport} */
function sum(reports) {
  const total = { depth: 0, nodes: 0, bytes: 0 };
  for (const { depth, nodes, bytes } of reports) {
    total.depth = Math.max(total.depth, depth);
    total.nodes += nodes;
    total.bytes += bytes;
  }
  return total;
}
