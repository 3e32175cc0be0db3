/**
 * Where the core keeps what threads meet in when they use a region (an arena or a pool).
 *
 * Layer: heap. Any thread.
 *
 * @module heap/region
 */
import { ADDRESSES, HEADER, LIMITS, REGION_RECORD } from '../base/generated/layout.js';

/** @typedef {import('../base/memory.js').Memory} Memory */

/**
 * @param {Memory} memory
 * @param {number} address of the region
 * @param {number} offset of a field, from `REGION_RECORD`
 * @returns {number} index of that word in the `u32` array of any table
 */
export function regionWord(memory, address, offset) {
  const records = memory.root.u32[(ADDRESSES.HEADER + HEADER.regionsAddress) >>> 2];
  const index = Math.floor(address / LIMITS.REGION_BYTES);
  return (records + index * REGION_RECORD.bytes + offset) >>> 2;
}

/**
 * @param {Memory} memory
 * @param {number} address of the region
 * @returns {number} tells successive regions at one address apart
 */
export function regionSerial(memory, address) {
  return memory.root.u32[regionWord(memory, address, REGION_RECORD.serial)];
}
