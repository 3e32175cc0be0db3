/**
 * Writes the golden files: packed values and images that every reader, in any language, must read alike.
 *
 *   node test/golden/make.mjs           writes test/golden/values/*.bin, images/*.qbi and what is in them as JSON
 *   node test/golden/make.mjs --check   compares: bytes that differ are another version of the format
 *
 * values.json has for each file what it holds: `[kind, ...]`, numbers as decimal text (`int`, `big`) or as the
 * bits of the float in hexadecimal. `["seen", n]` is the n-th object that was met, from 0, in the order of reading
 * (dates and decimals are not counted). images.json has containers besides: `["map", [[key, value], ...]]` and so on, in
 * which objects are counted within each key and value.
 *
 * @module
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { openBytes, pack, unpack } from '../../js/image/index.js';
import { describedImage, goldenImages } from '../support/images.js';
import { described, goldenBuffers } from '../support/packed.js';

/** @typedef {{ what: string, end: string, files: [string, Uint8Array][], tell: (bytes: Uint8Array) => unknown }} Kind */

/** @type {Kind[]} */
const kinds = [
  {
    what: 'values',
    end: 'bin',
    files: goldenBuffers(pack),
    tell: (bytes) => described(unpack(bytes)),
  },
  {
    what: 'images',
    end: 'qbi',
    files: await goldenImages(),
    tell: (bytes) => describedImage(openBytes(bytes)),
  },
];

for (const { what, end, files, tell } of kinds) {
  const folder = new URL(`./${what}/`, import.meta.url);
  const list = new URL(`./${what}.json`, import.meta.url);
  const lines = files.map(
    ([name, bytes]) => `${JSON.stringify(name)}: ${JSON.stringify(tell(bytes))}`,
  );
  const json = `{\n${lines.join(',\n')}\n}\n`;
  const placeOf = (/** @type {string} */ name) => new URL(`${name}.${end}`, folder);
  if (process.argv.includes('--check')) {
    const bad = files.filter(([name, bytes]) => !readFileSync(placeOf(name)).equals(bytes));
    if (bad.length > 0 || readFileSync(list, 'utf8') !== json) {
      console.error(`golden files differ: ${bad.map(([name]) => name).join(', ')} or ${what}.json`);
      process.exitCode = 1;
    }
    continue;
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(placeOf(name), bytes);
  writeFileSync(list, json);
  console.log(`${files.length} golden ${what}`);
}
