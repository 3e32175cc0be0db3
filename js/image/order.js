/**
 * The order of numbers, by radix sort: stable, without comparisons, 8 bytes of memory a number beside the result.
 *
 *     number  -->  word(s) of 32 bits that ascend as the numbers do  -->  two passes of 16 bits a word
 *
 * Layer: image. Any thread.
 *
 * @module image/order
 */

/** @typedef {import('../struct/pack-values.js').Numbers} Numbers */

const DIGITS = 2 ** 16;
const SIGN = 0x80000000;

/**
 * @param {Numbers} numbers no -0; all NaN canonical
 * @returns {Uint32Array | null} positions in ascending order, NaN last; null when that is the order they are in
 */
export function orderOf(numbers) {
  if (isAscending(numbers)) return null;
  let order = new Uint32Array(numbers.length).map((_, i) => i);
  let spare = new Uint32Array(order.length);
  const { BYTES_PER_ELEMENT } = numbers;
  for (let word = 0; word < Math.ceil(BYTES_PER_ELEMENT / 4); word++) {
    const words = wordsOf(numbers, word);
    for (const shift of [0, 16]) {
      if (!sortBy(words, shift, order, spare)) continue;
      [order, spare] = [spare, order];
    }
  }
  return order;
}

/**
 * @param {Uint32Array} keys a number 0 .. count-1 for each element
 * @param {number} count
 * @returns {{ order: Uint32Array, starts: Uint32Array }} positions grouped by key, as they came within each; and where
 *   each group begins, and the end of the last
 */
export function groupBy(keys, count) {
  const starts = new Uint32Array(count + 1);
  for (let i = 0; i < keys.length; i++) starts[keys[i] + 1]++;
  for (let i = 0; i < count; i++) starts[i + 1] += starts[i];
  const next = starts.slice();
  const order = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) order[next[keys[i]]++] = i;
  return { order, starts };
}

/** @param {Numbers} numbers */
function isAscending(numbers) {
  for (let i = 1; i < numbers.length; i++) {
    // NaN is last: it is less than nothing, and nothing but itself may follow it.
    if (!(numbers[i - 1] <= numbers[i]) && !Number.isNaN(numbers[i])) return false;
  }
  return true;
}

/**
 * @param {Numbers} numbers
 * @param {number} word 0 for the low one
 * @returns {Uint32Array} that ascend as the numbers do
 */
function wordsOf(numbers, word) {
  const words = new Uint32Array(numbers.length);
  if (numbers.BYTES_PER_ELEMENT < 4) {
    for (let i = 0; i < words.length; i++) words[i] = Number(numbers[i]) ^ SIGN;
    return words;
  }
  const bits = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.byteLength / 4);
  const step = numbers.BYTES_PER_ELEMENT / 4;
  const isHigh = word === step - 1;
  const isFloat = numbers instanceof Float32Array || numbers instanceof Float64Array;
  const isSigned = numbers instanceof Int32Array || numbers instanceof BigInt64Array;
  for (let i = 0; i < words.length; i++) {
    const own = bits[i * step + word];
    const isNegative = isFloat && bits[i * step + step - 1] >= SIGN;
    if (isNegative) words[i] = ~own;
    else words[i] = isHigh && (isFloat || isSigned) ? own ^ SIGN : own;
  }
  return words;
}

/**
 * @param {Uint32Array} words
 * @param {number} shift
 * @param {Uint32Array} order
 * @param {Uint32Array} sorted becomes the order by these 16 bits
 * @returns {boolean} false when all are the same: then nothing was done
 */
function sortBy(words, shift, order, sorted) {
  const starts = new Uint32Array(DIGITS);
  for (let i = 0; i < words.length; i++) starts[(words[i] >>> shift) & (DIGITS - 1)]++;
  if (starts[(words[0] >>> shift) & (DIGITS - 1)] === words.length) return false;
  let start = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = starts[digit];
    starts[digit] = start;
    start += count;
  }
  for (let i = 0; i < order.length; i++) {
    sorted[starts[(words[order[i]] >>> shift) & (DIGITS - 1)]++] = order[i];
  }
  return true;
}
