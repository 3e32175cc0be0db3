/**
 * How the workers of tests attach.
 *
 * @module
 */
import { holdAgentLock } from '../../js/heap/agent.js';
import { attach } from '../../js/worker.js';

/**
 * Attaches. In browsers, as `fromMessage` does, only when the lock is held by which others notice the worker's end.
 *
 * @param {import('../../js/worker.js').HeapDescriptor} descriptor
 */
export async function enter(descriptor) {
  await holdAgentLock();
  return attach(descriptor);
}
