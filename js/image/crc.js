/**
 * CRC-32C (Castagnoli), eight bytes a step, and how the checksums of two parts make that of the whole.
 *
 * The step is "slicing by 8" (Kounavis and Berry, 2005). Combining multiplies by x^(8n) modulo the polynomial, by
 * repeated squaring, as zlib does for its CRC.
 *
 * Layer: image. Any thread.
 *
 * @module image/crc
 */

/** Reflected. */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

/** Slice k, byte b: the checksum of b and k zeros behind it. */
const TABLE = makeTable();

function makeTable() {
  const table = new Uint32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    table[byte] = crc;
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256];
    table[i] = (before >>> 8) ^ table[before & 255];
  }
  return table;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} [before] the checksum of what stands before them
 * @returns {number} uint32
 */
export function crc32c(bytes, before = 0) {
  const { length } = bytes;
  const t = TABLE;
  let crc = ~before;
  let i = 0;
  for (const end = length - (length % SLICES); i < end; i += SLICES) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    crc =
      t[1792 + (crc & 255)] ^
      t[1536 + ((crc >>> 8) & 255)] ^
      t[1280 + ((crc >>> 16) & 255)] ^
      t[1024 + (crc >>> 24)] ^
      t[768 + bytes[i + 4]] ^
      t[512 + bytes[i + 5]] ^
      t[256 + bytes[i + 6]] ^
      t[bytes[i + 7]];
  }
  for (; i < length; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}

/**
 * @param {number} first checksum of a part
 * @param {number} second checksum of the part behind it
 * @param {number} secondBytes its length
 * @returns {number} checksum of both
 */
export function combineCrc32c(first, second, secondBytes) {
  // power = x^8 to begin with; then x^16, x^32 ...: what one, two, four ... zero bytes do.
  let power = 0x00800000;
  let shift = 0x80000000; // 1
  for (let left = secondBytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shift = multiply(shift, power);
    power = multiply(power, power);
  }
  return (multiply(first, shift) ^ second) >>> 0;
}

/**
 * The product of two polynomials modulo that of the checksum; the highest bit is the constant term.
 *
 * @param {number} a
 * @param {number} b
 */
function multiply(a, b) {
  let product = 0;
  let factor = b;
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= factor;
    factor = (factor >>> 1) ^ (factor & 1 ? POLYNOMIAL : 0);
  }
  return product;
}
