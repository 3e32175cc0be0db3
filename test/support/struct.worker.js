/**
 * Works on structs of another thread: workerData is {heap, job, ...}. Answers by one message when it is ready
 * or done, and obeys the messages that its job knows.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { attach } from '../../js/worker.js';
import { Counter, Node, Text } from './structs.js';

const heap = attach(workerData.heap);

/** @param {() => unknown} run */
function codeOf(run) {
  try {
    run();
    return 'OK';
  } catch (error) {
    return /** @type {{ code: string }} */ (error).code;
  }
}

/** @type {Record<string, () => void>} */
const jobs = {
  /** Replaces strings until it is terminated. */
  churn() {
    /** @type {number[]} */
    const addresses = workerData.addresses;
    const views = addresses.map((address) => Text.at(heap, address));
    for (let i = 0; ; i++) for (const view of views) view.s = 'ж'.repeat(i % 200);
  },

  /** Retains an arena, then reads, writes and releases as it is told. */
  retain() {
    const held = heap.retain(workerData.arena);
    const again = heap.retain(workerData.arena);
    const node = held.at(Node, workerData.address);
    parentPort?.on('message', (command) => {
      const answers = {
        read: () => [node.value, node.next?.value, again.at(Node, workerData.address).value],
        write: () => {
          node.count = 77;
          return codeOf(() => {
            node.value = 'longer than three';
          });
        },
        writeByAddress: () =>
          codeOf(() => {
            Node.at(heap, workerData.address).value = 'longer than three';
          }),
        release: () => {
          held.release();
          held.release();
          return [
            held.released,
            codeOf(() => node.value),
            again.at(Node, workerData.address).count,
          ];
        },
        releaseLast: () => again.dispose(),
        exit: () => process.exit(),
      };
      const answer = answers[/** @type {keyof typeof answers} */ (command)]();
      parentPort?.postMessage(answer);
    });
    parentPort?.postMessage('ready');
  },

  /** Makes the memory grow, and links a node that stands in the new part to one of the main thread. */
  grow() {
    const end = heap.memory.byteLength;
    for (let i = 0; i < 4; i++) heap.alloc(2 ** 20);
    while (new Node(1).address < end) {} // until a page behind these is taken for nodes
    const node = Node.at(heap, workerData.address);
    node.value = 'a value from beyond what the other thread has seen';
    node.next = new Node('linked by the worker', node);
    parentPort?.postMessage(node.next.address);
  },

  /** Tries to retain an arena that may be gone. */
  tryRetain() {
    parentPort?.postMessage(codeOf(() => heap.retain(workerData.arena)));
  },

  /** Counts as often as it is told. */
  count() {
    const counter = Counter.at(heap, workerData.address);
    for (let i = 0; i < workerData.times; i++) {
      Counter.atomic.count.add(counter, 1);
      Counter.atomic.total.add(counter, 1n);
    }
    parentPort?.postMessage('done');
  },

  /** Waits until the signal is 1, and makes it 2. */
  waitFor() {
    const counter = Counter.at(heap, workerData.address);
    const { signal } = Counter.atomic;
    while (signal.load(counter) !== 1) signal.wait(counter, 0, 1000);
    parentPort?.postMessage('seen');
    signal.exchange(counter, 2);
    signal.notify(counter);
  },

  /** Makes structs in an arena of its own and hands over an address. */
  make() {
    const arena = heap.arena(Node);
    const node = new Node('from the worker', new Node('the second one'));
    parentPort?.on('message', () => {
      if (arena.state === 'open') arena.close();
      parentPort?.postMessage('closed');
    });
    parentPort?.postMessage({ address: node.address, arena: arena.descriptor });
  },
};

jobs[workerData.job]();
