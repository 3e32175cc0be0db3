/**
 * Killing a worker of the swarm, and watching its particles come back.
 *
 * @module demo/web/panels/kill
 */
import { element, formatCount, guarded, log, setText } from '../lib/page.js';
import { SharedSwarm } from '../swarm/shared.js';

const LOOK_EVERY_MS = 50;

export class KillPanel {
  /** @type {SharedSwarm | null} */
  swarm = null;

  constructor() {
    addEventListener('swarm', (event) => {
      const { detail } = /** @type {CustomEvent} */ (event);
      this.swarm = detail instanceof SharedSwarm ? detail : null;
      element('kill-one', HTMLButtonElement).disabled = this.swarm === null;
    });
    element('kill-one', HTMLButtonElement).addEventListener('click', () => {
      guarded('kill', () => this.kill());
    });
    setInterval(() => guarded('kill', () => this.show()), LOOK_EVERY_MS);
  }

  /* shown */
  async kill() {
    const { swarm } = this;
    if (swarm === null) return;
    const start = performance.now();
    const share = swarm.kill(); // worker.terminate(), wherever it is just now
    if (share === null) return;
    const before = swarm.pool.inUse;
    log('kill-log', `terminated a worker that holds ${formatCount(share)} particles`);

    // heap.watch(worker) reaps it as soon as the browser proves that it has stopped.
    while (swarm.pool.inUse > before - share) await pause(LOOK_EVERY_MS);
    const waited = ((performance.now() - start) / 1000).toFixed(1);
    log('kill-log', `${formatCount(share)} particles are back in the pool after ${waited} s`);

    swarm.start(share);
    while (swarm.pool.inUse < before) await pause(LOOK_EVERY_MS);
    log('kill-log', 'a new worker has acquired them');
  }
  /* end */

  show() {
    const { swarm } = this;
    const [inUse, capacity] = swarm === null ? [0, 0] : [swarm.pool.inUse, swarm.pool.capacity];
    setText('kill-in-use', swarm === null ? '–' : formatCount(inUse));
    setText('kill-capacity', swarm === null ? '–' : formatCount(capacity));
    const bar = element('kill-bar', HTMLElement).firstElementChild;
    if (bar instanceof HTMLElement) {
      bar.style.width = `${capacity === 0 ? 0 : (100 * inUse) / capacity}%`;
    }
  }
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
