/**
 * What does not run in browsers, with the reason. Test files that import what only Node has are left out by
 * test/browser/files.mjs, and tests that call it skip themselves: test/browser/node.
 *
 * @module
 */

const BLOCKS = 'it blocks the main thread';
const CLONE = 'structuredClone takes no WebAssembly.Memory there; postMessage does';
const LAST = 'index 2^32 - 1 of a typed array is no index there';
const TAIL = 'JavaScriptCore drops the frames of tail calls';
const NODE = 'it is about Node';
const RESET =
  'it plays other environments by vi.resetModules; test/browser/errors.js has real ones';

/** Folders and files of test/ that the suite leaves out. @type {Readonly<Record<string, string>>} */
export const FILES = Object.freeze({
  'cli/': 'the command line is a program of Node',
  'demo/': 'runs the demo programs of Node',
  'docs/':
    'runs the programs of the documents in Node; test/browser/blocks.mjs runs those for browsers',
  'base/environment.test.js': RESET,
  'heap/agent.test.js': RESET,
  'wait/lost.slow.test.js':
    'it starts a thousand workers and measures; browsers take seconds for each end',
});

/**
 * Single tests: browsers (or `all`), file, name (its beginning is enough), reason.
 *
 * @type {readonly (readonly [string, string, string, string])[]}
 */
const TESTS = [
  ['all', 'base/compile.test.js', 'Heap.create', RESET],
  ['webkit', 'heap/attach.test.js', 'a descriptor > can be cloned', CLONE],
  ['webkit', 'heap/attach.test.js', 'a descriptor > attaches this agent', CLONE],
  ['webkit', 'heap/large.test.js', 'a heap of 4 GiB > gives out its last byte', LAST],
  ['webkit', 'heap/leaks.test.js', 'leaks > counts the live blocks', TAIL],
  ['all', 'heap/attach.test.js', 'workers > attach by workerData, each', NODE],
  ['all', 'heap/attach.test.js', 'workers > say so when workerData', NODE],
  ['all', 'heap/thread.test.js', 'watch > passes the policy', 'a watch reaps all web workers'],
  ['all', 'heap/thread.test.js', 'watch > stops when', NODE],
  ['all', 'heap/thread.test.js', 'watch > refuses a worker that has ended', NODE],
  ['all', 'lifetime/channel.test.js', 'what was sent > stays the sender’s', BLOCKS],
  ['all', 'lifetime/channel.test.js', 'waiting at a channel > ends by timeout', BLOCKS],
  ['all', 'lifetime/memory-pool.test.js', 'the manifest of a memory pool > takes exactly', BLOCKS],
  ['all', 'lifetime/memory-pool.test.js', 'waiting for room > ends with a TimeoutError', BLOCKS],
  ['all', 'lifetime/pool.test.js', 'a pool of structs, sharing shared > waits for', BLOCKS],
  ['all', 'struct/atomics.test.js', 'several threads > do not block when', BLOCKS],
  ['all', 'struct/schemas.test.js', 'another worker > prints any struct', NODE],
  ['all', 'struct/schemas.test.js', 'the directory > holds 200 schemas', NODE],
  ['all', 'struct/values.test.js', 'boxes in the heap > hold a Date of another realm', NODE],
  ['all', 'wait/condition.test.js', 'a condition > is not notified', BLOCKS],
  ['all', 'wait/condition.test.js', 'a condition > waits until', BLOCKS],
  ['all', 'wait/condition.test.js', 'a condition > refuses what', BLOCKS],
  ['all', 'wait/mutex.test.js', 'a mutex of several threads > refuses all but', BLOCKS],
  ['all', 'wait/queue.test.js', 'one who blocks > takes what is there', BLOCKS],
  ['all', 'wait/semaphore.test.js', 'a semaphore > has so many permits', BLOCKS],
];

/**
 * @param {string} browser
 * @param {string} file path in the repository
 * @param {string} name of the test with its suites, joined by ' > '
 * @returns {string | null} null: it runs
 */
export function whyNot(browser, file, name) {
  for (const [browsers, inFile, start, reason] of TESTS) {
    const isHere = browsers === 'all' || browsers.split(' ').includes(browser);
    if (isHere && file === `test/${inFile}` && name.startsWith(start)) return reason;
  }
  return null;
}
