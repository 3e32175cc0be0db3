/**
 * Noticing that a worker is dead, and reaping its slots then.
 *
 * Reaping needs proof that the worker will never write again; a paused worker must not be reaped.
 *
 * Node: the `exit` event of the Worker. The slot says which `threadId` holds it.
 *
 * Browsers: a Web Lock. An attached worker asks for a lock named after its slot and never gives it
 * back; the browser does when the worker has stopped. The watcher first sees the lock held, then asks
 * for it: having it is the proof. A slot whose lock was never seen held proves nothing and is left
 * alone, so a worker that is terminated in the moment of attaching needs an explicit reap().
 *
 * Layer: heap. Any thread that may receive events.
 *
 * @module heap/watch
 */
import { capabilities, webLocks } from '../base/environment.js';
import { QbError } from '../base/errors.js';
import { listThreads } from './thread.js';

/** @typedef {import('./thread.js').ThreadInfo} ThreadInfo */

/**
 * What watching needs of a heap.
 *
 * @typedef {object} Watched
 * @property {string} id
 * @property {import('../base/memory.js').Memory} memory
 * @property {number} threadNumber this agent's
 * @property {(thread: {number: number, generation: number}) => void} reap
 */

/** @typedef {{on(event: 'exit', listener: () => void): unknown, off(event: 'exit', listener: () => void): unknown, threadId: number}} NodeWorker */

/** The part of LockManager that is used. */
/**
 * @typedef {object} Locks
 * @property {(name: string, options: {signal?: AbortSignal}, callback: () => unknown) => Promise<unknown>} request
 * @property {() => Promise<{held?: {name?: string}[]}>} query
 */

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

  dispose() {
    this.#stop?.();
    this.#stop = null;
  }

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
    for (const { number, generation, agent } of listThreads(watched.memory, watched.threadNumber)) {
      if (agent.kind === 'node' && agent.id === threadId) watched.reap({ number, generation });
    }
  };
  worker.on('exit', onExit);
  return () => worker.off('exit', onExit);
}

/**
 * @param {string} heapId
 * @param {{number: number, generation: number}} thread
 * @returns {string} name of the lock that its worker holds
 */
function lockName(heapId, { number, generation }) {
  return `qbwasm:${heapId}:${number}:${generation}`;
}

/**
 * Holds this worker's lock until `release` is called or the worker is gone.
 *
 * @param {Locks} locks
 * @param {string} heapId
 * @param {{number: number, generation: number}} thread
 * @returns {() => void} release
 */
export function holdLock(locks, heapId, thread) {
  let release = () => {};
  const released = new Promise((resolve) => {
    release = () => resolve(undefined);
  });
  // Refused only when the agent shuts down.
  locks.request(lockName(heapId, thread), {}, () => released).catch(() => {});
  return release;
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
  /** @type {Set<string>} names that are waited for */
  const waiting = new Set();
  const look = async () => {
    const slots = listThreads(watched.memory, watched.threadNumber).filter(
      ({ self, agent }) => !self && agent.kind === 'web',
    );
    const unknown = slots.filter((slot) => !waiting.has(lockName(watched.id, slot)));
    if (unknown.length === 0) return;
    const { held = [] } = await locks.query().catch(() => ({ held: [] }));
    for (const slot of unknown) {
      const name = lockName(watched.id, slot);
      if (abort.signal.aborted || waiting.has(name)) continue;
      if (held.some((lock) => lock.name === name)) reapWhenFree(slot, name);
    }
  };
  /** @param {ThreadInfo} slot @param {string} name */
  const reapWhenFree = (slot, name) => {
    waiting.add(name);
    locks
      .request(name, { signal: abort.signal }, () => {
        waiting.delete(name);
        if (!abort.signal.aborted) watched.reap(slot);
      })
      .catch((error) => {
        waiting.delete(name);
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
 * @param {unknown} error
 */
function throwLater(error) {
  queueMicrotask(() => {
    throw error;
  });
}
