/**
 * Runs the command line as a user does: as a process, without a terminal.
 *
 * @module
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';

export const MAIN = fileURLToPath(new URL('../../js/cli/main.js', import.meta.url));

/** @typedef {{ code: number | null, stdout: string, stderr: string }} Ended */

/**
 * A folder for the tests of one file, removed at the end.
 *
 * @returns {{ path: (name: string) => string, write: (name: string, content: unknown) => string, names: () => string[] }}
 *   `write` takes text, bytes, or what becomes JSON, and returns the path
 */
export function useFolder() {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'qbwasm-cli-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = (/** @type {string} */ name) => join(folder, name);
  return {
    path,
    write(name, content) {
      const isPlain = typeof content === 'string' || content instanceof Uint8Array;
      writeFileSync(path(name), isPlain ? content : JSON.stringify(content));
      return path(name);
    },
    names: () => readdirSync(folder).sort(),
  };
}

/**
 * Runs command lines in one process for the tests of a file.
 *
 * @returns {(...args: string[]) => Promise<Ended>} one at a time
 */
export function useCommandLine() {
  /** @type {import('node:child_process').ChildProcess} */
  let child;
  beforeAll(() => {
    child = fork(new URL('./cli.worker.js', import.meta.url), { stdio: 'inherit' });
  });
  afterAll(() => {
    child.kill();
  });
  return async (...args) => {
    child.send(args);
    const [result] = await once(child, 'message');
    return /** @type {Ended} */ (result);
  };
}

/**
 * Runs a command line in a process of its own.
 *
 * @param {string[]} args
 * @param {{ input?: string | Uint8Array, cwd?: string, main?: string, uid?: number }} [options]
 * @returns {Promise<Ended>}
 */
export function qbwasm(args, { input = '', cwd, main = MAIN, uid } = {}) {
  const child = spawn(process.execPath, [main, ...args], { cwd, uid, stdio: 'pipe' });
  child.stdin.on('error', () => {}); // it may end before it read all
  child.stdin.end(input);
  return ended(child);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<Ended>}
 */
export function ended(child) {
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/**
 * @param {readonly unknown[]} rows
 * @returns {string} NDJSON
 */
export function ndjson(rows) {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
