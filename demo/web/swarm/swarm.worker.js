/**
 * A worker of the swarm.
 *
 * @module demo/web/swarm/swarm.worker
 */
import { Pool } from '../../../js/index.js';
import { fromMessage } from '../../../js/worker.js';
import { pause } from '../lib/pause.js';
import { arrayAccess } from './array-access.js';
import { Flock } from './flock.js';
import { Control, Particle } from './particle.js';

/** @typedef {{ pool: import('../../../js/index.js').PoolDescriptor, control: number, first: number, step: number,
 *   count: number, share: number }} SharedJob */
/** @typedef {{ all: Float32Array<ArrayBuffer>, frame: number, from: number, to: number, pointerX: number, pointerY: number,
 *   pull: number, isTransferred: boolean }} PostedJob */

const WAIT_MS = 200;
const attached = fromMessage(); // waits for the proof by which the end of this worker will be noticed

addEventListener('message', async ({ data }) => {
  if (data.heap !== undefined) simulateShared(await attached, data);
  else simulatePosted(data);
});

/* shown */
/** @param {import('../../../js/index.js').Heap} heap @param {SharedJob} job */
async function simulateShared(heap, job) {
  const pool = Pool.attach(heap, job.pool, { type: Particle });
  const mine = pool.acquireMany(job.share).map((particle) => particle.address);
  const control = Control.at(heap, job.control);
  const flock = new Flock(Particle, job.first, job.step, job.count);
  const { frame, done } = Control.atomic;
  for (let last = frame.load(control); ; last = frame.load(control)) {
    while (frame.load(control) === last) {
      if (frame.wait(control, last, WAIT_MS) === 'timed-out') await pause(0);
    }
    flock.sort(last); // reads the particles of all workers, in place
    const { pointerX, pointerY, pull } = control;
    for (const address of mine) flock.move(address, pointerX, pointerY, pull);
    done.add(control, 1);
  }
}
/* end */

/** The same over an array that was posted; the part that this worker moved is posted back. @param {PostedJob} job */
function simulatePosted({ all, frame, from, to, pointerX, pointerY, pull, isTransferred }) {
  const access = arrayAccess(all);
  const flock = new Flock(access, 0, 4, all.length / 4);
  flock.sort(frame);
  for (let place = from * 4; place < to * 4; place += 4)
    flock.move(place, pointerX, pointerY, pull);
  const part = all.slice(from * 4, to * 4);
  postMessage({ part, from }, { transfer: isTransferred ? [part.buffer] : [] });
}
