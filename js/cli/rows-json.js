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
import { ROW_BYTES_MAX, RowReader } from './rows.js';
import { refusal } from './texts.js';

/** @typedef {import('../struct/types.js').FieldType} FieldType */
/** @typedef {import('./convert.js').Converter} Converter */
/** @typedef {import('./convert.js').Converters} Converters */
/** @typedef {import('./input.js').Input} Input */
/** @typedef {import('./json-text.js').JsonPath} JsonPath */

const NEW_LINE = 10;

export class JsonReader extends RowReader {
  #row;
  #converters;
  /** Of the present row. */
  #text = '';

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
    for await (const texts of linesOf(this.input)) {
      for (const text of texts) {
        line++;
        if (isBlank(text)) continue;
        this.line = line;
        this.#text = text;
        yield this.converted(() => convert(this.#parsed()));
      }
    }
  }

  /** @override @protected @param {JsonPath} path */
  placeOf(path) {
    return `${this.input.name}:${this.line}:${locate(this.#text, path) + 1}`;
  }

  #parsed() {
    try {
      return JSON.parse(this.#text);
    } catch {
      const fault = findFault(this.#text) ?? { at: 0, what: 'it cannot be parsed' };
      const place = `${this.input.name}:${this.line}:${fault.at + 1}`;
      throw badError(place, `the line is no JSON: ${fault.what}`);
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
function isBlank(text) {
  return text === '' || /^[ \t\r]*$/.test(text);
}

/**
 * @param {Input} input
 * @returns {AsyncGenerator<string[], void>} lines, many at a time
 */
async function* linesOf(input) {
  /** Bytes behind the last line that was complete. @type {Buffer[]} */
  let rest = [];
  let restBytes = 0;
  let line = 1;
  for await (const piece of input.pieces()) {
    const end = piece.lastIndexOf(NEW_LINE) + 1;
    if (end === 0) {
      rest.push(piece);
      restBytes += piece.length;
      if (restBytes > ROW_BYTES_MAX) {
        throw badError(`${input.name}:${line}`, `the line has more than ${ROW_BYTES_MAX} bytes`);
      }
      continue;
    }
    const whole =
      rest.length === 0 ? piece.subarray(0, end) : Buffer.concat([...rest, piece.subarray(0, end)]);
    const texts = decoded(whole.subarray(0, whole.length - 1), input.name, line).split('\n');
    yield texts;
    line += texts.length;
    rest = [piece.subarray(end)];
    restBytes = rest[0].length;
  }
  if (restBytes > 0) yield [decoded(Buffer.concat(rest), input.name, line)];
}

/**
 * @param {Buffer} bytes of whole lines
 * @param {string} name
 * @param {number} line number of the first
 * @returns {string}
 */
function decoded(bytes, name, line) {
  // A mark of the byte order, if there is one, is at the start of the file.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: line > 1 });
  try {
    return decoder.decode(bytes);
  } catch {
    let start = 0;
    for (let at = line; ; at++) {
      const end = bytes.indexOf(NEW_LINE, start);
      const one = bytes.subarray(start, end < 0 ? bytes.length : end);
      if (!isUtf8(one)) throw badError(`${name}:${at}`, noUtf8(one));
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
