/**
 * The swarm over a shared pool. After the start nothing is sent: a worker begins a frame when the word `frame`
 * changes, and counts `done` up when it is through.
 *
 * @module demo/web/swarm/shared
 */
import { Heap } from '../../../js/index.js';
import { scatter } from './flock.js';
import { Control, Particle, WORLD } from './particle.js';

const MEMORY_BYTES_MAX = 128 * 2 ** 20;
/** A worker that does not get through a frame in this time is not waited for. */
const LATE_MS = 300;

/** @typedef {{ worker: Worker, share: number }} Member */

export class SharedSwarm {
  /** @param {number} count @param {number} workers */
  constructor(count, workers) {
    this.count = count;
    this.heap = Heap.create({ maximum: MEMORY_BYTES_MAX, name: 'swarm' });
    this.pool = this.heap.pool(Particle, { capacity: count });
    const particles = this.pool.acquireMany(count);
    const places = particles.map(({ address }) => address);
    places.forEach((address, i) => {
      scatter(Particle.set, address, i);
    });
    this.step = places.length > 1 ? Math.abs(places[1] - places[0]) : Particle.bytes;
    this.first = places.reduce((least, address) => Math.min(least, address));
    this.pool.releaseMany(particles);
    this.control = new Control({ pointerX: WORLD.width / 2, pointerY: WORLD.height / 2 });
    /** All particles, as they stand in the memory. @type {Uint8Array} */
    this.bytes = this.heap.bytes(this.first, count * this.step);
    this.copiedBytes = 0;
    this.begun = 0;
    /** @type {Member[]} */
    this.team = [];
    for (let i = 0; i < workers; i++) {
      this.start(Math.floor((count * (i + 1)) / workers) - Math.floor((count * i) / workers));
    }
  }

  /** @param {number} share how many particles it is to acquire */
  start(share) {
    const worker = new Worker(new URL('./swarm.worker.js', import.meta.url), { type: 'module' });
    this.heap.watch(worker);
    worker.postMessage({
      heap: this.heap.descriptor,
      pool: this.pool.descriptor,
      control: this.control.address,
      first: this.first,
      step: this.step,
      count: this.count,
      share,
    });
    this.team.push({ worker, share });
  }

  /**
   * Begins the next frame when all are through with the last one.
   *
   * @param {{ x: number, y: number, pull: number }} pointer
   * @returns {boolean} whether it did
   */
  tick({ x, y, pull }) {
    const { frame, done } = Control.atomic;
    const isLate = performance.now() - this.begun > LATE_MS;
    if (done.load(this.control) < this.team.length && !isLate) return false;
    Object.assign(this.control, { pointerX: x, pointerY: y, pull });
    done.store(this.control, 0);
    frame.add(this.control, 1);
    frame.notify(this.control);
    this.begun = performance.now();
    return true;
  }

  /** Terminates the first worker, wherever it is. @returns {number} its share */
  kill() {
    const member = this.team.shift();
    member?.worker.terminate();
    return member?.share ?? 0;
  }

  /** Nothing is received: the particles are where they always were. */
  takeReceiveMs() {
    return 0;
  }

  /** What is left of the memory goes when nobody refers to it any more. */
  end() {
    for (const { worker } of this.team) worker.terminate();
    this.team = [];
    this.bytes = new Uint8Array(0);
  }
}
