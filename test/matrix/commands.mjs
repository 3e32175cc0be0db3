/**
 * The command line, as a user of it: builds an image from CSV, checks it, looks into it, prints its structs for C.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCHEMA = JSON.stringify({
  structs: { Row: { id: 'u32', name: 'string' } },
  row: 'Row',
  container: { kind: 'map', key: 'id' },
});

/** @param {(...args: string[]) => string} qbwasm runs a command and returns what it printed */
export function tryCommands(qbwasm) {
  const folder = mkdtempSync(join(tmpdir(), 'qbwasm-commands-'));
  try {
    const [schema, rows, image] = ['schema.json', 'rows.csv', 'rows.qbi'].map((name) =>
      join(folder, name),
    );
    writeFileSync(schema, SCHEMA);
    writeFileSync(rows, 'id,name\n1,ada\n2,"b, ob"\n');
    qbwasm('build', '--schema', schema, rows, image);
    qbwasm('verify', image);
    const found = JSON.parse(qbwasm('inspect', image, '--key', '2', '--json'));
    assert.equal(found.value.name, 'b, ob');
    assert.match(qbwasm('codegen', '--lang', 'c', image), /row_t/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
