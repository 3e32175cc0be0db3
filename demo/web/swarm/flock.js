/**
 * How the particles move: away from near neighbours, along with them, and towards the pointer. The neighbours are
 * found by a grid that is made anew in each frame. The same code runs over a shared pool and over arrays that
 * were posted: it sees four getters and four setters, and a place for each particle.
 *
 * @module demo/web/swarm/flock
 */
import { WORLD } from './particle.js';

/**
 * @typedef {object} Access
 * @property {Record<'x' | 'y' | 'vx' | 'vy', (place: number) => number>} get
 * @property {Record<'x' | 'y' | 'vx' | 'vy', (place: number, value: number) => void>} set
 */

const PARTICLES_PER_CELL = 3;
const NEIGHBOURS_MAX = 10;
const SPEED_MAX = 3.2;
const SPEED_MIN = 0.6;
/** How strongly all are drawn to the middle, for each unit they are away from it. */
const HOME = 0.00003;

/** A grid over the places of all particles. */
export class Flock {
  /**
   * @param {Access} access
   * @param {number} first place of the first particle
   * @param {number} step from one place to the next
   * @param {number} count
   */
  constructor(access, first, step, count) {
    this.access = access;
    this.first = first;
    this.step = step;
    this.count = count;
    this.cell = Math.sqrt((WORLD.width * WORLD.height * PARTICLES_PER_CELL) / count);
    this.columns = Math.max(1, Math.ceil(WORLD.width / this.cell));
    this.rows = Math.max(1, Math.ceil(WORLD.height / this.cell));
    this.starts = new Uint32Array(this.columns * this.rows + 1);
    this.cells = new Uint32Array(count);
    this.places = new Uint32Array(count);
  }

  /** Sorts all particles into their cells: count, add up, put. */
  sort() {
    const { first, step, count, starts, cells, places } = this;
    const { x: getX, y: getY } = this.access.get;
    starts.fill(0);
    for (let i = 0, place = first; i < count; i++, place += step) {
      const cell = this.cellOf(getX(place), getY(place));
      cells[i] = cell;
      starts[cell + 1]++;
    }
    for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1];
    for (let i = count - 1, place = first + step * i; i >= 0; i--, place -= step) {
      places[--starts[cells[i] + 1]] = place;
    }
    // Each entry of `starts` is now the start of the cell before it.
    starts.copyWithin(0, 1);
    starts[starts.length - 1] = count;
  }

  /** @param {number} x @param {number} y */
  cellOf(x, y) {
    const column = Math.min(this.columns - 1, Math.max(0, Math.floor(x / this.cell)));
    const row = Math.min(this.rows - 1, Math.max(0, Math.floor(y / this.cell)));
    return row * this.columns + column;
  }

  /**
   * Moves one particle.
   *
   * @param {number} place
   * @param {number} pointerX
   * @param {number} pointerY
   * @param {number} pull
   */
  move(place, pointerX, pointerY, pull) {
    const { get, set } = this.access;
    const { columns, rows, cell, starts, places } = this;
    const x = get.x(place);
    const y = get.y(place);
    let vx = get.vx(place);
    let vy = get.vy(place);
    const column = Math.min(columns - 1, Math.max(0, Math.floor(x / cell)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor(y / cell)));
    let pushX = 0;
    let pushY = 0;
    let alongX = 0;
    let alongY = 0;
    let seen = 0;
    for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++) {
      const from = starts[r * columns + Math.max(0, column - 1)];
      const to = starts[r * columns + Math.min(columns - 1, column + 1) + 1];
      for (let i = from; i < to && seen < NEIGHBOURS_MAX; i++) {
        const other = places[i];
        if (other === place) continue;
        const dx = x - get.x(other);
        const dy = y - get.y(other);
        const distance = dx * dx + dy * dy + 0.01;
        pushX += dx / distance;
        pushY += dy / distance;
        alongX += get.vx(other);
        alongY += get.vy(other);
        seen++;
      }
    }
    if (seen > 0) {
      vx += 0.12 * pushX * cell + 0.04 * (alongX / seen - vx);
      vy += 0.12 * pushY * cell + 0.04 * (alongY / seen - vy);
    }
    vx += HOME * (WORLD.width / 2 - x);
    vy += HOME * (WORLD.height / 2 - y);
    const toX = pointerX - x;
    const toY = pointerY - y;
    const far = Math.sqrt(toX * toX + toY * toY) + 1;
    vx += (pull * toX) / far;
    vy += (pull * toY) / far;
    const speed = Math.sqrt(vx * vx + vy * vy) + 1e-6;
    const wanted = Math.min(SPEED_MAX, Math.max(SPEED_MIN, speed)) / speed;
    vx *= wanted;
    vy *= wanted;
    let nextX = x + vx;
    let nextY = y + vy;
    if (nextX < 0 || nextX > WORLD.width) {
      vx = -vx;
      nextX = Math.min(WORLD.width, Math.max(0, nextX));
    }
    if (nextY < 0 || nextY > WORLD.height) {
      vy = -vy;
      nextY = Math.min(WORLD.height, Math.max(0, nextY));
    }
    set.x(place, nextX);
    set.y(place, nextY);
    set.vx(place, vx);
    set.vy(place, vy);
  }
}

/**
 * Puts a particle somewhere, always the same for the same index.
 *
 * @param {Access['set']} set
 * @param {number} place
 * @param {number} index
 */
export function scatter(set, place, index) {
  const angle = index * 2.399963;
  const radius = Math.sqrt((index % 9973) / 9973);
  set.x(place, WORLD.width * (0.5 + 0.48 * radius * Math.cos(angle)));
  set.y(place, WORLD.height * (0.5 + 0.48 * radius * Math.sin(angle)));
  set.vx(place, -2 * Math.sin(angle));
  set.vy(place, 2 * Math.cos(angle));
}
