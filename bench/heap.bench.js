/**
 * The heap against Emscripten's allocators, in wasm, threads on, in one process run.
 *
 *   node bench/heap.bench.js [--quick] [--rounds n] [--ms n] [--only name,...] [--json path]
 *                            [--variant name=folder ...]
 *
 * Each allocator is a wasm module with the same loops (bench/c/workload.c) over a shared memory. For
 * each workload and thread count it keeps one memory, so what is measured is a steady state. The rounds
 * visit all allocators in turn, so that a disturbance of the machine hits all of them. One operation is
 * one alloc and one free; with two threads the time is that of one thread's operations, from the
 * first start to the last end. Ratios are of medians over the calmer half of the rounds, qbwasm = 1.
 *
 * `js` is the vanilla twin: the same loops with `new Uint8Array` and the garbage collector.
 *
 * --variant adds another build of the core, given by its folder of objects: to compare flags and
 * changes of the C side with the present one in the same run.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { buildAllocators, compilerVersion } from './support/build.js';
import { readOptions, writeResults } from './support/options.js';
import { evaluate, table, verdicts } from './support/report.js';
import { Team } from './support/team.js';
import { WORKLOADS } from './support/workloads.js';

/** @typedef {import('./support/team.js').Subject} Subject */

const THREADS_MAX = 2;

// The optimising compiler from the start: no allocator is measured half in the baseline one.
setFlagsFromString('--no-liftoff');

const { quick, rounds, json, isWanted, more } = readOptions(
  'heap',
  { quick: 4, full: 16 },
  { ms: { type: 'string' }, variant: { type: 'string', multiple: true, default: [] } },
);
const ms = Number(more.ms ?? (quick ? 10 : 30));
const variants = /** @type {string[]} */ (more.variant);

const builds = buildAllocators(Object.fromEntries(variants.map(splitVariant)));
const allocators = [...builds.map(({ name }) => name), 'js'];
const compiler = compilerVersion();
console.log(`${compiler}; mimalloc: not in this Emscripten, so not measured`);
console.log(`${availableParallelism()} cores, ${rounds} rounds of about ${ms} ms each`);

const team = new Team(THREADS_MAX);
const subjects = await createSubjects();
for (const subject of subjects) await team.calibrate(subject, ms);
for (let round = 0; round < rounds; round++) {
  progress(`round ${round + 1} of ${rounds}`);
  for (const subject of subjects) await team.sample(subject, round * 2 + 1);
}
progress('');
await team.close();

const results = evaluate(subjects);
console.log(`\n${table(results, allocators)}\n`);
for (const { name, what } of WORKLOADS) console.log(`${name.padEnd(9)} ${what}`);
console.log(`\n${verdicts(results).join('\n')}`);
writeResults(json, { compiler, rounds, ms, results });

/** Allocators next to each other, so that the rounds interleave them. */
async function createSubjects() {
  /** @type {Subject[]} */
  const made = [];
  const modules = builds.map(({ name, bytes }) => ({
    name,
    module: new WebAssembly.Module(bytes),
  }));
  for (const workload of WORKLOADS.filter(({ name }) => isWanted(name))) {
    for (const threads of workload.threads) {
      for (const { name, module } of [...modules, { name: 'js', module: null }]) {
        const subject = await team.createSubject(name, module, workload, threads);
        if (subject !== null) made.push(subject);
      }
    }
  }
  return made;
}

/** @param {string} text @returns {[string, string]} */
function splitVariant(text) {
  const [name, folder] = text.split('=');
  if (!name || !folder) {
    throw new Error(`--variant ${text}: give name=folder, where folder holds the core's objects`);
  }
  return [name, folder];
}

/** @param {string} text */
function progress(text) {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`);
}
