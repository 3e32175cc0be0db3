/**
 * Struct classes that a test and its workers share.
 *
 * @module
 */
import { struct, t } from '../../js/index.js';

export const Text = struct('Text', { s: t.string, a: t.any, b: t.bytes });

/** What threads count and wait on together. */
export class Counter extends struct('Counter', { count: t.u32, total: t.u64, signal: t.i32 }) {}

/** What several threads change by all atomic operations, once in 32 bits and once in 64. */
export class Ledger extends struct('Ledger', {
  sum32: t.u32,
  sum64: t.u64,
  last32: t.i32,
  last64: t.i64,
  raised32: t.u32,
  raised64: t.u64,
  turn32: t.i32,
  turn64: t.i64,
  /** Written without atomics by whose turn it is. */
  plain32: t.u32,
  plain64: t.u64,
}) {}

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
