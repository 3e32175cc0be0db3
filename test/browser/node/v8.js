/** node:v8. The browsers are started with what can be switched on there: see test/support/browsers.mjs. */
import { needsNode } from './skip.js';

/** @param {string} flag */
export function setFlagsFromString(flag) {
  if (flag !== '--expose-gc') needsNode(`the flag ${flag} of V8`);
}
