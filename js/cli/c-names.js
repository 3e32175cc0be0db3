/**
 * Names of a schema as names of C: letters, digits and _ alone, never a word of the language, each once in its scope.
 *
 * Layer: entries. Any runtime.
 *
 * @module cli/c-names
 */
import { printable } from './text.js';

/** What no name can be in C11 or C++, or with common headers. */
const WORDS = new Set(
  (
    'alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl complex concept const ' +
    'const_cast consteval constexpr constinit continue co_await co_return co_yield decltype default delete do double ' +
    'dynamic_cast else enum explicit export extern false float for friend goto if imaginary inline int long mutable ' +
    'namespace new noexcept noreturn not not_eq nullptr operator or or_eq private protected public register ' +
    'reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch ' +
    'template this thread_local throw true try typedef typeid typename typeof union unsigned using virtual void ' +
    'volatile wchar_t while xor xor_eq assert errno linux unix stdin stdout stderr offsetof ' +
    'NULL EOF TRUE FALSE INFINITY NAN QB_CODEGEN QB_UNSET QB_SET QB_NULL QB_ALIGNED QB_ASSERT_LAYOUT'
  ).split(' '),
);
/** Types of common headers: `time` would become time_t. */
const TYPES =
  /^(u?int(_?(least|fast))?(8|16|32|64)|u?int(ptr|max)|s?size|ptrdiff|max_align|char(8|16|32)|wint|div|ldiv|lldiv|time|clock|clockid|timer|key|id|pid|uid|gid|mode|dev|ino|off|nlink|blksize|blkcnt|suseconds|useconds|fpos|socklen|sig_atomic|mbstate|wctype|locale|pthread|regex|glob|nullptr)$/;
const NAME_CHARACTERS_MAX = 100;

/**
 * Names of one scope.
 */
export class CNames {
  /** @type {Set<string>} */
  #given = new Set();

  /**
   * @param {string} name of a struct, as `HttpServer`
   * @param {string} prefix
   * @returns {string} as `http_server`, which _t is put behind
   */
  struct(name, prefix) {
    const words = name
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2');
    const own = prefix + identifierOf(words, prefix !== '').toLowerCase();
    const isOwn = prefix === '' && own.startsWith('qb_');
    return this.#unique(TYPES.test(own) || isOwn ? `${own}_s` : own);
  }

  /** @param {string} name of a field */
  member(name) {
    return this.#unique(identifierOf(name, false));
  }

  /** @param {string} prefix @param {string} [name] */
  constant(prefix, name = '') {
    const letters = name.slice(0, NAME_CHARACTERS_MAX).replace(/[^A-Za-z0-9]+/g, '_');
    return this.#unique(`${prefix}${letters}`.toUpperCase());
  }

  /** @param {string} name */
  #unique(name) {
    const own = WORDS.has(name) ? `${name}_` : name;
    let unique = own;
    for (let i = 2; this.#given.has(unique); i++) unique = `${own}_${i}`;
    this.#given.add(unique);
    return unique;
  }
}

/** @param {string} name @param {boolean} isTail whether something stands before it */
function identifierOf(name, isTail) {
  const letters = name.slice(0, NAME_CHARACTERS_MAX).replace(/[^A-Za-z0-9_]/g, '_');
  if (isTail || /^[A-Za-z]/.test(letters)) return letters;
  return letters.startsWith('_') ? `x${letters}` : `x_${letters}`;
}

/**
 * @param {string} text foreign
 * @returns {string} that ends no comment
 */
export function comment(text) {
  return printable(text)
    .replace(/\*(?=\/)/g, '* ')
    .replace(/\/(?=\*)/g, '/ ');
}

/** Bytes of a literal on one line. */
const LITERAL_BYTES = 72;

/**
 * @param {string} text
 * @returns {string[]} string literals that follow each other, one a line
 */
export function literals(text) {
  /** @type {string[]} */
  const lines = [];
  let line = '';
  for (const byte of new TextEncoder().encode(text)) {
    line += escaped(byte);
    if (line.length < LITERAL_BYTES) continue;
    lines.push(`"${line}"`);
    line = '';
  }
  if (line !== '' || lines.length === 0) lines.push(`"${line}"`);
  return lines;
}

/** @param {number} byte */
function escaped(byte) {
  const c = String.fromCharCode(byte);
  if (c === '"' || c === '\\' || c === '?') return `\\${c}`;
  const isPrintable = byte >= 0x20 && byte < 0x7f;
  return isPrintable ? c : `\\${byte.toString(8).padStart(3, '0')}`;
}
