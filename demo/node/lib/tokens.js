/**
 * What an identifier is, here: 3 to 128 letters, digits, _ and $ of ASCII that do not begin with a digit.
 *
 * Shorter names are what minifiers leave and tell nothing; longer ones are data. A run behind a backslash
 * is an escape. The words of the language itself are no identifiers: see RESERVED. Comments and prose
 * count like code: this is an index of text, not a parser.
 *
 * @module demo/lib/tokens
 */

const NAME_BYTES_MIN = 3;
const NAME_BYTES_MAX = 128;
const BACKSLASH = 0x5c;

/** By byte: 0 = not part of a name, 1 = part, 2 = part, but a name does not begin with it. */
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z_$]/.test(character)) return 1;
  return /[0-9]/.test(character) ? 2 : 0;
});

/**
 * @callback Visit
 * @param {number} start
 * @param {number} end exclusive
 */

/**
 * Calls `visit` for every identifier. Any bytes will do: what is not ASCII separates.
 *
 * @param {Uint8Array} bytes
 * @param {Visit} visit
 */
export function eachIdentifier(bytes, visit) {
  const { length } = bytes;
  let at = 0;
  while (at < length) {
    const first = KINDS[bytes[at]];
    if (first === 0) {
      at++;
      continue;
    }
    const start = at;
    do at++;
    while (at < length && KINDS[bytes[at]] !== 0);
    const count = at - start;
    if (first === 2 || count < NAME_BYTES_MIN || count > NAME_BYTES_MAX) continue;
    if (start > 0 && bytes[start - 1] === BACKSLASH) continue;
    visit(start, at);
  }
}

/** Reserved words of JavaScript and TypeScript, of 3 letters and more. */
export const RESERVED = new Set(
  `any async await boolean break case catch class const continue debugger declare default delete else
  enum export extends false finally for from function get implements import instanceof interface keyof
  let module namespace never new null number object package private protected public readonly require
  return set static string super switch symbol this throw true try type typeof undefined unknown var
  void while with yield`.split(/\s+/),
);
