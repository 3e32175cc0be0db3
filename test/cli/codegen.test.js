import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { pack, struct, t } from '../../js/image/index.js';
import { ndjson, useCommandLine, useFolder } from '../support/cli.js';

const folder = useFolder();
const cli = useCommandLine();
const run = promisify(execFile);

const STRICT = ['-Wall', '-Wextra', '-Wconversion', '-Wshadow', '-Wundef', '-Wcomment', '-Werror'];

/** Every kind, with holes between them. */
const SCHEMA = {
  structs: {
    Inner: { a: 'u8', b: 'f64', c: ['optional', 'u16'] },
    Outer: {
      i8: 'i8',
      u8: 'u8',
      i16: 'i16',
      u16: 'u16',
      i32: 'i32',
      u32: 'u32',
      i64: 'i64',
      u64: 'u64',
      f32: 'f32',
      f64: 'f64',
      bool: 'bool',
      date: 'date',
      inner: ['struct', 'Inner'],
      array: ['array', 'f64', 2],
      odd: ['array', 'i16', 3],
      colour: ['optional', ['enum', ['red', 'light green', 'LIGHT-GREEN', '1st']]],
      weight: ['optional', 'f64'],
      last: ['optional', 'u8'],
    },
    Pointers: {
      string: 'string',
      bytes: 'bytes',
      any: 'any',
      ref: ['ref', 'Outer'],
      list: ['list', ['struct', 'Inner']],
      dict: ['optional', ['dict', 'string', 'u8']],
      decimal: 'decimal',
      datetime: 'datetime',
      ndarray: ['ndarray', 'u8'],
    },
    Empty: {},
  },
  row: 'Outer',
  container: { kind: 'array' },
};
const ROW = {
  i8: -1,
  u8: 2,
  i16: -300,
  u16: 400,
  i32: -5_000_000,
  u32: 6_000_000,
  i64: '-7000000000',
  u64: '8000000000',
  f32: 0.5,
  f64: -0.25,
  bool: true,
  date: '1970-01-01T00:00:01Z',
  inner: { a: 3, b: 1.5, c: null },
  array: [1, 2],
  odd: [1, -2, 3],
  colour: 'LIGHT-GREEN',
  last: 9,
};

/** Prints a struct of an image by the offsets that C gives its members. */
const READER = `
#include <inttypes.h>
#include <stdio.h>
#include "outer.h"
int main(int argc, char **argv) {
    static union { outer_t outer; char bytes[sizeof(outer_t)]; } at;
    FILE *file = fopen(argv[argc - 1], "rb");
    if (!file || fseek(file, OFFSET, SEEK_SET) || fread(at.bytes, sizeof at, 1, file) != 1) return 1;
    fclose(file);
    const outer_t *o = &at.outer;
    printf("%d %d %d %d %" PRId32 " %" PRIu32 " %" PRId64 " %" PRIu64 " %g %g %d %g\\n", o->i8, o->u8, o->i16, o->u16,
           o->i32, o->u32, o->i64, o->u64, (double)o->f32, o->f64, o->bool_, o->date);
    printf("%d %g %d %g %g %d %d %d\\n", o->inner.a, o->inner.b, o->inner.c_presence == QB_NULL, o->array[0], o->array[1],
           o->odd[0], o->odd[1], o->odd[2]);
    printf("%d %d %d %d %d\\n", o->colour == OUTER_COLOUR_LIGHT_GREEN_2, o->colour_presence == QB_SET,
           o->weight_presence == QB_UNSET, o->last, o->last_presence);
    return 0;
}
`;

describe('codegen --lang c', () => {
  test('gives C structs that read an image as it is', async () => {
    const schema = folder.write('outer.json', SCHEMA);
    const header = folder.path('outer.h');
    expect(await cli('codegen', '--lang', 'c', schema, '--out', header)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const rows = folder.write('outer.ndjson', ndjson([ROW]));
    const image = folder.path('outer.qbi');
    expect((await cli('build', '-s', schema, rows, image)).code).toBe(0);

    // The root is an array of structs in place: its data begin at the distance that stands at byte 24 of it.
    const bytes = readFileSync(image);
    const root = Number(bytes.readBigUInt64LE(24));
    const offset = root + Number(bytes.readBigUInt64LE(root + 24));
    const source = folder.write('reader.c', READER);
    const program = folder.path('reader');
    await run('gcc', ['-std=c11', ...STRICT, `-DOFFSET=${offset}`, source, '-o', program]);
    const { stdout } = await run(program, [image]);
    expect(stdout).toBe(
      '-1 2 -300 400 -5000000 6000000 -7000000000 8000000000 0.5 -0.25 1 1000\n3 1.5 1 1 2 1 -2 3\n1 1 1 9 1\n',
    );
  });

  test('of a schema and of an image with its layouts are the same structs', async () => {
    const schema = folder.write('outer.json', SCHEMA);
    const rows = folder.write('outer.ndjson', ndjson([ROW]));
    await cli('build', '-s', schema, rows, folder.path('same.qbi'));
    const structOf = (/** @type {string} */ text, /** @type {string} */ name) =>
      text
        .split('/* ---- ')
        .find((part) => part.startsWith(`${name} ----`))
        ?.split('\n#endif')[0]
        .trim();
    const fromSchema = (await cli('codegen', '--lang', 'c', schema)).stdout;
    const fromImage = (await cli('codegen', '--lang', 'c', folder.path('same.qbi'))).stdout;
    for (const name of ['Outer', 'Inner']) {
      expect(structOf(fromImage, name)).toBe(structOf(fromSchema, name));
      expect(structOf(fromImage, name)).toContain('sizeof');
    }
  });

  test('compiles as C++ too, next to the header of the C reader', async () => {
    const schema = folder.write('outer.json', SCHEMA);
    await cli('codegen', '--lang', 'c', schema, '-o', folder.path('outer.h'));
    const source = folder.write(
      'both.cc',
      '#include "qbwasm_image.h"\n#include "outer.h"\n#include "outer.h"\n',
    );
    await run('g++', ['-std=c++11', ...STRICT, '-fsyntax-only', '-Ic/include', source]);
  });

  test('a parent comes first, with its presence bytes and its padding', async () => {
    const Parent = struct('CodegenParent', { at: t.f64, flag: t.optional(t.u8) });
    const Child = struct('CodegenChild', { small: t.u8, other: t.optional(t.u16) }, Parent);
    const file = folder.write('child.qv', pack(Child.pack({ at: 1 })));
    expect((await cli('codegen', '--lang', 'c', file)).code).toBe(1); // bytes in bytes have no structs
    const child = folder.write('child.qv', Child.pack({ at: 1, small: 2 }));
    const { code, stdout } = await cli('codegen', '--lang', 'c', child);
    expect(code).toBe(0);
    const { small, other } = /** @type {Record<string, { offset: number }>} */ (Child.fields);
    expect(stdout).toContain(`offsetof(codegen_child_t, small) == ${small.offset}`);
    expect(stdout).toContain(`offsetof(codegen_child_t, other) == ${other.offset}`);
    const source = folder.write('child.c', stdout);
    await run('gcc', ['-std=c11', ...STRICT, '-fsyntax-only', source]);
  });

  test('names become C names, each once, and end no comment', async () => {
    const names = [
      'int',
      'größe',
      'a b',
      'a-b',
      'a_b',
      '_x',
      '9',
      'x*/ int y; /*',
      'x??/',
      '\\',
      'a_b_presence',
      'NULL',
      '"',
    ];
    const fields = names.map((name) => [name, ['optional', 'u8']]);
    const schema = folder.write('names.json', {
      structs: {
        int8: fields,
        'int 8': fields,
        Time: { kind: ['enum', ['*/', '', 'a', 'A', 'bytes']] },
        time_kind: { x: 'u8' },
        qb_image: { x: 'u8' },
        'x */ #error': { x: 'u8' },
      },
    });
    for (const prefix of [[], ['--prefix', 'my_']]) {
      const { code, stdout } = await cli('codegen', '--lang', 'c', schema, ...prefix);
      expect(code).toBe(0);
      const text = `#include <time.h>\n#include <sys/types.h>\n#include "qbwasm_image.h"\n${stdout}`;
      const source = folder.write('names.c', text);
      await run('gcc', ['-std=c11', ...STRICT, '-fsyntax-only', '-Ic/include', source]);
    }
  });

  test('what has no structs is refused', async () => {
    const empty = await cli('codegen', '--lang', 'c', folder.write('empty.json', { row: 'u8' }));
    expect(empty).toMatchObject({ code: 1, stdout: '' });
    expect(empty.stderr).toContain('there are no structs in it');
    const packed = await cli('codegen', '--lang', 'c', folder.write('plain.qv', pack([1])));
    expect(packed).toMatchObject({ code: 1, stdout: '' });
    const nowhere = await cli('codegen', '--lang', 'c', folder.path('no.json'));
    expect(nowhere).toMatchObject({ code: 3, stdout: '' });
  });
});
