/**
 * How the command line ends: exit codes, and the errors that lead to them.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/errors
 */
import { QbError } from '../base/errors.js';

/** What a process that ran a command says by its exit code. docs/cli.md lists them. */
export const EXIT = Object.freeze({
  OK: 0,
  /** The file, row or schema is not good, or the key is not there. */
  BAD: 1,
  /** The arguments are wrong. */
  USAGE: 2,
  /** A file cannot be read or written. */
  FILE: 3,
  /** Verification ended at a limit: neither good nor bad is known. */
  LIMIT: 4,
  /** A mistake of qbwasm itself. */
  INTERNAL: 70,
  /** And the number of the signal. */
  SIGNAL: 128,
});

/**
 * An error that is told as it is, without a stack.
 */
export class CliError extends Error {
  /**
   * @param {number} exitCode one of {@link EXIT}
   * @param {string} message
   * @param {string} [place] file, line and column, as `data.ndjson:17:3`
   */
  constructor(exitCode, message, place = '') {
    super(place === '' ? message : `${place}: ${message}`);
    /** @readonly */
    this.exitCode = exitCode;
  }
}

/** @param {string} message */
export function usageError(message) {
  return new CliError(EXIT.USAGE, message);
}

/**
 * What is wrong with a file or its content.
 *
 * @param {string} place
 * @param {string} message
 */
export function badError(place, message) {
  return new CliError(EXIT.BAD, message, place);
}

const SYSTEM_TEXTS = /** @type {Readonly<Record<string, string>>} */ (
  Object.freeze({
    EACCES: 'no permission',
    EEXIST: 'it exists already',
    EISDIR: 'it is a directory',
    ELOOP: 'too many symbolic links',
    EMFILE: 'too many open files',
    ENOENT: 'there is no such file or directory',
    ENOSPC: 'no space is left on the device',
    ENOTDIR: 'a part of the path is no directory',
    EPERM: 'it is not permitted',
    EROFS: 'the file system is read only',
  })
);

/**
 * The code of an error of the operating system.
 *
 * @param {unknown} error
 * @returns {string} '' for another error
 */
export function systemCode(error) {
  const isSystem = error instanceof Error && 'syscall' in error && 'code' in error;
  return isSystem && typeof error.code === 'string' ? error.code : '';
}

/**
 * The error for a file that cannot be read or written.
 *
 * @param {string} path
 * @param {string} verb 'read' or 'written'
 * @param {unknown} error
 * @returns {unknown} the error itself when it is none of the operating system
 */
export function fileError(path, verb, error) {
  const code = systemCode(error);
  if (code === '') return error;
  const why = SYSTEM_TEXTS[code] ?? /** @type {Error} */ (error).message;
  return new CliError(EXIT.FILE, `cannot be ${verb}: ${why} (${code})`, path);
}

/**
 * The exit code and the text of an error that a command ended with.
 *
 * @param {unknown} error
 * @returns {{ exitCode: number, text: string }}
 */
export function endOf(error) {
  if (error instanceof CliError) return { exitCode: error.exitCode, text: error.message };
  if (error instanceof QbError) {
    const { code, message } = error;
    return { exitCode: code === 'LIMIT' ? EXIT.LIMIT : EXIT.BAD, text: `${message} (${code})` };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: EXIT.INTERNAL, text: `unexpected error, please report it: ${text}` };
}
