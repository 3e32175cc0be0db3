/**
 * From a status of the core to an error that says what was asked, what is allowed and what to do.
 *
 * Layer: base. Any thread.
 *
 * @module base/status
 */
import { QbError } from './errors.js';
import { LIMITS, STATUS_MESSAGES, STATUS_NAMES } from './generated/layout.js';

/**
 * What to do about it, by code.
 *
 * @type {Readonly<Record<string, string>>}
 */
const CURES = Object.freeze({
  OUT_OF_MEMORY: 'Free something, or give Heap.create a larger maximum.',
  SIZE: `Ask for fewer bytes; all of a heap is at most ${LIMITS.PAGES_MAX * LIMITS.PAGE_BYTES}.`,
  ALIGN: 'Use 1, 2, 4 ... 65536.',
  ADDRESS: 'Pass on only what alloc, calloc or realloc returned, and only until it is freed.',
  DOUBLE_FREE: 'Free each block once.',
  OVERRUN: 'Write only the bytes that were asked for; the block was left as it is.',
  NOT_ATTACHED: 'Use the heap before close() or detach(), or attach again by its descriptor.',
  TOO_MANY_THREADS: `At most ${LIMITS.THREADS_MAX} threads attach at once; close heaps that are no longer used, or reap threads that are gone.`,
  THREAD: 'heap.threads() lists the live threads; a thread cannot reap itself.',
  BUSY: 'Let the other thread finish.',
  LAYOUT: 'Use the same version of qbwasm in all workers.',
  STALE: 'Ask for a new handle.',
  REGION: 'Use an arena, a pool or a channel only until it is closed.',
  CLOSED: 'Acquire only until the pool is closed.',
  EMPTY: 'Release something, wait with acquireWait or acquireAsync, or let the pool grow.',
  FULL: 'Wait until there is room, or give it more capacity.',
  NO_ROOM: 'Free something first, or wait.',
  NAME: 'Use a name of 1 to 255 bytes of UTF-8.',
  EXISTS: 'Choose another name, or replace it with {replace: true}.',
  NOT_FOUND: 'heap.roots.entries() lists the names.',
  ROOTS_FULL: `A heap has at most ${LIMITS.ROOTS_MAX} names over its life; reuse them.`,
  OWNER: `An owner is the number of a live thread or 255 (shared).`,
  DEADLOCK: 'Release it first, or wait with lockAsync.',
  ARGUMENT: 'See the documentation of the call for what it takes.',
});

/**
 * @param {number} status
 * @param {string} call what was asked, with its arguments
 * @param {import('./errors.js').ErrorFields} [fields]
 * @param {number} [availableBytes] for a heap that is full
 * @returns {QbError}
 */
export function statusError(status, call, fields = {}, availableBytes = undefined) {
  const code = STATUS_NAMES[status] ?? 'UNKNOWN';
  const left =
    availableBytes === undefined ? '' : ` (${availableBytes} bytes of whole pages are left)`;
  const text = STATUS_MESSAGES[status] ?? `the core answered with the unknown status ${status}`;
  const allFields = availableBytes === undefined ? fields : { ...fields, availableBytes };
  return new QbError(code, `${call}: ${text}${left}. ${CURES[code] ?? ''}`.trimEnd(), allFields);
}
