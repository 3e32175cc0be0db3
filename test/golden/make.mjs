/**
 * Writes the golden files: packed values that every reader, in any language, must read alike.
 *
 *   node test/golden/make.mjs           writes test/golden/values/*.bin and values.json
 *   node test/golden/make.mjs --check   compares: bytes that differ are another version of the format
 *
 * values.json has for each file what it holds: `[kind, ...]`, numbers as decimal text (`int`, `big`) or as the
 * bits of the float in hexadecimal. `["seen", n]` is the n-th object that was met, from 0, in the order of reading
 * (dates and decimals are not counted).
 *
 * @module
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { pack, unpack } from '../../js/image/index.js';
import { described, goldenBuffers } from '../support/packed.js';

const folder = new URL('./values/', import.meta.url);
const list = new URL('./values.json', import.meta.url);
const buffers = goldenBuffers(pack);
const expected = buffers.map(
  ([name, bytes]) => `${JSON.stringify(name)}: ${JSON.stringify(described(unpack(bytes)))}`,
);
const json = `{\n${expected.join(',\n')}\n}\n`;

if (process.argv.includes('--check')) {
  const bad = buffers.filter(
    ([name, bytes]) => !readFileSync(new URL(`${name}.bin`, folder)).equals(bytes),
  );
  if (bad.length > 0 || readFileSync(list, 'utf8') !== json) {
    console.error(`golden files differ: ${bad.map(([name]) => name).join(', ')} or values.json`);
    process.exitCode = 1;
  }
} else {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of buffers) writeFileSync(new URL(`${name}.bin`, folder), bytes);
  writeFileSync(list, json);
  console.log(`${buffers.length} golden files`);
}
