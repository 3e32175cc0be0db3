/**
 * Noticing that a worker is dead, and reaping its slots then.
 *
 * Reaping needs proof that the worker will never write again; a paused worker must not be reaped.
 *
 * Node: the `exit` event of the Worker. The slot says which `threadId` holds it.
 *
 * Browsers: the Web Lock of its agent (heap/agent.js), which the browser takes back when the worker has
 * really stopped. The watcher asks for it: having it is the proof, once the worker has had it. The slot
 * says that it has, or the watcher has seen it held. A worker that never came that far is left alone: it
 * needs an explicit reap().
 *
 * Layer: heap. Any thread that may receive events.
 *
 * @module heap/watch
 */
import { capabilities, webLocks } from '../base/environment.js';
import { QbError } from '../base/errors.js';
import { lockName } from './agent.js';
import { listThreads } from './thread.js';

/** @typedef {import('./agent.js').AgentIdentity} AgentIdentity */
/** @typedef {import('./agent.js').Locks} Locks */

/**
 * What watching needs of a heap.
 *
 * @typedef {object} Watched
 * @property {import('../base/memory.js').Memory} memory
 * @property {number} threadNumber this agent's
 * @property {(thread: {number: number, generation: number}) => void} reap
 */

/** @typedef {{on(event: 'exit', listener: () => void): unknown, off(event: 'exit', listener: () => void): unknown, threadId: number}} NodeWorker */

/** How often slots are looked at for new web workers. */
const POLL_MILLISECONDS = 200;

/**
 * Stops watching. May be called at any time, also twice.
 */
export class Watch {
  /** @type {(() => void) | null} */
  #stop;

  /** @param {() => void} stop */
  constructor(stop) {
    this.#stop = stop;
  }

  /** Ends it. The worker is not touched. */
  dispose() {
    this.#stop?.();
    this.#stop = null;
  }

  /** The same as dispose(). */
  [Symbol.dispose]() {
    this.dispose();
  }
}

/**
 * @param {Watched} watched
 * @param {object} worker
 * @returns {() => void} stops
 * @throws {QbError} `UNSUPPORTED` where nothing proves that a worker has stopped; `STALE`
 */
export function startWatch(watched, worker) {
  if (isNodeWorker(worker)) {
    if (capabilities().workerExit) return watchNodeWorker(watched, worker);
  } else {
    const locks = webLocks();
    if (locks !== null) return watchLocks(watched, locks);
  }
  throw new QbError(
    'UNSUPPORTED',
    'nothing here proves that a worker has stopped: there are no Web Locks, or the exit event comes ' +
      'too early. When you know that it has, call heap.reap() with its entry of heap.threads().',
  );
}

/**
 * @param {unknown} worker
 * @returns {worker is NodeWorker} made by node:worker_threads
 */
function isNodeWorker(worker) {
  return (
    typeof worker === 'object' &&
    worker !== null &&
    'threadId' in worker &&
    typeof worker.threadId === 'number' &&
    'on' in worker &&
    typeof worker.on === 'function'
  );
}

/**
 * Reaps, when a Node worker exits, every slot that it holds.
 *
 * @param {Watched} watched
 * @param {NodeWorker} worker
 * @returns {() => void} stops
 */
function watchNodeWorker(watched, worker) {
  const { threadId } = worker;
  if (threadId < 0) {
    throw new QbError(
      'STALE',
      'the worker has ended already, and its slot can no longer be told. Watch a worker right after ' +
        'new Worker(), or find its slot in heap.threads() and reap() it.',
    );
  }
  const onExit = () => {
    reapAgent(watched, ({ kind, id }) => kind === 'node' && id === threadId);
  };
  worker.on('exit', onExit);
  return () => worker.off('exit', onExit);
}

/**
 * Reaps every slot that an agent holds.
 *
 * @param {Watched} watched
 * @param {(agent: AgentIdentity) => boolean} isDead
 */
function reapAgent({ memory, threadNumber, reap }, isDead) {
  for (const { number, generation, agent } of listThreads(memory, threadNumber)) {
    if (isDead(agent)) reap({ number, generation });
  }
}

/**
 * Reaps every slot whose web worker has stopped, those of workers to come included.
 *
 * @param {Watched} watched
 * @param {Locks} locks
 * @returns {() => void} stops
 */
export function watchLocks(watched, locks) {
  const abort = new AbortController();
  /** @type {Set<number>} ids of the agents whose lock is asked for */
  const waiting = new Set();
  const look = async () => {
    const agents = webAgents(watched).filter(({ id }) => !waiting.has(id));
    for (const { id, kind } of agents) if (kind === 'web-locked') reapWhenFree(id);
    if (agents.every(({ id }) => waiting.has(id))) return;
    const { held = [] } = await locks.query().catch(() => ({ held: [] }));
    for (const { id } of agents) {
      if (abort.signal.aborted || waiting.has(id)) continue;
      if (held.some(({ name }) => name === lockName(id))) reapWhenFree(id);
    }
  };
  /** @param {number} id */
  const reapWhenFree = (id) => {
    waiting.add(id);
    locks
      .request(lockName(id), { signal: abort.signal }, () => {
        waiting.delete(id);
        if (!abort.signal.aborted) reapAgent(watched, (agent) => isWeb(agent) && agent.id === id);
      })
      .catch((error) => {
        waiting.delete(id);
        // A callback of the user that threw must be seen; a watch that was stopped need not.
        if (!abort.signal.aborted) throwLater(error);
      });
  };
  const timer = setInterval(look, POLL_MILLISECONDS);
  look();
  return () => {
    clearInterval(timer);
    abort.abort();
  };
}

/**
 * @param {Watched} watched
 * @returns {AgentIdentity[]} the web workers that hold a slot, without this agent
 */
function webAgents({ memory, threadNumber }) {
  return listThreads(memory, threadNumber)
    .filter(({ self, agent }) => !self && isWeb(agent))
    .map(({ agent }) => agent);
}

/** @param {AgentIdentity} agent */
function isWeb({ kind }) {
  return kind === 'web' || kind === 'web-locked';
}

/** @param {unknown} error */
function throwLater(error) {
  queueMicrotask(() => {
    throw error;
  });
}
