/**
 * The examples in the comments of the library run, and what they say of a value is so.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, runProgram } from '../support/blocks.js';
import { examplesOf, programOf } from '../support/examples.js';

const MODULES = readdirSync(join(ROOT, 'js'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js') && !/vendor|generated/.test(name))
  .map((name) => ({ name, text: readFileSync(join(ROOT, 'js', name), 'utf8') }))
  .filter(({ text }) => text.includes('@example'));

/** Below the repository, so that `qbwasm` is this package. @type {string} */
let folder;

beforeAll(() => {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  folder = mkdtempSync(join(ROOT, 'build', 'examples-'));
  writeFileSync(join(folder, 'worker.js'), ''); // examples start one
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(MODULES)('js/$name', ({ text }) => {
  const examples = examplesOf(text);

  test.concurrent.each(examples)(
    'the example in line $line runs and is as it says',
    async ({ code }) => {
      const { stderr, failed } = await runProgram(programOf(code), folder);
      expect({ stderr, failed }).toEqual({ stderr: '', failed: false });
    },
  );

  test('every example is found', () => {
    expect(examples).toHaveLength(text.split('@example').length - 1);
  });
});

test('an example whose value is another one fails', async () => {
  const good =
    "const numbers = heap.channel({ capacity: 1, of: 'u32' });\nnumbers.size; // 0: it is empty\n";
  expect((await runProgram(programOf(good), folder)).failed).toBe(false);
  expect((await runProgram(programOf(good.replace('0:', '1:')), folder)).failed).toBe(true);
});
