import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  arrayOf,
  buildImage,
  mapOf,
  multiMapOf,
  pack,
  setOf,
  struct,
  t,
} from '../../js/image/index.js';
import { qbwasm, useCommandLine, useFolder } from '../support/cli.js';

const folder = useFolder();
const cli = useCommandLine();

class Spot extends struct('InspectSpot', { id: t.u32, x: t.optional(t.f64) }) {}
class Person extends struct('InspectPerson', { name: t.string, spot: t.struct(Spot) }) {}

const people = ['ada', 'bob', 'a/b'].map((name, id) => ({ name, spot: { id, x: id / 2 } }));

beforeAll(async () => {
  await buildImage(folder.path('all.qbi'), {
    spots: arrayOf(Spot).from(people.map(({ spot }) => spot)),
    byName: mapOf(t.string, Person).from(people.map((one) => [one.name, one])),
    byNumber: multiMapOf(t.i32, t.u16).from([
      [-5, 1],
      [7, 2],
      [-5, 3],
    ]),
    any: mapOf(t.any, t.string).from([
      [null, 'none'],
      [new Date(0), 'epoch'],
      [1.5, 'number'],
    ]),
    ids: setOf(t.u64).from([9n, 2n ** 63n]),
    fuzzy: mapOf(t.string, t.u8, { approximate: true }).from([['x', 1]]),
    title: 'on\u001b[31m',
    nested: { deep: { list: [10, 20] } },
  });
  folder.write('one.qv', pack({ a: [1, 2, 3] }));
});

const all = () => folder.path('all.qbi');
const key = (/** @type {string[]} */ ...args) => cli('inspect', all(), '--key', ...args);

describe('inspect', () => {
  test('tells the header, all containers with types and counts, and the structs', async () => {
    const { code, stdout } = await cli('inspect', all());
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /all\.qbi: image, [\d.]+ KiB \([\d,]+ bytes\), format 1, for readers from 1 on\nroot: dict of 8\n/,
    );
    for (const line of [
      /spots +array +InspectSpot +3/,
      /byName +map +string -> InspectPerson \.\.\. +3/,
      /byNumber +multiMap, ordered +i32 -> u16 +2 +3/,
      /any +map +any -> any +3/,
      /ids +set, ordered +u64 +2/,
      /fuzzy +map, approximate +string -> u8 +1/,
      /struct InspectSpot: 24 bytes, print [0-9a-f]{8}\n +0 +id +u32\n +8 +x +optional\(f64\) +presence at 16/,
    ]) {
      expect(stdout).toMatch(line);
    }
    expect(stdout).toContain("title: 'on\\x1B[31m'");
    expect(stdout).not.toContain('\u001b');
  });

  test('shows the first entries with --head, of one container with --container', async () => {
    const { stdout } = await cli('inspect', all(), '--head', '2');
    expect(stdout).toContain("byName: the first 2 entries\n  'ada' => InspectPerson {");
    expect(stdout).toContain(
      'byNumber: the first 2 entries\n  -5 => Uint16Array(2) [ 1, 3 ]\n  7 =>',
    );
    expect(stdout).toContain('fuzzy: the first 0 entries'); // it has no keys to show
    const one = await cli('inspect', all(), '-n', '1', '-c', 'ids');
    expect(one.stdout).toContain('ids: the first 1 entry\n  9n\n');
    expect(one.stdout).not.toContain('byName');
  });

  test('prints JSON that tells the same', async () => {
    const { stdout } = await cli('inspect', all(), '--json', '--head', '1');
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ kind: 'image', version: 1, oldestReader: 1, root: 'dict of 8' });
    expect(report.bytes).toBe(readFileSync(all()).length);
    const names = report.containers.map((/** @type {{ name: string }} */ { name }) => name);
    expect(names).toEqual(['spots', 'byName', 'byNumber', 'any', 'ids', 'fuzzy']);
    expect(report.containers[2]).toMatchObject({
      kind: 'multiMap',
      key: 'i32',
      value: 'u16',
      count: 2,
      values: 3,
    });
    expect(report.entries[1]).toEqual({
      name: 'byName',
      entries: [['ada', { name: 'ada', spot: { id: 0, x: 0 } }]],
    });
    expect(report.values[1]).toEqual({ name: 'nested', value: { deep: { list: [10, 20] } } });
    expect(report.structs[0].layout).toMatchObject({ name: 'InspectSpot', bytes: 24 });
  });

  test.each([
    ['byName/bob', '{"name":"bob","spot":{"id":1,"x":0.5}}'],
    ['byName/a/b', '{"name":"a/b","spot":{"id":2,"x":1}}'],
    ['ada', '{"name":"ada","spot":{"id":0,"x":0}}'],
    ['spots/-1', '{"id":2,"x":1}'],
    ['spots/1/x', '0.5'],
    ['byNumber/-5', '[1,3]'],
    ['any/null', '"none"'],
    ['any/1.5', '"number"'],
    ['any/1970-01-01T00:00:00Z', '"epoch"'],
    ['ids/9223372036854775808', '1'],
    ['fuzzy/x', '1'],
    ['nested/deep/list/1', '20'],
    ['title', '"on\\u001b[31m"'],
  ])('--key %s finds %s', async (text, json) => {
    const { code, stdout } = await key(text, '--json');
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.stringify(JSON.parse(line).value)),
    ).toEqual([json]);
  });

  test('a key that several containers have is told of each', async () => {
    const { stdout } = await key('7');
    expect(stdout).toBe('Uint16Array(1) [ 2 ]\n');
    const both = await key('1'); // a position in the array, and no key elsewhere
    expect(both.stdout).toContain('InspectSpot { id: 1, x: 0.5 }');
  });

  test.each([
    ['nobody'],
    ['byName/nobody'],
    ['spots/3'],
    ['spots/x'],
    ['nested/deep/list/2'],
    ['title/x'],
    ['ids/8'],
  ])('--key %s is not there: exit code 1', async (text) => {
    const { code, stdout, stderr } = await key(text);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`all.qbi has no key "${text}"`);
  });

  test('--container takes the key as it is, and must be there', async () => {
    const { stdout } = await key('a/b', '--container', 'byName', '--json');
    expect(JSON.parse(stdout).value.name).toBe('a/b');
    expect(await key('a/b', '--container', 'spots')).toMatchObject({ code: 1, stdout: '' });
    const wrong = await key('a', '--container', 'byNam');
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(
      'there is no container "byNam"; there are: spots, byName, byNumber',
    );
  });

  test('reads packed values, also several one behind the other, and the standard input', async () => {
    const two = Buffer.concat([pack({ a: 1 }), pack([1n, 'x'])]);
    const { stdout } = await qbwasm(['inspect', '-', '--json'], { input: two });
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      reports.map(({ kind, file, values }) => [kind, file, values[0]?.value ?? values]),
    ).toEqual([
      ['packed', 'standard input', 1],
      ['packed', 'standard input', ['1', 'x']],
    ]);
    expect((await cli('inspect', folder.path('one.qv'), '--key', 'a/1')).stdout).toBe('2\n');
  });

  test('a packed value with a cycle is shown, and has no JSON', async () => {
    /** @type {{ self?: unknown }} */
    const cycle = {};
    cycle.self = cycle;
    const file = folder.write('cycle.qv', pack({ inside: cycle }));
    expect((await cli('inspect', file)).stdout).toContain('[Circular');
    const { code, stderr } = await cli('inspect', file, '--json');
    expect(code).toBe(1);
    expect(stderr).toContain('(CYCLE)');
  });

  test('a reader that has seen enough ends it without an error', async () => {
    const file = folder.write(
      'long.qv',
      pack(Array.from({ length: 900 }, (_, i) => `${i}`.repeat(500))),
    );
    const { spawn } = await import('node:child_process');
    const { ended, MAIN } = await import('../support/cli.js');
    const child = spawn(process.execPath, [MAIN, 'inspect', '--json', file], { stdio: 'pipe' });
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended(child)).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    ['empty.bin', '', 1, 'it is empty'],
    [
      'text.txt',
      'hello world',
      1,
      'it is neither an image nor a packed value: it begins with 68 65 6c 6c 6f',
    ],
  ])('%s is refused', async (name, content, exit, message) => {
    const { code, stdout, stderr } = await cli('inspect', folder.write(name, content));
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('what is not there, and folders, cannot be read: exit code 3', async () => {
    expect((await cli('inspect', folder.path('no.qbi'))).stderr).toContain(
      'there is no such file or directory (ENOENT)',
    );
    expect(await cli('inspect', folder.path('no.qbi'))).toMatchObject({ code: 3, stdout: '' });
    expect(await cli('inspect', folder.path('.'))).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('verify', () => {
  test('says that sound files are good, in words, as JSON or with the exit code alone', async () => {
    const { code, stdout } = await cli('verify', all());
    expect(code).toBe(0);
    expect(stdout).toMatch(/all\.qbi: good, image, [\d.]+ KiB, \d+ bodies, depth \d+\n/);
    expect(JSON.parse((await cli('verify', all(), '--json')).stdout)).toMatchObject({
      kind: 'image',
      good: true,
    });
    expect(await cli('verify', all(), '--quiet')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await cli('verify', folder.path('one.qv'))).stdout).toContain('good, 1 packed value');
  });

  test('finds a changed byte, a byte too few and a byte too many', async () => {
    const bytes = readFileSync(all());
    const changed = Buffer.from(bytes);
    changed[bytes.length >> 1] ^= 1;
    const files = [changed, bytes.subarray(0, -8), Buffer.concat([bytes, Buffer.alloc(8)])];
    for (const [i, damaged] of files.entries()) {
      const { code, stdout, stderr } = await cli('verify', folder.write(`bad${i}.qbi`, damaged));
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(`bad${i}.qbi: `);
    }
    const values = Buffer.concat([pack(1), Buffer.alloc(16)]);
    const { code, stderr } = await cli('verify', folder.write('rest.qv', values));
    expect(code).toBe(1);
    expect(stderr).toContain('the 16 bytes from offset 24 on are no packed value');
  });

  test('values that nest too deep are neither good nor bad: exit code 4', async () => {
    let deep = /** @type {unknown} */ (1);
    for (let i = 0; i < 100; i++) deep = [deep, 'x'];
    const file = folder.write('deep.qv', pack(deep));
    expect(await cli('verify', file)).toMatchObject({ code: 4, stdout: '' });
    expect((await cli('verify', file, '--depth', '101')).code).toBe(0);
  });
});
