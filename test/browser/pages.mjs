/**
 * The pages that test/browser/run.mjs opens: with which headers, and what they must post.
 *
 * @module
 */
import assert from 'node:assert/strict';
import { ISOLATED } from '../support/browsers.mjs';

/**
 * @typedef {object} Page
 * @property {string} name a sentence: what holds
 * @property {string} [root] folder; the repository by default
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string[]} [only] browsers; all by default
 * @property {boolean} [sharesMemory] false: WebKit without SharedArrayBuffer
 * @property {(result: any, browser: string) => void} check throws
 */

const ERRORS = '/test/browser/errors.html';

/** @param {any} result that says what it can do, and what it really can */
function honest({ error, says, really, worker }) {
  assert.equal(error, undefined);
  assert.deepEqual(says, really);
  assert.deepEqual(worker.says, worker.really);
}

/** @param {any} outcome @param {string} code @param {RegExp[]} cures */
function refused(outcome, code, ...cures) {
  assert.deepEqual([outcome.isQbError, outcome.code], [true, code], outcome.message);
  for (const cure of cures) assert.match(outcome.message, cure);
}

/** @param {any} result of a page that works in one agent only */
function alone(result) {
  honest(result);
  assert.equal(result.says.sharedMemory, false);
  assert.equal(result.creation.code, 'OK');
}

/** @param {any} result of audio.js @param {string} browser */
function audio({ collections, says, ...result }, browser) {
  assert.deepEqual(result, {
    refusals: ['UNSUPPORTED', 'UNSUPPORTED'],
    quanta: 32_000,
    acquired: 1_024_000,
    sound: [1, 0, 1, 0],
    attached: 2,
    inUse: 0,
    threads: 1,
    faults: [],
  });
  assert.deepEqual([says.sharedMemory, says.atomicsWait, says.webLocks], [true, false, false]);
  if (browser !== 'chromium') return;
  // Of the engine's own garbage comes one at most; half a million objects would show.
  const [, , pool, garbage] = collections;
  assert.ok(pool <= 1 && garbage >= 3, `collections in each phase: ${collections}`);
}

/** @type {readonly Page[]} */
export const PAGES = [
  {
    name: 'a worker attaches, writes in place, dies, and all that it held comes back',
    path: '/test/browser/attach.html',
    headers: ISOLATED,
    check: (result) =>
      assert.deepEqual(result, {
        x: 42,
        name: 'électron',
        threads: 2,
        held: true,
        threadsAfter: 1,
        blocksLost: 0,
        faults: 0,
      }),
  },
  {
    name: 'an AudioWorklet attaches, acquires and releases in each render quantum, without garbage',
    path: '/test/browser/audio.html',
    headers: ISOLATED,
    check: audio,
  },
  {
    name: 'with the headers memory is shared; what would block the main thread says what to use instead',
    path: ERRORS,
    headers: ISOLATED,
    check: (result) => {
      honest(result);
      assert.equal(result.says.sharedMemory, true);
      assert.equal(result.says.atomicsWait, false);
      assert.equal(result.worker.says.atomicsWait, true);
      assert.equal(result.descriptor.code, 'OK');
      for (const wait of result.waits) refused(wait, 'UNSUPPORTED', /may not block/, /Async/);
      assert.equal(result.waits.length, 4);
    },
  },
  {
    name: 'without the headers a heap works in one agent, and its descriptor names the headers',
    path: ERRORS,
    headers: {},
    check: (result) => {
      alone(result);
      const headers = [/Cross-Origin-Opener-Policy: same-origin/, /Cross-Origin-Embedder-Policy/];
      refused(result.descriptor, 'NOT_ISOLATED', ...headers);
    },
  },
  {
    name: 'with the headers but without SharedArrayBuffer the descriptor does not blame the headers',
    path: ERRORS,
    headers: ISOLATED,
    only: ['webkit'],
    sharesMemory: false,
    check: (result) => {
      alone(result);
      assert.equal(result.says.crossOriginIsolated, true);
      refused(result.descriptor, 'NOT_ISOLATED', /no SharedArrayBuffer/);
      assert.doesNotMatch(result.descriptor.message, /headers/);
    },
  },
  {
    name: 'a policy that forbids wasm is named, with the word that allows it',
    path: ERRORS,
    headers: { ...ISOLATED, 'Content-Security-Policy': "script-src 'self'" },
    check: ({ says, creation }) => {
      assert.equal(says.wasm, false);
      refused(creation, 'UNSUPPORTED', /Content-Security-Policy/, /'wasm-unsafe-eval'/);
    },
  },
  {
    name: "a policy of 'self' and 'wasm-unsafe-eval' is enough",
    path: ERRORS,
    headers: { ...ISOLATED, 'Content-Security-Policy': "script-src 'self' 'wasm-unsafe-eval'" },
    check: (result) => {
      honest(result);
      assert.equal(result.descriptor.code, 'OK');
    },
  },
];
