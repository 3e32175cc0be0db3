/**
 * CSV: a line of names, then one row a line; cells with quotes may have more. Parsed by csv-parse, which comes with
 * the package (docs/adr/0012).
 *
 * Layer: entries. Node alone.
 *
 * @module cli/rows-csv
 */
import { pipeline, Readable } from 'node:stream';
import { metaOf } from '../struct/link.js';
import { cellReader } from './cells.js';
import { unknownName } from './convert.js';
import { badError } from './errors.js';
import { atByte, ROW_BYTES_MAX, RowReader } from './rows.js';
import { noUtf8 } from './rows-json.js';
import { printable } from './text.js';
import { Refusal } from './texts.js';
import { CsvError, parse } from './vendor/csv-parse/index.js';

/** @typedef {import('../struct/types.js').FieldType} FieldType */
/** @typedef {import('./cells.js').CellReader} CellReader */
/** @typedef {import('./convert.js').Converters} Converters */
/** @typedef {import('./input.js').Input} Input */
/** @typedef {import('./json-text.js').JsonPath} JsonPath */

/**
 * @typedef {object} CsvOptions
 * @property {string} delimiter
 * @property {boolean} hasHeader the first row has the names of the columns
 * @property {boolean} ignoreUnknown whether there may be other columns than fields
 */

const NEW_LINE = 10;
/** Of UTF-8. */
const CHARACTER_BYTES_MAX = 4;

/** What stands for a cell of two quotes: the empty string, and not no value. */
const QUOTED_EMPTY = Symbol('""');

/** @typedef {string | typeof QUOTED_EMPTY} Cell */
/** A row, and where it begins in the file. @typedef {{ start: number, line: number, record: Cell[] }} CsvRecord */
/** @typedef {{ name: string, index: number, read: CellReader }} Column */
/** How far the parser is. @typedef {{ lines: number, bytes: number }} CsvInfo */

export class CsvReader extends RowReader {
  #row;
  #converters;
  #options;
  /** @type {string[]} */
  #header = [];
  /** Of the row that was parsed last, which is ahead of the present one. */
  #endLine = 0;
  #endByte = 0;
  /** Where the present row begins in the file. */
  #start = 0;

  /** @param {Input} input @param {FieldType} row a struct @param {Converters} converters @param {CsvOptions} options */
  constructor(input, row, converters, options) {
    super(input);
    this.#row = row;
    this.#converters = converters;
    this.#options = options;
  }

  /** @override @protected @param {ReadonlySet<string> | null} fields */
  async *read(fields) {
    const { hasHeader } = this.#options;
    const names = metaOf(this.#row.target).schema.list.map(({ name }) => name);
    this.#endLine = 0;
    this.#endByte = 0;
    /** @type {Column[] | null} */
    let columns = null;
    if (!hasHeader) columns = this.#columns(names, fields);
    for await (const { start, line, record } of this.#records()) {
      this.#start = start;
      this.line = line;
      const cells = record.map((cell) => (cell === QUOTED_EMPTY ? '' : cell));
      if (columns === null) {
        columns = this.#columns(cells, fields);
        continue;
      }
      if (record.length !== this.#header.length) {
        throw this.error(`there are ${record.length} cells, not ${this.#header.length} as columns`);
      }
      yield this.#made(columns, record, cells);
    }
    if (columns === null)
      throw badError(this.input.name, 'it is empty: the names of the columns are missing');
  }

  /** @override @protected */
  byteOf() {
    return this.#start;
  }

  /** @param {readonly Column[]} columns @param {readonly Cell[]} record @param {readonly string[]} cells */
  #made(columns, record, cells) {
    /** @type {Record<string, unknown>} */
    const made = {};
    for (const { name, index, read } of columns) {
      try {
        made[name] = read(cells[index], record[index] === QUOTED_EMPTY);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        throw this.error(printable(error.message, 400), [name, ...error.path]);
      }
    }
    return made;
  }

  /**
   * @param {readonly string[]} header
   * @param {ReadonlySet<string> | null} fields
   * @returns {Column[]}
   */
  #columns(header, fields) {
    const { list } = metaOf(this.#row.target).schema;
    const names = list.map(({ name }) => name);
    this.#header = [...header];
    const seen = new Set();
    for (const name of header) {
      const isKnown = names.includes(name);
      if (!isKnown && !this.#options.ignoreUnknown) {
        const { message, path } = unknownName(name, names);
        throw this.error(message, path);
      }
      if (isKnown && seen.has(name)) throw this.error('the column stands twice', [name]);
      seen.add(name);
    }
    const missing = list.find(({ name, kind }) => kind !== 'optional' && !seen.has(name));
    if (missing !== undefined) {
      throw this.error('there is no such column; add it, or make the field optional', [
        missing.name,
      ]);
    }
    return list
      .filter(({ name }) => seen.has(name) && (fields === null || fields.has(name)))
      .map(({ name, type }) => ({
        name,
        index: header.indexOf(name),
        read: cellReader(type, this.#converters),
      }));
  }

  /** @returns {AsyncGenerator<CsvRecord, void>} */
  async *#records() {
    let excess = 0;
    const onRecord = (/** @type {Cell[]} */ record, /** @type {CsvInfo} */ { lines, bytes }) => {
      const start = this.#endByte;
      const { ends, pairs } = lineEndsIn(record);
      excess += pairs;
      this.#endLine = lines - excess;
      this.#endByte = bytes;
      return { start, line: this.#endLine - ends, record };
    };
    const parser = parse({
      bom: true,
      delimiter: this.#options.delimiter,
      max_record_size: ROW_BYTES_MAX,
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: /** @type {never} */ (onRecord),
      // Asking for it costs; it tells "" from nothing.
      ...(this.#hasTextToLack() && {
        cast: (text, { quoting }) => (text === '' && quoting ? QUOTED_EMPTY : text),
      }),
    });
    pipeline(Readable.from(checkedUtf8(this.input)), parser, () => {}); // errors come out of the parser
    try {
      yield* /** @type {AsyncIterable<CsvRecord>} */ (/** @type {unknown} */ (parser));
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      const { code, lines } = /** @type {CsvError & { lines?: number }} */ (error);
      const isOpen = code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE';
      // Where the row begins that does not end.
      const line = isOpen ? this.#endLine + 1 : Number(lines) - excess;
      throw badError(`${this.input.name}:${line}`, atByte(csvText(error), this.#endByte));
    } finally {
      parser.destroy();
    }
  }

  #hasTextToLack() {
    return metaOf(this.#row.target).schema.list.some(
      ({ inner }) => inner !== null && ['string', 'any', 'enum'].includes(inner.kind),
    );
  }
}

/** @param {CsvError} error */
function csvText({ code, message }) {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is not closed';
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'something follows a closing quote; a quote within quotes is written twice';
    case 'INVALID_OPENING_QUOTE':
      return 'a quote stands within a cell that does not begin with one';
    case 'CSV_MAX_RECORD_SIZE':
      return `a row has more than ${ROW_BYTES_MAX} bytes; a quote may not be closed`;
    default:
      return printable(message, 400);
  }
}

/**
 * @param {readonly Cell[]} record
 * @returns {{ ends: number, pairs: number }} line ends in its cells, and how many of them are CR LF: csv-parse counts
 *   such a one twice
 */
function lineEndsIn(record) {
  let ends = 0;
  let pairs = 0;
  for (const cell of record) {
    if (cell === QUOTED_EMPTY || !(cell.includes('\n') || cell.includes('\r'))) continue;
    for (const [end] of cell.matchAll(/\r\n?|\n/g)) {
      ends++;
      if (end.length > 1) pairs++;
    }
  }
  return { ends, pairs };
}

/** @param {Input} input */
async function* checkedUtf8(input) {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  /** Of the piece before: a character may go on. @type {Buffer} */
  let rest = Buffer.alloc(0);
  let end = 0;
  let line = 1;
  /** @param {Buffer} piece @param {boolean} stream */
  const check = (piece, stream) => {
    try {
      decoder.decode(piece, { stream });
    } catch {
      const bytes = Buffer.concat([rest, piece]);
      const fault = faultIn(bytes);
      const place = `${input.name}:${line + newLines(bytes.subarray(0, fault))}`;
      throw badError(place, atByte(noUtf8(bytes), end - rest.length + fault));
    }
  };
  for await (const piece of input.pieces()) {
    check(piece, true);
    yield piece;
    rest = tailOf(Buffer.concat([rest, piece.subarray(-CHARACTER_BYTES_MAX)]));
    end += piece.length;
    line += newLines(piece);
  }
  check(Buffer.alloc(0), false);
}

/** @param {Buffer} bytes @returns {Buffer} what of the last line may be the beginning of a character */
function tailOf(bytes) {
  let start = Math.max(bytes.length - CHARACTER_BYTES_MAX, bytes.lastIndexOf(NEW_LINE) + 1);
  while ((bytes[start] & 0xc0) === 0x80) start++;
  return bytes.subarray(start);
}

/** @param {Buffer} bytes that are no UTF-8 @returns {number} offset of the first byte that cannot stand there */
function faultIn(bytes) {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}

/** @param {Buffer} bytes */
function newLines(bytes) {
  let count = 0;
  for (let at = bytes.indexOf(NEW_LINE); at >= 0; at = bytes.indexOf(NEW_LINE, at + 1)) count++;
  return count;
}
