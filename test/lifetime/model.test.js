/**
 * Random histories of arenas against a model that knows every object.
 *
 * The model says after each step which arenas are open, retained or released, and which objects can be read and
 * with what values. The library must agree, although it never looks at an object.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { randomFrom, testSeed } from '../support/random.js';
import { closeHeaps, openHeap, warningsOf } from '../support/struct.js';
import { Node } from '../support/structs.js';

/** @typedef {{ view: Node, arena: Place | null, value: unknown, next: Item | null, isDead: boolean }} Item */
/** @typedef {{ arena: import('../../js/index.js').Arena, state: string, escapes: Set<Item> }} Place */

afterEach(closeHeaps);

const STEPS = 300;
const ARENAS_MAX = 6;

class Model {
  /** @type {Item[]} */
  items = [];
  /** @type {Place[]} */
  places = [];

  /** @param {import('../../js/index.js').Heap} heap @param {(limit: number) => number} random */
  constructor(heap, random) {
    this.heap = heap;
    this.random = random;
  }

  /** @template T @param {T[]} list @returns {T | undefined} */
  pick(list) {
    return list[this.random(list.length)];
  }

  live() {
    return this.items.filter(({ isDead }) => !isDead);
  }

  /** @param {Place} place */
  keepers(place) {
    const referenced = this.live()
      .filter(({ arena, next }) => arena !== place && next?.arena === place && !next.isDead)
      .map(({ next }) => next);
    return new Set([...place.escapes, ...referenced]).size;
  }

  /** @param {Place} place */
  release(place) {
    place.state = 'released';
    place.escapes.clear();
    for (const item of this.items) if (item.arena === place) item.isDead = true;
    this.settle();
  }

  /** Releases what nothing keeps any more. */
  settle() {
    const gone = this.places.find((p) => p.state === 'retained' && this.keepers(p) === 0);
    if (gone !== undefined) this.release(gone);
  }

  steps = {
    open: () => {
      if (this.places.filter(({ state }) => state !== 'released').length >= ARENAS_MAX) return;
      const arena = this.heap.arena(Node, { slabBytes: 1 + this.random(5000) });
      this.places.push({ arena, state: 'open', escapes: new Set() });
    },
    make: () => {
      const value = this.pick([1, 1.5, 'abc', `a longer text ${this.items.length}`, null]);
      const arena = this.places.findLast(({ state }) => state === 'open') ?? null;
      this.items.push({ view: new Node(value), arena, value, next: null, isDead: false });
    },
    makeMany: () => {
      for (let i = 0; i < 20; i++) this.steps.make();
    },
    link: () => {
      const [from, to] = [this.pick(this.live()), this.pick([...this.live(), null])];
      if (from === undefined || to === undefined) return;
      from.view.next = to === null ? null : to.view;
      from.next = to;
      this.settle();
    },
    /** Of references that keep a closed arena, which chance alone would rarely meet. */
    relink: () => {
      const kept = this.live().filter(({ arena, next }) => next !== null && next.arena !== arena);
      const from = this.pick(kept.filter(({ next }) => next?.arena?.state === 'retained'));
      if (from === undefined) return;
      const sibling = this.pick(this.live().filter(({ arena }) => arena === from.next?.arena));
      const to = this.random(3) === 0 ? (sibling ?? null) : null;
      from.view.next = to === null ? null : to.view;
      from.next = to;
      this.settle();
    },
    escape: () => {
      const item = this.pick(this.live().filter(({ arena }) => arena !== null));
      if (item === undefined) return;
      item.arena?.arena.escape(item.view);
      item.arena?.escapes.add(item);
    },
    unescape: () => {
      const place = this.pick(this.places.filter(({ escapes }) => escapes.size > 0));
      const item = this.pick([...(place?.escapes ?? [])]);
      if (place === undefined || item === undefined) return;
      place.arena.release(item.view);
      place.escapes.delete(item);
      this.settle();
    },
    close: () => {
      const place = this.pick(this.places.filter(({ state }) => state === 'open'));
      if (place === undefined) return;
      place.arena.close();
      place.state = 'retained';
      this.settle();
    },
    force: () => {
      const place = this.pick(this.places.filter(({ state }) => state === 'retained'));
      if (place === undefined) return;
      place.arena.release();
      this.release(place);
    },
    free: () => {
      const targets = new Set(this.live().map(({ next }) => next));
      const unused = this.live().filter((item) => item.arena === null && !targets.has(item));
      const item = this.pick(unused);
      if (item === undefined) return;
      Node.free(item.view);
      item.isDead = true;
      this.settle();
    },
    promote: () => {
      const item = this.pick(this.live().filter(({ arena }) => arena !== null));
      if (item === undefined) return;
      if (refersToDead(item)) {
        // By force: its target's arena was released. A copy could not refer to it either.
        expectError(() => item.arena?.arena.promote(item.view), 'CLOSED');
        return;
      }
      const copy = item.arena?.arena.promote(item.view);
      if (copy?.equals(item.view) !== true) throw new Error('the copy differs');
      this.adopt(copy, item, new Map());
    },
  };

  /**
   * Notes the copies of a graph.
   *
   * @param {Node} view
   * @param {Item} source
   * @param {Map<Item, Item>} known
   * @returns {Item}
   */
  adopt(view, source, known) {
    const item = { view, arena: null, value: source.value, next: source.next, isDead: false };
    known.set(source, item);
    this.items.push(item);
    const { next } = source;
    if (next?.arena === source.arena && view.next !== null) {
      item.next = known.get(next) ?? this.adopt(view.next, next, known);
    }
    return item;
  }

  check() {
    for (const { arena, state } of this.places) expect(arena.state).toBe(state);
    const wrong = this.items.map((item) => difference(item)).filter((text) => text !== '');
    expect(wrong).toEqual([]);
  }
}

/**
 * @param {Item} item
 * @returns {boolean} whether the list within its arena ends at something dead
 */
function refersToDead(item) {
  const seen = new Set();
  /** @type {Item | null} */
  let at = item;
  while (at !== null && at.arena === item.arena && !at.isDead && !seen.has(at)) {
    seen.add(at);
    at = at.next;
  }
  return at?.isDead === true;
}

/**
 * @param {() => unknown} read
 * @returns {unknown} what it gives, or the code of its error
 */
function outcome(read) {
  try {
    return read();
  } catch (error) {
    return /** @type {{ code: string }} */ (error).code;
  }
}

/**
 * @param {Item} item
 * @returns {string} '' when the object is as the model says
 */
function difference({ view, value, next, isDead, arena }) {
  const read = outcome(() => view.value);
  const dead = arena === null ? 'FREED' : 'CLOSED';
  if (read !== (isDead ? dead : value)) return `${String(read)} is not ${String(value)}, ${isDead}`;
  if (isDead) return '';
  const target = view.next;
  if (next === null || target === null) return next === target ? '' : 'null and a reference';
  const seen = outcome(() => target.value);
  const expected = next.isDead ? 'CLOSED' : next.value;
  return seen === expected ? '' : `the target reads ${String(seen)}, not ${String(expected)}`;
}

describe('random histories', () => {
  const seed = testSeed('arenas');

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('number %i agrees with the model', async (number) => {
    const heap = openHeap({ debug: number % 2 === 0, maximum: 2 ** 26 });
    heap.schemas.add(Node); // what a first use stores stays
    const empty = contentOf(heap);
    const random = randomFrom(seed + number);
    const model = new Model(heap, random);
    const names = /** @type {(keyof Model['steps'])[]} */ (Object.keys(model.steps));
    await warningsOf(() => {
      for (let step = 0; step < STEPS; step++) {
        model.steps[names[random(names.length)]]();
        if (step % 20 === 0) model.check();
      }
      model.check();
      for (const { arena } of model.places) {
        arena.dispose();
        arena.release();
      }
      for (const item of model.items) {
        if (item.arena === null && !item.isDead) Node.free(item.view);
      }
    });
    expect(contentOf(heap)).toEqual(empty);
    expectSound(heap);
  });
});
