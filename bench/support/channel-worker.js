/**
 * The other side of the benchmark of channels: sends back or streams what it is ordered to.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Channel, Pool } from '../../js/index.js';
import { attach } from '../../js/worker.js';
import { Task } from './channel-task.js';

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const heap = attach(workerData.heap);
/** @type {Pool<Task>} */
const pool = Pool.attach(heap, workerData.pool, { type: Task });
const channels = workerData.channels.map(
  (/** @type {import('../../js/index.js').ChannelDescriptor} */ descriptor) =>
    Channel.attach(heap, descriptor),
);
const [there, back, , , stream] = /** @type {Channel<number>[]} */ (channels);
const [, , objectsThere, objectsBack, , objectStream] = /** @type {Channel<Task>[]} */ (channels);
const { words } = workerData;
const { i32 } = heap.memory.root;
/** Messages to send back. */
let left = 0;

/** @type {Record<string, (count: number) => void>} */
const commands = {
  bare(count) {
    for (let i = 1; i <= count; i++) {
      Atomics.wait(i32, words, i - 1);
      Atomics.store(i32, words + 32, i);
      Atomics.notify(i32, words + 32);
    }
  },
  numbers(count) {
    for (let i = 0; i < count; i++) back.send(there.receive());
  },
  objects(count) {
    for (let i = 0; i < count; i++) objectsBack.send(objectsThere.receive());
  },
  post(count) {
    left = count;
  },
  stream(count) {
    for (let i = 0; i < count; i++) stream.send(i);
  },
  objectStream(count) {
    for (let i = 0; i < count; i++) {
      const task = pool.acquireWait();
      task.id = i;
      objectStream.send(task);
    }
  },
  postAll(count) {
    for (let i = 0; i < count; i++) port.postMessage(i);
  },
  postHundreds(count) {
    for (let i = 0; i < count; i += 100) port.postMessage(new Array(100).fill(i));
  },
};

port.on('message', (message) => {
  if (left > 0) {
    left--;
    port.postMessage(message);
    return;
  }
  commands[message.command](message.count);
});
port.postMessage('ready');
