import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, encodeInto } from '../../js/base/utf8.js';
import { testSeed } from '../support/random.js';

const seed = testSeed('UTF-8');
const engine = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Any units, so also halves of pairs; around the borders more often. */
const texts = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfeff),
    ),
    { maxLength: 30 },
  )
  .map((units) => String.fromCharCode(...units));
/** Bytes that begin and go on sequences, rightly and wrongly. */
const sequences = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xff }),
      fc.constantFrom(
        0x80,
        0xbf,
        0xc1,
        0xc2,
        0xdf,
        0xe0,
        0xa0,
        0x9f,
        0xed,
        0xef,
        0xf0,
        0x90,
        0x8f,
        0xf4,
      ),
    ),
    { maxLength: 30 },
  )
  .map((bytes) => Uint8Array.from(bytes));

/** @param {() => unknown} run */
function outcome(run) {
  try {
    return run();
  } catch (error) {
    return /** @type {Error} */ (error).name;
  }
}

describe('UTF-8 by hand, for AudioWorklets', () => {
  it('encodes any string as TextEncoder does', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(encode(text)).toEqual(new TextEncoder().encode(text));
      }),
      { seed, numRuns: 1000 },
    );
    expect(encode('aé漢💾')).toEqual(new TextEncoder().encode('aé漢💾'));
  });

  it('writes into what has room for it, as encodeInto does', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const [mine, theirs] = [new Uint8Array(100), new Uint8Array(100)];
        expect(encodeInto(text, mine)).toEqual(new TextEncoder().encodeInto(text, theirs));
        expect(mine).toEqual(theirs);
      }),
      { seed, numRuns: 1000 },
    );
  });

  it('decodes any bytes as TextDecoder does, and refuses the same', () => {
    fc.assert(
      fc.property(sequences, (bytes) => {
        expect(decode(bytes)).toBe(engine.decode(bytes));
        expect(outcome(() => decode(bytes, true))).toBe(outcome(() => strict.decode(bytes)));
      }),
      { seed, numRuns: 5000 },
    );
    for (let first = 0; first < 256; first++) {
      for (let second = 0; second < 256; second++) {
        const bytes = Uint8Array.of(first, second, 0x80, 0xbf, 0x41);
        if (decode(bytes) !== engine.decode(bytes)) expect.fail(`${bytes}`);
      }
    }
  });
});
