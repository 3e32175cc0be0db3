import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { namesIn, stanzas } from '../../demo/node/lib/control.js';
import { readPackages } from '../../demo/node/lib/package.js';

const SAMPLE = 'demo/node/data/Packages.sample';
const run = promisify(execFile);
const script = (/** @type {string[]} */ ...args) =>
  run(process.execPath, ['--no-warnings', 'demo/node/packages.js', ...args]);

describe('the control format', () => {
  it('has stanzas with fields that go on over lines', () => {
    const text = 'Package: a\r\nDescription: one\n two\n .\n three\n\n\nno field\nPackage: b\n';
    expect([...stanzas(text)].map((fields) => Object.fromEntries(fields))).toEqual([
      { package: 'a', description: 'one\ntwo\n.\nthree' },
      { package: 'b' },
    ]);
  });

  it('has relations, of which the names count', () => {
    const names = ['libc6', 'default-mta', 'mail-transport-agent', 'python3', 'g++'];
    const relation =
      'libc6 (>= 2.36), default-mta | mail-transport-agent, python3:any, g++ , libc6';
    expect(namesIn(relation)).toEqual(names);
    expect(namesIn('')).toEqual([]);
    expect(namesIn(', ,$')).toEqual([]);
  });

  it('gives packages, the first of each name', async () => {
    const packages = readPackages(
      `${await readFile(SAMPLE, 'utf8')}\n\nPackage: bash\nVersion: 0\n`,
    );
    const bash = packages.filter(({ name }) => name === 'bash');
    expect(bash).toHaveLength(1);
    expect(bash[0]).toMatchObject({ section: 'shells', summary: 'GNU Bourne Again SHell' });
    expect(bash[0].depends).toContain('debianutils');
    expect(bash[0].size).toBeGreaterThan(1000);
  });
});

describe('the packages demo', () => {
  it('answers from one shared image as from Maps, also of a compressed file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'qbwasm-test-'));
    try {
      const path = join(folder, 'Packages.gz');
      await writeFile(path, gzipSync(await readFile(SAMPLE)));
      const report = JSON.parse((await script(path, '--workers', '1', '--json')).stdout);
      expect(report).toMatchObject({ packages: 60, isSame: true });
      expect(report.popular[0].name).toBe('libc6');
      expect(report.residence.map((/** @type {{ workers: number }} */ row) => row.workers)).toEqual(
        [1, 4, 8],
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.each([
    [['--workers', '0']],
    [['--workers', 'x']],
    [['a', 'b']],
    [['--what']],
    [['/nowhere']],
    [['README.md']],
  ])('refuses %j with exit code 2', async (args) => {
    await expect(script(...args)).rejects.toMatchObject({ code: 2 });
  });
});
