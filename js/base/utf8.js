/**
 * TextEncoder and TextDecoder, also where there are none: in the AudioWorklets of Chromium and Firefox.
 *
 * They take private bytes only: shared ones crash Node 20 and 22 while they are written, and browsers refuse them.
 *
 * Layer: base. Any thread.
 *
 * @module base/utf8
 */

/** Half a surrogate pair becomes U+FFFD. @type {Pick<TextEncoder, 'encode' | 'encodeInto'>} */
export const encoder =
  typeof TextEncoder === 'function' ? new TextEncoder() : { encode, encodeInto };

/** Bytes that are no UTF-8 become U+FFFD. A leading U+FEFF is text. @type {Pick<TextDecoder, 'decode'>} */
export const decoder = makeDecoder(false);

/** Throws a TypeError for bytes that are no UTF-8. @type {Pick<TextDecoder, 'decode'>} */
export const strictDecoder = makeDecoder(true);

/** @param {boolean} fatal */
function makeDecoder(fatal) {
  if (typeof TextDecoder === 'function')
    return new TextDecoder('utf-8', { fatal, ignoreBOM: true });
  return {
    decode: (/** @type {unknown} */ bytes) => decode(/** @type {Uint8Array} */ (bytes), fatal),
  };
}

/* ---- by hand: exported for the test, which compares them with those of the engine ---- */

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(text = '') {
  // Half a pair is no URI component. What is escaped is one character a byte then.
  const { toWellFormed } = /** @type {{ toWellFormed: () => string }} */ (Object(text));
  const bytes = unescape(encodeURIComponent(toWellFormed.call(text)));
  return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
}

/**
 * @param {string} text
 * @param {Uint8Array} target with room for all of it
 * @returns {{ read: number, written: number }}
 */
export function encodeInto(text, target) {
  const bytes = encode(text);
  target.set(bytes);
  return { read: text.length, written: bytes.length };
}

/**
 * What is wrong becomes U+FFFD as https://encoding.spec.whatwg.org/#utf-8-decoder says: one for each longest beginning
 * of a sequence.
 *
 * @param {Uint8Array} bytes
 * @param {boolean} [fatal]
 * @returns {string}
 * @throws {TypeError} only when `fatal`
 */
export function decode(bytes, fatal = false) {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i++];
    const more = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;
    // The second byte has bounds of its own: no overlong sequences, no surrogates, nothing above U+10FFFF.
    let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    let point = more === 0 ? first : first & (0x3f >> more);
    let left = more;
    while (left > 0 && bytes[i] >= low && bytes[i] <= high) {
      point = (point << 6) | (bytes[i++] & 0x3f);
      [low, high] = [0x80, 0xbf];
      left--;
    }
    const isGood = left === 0 && (more > 0 || first < 0x80);
    if (!isGood && fatal) throw new TypeError('the bytes are no UTF-8');
    text += isGood ? String.fromCodePoint(point) : '\ufffd';
  }
  return text;
}
