/**
 * The structs that tests of pools use, in main thread and workers.
 *
 * @module
 */
import { struct, t } from '../../js/index.js';

export class Item extends struct('Item', {
  id: t.i32,
  x: t.f64,
  text: t.string,
  next: t.ref('Item'),
}) {}

export class Other extends struct('Other', { id: t.i32, x: t.f64 }) {}

/** Without anything that a release must look after. */
export class Point extends struct('Point', { x: t.f64, y: t.f64, id: t.u32 }) {}
