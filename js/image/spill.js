/**
 * Where the parts of a container wait while it is built.
 *
 * Layer: image.
 *
 * @module image/spill
 */

/**
 * Bytes outside of the memory of this agent: a temporary file.
 *
 * @typedef {object} Spill
 * @property {(at: number, bytes: Uint8Array) => void} write
 * @property {(at: number, target: Uint8Array) => void} read
 * @property {() => void} close nothing is left behind
 */

export {};
