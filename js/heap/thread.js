/**
 * Thread slots as JS sees them: who holds them, and how one is reaped.
 *
 *     slot   | state: status, reaper, generation | agent: kind, id |      8 bytes
 *
 * A slot says which agent holds it, for whoever will see that agent die. Attaching writes both words in
 * one step and both are read in one, so no slot is ever held by nobody known.
 *
 * Layer: heap. Any thread.
 *
 * @module heap/thread
 */
import {
  argumentError,
  checkChoice,
  checkInteger,
  checkOptions,
  typeError,
} from '../base/check.js';
import {
  ADDRESSES,
  LIMITS,
  OWNER,
  PAGE_KIND,
  POLICY,
  REGION,
  REGION_KIND,
  REGION_RECORD,
  REGION_STATE,
  THREAD,
  THREAD_STATUS,
} from '../base/generated/layout.js';
import { AGENT_ID_BITS } from './agent.js';
import { pageClass, pageKind } from './inspect.js';
import { regionSerial, regionWord } from './region.js';

/** @typedef {import('../base/memory.js').Memory} Memory */
/** @typedef {import('../base/module.js').Core} Core */
/** @typedef {import('./agent.js').AgentIdentity} AgentIdentity */
/** @typedef {import('./blocks.js').ThreadSlot} ThreadSlot */

/**
 * A thread that is attached: `heap.threads()`.
 *
 * @typedef {object} ThreadInfo
 * @property {number} number 1 .. 128: the slot, and the owner byte of its blocks
 * @property {number} generation tells successive holders of a slot apart
 * @property {'live' | 'reaping'} status `'reaping'`: its death is being dealt with
 * @property {boolean} self is it this agent's
 * @property {AgentIdentity} agent who holds it
 */

/**
 * Something that a dead thread owned.
 *
 * @typedef {object} Orphan
 * @property {number} address of its first byte
 * @property {number} bytes usable bytes; of an arena or pool: its own and its slabs'
 * @property {'block' | 'span' | 'arena' | 'pool' | 'memory'} kind `'memory'`: an owner or memory pool
 */

/** What becomes of blocks and arenas: they are freed, or belong to nobody. @typedef {'free' | 'keep'} Policy */
/** What becomes of one of them; `'own'`: it is this thread's. @typedef {'free' | 'keep' | 'own'} OrphanDecision */

/**
 * What becomes of what a dead thread had.
 *
 * @typedef {object} ReapOptions
 * @property {Policy} [policy] what becomes of its blocks and arenas: `'free'` (the default), or `'keep'`:
 *   they become shared
 * @property {(orphan: Orphan) => OrphanDecision | undefined | void} [onOrphan] asked of each; undefined:
 *   as the policy says; `'own'`: this thread becomes the owner
 */

/**
 * A thread: its number, or what `heap.threads()` says of it.
 *
 * @typedef {number | Readonly<ThreadSlot>} ThreadTarget
 */

/** Index: REGION_KIND - 1. */
const REGION_NAMES = /** @type {const} */ (['arena', 'pool', 'memory']);
const POLICIES = /** @type {const} */ (['free', 'keep']);
const DECISIONS = /** @type {const} */ (['free', 'keep', 'own']);
/** Index: the agent's kind, in bits 28..31 of its word; its id is in the others. */
const AGENT_KINDS = /** @type {const} */ (['none', 'node', 'web', 'web-locked']);
const AGENT_ID_MASK = 2 ** AGENT_ID_BITS - 1;
const GENERATION_MAX = 0xfffff;
/** Bits 12..15 of a region's state are its kind. */
const REGION_KIND_SHIFT = 12;

/**
 * @param {number} number of a slot
 * @returns {number} its address
 */
export function slotAddress(number) {
  return ADDRESSES.THREADS + (number - 1) * THREAD.bytes;
}

/**
 * @param {Memory} memory
 * @param {number} number of a slot
 * @returns {Omit<ThreadInfo, 'self'> | null} null for a free slot
 */
export function readSlot(memory, number) {
  // One load of state and agent: they change together.
  const pair = Atomics.load(memory.root.u64, (slotAddress(number) + THREAD.state) >>> 3);
  const state = Number(pair & 0xffffffffn);
  const agent = Number(pair >> 32n);
  const status = state & 15;
  if (status === THREAD_STATUS.FREE) return null;
  return {
    number,
    generation: state >>> 12,
    status: status === THREAD_STATUS.LIVE ? 'live' : 'reaping',
    agent: { kind: AGENT_KINDS[agent >>> AGENT_ID_BITS] ?? 'none', id: agent & AGENT_ID_MASK },
  };
}

/**
 * @param {Memory} memory
 * @param {number} selfNumber
 * @returns {ThreadInfo[]} the slots in use, by number
 */
export function listThreads(memory, selfNumber) {
  const threads = [];
  for (let number = 1; number <= LIMITS.THREADS_MAX; number++) {
    const slot = readSlot(memory, number);
    if (slot !== null) threads.push({ ...slot, self: number === selfNumber });
  }
  return threads;
}

/**
 * Takes a slot for this agent.
 *
 * @param {Core} core
 * @param {Memory} memory
 * @param {AgentIdentity} identity
 * @returns {Readonly<{number: number, generation: number}>}
 */
export function attachThread(core, memory, identity) {
  const address = core.threadAttach(agentWord(identity));
  const number = memory.root.u32[(address + THREAD.number) >>> 2];
  return Object.freeze({ number, generation: readSlot(memory, number)?.generation ?? 0 });
}

/**
 * Says anew who holds this agent's own slot.
 *
 * @param {Memory} memory
 * @param {number} number of the slot
 * @param {AgentIdentity} identity
 */
export function announce(memory, number, identity) {
  const index = (slotAddress(number) + THREAD.agent) >>> 2;
  Atomics.store(memory.root.u32, index, agentWord(identity));
}

/** @param {AgentIdentity} identity */
function agentWord({ kind, id }) {
  return ((AGENT_KINDS.indexOf(kind) << AGENT_ID_BITS) | (id & AGENT_ID_MASK)) >>> 0;
}

/**
 * Makes room for this agent in a heap that was saved with all slots in use: takes the place of one of
 * the threads that are no more, and leaves it.
 *
 * @param {Core} core
 * @param {Memory} memory
 */
export function leaveSavedThread(core, memory) {
  const threads = listThreads(memory, 0);
  const live = threads.find(({ status }) => status === 'live');
  if (threads.length < LIMITS.THREADS_MAX || live === undefined) return;
  core.threadEnter(slotAddress(live.number));
  core.threadDetach(POLICY.KEEP);
}

/**
 * @param {string} what
 * @param {unknown} policy
 * @returns {number} POLICY
 */
export function policyCode(what, policy) {
  return checkChoice(what, policy, POLICIES) === 'keep' ? POLICY.KEEP : POLICY.FREE;
}

/**
 * Frees the slot of a thread that will never run again, and what it owned.
 *
 * @param {Core} core
 * @param {Memory} memory
 * @param {ThreadTarget} target
 * @param {ReapOptions} [options]
 * @param {(number: number, policy: number) => void} [onReap] called before the core frees what is left
 * @returns {boolean} false when that thread is gone already
 */
export function reap(core, memory, target, options, onReap) {
  const { number, generation } = checkTarget(target);
  const { policy, onOrphan } = checkReapOptions(options);
  if (!core.reapBegin(number, generation)) return false;
  try {
    if (onOrphan !== undefined) offerOrphans(core, memory, number, onOrphan);
    onReap?.(number, policy);
  } finally {
    // Also when the callback threw: the slot must not stay half reaped.
    core.reapEnd(number, policy);
  }
  return true;
}

/**
 * @param {ReapOptions | undefined} options
 * @returns {{policy: number, onOrphan: ReapOptions['onOrphan']}}
 */
export function checkReapOptions(options) {
  const { policy = 'free', onOrphan } = checkOptions('reap options', options, [
    'policy',
    'onOrphan',
  ]);
  if (onOrphan !== undefined && typeof onOrphan !== 'function') {
    throw typeError('onOrphan', onOrphan, "a function (orphan) => 'free', 'keep' or 'own'");
  }
  return { policy: policyCode('policy', policy), onOrphan };
}

/**
 * @param {unknown} target
 * @returns {{number: number, generation: number}} generation 0: any
 */
function checkTarget(target) {
  if (typeof target === 'number') {
    return { number: checkInteger('thread', target, 1, LIMITS.THREADS_MAX), generation: 0 };
  }
  if (typeof target !== 'object' || target === null) {
    throw typeError('thread', target, 'a thread number, or an entry of heap.threads()');
  }
  if (!('number' in target && 'generation' in target)) {
    throw argumentError('thread', target, 'a thread number, or {number, generation}');
  }
  return {
    number: checkInteger('thread.number', target.number, 1, LIMITS.THREADS_MAX),
    generation: checkInteger('thread.generation', target.generation, 1, GENERATION_MAX),
  };
}

/**
 * @param {Core} core
 * @param {Memory} memory
 * @param {number} number
 * @param {NonNullable<ReapOptions['onOrphan']>} onOrphan
 */
function offerOrphans(core, memory, number, onOrphan) {
  const self = memory.root.u32[(core.threadAddress + THREAD.number) >>> 2];
  for (let at = core.reapNext(number, 0); at !== 0; at = core.reapNext(number, at)) {
    const orphan = orphanAt(core, memory, at);
    const decision = orphan === null ? undefined : onOrphan(orphan);
    if (orphan === null || decision === undefined) continue;
    switch (checkChoice('what onOrphan returned', decision, DECISIONS)) {
      case 'keep':
        core.blockOwn(at, OWNER.SHARED);
        break;
      case 'own':
        core.blockOwn(at, self);
        break;
      default:
        freeOrphan(core, memory, orphan);
    }
  }
}

/**
 * @param {Core} core
 * @param {Memory} memory
 * @param {number} address
 * @returns {Orphan | null} null for an arena or pool that was being opened or released: the core ends that
 */
function orphanAt(core, memory, address) {
  memory.ensure(address + REGION.bytes);
  const { u32 } = memory.root;
  const page = Math.floor(address / LIMITS.PAGE_BYTES);
  if (pageKind(memory, page) === PAGE_KIND.SPAN) {
    return { address, bytes: core.usableBytes(address), kind: 'span' };
  }
  if (pageClass(memory, page) !== LIMITS.CLASS_REGION) {
    return { address, bytes: core.usableBytes(address), kind: 'block' };
  }
  const word = Atomics.load(u32, regionWord(memory, address, REGION_RECORD.state));
  const state = word & 15;
  if (state !== REGION_STATE.OPEN && state !== REGION_STATE.CLOSED) return null;
  // A channel belongs to nobody, but for the moment in which it is opened: nobody knows it then.
  if (word >>> REGION_KIND_SHIFT === REGION_KIND.CHANNEL) return null;
  const kind = REGION_NAMES[(word >>> REGION_KIND_SHIFT) - 1];
  const slabPages = u32[(address + REGION.spanPages) >>> 2];
  return { address, bytes: LIMITS.REGION_BYTES + slabPages * LIMITS.PAGE_BYTES, kind };
}

/**
 * @param {Core} core
 * @param {Memory} memory
 * @param {Orphan} orphan
 */
function freeOrphan(core, memory, { address, kind }) {
  if (kind === 'block' || kind === 'span') {
    core.free(address);
    return;
  }
  const { u32 } = memory.root;
  const isOpen =
    (Atomics.load(u32, regionWord(memory, address, REGION_RECORD.state)) & 15) ===
    REGION_STATE.OPEN;
  // A closed one is kept by pins of others; it goes with the last of them.
  const serial = regionSerial(memory, address);
  if (isOpen && kind === 'memory') core.memory.close(address, serial, false);
  else if (isOpen && kind === 'pool') core.poolClose(address, serial, false);
  else if (isOpen) core.arenaClose(address, serial, false);
}
