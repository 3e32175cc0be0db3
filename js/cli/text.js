/**
 * Text for people: foreign names without control characters, sizes, tables.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/text
 */

/** Control characters, those that turn the direction of the text around them, and halves of surrogate pairs. */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu;
/** Longest foreign text in a message. */
const CHARACTERS_MAX = 200;

/**
 * Foreign text for a terminal: nothing in it is obeyed.
 *
 * @param {string} text
 * @param {number} [max] characters; the rest is cut off
 * @returns {string}
 */
export function printable(text, max = CHARACTERS_MAX) {
  const cut = text.length > max ? `${text.slice(0, max)}...` : text;
  return cut.replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * @param {number} count
 * @returns {string} with a comma between thousands
 */
export function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/**
 * @param {number} count
 * @param {string} noun in the singular
 * @returns {string} as `1 key`, `2,000 keys`
 */
export function counted(count, noun) {
  const many = /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${grouped(count)} ${count === 1 ? noun : many}`;
}

const UNITS = Object.freeze(['KiB', 'MiB', 'GiB']);

/**
 * @param {number} bytes
 * @returns {string} as `312 B`, `1.4 MiB`
 */
export function sized(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  do {
    value /= 1024;
    unit++;
  } while (value >= 1024 && unit < UNITS.length - 1);
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

/**
 * Rows with columns below each other.
 *
 * @param {readonly (readonly string[])[]} rows of the same length
 * @param {readonly number[]} right columns that end below each other
 * @param {string} [indent]
 * @returns {string[]} lines
 */
export function aligned(rows, right, indent = '  ') {
  /** @type {number[]} */
  const widths = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map((row) => {
    const cells = row.map((cell, i) =>
      right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]),
    );
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}
