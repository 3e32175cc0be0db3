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
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { buildAllocators, compilerVersion } from './support/build.js';
import { evaluate, table, verdicts, writeJson } from './support/report.js';
import { Team } from './support/team.js';
import { WORKLOADS } from './support/workloads.js';

/** @typedef {import('./support/team.js').Subject} Subject */

const THREADS_MAX = 2;
const RESULT = fileURLToPath(new URL('./results/heap.json', import.meta.url));

// The optimising compiler from the start: no allocator is measured half in the baseline one.
setFlagsFromString('--no-liftoff');

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    ms: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'string', default: RESULT },
    variant: { type: 'string', multiple: true, default: [] },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 4 : 16));
const ms = Number(values.ms ?? (values.quick ? 10 : 30));
const only = values.only?.split(',');

const builds = buildAllocators(Object.fromEntries(values.variant.map(splitVariant)));
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
writeJson(values.json, results, { compiler, rounds, ms });
console.log(`\n${table(results, allocators)}\n`);
for (const { name, what } of WORKLOADS) console.log(`${name.padEnd(9)} ${what}`);
console.log(`\n${verdicts(results).join('\n')}\nwritten: ${values.json}`);

/** Allocators next to each other, so that the rounds interleave them. */
async function createSubjects() {
  /** @type {Subject[]} */
  const made = [];
  const modules = builds.map(({ name, bytes }) => ({
    name,
    module: new WebAssembly.Module(bytes),
  }));
  for (const workload of WORKLOADS.filter(({ name }) => only?.includes(name) ?? true)) {
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
