/**
 * The type table of packed bytes, and the layouts that it tells.
 *
 * A layout is data from outside. Before structs are read by it, it is checked as a whole: its fields lie apart from each
 * other, and structs in place fit and do not contain themselves. So a struct has no more values in it than bytes.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-stored
 */
import { BODY_BYTES, PACK_LIMITS, TYPE_ENTRY_BYTES } from './pack-format.js';
import { parseLayout } from './pack-layout.js';

/** @typedef {import('./pack-layout.js').StoredLayout} StoredLayout */
/** @typedef {import('./pack-session.js').Session} Session */
/** @typedef {import('./schema.js').Field} Field */

/** Deepest nesting of structs in place. */
const IN_PLACE_DEPTH_MAX = 32;

/**
 * An entry of the type table.
 *
 * @param {Session} session
 * @param {number} index
 */
export function typeEntry({ m, typesAt }, index) {
  const at = typesAt + BODY_BYTES + index * TYPE_ENTRY_BYTES;
  return { at, code: m.u16[at >>> 1], bytes: m.u32[(at + 4) >>> 2], print: m.u32[(at + 8) >>> 2] };
}

/**
 * The layout that the bytes tell of a type.
 *
 * @param {Session} session
 * @param {number} index in the type table
 * @returns {StoredLayout | null} null when they tell none
 * @throws {QbError} `CORRUPT`
 */
export function storedLayout(session, index) {
  const { at, bytes } = typeEntry(session, index);
  const body = session.follow(at + 12);
  if (body === 0) return null;
  let layout = session.layouts.get(body);
  if (layout === undefined) {
    layout = layoutAt(session, body);
    session.layouts.set(body, layout);
  }
  return layout.bytes === bytes ? layout : session.fail('a layout of another size', body);
}

/** @param {Session} session @param {number} body @returns {StoredLayout} */
function layoutAt(session, body) {
  if (session.textBytes(body) > PACK_LIMITS.LAYOUT_BYTES) {
    session.fail('a layout that is too long', body);
  }
  const text = session.text(body);
  try {
    return parseLayout(text);
  } catch (error) {
    return session.fail(`a layout that ${/** @type {Error} */ (error).message}`, body);
  }
}

/**
 * Checks that a struct can be read by a layout.
 *
 * @param {Session} session
 * @param {StoredLayout} layout
 * @param {number} [depth] of it in other structs
 * @returns {number} how deep structs nest in it
 * @throws {QbError} `CORRUPT`
 */
export function checkInPlace(session, layout, depth = 0) {
  const known = session.sound.get(layout);
  const { name, bytes, align } = layout;
  if (depth + (known ?? 0) > IN_PLACE_DEPTH_MAX) {
    session.fail(`structs nested in each other without end, '${name}' among them`, session.typesAt);
  }
  if (known !== undefined) return known;
  let height = 0;
  /** @type {[number, number][]} */
  const places = [];
  for (const field of layout.fields) {
    const { offset, presenceDistance } = field;
    const inner = field.kind === 'struct' ? layoutNamed(session, String(field.type.target)) : null;
    if (inner !== null) {
      height = Math.max(height, 1 + checkInPlace(session, inner, depth + 1));
      if (offset % inner.align !== 0 || align % inner.align !== 0) {
        session.fail(`${name}.${field.name}, a struct at an odd offset`, session.typesAt);
      }
    }
    places.push([offset, offset + (inner?.bytes ?? field.bytes)]);
    if (presenceDistance > 0 || field.kind === 'optional') {
      places.push([offset + presenceDistance, offset + presenceDistance + 1]);
    }
  }
  let end = 0;
  for (const [start, behind] of places.sort(([a], [b]) => a - b)) {
    if (start < end || behind > bytes) {
      session.fail(`a layout of '${name}' with fields that overlap`, session.typesAt);
    }
    end = behind;
  }
  session.sound.set(layout, height);
  return height;
}

/**
 * The layout of a struct that stands in place in another one.
 *
 * @param {Session} session
 * @param {string} name
 * @returns {StoredLayout}
 * @throws {QbError} `CORRUPT`
 */
export function layoutNamed(session, name) {
  session.named ??= layoutsByName(session);
  const layout = session.named.get(name);
  return layout ?? session.fail(`no type '${name}' in the type table`, session.typesAt);
}

/** @param {Session} session @returns {Map<string, StoredLayout>} */
function layoutsByName(session) {
  /** @type {Map<string, StoredLayout>} */
  const named = new Map();
  for (let i = 0; i < session.typeCount; i++) {
    const layout = storedLayout(session, i);
    if (layout !== null && !named.has(layout.name)) named.set(layout.name, layout);
  }
  return named;
}
