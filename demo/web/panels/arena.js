/**
 * Trees in a scope: dropped in one step, or kept by one node that escapes.
 *
 * @module demo/web/panels/arena
 */
import { Heap, struct, t } from '../../../js/index.js';
import { element, formatBytes, formatCount, guarded, log, setText } from '../lib/page.js';

class Branch extends struct('Branch', {
  length: t.f32,
  turn: t.f32,
  left: t.ref('Branch'),
  right: t.ref('Branch'),
}) {}

const SHOWN_DEPTH = 10;

export class ArenaPanel {
  /** @type {{ scope: import('../../../js/index.js').Arena, branch: Branch } | null} */
  escaped = null;

  constructor() {
    this.heap = Heap.create({ maximum: 64 * 2 ** 20, name: 'arena' });
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
      element(id, HTMLButtonElement).addEventListener('click', () => guarded('arena', action));
    }
  }

  /* shown */
  /** @param {number} depth */
  buildAndDrop(depth) {
    const scope = this.heap.arena(Branch);
    const tree = grow(depth, 1);
    const held = this.heap.stats().arenaBytes;
    this.picture(tree);
    const start = performance.now();
    scope.close(); // everything in it, in one step
    const milliseconds = performance.now() - start;
    const left = this.heap.stats().arenaBytes;
    log(
      'arena-log',
      `${formatBytes(held)} dropped in ${milliseconds.toFixed(2)} ms; ${formatBytes(left)} are left`,
    );
    try {
      void tree.length;
    } catch (error) {
      log('arena-log', `the old view now says: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** @param {number} depth */
  letOneEscape(depth) {
    if (this.escaped !== null) this.release();
    const scope = this.heap.arena(Branch);
    const branch = scope.run(() => grow(depth, 1)); // what run() returns is alive
    this.escaped = { scope, branch };
    this.picture(branch);
    element('arena-release', HTMLButtonElement).disabled = false;
    log('arena-log', `one node escaped: ${formatBytes(this.heap.stats().arenaBytes)} stay for it`);
  }

  release() {
    this.escaped?.scope.release(this.escaped.branch);
    this.escaped = null;
    element('arena-release', HTMLButtonElement).disabled = true;
    log('arena-log', `released: ${formatBytes(this.heap.stats().arenaBytes)} are left`);
  }
  /* end */

  /** @param {Branch} tree */
  picture(tree) {
    const { width, height } = this.canvas;
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d'));
    context.clearRect(0, 0, width, height);
    context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue('--accent');
    draw(context, tree, width / 2, height, -Math.PI / 2, height / 4.5, 0);
  }
}

/** @param {number} depth @param {number} length @returns {Branch} */
function grow(depth, length) {
  const left = depth === 0 ? null : grow(depth - 1, length * 0.8);
  const right = depth === 0 ? null : grow(depth - 1, length * 0.75);
  return new Branch({ length, turn: 0.3 + 0.25 * Math.random(), left, right });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Branch | null} branch
 * @param {number} x
 * @param {number} y
 * @param {number} angle
 * @param {number} unit
 * @param {number} depth
 */
function draw(context, branch, x, y, angle, unit, depth) {
  if (branch === null || depth > SHOWN_DEPTH) return;
  const toX = x + Math.cos(angle) * branch.length * unit;
  const toY = y + Math.sin(angle) * branch.length * unit;
  context.lineWidth = Math.max(0.5, 4 - depth * 0.4);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
  draw(context, branch.left, toX, toY, angle - branch.turn, unit, depth + 1);
  draw(context, branch.right, toX, toY, angle + branch.turn, unit, depth + 1);
}
