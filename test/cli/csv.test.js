import { describe, expect, test } from 'vitest';
import { open } from '../../js/image/index.js';
import { qbwasm, useCommandLine, useFolder } from '../support/cli.js';

const folder = useFolder();
const cli = useCommandLine();

const SCHEMA = {
  structs: {
    Row: {
      id: 'u32',
      name: 'string',
      note: ['optional', 'string'],
      ok: 'bool',
      at: ['optional', 'date'],
      tags: ['optional', ['list', 'string']],
    },
  },
  row: 'Row',
  container: { kind: 'array' },
};
const HEADER = 'id,name,note,ok,at,tags';

/** @param {string | Uint8Array} text @param {string[]} options */
function build(text, ...options) {
  const paths = [folder.write('schema.json', SCHEMA), folder.write('rows.csv', text)];
  return cli('build', '-q', '-s', ...paths, folder.path('rows.qbi'), ...options);
}

/** @param {string | Uint8Array} text @param {string[]} options */
async function rowsOf(text, ...options) {
  expect(await build(text, ...options)).toEqual({ code: 0, stdout: '', stderr: '' });
  return JSON.parse(JSON.stringify((await open(folder.path('rows.qbi'), { verify: true })).root));
}

describe('CSV', () => {
  test('is read with quotes, quotes in quotes, commas and line ends in cells', async () => {
    const text = `${HEADER}\n1,"a, ""b""","two\nlines",true,2024-02-29,"[""x"",""y""]"\n`;
    expect(await rowsOf(text)).toEqual([
      {
        id: 1,
        name: 'a, "b"',
        note: 'two\nlines',
        ok: true,
        at: '2024-02-29T00:00:00.000Z',
        tags: ['x', 'y'],
      },
    ]);
  });

  test.each([
    ['a line end at each', '\n', ''],
    ['CRLF and a byte order mark', '\r\n', '\ufeff'],
    ['CR alone', '\r', ''],
  ])('is read with %s', async (_, end, mark) => {
    const text = `${mark}${HEADER}${end}1,a,,1,,${end}${end}2,b,,0,,`;
    expect(await rowsOf(text)).toEqual([
      { id: 1, name: 'a', ok: true },
      { id: 2, name: 'b', ok: false },
    ]);
  });

  test('an empty cell of an optional field is unset, one of two quotes is the empty string', async () => {
    const rows = await rowsOf(`${HEADER}\n1,,,1,,\n2,"","",1,,[]\n`);
    expect(rows).toEqual([
      { id: 1, name: '', ok: true },
      { id: 2, name: '', note: '', ok: true, tags: [] },
    ]);
  });

  test('columns stand in any order, those of optional fields may be left out', async () => {
    expect(await rowsOf('ok,name,id\nTRUE,a, 7 \n')).toEqual([{ id: 7, name: 'a', ok: true }]);
  });

  test('other columns are refused, unless the schema says so', async () => {
    const { code, stderr } = await build('id,name,ok,nte\n1,a,1,x\n');
    expect(code).toBe(1);
    expect(stderr).toContain('rows.csv:1: nte: the schema has no such field; did you mean note?');
    const schema = folder.write('open.json', { ...SCHEMA, unknown: 'ignore' });
    const rows = folder.write('rows.csv', 'id,name,ok,nte\n1,a,1,x\n');
    expect((await cli('build', '-s', schema, rows, folder.path('open.qbi'))).code).toBe(0);
  });

  test('without a header the columns are the fields in their order', async () => {
    expect(await rowsOf('1,a,,1,,\n', '--no-header')).toEqual([{ id: 1, name: 'a', ok: true }]);
  });

  test('other delimiters, and tabs for TSV', async () => {
    expect(await rowsOf('id;name;ok\n1;"a;b";1\n', '--delimiter', ';')).toEqual([
      { id: 1, name: 'a;b', ok: true },
    ]);
    expect(await rowsOf('id\tname\tok\n1\ta,b\t1\n', '--format', 'tsv')).toEqual([
      { id: 1, name: 'a,b', ok: true },
    ]);
  });

  test('comes from the standard input in pieces', async () => {
    const schema = folder.write('schema.json', SCHEMA);
    const out = folder.path('piped.qbi');
    const input = `${HEADER}\n${Array.from({ length: 20_000 }, (_, i) => `${i},"ä${i}",,1,,\n`).join('')}`;
    const built = await qbwasm(['build', '-q', '-f', 'csv', '-s', schema, '-', out], { input });
    expect(built).toEqual({ code: 0, stdout: '', stderr: '' });
    const { root } = await open(out);
    const rows = /** @type {import('../../js/image/index.js').ImageArray<{ name: string }>} */ (
      root
    );
    expect(rows.length).toBe(20_000);
    expect(rows.at(-1)?.name).toBe('ä19999');
  });

  test.each([
    ['', 'rows.csv: it is empty'],
    ['id,name\n1,a\n', 'rows.csv:1: ok: there is no such column'],
    ['id,name,ok,id\n', 'rows.csv:1: id: the column stands twice'],
    ['id,name,ok\n1,a,1\n2,b\n', 'rows.csv:3: there are 2 cells, not 3 as columns'],
    ['id,name,ok\n1,"x\ny",1\n2,b,1,z\n', 'rows.csv:4: there are 4 cells, not 3 as columns'],
    [
      'id,name,ok\n1,"x\ny",1\n2,"\n\n",maybe\n',
      'rows.csv:4: ok: it cannot be "maybe"; give true or false',
    ],
    ['id,name,ok\r\n1,"a\r\nb",1\r\n2,"x\r\ny"\r\n', 'rows.csv:4: there are 2 cells'],
    ['id,name,ok\r\n1,"a\r\nb",1\r\n2,"x"z,1\r\n', 'rows.csv:4: something follows'],
    ['id,name,ok\n1,a,1\n-1,b,1\n', 'rows.csv:3: id: it cannot be "-1"'],
    ['id,name,ok\n,b,1\n', 'rows.csv:2: id: it cannot be ""'],
    ['id,name,ok\n0x10,b,1\n', 'rows.csv:2: id: it cannot be "0x10"'],
    ['id,name,ok\n1,"a,1\n2,b,1\n', 'rows.csv:2: a quote is not closed'],
    ['id,name,ok\n1,"a"b,1\n', 'rows.csv:2: something follows a closing quote'],
    ['id,name,ok\n1,a"b,1\n', 'rows.csv:2: a quote stands within a cell'],
    [
      'id,name,ok,tags\n1,a,1,[1\n',
      'rows.csv:2: tags: it must be JSON for list(string): a comma or ] was expected',
    ],
    ['id,name,ok,tags\n1,a,1,[1]\n', 'rows.csv:2: tags[0]: it cannot be 1; give a string'],
    ['id,name,ok,at\n1,a,1,yesterday\n', 'rows.csv:2: at: it cannot be "yesterday"; give a date'],
  ])('%j is refused', async (text, message) => {
    const { code, stdout, stderr } = await build(text);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('that is no UTF-8 is refused', async () => {
    const bad = await build(Buffer.from('id,name,ok\n1,\xff,1\n', 'latin1'));
    expect(bad.stderr).toContain('rows.csv:2: it is no UTF-8 (byte 13)');
    const wide = await build(Buffer.from('\ufeffid,name,ok\n', 'utf16le'));
    expect(wide.stderr).toContain('it is no UTF-8 but UTF-16');
    const good = 'id,name,ok\n'.concat('1,ä漢💾,1\n'.repeat(30_000));
    const late = Buffer.concat([Buffer.from(good), Buffer.from('2,a\xe4', 'latin1')]);
    const at = Buffer.byteLength(good) + 3;
    expect((await build(late)).stderr).toMatch(
      new RegExp(`rows\\.csv:30002: it is no UTF-8 \\(byte ${at + 1}\\)`),
    );
  });

  test.each([
    ['id,nam\n', 0],
    ['id,name,ok\n1,ä,1\n2,b,x\n', 18],
    ['\ufeffid,name,ok\r\n1,"a\r\nb",1\r\n2,b\r\n', 27],
    ['id,name,ok\n1,"a,1\n2,b,1\n', 11],
    ['id,name,ok\n1,a,1\n2,"a"b,1\n', 17],
  ])('%j is refused with the byte where the row begins', async (text, offset) => {
    expect((await build(text)).stderr).toMatch(new RegExp(`\\(byte ${offset}\\)\\n$`));
  });

  test('rows of CSV are structs', async () => {
    const schema = folder.write('plain.json', { row: 'u8', container: { kind: 'array' } });
    const { code, stderr } = await cli(
      'build',
      '-s',
      schema,
      folder.write('a.csv', '1\n'),
      folder.path('a'),
    );
    expect(code).toBe(2);
    expect(stderr).toContain('the rows of csv are structs, and "row" of the schema is u8');
  });
});
