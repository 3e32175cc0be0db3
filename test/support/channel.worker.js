/**
 * Works on channels of another thread: workerData is {heap, channels, board?}. Runs commands as heap.worker.js does.
 *
 * @module
 */
import { workerData } from 'node:worker_threads';
import { Channel } from '../../js/index.js';
import { serve } from './commands.js';
import { enter } from './enter.js';
import { Point } from './pools.js';

void Point; // the struct of the pools
const heap = await enter(workerData.heap);
/** @type {Channel<never>[]} */
const channels = workerData.channels.map(
  (/** @type {import('../../js/index.js').ChannelDescriptor} */ descriptor) =>
    Channel.attach(heap, descriptor),
);

/** @param {number} index @returns {Channel<number>} */
function numbers(index) {
  return /** @type {Channel<number>} */ (/** @type {unknown} */ (channels[index]));
}
/** @param {number} index @returns {Channel<Point>} */
function points(index) {
  return /** @type {Channel<Point>} */ (/** @type {unknown} */ (channels[index]));
}

/** @param {() => unknown} run */
function codeOf(run) {
  try {
    run();
    return 'OK';
  } catch (error) {
    return /** @type {{ code: string }} */ (error).code;
  }
}

const commands = {
  thread: () => heap.thread,

  /** @param {number} first @param {number} count */
  produce(first, count) {
    for (let i = 0; i < count; i++) numbers(0).send(first + i, { timeout: 20_000 });
  },

  /** Until the channel is closed: how many, and those of each thousand in their order. */
  consume() {
    /** @type {number[]} */
    const received = [];
    for (const message of numbers(0)) received.push(message);
    return received;
  },

  async consumeAsync() {
    /** @type {number[]} */
    const received = [];
    for await (const message of numbers(0)) received.push(message);
    return received;
  },

  /** Takes blocks of channel 0, adds to each word of them, hands them on by channel 1. */
  passBlocks() {
    let count = 0;
    for (const address of numbers(0)) {
      const words = heap.bytes(address);
      for (let i = 0; i < 16; i++) words[i] += 1;
      numbers(1).send(address, { timeout: 20_000 });
      count++;
    }
    return count;
  },

  /** Takes objects of channel 0, marks and hands them on by channel 1, for ever or until it is closed. */
  passPoints() {
    for (const point of points(0)) {
      point.y += 1;
      points(1).send(point, { timeout: 20_000 });
    }
  },

  /** @param {number} timeout */
  receive: (timeout) => codeOf(() => numbers(0).receive({ timeout })),
  /** @param {number} message @param {number} timeout */
  send: (message, timeout) => codeOf(() => numbers(0).send(message, { timeout })),
  /** @param {number} bytes */
  sendOwnBlock(bytes) {
    const address = heap.alloc(bytes);
    numbers(0).send(address);
    return [address, codeOf(() => numbers(0).send(address)), codeOf(() => heap.free(address))];
  },
  close: () => codeOf(() => numbers(0).close()),
};

serve(commands);
