/**
 * Who this agent is, so that others can notice its end.
 *
 * In Node it is its `threadId`, which the Worker object has as well. A web worker makes a number up and
 * holds a Web Lock with that number in its name until it ends; the browser gives the lock to the next
 * only when the worker has really stopped. The lock is asked for once per agent and comes later, in the
 * event loop: a worker that attaches and then blocks for ever never gets it. `fromMessage` in worker.js
 * waits for it.
 *
 * Layer: heap. State is per agent.
 *
 * @module heap/agent
 */
import { isWebWorker, nodeThreads, webLocks } from '../base/environment.js';

/**
 * What stands in a thread slot. `id` is the `threadId` of a Node worker, or the number of a web worker;
 * `web-locked` is a web worker that holds its lock already: the lock proves its end.
 *
 * @typedef {object} AgentIdentity
 * @property {'none' | 'node' | 'web' | 'web-locked'} kind what it is
 * @property {number} id tells those of a kind apart
 */

/**
 * The part of LockManager that is used.
 *
 * @typedef {object} Locks
 * @property {(name: string, options: {signal?: AbortSignal}, callback: () => unknown) => Promise<unknown>} request
 * @property {() => Promise<{held?: {name?: string}[]}>} query
 */

/** An id is smaller than 2 to the power of this. */
export const AGENT_ID_BITS = 28;

/** @type {Readonly<AgentIdentity> | null} */
let identity = null;
/** @type {Promise<void> | null} */
let lockHeld = null;

/**
 * Who this agent is, as far as others can use it to notice its end.
 *
 * @returns {Readonly<AgentIdentity>}
 */
export function agentIdentity() {
  identity ??= Object.freeze(findIdentity());
  return identity;
}

/**
 * Asks for this agent's lock, if it is one that others know by its lock. Once.
 *
 * @returns {Promise<void>} resolves when its end can be noticed, or never will be
 */
export function holdAgentLock() {
  const locks = webLocks();
  const { kind, id } = agentIdentity();
  if (lockHeld !== null) return lockHeld;
  if (kind !== 'web' || locks === null) return Promise.resolve();
  lockHeld = holdLock(locks, id).then((isHeld) => {
    if (isHeld) identity = Object.freeze({ kind: 'web-locked', id });
  });
  return lockHeld;
}

/**
 * @param {number} id of a web worker
 * @returns {string} name of the lock that it holds
 */
export function lockName(id) {
  return `qbwasm:agent:${id}`;
}

/**
 * Holds the lock of an agent for ever.
 *
 * @param {Locks} locks
 * @param {number} id
 * @returns {Promise<boolean>} when it is held; false: it is refused
 */
export function holdLock(locks, id) {
  return new Promise((resolve) => {
    const forEver = () => {
      resolve(true);
      return new Promise(() => {});
    };
    // Refused only where storage is forbidden: then the end of this agent cannot be noticed.
    locks.request(lockName(id), {}, forEver).catch(() => resolve(false));
  });
}

/** @returns {AgentIdentity} */
function findIdentity() {
  const threads = nodeThreads();
  if (threads !== null) return { kind: 'node', id: threads.threadId };
  if (!isWebWorker() || webLocks() === null) return { kind: 'none', id: 0 };
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  return { kind: 'web', id: random >>> (32 - AGENT_ID_BITS) };
}
