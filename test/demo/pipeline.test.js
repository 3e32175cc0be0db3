import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const script = (/** @type {string[]} */ ...args) =>
  run(process.execPath, ['--no-warnings', 'demo/node/pipeline.js', ...args]);

describe('the pipeline demo', () => {
  it('accounts for every file exactly once, with a stage that dies half-way', async () => {
    const { stdout } = await script('test', '--budget', '1', '--json');
    const report = JSON.parse(stdout);
    expect(report.files).toBeGreaterThan(50);
    expect(report).toMatchObject({ once: report.files, left: 0, isSame: true, skipped: 0 });
  }, 60_000);

  it('prints a table', async () => {
    const { stdout } = await script('docs', '--budget', '1');
    expect(stdout).toMatch(/memory pool and channels .* 1\.00x/);
    expect(stdout).toMatch(/files were accounted for exactly once; 0 are left in the pool/);
  }, 60_000);

  it.each([[['--budget', '0']], [['--budget', 'x']], [['a', 'b']], [['--what']], [['/nowhere']]])(
    'refuses %j with exit code 2',
    async (args) => {
      await expect(script(...args)).rejects.toMatchObject({ code: 2 });
    },
  );
});
