/**
 * The workloads of bench/c/workload.c, by their numbers there.
 *
 * @module
 */

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {number} code number in workload.c
 * @property {number[]} threads thread counts to measure
 * @property {number} step operations are counted in multiples of this
 * @property {string} what one line for the reader
 */

/** @type {readonly Workload[]} */
export const WORKLOADS = Object.freeze([
  { name: 'pair', code: 0, threads: [1, 2], step: 1, what: 'alloc 32 B, free it' },
  { name: 'batch', code: 1, threads: [1, 2], step: 10_000, what: '10 000 of 32 B, then free all' },
  { name: 'random', code: 2, threads: [1, 2], step: 1, what: 'replace one of 10 000, 8..1024 B' },
  { name: 'touched', code: 3, threads: [1, 2], step: 1, what: 'the same, blocks written and read' },
  { name: 'cross', code: 4, threads: [1, 2], step: 1, what: 'swap into a common table (larson)' },
  { name: 'handover', code: 5, threads: [2], step: 1, what: 'one allocates, the other frees' },
]);

/** What is aimed at: a ratio to qbwasm, at least. */
export const TARGETS = Object.freeze([
  { workload: 'random', threads: 1, peers: ['dlmalloc', 'emmalloc'], ratio: 5 },
  { workload: 'random', threads: 2, peers: ['dlmalloc', 'emmalloc'], ratio: 20 },
]);
