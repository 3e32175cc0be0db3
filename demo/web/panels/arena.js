/**
 * Trees in a scope: dropped in one step, or kept by one twig that escapes.
 *
 * @module demo/web/panels/arena
 */
import { Heap, struct, t } from '../../../js/index.js';
import { fitted } from '../lib/canvas.js';
import { colourOf, onColours } from '../lib/colours.js';
import { element, formatBytes, formatCount, guarded, log, setText } from '../lib/page.js';

class Branch extends struct('Branch', {
  length: t.f32,
  turn: t.f32,
  left: t.ref('Branch'),
  right: t.ref('Branch'),
}) {}

const MEMORY_BYTES_MAX = 64 * 2 ** 20;
const SHOWN_DEPTH = 11;
const HEIGHT = 300;
const RUNG = 4.3;

/** @typedef {import('../../../js/index.js').Arena} Arena */
/** A line of the picture. @typedef {{ from: [number, number], to: [number, number], depth: number, isKept: boolean }} Line */

export class ArenaPanel {
  /** @type {{ scope: Arena, twig: Branch } | null} */
  escaped = null;
  /** Made outside of an arena, and never freed. @type {Branch[]} */
  forgotten = [];
  /** @type {{ lines: Line[], isThere: boolean }} */
  picture = { lines: [], isThere: false };

  constructor() {
    this.heap = Heap.create({ maximum: MEMORY_BYTES_MAX, name: 'arena', debug: true });
    this.canvas = element('arena-canvas', HTMLCanvasElement);
    const depth = element('arena-depth', HTMLInputElement);
    const show = () => setText('arena-count-text', formatCount(2 ** (Number(depth.value) + 1) - 1));
    depth.addEventListener('input', show);
    show();
    /** @type {[string, () => void][]} */
    const actions = [
      ['arena-build', () => this.buildAndDrop(Number(depth.value))],
      ['arena-escape', () => this.letOneEscape(Number(depth.value))],
      ['arena-release', () => this.release()],
    ];
    for (const [id, action] of actions) {
      element(id, HTMLButtonElement).addEventListener('click', () =>
        guarded('arena', () => {
          showingWarnings(action);
          this.showState();
        }),
      );
    }
    this.showState();
    onColours(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(element('arena', HTMLElement));
  }

  /* shown */
  /** @param {number} depth */
  buildAndDrop(depth) {
    const scope = this.heap.arena(Branch);
    const tree = timed('arena-built', () => grow(depth, 1));
    this.lookAt(tree, null);
    timed('arena-dropped', () => scope.close()); // all of it, in one step
    this.picture.isThere = false;
    try {
      void tree.length;
    } catch (error) {
      log('arena-log', `the old view says: ${messageOf(error)}`);
    }
  }

  /** @param {number} depth */
  letOneEscape(depth) {
    if (this.escaped !== null) this.release();
    const scope = this.heap.arena(Branch);
    const twig = scope.run(() => {
      const tree = timed('arena-built', () => grow(depth, 1));
      const twig = twigOf(tree);
      this.lookAt(tree, twig);
      return twig; // what run() returns lives, and so does the arena
    });
    this.escaped = { scope, twig };
  }
  /* end */

  release() {
    const { escaped } = this;
    if (escaped === null) return;
    timed('arena-dropped', () => escaped.scope.release(escaped.twig));
    this.escaped = null;
    this.picture.isThere = false;
  }

  /** A struct of its own that nobody frees: the memory map lists it. */
  forgetOne() {
    this.heap.use(); // other panels have heaps as well
    this.forgotten.push(new Branch({ length: 1 }));
    element('map-free', HTMLButtonElement).disabled = false;
  }

  freeForgotten() {
    for (const branch of this.forgotten) Branch.free(branch);
    this.forgotten = [];
    element('map-free', HTMLButtonElement).disabled = true;
  }

  showState() {
    setText('arena-held', formatBytes(this.heap.stats().arenaBytes));
    element('arena-release', HTMLButtonElement).disabled = this.escaped === null;
    this.draw();
  }

  /** Notes what is to be drawn, while it is there. @param {Branch} tree @param {Branch | null} kept */
  lookAt(tree, kept) {
    /** @type {Line[]} */
    const lines = [];
    collect(lines, tree, kept?.address ?? 0, { x: 0, y: 0, angle: -Math.PI / 2, depth: 0 });
    this.picture = { lines, isThere: true };
  }

  draw() {
    const { context, width } = fitted(this.canvas, HEIGHT);
    const { lines, isThere } = this.picture;
    const unit = HEIGHT / RUNG;
    context.lineCap = 'round';
    for (const isKept of [false, true]) {
      for (const { from, to, depth } of lines.filter((line) => line.isKept === isKept)) {
        context.globalAlpha = isThere ? 1 : 0.35;
        context.strokeStyle = colourOf(isKept ? '--warn' : isThere ? '--accent' : '--soft');
        context.lineWidth = isKept ? 4 : Math.max(0.5, 4 - depth * 0.35);
        context.beginPath();
        context.moveTo(width / 2 + from[0] * unit, HEIGHT - 4 + from[1] * unit);
        context.lineTo(width / 2 + to[0] * unit, HEIGHT - 4 + to[1] * unit);
        context.stroke();
      }
    }
  }
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** @template T @param {string} id where the time is shown @param {() => T} fn @returns {T} */
function timed(id, fn) {
  const start = performance.now();
  const result = fn();
  setText(id, `${(performance.now() - start).toFixed(2)} ms`);
  return result;
}

/** The library warns on the console; here the visitor shall see it. @param {() => void} fn */
function showingWarnings(fn) {
  const { warn } = console;
  console.warn = (...texts) => {
    log('arena-log', texts.join(' '), 'warn');
  };
  try {
    fn();
  } finally {
    console.warn = warn;
  }
}

/** @param {number} depth @param {number} length @returns {Branch} */
function grow(depth, length) {
  const left = depth === 0 ? null : grow(depth - 1, length * 0.8);
  const right = depth === 0 ? null : grow(depth - 1, length * 0.75);
  return new Branch({ length, turn: 0.3 + 0.25 * Math.random(), left, right });
}

/** A branch that is high up but can be seen. @param {Branch} tree @returns {Branch} */
function twigOf(tree) {
  let twig = tree;
  for (let depth = 0; depth < 5; depth++) {
    const next = depth % 2 === 0 ? twig.left : twig.right;
    if (next === null) break;
    twig = /** @type {Branch} */ (next);
  }
  return twig;
}

/**
 * @param {Line[]} lines
 * @param {Branch | null} branch
 * @param {number} kept address of the branch that escapes
 * @param {{ x: number, y: number, angle: number, depth: number }} place
 */
function collect(lines, branch, kept, { x, y, angle, depth }) {
  if (branch === null || depth > SHOWN_DEPTH) return;
  const toX = x + Math.cos(angle) * branch.length;
  const toY = y + Math.sin(angle) * branch.length;
  lines.push({ from: [x, y], to: [toX, toY], depth, isKept: branch.address === kept });
  for (const [side, next] of /** @type {const} */ ([
    [-1, branch.left],
    [1, branch.right],
  ])) {
    const turned = { x: toX, y: toY, angle: angle + side * branch.turn, depth: depth + 1 };
    collect(lines, /** @type {Branch | null} */ (next), kept, turned);
  }
}
