/**
 * Works on structs of another thread: workerData is {heap, job, ...}. Answers by one message when it is ready
 * or done, and obeys the messages that its job knows.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { enter } from './enter.js';
import { Counter, Ledger, Node, Text } from './structs.js';

const heap = await enter(workerData.heap);

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

  /** Makes chains as long as JSON can nest, and one struct longer. */
  toJson() {
    let chain = new Node(0);
    for (let i = 1; i < 1000; i++) chain = new Node(i, chain);
    const text = JSON.stringify(chain);
    parentPort?.postMessage([text.split('next').length, codeOf(() => new Node(0, chain).toJSON())]);
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

  /**
   * Works on a ledger together with others, of which this is the one with number `me` of `count`. Answers what
   * its exchanges gave back.
   */
  work() {
    const { me, count, times } = workerData;
    const ledger = Ledger.at(heap, workerData.address);
    const a = Ledger.atomic;
    /** @type {{ seen32: number[], seen64: bigint[] }} */
    const answer = { seen32: [], seen64: [] };
    for (let i = 0; i < times; i++) {
      a.sum32.add(ledger, 3);
      a.sum64.add(ledger, 3n);
      answer.seen32.push(a.last32.exchange(ledger, 1 + me * times + i));
      answer.seen64.push(a.last64.exchange(ledger, 2n ** 40n * BigInt(1 + me * times + i)));
      let now32 = a.raised32.load(ledger);
      for (let was = -1; was !== now32; ) {
        was = now32;
        now32 = a.raised32.compareExchange(ledger, was, was + 1);
      }
      let now64 = a.raised64.load(ledger);
      for (let was = -1n; was !== now64; ) {
        was = now64;
        now64 = a.raised64.compareExchange(ledger, was, was + 1n);
      }
      a.sum32.sub(ledger, 1);
      a.sum64.sub(ledger, 1n);
    }
    for (let round = 0; round < times / 10; round++) {
      for (let turn = a.turn32.load(ledger); turn !== me; turn = a.turn32.load(ledger)) {
        a.turn32.wait(ledger, turn, 1000);
      }
      ledger.plain32++;
      a.turn32.store(ledger, (me + 1) % count);
      a.turn32.notify(ledger);
      const own = BigInt(me);
      for (let turn = a.turn64.load(ledger); turn !== own; turn = a.turn64.load(ledger)) {
        a.turn64.wait(ledger, turn, 1000);
      }
      ledger.plain64++;
      a.turn64.store(ledger, BigInt((me + 1) % count));
      a.turn64.notify(ledger);
    }
    parentPort?.postMessage(answer);
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
