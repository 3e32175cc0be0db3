/**
 * Runs in the page before each test file: globals of Node that tests use, and the tests that are not for this browser.
 *
 * @module
 */
import { Buffer } from 'buffer';
import { beforeEach, inject } from 'vitest';
import { process } from './node/process.js';
import { whyNot } from './not-here.js';

Object.assign(globalThis, {
  Buffer,
  process,
  setImmediate: (/** @type {() => void} */ run) => setTimeout(run),
});

beforeEach(({ task, skip }) => {
  Object.assign(globalThis, { skipTest: skip });
  const names = [task.name];
  for (let { suite } = task; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
  const reason = whyNot(
    inject(/** @type {never} */ ('browser')),
    task.file.name,
    names.join(' > '),
  );
  if (reason !== null) skip(reason);
});
