/**
 * Works on the heap as hard as it can until it is terminated: every operation, in random order, never
 * back to the event loop. workerData: {heap, seed, index, board}.
 *
 *     board   | pause | ack of worker 0 ... 5 | operations done | gifts: blocks of the main thread ... |
 *
 * While `pause` is 1 the worker says so in its ack and waits: then the heap can be checked.
 *
 * @module
 */
import { workerData } from 'node:worker_threads';
import { REGION } from '../../js/base/generated/layout.js';
import { regionSerial } from '../../js/heap/region.js';
import { attach } from '../../js/worker.js';
import { BOARD } from './board.js';
import { enter } from './enter.js';
import { randomFrom } from './random.js';

const { heap: descriptor, seed, index, board } = workerData;
const random = randomFrom(seed);
let heap = await enter(descriptor);

/** @type {number[]} blocks and spans of this thread */
let mine = [];
/** @type {{address: number, serial: number}[]} open arenas of this thread */
let arenas = [];
let rootCount = 0;

const LIVE_MAX = 400;
const ROOTS_MAX = 5;

const words = () => heap.memory.root.u32;

/** @param {number} address @param {number} bytes */
function keep(address, bytes) {
  heap.bytes(address, bytes).fill(index + 1);
  mine.push(address);
}

function take() {
  const at = random(mine.length);
  const address = mine[at];
  mine[at] = mine[mine.length - 1];
  mine.pop();
  return address;
}

/** @type {(() => void)[]} */
const operations = [
  () => {
    const bytes = 1 + random(3000);
    keep(heap.alloc(bytes), bytes);
  },
  () => {
    const bytes = 1 + random(40000);
    keep(heap.calloc(bytes), bytes);
  },
  () => {
    const bytes = 65536 * (1 + random(8));
    keep(heap.alloc(bytes), 64);
  },
  () => keep(heap.alloc(1 + random(500), { align: 2 ** random(17) }), 1),
  () => {
    if (mine.length === 0) return;
    const address = take();
    mine.push(heap.realloc(address, 1 + random(100_000)));
  },
  () => {
    if (mine.length > 0) heap.free(take());
  },
  () => {
    while (mine.length > LIVE_MAX / 2) heap.free(take());
  },
  // A block of the main thread: whoever takes it out of the board frees it.
  () => {
    const gift = Atomics.exchange(
      words(),
      (board >>> 2) + BOARD.GIFTS + random(BOARD.GIFT_COUNT),
      0,
    );
    if (gift !== 0) heap.free(gift);
  },
  () => {
    const address = heap.core.arenaOpen(1 + random(100_000));
    heap.memory.ensure(address + REGION.bytes);
    arenas.push({ address, serial: regionSerial(heap.memory, address) });
  },
  () => {
    if (arenas.length === 0) return;
    const { address } = arenas[random(arenas.length)];
    for (let i = 0; i < 20; i++) heap.core.arenaAlloc(address, random(5000), 8);
  },
  () => {
    const arena = arenas.pop();
    if (arena === undefined) return;
    const retain = random(2) === 0;
    heap.core.arenaClose(arena.address, arena.serial, retain);
    if (retain) heap.core.arenaUnpin(arena.address, arena.serial);
  },
  () => {
    if (rootCount === ROOTS_MAX) return;
    heap.roots.set(`${seed}/${index}/${rootCount++}`, heap.alloc(100));
  },
  () => {
    heap.trim();
  },
  () => {
    if (random(20) > 0) return;
    heap.close();
    mine = [];
    arenas = [];
    heap = attach(descriptor);
  },
];

function pauseWhenAsked() {
  const pause = board >>> 2;
  if (Atomics.load(words(), pause) === 0) return;
  Atomics.store(words(), pause + BOARD.ACKS + index, 1);
  Atomics.wait(heap.memory.root.i32, pause, 1);
  Atomics.store(words(), pause + BOARD.ACKS + index, 0);
}

for (;;) {
  pauseWhenAsked();
  try {
    operations[random(operations.length)]();
    Atomics.add(words(), (board >>> 2) + BOARD.OPERATIONS, 1);
  } catch (error) {
    // A full heap or directory is part of the game; everything else is a finding.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'OUT_OF_MEMORY' && code !== 'ROOTS_FULL') throw error;
    while (mine.length > 0) heap.free(take());
  }
  if (mine.length > LIVE_MAX) heap.free(take());
  if (arenas.length > 10) {
    const arena = arenas.shift();
    if (arena !== undefined) heap.core.arenaClose(arena.address, arena.serial, false);
  }
}
