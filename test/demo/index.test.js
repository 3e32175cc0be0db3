/**
 * demo/node/index.js: the program as its users see it, and the parts whose mistakes it must survive.
 *
 * @module
 */
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFiles } from '../../demo/node/lib/files.js';
import { Progress } from '../../demo/node/lib/progress.js';
import { findDifference, runMessages, runShared } from '../../demo/node/lib/run.js';
import { eachIdentifier, RESERVED } from '../../demo/node/lib/tokens.js';

const PROGRAM = fileURLToPath(new URL('../../demo/node/index.js', import.meta.url));

/** Path below the fixture, and content. @type {Record<string, string | Uint8Array>} */
const TEXTS = {
  'a.js': 'const alpha = beta(alpha, "alpha\\nbeta"); // gamma',
  'b.ts': 'interface Alpha { beta: string; _private: $dollar }\n'.repeat(50),
  'c.md': 'alpha, the beta and 12abc 0x1F not names; ab is short',
  'deep/er/d.js': `alpha ${'x'.repeat(128)} ${'y'.repeat(129)}`,
  'folder.js/e.md': 'inside a folder that is called like a file',
  'empty.ts': '',
  'bad-utf8.js': Uint8Array.from([
    0x61, 0x6c, 0x70, 0x68, 0x61, 0xff, 0xfe, 0xc0, 0x62, 0x65, 0x74, 0x61,
  ]),
  'nul.js': 'alpha\0beta',
  'ignored.txt': 'alpha beta gamma',
  'ignored.mjs': 'alpha beta gamma',
};

/** @type {string} */
let root;
/** @type {string} */
let folder;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'qbwasm-index-'));
  folder = join(root, 'texts');
  for (const [path, text] of Object.entries(TEXTS)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(root, 'outside'));
  writeFileSync(join(root, 'outside', 'f.js'), 'outside outside');
  symlinkSync('nowhere', join(folder, 'dangling.js'));
  symlinkSync('nowhere', join(folder, 'dangling.txt'));
  symlinkSync('..', join(folder, 'deep', 'loop'));
  symlinkSync(join(root, 'outside'), join(folder, 'outside'));
  symlinkSync(join(root, 'outside', 'f.js'), join(folder, 'outside.js'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/**
 * @param {string[]} words
 * @returns {Promise<{code: number, stdout: string, stderr: string}>}
 */
function run(...words) {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...words], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** What the files hold, counted in another way than the demo does. */
function expectedRows() {
  /** @type {Map<string, {count: number, files: number}>} */
  const all = new Map();
  for (const [path, text] of Object.entries(TEXTS)) {
    if (!/\.(js|ts|md)$/.test(path)) continue;
    const names = Array.from(
      Buffer.from(text)
        .toString('latin1')
        .matchAll(/\\?[\w$]+/g),
      ([name]) => name,
    ).filter((name) => /^[A-Za-z_$]/.test(name) && name.length >= 3 && name.length <= 128);
    for (const name of names) {
      const entry = all.get(name) ?? { count: 0, files: 0 };
      all.set(name, { count: entry.count + 1, files: entry.files });
    }
    for (const name of new Set(names)) {
      const entry = all.get(name);
      if (entry !== undefined) entry.files++;
    }
  }
  return all;
}

describe('the index', () => {
  test('is the same for 1, 2, 3 and 12 workers, and what another way of counting finds', async () => {
    const all = expectedRows();
    const top = [...all]
      .map(([name, { count, files }]) => ({ name, count, files }))
      .filter(({ name }) => !RESERVED.has(name))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
      .slice(0, 5);
    for (const workers of [1, 2, 3, 12]) {
      const { code, stdout, stderr } = await run(
        folder,
        '--json',
        '--top',
        '5',
        '--workers',
        `${workers}`,
      );
      expect(stderr).toBe('');
      expect(code).toBe(0);
      const report = JSON.parse(stdout);
      expect(report).toMatchObject({ workers, names: all.size, top, difference: null });
      expect(report.occurrences).toBe([...all.values()].reduce((sum, { count }) => sum + count, 0));
    }
  });

  test('names what cannot be read, follows no link and goes on', async () => {
    const { stdout } = await run(folder, '--json');
    const report = JSON.parse(stdout);
    expect(report.unreadable).toEqual([{ path: join(folder, 'dangling.js'), reason: 'ENOENT' }]);
    expect(report.files.count).toBe(8);
  });

  test('is one JSON document with --json', async () => {
    const { stdout } = await run(folder, '--json', '--workers', '2');
    const milliseconds = {
      start: expect.any(Number),
      build: expect.any(Number),
      handOver: expect.any(Number),
      merge: expect.any(Number),
      total: expect.any(Number),
    };
    expect(JSON.parse(stdout)).toEqual({
      folder,
      workers: 2,
      files: { count: 8, bytes: expect.any(Number) },
      unreadable: expect.any(Array),
      names: expect.any(Number),
      occurrences: expect.any(Number),
      top: expect.any(Array),
      walk: expect.any(Number),
      shared: { bytes: expect.any(Number), times: milliseconds },
      postMessage: { bytes: expect.any(Number), times: milliseconds },
      ratio: {
        handOver: expect.any(Number),
        handOverAndMerge: expect.any(Number),
        total: expect.any(Number),
      },
      difference: null,
    });
  });

  test('is a report for people without --json, and no progress bar where there is no terminal', async () => {
    const { code, stdout, stderr } = await run(folder, '--top', '2');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^1 {2}beta +\d+ +\d+$/m);
    expect(stdout).toContain('1 path could not be read:\n  ENOENT  ');
    expect(stdout).toContain('dangling.js');
    expect(stdout).toMatch(/^hand over .* ms .* ms .*x$/m);
    expect(stdout).toContain('both results are the same, name by name');
  });
});

describe('a wrong command line', () => {
  test.each([
    [['--workers', '0'], '--workers'],
    [['--workers', 'two'], 'whole number from 1 to 64'],
    [['--workers'], '--workers'],
    [['--top', '-1'], '--top'],
    [['--nonsense'], '--nonsense'],
    [['one', 'two'], 'one folder'],
    [['/no/such/folder'], 'cannot read the folder /no/such/folder (ENOENT)'],
    [[PROGRAM], 'ENOTDIR'],
  ])('%j ends with code 2 and says why', async (words, text) => {
    const { code, stdout, stderr } = await run(...words);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(text);
    expect(stderr).not.toContain('    at ');
  });

  test('an empty folder ends with code 2 and says what was looked for', async () => {
    const empty = mkdtempSync(join(root, 'empty-'));
    const { code, stderr } = await run(empty);
    expect(code).toBe(2);
    expect(stderr).toContain(`there is no .js, .ts or .md file to read below ${empty}`);
  });

  test('--help prints the usage on stdout', async () => {
    const { code, stdout, stderr } = await run('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: node demo/node/index.js [folder]');
  });
});

describe('a run', () => {
  /** @param {import('../../demo/node/lib/files.js').TextFile[]} files */
  const taskOf = (files) => ({
    files,
    workerCount: 2,
    topCount: 3,
    signal: new AbortController().signal,
    progress: new Progress({ isTTY: false, write: () => {} }),
  });

  test('leaves trees that can be read after their workers have gone, and a sound heap', async () => {
    const { files } = await findFiles(folder);
    const shared = await runShared(taskOf(files));
    const posted = await runMessages(taskOf(files));
    expect(shared.heap.threads()).toHaveLength(1);
    expect(shared.heap.stats().arenasLive).toBe(2);
    expect(findDifference(shared.heap, shared.roots, posted.table)).toBeNull();
    expect(shared.heap.check()).toEqual([]);
    shared.close();
    expect(shared.heap.closed).toBe(true);
  });

  test('names a file that disappeared since it was found', async () => {
    const { files } = await findFiles(folder);
    const path = join(folder, 'gone.js');
    const { summary, unreadable, close } = await runShared(taskOf([{ path, bytes: 9 }, ...files]));
    close();
    expect(unreadable).toEqual([{ path, reason: 'ENOENT' }]);
    expect(summary.names).toBe(expectedRows().size);
  });

  test('notices when the results differ', async () => {
    const { files } = await findFiles(folder);
    const { heap, roots, close } = await runShared(taskOf(files));
    const { table } = await runMessages(taskOf(files));
    const alpha = table.get('alpha');
    if (alpha === undefined) throw new Error('alpha is in the fixture');
    table.set('alpha', { count: alpha.count + 1, files: alpha.files });
    expect(findDifference(heap, roots, table)).toMatch(/^alpha: /);
    table.set('alpha', alpha);
    table.set('another', { count: 1, files: 1 });
    expect(findDifference(heap, roots, table)).toMatch(/22 by postMessage$/);
    table.delete('another');
    table.delete('beta');
    expect(findDifference(heap, roots, table)).toMatch(/^beta: .* nothing by postMessage$/);
    close();
  });

  test('that is aborted rejects with the reason and leaves no worker', async () => {
    const { files } = await findFiles(folder);
    const abort = new AbortController();
    const task = { ...taskOf(files), signal: abort.signal };
    const running = runShared(task);
    abort.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    await expect(runMessages(task)).rejects.toThrow('enough');
  });
});

describe('an identifier', () => {
  /** @param {string} text */
  const namesIn = (text) => {
    const bytes = Buffer.from(text, 'latin1');
    /** @type {string[]} */
    const names = [];
    eachIdentifier(bytes, (start, end) => names.push(bytes.toString('latin1', start, end)));
    return names;
  };

  test('has 3 to 128 letters, digits, _ or $ and no digit in front', () => {
    expect(namesIn('ab abc _a1 $$$ 1abc abc1')).toEqual(['abc', '_a1', '$$$', 'abc1']);
    expect(namesIn(`${'x'.repeat(128)} ${'x'.repeat(129)}`)).toEqual(['x'.repeat(128)]);
  });

  test('is not an escape, and whatever is not ASCII separates', () => {
    expect(namesIn('"\\nabc def\\x41bc"')).toEqual(['def']);
    expect(namesIn('abc\xe9def\0ghi')).toEqual(['abc', 'def', 'ghi']);
    expect(namesIn('')).toEqual([]);
  });
});

describe('the progress bar', () => {
  test('draws on one line and leaves it empty', async () => {
    let text = '';
    const terminal = { isTTY: true, columns: 40, write: (/** @type {string} */ s) => (text += s) };
    await new Progress(terminal).during(
      'work',
      () => 0.5,
      async () => {},
    );
    expect(text).toBe(`\r\x1b[Kwork  [${'#'.repeat(13)}${'.'.repeat(12)}]  50 %\r\x1b[K`);
  });

  test('fits a terminal that is too narrow for it', async () => {
    let text = '';
    const terminal = { isTTY: true, columns: 10, write: (/** @type {string} */ s) => (text += s) };
    await new Progress(terminal).during(
      'a long title',
      () => 1,
      async () => {},
    );
    expect(text).toBe('\r\x1b[Ka long ti\r\x1b[K');
  });

  test('writes nothing where there is no terminal', async () => {
    let text = '';
    const pipe = { write: (/** @type {string} */ s) => (text += s) };
    await new Progress(pipe).during(
      'work',
      () => 0.5,
      async () => {},
    );
    expect(text).toBe('');
  });
});

// util-linux's script gives the program a terminal, and the terminal makes a SIGINT of the key.
test.runIf(process.platform === 'linux')(
  'Ctrl-C ends with code 130 and an empty line',
  async () => {
    const large = join(root, 'large');
    mkdirSync(large);
    writeFileSync(join(large, 'large.js'), 'alpha beta gamma delta '.repeat(2_000_000));
    const command = [process.execPath, PROGRAM, large].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', command, '/dev/null']);
    let output = '';
    let isPressed = false;
    child.stdout.on('data', (text) => {
      output += text;
      if (isPressed || !output.includes('trees in shared memory')) return;
      isPressed = true;
      child.stdin.write('\x03');
    });
    const code = await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    expect(output.endsWith('\r\x1b[K')).toBe(true);
    expect(output).not.toMatch(/error| {4}at /i);
    expect(code).toBe(130);
  },
);
