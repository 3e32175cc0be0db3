/**
 * What the threads of the swarm share: the particles, and the word by which they keep time.
 *
 * @module demo/web/swarm/particle
 */
import { struct, t } from '../../../js/index.js';

/** A particle of the swarm. The renderer relies on this order. */
export class Particle extends struct('Particle', { x: t.f32, y: t.f32, vx: t.f32, vy: t.f32 }) {}

/** One for the whole swarm. `frame` counts up when the next one may begin, `done` when a worker is through. */
export class Control extends struct('Control', {
  frame: t.i32,
  done: t.i32,
  pointerX: t.f32,
  pointerY: t.f32,
  pull: t.f32,
}) {}

/** The world, in units of its own. */
export const WORLD = Object.freeze({ width: 1600, height: 900 });
