/**
 * Builds a large string map into a file, in a process of its own, so that its memory can be measured.
 *
 *   node test/support/large-image.mjs FILE COUNT     prints { bytes, keys, peakBytes } as JSON
 *
 * @module
 */
import { mapOf, t } from '../../js/image/index.js';

const [, , file, count] = process.argv;

function* entries() {
  for (let i = 0; i < Number(count); i++) {
    yield/** @type {[string, number]} */ ([`entry number ${i}`, i]);
  }
}

const { bytes, counts } = await mapOf(t.string, t.u32).build(entries(), file);
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ bytes, keys: counts.keys, peakBytes }));
