import { struct, t } from '../../js/index.js';

export class Particle extends struct('Particle', { x: t.f64, name: t.string }) {}
