/**
 * What the documents show is true: programs run and print what is said, all other blocks are checked in the way that
 * test/support/blocks.js has for their kind, and links lead somewhere.
 *
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  blocksOf,
  CHECKS,
  expectedOutput,
  LINK,
  PROGRAM,
  ROOT,
  runProgram,
} from '../support/blocks.js';

const DOCUMENTS = ['.', 'docs', 'docs/adr'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** Below the repository, so that `qbwasm` is this package. @type {string} */
let folder;

beforeAll(() => {
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  folder = mkdtempSync(join(ROOT, 'build', 'docs-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(DOCUMENTS)('%s', (document) => {
  const text = readFileSync(join(ROOT, document), 'utf8');
  const blocks = blocksOf(text);

  for (const [index, { kind, code, line }] of blocks.entries()) {
    if (kind === PROGRAM) {
      test(`the program in line ${line} runs and prints what it says`, async () => {
        const stdout = expectedOutput(blocks, index);
        expect(await runProgram(code, folder)).toEqual({ stdout, stderr: '', failed: false });
      });
    } else {
      test(`the block in line ${line} is of a kind that is checked, and is good`, async () => {
        expect(Object.keys(CHECKS)).toContain(kind);
        await CHECKS[kind](code);
      });
    }
  }

  test('its fences come in pairs', () => {
    expect(text.match(/^ *```/gm) ?? []).toHaveLength(2 * blocks.length);
  });

  test('its links lead to files that are there', () => {
    for (const [, target] of text.matchAll(LINK)) {
      expect(existsSync(join(ROOT, dirname(document), target)), target).toBe(true);
    }
  });
});

test('the README has programs to run', () => {
  const blocks = blocksOf(readFileSync(join(ROOT, 'README.md'), 'utf8'));
  expect(blocks.filter(({ kind }) => kind === PROGRAM).length).toBeGreaterThan(1);
});

test('a block that is no good is refused', async () => {
  const bad = {
    'js browser': "import { Nothing } from 'qbwasm'; Nothing();",
    'js config': 'export default {',
    json: '{',
    http: 'no header',
    c: '#include "qbwasm.h"\nint x = qb_nothing();',
    cmake: 'add_subdirectory(node_modules/qbwasm/c q)\ntarget_link_libraries(p qbwasm::nothing)',
    sh: 'make nothing',
    html: '<script type="importmap">{"imports": {"q": "/node_modules/qbwasm/no.js"}}</script>',
  };
  for (const [kind, code] of Object.entries(bad)) {
    await expect((async () => CHECKS[kind](code))(), kind).rejects.toThrow();
  }
  expect(Object.keys(bad).sort()).toEqual(
    Object.keys(CHECKS)
      .filter((kind) => kind !== '' && kind !== 'text')
      .sort(),
  );
});
