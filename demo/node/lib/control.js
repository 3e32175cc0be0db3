/**
 * Reads Debian's control format: the status file of dpkg and the `Packages` files of archives.
 *
 *     Package: bash
 *     Depends: base-files (>= 2.1.12), debianutils (>= 5.6-0.1)
 *     Description: GNU Bourne Again SHell
 *      Bash is an sh-compatible command language interpreter
 *
 * Stanzas are apart by an empty line. A line that begins with a space belongs to the field above it.
 *
 * @module demo/lib/control
 */

/**
 * @param {string} text
 * @returns {Generator<Map<string, string>, void>} the fields of each stanza, their names in lower case
 */
export function* stanzas(text) {
  /** @type {Map<string, string>} */
  let fields = new Map();
  let name = '';
  for (const line of lines(text)) {
    if (line.trim() === '') {
      if (fields.size > 0) yield fields;
      fields = new Map();
      name = '';
    } else if (line[0] === ' ' || line[0] === '\t') {
      if (name !== '') fields.set(name, `${fields.get(name)}\n${line.slice(1)}`);
    } else {
      const colon = line.indexOf(':');
      if (colon <= 0) continue; // no field: dpkg refuses it, a demo passes over it
      name = line.slice(0, colon).toLowerCase();
      fields.set(name, line.slice(colon + 1).trim());
    }
  }
  if (fields.size > 0) yield fields;
}

/**
 * The lines of a text, without an array of all of them.
 *
 * @param {string} text
 * @returns {Generator<string, void>}
 */
function* lines(text) {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const stop = end < 0 ? text.length : end;
    yield text.slice(start, text[stop - 1] === '\r' ? stop - 1 : stop);
    start = stop + 1;
  }
}

/**
 * The names in a relation such as `a (>= 1) | b, c:any`: each once, versions and architectures left out.
 *
 * @param {string} relation
 * @returns {string[]}
 */
export function namesIn(relation) {
  const names = relation
    .split(/[,|]/)
    .map((part) => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(part)?.[1] ?? '');
  return [...new Set(names.filter((name) => name !== ''))];
}
