/**
 * Struct classes that a test and its workers share.
 *
 * @module
 */
import { struct, t } from '../../js/index.js';

export const Text = struct('Text', { s: t.string, a: t.any, b: t.bytes });

export class Node extends struct('Node', {
  value: t.any,
  count: t.u32,
  get next() {
    return t.ref(Node);
  },
}) {
  /** @param {unknown} [value] @param {Node | null} [next] */
  constructor(value, next = null) {
    super();
    this.value = value;
    this.next = next;
  }
}
