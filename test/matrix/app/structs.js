/** What the application shares: structs, and the containers of its image. */
import { arrayOf, mapOf, struct, t } from 'qbwasm/image';

export class Particle extends struct('Particle', { x: t.f64, hits: t.i32, name: t.string }) {}
export class Node extends struct('Node', { value: t.f64, next: t.ref('Node') }) {}
export class City extends struct('City', { name: t.string, people: t.u32 }) {}

export const Cities = arrayOf(City);
export const ByName = mapOf(t.string, t.u32);
