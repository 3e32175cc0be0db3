/**
 * The core inside of the JS: no loader, no fetch.
 *
 * Layer: base. State is per agent.
 *
 * @module base/inline
 */
import { provideBytes } from './compile.js';
import { WASM_HEX } from './generated/wasm.js';

const DIGIT_0 = 0x30;
const DIGIT_A = 0x61;

/** Lets this agent compile the core that stands in this bundle. */
export function inlineCore() {
  provideBytes(() => bytesOfHex(WASM_HEX));
}

/**
 * @param {string} hex
 * @returns {Uint8Array<ArrayBuffer>}
 */
function bytesOfHex(hex) {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = (digit(hex.charCodeAt(2 * i)) << 4) | digit(hex.charCodeAt(2 * i + 1));
  }
  return bytes;
}

/** @param {number} code of 0 .. 9 or a .. f @returns {number} */
function digit(code) {
  return code < DIGIT_A ? code - DIGIT_0 : code - DIGIT_A + 10;
}
