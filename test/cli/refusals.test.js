import { describe, expect, test } from 'vitest';
import { ndjson, useCommandLine, useFolder } from '../support/cli.js';

const folder = useFolder();
const cli = useCommandLine();

const POINT = {
  structs: { Point: { x: 'f32', tags: ['optional', ['list', 'u8']] } },
  row: 'Point',
};
const ARRAY = { container: { kind: 'array' } };

/**
 * @param {unknown} schema
 * @param {string | Uint8Array} rows
 * @param {string} [name]
 */
async function build(schema, rows, name = 'rows.ndjson') {
  const before = new Set([...folder.names(), 'schema.json', name]);
  const paths = [folder.write('schema.json', schema), folder.write(name, rows)];
  const result = await cli('build', '-s', ...paths, folder.path('out.qbi'));
  expect(folder.names().filter((one) => !before.has(one))).toEqual([]);
  return { ...result, stderr: result.stderr.replaceAll(`${folder.path('')}/`, '') };
}

describe('a schema is refused with file, line, column and path', () => {
  test.each([
    ['{"a":1,}', ':1:8: it is no JSON: a name in double quotes was expected, and there is "}"'],
    ['{"row":\n "u8" "x"}', ':2:7: it is no JSON: a comma or } was expected'],
    ['', ':1:1: it is no JSON: a value was expected, and the text ends'],
    ['{"structs":{"A":{"x":"u8",\n"x":"u8"}}}', ':2:1: it is no JSON: the name "x" stands twice'],
    ['[]', ':1:1: [] is no object; give a schema'],
    [{ rows: 'u8' }, 'rows: it is not known; did you mean row?'],
    [{ container: { kind: 'array' } }, '"row" is missing'],
    [{ row: 'u8' }, 'give either "container", which is the whole image, or "containers" by name'],
    [{ row: 'u8', ...ARRAY, containers: {} }, 'give either "container"'],
    [{ row: 'u8', containers: {} }, 'containers: there is no container in it'],
    [{ row: 'u33', ...ARRAY }, ':1:8: row: "u33" is no type; did you mean "u32"?'],
    [
      { row: ['optoinal', 'u8'], ...ARRAY },
      'row: "optoinal" makes no type; did you mean "optional"?',
    ],
    [{ row: ['u8'], ...ARRAY }, 'row: "u8" takes nothing; write it without the brackets'],
    [{ row: 'list', ...ARRAY }, 'row: "list" needs more: ["list", ...]'],
    [{ row: ['list'], ...ARRAY }, 'row: ["list"] is no type; write it as ["list", type]'],
    [
      { row: ['optional', ['optional', 'u8']], ...ARRAY },
      'row: t.optional cannot wrap optional(u8)',
    ],
    [{ row: ['array', 'string', 3], ...ARRAY }, 'row: t.array holds numbers, not string'],
    [{ row: ['array', 'u8', '3'], ...ARRAY }, 'give a count from 1 to'],
    [
      { row: ['enum', ['a', 'a']], ...ARRAY },
      'row: t.enum takes an array of 1 to 65536 different strings',
    ],
    [
      { row: ['ref', 'Pont'], ...POINT.structs, structs: POINT.structs, ...ARRAY },
      'it is not known',
    ],
    [
      { row: ['ref', 'Pont'], structs: POINT.structs, ...ARRAY },
      'row[1]: there is no struct "Pont" in structs; did you mean "Point"?',
    ],
    [
      { structs: { A: { b: 'B' }, B: { x: 'u8' } }, row: 'A', ...ARRAY },
      'structs.A.b: "B" is a struct; say ["struct", "B"]',
    ],
    [
      { structs: { A: { b: ['struct', 'A'] } }, row: 'A', ...ARRAY },
      'structs.A.b[1]: A stands in itself',
    ],
    [
      { structs: { A: { b: ['struct', 'B'] }, B: { a: ['struct', 'A'] } }, row: 'A', ...ARRAY },
      'A stands in itself',
    ],
    [
      { structs: { u8: { x: 'u8' } }, row: 'u8', ...ARRAY },
      'structs.u8: a struct cannot have the name of a type',
    ],
    [
      { structs: { A: { address: 'u8' } }, row: 'A', ...ARRAY },
      "a field cannot have the name 'address'",
    ],
    [
      '{"structs":{"A":{"__proto__":"u8"}},"row":"A","container":{"kind":"array"}}',
      "the name '__proto__'",
    ],
    [
      {
        structs: {
          A: [
            ['x', 'u8'],
            ['x', 'u8'],
          ],
        },
        row: 'A',
        ...ARRAY,
      },
      'structs.A: a field stands twice',
    ],
    [
      { structs: { A: [['x']] }, row: 'A', ...ARRAY },
      'structs.A[0]: ["x"] is no field; give a pair',
    ],
    [
      { ...POINT, container: { kind: 'maps' } },
      'container.kind: "maps" is none of "array", "map", "multiMap", "set"; did you mean "map"?',
    ],
    [{ ...POINT, container: { kind: 'map' } }, 'container: "key" is missing'],
    [{ ...POINT, container: { kind: 'map', key: 'y' } }, 'container.key: a row has no field "y"'],
    [{ ...POINT, container: { kind: 'map', key: 3 } }, 'container.key: 3 is neither a field'],
    [
      { ...POINT, container: { kind: 'set', key: { each: 'x' } } },
      'container.key.each: "x" is f32, which has no elements',
    ],
    [
      { ...POINT, container: { kind: 'map', key: 'x', value: { index: 'u64' } } },
      'container.value.index: "u64" is none of',
    ],
    [
      { ...POINT, container: { kind: 'array', duplicates: 'last' } },
      'container.duplicates: an array has no keys',
    ],
    [
      { ...POINT, container: { kind: 'array', dedupe: 1 } },
      'container.dedupe: 1 is neither true nor false',
    ],
    [{ ...POINT, container: { kind: 'array', sorted: true } }, 'container.sorted: it is not known'],
    [
      { row: 'u8', container: { kind: 'map', key: 'x' } },
      'container.key: rows are u8, which has no fields',
    ],
    [{ row: 'u8', ...ARRAY, values: { a: 1 } }, 'values: a single container is the root'],
    [
      { row: 'u8', containers: { a: { kind: 'array' } }, values: { a: 1 } },
      'values.a: a container has this name',
    ],
    [{ ...POINT, ...ARRAY, unknown: 'keep' }, 'unknown: "keep" is none of "refuse", "ignore"'],
  ])('%j', async (schema, message) => {
    const { code, stdout, stderr } = await build(schema, '');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^qbwasm: schema\.json:\d+:\d+: /);
    expect(stderr).toContain(message);
  });
});

describe('a row is refused with file, line, column and path', () => {
  test.each([
    ['{"x":1}\n{"x":1,}\n', ':2:8: the line is no JSON: a name in double quotes was expected'],
    ['{"x":1}\r\n\r\n{"x":"1"}', ':3:6: x: it cannot be "1"; give a number'],
    ['{"x":1,"tags":[1,2,256]}', ':1:20: tags[2]: it cannot be 256; give an integer from 0 to 255'],
    ['{}', ':1:1: x: it cannot be left out'],
    ['{"x":null}', ':1:6: x: it cannot be null'],
    ['{"x":1,"y":2}', ':1:12: y: the schema has no such field; Declare it'],
    ['{"x":1,"tag":[]}', 'tag: the schema has no such field; did you mean tags?'],
    ['[{"x":1}]', ':1:1: it cannot be an array; give an object with the fields of Point'],
    ['{"x":1}\n"\u001b[31m"', ':2:2: the line is no JSON: a control character in a string'],
    ['{"x":1}\n{"x":1}}\n', ':2:8: the line is no JSON: the end was expected, and there is "}"'],
  ])('%j', async (rows, message) => {
    const { code, stdout, stderr } = await build({ ...POINT, ...ARRAY }, rows);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^qbwasm: rows\.ndjson:\d+:\d+: /);
    expect(stderr).toContain(message);
  });

  test.each([
    ['{"x":1}\n{"x":"1"}', '"x":"1"'.indexOf('"1"') + 9],
    ['{"x":1,"tags":[1]}\r\n\r\n{"x":1,"tags":[2,256]}', 22 + 17],
    ['\ufeff{"x":"ä"}', 3 + 5],
    ['{"x":1}\n{"x":1,"ä":1}', 8 + 12],
    ['{"x":1}\n{"x":1,}', 8 + 7],
    ['\ufeff{"x":1}\n{"x":1}\n[]', 3 + 16],
  ])('%j, with the byte of what is wrong', async (rows, offset) => {
    const { stderr } = await build({ ...POINT, ...ARRAY }, rows);
    expect(stderr).toMatch(new RegExp(`\\(byte ${offset}\\)\\n$`));
  });

  test('far behind in a file, with the byte of what is wrong', async () => {
    const good = '{"x":1,"tags":[1,2,3]}\n'.repeat(40_000);
    const { stderr } = await build({ ...POINT, ...ARRAY }, `${good}{"x":1,"tags":[256]}\n${good}`);
    expect(stderr).toContain('rows.ndjson:40001:16: tags[0]');
    expect(stderr).toContain(`(byte ${good.length + 15})`);
  });

  test('that is no UTF-8, with its line; UTF-16 is called so', async () => {
    const schema = { row: 'string', ...ARRAY };
    const bad = Buffer.concat([Buffer.from('"a"\n"b"\n'), Buffer.from([0x22, 0xff, 0x22, 0x0a])]);
    expect((await build(schema, bad)).stderr).toContain('rows.ndjson:3: it is no UTF-8 (byte 8)');
    const wide = Buffer.from('\ufeff"a"\n', 'utf16le');
    expect((await build(schema, wide)).stderr).toContain(
      'rows.ndjson:1: it is no UTF-8 but UTF-16',
    );
  });

  test.each([
    ['u64', 2 ** 53, 'integers above 2^53 as text'],
    ['i64', 1.5, 'give an integer'],
    ['decimal', 0.1234567890123456, 'give it as text'],
    ['date', '2023-02-29', 'give a date'],
    ['date', '2024-02-29T12:00', 'with a time and its zone'],
    ['datetime', '2024-02-29T25:00Z', 'give a date and time'],
    ['bytes', 'a', 'give bytes in base64'],
    [['enum', ['red', 'green']], 'gren', 'give "green", or another one of "red", "green"'],
    [['tuple', 'u8', 'u8'], [1], 'give an array of 2'],
    [['array', 'u8', 2], [1, 2, 3], 'give an array or typed array of 2 u8 values'],
    [['dict', 'u8', 'u8'], { 1: 1 }, 'give an array of pairs [key, value]'],
    [['dict', 'string', 'u8'], { a: 300 }, 'a: it cannot be 300'],
    [['dict', 'string', 'u8'], [['a', 1], ['b']], '[1]: it cannot be an array; give a pair'],
    [['ndarray', 'u8'], { shape: [3], data: [1, 2] }, 'give a shape whose product is 2'],
    [['ndarray', 'u8'], { dtype: 'f32', data: [1] }, 'give numbers of u8'],
  ])('a %j cannot be %j', async (row, value, message) => {
    const { code, stderr } = await build({ row, ...ARRAY }, ndjson([value]));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^qbwasm: rows\.ndjson:1:\d+: /);
    expect(stderr).toContain(message);
  });

  test('a key that was there before, with the line of the second one', async () => {
    const schema = { ...POINT, container: { kind: 'map', key: 'x' } };
    const { code, stderr } = await build(schema, ndjson([{ x: 1 }, { x: 2 }, { x: 1 }, { x: 3 }]));
    expect(code).toBe(1);
    expect(stderr).toContain('rows.ndjson:3:1: ');
    expect(stderr).toContain('has the key 1, which is there already');
  });

  test('a row without key or value, unless such rows are to be skipped', async () => {
    const rows = ndjson([{ x: 1, tags: [1] }, { x: 2 }]);
    const container = { kind: 'map', key: 'x', value: 'tags' };
    const { stderr } = await build({ ...POINT, container }, rows);
    expect(stderr).toContain(
      'rows.ndjson:2:1: tags: the row has no value, and the container needs one',
    );
  });

  test('a number of a row that does not fit its type', async () => {
    const container = { kind: 'map', key: 'x', value: { index: 'u8' } };
    const rows = ndjson(Array.from({ length: 257 }, (_, x) => ({ x })));
    const { stderr } = await build({ ...POINT, container }, rows);
    expect(stderr).toContain('rows.ndjson:257:1: the number of the row, 256, does not fit u8');
  });

  test('other fields pass when the schema says so', async () => {
    const schema = folder.write('open.json', { ...POINT, ...ARRAY, unknown: 'ignore' });
    const rows = folder.write('open.ndjson', '{"x":1,"y":{"__proto__":1}}');
    expect((await cli('build', '-s', schema, rows, folder.path('open.qbi'))).code).toBe(0);
  });
});
