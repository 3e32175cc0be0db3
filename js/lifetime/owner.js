/**
 * Owners: memory by address that ends with one object.
 *
 *     const owner = heap.owner();
 *     const rows = owner.alloc(1000, Row.bytes);      zeroed; an address
 *     owner.view(Row, rows).length = 3;
 *     owner.dispose();                                all of it is free, in one step
 *
 * An owner is a memory pool that grows, and its blocks belong to it: not to the threads that allocated them, so
 * they stay when such a thread dies. The owner itself belongs to the thread that made it, and ends with it.
 *
 * Safety net: an owner that is collected without `dispose()` is freed then. That comes late or never, so it is no
 * substitute; a debug heap warns of it, and says where the owner was made. Views of `view()` keep their owner
 * from being collected, addresses do not.
 *
 * Layer: lifetime. An Owner object belongs to one agent, the memory to all that attach.
 *
 * @module lifetime/owner
 */
import { framesOutside } from '../base/call-site.js';
import { addressError, isUint32, sizeError, typeError, UINT32_MAX } from '../base/check.js';
import { QbError, QbRangeError, warnPerformance } from '../base/errors.js';
import {
  LIMITS,
  MEMORY_ENTRY,
  OWNER,
  REGION_RECORD,
  REGION_STATE,
} from '../base/generated/layout.js';
import { needOpen } from '../heap/blocks.js';
import { isDebug } from '../heap/inspect.js';
import { regionSerial, regionWord } from '../heap/region.js';
import { viewIn } from '../struct/view.js';
import { inPlaceTable } from './allocation.js';
import { DATA } from './memory-types.js';

/** @typedef {import('../heap/heap.js').Heap} Heap */
/** @typedef {import('../struct/infer.js').AnyClass} AnyClass */

/**
 * What another agent needs to use the owner: `Owner.attach(heap, descriptor)`.
 *
 * @typedef {object} OwnerDescriptor
 * @property {'qbwasm.owner'} kind tells what it describes
 * @property {string} heap id of its heap
 * @property {number} address of its first byte
 * @property {number} serial tells successive owners at one address apart
 */

/**
 * What this agent has of an owner, whichever object stands for it. The collector's token: it must not lead to it.
 *
 * @typedef {object} Holding
 * @property {Heap} heap
 * @property {number} address
 * @property {number} serial
 * @property {boolean} isMaker
 * @property {string} stack where it was made; '' unless the heap is a debug heap
 * @property {WeakRef<Owner> | null} owner
 */

/** One page: 16 + 512 * 32 + 2048 * (4 + 16) bytes. */
const UNIT_BYTES = 16;
const FIRST_BYTES = 2048 * UNIT_BYTES;
const FIRST_ENTRIES = 512;
/** Kept in this module: only heap.owner and Owner.attach make owners. */
const SECRET = Symbol('Owner');

/** By heap and address. @type {WeakMap<Heap, Map<number, Holding>>} */
const known = new WeakMap();

/** @type {FinalizationRegistry<Holding>} */
const collected = new FinalizationRegistry((holding) => {
  // Attached again since, or ended.
  if (holding.owner === null || holding.owner.deref() !== undefined || holding.heap.closed) return;
  try {
    end(holding, holding.isMaker);
  } catch {
    // The core knows it no more. An error here would end the process, and nobody could catch it.
  }
  if (holding.isMaker && holding.stack !== '') {
    warnPerformance(
      `an owner was collected that was never disposed; its memory is free now. Made${holding.stack}`,
    );
  }
});

/**
 * @example
 * const owner = heap.owner();
 * const numbers = owner.alloc(10, 8);
 * owner.bytes(numbers).length; // 80, all zero
 * const more = owner.realloc(numbers, 160);
 * owner.free(more);
 * owner.size; // 0
 * owner.dispose();
 */
export class Owner {
  #holding;
  #core;
  #table;
  #stateWord;
  /** @type {Set<unknown>} */
  #values = new Set();

  /**
   * Not for users: see `heap.owner` and `Owner.attach`.
   *
   * @param {typeof SECRET} secret
   * @param {Holding} holding
   */
  constructor(secret, holding) {
    if (secret !== SECRET) throw typeError('Owner', secret, 'made by heap.owner or Owner.attach');
    this.#holding = holding;
    this.#core = holding.heap.core.memory;
    this.#table = inPlaceTable(holding.heap, this);
    this.#stateWord = regionWord(holding.heap.memory, holding.address, REGION_RECORD.state);
    /** The heap that it is in. @readonly */
    this.heap = holding.heap;
    /** Of its first byte. @readonly */
    this.address = holding.address;
    /** Tells successive owners at one address apart. @readonly */
    this.serial = holding.serial;
    collected.register(this, holding, this);
  }

  /**
   * Attaches this agent to an owner that another one made. Attaching again gives the same Owner.
   *
   * @param {Heap} heap
   * @param {OwnerDescriptor} descriptor
   * @returns {Owner}
   * @throws {QbError} `REGION`, `STALE` when it is gone; `HEAP`, `TYPE`
   */
  static attach(heap, descriptor) {
    return heap.attachOwner(descriptor);
  }

  /* ---- memory ---- */

  /**
   * @param {number} count
   * @param {number} [elementBytes]
   * @returns {number} address of that many zeroed elements, aligned to 16; no bytes count as one
   * @throws {QbError} `SIZE` when the product is no size; `OUT_OF_MEMORY`, `TYPE`, `CLOSED`
   */
  alloc(count, elementBytes = 1) {
    if (!isUint32(count)) throw sizeError('count', count);
    if (!isUint32(elementBytes)) throw sizeError('elementBytes', elementBytes);
    const bytes = count * elementBytes;
    if (bytes > UINT32_MAX) {
      throw new QbRangeError(
        'SIZE',
        `${count} elements of ${elementBytes} bytes are more than ${UINT32_MAX} bytes. Ask for fewer.`,
        bytes,
      );
    }
    this.#needOpen();
    // At least a byte: each result is an address of its own.
    const index = this.#core.alloc(this.address, Math.max(bytes, 1), DATA, 0, true);
    return this.#take(index, bytes);
  }

  /**
   * Resizes a block. The bytes up to the smaller of both lengths stay, what is added is zero. A block that does
   * not outgrow its room (the next power of two) stays where it is; a smaller one keeps its room.
   *
   * @param {number} address from `alloc` or `realloc`
   * @param {number} bytes
   * @returns {number} address, maybe another one
   * @throws {QbError} `ADDRESS`, `OUT_OF_MEMORY`, `SIZE`, `TYPE`, `CLOSED`; then all is as it was
   */
  realloc(address, bytes) {
    if (!isUint32(bytes)) throw sizeError('bytes', bytes);
    const { index, generation } = this.#find(address);
    const moved = this.#core.realloc(this.address, index, generation, bytes);
    return moved === index ? address : this.#take(moved, bytes);
  }

  /**
   * @param {number} address from `alloc` or `realloc`, of whichever thread
   * @throws {QbError} `ADDRESS` when no block of this owner begins there: then nothing is freed; `TYPE`, `CLOSED`
   */
  free(address) {
    const { index, generation } = this.#find(address);
    if (this.#core.free(this.address, index, generation) !== 0) throw unknownError(address);
  }

  /**
   * @param {number} address
   * @returns {Uint8Array<SharedArrayBuffer>} the block itself, as long as it was asked for; valid until it is freed
   * @throws {QbError} `ADDRESS`, `TYPE`, `CLOSED`
   */
  bytes(address) {
    const { entry } = this.#find(address);
    const { u8, u32 } = this.heap.memory.root;
    const length = u32[(entry + MEMORY_ENTRY.length) >>> 2];
    return new Uint8Array(u8.buffer, address, length);
  }

  /**
   * A struct in a block of this owner, wherever in it. Runs no constructor. It throws once the owner is disposed of.
   *
   * @template {AnyClass} C
   * @param {C} Type
   * @param {number} address of the struct
   * @returns {InstanceType<C>}
   * @throws {QbError} `ADDRESS`, `CLOSED`
   */
  view(Type, address) {
    this.#needOpen();
    return /** @type {InstanceType<C>} */ (viewIn(Type, this.heap, this.#table, address));
  }

  /**
   * Keeps a JS value alive as long as this object is not disposed of.
   *
   * @template T
   * @param {T} value
   * @returns {T} the value
   * @throws {QbError} `CLOSED`
   */
  own(value) {
    this.#needOpen();
    this.#values.add(value);
    return value;
  }

  /** How many blocks it has, of all threads. Looks at every entry. */
  get size() {
    return this.addresses.length;
  }

  /** The addresses of its blocks, of all threads. */
  get addresses() {
    this.#needOpen();
    const addresses = [];
    let index = this.#core.next(this.address, 0, 0, 0);
    for (; index >= 0; index = this.#core.next(this.address, index + 1, 0, 0)) {
      addresses.push(this.#core.data(this.address, index));
    }
    return addresses;
  }

  /** True when it was disposed of, by the agent that made it, or when this agent has left it. */
  get closed() {
    const { heap, owner } = this.#holding;
    const state = Atomics.load(heap.memory.root.u32, this.#stateWord) & 15;
    return owner === null || state !== REGION_STATE.OPEN || heap.closed;
  }

  /**
   * For `Owner.attach` in another agent. It does not keep the owner: refer to that until the others have attached.
   *
   * @returns {Readonly<OwnerDescriptor>}
   * @throws {QbError} `CLOSED`
   */
  get descriptor() {
    this.#needOpen();
    const { heap, address, serial } = this;
    return Object.freeze({ kind: 'qbwasm.owner', heap: heap.id, address, serial });
  }

  /* ---- leaving ---- */

  /**
   * In the agent that made it: frees all its blocks in one step, for all agents, and lets go of the values. In
   * others: leaves it as it is, for the others. Later calls change nothing.
   */
  dispose() {
    const holding = this.#holding;
    if (holding.owner === null) return;
    this.#values.clear();
    this.#table.revoke(closedError);
    this.#table.far = null;
    this.heap.memory.dropTable(this.#table);
    collected.unregister(this);
    end(holding, holding.isMaker);
  }

  /** Where there is no Symbol.dispose this is a method that nobody calls. */
  [Symbol.dispose]() {
    this.dispose();
  }

  /* ---- private ---- */

  /**
   * Makes what was allocated the owner's.
   *
   * @param {number} index as the core returned it
   * @param {number} bytes
   * @returns {number} address
   */
  #take(index, bytes) {
    const { heap, address } = this;
    if (index < 0) {
      throw heap.core.failure(-index, `owner: ${bytes} bytes`, { requestedBytes: bytes });
    }
    const { generation } = this.#entry(index);
    this.#core.own(address, index, generation, OWNER.SHARED);
    const block = this.#core.data(address, index);
    heap.memory.ensure(block + bytes);
    return block;
  }

  /**
   * @param {number} index
   * @returns {{ index: number, generation: number, entry: number }}
   */
  #entry(index) {
    const { memory } = this.heap;
    const entry = this.#core.entry(this.address, index);
    memory.ensure(entry + MEMORY_ENTRY.bytes);
    const state = Atomics.load(memory.root.u32, (entry + MEMORY_ENTRY.state) >>> 2);
    return { index, generation: state >>> 8, entry };
  }

  /**
   * The entry of the block that begins at an address.
   *
   * @param {unknown} address
   */
  #find(address) {
    this.#needOpen();
    if (!isUint32(address)) throw addressError(address);
    const index = this.#core.at(this.address, address);
    if (index < 0) throw unknownError(address);
    const found = this.#entry(index);
    // It may have been freed and used again before its generation was read.
    if (this.#core.at(this.address, address) !== index) throw unknownError(address);
    this.heap.memory.ensure(address + 1);
    return found;
  }

  /** @throws {QbError} `CLOSED` */
  #needOpen() {
    if (this.closed) throw closedError();
  }
}

/**
 * @param {Heap} heap
 * @returns {Map<number, Holding>}
 */
function holdingsOf(heap) {
  const map = known.get(heap) ?? new Map();
  known.set(heap, map);
  return map;
}

/**
 * This agent leaves an owner, or ends it.
 *
 * @param {Holding} holding
 * @param {boolean} isForAll
 */
function end(holding, isForAll) {
  const { heap, address, serial } = holding;
  holding.owner = null;
  holdingsOf(heap).delete(address);
  if (heap.closed) return;
  const word = regionWord(heap.memory, address, REGION_RECORD.state);
  if (isForAll && (heap.memory.root.u32[word] & 15) === REGION_STATE.OPEN) {
    heap.core.memory.close(address, serial, false);
  }
  heap.core.memory.unpin(address, serial);
}

/**
 * @param {Holding} holding
 * @returns {Owner}
 */
function ownerOver(holding) {
  const owner = new Owner(SECRET, holding);
  holding.owner = new WeakRef(owner);
  holdingsOf(holding.heap).set(holding.address, holding);
  return owner;
}

/** @param {number} address */
function unknownError(address) {
  return new QbError(
    'ADDRESS',
    `no block of this owner begins at ${address}, so nothing was done. Pass on what its alloc() or realloc() returned, ` +
      'and that only until it is freed.',
    { address },
  );
}

function closedError() {
  return new QbError(
    'CLOSED',
    'the owner was disposed of, and its memory with it. Make another one.',
  );
}

/** `heap.owner`. @type {import('../heap/heap.js').HeapPart & Pick<import('./extend.js').HeapLifetimes, 'owner' | 'attachOwner'>} */
export const owners = {
  /**
   * @this {Heap}
   * @returns {Owner}
   */
  owner() {
    needOpen(this);
    const { core, memory } = this;
    const address = core.memory.open(FIRST_BYTES, UNIT_BYTES, FIRST_ENTRIES, true);
    memory.ensure(address + LIMITS.REGION_BYTES);
    const serial = regionSerial(memory, address);
    core.memory.pin(address, serial);
    const { frames } = isDebug(memory) ? framesOutside(owners.owner) : { frames: [] };
    const stack = frames.map((frame) => `\n    ${frame}`).join('');
    return ownerOver({ heap: this, address, serial, isMaker: true, stack, owner: null });
  },

  /**
   * @this {Heap}
   * @param {OwnerDescriptor} descriptor
   * @returns {Owner}
   */
  attachOwner(descriptor) {
    needOpen(this);
    if (!isOwnerDescriptor(descriptor)) {
      throw typeError('the owner', descriptor, 'the descriptor of an owner');
    }
    if (descriptor.heap !== this.id) {
      throw new QbError('HEAP', 'the owner belongs to another heap; attach with that one.', {
        given: descriptor.heap,
      });
    }
    const { address, serial } = descriptor;
    const holding = holdingsOf(this).get(address);
    const isKnown = holding !== undefined && holding.serial === serial;
    const open = isKnown ? holding.owner?.deref() : undefined;
    if (open !== undefined && !open.closed) return open;
    this.core.memory.pin(address, serial);
    return ownerOver(
      isKnown ? holding : { heap: this, address, serial, isMaker: false, stack: '', owner: null },
    );
  },
};

/**
 * @param {unknown} value
 * @returns {value is OwnerDescriptor}
 */
function isOwnerDescriptor(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'qbwasm.owner' &&
    'heap' in value &&
    'address' in value &&
    isUint32(value.address) &&
    'serial' in value &&
    isUint32(value.serial)
  );
}
