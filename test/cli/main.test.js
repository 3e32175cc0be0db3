import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { qbwasm, useCommandLine } from '../support/cli.js';

const cli = useCommandLine();
const COMMANDS = ['inspect', 'verify', 'build', 'codegen', 'demo'];

describe('the command line', () => {
  test('--help lists all commands', async () => {
    const { code, stdout, stderr } = await qbwasm(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of COMMANDS) expect(stdout).toContain(`  ${command} `);
  });

  test('without a command it shows the help and says with its exit code that this is none', async () => {
    const { code, stdout, stderr } = await qbwasm([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('qbwasm COMMAND');
  });

  test('--version prints that of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await qbwasm(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each(COMMANDS)(
    '%s --help tells its options and exit codes, and so does help',
    async (command) => {
      const { code, stdout } = await cli(command, '--help');
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^qbwasm ${command} `));
      expect(stdout).toContain('Exit codes: 0');
      expect(await cli('help', command)).toEqual({ code: 0, stdout, stderr: '' });
    },
  );

  test.each([
    [['inspct', 'x'], 'there is no command inspct; did you mean inspect?'],
    [['frobnicate'], 'there is no command frobnicate; see: qbwasm --help'],
    [['__proto__'], 'there is no command __proto__; see: qbwasm --help'],
    [['--versoin'], 'there is no option --versoin; did you mean --version?'],
    [['inspect'], 'inspect: FILE is missing. See: qbwasm inspect --help'],
    [['inspect', 'a', 'b'], 'inspect: unexpected argument "b".'],
    [['inspect', '--hed', '3', 'a'], 'inspect: unknown option --hed; did you mean --head?'],
    [['inspect', '--frobnicate', 'a'], 'inspect: unknown option --frobnicate.'],
    [['inspect', '--head', 'three', 'a'], 'inspect: --head takes a whole number, not "three".'],
    [['inspect', '--head', '-1', 'a'], 'inspect: --head takes a whole number, not "-1".'],
    [['inspect', 'a', '--key'], 'inspect: --key needs a value'],
    [['inspect', 'a', '--key', '--json'], 'inspect: --key needs a value'],
    [['inspect', 'a', '--json=yes'], 'inspect: --json takes no value.'],
    [['inspect', 'a', '-n', '1', '--head', '2'], 'inspect: --head is given twice.'],
    [['inspect', 'a', '--key', 'k', '--head', '2'], 'give one of them'],
    [['verify', 'a', '--depth', '1e3'], 'verify: --depth takes a whole number, not "1e3".'],
    [['codegen', 'S.json'], 'codegen: --lang is missing; there are: c'],
    [['codegen', '--lang', 'rust', 'S.json'], 'codegen: there is no language "rust"; there are: c'],
    [
      ['codegen', '--lang', 'c', '--prefix', '1x', 'S.json'],
      '--prefix takes letters, digits and _',
    ],
    [['build', '-s', 'S.json', 'in.txt', 'out'], 'in.txt does not tell its format'],
    [['build', '-s', 'S.json', '-', 'out'], 'standard input does not tell its format'],
    [['build', '-s', 'S.json', '-f', 'xml', '-', 'out'], '--format is one of ndjson, csv, tsv'],
    [['build', 'in.csv', 'out'], 'build: --schema is missing'],
    [['build', '-s', 'S.json', 'in.csv', '-'], 'OUT is a file'],
    [['build', '-s', 'S.json', 'in.ndjson', 'out', '--no-header'], 'are for csv and tsv'],
    [
      ['build', '-s', 'S.json', 'in.csv', 'out', '--delimiter', '::'],
      '--delimiter is one character',
    ],
    [['build', '-s', 'S.json', 'in.csv', 'out', '-q', '--json'], 'give one of them'],
    [['demo', '--port', '70000'], 'demo: --port takes 0 to 65535, not 70000'],
    [['demo', 'x'], 'demo: unexpected argument "x".'],
  ])('%j is refused with the exit code 2 and a hint', async (args, message) => {
    const { code, stdout, stderr } = await cli(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  test('what is printed of arguments and files cannot command a terminal', async () => {
    const { stderr } = await qbwasm(['inspect', '\u001b[31mred\u202e']);
    expect(stderr).toContain('\\u001b[31mred\\u202e');
    expect(stderr).not.toContain('\u001b');
  });
});
