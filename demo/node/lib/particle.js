/**
 * A particle: a struct in shared memory, or a plain object with the same fields. Both move by the same code.
 *
 * @module demo/lib/particle
 */
import { struct, t } from '../../../js/index.js';

/** @typedef {{ x: number, y: number, vx: number, vy: number }} Body */

const GRAVITY = -0.1;
const SECONDS_PER_FRAME = 1 / 60;

export class Particle extends struct('Particle', { x: t.f64, y: t.f64, vx: t.f64, vy: t.f64 }) {
  step() {
    move(this);
  }
}

/**
 * Where a particle is at first.
 *
 * @param {Body} body
 * @param {number} number of the particle
 */
export function place(body, number) {
  const angle = number * 2.399963; // the golden angle: evenly spread, without a random generator
  body.x = (number * 0.61803398875) % 1;
  body.y = (number * 0.7548776662) % 1;
  body.vx = Math.cos(angle) / 4;
  body.vy = Math.sin(angle) / 4;
}

/**
 * One frame in a box with elastic walls.
 *
 * @param {Body} body
 */
export function move(body) {
  body.vy += GRAVITY * SECONDS_PER_FRAME;
  let x = body.x + body.vx * SECONDS_PER_FRAME;
  let y = body.y + body.vy * SECONDS_PER_FRAME;
  if (x < 0 || x > 1) {
    body.vx = -body.vx;
    x = x < 0 ? -x : 2 - x;
  }
  if (y < 0 || y > 1) {
    body.vy = -body.vy;
    y = y < 0 ? -y : 2 - y;
  }
  body.x = x;
  body.y = y;
}
