/**
 * qbwasm codegen: structs of a schema as declarations of another language.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/codegen
 */
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { openHeader } from '../image/image.js';
import { cHeader } from './codegen-c.js';
import { badError, EXIT, fileError, usageError } from './errors.js';
import { kindOf, readWhole } from './files.js';
import { layoutOfClass, layoutsOfSession } from './layouts.js';
import { sessionsOf } from './packed-values.js';
import { parseSchemaSource } from './schema-source.js';
import { StructTable } from './schema-types.js';
import { printable } from './text.js';

/** @typedef {import('./args.js').Arguments} Arguments */
/** @typedef {import('./layouts.js').StructLayout} StructLayout */

const LANGUAGES = Object.freeze(['c']);

/** @type {import('./args.js').Command} */
export const command = {
  name: 'codegen',
  usage: `qbwasm codegen --lang c SCHEMA [--prefix P] [--out FILE]

Prints a C header with the structs of a schema, or of those in an image or packed value. Sizes and offsets are
asserted when it is compiled (C11 or C++11). SCHEMA - is the standard input.

      --lang c     the language
      --prefix P   what the names of the structs begin with
  -o, --out FILE   write it into a file
  -h, --help

Exit codes: 0; 1 the schema or file is no good; 2 wrong arguments; 3 a file cannot be read or written.`,
  options: {
    lang: { type: 'string' },
    prefix: { type: 'string' },
    out: { type: 'string', short: 'o' },
  },
  positionals: ['SCHEMA'],
  run,
};

/** @param {Arguments} args @returns {Promise<number>} */
async function run({ texts, positionals }) {
  const { lang, prefix = '', out } = texts;
  if (lang === undefined || !LANGUAGES.includes(lang)) {
    throw usageError(
      `codegen: ${lang === undefined ? '--lang is missing' : `there is no language ${JSON.stringify(lang)}`}; ` +
        `there are: ${LANGUAGES.join(', ')}`,
    );
  }
  if (!/^([A-Za-z]\w*)?$/.test(prefix)) {
    throw usageError(
      `codegen: --prefix takes letters, digits and _, not ${JSON.stringify(prefix)}`,
    );
  }
  const [path] = positionals;
  const layouts = await readLayouts(path);
  const name = path === '-' ? 'schema' : basename(path);
  if (layouts.length === 0) throw badError(printable(path), 'there are no structs in it');
  const text = cHeader(layouts, { source: name, prefix });
  if (out === undefined) {
    process.stdout.write(text);
    return EXIT.OK;
  }
  try {
    await writeFile(out, text);
  } catch (error) {
    throw fileError(printable(out), 'written', error);
  }
  return EXIT.OK;
}

/** @param {string} path @returns {Promise<StructLayout[]>} */
async function readLayouts(path) {
  const file = await readWhole(path);
  const { name, bytes } = file;
  const kind = kindOf(bytes);
  if (kind === null) {
    const source = parseSchemaSource(name, bytes);
    const table = new StructTable(source.find('structs'));
    return table.names().map((struct) => layoutOfClass(table.classOf(struct, source)));
  }
  const source = { buffer: bytes.buffer, base: 0, end: bytes.length };
  const sessions = kind === 'image' ? [openHeader(source, false)] : sessionsOf({ ...file, kind });
  /** @type {Map<string, StructLayout>} */
  const layouts = new Map();
  for (const { session } of sessions) {
    for (const layout of layoutsOfSession(session)) {
      const same = layouts.get(layout.name);
      if (same !== undefined && same.print !== layout.print) {
        throw badError(name, `it has two layouts of the struct ${printable(layout.name)}`);
      }
      layouts.set(layout.name, layout);
    }
  }
  return [...layouts.values()];
}
