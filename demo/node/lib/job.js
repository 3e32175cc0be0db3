/**
 * What workers must agree on while they share out the files: three counters in shared memory.
 *
 * A worker takes the next file by one atomic addition, so a slow worker takes fewer and none waits.
 * The main thread reads the same counters for its progress bar: no message is sent.
 *
 * @module demo/lib/job
 */

const NEXT = 0;
const DONE_FILES = 1;
const DONE_KIB = 2;

export class Job {
  /** @param {Int32Array<SharedArrayBuffer>} [counters] those of another agent's Job; new ones without */
  constructor(counters = new Int32Array(new SharedArrayBuffer(12))) {
    /** @readonly send this to the workers */
    this.counters = counters;
  }

  /** @returns {number} index of a file that no other worker has */
  take() {
    return Atomics.add(this.counters, NEXT, 1);
  }

  /** @param {number} bytes of the file that is done */
  done(bytes) {
    Atomics.add(this.counters, DONE_FILES, 1);
    Atomics.add(this.counters, DONE_KIB, Math.round(bytes / 1024));
  }

  get doneFiles() {
    return Atomics.load(this.counters, DONE_FILES);
  }

  get doneBytes() {
    return Atomics.load(this.counters, DONE_KIB) * 1024;
  }
}
