/**
 * Opening channels and attaching to them; which channels this agent has.
 *
 * Layer: lifetime. Any thread.
 *
 * @module lifetime/channel-open
 */
import { checkInteger, checkOptions, isUint32, typeError } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { CHANNEL, LIMITS, OWNER } from '../base/generated/layout.js';
import { needOpen } from '../heap/blocks.js';
import { regionSerial } from '../heap/region.js';
import { Channel } from './channel.js';
import { messagesOf } from './channel-messages.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('./channel-messages.js').ChannelDescriptor} ChannelDescriptor */
/** @typedef {import('./channel-messages.js').Messages<unknown>} Messages */
/** @typedef {import('./pool-parts.js').AttachOptions<object>} AttachOptions */

const CAPACITY_MAX = 2 ** 24;

/** The channels that this agent uses, by address. @type {WeakMap<Heap, Map<number, Channel<unknown>>>} */
const known = new WeakMap();

/**
 * @param {Heap} heap
 * @returns {Map<number, Channel<unknown>>}
 */
function channelsOf(heap) {
  const found = known.get(heap);
  if (found !== undefined) return found;
  /** @type {Map<number, Channel<unknown>>} */
  const channels = new Map();
  known.set(heap, channels);
  heap.onLeave(() => {
    for (const channel of [...channels.values()]) channel.abandon();
  });
  return channels;
}

/**
 * @param {Heap} heap
 * @param {number} address
 * @param {number} serial
 * @param {Messages} messages
 */
function channelOver(heap, address, serial, messages) {
  const channel = new Channel(heap, address, serial, messages);
  const channels = channelsOf(heap);
  channels.set(address, channel);
  channel.onGone = () => channels.delete(address);
  return channel;
}

/**
 * @param {Heap} heap
 * @param {unknown} options
 * @returns {Channel<unknown>}
 */
function openChannel(heap, options) {
  needOpen(heap);
  if (options === undefined) throw typeError('channel options', options, '{ capacity, of }');
  const given = checkOptions(
    'channel options',
    /** @type {{ capacity: number, of: unknown }} */ (options),
    ['capacity', 'of'],
  );
  const capacity = checkInteger('capacity', given.capacity, 1, CAPACITY_MAX);
  const messages = messagesOf(heap, given.of);
  const { core, memory } = heap;
  const address = core.channels.open(capacity, messages.kind, messages.pool?.address ?? 0);
  memory.ensure(address + LIMITS.REGION_BYTES);
  memory.root.u32[(address + CHANNEL.user) >>> 2] = messages.code;
  const serial = regionSerial(memory, address);
  core.channels.pin(address, serial);
  // It outlives the thread that opened it.
  core.blockOwn(address, OWNER.SHARED);
  return channelOver(heap, address, serial, messages);
}

/**
 * @param {Heap} heap
 * @param {unknown} descriptor
 * @param {AttachOptions | undefined} options
 * @returns {Channel<unknown>}
 */
function attachChannel(heap, descriptor, options) {
  needOpen(heap);
  if (!isChannelDescriptor(descriptor)) {
    throw typeError('the channel', descriptor, 'the descriptor of a channel');
  }
  if (descriptor.heap !== heap.id) {
    throw new QbError('HEAP', 'the channel belongs to another heap; attach with that one.', {
      given: descriptor.heap,
    });
  }
  const { address, serial, pool, of } = descriptor;
  const open = channelsOf(heap).get(address);
  if (open !== undefined && open.serial === serial) return open;
  const { core, memory } = heap;
  core.channels.pin(address, serial);
  try {
    memory.ensure(address + LIMITS.REGION_BYTES);
    const messages = messagesOf(heap, pool === null ? of : attachSource(heap, pool, options));
    if (memory.root.u32[(address + CHANNEL.user) >>> 2] !== messages.code) {
      throw typeError('the descriptor', descriptor, 'what channel.descriptor returned');
    }
    return channelOver(heap, address, serial, messages);
  } catch (error) {
    core.channels.unpin(address, serial);
    throw error;
  }
}

/**
 * What the messages stand in.
 *
 * @param {Heap} heap
 * @param {NonNullable<ChannelDescriptor['pool']>} pool
 * @param {AttachOptions | undefined} options
 */
function attachSource(heap, pool, options) {
  return pool.kind === 'qbwasm.pool' ? heap.attachPool(pool, options) : heap.attachMemoryPool(pool);
}

/**
 * @param {unknown} value
 * @returns {value is ChannelDescriptor}
 */
function isChannelDescriptor(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'qbwasm.channel' &&
    'address' in value &&
    isUint32(value.address) &&
    'serial' in value &&
    isUint32(value.serial) &&
    'pool' in value &&
    'of' in value
  );
}

/** `heap.channel`. @type {import('../heap/heap.js').HeapPart} */
export const channels = {
  /**
   * @this {Heap}
   * @param {unknown} options
   */
  channel(options) {
    return openChannel(this, options);
  },

  /**
   * @this {Heap}
   * @param {ChannelDescriptor} descriptor
   * @param {AttachOptions} [options]
   */
  attachChannel(descriptor, options) {
    return attachChannel(this, descriptor, options);
  },
};
