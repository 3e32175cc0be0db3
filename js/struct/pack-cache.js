/**
 * What a session remembers: the views that it gave out, so that one body is one view, and what it learned of types.
 *
 *     young   the last views, held          full --> all become weak and old
 *     old     WeakRefs to the others        asked for --> young again
 *
 * A WeakRef costs ten times a view, in making, in reading and in the collector. Most values have fewer views than
 * `young` takes and never need one; of larger values a walk leaves no more than that behind.
 *
 * Layer: struct. A cache belongs to one session.
 *
 * @module struct/pack-cache
 */

/** @typedef {import('./pack-layout.js').StoredLayout} StoredLayout */
/** @typedef {import('./pack-view.js').StructReader} StructReader */
/** @typedef {import('./schema.js').Field} Field */

/** Most views that are held. */
const YOUNG_MAX = 1024;
/** Fewest old views before those that are gone are forgotten. */
const SWEEP_COUNT_MIN = 4 * YOUNG_MAX;

/** The views of a session, by body. */
export class ViewCache {
  /** @type {Map<number, object>} */
  #young = new Map();
  /** @type {Map<number, WeakRef<object>> | null} */
  #old = null;
  #sweepAt = SWEEP_COUNT_MIN;

  /** @param {number} body @returns {object | undefined} */
  get(body) {
    return this.#young.get(body) ?? (this.#old === null ? undefined : this.#revive(body));
  }

  /**
   * @template {object} V
   * @param {number} body
   * @param {V} view
   * @returns {V} the view
   */
  add(body, view) {
    if (this.#young.size >= YOUNG_MAX) this.#age();
    this.#young.set(body, view);
    return view;
  }

  /** @param {number} body */
  #revive(body) {
    const view = this.#old?.get(body)?.deref();
    return view === undefined ? undefined : this.add(body, view);
  }

  #age() {
    this.#old ??= new Map();
    for (const [body, view] of this.#young) {
      if (this.#old.get(body)?.deref() !== view) this.#old.set(body, new WeakRef(view));
    }
    this.#young.clear();
    if (this.#old.size < this.#sweepAt) return;
    for (const [body, view] of this.#old) if (view.deref() === undefined) this.#old.delete(body);
    this.#sweepAt = Math.max(SWEEP_COUNT_MIN, this.#old.size * 2);
  }
}

/** What a session learned of layouts that the bytes tell. Made when it reads the first. */
export class LayoutCache {
  /** By body of their text. @type {Map<number, StoredLayout>} */
  layouts = new Map();
  /** Those that were checked, and how deep structs nest in them. @type {Map<StoredLayout, number>} */
  sound = new Map();
  /** By name. @type {Map<string, StoredLayout> | null} */
  named = null;
  /** How structs in place are read. @type {Map<Field, StructReader>} */
  inPlace = new Map();
  /** Of fields whose place in these bytes is another one. @type {Map<Field, Field | null>} */
  moved = new Map();
  /** Those places. @type {Set<Field>} */
  stored = new Set();
}
