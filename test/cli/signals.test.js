import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ended, MAIN, useFolder } from '../support/cli.js';

const folder = useFolder();

const SCHEMA = {
  structs: { Row: { id: 'u32', name: 'string' } },
  row: 'Row',
  containers: {
    byId: { kind: 'map', key: 'id' },
    byName: { kind: 'map', key: 'name', value: 'id' },
  },
};

/** Until a file is there that was not. @param {string[]} before */
async function untilBegun(before) {
  while (folder.names().length === before.length) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a build that is ended', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('by %s leaves no files, what was there before, and the exit code %i', async (signal, code) => {
    folder.write('out.qbi', 'old');
    const schema = { ...SCHEMA, containers: { all: { kind: 'array' } } };
    folder.write('one.json', schema);
    const before = folder.names();
    const args = [
      MAIN,
      'build',
      '-s',
      folder.path('one.json'),
      '-f',
      'ndjson',
      '-',
      folder.path('out.qbi'),
    ];
    const child = spawn(process.execPath, args, { stdio: 'pipe' });
    const end = ended(child);
    child.stdin.write('{"id":1,"name":"a"}\n');
    await untilBegun(before);
    child.kill(/** @type {NodeJS.Signals} */ (signal));
    const result = await end;
    expect(result).toEqual({
      code,
      stdout: '',
      stderr: `qbwasm: ended by ${signal}; nothing was written\n`,
    });
    expect(folder.names()).toEqual(before);
    expect(readFileSync(folder.path('out.qbi'), 'utf8')).toBe('old');
  });

  test('while it reads a large file leaves no files', async () => {
    const row = (/** @type {number} */ id) => `{"id":${id},"name":"name ${id}"}\n`;
    const rows = folder.write(
      'large.ndjson',
      Array.from({ length: 400_000 }, (_, i) => row(i)).join(''),
    );
    const schema = folder.write('schema.json', SCHEMA);
    const before = folder.names();
    const child = spawn(process.execPath, [
      MAIN,
      'build',
      '-s',
      schema,
      rows,
      folder.path('new.qbi'),
    ]);
    const end = ended(child);
    await untilBegun(before);
    child.kill('SIGINT');
    expect((await end).code).toBe(130);
    expect(folder.names()).toEqual(before);
  });

  test('while a pipe is copied for several containers leaves no files', async () => {
    const schema = folder.write('schema.json', SCHEMA);
    const before = folder.names();
    const args = [MAIN, 'build', '-s', schema, '-f', 'ndjson', '-', folder.path('out.qbi')];
    const child = spawn(process.execPath, args, { stdio: 'pipe' });
    child.stdin.on('error', () => {});
    const end = ended(child);
    // More than a pipe holds: when all of it is out, the child reads.
    child.stdin.write('{"id":1,"name":"a"}\n'.repeat(200_000), () => child.kill('SIGINT'));
    expect((await end).code).toBe(130);
    expect(folder.names()).toEqual(before);
  });
});
