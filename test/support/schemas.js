/**
 * One struct in many definitions, for tests of what a heap knows of structs. Each call defines anew, so the
 * agents of a test can have different ones under one name.
 *
 * @module
 */
import { struct as define, t } from '../../js/index.js';

/**
 * A class of which nothing is known.
 *
 * @typedef {import('../../js/struct/infer.js').StructBase & Record<string, unknown>} AnyView
 */
/** @typedef {(new () => AnyView) & { get: object, set: object, at(heap: object, address: number): AnyView }} AnyStruct */

/** Without types for the fields. @type {(name: string, fields: object, Parent?: AnyStruct) => AnyStruct} */
const struct = /** @type {never} */ (define);

/** The fields of the struct that all of a test agree on. */
const RIGHT = () => ({
  x: t.f32,
  y: t.f32,
  color: t.enum(['red', 'green']),
  list: t.array(t.u8, 4),
  maybe: t.optional(t.i16),
  next: t.ref('Thing'),
});

const without = (/** @type {string} */ name) => {
  const fields = Object.entries(RIGHT()).filter(([field]) => field !== name);
  return Object.fromEntries(fields);
};

/**
 * Definitions of `Thing`, and of the field (and struct) by which they differ from the first.
 *
 * @type {Record<string, { field: string, struct?: string, make: () => AnyStruct }>}
 */
export const THINGS = {
  right: { field: '', make: () => struct('Thing', RIGHT()) },
  type: { field: 'x', make: () => struct('Thing', { ...RIGHT(), x: t.u32 }) },
  missing: { field: 'next', make: () => struct('Thing', without('next')) },
  extra: { field: 'z', make: () => struct('Thing', { ...RIGHT(), z: t.u8 }) },
  order: {
    field: 'x',
    make: () => {
      const { x, y, ...rest } = RIGHT();
      return struct('Thing', { y, x, ...rest });
    },
  },
  length: { field: 'list', make: () => struct('Thing', { ...RIGHT(), list: t.array(t.u8, 5) }) },
  element: { field: 'list', make: () => struct('Thing', { ...RIGHT(), list: t.array(t.i8, 4) }) },
  enum: {
    field: 'color',
    make: () => struct('Thing', { ...RIGHT(), color: t.enum(['red', 'blue']) }),
  },
  target: { field: 'next', make: () => struct('Thing', { ...RIGHT(), next: t.ref('Other') }) },
  optional: { field: 'maybe', make: () => struct('Thing', { ...RIGHT(), maybe: t.i16 }) },
  inner: {
    field: 'maybe',
    make: () => struct('Thing', { ...RIGHT(), maybe: t.optional(t.u16) }),
  },
  parent: {
    field: '',
    make: () => struct('Thing', RIGHT(), struct('Nothing', {})),
  },
};

/** Structs with every kind of field, one in the other. */
export function scene() {
  const Point = define('Point', { x: t.f64, y: t.f64 });
  const Base = define('Base', { id: t.u64 });
  class Shape extends define(
    'Shape',
    {
      name: t.string,
      at: t.struct(Point),
      color: t.enum(['red', 'green']),
      born: t.date,
      raw: t.bytes,
      extra: t.any,
      sides: t.array(t.u16, 3),
      note: t.optional(t.string),
      flag: t.bool,
      next: t.ref('Shape'),
      mark: t.ref(() => Point),
    },
    Base,
  ) {}
  return { Base, Point, Shape };
}
