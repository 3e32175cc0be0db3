/**
 * NDJSON: one JSON value a line.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/rows-json
 */
import { metaOf } from '../struct/link.js';
import { within } from './convert.js';
import { badError } from './errors.js';
import { findFault, locate } from './json-text.js';
import { atByte, ROW_BYTES_MAX, RowReader } from './rows.js';
import { refusal } from './texts.js';

/** @typedef {import('../struct/types.js').FieldType} FieldType */
/** @typedef {import('./convert.js').Converter} Converter */
/** @typedef {import('./convert.js').Converters} Converters */
/** @typedef {import('./input.js').Input} Input */
/** @typedef {import('./json-text.js').JsonPath} JsonPath */

const NEW_LINE = 10;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

export class JsonReader extends RowReader {
  #row;
  #converters;
  /** Of the present row. */
  #text = '';
  /** The lines that it came with. @type {Lines} */
  #lines = { texts: [], offset: 0 };
  #index = 0;

  /** @param {Input} input @param {FieldType} row @param {Converters} converters */
  constructor(input, row, converters) {
    super(input);
    this.#row = row;
    this.#converters = converters;
  }

  /** @override @protected @param {ReadonlySet<string> | null} fields */
  async *read(fields) {
    const convert = fields === null ? this.#converters.of(this.#row) : this.#partly(fields);
    let line = 0;
    for await (const lines of linesOf(this.input)) {
      this.#lines = lines;
      const { texts } = lines;
      for (let i = 0; i < texts.length; i++) {
        line++;
        const text = texts[i];
        if (isBlank(text)) continue;
        this.line = line;
        this.#index = i;
        this.#text = text;
        yield this.converted(() => convert(this.#parsed()));
      }
    }
  }

  /** @override @protected @param {JsonPath} path */
  placeOf(path) {
    return `${this.input.name}:${this.line}:${locate(this.#text, path) + 1}`;
  }

  /** @override @protected @param {JsonPath} path */
  byteOf(path) {
    return this.#byteAt(locate(this.#text, path));
  }

  /** @param {number} column in the present row, from 0 on @returns {number} offset in the file */
  #byteAt(column) {
    const { texts, offset } = this.#lines;
    const before = texts.slice(0, this.#index).reduce((sum, text) => sum + bytesOf(text) + 1, 0);
    return offset + before + bytesOf(this.#text.slice(0, column));
  }

  #parsed() {
    try {
      return JSON.parse(this.#text);
    } catch {
      const fault = findFault(this.#text) ?? { at: 0, what: 'it cannot be parsed' };
      const place = `${this.input.name}:${this.line}:${fault.at + 1}`;
      const message = `the line is no JSON: ${fault.what}`;
      throw badError(place, atByte(message, this.#byteAt(fault.at)));
    }
  }

  /** @param {ReadonlySet<string>} fields @returns {Converter} */
  #partly(fields) {
    const list = metaOf(this.#row.target).schema.list.filter(({ name }) => fields.has(name));
    const converters = list.map(
      ({ name, type }) => /** @type {const} */ ([name, this.#converters.of(type)]),
    );
    return (value) => {
      if (typeof value !== 'object' || value === null) throw refusal(value, 'an object');
      /** @type {Record<string, unknown>} */
      const made = {};
      const source = /** @type {Record<string, unknown>} */ (value);
      for (const [name, convert] of converters) {
        made[name] = within(name, convert, Object.hasOwn(source, name) ? source[name] : undefined);
      }
      return made;
    };
  }
}

/** @param {string} text */
function bytesOf(text) {
  return Buffer.byteLength(text);
}

/** @param {string} text */
function isBlank(text) {
  return text === '' || /^[ \t\r]*$/.test(text);
}

/**
 * Lines that came together.
 *
 * @typedef {object} Lines
 * @property {string[]} texts
 * @property {number} offset of the first one in the file
 */

/**
 * @param {Input} input
 * @returns {AsyncGenerator<Lines, void>} many at a time
 */
async function* linesOf(input) {
  /** Bytes behind the last line that was complete. @type {Buffer[]} */
  let rest = [];
  let restBytes = 0;
  let line = 1;
  let offset = 0;
  for await (const piece of input.pieces()) {
    const end = piece.lastIndexOf(NEW_LINE) + 1;
    if (end === 0) {
      rest.push(piece);
      restBytes += piece.length;
      if (restBytes > ROW_BYTES_MAX) {
        const message = `the line has more than ${ROW_BYTES_MAX} bytes`;
        throw badError(`${input.name}:${line}`, atByte(message, offset));
      }
      continue;
    }
    const whole =
      rest.length === 0 ? piece.subarray(0, end) : Buffer.concat([...rest, piece.subarray(0, end)]);
    const lines = decoded(whole.subarray(0, whole.length - 1), input.name, line, offset);
    yield lines;
    line += lines.texts.length;
    offset += whole.length;
    rest = [piece.subarray(end)];
    restBytes = rest[0].length;
  }
  if (restBytes > 0) yield decoded(Buffer.concat(rest), input.name, line, offset);
}

/**
 * @param {Buffer} bytes of whole lines
 * @param {string} name
 * @param {number} line number of the first
 * @param {number} offset of it in the file
 * @returns {Lines}
 */
function decoded(bytes, name, line, offset) {
  // A mark of the byte order, if there is one, is at the start of the file.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: line > 1 });
  try {
    const text = decoder.decode(bytes);
    const hasMark = line === 1 && bytes.indexOf(BYTE_ORDER_MARK) === 0;
    return { texts: text.split('\n'), offset: offset + (hasMark ? BYTE_ORDER_MARK.length : 0) };
  } catch {
    let start = 0;
    for (let at = line; ; at++) {
      const end = bytes.indexOf(NEW_LINE, start);
      const one = bytes.subarray(start, end < 0 ? bytes.length : end);
      if (!isUtf8(one)) throw badError(`${name}:${at}`, atByte(noUtf8(one), offset + start));
      start = end + 1;
    }
  }
}

/** @param {Buffer} bytes */
function isUtf8(bytes) {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** @param {Uint8Array} bytes of a text that is no UTF-8 */
export function noUtf8(bytes) {
  const isUtf16 =
    (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return `it is no UTF-8${isUtf16 ? ' but UTF-16; convert it first' : ''}`;
}
