/** The structs of program.mjs. */
import { struct, t } from 'qbwasm';

export class Particle extends struct('Particle', { x: t.f64, hits: t.i32, name: t.string }) {}
export class Node extends struct('Node', { value: t.f64, next: t.ref('Node') }) {}
