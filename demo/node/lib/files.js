/**
 * Which files there are to index.
 *
 * @module demo/lib/files
 */
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { UsageError } from './arguments.js';

/** @typedef {{path: string, bytes: number}} TextFile */
/** @typedef {{path: string, reason: string}} Unreadable */

const EXTENSIONS = new Set(['.js', '.ts', '.md']);

/**
 * Every text file below a folder, largest first: a worker that starts a big file last would keep all
 * others waiting. What cannot be looked at is named and left out.
 *
 * Symbolic links are not followed, so the walk ends and each file counts once. One that leads nowhere
 * is named as unreadable when it has the name of a text file.
 *
 * @param {string} folder
 * @param {AbortSignal} [signal]
 * @returns {Promise<{files: TextFile[], unreadable: Unreadable[]}>}
 * @throws {UsageError} when the folder itself cannot be read
 */
export async function findFiles(folder, signal) {
  /** @type {TextFile[]} */
  const files = [];
  /** @type {Unreadable[]} */
  const unreadable = [];
  const folders = [folder];
  for (let path = folders.pop(); path !== undefined; path = folders.pop()) {
    signal?.throwIfAborted();
    const entries = await entriesOf(path, path === folder, unreadable);
    await Promise.all(entries.map((entry) => look(join(path, entry.name), entry)));
  }
  files.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
  unreadable.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, unreadable };

  /** @param {string} path @param {import('node:fs').Dirent} entry */
  async function look(path, entry) {
    if (entry.isDirectory()) {
      folders.push(path);
    } else if (EXTENSIONS.has(extname(entry.name))) {
      try {
        const { size } = await stat(path);
        if (entry.isFile()) files.push({ path, bytes: size });
        else if (!entry.isSymbolicLink()) unreadable.push({ path, reason: 'not a regular file' });
      } catch (error) {
        unreadable.push({ path, reason: reasonOf(error) });
      }
    }
  }
}

/**
 * @param {string} path
 * @param {boolean} isTop
 * @param {Unreadable[]} unreadable
 */
async function entriesOf(path, isTop, unreadable) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    const reason = reasonOf(error);
    if (isTop) throw new UsageError(`cannot read the folder ${path} (${reason})`);
    unreadable.push({ path, reason });
    return [];
  }
}

/**
 * @param {unknown} error
 * @returns {string} `ENOENT`, `EACCES` ... where the system says so
 */
export function reasonOf(error) {
  if (error instanceof Error) {
    return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  }
  return String(error);
}
