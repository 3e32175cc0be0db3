/**
 * qbwasm build: an image from rows.
 *
 * Each container is one pass over the input, so memory does not grow with it.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/build
 */
import { link, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { QbError } from '../base/errors.js';
import { buildImage } from '../image/build.js';
import { temporaryPath } from '../image/file.js';
import { Converters } from './convert.js';
import { entriesOf } from './entries.js';
import { badError, CliError, EXIT, fileError, systemCode, usageError } from './errors.js';
import { Input } from './input.js';
import { ProgressBar } from './progress.js';
import { JsonReader } from './rows-json.js';
import { buildSchema } from './schema.js';
import { readSchemaSource } from './schema-source.js';
import { aligned, counted, printable, sized } from './text.js';

/** @typedef {import('../image/build.js').BuildResult} BuildResult */
/** @typedef {import('./args.js').Arguments} Arguments */
/** @typedef {import('./rows.js').RowReader} RowReader */
/** @typedef {import('./schema.js').BuildSchema} BuildSchema */

const FORMATS = /** @type {const} */ (['ndjson', 'csv', 'tsv']);
/** @typedef {typeof FORMATS[number]} Format */

/** @type {Readonly<Record<string, Format>>} */
const FORMAT_OF_EXTENSION = Object.freeze({
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.csv': 'csv',
  '.tsv': 'tsv',
});
/** Signals that end a build, and their numbers. */
const SIGNALS = Object.freeze({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 });

/** @type {import('./args.js').Command} */
export const command = {
  name: 'build',
  usage: `qbwasm build --schema S.json IN OUT [--format F] [--no-clobber] [--quiet | --json]

Builds the image OUT from the rows of IN: NDJSON (.ndjson, .jsonl), CSV (.csv) or TSV (.tsv). IN - is the
standard input. OUT takes its name when it is complete; what had the name before is replaced.

  -s, --schema FILE    what the rows are, and the containers to make of them: docs/cli.md
  -f, --format F       ndjson, csv or tsv, whatever the name of IN says
      --delimiter C    between the cells of CSV, a comma by default
      --no-header      the first row of CSV has no names: the columns are the fields in their order
      --no-clobber     leave OUT alone when it exists
      --spill FOLDER   of temporary files; that of OUT by default
  -q, --quiet          print no summary and no progress
      --json           print the summary as JSON
  -h, --help

Exit codes: 0; 1 the schema or a row is no good; 2 wrong arguments; 3 a file cannot be read or written;
129, 130, 143 ended by SIGHUP, Ctrl-C, SIGTERM. Unless it is 0, OUT is as it was.`,
  options: {
    schema: { type: 'string', short: 's' },
    format: { type: 'string', short: 'f' },
    delimiter: { type: 'string' },
    'no-header': { type: 'boolean' },
    'no-clobber': { type: 'boolean' },
    spill: { type: 'string' },
    quiet: { type: 'boolean', short: 'q' },
    json: { type: 'boolean' },
  },
  positionals: ['IN', 'OUT'],
  run,
};

/** @param {Arguments} args @returns {Promise<number>} */
async function run(args) {
  const { texts, positionals } = args;
  const [path, out] = positionals;
  const format = formatOf(texts.format, path);
  checkCsvOptions(args, format);
  if (texts.schema === undefined) throw usageError('build: --schema is missing');
  if (out === '-') throw usageError('build: OUT is a file; an image cannot be written to a pipe');
  const schema = buildSchema(await readSchemaSource(texts.schema));
  if (format !== 'ndjson' && schema.row.kind !== 'struct') {
    throw usageError(
      `build: the rows of ${format} are structs, and "row" of the schema is ${schema.row}`,
    );
  }
  await checkFiles(path, out, args.flags['no-clobber'] === true);
  const ending = listenToSignals();
  try {
    return await build(args, schema, format, ending.signal);
  } finally {
    ending.stop();
  }
}

/** @param {Arguments} args @param {BuildSchema} schema @param {Format} format @param {AbortSignal} signal */
async function build({ texts, flags, positionals }, schema, format, signal) {
  const [path, out] = positionals;
  const start = performance.now();
  const folder = texts.spill ?? dirname(out);
  const passes = schema.containers.length;
  const input = await Input.open(path, { passes, folder, signal });
  const bar = new ProgressBar(process.stderr);
  try {
    const reader = await readerOf(input, schema, format, { texts, flags });
    const dest = flags['no-clobber'] === true ? temporaryPath(dirname(out), basename(out)) : out;
    const isShown = flags.quiet !== true;
    const result = await buildImage(dest, rootOf(schema, reader), {
      signal,
      ...(texts.spill !== undefined && { spill: texts.spill }),
      ...(isShown && {
        progress: (one) => bar.show(input.bytesRead / (input.bytes * passes), one),
      }),
    }).catch((error) => {
      throw placed(error, reader, out);
    });
    if (dest !== out) await nameOnce(dest, out);
    bar.clear();
    const seconds = (performance.now() - start) / 1000;
    if (flags.json === true) process.stdout.write(`${summaryJson(out, result, reader)}\n`);
    else if (isShown) process.stdout.write(`${summary(out, result, reader, seconds)}\n`);
    return EXIT.OK;
  } finally {
    bar.clear();
    await input.close();
  }
}

/* ---- arguments ---- */

/** @param {string | undefined} given @param {string} path @returns {Format} */
function formatOf(given, path) {
  if (given !== undefined) {
    const format = FORMATS.find((one) => one === given);
    if (format !== undefined) return format;
    throw usageError(
      `build: --format is one of ${FORMATS.join(', ')}, not ${JSON.stringify(given)}`,
    );
  }
  const format = FORMAT_OF_EXTENSION[extname(path).toLowerCase()];
  if (format !== undefined) return format;
  throw usageError(
    `build: the name of ${path === '-' ? 'the standard input' : path} does not tell its format; say --format ` +
      FORMATS.join(' | '),
  );
}

/** @param {Arguments} args @param {Format} format */
function checkCsvOptions({ texts, flags }, format) {
  const { delimiter } = texts;
  const isCsv = delimiter !== undefined || flags['no-header'] === true;
  if (isCsv && format === 'ndjson') {
    throw usageError('build: --delimiter and --no-header are for csv and tsv');
  }
  if (delimiter !== undefined && !/^[^"\r\n]$/u.test(delimiter)) {
    throw usageError('build: --delimiter is one character, but no quote');
  }
  if (flags.quiet === true && flags.json === true) {
    throw usageError('build: --quiet prints nothing and --json prints JSON; give one of them');
  }
}

/** @param {string} path @param {string} out @param {boolean} isNew whether OUT must not exist */
async function checkFiles(path, out, isNew) {
  const there = await stat(out).catch(() => null);
  if (there !== null && isNew) {
    throw new CliError(EXIT.FILE, 'it exists already, and --no-clobber is given', printable(out));
  }
  const source = path === '-' ? null : await stat(path).catch(() => null);
  const isSame = there !== null && there.ino === source?.ino && there.dev === source.dev;
  if (isSame) throw usageError('build: IN and OUT are the same file');
}

/* ---- parts of a build ---- */

/**
 * @param {Input} input
 * @param {BuildSchema} schema
 * @param {Format} format
 * @param {Pick<Arguments, 'texts' | 'flags'>} args
 * @returns {Promise<RowReader>}
 */
async function readerOf(input, { row, ignoreUnknown }, format, { texts, flags }) {
  const converters = new Converters(ignoreUnknown);
  if (format === 'ndjson') return new JsonReader(input, row, converters);
  const { CsvReader } = await import('./rows-csv.js');
  return new CsvReader(input, row, converters, {
    delimiter: texts.delimiter ?? (format === 'tsv' ? '\t' : ','),
    hasHeader: flags['no-header'] !== true,
    ignoreUnknown,
  });
}

/** @param {BuildSchema} schema @param {RowReader} reader @returns {unknown} the root of the image */
function rootOf({ containers, values }, reader) {
  let rows = -1;
  const sources = containers.map((plan, i) => {
    const { name, type, options } = plan;
    const entries = async function* () {
      yield* entriesOf(reader, plan, i === 0);
      if (rows >= 0 && rows !== reader.count)
        throw reader.error('the file changed while it was read');
      rows = reader.count;
    };
    return /** @type {const} */ ([name, type.from(/** @type {never} */ (entries()), options)]);
  });
  const isRoot = containers.length === 1 && containers[0].name === '';
  return isRoot ? sources[0][1] : { ...values, ...Object.fromEntries(sources) };
}

/**
 * An error of the builder, with the row that it is about.
 *
 * @param {unknown} error
 * @param {RowReader} reader
 * @param {string} out
 * @returns {unknown}
 */
function placed(error, reader, out) {
  if (!(error instanceof QbError) || error instanceof CliError) return error;
  if (error.code === 'FILE' || error.code === 'NOT_FOUND') {
    const { cause } = error;
    if (systemCode(cause) !== '') return fileError(printable(out), 'written', cause);
    return new CliError(EXIT.FILE, error.message);
  }
  const text = `${error.message} (${error.code})`;
  return reader.line > 0 ? reader.error(text) : badError(printable(out), text);
}

/** @param {string} temporary @param {string} out gets its bytes, unless it exists */
async function nameOnce(temporary, out) {
  try {
    await link(temporary, out);
  } catch (error) {
    throw fileError(printable(out), 'written', error);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Ends the build at the first signal; further ones change nothing: it ends soon. */
function listenToSignals() {
  const controller = new AbortController();
  const listeners = Object.entries(SIGNALS).map(([name, number]) => {
    const text = `ended by ${name}; nothing was written`;
    const listener = () => controller.abort(new CliError(EXIT.SIGNAL + number, text));
    process.on(name, listener);
    return /** @type {const} */ ([name, listener]);
  });
  return {
    signal: controller.signal,
    stop() {
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}

/* ---- summary ---- */

/** @param {string} out @param {BuildResult} result @param {RowReader} reader @param {number} seconds */
function summary(out, { bytes, containers }, { count }, seconds) {
  const rows = Object.entries(containers).map(([name, { entries, keys, values }]) => [
    printable(name),
    counted(entries, 'entry'),
    entries === keys ? '' : counted(keys, 'key'),
    values === entries || values === 0 ? '' : counted(values, 'value'),
  ]);
  const first = `${printable(out)}: ${sized(bytes)} from ${counted(count, 'row')} in ${seconds.toFixed(1)} s`;
  return [first, ...aligned(rows, [1, 2, 3])].join('\n');
}

/** @param {string} out @param {BuildResult} result @param {RowReader} reader */
function summaryJson(out, { bytes, containers }, { count }) {
  return JSON.stringify({ file: out, bytes, rows: count, containers });
}
