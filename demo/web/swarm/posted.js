/**
 * The same swarm with its state in messages: each worker is sent all particles, and sends back those that it moved.
 *
 * @module demo/web/swarm/posted
 */
import { arrayAccess } from './array-access.js';
import { scatter } from './flock.js';

const FLOATS = 4;

export class PostedSwarm {
  /** @param {number} count @param {number} workers @param {boolean} isTransferred */
  constructor(count, workers, isTransferred) {
    this.count = count;
    this.isTransferred = isTransferred;
    this.step = FLOATS * 4;
    this.all = new Float32Array(count * FLOATS);
    const { set } = arrayAccess(this.all);
    for (let i = 0; i < count; i++) scatter(set, i * FLOATS, i);
    this.bytes = new Uint8Array(this.all.buffer);
    this.missing = 0;
    this.copiedBytes = 0;
    this.receiveMs = 0;
    this.frame = 0;
    this.team = Array.from({ length: workers }, (_, i) => {
      const worker = new Worker(new URL('./swarm.worker.js', import.meta.url), { type: 'module' });
      worker.onmessage = (event) => {
        const start = performance.now();
        const { data } = event; // a clone is made here, by browsers that do so when it is looked at
        this.all.set(data.part, data.from * FLOATS);
        this.receiveMs += performance.now() - start;
        this.copied += data.part.byteLength * (isTransferred ? 1 : 2);
        this.missing--;
      };
      return {
        worker,
        from: Math.floor((count * i) / workers),
        to: Math.floor((count * (i + 1)) / workers),
      };
    });
    this.copied = 0;
  }

  /**
   * Sends all to each worker when all have answered.
   *
   * @param {{ x: number, y: number, pull: number }} pointer
   * @returns {boolean} whether it did
   */
  tick({ x, y, pull }) {
    if (this.missing > 0) return false;
    this.copiedBytes = this.copied;
    this.copied = 0;
    this.frame++;
    for (const { worker, from, to } of this.team) {
      const { isTransferred } = this;
      // Several workers need it, so it can only be transferred as a copy.
      const all = isTransferred ? this.all.slice() : this.all;
      const message = {
        all,
        frame: this.frame,
        from,
        to,
        pointerX: x,
        pointerY: y,
        pull,
        isTransferred,
      };
      worker.postMessage(message, { transfer: isTransferred ? [all.buffer] : [] });
      this.copied += all.byteLength;
      this.missing++;
    }
    return true;
  }

  /** What this thread has spent on answers since it was asked last. */
  takeReceiveMs() {
    const { receiveMs } = this;
    this.receiveMs = 0;
    return receiveMs;
  }

  end() {
    for (const { worker } of this.team) worker.terminate();
  }
}
