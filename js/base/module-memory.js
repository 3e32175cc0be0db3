/**
 * The part of the wasm module that deals in memory pools: see module.js, which makes it.
 *
 * Layer: base. Belongs to the agent that made it.
 *
 * @module base/module-memory
 */
import { LIMITS, STATUS } from './generated/layout.js';

/** @typedef {(...args: number[]) => number} Export */

const { ADDRESS_MIN } = LIMITS;

export class MemoryCore {
  #core;

  /**
   * @param {Record<string, Export>} raw
   * @param {import('./module.js').Core} core
   */
  constructor(raw, core) {
    this.#core = core;
    this._open = raw.memory_open;
    this._alloc = raw.memory_alloc;
    this._free = raw.memory_free;
    this._realloc = raw.memory_realloc;
    this._own = raw.memory_own;
    this._entry = raw.memory_entry;
    this._data = raw.memory_data;
    this._at = raw.memory_at;
    this._next = raw.memory_next;
    this._find = raw.memory_find;
    this._check = raw.memory_check;
    this._wait = raw.memory_wait;
    this._close = raw.memory_close;
    this._pin = raw.memory_pin;
    this._unpin = raw.memory_unpin;
  }

  /**
   * @param {number} bytes
   * @param {number} unitBytes
   * @param {number} allocationsMax
   * @param {boolean} grows
   * @returns {number} address
   */
  open(bytes, unitBytes, allocationsMax, grows) {
    const address = this._open(bytes, unitBytes, allocationsMax, grows ? 1 : 0) >>> 0;
    if (address >= ADDRESS_MIN) return address;
    throw this.#core.failure(address, `memoryPool(${bytes} bytes)`, { requestedBytes: bytes });
  }

  /**
   * For loops that wait: that there is no room now is no error here.
   *
   * @param {number} pool
   * @param {number} bytes
   * @param {number} type
   * @param {number} key 0: none
   * @param {boolean} zeroed
   * @returns {number} index of the entry; -NO_ROOM, -FULL, -SIZE, -EXISTS, -CLOSED
   */
  alloc(pool, bytes, type, key, zeroed) {
    const result = this._alloc(pool, bytes, type, key, zeroed ? 1 : 0) >>> 0;
    if (result >= ADDRESS_MIN) return result - ADDRESS_MIN;
    if (result === STATUS.OUT_OF_MEMORY || result === STATUS.REGION) {
      throw this.#failure(result, pool, `alloc(${bytes})`);
    }
    return -result;
  }

  /**
   * @param {number} pool
   * @param {number} index
   * @param {number} generation
   * @returns {number} OK, DOUBLE_FREE, STALE
   */
  free(pool, index, generation) {
    const status = this._free(pool, index, generation);
    if (status === 0 || status === STATUS.DOUBLE_FREE || status === STATUS.STALE) return status;
    throw this.#failure(status, pool, `free(${index})`);
  }

  /**
   * @param {number} pool
   * @param {number} index
   * @param {number} generation
   * @param {number} bytes
   * @returns {number} index of the entry it has then; -NO_ROOM, -FULL, -SIZE, -DOUBLE_FREE, -STALE, -CLOSED
   */
  realloc(pool, index, generation, bytes) {
    const result = this._realloc(pool, index, generation, bytes) >>> 0;
    if (result >= ADDRESS_MIN) return result - ADDRESS_MIN;
    if (result === STATUS.OUT_OF_MEMORY || result === STATUS.REGION) {
      throw this.#failure(result, pool, `realloc(${bytes})`);
    }
    return -result;
  }

  /** @param {number} pool @param {number} index @param {number} generation @param {number} owner byte */
  own(pool, index, generation, owner) {
    const status = this._own(pool, index, generation, owner);
    if (status !== 0) throw this.#failure(status, pool, `own(${index})`);
  }

  /** @param {number} pool @param {number} index @returns {number} address of the entry */
  entry(pool, index) {
    return this.#address(this._entry(pool, index), pool, `entry(${index})`);
  }

  /** @param {number} pool @param {number} index @returns {number} address of its block */
  data(pool, index) {
    return this.#address(this._data(pool, index), pool, `data(${index})`);
  }

  /** @param {number} pool @param {number} address @returns {number} index of the block's entry; -1: none begins there */
  at(pool, address) {
    return this.#index(this._at(pool, address), pool, STATUS.ADDRESS);
  }

  /**
   * @param {number} pool
   * @param {number} from index
   * @param {number} type 0: any
   * @param {number} owner byte; 0: any
   * @returns {number} index of the first live entry of that kind; -1: none
   */
  next(pool, from, type, owner) {
    return this.#index(this._next(pool, from, type, owner), pool, STATUS.NOT_FOUND);
  }

  /** @param {number} pool @param {number} type @param {number} key @returns {number} index; -1: none */
  find(pool, type, key) {
    return this.#index(this._find(pool, type, key), pool, STATUS.NOT_FOUND);
  }

  /** @param {number} pool @returns {number} violated invariants */
  check(pool) {
    return this._check(pool);
  }

  /** @param {number} pool @param {boolean} waits */
  wait(pool, waits) {
    const status = this._wait(pool, waits ? 1 : 0);
    if (status !== 0) throw this.#failure(status, pool, 'wait()');
  }

  /** @param {number} pool @param {number} serial @param {boolean} retain */
  close(pool, serial, retain) {
    const status = this._close(pool, serial, retain ? 1 : 0);
    if (status !== 0) throw this.#failure(status, pool, 'close()');
  }

  /** @param {number} pool @param {number} serial */
  pin(pool, serial) {
    const status = this._pin(pool, serial);
    if (status !== 0) throw this.#failure(status, pool, 'attach()');
  }

  /** @param {number} pool @param {number} serial @returns {boolean} */
  unpin(pool, serial) {
    return this._unpin(pool, serial) === 0;
  }

  /** @param {number} result @param {number} pool @param {number} absent @returns {number} */
  #index(result, pool, absent) {
    const index = result >>> 0;
    if (index >= ADDRESS_MIN) return index - ADDRESS_MIN;
    if (index === absent) return -1;
    throw this.#failure(index, pool, 'find()');
  }

  /** @param {number} result @param {number} pool @param {string} call @returns {number} */
  #address(result, pool, call) {
    const address = result >>> 0;
    if (address >= ADDRESS_MIN) return address;
    throw this.#failure(address, pool, call);
  }

  /** @param {number} status @param {number} pool @param {string} call */
  #failure(status, pool, call) {
    return this.#core.failure(status, `memory pool ${pool}: ${call}`, { address: pool });
  }
}
