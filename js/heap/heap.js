/**
 * The heap: one memory, shared by all workers that attach to it.
 *
 * Layer: heap. A Heap object belongs to one agent; the memory behind it to all. One agent has one Heap
 * object, one thread slot and one set of typed arrays per memory, however often it attaches.
 *
 * @module heap/heap
 */
import { checkBoolean, checkOptions, checkString, typeError } from '../base/check.js';
import { coreModule, needWebAssembly, offerModule } from '../base/compile.js';
import { QbError } from '../base/errors.js';
import { LAYOUT_HASH, OPTIONS } from '../base/generated/layout.js';
import { Memory } from '../base/memory.js';
import { Core } from '../base/module.js';
import { agentIdentity, holdAgentLock } from './agent.js';
import { forgetHeap, useHeap } from './ambient.js';
import { Blocks, HeapAllocator, needOpen } from './blocks.js';
import { checkDescriptor, makeDescriptor } from './descriptor.js';
import { availableBytes, isDebug } from './inspect.js';
import { noteAllocations, readLeaks } from './leaks.js';
import { checkHeapOptions, openMemory } from './open.js';
import { Roots } from './roots.js';
import { corrupt, parseSaved, restoreMemory, saveMemory } from './save.js';
import {
  announce,
  attachThread,
  checkReapOptions,
  leaveSavedThread,
  listThreads,
  policyCode,
  reap,
} from './thread.js';
import { startWatch, Watch } from './watch.js';

/** @typedef {import('./descriptor.js').HeapDescriptor} HeapDescriptor */
/** @typedef {import('./open.js').HeapOptions} HeapOptions */
/** @typedef {import('./thread.js').ReapOptions} ReapOptions */

/** @type {Map<string, Heap>} the heaps that this agent is attached to, by id */
const openHeaps = new Map();
/** Kept in this module: only it makes heaps. */
const SECRET = Symbol('Heap');

/**
 * @example
 * const heap = Heap.create({maximum: 2 ** 28});
 * const address = heap.calloc(1000, 8);
 * heap.bytes(address, 8000)[0] = 1;
 * heap.roots.set('table', address);
 * const worker = new Worker('./worker.js', {workerData: heap.descriptor});
 * heap.watch(worker);
 */
export class Heap extends Blocks {
  /** How often this agent has attached and not yet closed. */
  #attachments = 1;
  #shared;
  /** @type {Set<Watch>} */
  #watches = new Set();
  /** @type {Set<() => void>} */
  #onLeave = new Set();
  /** @type {Set<(number: number, policy: number) => void>} */
  #onReap = new Set();

  /**
   * Not for users: see {@link Heap.create}, {@link Heap.attach}, {@link Heap.load}.
   *
   * @param {typeof SECRET} secret
   * @param {{id: string, name: string, shared: boolean, memory: Memory, core: Core}} parts
   */
  constructor(secret, { id, name, shared, memory, core }) {
    if (secret !== SECRET) {
      throw typeError('Heap', secret, 'made by Heap.create, Heap.attach or Heap.load');
    }
    super(name, memory, core, attachThread(core, memory, agentIdentity()));
    this.#shared = shared;
    /** @readonly the same in all agents */
    this.id = id;
    /** @readonly the named directory */
    this.roots = new Roots(core, memory);
    /** @readonly what `new Type()` uses outside of arenas */
    this.allocator = new HeapAllocator(this);
    memory.root.scope = this.allocator;
    core.availableBytes = () => availableBytes(memory);
    if (isDebug(memory)) noteAllocations(core, memory);
    if (agentIdentity().kind === 'web') this.#announceLock();
    openHeaps.set(id, this);
    useHeap(this.allocator);
  }

  /* ---- open and close ---- */

  /**
   * Makes a heap in a new memory, and attaches this agent to it.
   *
   * @param {HeapOptions} [options]
   * @returns {Heap}
   * @throws {QbError} `SIZE`, `TYPE`, `ARGUMENT`, `OUT_OF_MEMORY`; `UNSUPPORTED`, `NO_CORE` where there is no core
   */
  static create(options) {
    const { initialPages, pageMax, shared, debug, name } = checkHeapOptions(options);
    const parts = openMemory(pageMax, initialPages, debug ? OPTIONS.DEBUG : 0);
    return new Heap(SECRET, { id: randomId(), name, shared, ...parts });
  }

  /**
   * Attaches this agent to a heap that another one made. Attaching again gives the same Heap; it is
   * detached when every attachment was closed.
   *
   * @param {HeapDescriptor} descriptor `heap.descriptor`, by workerData or postMessage
   * @returns {Heap}
   * @throws {QbError} `DESCRIPTOR`, `LAYOUT`, `TOO_MANY_THREADS`
   */
  static attach(descriptor) {
    needWebAssembly();
    const { id, name, module, memory: wasmMemory } = checkDescriptor(descriptor);
    const open = openHeaps.get(id);
    if (open !== undefined) {
      open.#attachments++;
      return open;
    }
    const core = new Core(module, wasmMemory);
    if (core.layoutHash() !== LAYOUT_HASH) {
      throw new QbError(
        'LAYOUT',
        'the module in the descriptor is of another version of qbwasm. Use the same version in all ' +
          'workers.',
      );
    }
    core.heapOpen();
    offerModule(module);
    const memory = new Memory(wasmMemory);
    return new Heap(SECRET, { id, name, shared: true, memory, core });
  }

  /**
   * Makes a heap with the content of a saved one. Its threads are gone: what they owned is shared now.
   *
   * @param {Uint8Array} bytes from {@link Heap.save}; copied
   * @param {{shared?: boolean, name?: string}} [options]
   * @returns {Heap}
   * @throws {QbError} `CORRUPT`, `LAYOUT`, `TYPE`, `OUT_OF_MEMORY`
   */
  static load(bytes, options) {
    const { shared = true, name = 'heap' } = checkOptions('Heap.load options', options, [
      'shared',
      'name',
    ]);
    checkBoolean('shared', shared);
    checkString('name', name);
    const saved = parseSaved(bytes);
    const { memory, core } = openMemory(saved.pageMax, saved.pageCount, saved.options);
    restoreMemory(saved, memory);
    leaveSavedThread(core, memory);
    const heap = new Heap(SECRET, { id: randomId(), name, shared, memory, core });
    heap.#reapSaved();
    const faults = heap.check();
    if (faults.length > 0) {
      heap.close();
      throw corrupt(`page ${faults[0].page}: ${faults[0].text}`);
    }
    return heap;
  }

  /**
   * From this another agent attaches. Send it by `workerData` or `postMessage`.
   *
   * @returns {Readonly<HeapDescriptor>}
   * @throws {QbError} `NOT_SHARED`, `NOT_ISOLATED`
   */
  get descriptor() {
    needOpen(this);
    return makeDescriptor(this.id, this.name, coreModule(), this.memory.wasmMemory, this.#shared);
  }

  /** Makes this heap the one that `new Type()` uses in this agent outside of arenas. */
  use() {
    needOpen(this);
    useHeap(this.allocator);
  }

  /**
   * Gives this agent's slot back once every attachment is given back. What the agent owns is freed, or
   * becomes shared with `{policy: 'keep'}`; what it shared or published as a root stays either way.
   *
   * @param {{policy?: import('./thread.js').Policy}} [options]
   * @throws {QbError} `CLOSED`
   */
  detach(options) {
    needOpen(this);
    const { policy = 'free' } = checkOptions('detach options', options, ['policy']);
    const code = policyCode('policy', policy);
    this.#attachments--;
    if (this.#attachments === 0) this.#leave(code);
  }

  /** The same as `detach()`, but closing what is closed does nothing. */
  close() {
    if (this.#attachments > 0) this.detach();
  }

  /** The same as `close()`. */
  dispose() {
    this.close();
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    this.close();
  }

  /**
   * The whole heap as bytes, while no other thread works. Zeros are left out.
   *
   * @returns {Uint8Array<ArrayBuffer>}
   * @throws {QbError} `CLOSED`
   */
  save() {
    needOpen(this);
    return saveMemory(this.memory);
  }

  /**
   * What this agent has allocated and nobody has freed, by the place in the program. In a debug heap only, where each
   * allocation notes its caller. What a root names is left out: it is meant to stay. A shared block that another thread
   * freed and allocated anew may still be counted.
   *
   * @returns {import('./leaks.js').Leak[]} most bytes first; [] when all is freed
   * @throws {QbError} `UNSUPPORTED` when it is no debug heap; `CLOSED`
   * @example
   * const heap = Heap.create({ debug: true });
   * heap.alloc(100);
   * const [{ kind, count, bytes, site }] = heap.leaks(); // 'block', 1, 100, 'at file.js:2:6'
   */
  leaks() {
    needOpen(this);
    return readLeaks(this.core, this.memory);
  }

  /* ---- threads ---- */

  /** @returns {import('./thread.js').ThreadInfo[]} the slots in use */
  threads() {
    needOpen(this);
    return listThreads(this.memory, this.thread.number);
  }

  /**
   * Frees the slot of a thread that will never run again, and what it owned. The caller vouches for
   * that: reaping a thread that still runs corrupts the heap. Reaping twice is harmless.
   *
   * @param {import('./thread.js').ThreadTarget} thread a number, or an entry of `threads()`, which names
   *   this holder of the slot and no later one
   * @param {ReapOptions} [options]
   * @returns {boolean} false when that thread is gone already
   * @throws {QbError} `THREAD`, `BUSY`, `TYPE`, `ARGUMENT`, `CLOSED`
   */
  reap(thread, options) {
    needOpen(this);
    return reap(this.core, this.memory, thread, options, (number, policy) => {
      for (const callback of this.#onReap) callback(number, policy);
    });
  }

  /**
   * Reaps what a worker leaves behind when it ends, however it ends. Call it right after `new Worker`.
   * A web worker cannot be told from its Worker object: in browsers this watches all of them.
   *
   * @param {object} worker of node:worker_threads, or a web worker
   * @param {ReapOptions} [options]
   * @returns {Watch} `dispose()` stops watching
   * @throws {QbError} `TYPE`, `STALE`, `UNSUPPORTED`, `CLOSED`
   */
  watch(worker, options) {
    needOpen(this);
    checkReapOptions(options);
    if (typeof worker !== 'object' || worker === null)
      throw typeError('worker', worker, 'a Worker');
    const watched = {
      memory: this.memory,
      threadNumber: this.thread.number,
      reap: (/** @type {{number: number, generation: number}} */ thread) => {
        if (!this.closed) this.reap(thread, options);
      },
    };
    const stop = startWatch(watched, worker);
    const watch = new Watch(() => {
      this.#watches.delete(watch);
      stop();
    });
    this.#watches.add(watch);
    return watch;
  }

  /**
   * For the layers above: calls a function when this agent leaves the heap, while its slot is still its
   * own.
   *
   * @param {() => void} callback
   */
  onLeave(callback) {
    this.#onLeave.add(callback);
  }

  /**
   * For the layers above: calls a function while a dead thread is reaped, before the core takes back what
   * it held.
   *
   * @param {(number: number, policy: number) => void} callback gets the number of the dead thread's slot, and
   *   the POLICY by which the core will go on
   */
  onReap(callback) {
    this.#onReap.add(callback);
  }

  /* ---- private ---- */

  /** From then on the end of this agent is proved by its lock alone. */
  async #announceLock() {
    await holdAgentLock();
    if (!this.closed) announce(this.memory, this.thread.number, agentIdentity());
  }

  /** The threads of a saved heap are gone. A reaper goes last: its own slots are done with it. */
  #reapSaved() {
    const others = this.threads().filter(({ self }) => !self);
    others.sort((a, b) => Number(a.status === 'reaping') - Number(b.status === 'reaping'));
    for (const thread of others) this.reap(thread, { policy: 'keep' });
  }

  /** @param {number} policy */
  #leave(policy) {
    for (const watch of this.#watches) watch.dispose();
    for (const callback of this.#onLeave) callback();
    openHeaps.delete(this.id);
    forgetHeap(this.allocator);
    this.core.threadDetach(policy);
  }
}

/**
 * Further methods and getters of heaps. This layer must not know those above it, so each of them has parts
 * for it: `heap.arena` is in lifetime/.
 *
 * @typedef {object & ThisType<Heap>} HeapPart
 */

/**
 * Gives heaps the methods of parts, all heaps of this agent. Doing it again changes nothing.
 *
 * @param {...HeapPart} parts
 * @returns {typeof Heap}
 */
export function withParts(...parts) {
  for (const part of parts) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(part))) {
      Object.defineProperty(Heap.prototype, name, { ...property, enumerable: false });
    }
  }
  return Heap;
}

function randomId() {
  const words = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
}
