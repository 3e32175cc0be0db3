/** The struct of the web application. */
import { struct, t } from 'qbwasm';

export class Particle extends struct('Particle', { x: t.f64, hits: t.i32, name: t.string }) {}
