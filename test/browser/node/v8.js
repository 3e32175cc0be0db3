/** node:v8. The browsers are started with what can be switched on there: see test/support/browsers.mjs. */
import { needsNode } from './skip.js';

/** @param {string} flag */
export function setFlagsFromString(flag) {
  if (flag === '--expose-gc' || (flag === '--allow-natives-syntax' && hasNatives())) return;
  needsNode(`the flag ${flag} of V8`);
}

function hasNatives() {
  try {
    return new Function('object', 'return %HaveSameMap(object, object);')({});
  } catch {
    return false;
  }
}
