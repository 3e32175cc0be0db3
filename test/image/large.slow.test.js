/**
 * Large containers: built in bounded memory, and found again.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapOf, open, openBytes, setOf, t } from '../../js/image/index.js';

const script = fileURLToPath(new URL('../support/large-image.mjs', import.meta.url));
const MINUTES = 60_000;
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'qbwasm-large-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a map of 5 million strings', () => {
  const count = 5_000_000;
  const file = () => join(folder, 'five-million.qbi');

  it(
    'is built into a file within 256 MiB of memory, and leaves no spill files',
    () => {
      const told = execFileSync(process.execPath, [script, file(), String(count)], {
        encoding: 'utf8',
      });
      const { keys, peakBytes } = JSON.parse(told);
      expect(keys).toBe(count);
      expect(peakBytes).toBeLessThan(256 * 2 ** 20);
      expect(readdirSync(folder)).toEqual(['five-million.qbi']);
    },
    5 * MINUTES,
  );

  it(
    'has all of them, in their order',
    async () => {
      const map = (await open(file())).as(mapOf(t.string, t.u32));
      expect(map.size).toBe(count);
      for (let i = 0; i < count; i += 97) {
        if (map.get(`entry number ${i}`) !== i) expect(map.get(`entry number ${i}`)).toBe(i);
      }
      expect(map.keyAt(count - 1)).toBe(`entry number ${count - 1}`);
      expect(map.has(`entry number ${count}`)).toBe(false);
    },
    5 * MINUTES,
  );
});

describe('2 million ids', () => {
  const count = 2_000_000;

  it(
    'are found at their places, whatever the order in which they came',
    async () => {
      // 7919 has no factor in common with the count, so each id comes once.
      const ids = new Float64Array(count).map((_, i) => ((i * 7919) % count) * 3);
      const { buffer } = await setOf(t.u64).build(ids);
      const set = openBytes(/** @type {Uint8Array} */ (buffer)).as(setOf(t.u64));
      expect(set.size).toBe(count);
      let wrong = 0;
      for (let i = 0; i < count; i++) {
        if (set.indexOf(i * 3) !== i) wrong++;
        if (i % 64 === 0 && set.has(i * 3 + 1)) wrong++;
      }
      expect(wrong).toBe(0);
      const few = [...set.range(600, 610)];
      expect(few).toEqual([600n, 603n, 606n, 609n]);
    },
    5 * MINUTES,
  );
});
