/**
 * The memory as a picture: a square a page.
 *
 * @module demo/web/panels/memory-map
 */
import { element, formatBytes, guarded, setText } from '../lib/page.js';

/** @typedef {import('../../../js/index.js').Heap} Heap */
/** @typedef {import('../../../js/index.js').PageMap} PageMap */

const LOOK_EVERY_MS = 500;
const GAP = 1;
const SHARED = 255;
const COLOURS = /** @type {const} */ ({
  tables: '#7d8a93',
  'blocks of a thread': '#d98e04',
  'shared blocks': '#b85c9e',
  arena: '#3f8efc',
  pool: '#0b9a8d',
  span: '#8a63d2',
  free: '#c9d0d4',
  'never used': 'transparent',
});
/** @typedef {keyof typeof COLOURS} Sort */

export class MemoryMapPanel {
  /** @param {() => Heap | null} currentHeap */
  constructor(currentHeap) {
    this.currentHeap = currentHeap;
    this.canvas = element('map-canvas', HTMLCanvasElement);
    this.columns = 1;
    this.cell = 8;
    this.at = -1;
    /** @type {PageMap | null} */
    this.map = null;
    const legend = element('map-legend', HTMLElement);
    for (const [name, colour] of Object.entries(COLOURS)) {
      const item = document.createElement('span');
      item.textContent = name;
      item.style.setProperty('--swatch', colour);
      legend.append(item);
    }
    this.canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => {
      const scale = this.canvas.width / this.canvas.clientWidth;
      const column = Math.floor((offsetX * scale) / this.cell);
      this.point(Math.floor((offsetY * scale) / this.cell) * this.columns + column);
    });
    this.canvas.addEventListener('keydown', (event) => {
      const { columns } = this;
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[
        event.key
      ];
      if (step === undefined) return;
      event.preventDefault();
      this.point(this.at + step);
    });
    setInterval(() => guarded('map', () => this.draw()), LOOK_EVERY_MS);
  }

  /* shown */
  draw() {
    const heap = this.currentHeap();
    if (heap === null || document.hidden) return;
    const map = heap.inspect(); // private copies: kinds, owners, size classes, fill
    this.map = map;
    const { canvas } = this;
    this.cell = map.pageCount > 3000 ? 6 : map.pageCount > 1000 ? 9 : 14;
    canvas.width = Math.max(240, canvas.clientWidth);
    this.columns = Math.floor(canvas.width / this.cell);
    canvas.height = Math.ceil(map.pageCount / this.columns) * this.cell;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    for (let page = 0; page < map.pageCount; page++) {
      const [x, y] = [page % this.columns, Math.floor(page / this.columns)];
      const size = this.cell - GAP;
      context.fillStyle = COLOURS[sortOf(map, page)];
      context.globalAlpha = 0.25 + 0.75 * map.fill[page];
      context.fillRect(x * this.cell, y * this.cell, size, size);
    }
    this.showTotals(heap);
  }
  /* end */

  /** @param {Heap} heap */
  showTotals(heap) {
    const stats = heap.stats();
    const totals = {
      'in use': formatBytes(stats.liveBytes),
      'of these pools': formatBytes(stats.poolBytes),
      'of these arenas': formatBytes(stats.arenaBytes),
      'length of the memory': formatBytes(stats.memoryBytes),
      threads: String(stats.threadsLive),
    };
    const list = element('map-totals', HTMLElement);
    if (list.children.length === 0) {
      for (const name of Object.keys(totals)) {
        const entry = document.createElement('div');
        entry.append(document.createElement('dt'), document.createElement('dd'));
        entry.children[0].textContent = name;
        list.append(entry);
      }
    }
    Object.values(totals).forEach((text, i) => {
      list.children[i].children[1].textContent = text;
    });
  }

  /** Says what a page is. @param {number} page */
  point(page) {
    const { map } = this;
    if (map === null || page < 0 || page >= map.pageCount) return;
    this.at = page;
    const sort = sortOf(map, page);
    const owner = map.owners[page];
    const isBlocks = map.capacity[page] > 0;
    const blocks = isBlocks
      ? `, ${map.live[page]} of ${map.capacity[page]} blocks of ${formatBytes(map.classBytes[map.classes[page]])} in use`
      : '';
    const whose = owner >= 1 && owner <= 128 ? `, of thread ${owner}` : '';
    setText('map-text', `Page ${page}: ${sort}${blocks}${whose}.`);
  }
}

/** @param {PageMap} map @param {number} page @returns {Sort} */
function sortOf(map, page) {
  const kind = map.kindNames[map.kinds[page]];
  if (kind === 'meta') return 'tables';
  if (kind === 'virgin') return 'never used';
  if (kind === 'free') return 'free';
  const region = map.regionNames[map.regions[page]];
  if (region === 'arena' || region === 'pool') return region;
  if (kind === 'blocks') return map.owners[page] === 0 ? 'shared blocks' : 'blocks of a thread';
  return map.owners[page] === SHARED ? 'shared blocks' : 'span';
}
