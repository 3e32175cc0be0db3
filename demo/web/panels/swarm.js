/**
 * The swarm: settings, the loop of frames, figures and plots.
 *
 * @module demo/web/panels/swarm
 */
import { element, formatBytes, formatCount, guarded, setText, showError } from '../lib/page.js';
import { Plot } from '../lib/plot.js';
import { pointsOn } from '../lib/points.js';
import { WORLD } from '../swarm/particle.js';
import { PostedSwarm } from '../swarm/posted.js';
import { SharedSwarm } from '../swarm/shared.js';

const PULL = 0.05;
const FIGURES_EVERY_MS = 500;
const KEY_STEP = 40;

/** @typedef {SharedSwarm | PostedSwarm} Swarm */

export class SwarmPanel {
  /** @param {boolean} canShare */
  constructor(canShare) {
    this.canvas = element('swarm-canvas', HTMLCanvasElement);
    this.points = pointsOn(this.canvas);
    this.frames = new Plot(element('swarm-plot-frame', HTMLElement), '--accent');
    this.work = new Plot(element('swarm-plot-main', HTMLElement), '--warn');
    this.pointer = { x: WORLD.width / 2, y: WORLD.height / 2, pull: 0 };
    this.isPaused = false;
    /** @type {Swarm | null} */
    this.swarm = null;
    this.span = { since: performance.now(), frames: 0, work: 0 };
    this.last = performance.now();
    if (!canShare) {
      element('swarm', HTMLElement)
        .querySelectorAll('input[value="shared"]')
        .forEach((input) => {
          /** @type {HTMLInputElement} */ (input).disabled = true;
        });
      /** @type {HTMLInputElement} */ (document.querySelector('input[value="clone"]')).checked =
        true;
    }
    this.listen();
    this.restart();
    requestAnimationFrame((now) => this.frame(now));
  }

  get settings() {
    const count = Math.round(10 ** Number(element('swarm-count', HTMLInputElement).value));
    const workers = Number(element('swarm-workers', HTMLInputElement).value);
    const checked = document.querySelector('input[name="swarm-mode"]:checked');
    const mode = /** @type {HTMLInputElement} */ (checked).value;
    return { count: Math.min(500_000, count), workers, mode };
  }

  listen() {
    const { canvas, pointer } = this;
    canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => {
      pointer.x = (offsetX / canvas.clientWidth) * WORLD.width;
      pointer.y = (offsetY / canvas.clientHeight) * WORLD.height;
      pointer.pull = PULL;
    });
    canvas.addEventListener('pointerleave', () => {
      pointer.pull = 0;
    });
    canvas.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
        event.key
      ];
      if (step === undefined) return;
      event.preventDefault();
      pointer.x = Math.min(WORLD.width, Math.max(0, pointer.x + step[0] * KEY_STEP));
      pointer.y = Math.min(WORLD.height, Math.max(0, pointer.y + step[1] * KEY_STEP));
      pointer.pull = PULL;
    });
    for (const id of ['swarm-count', 'swarm-workers']) {
      element(id, HTMLInputElement).addEventListener('input', () => this.showSettings());
      element(id, HTMLInputElement).addEventListener('change', () => this.restart());
    }
    for (const input of document.querySelectorAll('input[name="swarm-mode"]')) {
      input.addEventListener('change', () => this.restart());
    }
    const pause = element('swarm-pause', HTMLButtonElement);
    pause.addEventListener('click', () => {
      this.isPaused = !this.isPaused;
      pause.textContent = this.isPaused ? 'Go on' : 'Pause';
      pause.setAttribute('aria-pressed', String(this.isPaused));
    });
  }

  showSettings() {
    setText('swarm-count-text', formatCount(this.settings.count));
    setText('swarm-workers-text', String(this.settings.workers));
  }

  restart() {
    this.showSettings();
    guarded('swarm', () => {
      const { count, workers, mode } = this.settings;
      this.swarm?.end();
      this.swarm =
        mode === 'shared'
          ? new SharedSwarm(count, workers)
          : new PostedSwarm(count, workers, mode === 'transfer');
      dispatchEvent(new CustomEvent('swarm', { detail: this.swarm }));
    });
  }

  /** @param {number} now */
  frame(now) {
    requestAnimationFrame((next) => this.frame(next));
    const { swarm } = this;
    if (swarm === null || this.isPaused) {
      this.last = now;
      return;
    }
    try {
      const start = performance.now();
      const isNew = swarm.tick(this.pointer);
      if (isNew) this.points.draw(swarm.bytes, swarm.step, swarm.count);
      const work = performance.now() - start;
      if (isNew) this.count(now, work);
    } catch (error) {
      this.swarm = null;
      showError('swarm', error);
    }
  }

  /** @param {number} now @param {number} work */
  count(now, work) {
    this.frames.add(now - this.last);
    this.work.add(work);
    this.last = now;
    this.span.frames++;
    this.span.work += work;
    const elapsed = now - this.span.since;
    if (elapsed < FIGURES_EVERY_MS) return;
    setText('swarm-fps', ((this.span.frames * 1000) / elapsed).toFixed(0));
    setText('swarm-main', (this.span.work / this.span.frames).toFixed(2));
    setText('swarm-copied', formatBytes(this.swarm?.copiedBytes ?? 0));
    const { memory } = /** @type {{ memory?: { usedJSHeapSize: number } }} */ (performance);
    setText('swarm-heap', memory === undefined ? 'not told' : formatBytes(memory.usedJSHeapSize));
    this.span = { since: now, frames: 0, work: 0 };
    this.frames.draw();
    this.work.draw();
  }
}
