/**
 * An instance of the core: one per heap and agent.
 *
 * The only file that sees raw wasm exports. {@link Core} has one method per export; it turns the signed
 * numbers of wasm into addresses (`>>> 0`) and a status into a thrown QbError. It does not check
 * arguments: callers hand it integers 0 .. 2^32-1 (see base/check.js).
 *
 * Layer: base. A Core belongs to the agent that made it.
 *
 * @module base/module
 */
import { instantiate } from './compile.js';
import { LIMITS, STATUS } from './generated/layout.js';
import { ChannelCore } from './module-channel.js';
import { LockCore } from './module-lock.js';
import { MemoryCore } from './module-memory.js';
import { statusError } from './status.js';

/** @typedef {import('./errors.js').ErrorFields} ErrorFields */
/** @typedef {(...args: number[]) => number} Export */

/** Results below are a status, all others an address. */
const ADDRESS_MIN = LIMITS.ADDRESS_MIN;

/**
 * One instance of the core over one memory.
 */
export class Core {
  /** @param {WebAssembly.Module} module @param {WebAssembly.Memory} memory */
  constructor(module, memory) {
    const imports = /** @type {WebAssembly.Imports} */ ({ env: { memory } });
    const raw = /** @type {Record<string, Export>} */ (
      /** @type {unknown} */ (instantiate(module, imports).exports)
    );
    // Fields, because the exports object itself is a dictionary.
    this._heapPageMin = raw.heap_page_min;
    this._heapInit = raw.heap_init;
    this._heapOpen = raw.heap_open;
    this._layoutHash = raw.layout_hash;
    this._stats = raw.stats;
    this._check = raw.check;
    this._trim = raw.trim;
    this._threadAttach = raw.thread_attach;
    this._threadEnter = raw.thread_enter;
    this._threadDetach = raw.thread_detach;
    this._reapBegin = raw.reap_begin;
    this._reapNext = raw.reap_next;
    this._reapEnd = raw.reap_end;
    this._alloc = raw.alloc;
    this._allocAligned = raw.alloc_aligned;
    this._calloc = raw.calloc;
    this._realloc = raw.realloc;
    this._free = raw.free;
    this._usableBytes = raw.usable_bytes;
    this._blockOwner = raw.block_owner;
    this._blockOwn = raw.block_own;
    this._rootSet = raw.root_set;
    this._rootFind = raw.root_find;
    this._rootRemove = raw.root_remove;
    this._arenaOpen = raw.arena_open;
    this._arenaAlloc = raw.arena_alloc;
    this._arenaClose = raw.arena_close;
    this._arenaPin = raw.arena_pin;
    this._arenaUnpin = raw.arena_unpin;
    this._poolOpen = raw.pool_open;
    this._poolAcquire = raw.pool_acquire;
    this._poolRelease = raw.pool_release;
    this._poolSlot = raw.pool_slot;
    this._poolState = raw.pool_state;
    this._poolWait = raw.pool_wait;
    this._poolNext = raw.pool_next;
    this._poolClose = raw.pool_close;
    this._poolPin = raw.pool_pin;
    this._poolUnpin = raw.pool_unpin;
    /** @readonly the part that deals in channels */
    this.channels = new ChannelCore(raw, this);
    /** @readonly the part that deals in locks */
    this.locks = new LockCore(raw, this);
    /** Memory pools. @readonly */
    this.memory = new MemoryCore(raw, this);
    /** Address of this agent's thread slot; 0 = not attached. */
    this.threadAddress = 0;
    /**
     * Tells what is left when the core is out of memory. The heap sets it.
     *
     * @type {() => number | undefined}
     */
    this.availableBytes = () => undefined;
  }

  /* ---- heap ---- */

  /**
   * @param {number} pageMax
   * @returns {number} pages that the tables need; 0 when pageMax is out of range
   */
  heapPageMin(pageMax) {
    return this._heapPageMin(pageMax) >>> 0;
  }

  /** @param {number} pageMax @param {number} options */
  heapInit(pageMax, options) {
    const status = this._heapInit(pageMax, options);
    if (status !== 0) throw this.failure(status, `heap_init(${pageMax} pages, ${options})`);
  }

  heapOpen() {
    const status = this._heapOpen();
    if (status !== 0) throw this.failure(status, 'heap_open()');
  }

  /** @returns {number} */
  layoutHash() {
    return this._layoutHash() >>> 0;
  }

  /** @returns {number} address of this thread's STATS */
  stats() {
    return this.#address(this._stats(), 'stats()');
  }

  /** @returns {number} how many invariants are violated */
  check() {
    this.#needThread('check()');
    return this._check() >>> 0;
  }

  /** @returns {number} how many pages were given back */
  trim() {
    this.#needThread('trim()');
    return this._trim() >>> 0;
  }

  /* ---- threads ---- */

  /**
   * @param {number} agent who attaches; 0 = not said
   * @returns {number} address of the slot
   */
  threadAttach(agent) {
    this.threadAddress = this.#address(this._threadAttach(agent), 'attach');
    return this.threadAddress;
  }

  /** @param {number} address of a live slot of this agent */
  threadEnter(address) {
    const status = this._threadEnter(address);
    if (status !== 0) throw this.failure(status, `thread_enter(${address})`, { address });
    this.threadAddress = address;
  }

  /** @param {number} policy */
  threadDetach(policy) {
    const status = this._threadDetach(policy);
    if (status !== STATUS.ARGUMENT) this.threadAddress = 0;
    if (status !== 0) throw this.failure(status, `detach(policy ${policy})`);
  }

  /**
   * @param {number} number
   * @param {number} generation 0 = any
   * @returns {boolean} false when that generation is gone already
   */
  reapBegin(number, generation) {
    const status = this._reapBegin(number, generation);
    if (status === 0) return true;
    if (status === STATUS.STALE) return false;
    throw this.failure(status, `reap(thread ${number})`, { thread: number });
  }

  /**
   * @param {number} number
   * @param {number} after address, 0 at first
   * @returns {number} address of the next orphan; 0 = no more
   */
  reapNext(number, after) {
    const address = this._reapNext(number, after) >>> 0;
    if (address !== 0 && address < ADDRESS_MIN) {
      throw this.failure(address, `reap(thread ${number})`, { thread: number });
    }
    return address;
  }

  /** @param {number} number @param {number} policy */
  reapEnd(number, policy) {
    const status = this._reapEnd(number, policy);
    if (status !== 0) {
      throw this.failure(status, `reap(thread ${number})`, { thread: number });
    }
  }

  /* ---- blocks ---- */

  /**
   * @param {number} bytes
   * @returns {number} address
   */
  alloc(bytes) {
    const address = this._alloc(bytes) >>> 0;
    if (address < ADDRESS_MIN) {
      throw this.failure(address, `alloc(${bytes} bytes)`, { requestedBytes: bytes });
    }
    return address;
  }

  /**
   * @param {number} bytes
   * @param {number} alignBytes
   * @returns {number} address
   */
  allocAligned(bytes, alignBytes) {
    const address = this._allocAligned(bytes, alignBytes) >>> 0;
    if (address < ADDRESS_MIN) {
      const call = `alloc(${bytes} bytes, align ${alignBytes})`;
      throw this.failure(address, call, { requestedBytes: bytes });
    }
    return address;
  }

  /**
   * @param {number} count
   * @param {number} elementBytes
   * @returns {number} address
   */
  calloc(count, elementBytes) {
    const address = this._calloc(count, elementBytes) >>> 0;
    if (address < ADDRESS_MIN) {
      const call = `calloc(${count} elements of ${elementBytes} bytes)`;
      throw this.failure(address, call, { requestedBytes: count * elementBytes });
    }
    return address;
  }

  /**
   * @param {number} address
   * @param {number} bytes
   * @returns {number} address
   */
  realloc(address, bytes) {
    const moved = this._realloc(address, bytes) >>> 0;
    if (moved < ADDRESS_MIN) {
      const call = `realloc(address ${address}, ${bytes} bytes)`;
      throw this.failure(moved, call, { address, requestedBytes: bytes });
    }
    return moved;
  }

  /** @param {number} address */
  free(address) {
    const status = this._free(address);
    if (status !== 0) throw this.failure(status, `free(address ${address})`, { address });
  }

  /**
   * @param {number} address
   * @returns {number} 0 when no block lives there
   */
  usableBytes(address) {
    return this._usableBytes(address) >>> 0;
  }

  /**
   * @param {number} address
   * @returns {number} owner byte; 0 when no block lives there
   */
  blockOwner(address) {
    return this._blockOwner(address) >>> 0;
  }

  /** @param {number} address @param {number} owner */
  blockOwn(address, owner) {
    const status = this._blockOwn(address, owner);
    if (status !== 0) {
      throw this.failure(status, `own(address ${address}, owner ${owner})`, { address });
    }
  }

  /* ---- roots ---- */

  /**
   * @param {number} nameAddress
   * @param {number} nameBytes
   * @param {number} value
   * @param {number} kind
   * @param {boolean} replace
   */
  rootSet(nameAddress, nameBytes, value, kind, replace) {
    const status = this._rootSet(nameAddress, nameBytes, value, kind, replace ? 1 : 0);
    if (status !== 0) throw this.failure(status, 'roots.set()');
  }

  /**
   * @param {number} nameAddress
   * @param {number} nameBytes
   * @returns {number} address of the ROOT, 0 when there is none
   */
  rootFind(nameAddress, nameBytes) {
    const address = this._rootFind(nameAddress, nameBytes) >>> 0;
    if (address >= ADDRESS_MIN) return address;
    if (address === STATUS.NOT_FOUND) return 0;
    throw this.failure(address, 'roots.get()');
  }

  /** @param {number} nameAddress @param {number} nameBytes @returns {boolean} false: none */
  rootRemove(nameAddress, nameBytes) {
    const status = this._rootRemove(nameAddress, nameBytes);
    if (status === STATUS.NOT_FOUND) return false;
    if (status !== 0) throw this.failure(status, 'roots.delete()');
    return true;
  }

  /* ---- arenas ---- */

  /**
   * @param {number} slabBytes
   * @returns {number} address
   */
  arenaOpen(slabBytes) {
    return this.#address(this._arenaOpen(slabBytes), `arena(slabs of ${slabBytes} bytes)`);
  }

  /**
   * @param {number} arena
   * @param {number} bytes
   * @param {number} alignBytes
   * @returns {number} address
   */
  arenaAlloc(arena, bytes, alignBytes) {
    const address = this._arenaAlloc(arena, bytes, alignBytes) >>> 0;
    if (address < ADDRESS_MIN) {
      const call = `arena ${arena}: alloc(${bytes} bytes, align ${alignBytes})`;
      throw this.failure(address, call, { address: arena, requestedBytes: bytes });
    }
    return address;
  }

  /**
   * @param {number} arena
   * @param {number} serial
   * @param {boolean} retain
   */
  arenaClose(arena, serial, retain) {
    const status = this._arenaClose(arena, serial, retain ? 1 : 0);
    if (status !== 0) throw this.failure(status, `arena ${arena}: close()`, { address: arena });
  }

  /** @param {number} arena @param {number} serial */
  arenaPin(arena, serial) {
    const status = this._arenaPin(arena, serial);
    if (status !== 0) throw this.failure(status, `arena ${arena}: pin()`, { address: arena });
  }

  /** @param {number} arena @param {number} serial */
  arenaUnpin(arena, serial) {
    const status = this._arenaUnpin(arena, serial);
    if (status !== 0) throw this.failure(status, `arena ${arena}: unpin()`, { address: arena });
  }

  /* ---- object pools ---- */

  /**
   * @param {number} slotBytes
   * @param {{capacity: number, capacityMax: number, growthSlots: number, growthFactor: number}} growth
   *   growthFactor: 16.16 fixed point
   * @returns {number} address
   */
  poolOpen(slotBytes, { capacity, capacityMax, growthSlots, growthFactor }) {
    const result = this._poolOpen(slotBytes, capacity, capacityMax, growthSlots, growthFactor);
    return this.#address(result, `pool(${capacity} slots of ${slotBytes} bytes)`);
  }

  /**
   * For loops that wait: to find a pool empty is no mistake, so that is no error here.
   *
   * @param {number} pool
   * @param {number} hint index to try first
   * @returns {number} index; -EMPTY, -CLOSED
   */
  poolAcquire(pool, hint) {
    const result = this._poolAcquire(pool, hint) >>> 0;
    if (result >= ADDRESS_MIN) return result - ADDRESS_MIN;
    if (result === STATUS.EMPTY || result === STATUS.CLOSED) return -result;
    throw this.failure(result, `pool ${pool}: acquire()`, { address: pool });
  }

  /**
   * @param {number} pool
   * @param {number} index
   * @param {number} generation
   * @returns {number} OK, DOUBLE_FREE, STALE
   */
  poolRelease(pool, index, generation) {
    const status = this._poolRelease(pool, index, generation);
    if (status === 0 || status === STATUS.DOUBLE_FREE || status === STATUS.STALE) return status;
    throw this.failure(status, `pool ${pool}: release(${index})`, { address: pool });
  }

  /** @param {number} pool @param {number} index @returns {number} address of the slot */
  poolSlot(pool, index) {
    return this.#address(this._poolSlot(pool, index), `pool ${pool}: slot(${index})`);
  }

  /** @param {number} pool @param {number} index @returns {number} address of its state word */
  poolState(pool, index) {
    return this.#address(this._poolState(pool, index), `pool ${pool}: state(${index})`);
  }

  /** @param {number} pool @param {boolean} waits */
  poolWait(pool, waits) {
    const status = this._poolWait(pool, waits ? 1 : 0);
    if (status !== 0) throw this.failure(status, `pool ${pool}: wait()`, { address: pool });
  }

  /**
   * @param {number} pool
   * @param {number} owner byte
   * @param {number} from index
   * @returns {number} index of the first slot that it has; -1: none
   */
  poolNext(pool, owner, from) {
    const result = this._poolNext(pool, owner, from) >>> 0;
    if (result >= ADDRESS_MIN) return result - ADDRESS_MIN;
    if (result === STATUS.NOT_FOUND) return -1;
    throw this.failure(result, `pool ${pool}: next()`, { address: pool });
  }

  /** @param {number} pool @param {number} serial @param {boolean} retain */
  poolClose(pool, serial, retain) {
    const status = this._poolClose(pool, serial, retain ? 1 : 0);
    if (status !== 0) throw this.failure(status, `pool ${pool}: close()`, { address: pool });
  }

  /** @param {number} pool @param {number} serial */
  poolPin(pool, serial) {
    const status = this._poolPin(pool, serial);
    if (status !== 0) throw this.failure(status, `pool ${pool}: pin()`, { address: pool });
  }

  /** @param {number} pool @param {number} serial */
  poolUnpin(pool, serial) {
    const status = this._poolUnpin(pool, serial);
    if (status !== 0) throw this.failure(status, `pool ${pool}: unpin()`, { address: pool });
  }

  /* ---- errors ---- */

  /**
   * @param {number} status
   * @param {string} call what was asked, with its arguments
   * @param {ErrorFields} [fields]
   * @returns {import('./errors.js').QbError}
   */
  failure(status, call, fields) {
    const available = status === STATUS.OUT_OF_MEMORY ? this.availableBytes() : undefined;
    return statusError(status, call, fields, available);
  }

  /**
   * @param {number} result
   * @param {string} call
   * @returns {number} address
   */
  #address(result, call) {
    const address = result >>> 0;
    if (address < ADDRESS_MIN) throw this.failure(address, call);
    return address;
  }

  /**
   * For exports whose result is a plain number, where a status could not be told from it.
   *
   * @param {string} call
   */
  #needThread(call) {
    if (this.threadAddress === 0) throw this.failure(STATUS.NOT_ATTACHED, call);
  }
}
