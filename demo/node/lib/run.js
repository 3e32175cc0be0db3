/**
 * The same job done twice, phase by phase:
 *
 *     start      make the workers, and wait until all are ready
 *     build      each worker reads files and counts their identifiers
 *     hand over  from the question to the moment when the main thread has all results
 *     merge      make one result of them
 *
 * With shared memory a result is handed over as two numbers, and merging reads it where it stands. With
 * postMessage the engine writes it into a message and makes new objects of that on the other side.
 *
 * @module demo/lib/run
 */
import { serialize } from 'node:v8';
import { Heap } from '../../../js/index.js';
import { Job } from './job.js';
import { mergeTrees, nameOf } from './merge.js';
import { Stopwatch } from './stopwatch.js';
import { Summary } from './summary.js';
import { mergeTables } from './table.js';
import { Team } from './team.js';

/** @typedef {import('./files.js').TextFile} TextFile */
/** @typedef {import('./files.js').Unreadable} Unreadable */
/** @typedef {import('./tree.js').Handed} Handed */
/** @typedef {import('./table.js').Table} Table */
/** @typedef {import('./stopwatch.js').Milliseconds} Milliseconds */

/**
 * @typedef {object} Task
 * @property {TextFile[]} files
 * @property {number} workerCount
 * @property {number} topCount
 * @property {AbortSignal} signal
 * @property {import('./progress.js').Progress} progress
 */

const WORKER = new URL('../index.worker.js', import.meta.url);
const HEAP_BYTES_MAX = 2 ** 30;

/**
 * With trees in shared memory. They can be read until `close()`, also after their workers have gone: this
 * thread retains the arenas.
 *
 * @param {Task} task
 * @returns {Promise<{summary: Summary, times: Milliseconds, unreadable: Unreadable[], bytes: number,
 *   heap: Heap, roots: number[], close: () => void}>}
 */
export async function runShared(task) {
  const watch = new Stopwatch();
  const heap = Heap.create({ maximum: HEAP_BYTES_MAX, name: 'index' });
  const job = new Job();
  const team = startTeam(task, job, heap);
  for (const worker of team.workers) heap.watch(worker);
  try {
    await team.ask('start');
    watch.lap('start');
    const unreadable = await build(team, job, task, 'trees in shared memory');
    watch.lap('build');
    const handed = /** @type {Handed[]} */ (await team.ask('hand over'));
    const held = handed.map(({ arena }) => heap.retain(arena));
    watch.lap('handOver');
    const roots = handed.map(({ root }) => root);
    const summary = new Summary(task.topCount);
    mergeTrees(heap, roots, (node, count, files) => {
      summary.add(count, files, () => nameOf(heap, node));
    });
    watch.lap('merge');
    const bytes = heap.stats().arenaBytes;
    const close = () => {
      for (const arena of held) arena.release();
      heap.close();
    };
    return { summary, times: watch.times, unreadable, bytes, heap, roots, close };
  } finally {
    await team.end();
  }
}

/**
 * With Maps by postMessage.
 *
 * @param {Task} task
 * @returns {Promise<{summary: Summary, times: Milliseconds, bytes: number, table: Table}>}
 */
export async function runMessages(task) {
  const watch = new Stopwatch();
  const job = new Job();
  const team = startTeam(task, job, null);
  try {
    await team.ask('start');
    watch.lap('start');
    await build(team, job, task, 'Maps for postMessage');
    watch.lap('build');
    const tables = /** @type {Table[]} */ (await team.ask('hand over'));
    watch.lap('handOver');
    const bytes = tables.reduce((sum, table) => sum + serialize(table).length, 0);
    watch.skip();
    const table = mergeTables(tables);
    const summary = new Summary(task.topCount);
    for (const [name, { count, files }] of table) summary.add(count, files, () => name);
    watch.lap('merge');
    return { summary, times: watch.times, bytes, table };
  } finally {
    await team.end();
  }
}

/**
 * Compares the complete results, name by name.
 *
 * @param {Heap} heap
 * @param {number[]} roots
 * @param {Table} table
 * @returns {string | null} the first difference
 */
export function findDifference(heap, roots, table) {
  let names = 0;
  /** @type {string | null} */
  let difference = null;
  mergeTrees(heap, roots, (node, count, files) => {
    names++;
    const name = nameOf(heap, node);
    const entry = table.get(name);
    if (entry?.count === count && entry.files === files) return;
    const other = entry === undefined ? 'nothing' : `${entry.count} in ${entry.files} files`;
    difference ??= `${name}: ${count} in ${files} files by shared memory, ${other} by postMessage`;
  });
  if (names === table.size) return difference;
  return difference ?? `${names} names by shared memory, ${table.size} by postMessage`;
}

/**
 * @param {Task} task
 * @param {Job} job
 * @param {Heap | null} heap
 */
function startTeam({ files, workerCount, signal }, job, heap) {
  /** @type {import('../index.worker.js').WorkerData} */
  const data = {
    paths: files.map(({ path }) => path),
    counters: job.counters,
    heap: heap?.descriptor ?? null,
  };
  return new Team(WORKER, workerCount, data, signal);
}

/**
 * @param {Team} team
 * @param {Job} job
 * @param {Task} task
 * @param {string} what is built
 */
async function build(team, job, { files, progress }, what) {
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const fraction = () => Math.min(1, job.doneBytes / Math.max(1, totalBytes));
  const replies = await progress.during(what, fraction, () => team.ask('build'));
  return /** @type {Unreadable[][]} */ (replies).flat();
}
