/**
 * The part of the wasm module that deals in channels: see module.js, which makes it.
 *
 * Layer: base. Belongs to the agent that made it.
 *
 * @module base/module-channel
 */
import { LIMITS, STATUS } from './generated/layout.js';

/** @typedef {(...args: number[]) => number} Export */

export class ChannelCore {
  #core;

  /**
   * @param {Record<string, Export>} raw
   * @param {import('./module.js').Core} core
   */
  constructor(raw, core) {
    this.#core = core;
    this._open = raw.channel_open;
    this._send = raw.channel_send;
    this._receive = raw.channel_receive;
    this._wait = raw.channel_wait;
    this._close = raw.channel_close;
    this._pin = raw.channel_pin;
    this._unpin = raw.channel_unpin;
  }

  /**
   * @param {number} capacity messages
   * @param {number} kind CHANNEL_KIND
   * @param {number} source address of the pool of a channel of slots; else 0
   * @returns {number} address
   */
  open(capacity, kind, source) {
    const address = this._open(capacity, kind, source) >>> 0;
    if (address >= LIMITS.ADDRESS_MIN) return address;
    throw this.#core.failure(address, `channel(${capacity} messages)`);
  }

  /**
   * @param {number} channel
   * @param {number} value
   * @returns {number} OK, FULL, CLOSED, OWNER
   */
  send(channel, value) {
    const status = this._send(channel, value);
    if (status === 0 || status === STATUS.FULL) return status;
    if (status === STATUS.CLOSED || status === STATUS.OWNER) return status;
    throw this.#failure(status, channel, 'send()');
  }

  /**
   * The message stands in the thread's slot (THREAD.moving) then.
   *
   * @param {number} channel
   * @returns {number} OK, EMPTY, CLOSED
   */
  receive(channel) {
    const status = this._receive(channel);
    if (status === 0 || status === STATUS.EMPTY || status === STATUS.CLOSED) return status;
    throw this.#failure(status, channel, 'receive()');
  }

  /** @param {number} channel @param {boolean} isForRoom @param {boolean} waits */
  wait(channel, isForRoom, waits) {
    const status = this._wait(channel, isForRoom ? 1 : 0, waits ? 1 : 0);
    if (status !== 0) throw this.#failure(status, channel, 'wait()');
  }

  /** @param {number} channel @param {number} serial @returns {boolean} false: it was closed before */
  close(channel, serial) {
    const status = this._close(channel, serial);
    if (status === STATUS.REGION) return false;
    if (status !== 0) throw this.#failure(status, channel, 'close()');
    return true;
  }

  /** @param {number} channel @param {number} serial */
  pin(channel, serial) {
    const status = this._pin(channel, serial);
    if (status !== 0) throw this.#failure(status, channel, 'attach()');
  }

  /** @param {number} channel @param {number} serial */
  unpin(channel, serial) {
    const status = this._unpin(channel, serial);
    if (status !== 0) throw this.#failure(status, channel, 'detach()');
  }

  /**
   * @param {number} status
   * @param {number} channel
   * @param {string} call
   */
  #failure(status, channel, call) {
    return this.#core.failure(status, `channel ${channel}: ${call}`, { address: channel });
  }
}
