/**
 * The swarm: settings, the loop of frames, figures and plots.
 *
 * @module demo/web/panels/swarm
 */
import {
  chosen,
  element,
  formatBytes,
  formatCount,
  guarded,
  onChoice,
  setText,
  showError,
  watchVisible,
} from '../lib/page.js';
import { Plot } from '../lib/plot.js';
import { pointsOn } from '../lib/points.js';
import { WORLD } from '../swarm/particle.js';
import { PostedSwarm } from '../swarm/posted.js';
import { SharedSwarm } from '../swarm/shared.js';

const PULL = 0.08;
const FIGURES_EVERY_MS = 500;
const KEY_STEP = 40;
const SCALE_MAX = 2;
const PARTICLES_MAX = 500_000;
/** A fall of the JS heap by so much between two frames is a collection. */
const COLLECTION_BYTES_MIN = 256 * 1024;
const KEYS = Object.freeze({
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

/** @typedef {SharedSwarm | PostedSwarm} Swarm */

export class SwarmPanel {
  /** @type {Swarm | null} */
  swarm = null;
  /** Over the last half second. */
  framesPerSecond = 0;
  isPaused = matchMedia('(prefers-reduced-motion: reduce)').matches;
  isVisible = true;
  collections = 0;

  /** @param {boolean} canShare */
  constructor(canShare) {
    this.canvas = element('swarm-canvas', HTMLCanvasElement);
    this.points = pointsOn(this.canvas);
    this.plots = {
      between: new Plot(element('swarm-plot-frame', HTMLElement), '--accent', 20),
      work: new Plot(element('swarm-plot-main', HTMLElement), '--warn', 16),
      copied: new Plot(element('swarm-plot-copied', HTMLElement), '--map-span', 1),
      heap: new Plot(element('swarm-plot-heap', HTMLElement), '--map-thread', 10),
    };
    this.pointer = { x: WORLD.width / 2, y: WORLD.height / 2, pull: 0 };
    this.span = { since: performance.now(), frames: 0, work: 0 };
    this.last = performance.now();
    this.heapBytes = 0;
    if (!canShare) {
      element('swarm', HTMLElement)
        .querySelector('input[value="shared"]')
        ?.setAttribute('disabled', '');
      element('swarm', HTMLElement)
        .querySelector('input[value="clone"]')
        ?.setAttribute('checked', '');
    }
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    this.listen();
    this.showPause();
    this.restart();
    // Out of sight it rests: what it does elsewhere on the page is shown by the panel about killing.
    watchVisible(['swarm', 'kill'], (isVisible) => {
      this.isVisible = isVisible;
    });
    requestAnimationFrame((now) => this.frame(now));
  }

  /** The swarm, if its state is shared. */
  get shared() {
    return this.swarm instanceof SharedSwarm ? this.swarm : null;
  }

  get settings() {
    const count = 10 ** Number(element('swarm-count', HTMLInputElement).value);
    const step = count > 100_000 ? 10_000 : 1000;
    return {
      count: Math.min(PARTICLES_MAX, Math.round(count / step) * step),
      workers: Number(element('swarm-workers', HTMLInputElement).value),
      mode: chosen('swarm-mode'),
    };
  }

  listen() {
    const { canvas, pointer } = this;
    canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => {
      pointer.x = (offsetX / canvas.clientWidth) * WORLD.width;
      pointer.y = (offsetY / canvas.clientHeight) * WORLD.height;
      pointer.pull = PULL;
    });
    for (const type of ['pointerleave', 'blur']) {
      canvas.addEventListener(type, () => {
        pointer.pull = 0;
      });
    }
    canvas.addEventListener('keydown', (event) => {
      if (!(event.key in KEYS)) return;
      const [right, down] = KEYS[/** @type {keyof typeof KEYS} */ (event.key)];
      event.preventDefault();
      pointer.x = Math.min(WORLD.width, Math.max(0, pointer.x + right * KEY_STEP));
      pointer.y = Math.min(WORLD.height, Math.max(0, pointer.y + down * KEY_STEP));
      pointer.pull = PULL;
    });
    for (const id of ['swarm-count', 'swarm-workers']) {
      element(id, HTMLInputElement).addEventListener('input', () => this.showSettings());
      element(id, HTMLInputElement).addEventListener('change', () => this.restart());
    }
    onChoice('swarm-mode', () => this.restart());
    element('swarm-pause', HTMLButtonElement).addEventListener('click', () => {
      this.isPaused = !this.isPaused;
      this.showPause();
    });
  }

  /** As sharp as the screen, within reason. */
  resize() {
    const { canvas, swarm } = this;
    const scale = Math.min(SCALE_MAX, devicePixelRatio || 1);
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale));
    if (swarm !== null) this.points.draw(swarm.bytes, swarm.step, swarm.count);
  }

  showPause() {
    setText('swarm-pause', this.isPaused ? 'Go on' : 'Pause');
  }

  showSettings() {
    const { count, workers } = this.settings;
    setText('swarm-count-text', formatCount(count));
    setText('swarm-workers-text', String(workers));
  }

  restart() {
    this.showSettings();
    guarded('swarm', () => {
      const { count, workers, mode } = this.settings;
      this.swarm?.end();
      this.swarm = null;
      this.swarm =
        mode === 'shared'
          ? new SharedSwarm(count, workers)
          : new PostedSwarm(count, workers, mode === 'transfer');
      this.last = performance.now();
    });
  }

  /** @param {number} now */
  frame(now) {
    requestAnimationFrame((next) => this.frame(next));
    const { swarm } = this;
    if (swarm === null || this.isPaused || !this.isVisible) {
      this.last = now;
      return;
    }
    try {
      const start = performance.now();
      const isNew = swarm.tick(this.pointer);
      if (isNew) this.points.draw(swarm.bytes, swarm.step, swarm.count);
      if (isNew) this.count(now, performance.now() - start + swarm.takeReceiveMs());
      this.showFigures(now);
    } catch (error) {
      this.swarm = null;
      showError('swarm', error);
    }
  }

  /** @param {number} now @param {number} work milliseconds */
  count(now, work) {
    const { between, work: plot, copied, heap } = this.plots;
    between.add(now - this.last);
    plot.add(work);
    copied.add((this.swarm?.copiedBytes ?? 0) / 2 ** 20);
    const bytes = heapBytes();
    heap.add(bytes === null ? null : bytes / 2 ** 20);
    if (bytes !== null) {
      if (bytes < this.heapBytes - COLLECTION_BYTES_MIN) this.collections++;
      this.heapBytes = bytes;
    }
    this.last = now;
    this.span.frames++;
    this.span.work += work;
  }

  /** @param {number} now */
  showFigures(now) {
    const { since, frames, work } = this.span;
    const elapsed = now - since;
    if (elapsed < FIGURES_EVERY_MS) return;
    this.framesPerSecond = (frames * 1000) / elapsed;
    setText('swarm-fps', this.framesPerSecond.toFixed(0));
    if (frames > 0) setText('swarm-main', (work / frames).toFixed(2));
    setText('swarm-copied', formatBytes(this.swarm?.copiedBytes ?? 0));
    setText('swarm-collections', heapBytes() === null ? 'not told' : String(this.collections));
    this.span = { since: now, frames: 0, work: 0 };
    for (const plot of Object.values(this.plots)) plot.draw();
  }
}

/** Of this thread's JS heap; null where the browser does not tell. @returns {number | null} */
function heapBytes() {
  const { memory } = /** @type {{ memory?: { usedJSHeapSize: number } }} */ (performance);
  return memory?.usedJSHeapSize ?? null;
}
