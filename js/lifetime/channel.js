/**
 * Channels: bounded queues between threads, without postMessage.
 *
 *     const jobs = heap.channel({ capacity: 64, of: 'block' });
 *     // in a worker: const jobs = Channel.attach(heap, workerData.jobs);
 *
 *                  waits in a worker      promise            at once
 *     send         send(m, options)       sendAsync(m)       trySend(m): false when it is full
 *     receive      receive(options)       receiveAsync()     tryReceive(): undefined when it is empty
 *
 * Any number of threads may send and receive. Messages of one sender arrive in their order, each at one
 * receiver. A full channel makes its senders wait.
 *
 * Ownership of a block or an object of a pool moves with the message: what was sent is no longer the
 * sender's (a view of it throws), and the receiver has it as if it had allocated or acquired it. When a
 * thread dies, a message that it was just sending or receiving is in the channel, or it is among what the
 * dead thread owned; never both, never neither.
 *
 * `close()` ends sending for all. Receivers take what is left; then they are told, and leave. A message that is
 * still in a closed channel when the last thread leaves is freed, or released to its pool.
 *
 * Layer: lifetime. A Channel object belongs to one agent, the channel to the heap.
 *
 * @module lifetime/channel
 */
import { checkOptions } from '../base/check.js';
import { QbError, TimeoutError } from '../base/errors.js';
import { RING, STATUS, THREAD } from '../base/generated/layout.js';
import { needOpen } from '../heap/blocks.js';
import { WaitQueue } from '../wait/queue.js';
import { notOwnedError } from './channel-messages.js';
import { ChannelWords } from './channel-words.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../wait/queue.js').WaitOptions} WaitOptions */
/** @typedef {import('./channel-messages.js').ChannelDescriptor} ChannelDescriptor */

/**
 * @template T
 * @typedef {import('./channel-messages.js').Messages<T>} Messages
 */

/**
 * Made by `heap.channel` and `Channel.attach`.
 *
 * @template T
 * @example
 * const numbers = heap.channel({ capacity: 2, of: 'i32' });
 * numbers.trySend(-1); // true
 * numbers.trySend(-2); // true
 * numbers.trySend(-3); // false: it is full
 * numbers.receive(); // -1
 * numbers.close();
 * [...numbers]; // [-2]
 */
export class Channel {
  #core;
  #messages;
  #words;
  #isClosed = false;
  #isGone = false;
  /** @type {WaitQueue<true, T>} */
  #senders;
  /** @type {WaitQueue<T>} */
  #receivers;

  /**
   * Not for users: see `heap.channel` and `Channel.attach`.
   *
   * @param {Heap} heap
   * @param {number} address
   * @param {number} serial
   * @param {Messages<T>} messages
   */
  constructor(heap, address, serial, messages) {
    /** The heap that it is in. @readonly */
    this.heap = heap;
    /** Of its first byte. @readonly */
    this.address = address;
    /** Tells successive channels at one address apart. @readonly */
    this.serial = serial;
    this.#core = heap.core.channels;
    this.#words = new ChannelWords(heap, address);
    this.#messages = messages;
    /** How many messages wait in it at most. @readonly */
    this.capacity = this.#words.capacity;
    messages.pool?._keep(1);
    this.#senders = new WaitQueue({
      ...this.#waitSource(RING.head),
      attempt: (message) => (this.trySend(message) ? true : null),
      refusal: (waited) => this.#refusal(waited, 'FULL', 'the channel is full', 'room'),
    });
    this.#receivers = new WaitQueue({
      ...this.#waitSource(RING.tail),
      /** @returns {T | null} */
      attempt: () => {
        const message = this.tryReceive();
        return message === undefined ? null : message;
      },
      refusal: (waited) => this.#refusal(waited, 'EMPTY', 'the channel is empty', 'a message'),
    });
  }

  /**
   * Attaches this agent to a channel that another one opened. Attaching again gives the same Channel.
   *
   * @template T
   * @param {Heap} heap
   * @param {ChannelDescriptor} descriptor
   * @param {import('./pool-parts.js').AttachOptions<object>} [options] for `Pool.attach`, where the messages are
   *   objects of a pool that this agent has not attached to
   * @returns {Channel<T>}
   * @throws {QbError} `REGION`, `STALE` when it is gone; `HEAP`, `NOT_FOUND`, `TYPE`
   */
  static attach(heap, descriptor, options) {
    return heap.attachChannel(descriptor, options);
  }

  /** True when nobody can send any more, or this agent has left. */
  get closed() {
    return this.#isGone || this.#isClosed || !this.#words.isOpen;
  }

  /** Messages in it now. Exact while no other thread sends or receives. */
  get size() {
    if (this.#isGone) return 0;
    return this.#words.size;
  }

  /**
   * For `Channel.attach` in another agent.
   *
   * @returns {Readonly<ChannelDescriptor>}
   * @throws {QbError} `CLOSED`
   */
  get descriptor() {
    this.#needHere();
    const { address, serial } = this;
    const { name, pool } = this.#messages;
    return Object.freeze({
      kind: 'qbwasm.channel',
      heap: this.heap.id,
      address,
      serial,
      of: name,
      pool: pool === null ? null : pool.descriptor,
    });
  }

  /* ---- at once ---- */

  /**
   * @param {T} message
   * @returns {boolean} false: it is full, and the message is still this thread's
   * @throws {QbError} `CLOSED`; `OWNER` for what is not this thread's; `TYPE`, `ARGUMENT`, `ADDRESS`, `RELEASED`
   */
  trySend(message) {
    this.#needHere();
    const value = this.#messages.encode(message);
    switch (this.#core.send(this.address, value)) {
      case 0:
        this.#messages.sent(message);
        return true;
      case STATUS.FULL:
        return false;
      case STATUS.OWNER:
        throw notOwnedError(/** @type {Messages<unknown>} */ (this.#messages), message);
      default:
        this.#isClosed = true;
        throw channelClosedError();
    }
  }

  /**
   * @returns {T | undefined} undefined: it is empty
   * @throws {QbError} `CLOSED` when it was closed and nothing is left in it
   */
  tryReceive() {
    this.#needHere();
    const status = this.#core.receive(this.address);
    if (status === STATUS.EMPTY) return undefined;
    if (status === STATUS.CLOSED) {
      this.#isClosed = true;
      this.#leave();
      throw channelClosedError();
    }
    const { root } = this.heap.memory;
    return this.#messages.decode(root.u32[(this.heap.core.threadAddress + THREAD.moving) >>> 2]);
  }

  /* ---- waiting ---- */

  /**
   * Sends, and blocks this thread until there is room.
   *
   * @param {T} message
   * @param {{timeout?: number}} [options] milliseconds: 0 does not wait; none: as long as it takes
   * @throws {QbError} `TIMEOUT`; `FULL` with timeout 0; `CLOSED`; `UNSUPPORTED` in an agent that may not block;
   *   what `trySend` throws. Refused, the message is still this thread's
   */
  send(message, options) {
    this.#senders.block(timeoutOf(options), message);
  }

  /**
   * Takes the oldest message, and blocks this thread until there is one.
   *
   * @param {{timeout?: number}} [options] milliseconds: 0 does not wait; none: as long as it takes
   * @returns {T}
   * @throws {QbError} `TIMEOUT`; `EMPTY` with timeout 0; `CLOSED` when nothing will come; `UNSUPPORTED` in an agent
   *   that may not block
   */
  receive(options) {
    return this.#receivers.block(timeoutOf(options));
  }

  /**
   * Sends as soon as there is room. Those who wait in one agent are served in the order in which they came. Until
   * then the message is still this thread's.
   *
   * @param {T} message
   * @param {WaitOptions} [options] timeout in milliseconds: 0 does not wait; signal: an AbortSignal
   * @returns {Promise<void>} rejects with `TIMEOUT`, `FULL`, `CLOSED`, the signal's reason, what `trySend` throws
   */
  async sendAsync(message, options) {
    await this.#senders.join(options, message);
  }

  /**
   * The next message. Those who wait in one agent are served in the order in which they came.
   *
   * @param {WaitOptions} [options] timeout in milliseconds: 0 does not wait; signal: an AbortSignal
   * @returns {Promise<T>} rejects with `TIMEOUT`, `EMPTY`, `CLOSED`, the signal's reason
   */
  async receiveAsync(options) {
    return this.#receivers.join(options);
  }

  /** The messages as they come, until the channel is closed and empty. Blocks this thread meanwhile. */
  *[Symbol.iterator]() {
    for (;;) {
      /** @type {T} */
      let message;
      try {
        message = this.receive();
      } catch (error) {
        if (isEnd(error)) return;
        throw error;
      }
      yield message;
    }
  }

  /** The messages as they come, until the channel is closed and empty. */
  async *[Symbol.asyncIterator]() {
    for (;;) {
      /** @type {T} */
      let message;
      try {
        message = await this.receiveAsync();
      } catch (error) {
        if (isEnd(error)) return;
        throw error;
      }
      yield message;
    }
  }

  /* ---- end ---- */

  /**
   * Ends sending, for all agents. What is in it can still be received. Closing what is closed does nothing, also when
   * this agent has received its end.
   *
   * @throws {QbError} `CLOSED` when this agent has left it before its end
   */
  close() {
    if (this.#isGone && this.#isClosed) return;
    this.#needHere();
    this.#isClosed = true;
    this.#core.close(this.address, this.serial);
    this.#senders.dismiss(channelClosedError());
  }

  /** This agent no longer uses the channel; others may. Leaving twice does nothing. */
  detach() {
    if (this.#isGone) return;
    needOpen(this.heap);
    if (this.#words.isLast) this.#giveBackAll();
    this.#leave();
  }

  /** Closes it, and leaves. */
  dispose() {
    if (this.#isGone) return;
    this.close();
    this.detach();
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    this.dispose();
  }

  /** Set by the module that keeps the list of channels. */
  onGone() {}

  /** The heap closes in this agent, and its pins go with its slot. */
  abandon() {
    if (this.#isGone) return;
    this.#bury();
  }

  /* ---- private ---- */

  #leave() {
    if (this.#isGone) return;
    this.#core.unpin(this.address, this.serial);
    this.#bury();
    this.#messages.pool?._keep(-1);
  }

  #bury() {
    this.#isGone = true;
    this.onGone();
    this.#senders.dismiss(channelClosedError());
    this.#receivers.dismiss(channelClosedError());
  }

  /** Nobody else will take what is left. Here it is given back with all that a pool does then. */
  #giveBackAll() {
    for (;;) {
      /** @type {T | undefined} */
      let message;
      try {
        message = this.tryReceive();
      } catch (error) {
        if (isEnd(error)) return;
        throw error;
      }
      if (message === undefined) return;
      this.#messages.giveBack(message);
    }
  }

  /** @param {number} end RING.head or RING.tail: whose move they wait for */
  #waitSource(end) {
    const index = this.#words.epochIndex(end);
    return {
      words: () => this.heap.memory.root.i32,
      wordIndex: () => index,
      mark: (/** @type {boolean} */ isWaiting) => {
        if (this.#isGone || this.heap.closed) return;
        this.#core.wait(this.address, end === RING.head, isWaiting);
      },
    };
  }

  /**
   * @param {number | undefined} waited milliseconds
   * @param {string} code
   * @param {string} text
   * @param {string} what
   */
  #refusal(waited, code, text, what) {
    if (waited !== undefined)
      return new TimeoutError(`${text}; ${what} did not come in ${waited} ms.`);
    return new QbError(
      code,
      `${text}. Wait for ${what}: in a worker, or by the method that ends in Async.`,
    );
  }

  /** @throws {QbError} `CLOSED` */
  #needHere() {
    if (this.#isGone) throw channelClosedError();
    needOpen(this.heap);
  }
}

/**
 * @param {{timeout?: number} | undefined} options
 * @returns {number | undefined}
 */
function timeoutOf(options) {
  return checkOptions('options', options, ['timeout']).timeout;
}

/** The mark of what ends an iteration, and of no other error. @type {WeakSet<QbError>} */
const ends = new WeakSet();

/** @param {unknown} error */
function isEnd(error) {
  return error instanceof QbError && ends.has(error);
}

/** @returns {QbError} */
function channelClosedError() {
  const error = new QbError(
    'CLOSED',
    'the channel is closed, or this thread has left it: nothing can be sent, and nothing is left to receive.',
  );
  ends.add(error);
  return error;
}
