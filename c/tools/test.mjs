/**
 * Runs native test binaries and, with --js, vitest. The last line counts both:
 *
 *   node c/tools/test.mjs --build build [--js] [build/native/<config>/<name>_test ...]
 *   ...
 *   132 passed, 0 failed
 *
 * A cmocka binary speaks TAP here. One that dies early has failed all tests it did not report.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

const TIMEOUT_MS = 10 * 60_000; // a hang must not eat the whole CI run
const PARALLEL_MAX = 2; // the thread tests need cores of their own

/** @typedef {{passed: number, failed: number}} Counts */

const { values, positionals } = parseArgs({
  options: { build: { type: 'string', default: 'build' }, js: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const resultsDir = `${values.build}/results`;
mkdirSync(resultsDir, { recursive: true });

const native = await runNative(positionals);
const js = values.js ? await runVitest(`${resultsDir}/js.json`) : { passed: 0, failed: 0 };
const passed = native.passed + js.passed;
const failed = native.failed + js.failed;
const summary = `${passed} passed, ${failed} failed`;
writeFileSync(`${resultsDir}/summary.txt`, `${summary}\n`);
console.log(summary);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/**
 * @param {string[]} binaries
 * @returns {Promise<Counts>}
 */
async function runNative(binaries) {
  const total = { passed: 0, failed: 0 };
  const queue = [...binaries];
  const runners = Array.from(
    { length: Math.min(PARALLEL_MAX, availableParallelism()) },
    async () => {
      for (let binary = queue.shift(); binary !== undefined; binary = queue.shift()) {
        const counts = await runBinary(binary);
        total.passed += counts.passed;
        total.failed += counts.failed;
      }
    },
  );
  await Promise.all(runners);
  return total;
}

/**
 * @param {string} binary
 * @returns {Promise<Counts>}
 */
async function runBinary(binary) {
  const start = performance.now();
  const env = {
    ...process.env,
    CMOCKA_MESSAGE_OUTPUT: 'TAP',
    ASAN_OPTIONS: 'abort_on_error=0:detect_leaks=1',
    UBSAN_OPTIONS: 'print_stacktrace=1',
    TSAN_OPTIONS: 'halt_on_error=0:exitcode=66',
  };
  const child = spawn(binary, [], { env, timeout: TIMEOUT_MS, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks = /** @type {Buffer[]} */ ([]);
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const end = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(signal ?? code));
  });

  const output = Buffer.concat(chunks).toString();
  const { counts, notes } = readTap(output);
  if (end !== 0 && counts.failed === 0) {
    counts.failed = 1; // a sanitizer or a crash after the last report
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const label = binary.split('/').slice(-2).join('/');
  const verdict = counts.failed > 0 ? `${counts.failed} FAILED (exit ${end})` : 'ok';
  console.log(
    `${label.padEnd(24)} ${String(counts.passed).padStart(4)} passed ${seconds}s ${verdict}`,
  );
  for (const line of counts.failed > 0 ? output.split('\n') : notes) {
    console.log(`    ${line}`);
  }
  return counts;
}

/**
 * What is not TAP is what the test wants to be read: seeds, counts of crash points.
 *
 * @param {string} output
 * @returns {{counts: Counts, notes: string[]}}
 */
function readTap(output) {
  let planned = 0;
  let passed = 0;
  let failed = 0;
  const notes = [];
  for (const line of output.split('\n')) {
    const plan = /^1\.\.(\d+)/.exec(line);
    if (plan !== null) {
      planned += Number(plan[1]);
    } else if (/^ok\b/.test(line)) {
      passed++;
    } else if (/^not ok\b/.test(line)) {
      failed++;
    } else if (line !== '' && !line.startsWith('#')) {
      notes.push(line);
    }
  }
  failed += Math.max(0, planned - passed - failed);
  return { counts: { passed, failed }, notes };
}

/**
 * @param {string} resultPath
 * @returns {Promise<Counts>}
 */
async function runVitest(resultPath) {
  rmSync(resultPath, { force: true });
  const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' };
  const child = spawn(
    'node_modules/.bin/vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${resultPath}`],
    { env, stdio: ['ignore', 'inherit', 'inherit'], timeout: TIMEOUT_MS },
  );
  const end = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
  /** @type {Counts} */
  let counts;
  try {
    const result = JSON.parse(readFileSync(resultPath, 'utf8'));
    counts = { passed: result.numPassedTests, failed: result.numFailedTests };
  } catch {
    counts = { passed: 0, failed: 0 };
  }
  if (end !== 0 && counts.failed === 0) {
    counts.failed = 1; // vitest ended badly without naming a test: unhandled error, import error
  }
  return counts;
}
