/**
 * The errors of the library, and its performance warning.
 *
 * Layer: base. Any thread.
 *
 * @module base/errors
 */

/**
 * What an error can tell besides its text. Only the fields that apply are there.
 *
 * @typedef {object} ErrorFields
 * @property {unknown} [given] the refused argument
 * @property {number} [address] the address the call was about
 * @property {number} [requestedBytes] bytes asked for
 * @property {number} [availableBytes] bytes of whole pages that are left, the growth to come included
 * @property {number} [thread] number of the thread slot the call was about
 * @property {unknown} [cause] the error behind this one
 */

/** Marks the errors of this library, whatever class they derive from. */
const MARK = Symbol('qbwasm.error');

/**
 * The error of everything in this library. Decide by `code`, which is stable; the message is for people
 * and says what was given, what is allowed and what to do.
 *
 * A code is the name of a status of the core without its prefix (`OUT_OF_MEMORY`, `DOUBLE_FREE` ...), or
 * one of JS: `TYPE` (not even the right JS type), `CLOSED`, `TIMEOUT`, `NOT_SHARED`, `NOT_ISOLATED`,
 * `DESCRIPTOR`, `CORRUPT`, `UNSUPPORTED`, `NO_HEAP`, `NO_CORE`, `NO_PART`, `LOAD`, `SCHEMA`.
 *
 * A refused argument is a TypeError or RangeError as well: `error instanceof QbError` holds for these too.
 */
export class QbError extends Error {
  /**
   * @override
   * @param {unknown} value
   * @returns {boolean}
   */
  static [Symbol.hasInstance](value) {
    if (this !== QbError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && MARK in value;
  }

  /**
   * @param {string} code
   * @param {string} message
   * @param {ErrorFields} [fields]
   */
  constructor(code, message, fields = {}) {
    super(message, 'cause' in fields ? { cause: fields.cause } : undefined);
    /** Stable: decide by it. @readonly */
    this.code = code;
    if ('given' in fields) {
      /** What was given. @readonly @type {unknown} */
      this.given = fields.given;
    }
    if (fields.address !== undefined) {
      /** The address that the call was about. @readonly @type {number | undefined} */
      this.address = fields.address;
    }
    if (fields.requestedBytes !== undefined) {
      /** Bytes asked for. @readonly @type {number | undefined} */
      this.requestedBytes = fields.requestedBytes;
    }
    if (fields.availableBytes !== undefined) {
      /** Bytes of whole pages that are left, the growth to come included. @readonly @type {number | undefined} */
      this.availableBytes = fields.availableBytes;
    }
    if (fields.thread !== undefined) {
      /** Number of the thread slot that the call was about. @readonly @type {number | undefined} */
      this.thread = fields.thread;
    }
  }
}

/** An argument of the wrong JS type. Its `code` is `TYPE`. */
export class QbTypeError extends TypeError {
  /**
   * @param {string} message
   * @param {unknown} [given]
   */
  constructor(message, given) {
    super(message);
    /** Stable: decide by it. @readonly */
    this.code = 'TYPE';
    /** What was given. @readonly */
    this.given = given;
  }
}

/** An argument of the right type that is not in the allowed range. */
export class QbRangeError extends RangeError {
  /**
   * @param {string} code `SIZE`, `ALIGN`, `ARGUMENT`, `RANGE`
   * @param {string} message
   * @param {unknown} [given]
   */
  constructor(code, message, given) {
    super(message);
    /** Stable: decide by it. @readonly */
    this.code = code;
    /** What was given. @readonly */
    this.given = given;
  }
}

/** What was waited for did not come in time. Its `code` is `TIMEOUT`. */
export class TimeoutError extends QbError {
  /** @param {string} message */
  constructor(message) {
    super('TIMEOUT', message);
  }
}

// On the prototypes, so that they do not stand among the fields of every printed error.
for (const [Class, name] of /** @type {const} */ ([
  [QbError, 'QbError'],
  [QbTypeError, 'TypeError'],
  [QbRangeError, 'RangeError'],
  [TimeoutError, 'TimeoutError'],
])) {
  Object.defineProperty(Class.prototype, 'name', { value: name, configurable: true });
  Object.defineProperty(Class.prototype, MARK, { value: true });
}

/** Longest piece of a given string that a message quotes. */
const QUOTE_CHARACTERS_MAX = 40;

/**
 * A value as a message shows it. Runs no code of the value: no toString, no valueOf, no getter.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function describe(value) {
  switch (typeof value) {
    case 'string':
      return value.length > QUOTE_CHARACTERS_MAX
        ? `the string ${JSON.stringify(value.slice(0, QUOTE_CHARACTERS_MAX))}...`
        : `the string ${JSON.stringify(value)}`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `the bigint ${value}n`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? 'an array' : 'an object';
    default:
      return String(value);
  }
}

/**
 * Warns of something that works but is slow or keeps memory. In Node it goes through
 * `process.emitWarning` with the type `PerformanceWarning`, elsewhere to the console.
 *
 * @param {string} message
 */
export function warnPerformance(message) {
  if (typeof process === 'object' && typeof process.emitWarning === 'function') {
    process.emitWarning(message, 'PerformanceWarning');
  } else {
    console.warn(`PerformanceWarning: ${message}`);
  }
}
