/**
 * Waiting for something that other threads make available, and never losing it.
 *
 *     block    this thread sleeps. In workers; never a spin
 *     join     a promise. Anywhere; those of one agent are served in the order in which they came
 *
 * What is waited for says of itself, as a {@link WaitSource}, how to try for it and which word of the memory
 * changes when trying again makes sense. The word is read before each try, so a change in between ends the
 * wait at once. No wait is longer than a slice: should a wake-up be lost with a thread that died, it costs
 * that much and no more.
 *
 * Layer: wait. A queue belongs to one agent.
 *
 * @module wait/queue
 */
import { checkOptions, checkTimeout } from '../base/check.js';
import { capabilities } from '../base/environment.js';
import { QbError } from '../base/errors.js';

/**
 * How long to wait.
 *
 * @typedef {object} WaitOptions
 * @property {number} [timeout] milliseconds; 0 does not wait, and without it there is no end
 * @property {AbortSignal} [signal] ends the wait; the promise rejects with its reason
 */

/** @typedef {{ async: true, value: Promise<string> } | { async: false, value: string }} AsyncWait */
/** @typedef {(array: Int32Array, index: number, value: number, timeout: number) => AsyncWait} WaitAsync */

/**
 * @template T
 * @template [R=undefined]
 * @typedef {object} WaitSource
 * @property {(request: R) => T | null} attempt takes it; null: not available. What it throws ends all waits.
 *   `request` is what this waiter brought with him
 * @property {(waitedMilliseconds: number | undefined, request: R) => unknown} refusal the error after a
 *   timeout; undefined: for a caller who does not wait
 * @property {() => Int32Array} [words] the memory. Without it only this agent makes it available, and calls
 *   `serve`
 * @property {() => number} [wordIndex] of the word that changes then. Asked before each wait
 * @property {() => number} [ticket] reads that word, before an attempt
 * @property {(isWaiting: boolean) => void} [mark] the first of this agent begins to wait, or the last ended
 * @property {(isQueued: boolean) => void} [queued] the first stands in the queue of `join`, or the last left
 * @property {() => void} [counted] somebody begins to wait
 */

/**
 * @template T
 * @template R
 * @typedef {object} Waiter
 * @property {R} request
 * @property {(value: T) => void} resolve
 * @property {(reason: unknown) => void} reject
 * @property {() => void} leave removes timer and listener
 */

/** A waiter that was not woken looks by itself that often. */
export const SLICE_MILLISECONDS = 50;
/** The same, where there is no Atomics.waitAsync. */
const POLL_MILLISECONDS = 4;

/**
 * @template T what they wait for
 * @template [R=undefined] what they bring with them
 */
export class WaitQueue {
  /** @type {WaitSource<T, R>} */
  #source;
  /** Those who stand in line. @type {Waiter<T, R>[]} */
  #waiters = [];
  /** How many of this agent wait: the queue counts as one. */
  #markCount = 0;
  /** Identifies the wait that was armed last; 0: none. */
  #armed = 0;
  #armCount = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {WaitSource<T, R>} source */
  constructor(source) {
    this.#source = source;
  }

  /** How many stand in line. */
  get length() {
    return this.#waiters.length;
  }

  /**
   * Tries, and blocks this thread until it succeeds.
   *
   * @param {number | undefined} timeout milliseconds: 0 does not wait; none: as long as it takes
   * @param {R} [request]
   * @returns {T}
   * @throws {QbError} the source's refusal after the timeout; `UNSUPPORTED` in an agent that may not block;
   *   `ARGUMENT`, `TYPE`
   */
  block(timeout, request) {
    const brought = /** @type {R} */ (request);
    const milliseconds = checkTimeout(timeout);
    const value = this.#source.attempt(brought);
    if (value !== null) return value;
    if (milliseconds === 0) throw this.#source.refusal(undefined, brought);
    if (!capabilities().atomicsWait) {
      throw new QbError(
        'UNSUPPORTED',
        'this thread may not block. Use the method of the same name that ends in Async, or wait in a worker.',
      );
    }
    this.#source.counted?.();
    this.#mark(1);
    try {
      return this.#sleep(milliseconds, brought);
    } finally {
      this.#mark(-1);
    }
  }

  /**
   * A promise of it. Those of one agent are served in the order in which they came.
   *
   * @param {WaitOptions | undefined} options timeout in milliseconds: 0 does not wait; none: as long as it
   *   takes
   * @param {R} [request]
   * @returns {Promise<T>} rejects with the source's refusal after the timeout, what `attempt` threw, or the
   *   signal's reason
   * @throws {QbError} `ARGUMENT`, `TYPE`
   */
  join(options, request) {
    const brought = /** @type {R} */ (request);
    const { timeout, signal } = checkOptions('options', options, ['timeout', 'signal']);
    const milliseconds = checkTimeout(timeout);
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#waiters.length === 0) {
      try {
        const value = this.#source.attempt(brought);
        if (value !== null) return Promise.resolve(value);
      } catch (error) {
        return Promise.reject(error);
      }
    }
    if (milliseconds === 0) return Promise.reject(this.#source.refusal(undefined, brought));
    if (typeof setTimeout !== 'function') return Promise.reject(timerError());
    return new Promise((resolve, reject) => {
      this.#enqueue({ request: brought, resolve, reject, leave: () => {} }, milliseconds, signal);
    });
  }

  /** Hands what is available to those who stand in line. */
  serve() {
    while (this.#waiters.length > 0) {
      let ticket = 0;
      /** @type {T | null} */
      let value = null;
      try {
        ticket = this.#ticket();
        value = this.#source.attempt(this.#waiters[0].request);
      } catch (error) {
        this.dismiss(error);
        return;
      }
      if (value === null) {
        this.#arm(ticket);
        return;
      }
      const waiter = /** @type {Waiter<T, R>} */ (this.#waiters.shift());
      waiter.leave();
      waiter.resolve(value);
    }
    this.#settle();
  }

  /**
   * Sends all away who stand in line.
   *
   * @param {unknown} reason
   */
  dismiss(reason) {
    const waiters = this.#waiters.splice(0);
    if (waiters.length > 0) this.#settle();
    for (const waiter of waiters) {
      waiter.leave();
      waiter.reject(reason);
    }
  }

  /* ---- private ---- */

  /**
   * @param {number} milliseconds
   * @param {R} request
   * @returns {T}
   */
  #sleep(milliseconds, request) {
    const { attempt, refusal, words, wordIndex } = this.#source;
    if (words === undefined || wordIndex === undefined) throw refusal(undefined, request);
    const end = performance.now() + milliseconds;
    for (;;) {
      const ticket = this.#ticket();
      const value = attempt(request);
      if (value !== null) return value;
      const left = end - performance.now();
      if (left <= 0) throw refusal(milliseconds, request);
      Atomics.wait(words(), wordIndex(), ticket, Math.min(left, SLICE_MILLISECONDS));
    }
  }

  /**
   * @param {Waiter<T, R>} waiter
   * @param {number} milliseconds
   * @param {AbortSignal | undefined} signal
   */
  #enqueue(waiter, milliseconds, signal) {
    const onAbort = () => this.#dismissOne(waiter, signal?.reason);
    const onTimeout = () =>
      this.#dismissOne(waiter, this.#source.refusal(milliseconds, waiter.request));
    const timer = Number.isFinite(milliseconds) ? setTimeout(onTimeout, milliseconds) : undefined;
    signal?.addEventListener('abort', onAbort, { once: true });
    waiter.leave = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    this.#source.counted?.();
    this.#waiters.push(waiter);
    if (this.#waiters.length > 1) return;
    this.#source.queued?.(true);
    this.#mark(1);
    this.serve();
  }

  /**
   * @param {Waiter<T, R>} waiter
   * @param {unknown} reason
   */
  #dismissOne(waiter, reason) {
    const index = this.#waiters.indexOf(waiter);
    if (index < 0) return;
    this.#waiters.splice(index, 1);
    if (this.#waiters.length === 0) this.#settle();
    waiter.leave();
    waiter.reject(reason);
  }

  /** The last one left the line. */
  #settle() {
    clearTimeout(this.#timer);
    this.#armed = 0;
    this.#source.queued?.(false);
    this.#mark(-1);
  }

  /** @param {1 | -1} step */
  #mark(step) {
    this.#markCount += step;
    const isEdge = this.#markCount === (step === 1 ? 1 : 0);
    if (isEdge) this.#source.mark?.(step === 1);
  }

  #ticket() {
    const { ticket, words, wordIndex } = this.#source;
    if (ticket !== undefined) return ticket();
    return words && wordIndex ? Atomics.load(words(), wordIndex()) : 0;
  }

  /**
   * Sees to it that `serve` is called when another agent may have made it available.
   *
   * @param {number} ticket
   */
  #arm(ticket) {
    const { words, wordIndex } = this.#source;
    if (this.#armed !== 0 || words === undefined || wordIndex === undefined) return;
    const armed = ++this.#armCount;
    this.#armed = armed;
    const again = () => {
      if (this.#armed !== armed) return;
      clearTimeout(this.#timer);
      this.#armed = 0;
      this.serve();
    };
    const { waitAsync } = /** @type {{ waitAsync?: WaitAsync }} */ (
      /** @type {unknown} */ (Atomics)
    );
    // The timer is there for a wake-up that was lost, and it keeps Node from ending meanwhile.
    const isPolling = waitAsync === undefined;
    this.#timer = setTimeout(again, isPolling ? POLL_MILLISECONDS : SLICE_MILLISECONDS);
    if (isPolling) return;
    const wait = waitAsync(words(), wordIndex(), ticket, SLICE_MILLISECONDS);
    if (wait.async) wait.value.then(again);
    else queueMicrotask(again);
  }
}

function timerError() {
  return new QbError(
    'UNSUPPORTED',
    'an AudioWorklet has no timers. Use the method that only tries, or wait in a worker.',
  );
}
