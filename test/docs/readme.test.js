/**
 * What the documents show must run: each ```js block marked `run` is executed as a program of its own, and
 * prints what the next ```text block says. Links between the documents lead somewhere.
 *
 * @module
 */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENTS = ['.', 'docs', 'docs/adr'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);
const PROGRAM = /^```js run\n(.*?)^```$(?:.*?^```text\n(.*?)^```$)?/gms;
const LINK = /\]\((?!https?:|#)([^)#]+)/g;

/** Below the repository, so that `qbwasm` is this package. @type {string} */
let folder;

beforeAll(() => {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  folder = mkdtempSync(join(ROOT, 'build', 'docs-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/**
 * @param {string} path
 * @returns {Promise<{stdout: string, stderr: string, failed: boolean}>}
 */
function run(path) {
  return new Promise((resolve) => {
    execFile(process.execPath, [path], (error, stdout, stderr) => {
      resolve({ stdout, stderr, failed: error !== null });
    });
  });
}

describe.each(DOCUMENTS)('%s', (document) => {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const programs = [...text.matchAll(PROGRAM)].map(([, code, output]) => ({ code, output }));

  for (const [index, { code, output }] of programs.entries()) {
    test(`its program ${index + 1} runs and prints what it says`, async () => {
      const path = join(folder, `${document.replaceAll('/', '-')}-${index}.mjs`);
      writeFileSync(path, code);
      expect(await run(path)).toEqual({ stdout: output, stderr: '', failed: false });
    });
  }

  test('its links lead to files that are there', () => {
    for (const [, target] of text.matchAll(LINK)) {
      expect(existsSync(join(ROOT, dirname(document), target)), target).toBe(true);
    }
  });
});

test('the README has programs to run', () => {
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8').match(PROGRAM)?.length).toBeGreaterThan(1);
});
