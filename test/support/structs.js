/**
 * Struct classes that a test and its workers share.
 *
 * @module
 */
import { struct, t } from '../../js/index.js';

export const Text = struct('Text', { s: t.string, a: t.any, b: t.bytes });

/** What threads count and wait on together. */
export class Counter extends struct('Counter', { count: t.u32, total: t.u64, signal: t.i32 }) {}

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
