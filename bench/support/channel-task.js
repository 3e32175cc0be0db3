/**
 * What the objects in the benchmark of channels are.
 *
 * @module
 */
import { struct, t } from '../../js/index.js';

export class Task extends struct('Task', { id: t.u32, x: t.f64, y: t.f64 }) {}
