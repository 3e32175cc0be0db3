/**
 * Files, where there are any: Node, Bun, Deno. Browsers load this module and never call it.
 *
 * Layer: image.
 *
 * @module image/file
 */
import { QbError } from '../base/errors.js';

/** @typedef {typeof import('node:fs')} FileSystem */

/**
 * Node's file system, without an import that a bundler for browsers would stumble over.
 *
 * @returns {FileSystem | null}
 */
export function fileSystem() {
  if (typeof process !== 'object' || typeof process.getBuiltinModule !== 'function') return null;
  return process.getBuiltinModule('node:fs') ?? null;
}

/**
 * @param {string} what is to be done with a file
 * @returns {FileSystem}
 * @throws {QbError} `UNSUPPORTED`
 */
export function needFiles(what) {
  const fs = fileSystem();
  if (fs !== null) return fs;
  throw new QbError(
    'UNSUPPORTED',
    `there are no files here, so ${what} is not possible. Give a buffer, or run it in Node, Bun or Deno.`,
  );
}

/**
 * @param {string | URL} file a path or file: URL
 * @returns {string} an absolute path
 * @throws {QbError} `ARGUMENT`
 */
export function pathOf(file) {
  const isUrl = file instanceof URL || /^file:/i.test(file);
  const { resolve } = process.getBuiltinModule('node:path');
  if (!isUrl) return resolve(file);
  try {
    return process.getBuiltinModule('node:url').fileURLToPath(file);
  } catch (cause) {
    throw new QbError('ARGUMENT', `${file} is no file: give a path or a file: URL.`, { cause });
  }
}

/**
 * @param {string} what was to be done
 * @param {unknown} cause of the file system
 * @returns {QbError} `NOT_FOUND` or `FILE`
 */
export function fileError(what, cause) {
  const { code, message } = /** @type {{ code?: string, message: string }} */ (cause);
  return new QbError(code === 'ENOENT' ? 'NOT_FOUND' : 'FILE', `cannot ${what}: ${message}.`, {
    cause,
  });
}

let made = 0;

/**
 * A name that no other thread or process takes.
 *
 * @param {string} folder
 * @param {string} name
 * @returns {string} path of a hidden file
 */
export function temporaryPath(folder, name) {
  const { join } = process.getBuiltinModule('node:path');
  const random = Math.random().toString(36).slice(2, 10);
  return join(folder, `.${name}.${process.pid}-${++made}-${random}.tmp`);
}
