import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  KINDS,
  Meanings,
  rangeOf,
  Senses,
  Synonyms,
  Words,
} from '../../demo/web/dictionary/dictionary.js';
import { openBytes, verify } from '../../js/image/index.js';

/** @param {string} name */
async function dictionary(name) {
  const packed = await readFile(new URL(`../../demo/web/data/${name}.qbi.gz`, import.meta.url));
  const bytes = gunzipSync(packed);
  const image = openBytes(bytes);
  return {
    bytes,
    words: image.get('words', Words),
    senses: image.get('senses', Senses),
    meanings: image.get('meanings', Meanings),
    synonyms: image.get('synonyms', Synonyms),
  };
}

describe.each(['words', 'sample'])('the image of the dictionary: %s', (name) => {
  it('is sound', async () => {
    const { bytes } = await dictionary(name);
    expect(() => verify(bytes)).not.toThrow();
  });

  it('has the words in the order in which a prefix is a range of them', async () => {
    const { words } = await dictionary(name);
    const small = Array.from(words, (word) => word.toLowerCase());
    expect(small.every((word, i) => i === 0 || small[i - 1] < word)).toBe(true);
    for (const prefix of ['', 'a', 'th', 'time', 'zz', '~']) {
      const expected = small.flatMap((word, i) => (word.startsWith(prefix) ? [i] : []));
      const [start, end] = rangeOf(words, prefix);
      expect(Array.from({ length: end - start }, (_, i) => start + i)).toEqual(expected);
    }
  });

  it('leads from each word to meanings, and from each meaning back to the word', async () => {
    const { words, senses, meanings, synonyms } = await dictionary(name);
    let broken = 0;
    for (const [i, word] of Array.from(words).entries()) {
      for (const { meaning, kind } of senses.get(word) ?? [{ meaning: -1, kind: 'none' }]) {
        const isWhole =
          KINDS.some((one) => one === kind) &&
          (meanings.at(meaning) ?? '') !== '' &&
          synonyms.get(meaning)?.includes(i);
        if (!isWhole) broken++;
      }
    }
    expect([words.length > 1000, broken]).toEqual([true, 0]);
  });

  it('knows what time is', async () => {
    const { senses, meanings } = await dictionary(name);
    const texts = Array.from(senses.get('time') ?? [], ({ meaning }) => meanings.at(meaning));
    expect(texts[0]).toContain('an instance or single occasion');
  });
});
