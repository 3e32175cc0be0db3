/**
 * A memory as a picture, a square a page; and what a debug heap still holds.
 *
 * @module demo/web/panels/memory-map
 */
import { fitted } from '../lib/canvas.js';
import { colourOf, onColours } from '../lib/colours.js';
import {
  chosen,
  element,
  formatBytes,
  formatCount,
  guarded,
  onChoice,
  setText,
  watchVisible,
  withText,
} from '../lib/page.js';

/** @typedef {import('../../../js/index.js').Heap} Heap */
/** @typedef {import('../../../js/index.js').Leak} Leak */
/** @typedef {import('../../../js/index.js').PageMap} PageMap */

const LOOK_EVERY_MS = 500;
const GAP = 1;
const SHARED = 255;
const THREADS_MAX = 128;
/** Squares are smaller where there are more of them. */
const CELLS = Object.freeze([
  { pages: 3000, size: 7 },
  { pages: 700, size: 11 },
  { pages: 0, size: 15 },
]);
const COLOURS = Object.freeze({
  tables: '--map-tables',
  'blocks of a thread': '--map-thread',
  'shared blocks': '--map-shared',
  arena: '--map-arena',
  pool: '--map-pool',
  'memory pool': '--map-span',
  'other spans': '--warn',
  free: '--map-free',
  'never used': '',
});
/** @typedef {keyof typeof COLOURS} Sort */

export class MemoryMapPanel {
  isVisible = false;
  at = -1;
  columns = 1;
  cell = CELLS[0].size;
  /** @type {PageMap | null} */
  map = null;

  /**
   * @param {Record<string, () => Heap | null>} heaps by the values of the choice
   * @param {import('./arena.js').ArenaPanel | undefined} arena has the debug heap
   */
  constructor(heaps, arena) {
    this.heaps = heaps;
    this.canvas = element('map-canvas', HTMLCanvasElement);
    this.list = element('map-totals', HTMLElement);
    this.listen();
    this.showLegend();
    onColours(() => this.showLegend());
    element('map-forget', HTMLButtonElement).addEventListener('click', () =>
      this.after(() => arena?.forgetOne()),
    );
    element('map-free', HTMLButtonElement).addEventListener('click', () =>
      this.after(() => arena?.freeForgotten()),
    );
    watchVisible(['map'], (isVisible) => {
      this.isVisible = isVisible;
      this.show();
    });
    setInterval(() => this.show(), LOOK_EVERY_MS);
  }

  get heap() {
    return this.heaps[chosen('map-heap')]();
  }

  listen() {
    for (const type of /** @type {const} */ (['pointermove', 'pointerdown'])) {
      this.canvas.addEventListener(type, ({ offsetX, offsetY }) => {
        const column = Math.floor(offsetX / this.cell);
        if (column < this.columns)
          this.point(Math.floor(offsetY / this.cell) * this.columns + column);
      });
    }
    this.canvas.addEventListener('keydown', (event) => {
      const { columns } = this;
      const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
      if (!(event.key in steps)) return;
      event.preventDefault();
      this.point(this.at + steps[/** @type {keyof typeof steps} */ (event.key)]);
    });
    onChoice('map-heap', () => {
      this.at = -1;
      this.show();
    });
  }

  /** @param {() => void} act */
  after(act) {
    guarded('map', () => {
      act();
      const arena = document.querySelector('input[name="map-heap"][value="arena"]');
      if (arena instanceof HTMLInputElement) arena.checked = true;
      this.show();
    });
  }

  show() {
    if (!this.isVisible || document.hidden) return;
    guarded('map', () => {
      const { heap } = this;
      this.map = null;
      if (heap !== null) this.draw(heap);
      else fitted(this.canvas, CELLS[0].size * 4);
      this.showTotals(heap);
      this.showLeaks(heap);
      this.describe();
    });
  }

  /* shown */
  /** @param {Heap} heap */
  draw(heap) {
    const map = heap.inspect(); // a copy: kinds, owners, classes, fill
    this.map = map;
    this.cell = cellFor(map.pageCount);
    this.columns = Math.floor(this.canvas.clientWidth / this.cell);
    const rows = Math.ceil(map.pageCount / this.columns);
    const { context } = fitted(this.canvas, rows * this.cell);
    for (let page = 0; page < map.pageCount; page++) {
      context.globalAlpha = 0.25 + 0.75 * map.fill[page];
      this.square(context, page, COLOURS[sortOf(map, page)]);
    }
  }

  /** What is live, and where it was made. @param {Heap} heap of debug */
  leaksOf(heap) {
    const leaks = heap.leaks(); // the most bytes first
    return leaks.map(({ site, kind, count, bytes }) => {
      return [site, kind, formatCount(count), formatBytes(bytes)];
    });
  }
  /* end */

  /** @param {CanvasRenderingContext2D} context @param {number} page @param {string} colour '' leaves it empty */
  square(context, page, colour) {
    const [x, y] = [page % this.columns, Math.floor(page / this.columns)];
    const size = this.cell - GAP;
    if (colour !== '') {
      context.fillStyle = colourOf(colour);
      if (colour === '--map-free' || colour === '--map-tables') context.globalAlpha = 1;
      context.fillRect(x * this.cell, y * this.cell, size, size);
    } else {
      context.strokeStyle = colourOf('--line');
      context.globalAlpha = 1;
      context.strokeRect(x * this.cell + 0.5, y * this.cell + 0.5, size - 1, size - 1);
    }
    if (page !== this.at) return;
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.strokeStyle = colourOf('--ink');
    context.strokeRect(x * this.cell, y * this.cell, size, size);
    context.lineWidth = 1;
  }

  showLegend() {
    const items = Object.entries(COLOURS).map(([name, colour]) => {
      const item = withText('li', name);
      item.style.setProperty('--swatch', colour === '' ? 'transparent' : colourOf(colour));
      return item;
    });
    element('map-legend', HTMLElement).replaceChildren(...items);
  }

  /** @param {Heap | null} heap */
  showTotals(heap) {
    const stats = heap?.stats();
    const bytes = (/** @type {number | undefined} */ count) =>
      count === undefined ? '–' : formatBytes(count);
    const totals = {
      'in use': bytes(stats?.liveBytes),
      'in pools': bytes(stats?.poolBytes),
      'in arenas': bytes(stats?.arenaBytes),
      memory: bytes(stats?.memoryBytes),
      threads: stats === undefined ? '–' : String(stats.threadsLive),
    };
    if (this.list.children.length === 0) {
      for (const name of Object.keys(totals)) {
        const entry = document.createElement('div');
        entry.append(withText('dt', name), withText('dd', ''));
        this.list.append(entry);
      }
    }
    Object.values(totals).forEach((text, i) => {
      this.list.children[i].children[1].textContent = text;
    });
  }

  /** @param {Heap | null} heap */
  showLeaks(heap) {
    const isDebug = heap !== null && chosen('map-heap') === 'arena';
    const rows = isDebug ? this.leaksOf(heap) : [];
    const [table, note] = [
      element('map-leaks', HTMLTableElement),
      element('map-leaks-note', HTMLElement),
    ];
    if (table.parentElement !== null) table.parentElement.hidden = rows.length === 0;
    note.textContent = isDebug
      ? rows.length === 0
        ? 'Nothing: all that was allocated is freed. Let a twig escape in the panel below, or forget an object.'
        : ''
      : 'The arenas below live in a debug heap, which notes where each allocation was made. The other memories here do not.';
    table.tBodies[0].replaceChildren(
      ...rows.map((row) => {
        const line = document.createElement('tr');
        line.append(...row.map((text) => withText('td', text.replace(location.origin, ''))));
        return line;
      }),
    );
  }

  /** Says what a page is. @param {number} page */
  point(page) {
    if (this.map === null || page < 0 || page >= this.map.pageCount || page === this.at) return;
    this.at = page;
    this.show();
  }

  describe() {
    const { map, at: page } = this;
    if (map === null) {
      setText('map-text', 'This memory is not there yet.');
      return;
    }
    if (page < 0 || page >= map.pageCount) {
      setText(
        'map-text',
        `${formatCount(map.pageCount)} pages; it may grow to ${formatCount(map.pageMax)}.`,
      );
      return;
    }
    const owner = map.owners[page];
    const isBlocks = map.capacity[page] > 0;
    const blocks = isBlocks
      ? `, ${map.live[page]} of ${map.capacity[page]} blocks of ${formatBytes(map.classBytes[map.classes[page]])} in use`
      : '';
    const whose = owner >= 1 && owner <= THREADS_MAX ? `, of thread ${owner}` : '';
    setText('map-text', `Page ${page}: ${sortOf(map, page)}${blocks}${whose}.`);
  }
}

/** @param {number} pageCount @returns {number} how wide a square is */
function cellFor(pageCount) {
  return CELLS.find(({ pages }) => pageCount > pages)?.size ?? CELLS[0].size;
}

/** @param {PageMap} map @param {number} page @returns {Sort} */
function sortOf(map, page) {
  const kind = map.kindNames[map.kinds[page]];
  if (kind === 'meta') return 'tables';
  if (kind === 'virgin') return 'never used';
  if (kind === 'free') return 'free';
  const region = map.regionNames[map.regions[page]];
  if (region === 'arena' || region === 'pool') return region;
  if (region === 'memory_pool') return 'memory pool';
  if (kind === 'blocks') return map.owners[page] === 0 ? 'shared blocks' : 'blocks of a thread';
  return map.owners[page] === SHARED ? 'shared blocks' : 'other spans';
}
