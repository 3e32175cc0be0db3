import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { DateTime, Decimal, NdArray, open } from '../../js/image/index.js';
import { ndjson, qbwasm, useCommandLine, useFolder } from '../support/cli.js';

const folder = useFolder();
const cli = useCommandLine();

/** The user that may do nothing. */
const NOBODY = 65534;

const PACKAGES = {
  structs: {
    Package: {
      name: 'string',
      section: ['optional', 'string'],
      bytes: 'u32',
      depends: ['list', 'string'],
    },
  },
  row: 'Package',
  containers: {
    packages: { kind: 'array' },
    byName: { kind: 'map', key: 'name', value: { index: 'u32' } },
    bySection: { kind: 'multiMap', key: 'section', value: { index: 'u16' }, missing: 'skip' },
    dependants: { kind: 'multiMap', key: { each: 'depends' }, value: 'name' },
    sizes: { kind: 'set', key: 'bytes' },
  },
  values: { title: 'Debian', counts: [1, 2, 300] },
};
const ROWS = Array.from({ length: 500 }, (_, i) => ({
  name: `p${i}`,
  ...(i % 5 > 0 && { section: `s${i % 5}` }),
  bytes: i,
  depends: ['libc', `p${i >> 1}`],
}));

describe('an image with several containers from one file', () => {
  beforeAll(async () => {
    const schema = folder.write('packages.json', PACKAGES);
    const rows = folder.write('packages.ndjson', ndjson(ROWS));
    const result = await cli('build', '--schema', schema, rows, folder.path('packages.qbi'));
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/packages\.qbi: [\d.]+ KiB from 500 rows in /);
  });

  const image = () => open(folder.path('packages.qbi'), { verify: true });
  const read = async (/** @type {string} */ name) =>
    /** @type {{ get(key: string): unknown }} */ ((await image()).get(name));
  const list = (/** @type {unknown} */ values) => [.../** @type {Iterable<unknown>} */ (values)];

  test('has the rows in an array', async () => {
    const packages = (await image()).get('packages');
    expect(JSON.parse(JSON.stringify(packages))).toEqual(ROWS);
  });

  test('has numbers of rows by name, and by section in order', async () => {
    const byName = await read('byName');
    expect(ROWS.every(({ name }, i) => byName.get(name) === i)).toBe(true);
    const bySection = await read('bySection');
    expect(list(bySection.get('s3'))).toEqual(
      ROWS.flatMap(({ section }, i) => (section === 's3' ? i : [])),
    );
  });

  test('has one entry for each element of a list', async () => {
    const dependants = await read('dependants');
    expect(list(dependants.get('p7'))).toEqual(['p14', 'p15']);
    expect(list(dependants.get('libc'))).toHaveLength(500);
  });

  test('has plain values beside the containers', async () => {
    const opened = await image();
    expect(opened.get('title')).toBe('Debian');
    expect(JSON.stringify(opened.get('counts'))).toBe('[1,2,300]');
  });

  test('is the same from a pipe, which is read once and kept for the other containers', async () => {
    const before = folder.names();
    const out = folder.path('piped.qbi');
    const args = ['build', '-s', folder.path('packages.json'), '-f', 'ndjson', '-', out, '-q'];
    const result = await qbwasm(args, { input: ndjson(ROWS) });
    expect(result).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(out).equals(readFileSync(folder.path('packages.qbi')))).toBe(true);
    expect(folder.names()).toEqual([...before, 'piped.qbi'].sort());
  });

  test('tells its counts as JSON', async () => {
    const [schema, rows] = [folder.path('packages.json'), folder.path('packages.ndjson')];
    const { stdout } = await cli('build', '-s', schema, rows, folder.path('counts.qbi'), '--json');
    const { containers, bytes, ...rest } = JSON.parse(stdout);
    expect(bytes).toBe(statSync(folder.path('counts.qbi')).size);
    expect(rest).toEqual({ file: folder.path('counts.qbi'), rows: 500 });
    expect(containers.bySection).toEqual({ entries: 400, keys: 4, values: 400 });
  });
});

/** Type, value in JSON, and what it must read as. @type {[unknown, unknown, unknown][]} */
const VALUES = [
  ['i8', -128, -128],
  ['u32', 4294967295, 4294967295],
  ['i64', '-9223372036854775808', -(2n ** 63n)],
  ['u64', 9007199254740991, 9007199254740991n],
  ['u64', '18446744073709551615', 2n ** 64n - 1n],
  ['f32', 0.5, 0.5],
  ['f64', 'NaN', Number.NaN],
  ['f64', '-Infinity', Number.NEGATIVE_INFINITY],
  ['bool', true, true],
  [['enum', ['red', 'green']], 'green', 'green'],
  ['date', '2024-02-29', new Date('2024-02-29')],
  ['date', '1900-01-01T12:00:00.250+01:24', new Date('1900-01-01T10:36:00.250Z')],
  ['datetime', '2024-02-29T12:30:00+01:00', DateTime.parse('2024-02-29T12:30:00+01:00')],
  ['datetime', '2024-02-29T12:30', DateTime.parse('2024-02-29T12:30')],
  ['decimal', '-123.4560', Decimal.parse('-123.4560')],
  ['decimal', 12.5, Decimal.parse('12.5')],
  ['bytes', 'AAH/', new Uint8Array([0, 1, 255])],
  ['string', 'größer\u0000漢字', 'größer\u0000漢字'],
  ['any', { a: [1, null, 'x'] }, { a: [1, null, 'x'] }],
  [['optional', 'u8'], null, null],
  [
    ['list', 'u16'],
    [1, 300],
    [1, 300],
  ],
  [
    ['tuple', 'u8', 'string'],
    [1, 'a'],
    [1, 'a'],
  ],
  [
    ['set', 'string'],
    ['b', 'a'],
    ['b', 'a'],
  ],
  [['dict', 'string', 'u8'], { a: 1 }, [['a', 1]]],
  [['dict', 'u8', ['list', 'bool']], [[1, [true]]], [[1, [true]]]],
  [['array', 'i16', 3], [1, -2, 3], new Int16Array([1, -2, 3])],
  [
    ['ndarray', 'f32'],
    { shape: [2, 1], data: [1, 2] },
    new NdArray(new Float32Array([1, 2]), [2, 1]),
  ],
  [['ndarray', null], [1, 2], new NdArray(new Float64Array([1, 2]), [2])],
  [['struct', 'Point'], { x: 1, y: 2 }, { x: 1, y: 2 }],
  [['ref', 'Point'], { x: 1, y: 2 }, { x: 1, y: 2 }],
  [['ref', 'Point'], null, null],
];

describe('values of JSON', () => {
  test.each(VALUES)('%j takes %j', async (type, json, expected) => {
    const structs = { Point: { x: 'f32', y: 'u8' }, Row: { value: type } };
    const schema = folder.write('value.json', {
      structs,
      row: 'Row',
      container: { kind: 'array' },
    });
    const rows = folder.write('value.ndjson', ndjson([{ value: json }]));
    const built = await cli('build', '-s', schema, rows, folder.path('value.qbi'), '-q');
    expect(built).toEqual({ code: 0, stdout: '', stderr: '' });
    const image = await open(folder.path('value.qbi'));
    const [row] = /** @type {Iterable<{ value: unknown }>} */ (image.root);
    const isPlain =
      typeof expected !== 'object' || expected === null || ArrayBuffer.isView(expected);
    if (isPlain || expected instanceof Date) expect(row.value).toEqual(expected);
    else expect(JSON.stringify(row.value)).toBe(JSON.stringify(expected));
  });

  test('rows may be plain values', async () => {
    const schema = folder.write('plain.json', { row: 'f64', container: { kind: 'array' } });
    const rows = folder.write('plain.ndjson', '1.5\n\n-2\r\n"Infinity"');
    expect((await cli('build', '-s', schema, rows, folder.path('plain.qbi'))).code).toBe(0);
    const { root } = await open(folder.path('plain.qbi'));
    expect(/** @type {{ numbers: Float64Array }} */ (root).numbers).toEqual(
      new Float64Array([1.5, -2, Number.POSITIVE_INFINITY]),
    );
  });

  test('structs that lead back to themselves', async () => {
    const schema = folder.write('tree.json', {
      structs: { Tree: { name: 'string', kids: ['list', ['ref', 'Tree']] } },
      row: 'Tree',
      container: { kind: 'map', key: 'name' },
    });
    const tree = { name: 'a', kids: [{ name: 'b', kids: [] }, null] };
    const rows = folder.write('tree.ndjson', ndjson([tree]));
    expect((await cli('build', '-s', schema, rows, folder.path('tree.qbi'))).code).toBe(0);
    const { root } = await open(folder.path('tree.qbi'), { verify: true });
    expect(JSON.stringify(/** @type {Map<string, unknown>} */ (root).get('a'))).toBe(
      JSON.stringify(tree),
    );
  });
});

describe('the file that is built', () => {
  const schema = () => folder.write('u8.json', { row: 'u8', container: { kind: 'array' } });

  test('replaces what was there when it is complete, and not before', async () => {
    const out = folder.write('old.qbi', 'old');
    const bad = await cli('build', '-s', schema(), folder.write('bad.ndjson', '1\n256\n'), out);
    expect(bad.code).toBe(1);
    expect(readFileSync(out, 'utf8')).toBe('old');
    const good = await cli('build', '-s', schema(), folder.write('good.ndjson', '1\n255\n'), out);
    expect(good.code).toBe(0);
    expect((await open(out)).size).toBe(statSync(out).size);
  });

  test('is left alone with --no-clobber, and made when it is not there', async () => {
    const [rows, out] = [folder.write('good.ndjson', '1\n'), folder.write('kept.qbi', 'kept')];
    const refused = await cli('build', '-s', schema(), rows, out, '--no-clobber');
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('kept.qbi: it exists already, and --no-clobber is given');
    expect(readFileSync(out, 'utf8')).toBe('kept');
    const fresh = folder.path('fresh.qbi');
    expect((await cli('build', '-s', schema(), rows, fresh, '--no-clobber')).code).toBe(0);
    expect((await open(fresh)).size).toBe(statSync(fresh).size);
  });

  test('cannot be the input, a folder, or in a folder that is not there', async () => {
    const rows = folder.write('good.ndjson', '1\n');
    schema();
    const before = folder.names();
    expect(await cli('build', '-s', schema(), rows, rows)).toMatchObject({ code: 2 });
    const toFolder = await cli('build', '-s', schema(), rows, folder.path('.'));
    expect(toFolder.code).toBe(3);
    expect(toFolder.stderr).toContain('it is a folder');
    const nowhere = await cli('build', '-s', schema(), rows, folder.path('no/out.qbi'));
    expect(nowhere.code).toBe(3);
    expect(nowhere.stderr).toContain(
      'cannot be written: there is no such file or directory (ENOENT)',
    );
    expect(folder.names()).toEqual(before);
  });

  test('needs permission', async () => {
    const rows = folder.write('secret.ndjson', '1\n');
    chmodSync(rows, 0);
    const isRoot = process.getuid?.() === 0; // for whom there are no permissions
    const out = folder.path('secret.qbi');
    const args = ['build', '-s', schema(), rows, out];
    const { code, stderr } = await qbwasm(args, isRoot ? { uid: NOBODY } : {});
    expect(code).toBe(3);
    expect(stderr).toContain('cannot be read: no permission (EACCES)');
    expect(existsSync(out)).toBe(false);
  });

  test('no rows are an empty container', async () => {
    const out = folder.path('empty.qbi');
    const built = await cli('build', '-s', schema(), folder.write('empty.ndjson', ''), out);
    expect(built.code).toBe(0);
    expect(/** @type {ArrayLike<number>} */ ((await open(out, { verify: true })).root).length).toBe(
      0,
    );
  });

  test('without a terminal there is no progress bar', async () => {
    const rows = folder.write('many.ndjson', '7\n'.repeat(200_000));
    const { stderr } = await qbwasm(['build', '-s', schema(), rows, folder.path('many.qbi')]);
    expect(stderr).toBe('');
    expect(existsSync(folder.path('many.qbi'))).toBe(true);
  });
});
