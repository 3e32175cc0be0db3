/**
 * What a channel carries: how a message becomes 32 bits, and what becomes of it when it changes hands.
 *
 *     'u32' 'i32' 'f32'   a number, copied
 *     'block'             the address of a block of this thread
 *     a pool              an object that this thread has acquired from it
 *     a memory pool       an allocation that this thread owns
 *
 * Layer: lifetime. One agent.
 *
 * @module lifetime/channel-messages
 */
import { addressError, checkInteger, isUint32, typeError, UINT32_MAX } from '../base/check.js';
import { describe, QbError } from '../base/errors.js';
import { CHANNEL_KIND } from '../base/generated/layout.js';
import { Allocation } from './allocation.js';
import { MemoryPool } from './memory-pool.js';
import { Pool } from './pool.js';
import { configurationError } from './pool-options.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** Messages that are numbers. @typedef {'u32' | 'i32' | 'f32' | 'block'} PlainMessages */

/**
 * What `heap.channel` takes.
 *
 * @template O
 * @typedef {object} ChannelOptions
 * @property {number} capacity how many messages wait in it at most, 1 .. 2^24
 * @property {O} of what they are: numbers (`'u32'`, `'i32'`, `'f32'`), addresses of blocks (`'block'`),
 *   objects of a shared pool, or allocations of a memory pool
 */

/**
 * What another agent needs to use the channel: `Channel.attach(heap, descriptor)`.
 *
 * @typedef {object} ChannelDescriptor
 * @property {'qbwasm.channel'} kind tells what it describes
 * @property {string} heap id
 * @property {number} address of its first byte
 * @property {number} serial tells successive channels at one address apart
 * @property {string} of what its messages are
 * @property {import('./pool-parts.js').PoolDescriptor | import('./memory-pool-open.js').MemoryPoolDescriptor | null} pool the pool of its messages
 */

/**
 * @template T
 * @typedef {object} Messages
 * @property {string} name as the descriptor says it
 * @property {number} kind CHANNEL_KIND
 * @property {number} code tells the kinds of numbers apart, in CHANNEL.user
 * @property {Pool<object> | MemoryPool | null} pool
 * @property {(message: T) => number} encode checks it; uint32
 * @property {(value: number) => T} decode of what this thread owns now
 * @property {(message: T) => void} sent it is no longer this thread's
 * @property {(message: T) => void} giveBack it was left in a channel that ends
 */

const INT32_MIN = -(2 ** 31);
const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);
const nothing = () => {};

/** @type {Messages<number>} */
const unsigned = {
  name: 'u32',
  kind: CHANNEL_KIND.NUMBERS,
  code: 1,
  pool: null,
  encode: (message) => checkInteger('message', message, 0, UINT32_MAX),
  decode: (value) => value,
  sent: nothing,
  giveBack: nothing,
};

/** @type {Messages<number>} */
const signed = {
  ...unsigned,
  name: 'i32',
  code: 2,
  encode: (message) => checkInteger('message', message, INT32_MIN, -1 - INT32_MIN) >>> 0,
  decode: (value) => value | 0,
};

/** @type {Messages<number>} */
const floating = {
  ...unsigned,
  name: 'f32',
  code: 3,
  encode(message) {
    if (typeof message !== 'number') throw typeError('message', message, 'a number');
    float[0] = message;
    return floatBits[0];
  },
  decode(value) {
    floatBits[0] = value;
    return float[0];
  },
};

/**
 * @param {Heap} heap
 * @returns {Messages<number>}
 */
function blocksOf(heap) {
  return {
    ...unsigned,
    name: 'block',
    kind: CHANNEL_KIND.BLOCKS,
    code: 4,
    encode(message) {
      if (!isUint32(message)) throw addressError(message);
      return message;
    },
    giveBack: (message) => heap.free(message),
  };
}

/**
 * @param {Pool<object>} pool
 * @returns {Messages<object>}
 */
function objectsOf(pool) {
  return {
    name: 'pool',
    kind: CHANNEL_KIND.SLOTS,
    code: 5,
    pool,
    encode: (message) => pool._indexOf(message),
    decode: (value) => pool._receive(value),
    sent: (message) => pool._sendAway(message),
    giveBack: (message) => pool.release(message),
  };
}

/**
 * @param {MemoryPool} pool
 * @returns {Messages<Allocation<never>>}
 */
function allocationsOf(pool) {
  return {
    name: 'memory pool',
    kind: CHANNEL_KIND.ALLOCATIONS,
    code: 6,
    pool,
    encode(message) {
      if (!(message instanceof Allocation) || message.pool !== pool) {
        throw typeError('message', message, "an allocation of the channel's memory pool");
      }
      message._needAttached();
      pool._needLive(message._index, message._generation);
      return message._index;
    },
    decode: (value) => /** @type {Allocation<never>} */ (pool._at(value)),
    sent: (message) => message.detach(),
    giveBack: (message) => message.free(),
  };
}

/**
 * @param {Heap} heap
 * @param {unknown} of what the user said
 * @returns {Messages<unknown>}
 * @throws {QbError} `TYPE`, `HEAP`, `CONFIGURATION`, `CLOSED`
 */
export function messagesOf(heap, of) {
  if (of instanceof Pool) {
    if (of.heap !== heap) {
      throw new QbError('HEAP', 'the pool belongs to another heap; open the channel in that one.');
    }
    if (of.sharing === 'thread') {
      throw configurationError(
        "the pool belongs to this thread (sharing: 'thread'), so its objects cannot go to others. Open it with " +
          "sharing: 'shared'.",
      );
    }
    of._needOpen();
    return /** @type {Messages<unknown>} */ (/** @type {unknown} */ (objectsOf(of)));
  }
  if (of instanceof MemoryPool) {
    if (of.heap !== heap) {
      throw new QbError('HEAP', 'the pool belongs to another heap; open the channel in that one.');
    }
    of._needOpen();
    return /** @type {Messages<unknown>} */ (/** @type {unknown} */ (allocationsOf(of)));
  }
  const plain = [unsigned, signed, floating, blocksOf(heap)].find(({ name }) => name === of);
  if (plain !== undefined) return /** @type {Messages<unknown>} */ (/** @type {unknown} */ (plain));
  throw typeError(
    'of',
    of,
    "'u32', 'i32', 'f32', 'block', a shared pool or a memory pool: what the messages of the channel are",
  );
}

/**
 * The core says that this thread does not own what it sends.
 *
 * @param {Messages<unknown>} messages
 * @param {unknown} message
 * @returns {QbError}
 */
export function notOwnedError({ pool }, message) {
  const text =
    pool === null
      ? `no block of this thread begins at ${describe(message)}, so it cannot be sent: only its owner may, and a ` +
        'message that was sent belongs to its receiver. Use heap.own(address) for a shared block.'
      : 'another thread has it, or has given it back. Send what this thread has acquired, allocated or received.';
  return new QbError('OWNER', text, { given: message });
}
