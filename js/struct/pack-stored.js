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
import { QbError } from '../base/errors.js';
import { BODY_BYTES, FLAG, PACK_LIMITS, POINTER_KINDS, TYPE_ENTRY_BYTES } from './pack-format.js';
import { parseLayout, printOf } from './pack-layout.js';

/** @typedef {import('./pack-layout.js').StoredLayout} StoredLayout */
/** @typedef {import('./pack-session.js').Session} Session */
/** @typedef {import('./schema.js').Field} Field */

/** Deepest nesting of structs in place. */
const IN_PLACE_DEPTH_MAX = 32;
const STRUCT_BYTES_MAX = 2 ** 31;

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
  const body = layoutText(session, index);
  if (body === 0) return null;
  let layout = session.layouts.layouts.get(body);
  if (layout === undefined) {
    layout = layoutAt(session, body);
    session.layouts.layouts.set(body, layout);
  }
  const { bytes } = typeEntry(session, index);
  return layout.bytes === bytes ? layout : session.fail('a layout of another size', body);
}

/**
 * @param {Session} session
 * @param {number} index in the type table
 * @returns {number} body of the text of its layout, 0 when there is none
 */
function layoutText(session, index) {
  const { at, bytes } = typeEntry(session, index);
  if (bytes === 0 || bytes > STRUCT_BYTES_MAX) session.fail(`structs of ${bytes} bytes`, at);
  const body = session.follow(at + 12);
  if (body === 0) return 0;
  const isText = session.textBytes(body) <= PACK_LIMITS.LAYOUT_BYTES;
  if (!isText) session.fail('a layout that is too long', body);
  const isUtf16 = (session.open(body).flags & FLAG.UTF16) !== 0;
  if (isUtf16) session.fail('a layout that is no UTF-8', body);
  return body;
}

/** @param {Session} session @param {number} body @returns {StoredLayout} */
function layoutAt(session, body) {
  const text = session.text(body);
  try {
    return parseLayout(text);
  } catch (error) {
    return session.fail(`a layout that ${/** @type {Error} */ (error).message}`, body);
  }
}

/**
 * All layouts of the table, as verification wants them: none is left out, prints are right, names tell them apart.
 *
 * @param {Session} session
 * @returns {readonly StoredLayout[]} by index in the type table
 * @throws {QbError} `CORRUPT`, `SCHEMA`
 */
export function soundLayouts(session) {
  const texts = Array.from({ length: session.typeCount }, (_, i) => layoutText(session, i));
  if (texts.includes(0)) {
    throw new QbError(
      'SCHEMA',
      'the packed bytes do not tell the layouts of their structs, so they cannot be verified. Ask for ' +
        'bytes that were packed with { layouts: true }.',
    );
  }
  /** By body of the text. @type {Map<number, number>} */
  const prints = new Map();
  /** @type {Map<string, number>} */
  const named = new Map();
  const layouts = texts.map((body, i) => {
    const { at, print } = typeEntry(session, i);
    const layout = /** @type {StoredLayout} */ (storedLayout(session, i));
    const { name } = layout;
    const own = prints.get(body) ?? printAt(session, body);
    prints.set(body, own);
    if (own !== print) session.fail(`a print that is not that of '${name}'`, at);
    if ((named.get(name) ?? print) !== print) session.fail(`two layouts of the name '${name}'`, at);
    named.set(name, print);
    return layout;
  });
  for (const layout of layouts) checkInPlace(session, layout);
  return layouts;
}

/** @param {Session} session @param {number} body of the text of a layout */
function printAt(session, body) {
  const start = body + BODY_BYTES;
  return printOf(session.m.u8.subarray(start, start + session.textBytes(body)));
}

/**
 * Whether structs have pointers in them, or what stands in place in them has.
 *
 * @param {Session} session
 * @param {StoredLayout} layout that was checked
 * @param {Map<StoredLayout, boolean>} [known] each is asked once
 * @returns {boolean}
 */
export function hasPointers(session, layout, known = new Map()) {
  const answer =
    known.get(layout) ??
    layout.fields.some((field) =>
      field.kind === 'struct'
        ? hasPointers(session, layoutNamed(session, String(field.type.target)), known)
        : POINTER_KINDS.includes((field.inner ?? field).kind),
    );
  known.set(layout, answer);
  return answer;
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
  const known = session.layouts.sound.get(layout);
  const { name, bytes, align } = layout;
  if (depth + (known ?? 0) > IN_PLACE_DEPTH_MAX) {
    session.fail(`structs nested in each other without end, '${name}' among them`, session.typesAt);
  }
  if (known !== undefined) return known;
  let height = 0;
  /** Of the fields, which ascend. @type {[number, number][]} */
  const places = [];
  /** Of the presence bytes, which ascend. @type {[number, number][]} */
  const presences = [];
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
    const presence = offset + presenceDistance;
    if (field.kind === 'optional') presences.push([presence, presence + 1]);
  }
  const all = [...places, ...presences].sort(([a], [b]) => a - b);
  if (![places, presences, all].every((list) => areApart(list, bytes))) {
    session.fail(`a layout of '${name}' with fields that overlap, or in no order`, session.typesAt);
  }
  session.layouts.sound.set(layout, height);
  return height;
}

/**
 * @param {[number, number][]} places
 * @param {number} bytes that there are
 * @returns {boolean} whether they ascend, and do not overlap
 */
function areApart(places, bytes) {
  let end = 0;
  return places.every(([start, behind]) => {
    const isBehind = start >= end && behind <= bytes;
    end = behind;
    return isBehind;
  });
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
  const { layouts } = session;
  layouts.named ??= layoutsByName(session);
  const layout = layouts.named.get(name);
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
