/**
 * Where something stands in a JSON text: what JSON.parse does not say.
 *
 * Texts are parsed by JSON.parse. This walks through one only when an error has to be told, or to find names that
 * stand twice, of which JSON.parse takes the last in silence.
 *
 * Layer: entries. Any runtime.
 *
 * @module cli/json-text
 */
import { printable } from './text.js';

/** @typedef {(string | number)[]} JsonPath names and indices from the whole text on */

/**
 * @typedef {object} JsonFault
 * @property {number} at index in the text
 * @property {string} what
 */

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const CHARACTERS = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * The first thing that makes a text no JSON, or an object that has a name twice.
 *
 * @param {string} text
 * @returns {JsonFault | null}
 */
export function findFault(text) {
  const walk = new Walk(text, true);
  while (walk.next()) {
    // only the end counts
  }
  return walk.fault;
}

/**
 * Where the value of a path stands.
 *
 * @param {string} text that JSON.parse takes
 * @param {JsonPath} path
 * @returns {number} index in the text; 0 when there is none
 */
export function locate(text, path) {
  const walk = new Walk(text, false);
  let found = 0;
  while (walk.next()) {
    const isThere =
      walk.path.length === path.length && path.every((step, i) => walk.path[i] === step);
    if (isThere) found = walk.valueAt; // of a name that stands twice the last one counts
  }
  return found;
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {{ line: number, column: number }} from 1 on
 */
export function lineOf(text, at) {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return { line, column: at - start + 1 };
}

/**
 * @param {JsonPath} path
 * @returns {string} as `structs.Point.x[1]`; '' of the whole text
 */
export function pathText(path) {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${printable(JSON.stringify(step), 60)}]`;
  }
  return text;
}

/** @typedef {{ isObject: boolean, names: Set<string> | null }} Frame */

/**
 * A walk from value to value, in the order of the text.
 */
class Walk {
  /** @type {JsonFault | null} */
  fault = null;
  /** Of the value that was met last. @type {JsonPath} */
  path = [];
  /** Where that value begins. */
  valueAt = 0;
  /** @type {Frame[]} */
  #frames = [];
  #text;
  #at = 0;
  #withNames;
  #isBegun = false;
  /** Whether the last value is an object or array in which nothing was met yet. */
  #isOpened = false;

  /** @param {string} text @param {boolean} withNames whether names that stand twice are faults */
  constructor(text, withNames) {
    this.#text = text;
    this.#withNames = withNames;
  }

  /** @returns {boolean} false at the end, or at a fault */
  next() {
    if (this.fault !== null || !this.#toValue()) return false;
    this.valueAt = this.#at;
    const c = this.#text[this.#at];
    if (c !== '{' && c !== '[') return this.#scalar(c);
    this.#at++;
    const isObject = c === '{';
    this.#frames.push({ isObject, names: isObject && this.#withNames ? new Set() : null });
    this.#isOpened = true;
    return true;
  }

  /** Moves to the next value, over what stands in between. @returns {boolean} whether there is one */
  #toValue() {
    for (;;) {
      this.#skip(SPACE);
      const frame = this.#frames[this.#frames.length - 1];
      if (frame === undefined) {
        if (this.#isBegun && this.#at < this.#text.length) this.#fail('the end was expected');
        const isFirst = !this.#isBegun;
        this.#isBegun = true;
        return isFirst;
      }
      const close = frame.isObject ? '}' : ']';
      if (this.#take(close)) {
        this.#frames.pop();
        if (!this.#isOpened) this.path.pop();
        this.#isOpened = false;
        continue;
      }
      if (this.#isOpened) {
        this.#isOpened = false;
        this.path.push(frame.isObject ? '' : -1);
      } else if (this.#take(',')) {
        this.#skip(SPACE);
      } else {
        return this.#fail(`a comma or ${close} was expected`);
      }
      return this.#enter(frame);
    }
  }

  /** @param {Frame} frame moves to the value of its next name or index */
  #enter(frame) {
    const step = this.path[this.path.length - 1];
    if (!frame.isObject) {
      this.path[this.path.length - 1] = Number(step) + 1;
      return true;
    }
    const start = this.#at;
    if (this.#text[start] !== '"') return this.#fail('a name in double quotes was expected');
    if (!this.#string()) return false;
    const name = String(JSON.parse(this.#text.slice(start, this.#at)));
    if (frame.names?.has(name)) {
      this.fault = { at: start, what: `the name ${printable(JSON.stringify(name))} stands twice` };
      return false;
    }
    frame.names?.add(name);
    this.path[this.path.length - 1] = name;
    this.#skip(SPACE);
    if (!this.#take(':')) return this.#fail('a colon was expected');
    this.#skip(SPACE);
    return true;
  }

  /** @param {string | undefined} c its first character */
  #scalar(c) {
    if (c === '"') return this.#string();
    return this.#skip(NUMBER) || this.#skip(LITERAL) || this.#fail('a value was expected');
  }

  #string() {
    this.#at++;
    for (;;) {
      this.#skip(CHARACTERS);
      if (this.#take('"')) return true;
      if (this.#at >= this.#text.length) return this.#fail('a string does not end');
      if (!this.#skip(ESCAPE)) {
        const isEscape = this.#text[this.#at] === '\\';
        return this.#fail(isEscape ? 'an escape that is none' : 'a control character in a string');
      }
    }
  }

  /** @param {RegExp} pattern sticky @returns {boolean} whether it took something */
  #skip(pattern) {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null || match[0] === '') return false;
    this.#at += match[0].length;
    return true;
  }

  /** @param {string} c */
  #take(c) {
    if (this.#text[this.#at] !== c) return false;
    this.#at++;
    return true;
  }

  /** @param {string} what @returns {false} */
  #fail(what) {
    const c = this.#text.codePointAt(this.#at);
    const found = c === undefined ? 'the text ends' : `there is ${shown(String.fromCodePoint(c))}`;
    const isTold = /string|escape/.test(what);
    this.fault = { at: this.#at, what: isTold ? what : `${what}, and ${found}` };
    return false;
  }
}

/** @param {string} c */
function shown(c) {
  return printable(JSON.stringify(c));
}
