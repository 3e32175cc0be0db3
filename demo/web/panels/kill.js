/**
 * Killing a worker of the swarm, and watching its particles come back.
 *
 * @module demo/web/panels/kill
 */
import { element, formatCount, guarded, log, setText, watchVisible } from '../lib/page.js';
import { pause } from '../lib/pause.js';
import { Plot } from '../lib/plot.js';

const LOOK_EVERY_MS = 50;
const PLOT_EVERY_MS = 100;

export class KillPanel {
  isVisible = false;
  isKilling = false;

  /** @param {() => import('./swarm.js').SwarmPanel | null} swarmPanel */
  constructor(swarmPanel) {
    this.swarmPanel = swarmPanel;
    this.use = new Plot(element('kill-plot-use', HTMLElement), '--accent', 100);
    this.rate = new Plot(element('kill-plot-rate', HTMLElement), '--map-span', 20);
    element('kill-one', HTMLButtonElement).addEventListener('click', () => {
      guarded('kill', () => this.killOnce());
    });
    watchVisible(['kill'], (isVisible) => {
      this.isVisible = isVisible;
    });
    setInterval(() => guarded('kill', () => this.show()), PLOT_EVERY_MS);
  }

  get swarm() {
    return this.swarmPanel()?.shared ?? null;
  }

  async killOnce() {
    if (this.isKilling || this.swarm === null) return;
    this.isKilling = true;
    try {
      await this.kill(this.swarm);
    } finally {
      this.isKilling = false;
    }
  }

  /* shown */
  /** @param {import('../swarm/shared.js').SharedSwarm} swarm */
  async kill(swarm) {
    const { pool } = swarm;
    const before = pool.inUse;
    const start = performance.now();
    const share = swarm.kill(); // worker.terminate(), wherever it is just now
    log('kill-log', `killed a worker that has ${formatCount(share)} particles`);

    // heap.watch(worker) reaps it when the browser proves that it has stopped.
    while (pool.inUse > before - share) await pause(LOOK_EVERY_MS);
    const waited = ((performance.now() - start) / 1000).toFixed(1);
    log('kill-log', `all particles are back in the pool after ${waited} s`);

    if (this.swarm !== swarm) return; // there is another one meanwhile
    swarm.start(share);
    while (pool.inUse < before) await pause(LOOK_EVERY_MS);
    log('kill-log', 'a new worker has acquired them');
  }
  /* end */

  show() {
    const { swarm } = this;
    element('kill-one', HTMLButtonElement).disabled = swarm === null || this.isKilling;
    setText('kill-in-use', swarm === null ? '–' : formatCount(swarm.pool.inUse));
    setText('kill-capacity', swarm === null ? '–' : formatCount(swarm.pool.capacity));
    this.use.add(swarm === null ? null : (100 * swarm.pool.inUse) / swarm.pool.capacity);
    this.rate.add(this.swarmPanel()?.framesPerSecond ?? null);
    if (!this.isVisible) return;
    this.use.draw();
    this.rate.draw();
  }
}
