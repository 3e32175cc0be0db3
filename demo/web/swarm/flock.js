/**
 * How the particles move: with the wind, along with their neighbours but away from those that are too near, and towards
 * the pointer. The neighbours are found by a grid that is made anew in each frame. The same code runs over a shared
 * pool and over arrays that were posted: it sees four getters and four setters, and a place for each particle.
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
/** Of each of three rows of cells; spread over the row, so that no side counts more. */
const NEIGHBOURS_MAX = 4;
const SPEED_MAX = 4;
const PUSH = 0.003;
const ALONG = 0.03;
/** Little: so heavy particles leave the eddies and meet between them. */
const WITH_WIND = 0.022;
/** Near a wall they turn away from it. */
const WALL = Object.freeze({ width: 90, force: 0.12 });

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
    this.wind = new Wind();
  }

  /** Sorts all particles into their cells: count, add up, put. @param {number} frame the wind turns with it */
  sort(frame) {
    this.wind.turn(frame);
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
    const { columns, rows, cell, starts, places, wind } = this;
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
      const step = Math.max(1, Math.ceil((to - from) / NEIGHBOURS_MAX));
      for (let i = from; i < to; i += step) {
        const other = places[i];
        if (other === place) continue;
        const dx = x - get.x(other);
        const dy = y - get.y(other);
        const distance = dx * dx + dy * dy + 1;
        pushX += dx / distance;
        pushY += dy / distance;
        alongX += get.vx(other);
        alongY += get.vy(other);
        seen++;
      }
    }
    if (seen > 0) {
      vx += PUSH * pushX * cell + ALONG * (alongX / seen - vx);
      vy += PUSH * pushY * cell + ALONG * (alongY / seen - vy);
    }
    const air = wind.at(x, y);
    vx += WITH_WIND * (wind.x[air] - vx);
    vy += WITH_WIND * (wind.y[air] - vy);
    vx += awayFromWalls(x, WORLD.width);
    vy += awayFromWalls(y, WORLD.height);
    const toX = pointerX - x;
    const toY = pointerY - y;
    const far = Math.sqrt(toX * toX + toY * toY) + 1;
    vx += (pull * toX) / far;
    vy += (pull * toY) / far;
    const speed = Math.sqrt(vx * vx + vy * vy) + 1e-6;
    const kept = Math.min(SPEED_MAX, speed) / speed;
    vx *= kept;
    vy *= kept;
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

/** @param {number} at @param {number} length of the way between two walls */
function awayFromWalls(at, length) {
  const { width, force } = WALL;
  return force * (Math.max(0, 1 - at / width) - Math.max(0, 1 - (length - at) / width));
}

/** Eddies of the wind: how many across and down, how strong, how fast they come and go. */
const EDDIES = Object.freeze([
  { across: 2, down: 1, strength: 350, turns: 0.0021 },
  { across: 3, down: 2, strength: 260, turns: -0.0034 },
  { across: 5, down: 3, strength: 180, turns: 0.0055 },
]);

/** The wind over the world, on a coarse grid: it turns along the walls and presses nothing together. */
class Wind {
  columns = 64;
  rows = 36;
  x = new Float32Array(64 * 36);
  y = new Float32Array(64 * 36);

  /** @param {number} x @param {number} y @returns {number} index into `x` and `y` */
  at(x, y) {
    const column = Math.min(this.columns - 1, Math.floor((x * this.columns) / WORLD.width));
    return (
      Math.min(this.rows - 1, Math.floor((y * this.rows) / WORLD.height)) * this.columns + column
    );
  }

  /** The derivatives of a stream function that is 0 at the walls. @param {number} frame */
  turn(frame) {
    for (let row = 0, i = 0; row < this.rows; row++) {
      for (let column = 0; column < this.columns; column++, i++) {
        let [windX, windY] = [0, 0];
        for (const { across, down, strength, turns } of EDDIES) {
          const force = strength * Math.cos(frame * turns + across);
          const [kx, ky] = [(across * Math.PI) / WORLD.width, (down * Math.PI) / WORLD.height];
          const [px, py] = [
            (kx * WORLD.width * (column + 0.5)) / this.columns,
            (ky * WORLD.height * (row + 0.5)) / this.rows,
          ];
          windX += force * ky * Math.sin(px) * Math.cos(py);
          windY -= force * kx * Math.cos(px) * Math.sin(py);
        }
        this.x[i] = windX;
        this.y[i] = windY;
      }
    }
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
  // Two steps that never meet again: spread evenly, whatever the count.
  set.x(place, WORLD.width * ((index * 0.7548776662) % 1));
  set.y(place, WORLD.height * ((index * 0.5698402909) % 1));
  set.vx(place, 0);
  set.vy(place, 0);
}
