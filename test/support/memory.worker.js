/**
 * Works on a memory pool or owner of another thread: workerData is {heap, pool, owner}. Runs commands as
 * heap.worker.js does.
 *
 * @module
 */
import { workerData } from 'node:worker_threads';
import { MemoryPool, Owner } from '../../js/index.js';
import { serve } from './commands.js';
import { enter } from './enter.js';
import { randomFrom } from './random.js';

const heap = await enter(workerData.heap);
const pool = MemoryPool.attach(heap, workerData.pool);
const owner = Owner.attach(heap, workerData.owner);
/** @type {import('../../js/index.js').Allocation<object>[]} */
const held = [];
/** @type {Owner[]} */
const kept = [];

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

  /** @param {number} bytes @param {object} [options] @returns {number} id */
  allocate(bytes, options) {
    held.push(pool.alloc(bytes, options));
    return held[held.length - 1].id;
  },

  /** @param {number} id @param {number} offset @param {number} value */
  write(id, offset, value) {
    pool.get(id).bytes()[offset] = value;
  },

  /** @param {number} id @param {number} offset @returns {number} */
  peek: (id, offset) => pool.get(id).bytes()[offset],

  /** @param {number} id */
  freeId: (id) => codeOf(() => pool.free(id)),

  /** @param {number} bytes @param {number} [timeout] */
  allocWait: (bytes, timeout) => codeOf(() => held.push(pool.allocWait(bytes, { timeout }))),

  /** @param {number} bytes */
  allocCode: (bytes) => codeOf(() => held.push(pool.alloc(bytes))),

  dropAll() {
    for (const allocation of held.splice(0)) allocation.free();
  },

  /** Tries so often, all workers at the same time. @param {number} count @param {number} gate @param {boolean} waits */
  raceFor(count, gate, waits) {
    heap.memory.ensure(gate + 4);
    const { i32 } = heap.memory.root;
    Atomics.sub(i32, gate >>> 2, 1);
    while (Atomics.load(i32, gate >>> 2) > 0);
    const codes = [];
    for (let i = 0; i < count; i++) {
      codes.push(waits ? commands.allocWait(10, 100) : commands.allocCode(10));
    }
    return codes;
  },

  /** Allocates and frees at random; each block says whose it is. @param {number} seed @param {number} steps */
  churnMemory(seed, steps) {
    const random = randomFrom(seed);
    const mark = heap.thread.number;
    for (let i = 0; i < steps; i++) {
      if (random(2) === 0 && held.length < 20) {
        const code = codeOf(() => held.push(pool.alloc(1 + random(2000))));
        if (code === 'OK') held[held.length - 1].fill(mark);
        else if (code !== 'NO_ROOM' && code !== 'FULL') throw new Error(code);
      } else if (held.length > 0) {
        const [allocation] = held.splice(random(held.length), 1);
        const other = allocation.bytes().find((byte) => byte !== mark);
        if (other !== undefined) throw new Error(`written by ${other}`);
        allocation.free();
      }
    }
    commands.dropAll();
    return steps;
  },

  /** The same for ever. @param {number} seed */
  churnForever(seed) {
    for (let i = 0; ; i++) commands.churnMemory(seed + i, 1000);
  },

  /** Mixed operations on the owner; frees what is left. @param {number} seed @param {number} steps */
  mixOwner(seed, steps) {
    const random = randomFrom(seed);
    /** @type {Map<number, number>} address to length */
    const blocks = new Map();
    const mark = heap.thread.number;
    for (let i = 0; i < steps; i++) {
      const any = [...blocks.keys()][random(blocks.size || 1)];
      switch (any === undefined ? 0 : random(3)) {
        case 0: {
          const bytes = 1 + random(3000);
          const address = owner.alloc(bytes);
          if (owner.bytes(address).some((byte) => byte !== 0)) throw new Error('not zeroed');
          owner.bytes(address).fill(mark);
          blocks.set(address, bytes);
          break;
        }
        case 1: {
          const before = blocks.get(any) ?? 0;
          const bytes = 1 + random(3000);
          const address = owner.realloc(any, bytes);
          blocks.delete(any);
          blocks.set(address, bytes);
          owner.bytes(address).forEach((byte, at) => {
            if (byte !== (at < before ? mark : 0)) throw new Error(`byte ${at} is ${byte}`);
          });
          owner.bytes(address).fill(mark);
          break;
        }
        default:
          owner.free(any);
          blocks.delete(any);
      }
    }
    for (const address of blocks.keys()) owner.free(address);
    return steps;
  },

  /** @param {number} bytes @returns {number} address */
  ownerAlloc: (bytes) => owner.alloc(bytes),
  /** Makes an owner that this thread alone has. */
  makeOwner() {
    const own = heap.owner();
    own.alloc(1000);
    kept.push(own);
    return own.descriptor;
  },
  /** @param {number} address */
  ownerFree: (address) => codeOf(() => owner.free(address)),
  disposeOwner: () => owner.dispose(),
  detachMemory: () => codeOf(() => pool.detach()),
  destroyMemory: () => codeOf(() => pool.destroy()),
};

serve(commands);
