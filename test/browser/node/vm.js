/** node:vm, of which the tests only want what collects garbage. */
import { needsNode } from './skip.js';

/** What V8 has under --expose-gc, and JavaScriptCore under JSC_useDollarVM=1. */
const { gc, $vm } = /** @type {{gc?: () => void, $vm?: {gc(): void}}} */ (globalThis);

/** @param {string} code */
export function runInNewContext(code) {
  if (code !== 'gc') return needsNode('contexts of node:vm');
  return gc ?? $vm?.gc ?? (() => needsNode('a way to collect garbage'));
}
