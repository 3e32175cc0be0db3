/**
 * What is known of a file in the end. `times` says how often it was accounted for: once.
 *
 * @module demo/lib/result
 */
import { struct, t } from '../../../js/index.js';

export class FileResult extends struct('FileResult', {
  hash: t.u32,
  lines: t.u32,
  words: t.u32,
  times: t.u32,
}) {}
