/**
 * Damaged files: whatever their bytes say, a command ends with a text and one of its exit codes.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../js/image/crc.js';
import { arrayOf, mapOf, struct, t } from '../../js/image/index.js';
import { ended, MAIN, useCommandLine, useFolder } from '../support/cli.js';
import { randomFrom, testSeed } from '../support/random.js';

const folder = useFolder();
const cli = useCommandLine();
const GOLDEN = ['test/golden/images', 'test/golden/values'].flatMap((path) =>
  readdirSync(path).map((name) => `${path}/${name}`),
);
const DAMAGED_COUNT = 120;
const COMMANDS = [
  ['inspect', '--head', '3'],
  ['inspect', '--json', '--head', '3'],
  ['inspect', '--key', 'a'],
  ['codegen', '--lang', 'c'],
  ['verify'],
];
/** Of the header of an image. */
const CHECKSUM = 40;
const HEADER_CHECKSUM = 60;
const HEADER_BYTES = 64;

/** @param {Buffer} bytes of an image: its checksums are made right again */
function reseal(bytes) {
  if (bytes.length < HEADER_BYTES || bytes.toString('latin1', 0, 7) !== 'QBIMAGE') return;
  bytes.writeUInt32LE(crc32c(bytes.subarray(HEADER_BYTES)), CHECKSUM);
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, HEADER_CHECKSUM)), HEADER_CHECKSUM);
}

describe('damaged files', () => {
  test('give an error or values, with the exit code 0, 1 or 4, and nothing that commands a terminal', async () => {
    const random = randomFrom(testSeed('damaged files'));
    for (let i = 0; i < DAMAGED_COUNT; i++) {
      const path = GOLDEN[random(GOLDEN.length)];
      const bytes = Buffer.from(readFileSync(path));
      for (let flips = 1 + random(3); flips > 0; flips--) {
        bytes[random(bytes.length)] = [0, 1, 0x1b, 0x7f, 0xff, random(256)][random(6)];
      }
      reseal(bytes);
      const file = folder.write('damaged.bin', bytes);
      const command = COMMANDS[i % COMMANDS.length];
      const { code, stdout, stderr } = await cli(...command, file);
      const what = `${command.join(' ')} of a damaged ${path}: ${code} ${stderr}`;
      expect([0, 1, 4], what).toContain(code);
      expect(stdout + stderr, what).not.toContain('\u001b');
      if (code !== 0) expect(stderr, what).toMatch(/^qbwasm: .+\n$/);
    }
  });

  test('names of structs and fields command neither a terminal nor a C compiler', async () => {
    const name = 'Evil\u001b[2J*/ #error';
    const Evil = struct(name, { '*/\u001b]0;x\u0007\n#error': t.u8 });
    await arrayOf(Evil).build([{ '*/\u001b]0;x\u0007\n#error': 1 }], folder.path('evil.qbi'));
    for (const command of COMMANDS) {
      const { stdout, stderr } = await cli(...command, folder.path('evil.qbi'));
      const all = stdout + stderr;
      for (const bad of ['\u001b', '\u0007', '\n#error'])
        expect(all.includes(bad), bad).toBe(false);
    }
  });

  test('a key that asks for the prototype of things finds nothing', async () => {
    await mapOf(t.string, t.u8).build([['a', 1]], folder.path('plain.qbi'));
    for (const key of ['__proto__', 'constructor', 'toString', 'size', 'length']) {
      const { code } = await cli('inspect', folder.path('plain.qbi'), '--key', key);
      expect(code, key).toBe(1);
    }
  });
});

describe('on a terminal', () => {
  test('build shows a bar on the standard error, which is gone at the end', async () => {
    const schema = folder.write('schema.json', { row: 'u8', container: { kind: 'array' } });
    const rows = folder.write('rows.ndjson', '7\n'.repeat(300_000));
    const call = `'${process.execPath}' '${MAIN}' build -s '${schema}' '${rows}' '${folder.path('bar.qbi')}'`;
    // util-linux: runs a command on a terminal of its own.
    const child = spawn('script', ['-qefc', call, '/dev/null'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { code, stdout } = await ended(child);
    expect(code).toBe(0);
    const pieces = stdout.split('\r\u001b[K');
    expect(pieces[1]).toMatch(/^build \[#*\.*\] +\d+ % {2}/);
    expect(pieces.at(-1)).toContain('bar.qbi: ');
    expect(pieces.at(-1)).toContain('from 300,000 rows');
    expect(pieces.at(-1)).not.toContain('[#');
  });
});
