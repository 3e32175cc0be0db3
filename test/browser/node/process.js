/** `process` as far as the tests use it. It has nothing by which the library would take this for Node. */
import { needsNode } from './skip.js';
import { exit } from './worker_threads.js';

export const process = {
  env: {},
  pid: 0,
  exit,
  getBuiltinModule: undefined,
  listeners: () => needsNode('warnings of a process'),
};
