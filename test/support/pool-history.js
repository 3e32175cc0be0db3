/**
 * Histories of a pool that several threads used at once, checked after the fact.
 *
 * Each thread takes a ticket from one shared counter before and after each call, so a call that ended before
 * another began has the smaller tickets. A real order is not known beyond that. What is checked is
 * therefore what must hold in every order:
 *
 *   - no use of a slot is acquired or released twice, and none is released before it is acquired;
 *   - the uses of a slot are numbered without a gap, and one begins only when the one before has ended;
 *   - at no ticket are more slots surely in use than the pool has;
 *   - EMPTY is said only when at some ticket of the call every slot may have been in use.
 *
 * So this finds less than a check for linearizability: races that are a few instructions wide are the
 * scheduler's (test/native/sched_pools.c).
 *
 * @module
 */

/** @typedef {'acquire' | 'release' | 'empty'} CallKind */

/**
 * @typedef {object} Call
 * @property {CallKind} kind
 * @property {number} began ticket
 * @property {number} ended ticket
 * @property {number} handle of the object; -1 for `empty`
 */

/** @typedef {{ slot: number, generation: number, acquired: Call, released: Call | null }} Use */

const INDEX_SPAN = 2 ** 24;
const GENERATION_SPAN = 2 ** 24;

/**
 * @param {Call[]} calls of all threads, in any order; all slots are free at first
 * @param {number} capacity
 * @returns {string[]} what is wrong; none: nothing
 */
export function checkHistory(calls, capacity) {
  /** @type {string[]} */
  const faults = [];
  const uses = usesOf(calls, faults);
  checkOrder(uses, faults);
  checkCapacity(uses, capacity, faults);
  checkEmpty(calls, uses, capacity, faults);
  return faults;
}

/**
 * @param {Call[]} calls
 * @param {string[]} faults
 * @returns {Use[]} by slot and generation
 */
function usesOf(calls, faults) {
  /** @type {Map<number, Use>} */
  const uses = new Map();
  for (const call of calls) {
    const { kind, handle } = call;
    if (kind !== 'acquire') continue;
    if (uses.has(handle)) faults.push(`${nameOf(handle)} was acquired twice`);
    const generation = Math.floor(handle / INDEX_SPAN) % GENERATION_SPAN;
    uses.set(handle, { slot: handle % INDEX_SPAN, generation, acquired: call, released: null });
  }
  for (const call of calls) {
    const { kind, handle } = call;
    if (kind !== 'release') continue;
    const use = uses.get(handle);
    if (use === undefined) faults.push(`${nameOf(handle)} was released and never acquired`);
    else if (use.released !== null) faults.push(`${nameOf(handle)} was released twice`);
    else use.released = call;
  }
  return [...uses.values()].sort((a, b) => a.slot - b.slot || a.generation - b.generation);
}

/**
 * @param {Use[]} uses
 * @param {string[]} faults
 */
function checkOrder(uses, faults) {
  uses.forEach(({ slot, generation, acquired, released }, i) => {
    const name = nameOf(acquired.handle);
    if (released !== null && released.ended < acquired.began) {
      faults.push(`${name} was released before it was acquired`);
    }
    const next = uses[i + 1];
    if (next === undefined || next.slot !== slot) return;
    if (next.generation !== generation + 1) {
      faults.push(`${name} is followed by ${nameOf(next.acquired.handle)}`);
    }
    if (released === null || released.began > next.acquired.ended) {
      faults.push(`${name} was in use when ${nameOf(next.acquired.handle)} was acquired`);
    }
  });
}

/**
 * @param {Use[]} uses
 * @param {number} capacity
 * @param {string[]} faults
 */
function checkCapacity(uses, capacity, faults) {
  const changes = uses.flatMap(({ acquired, released }) => [
    { ticket: acquired.ended, by: 1 },
    { ticket: released?.began ?? Number.POSITIVE_INFINITY, by: -1 },
  ]);
  changes.sort((a, b) => a.ticket - b.ticket);
  let count = 0;
  for (const { ticket, by } of changes) {
    count += by;
    if (count > capacity) faults.push(`${count} of ${capacity} slots are in use at ${ticket}`);
  }
}

/**
 * @param {Call[]} calls
 * @param {Use[]} uses
 * @param {number} capacity
 * @param {string[]} faults
 */
function checkEmpty(calls, uses, capacity, faults) {
  const end = calls.reduce((last, { ended }) => Math.max(last, ended), 0) + 2;
  const counts = new Int32Array(end + 1);
  /** First ticket at which a slot is not yet counted. @type {Map<number, number>} */
  const counted = new Map();
  for (const { slot, acquired, released } of uses) {
    // Uses of a slot may overlap by a little; the slot counts once.
    const from = Math.max(acquired.began, counted.get(slot) ?? 0);
    const to = Math.max(released === null ? end : released.ended + 1, from);
    counts[from]++;
    counts[to]--;
    counted.set(slot, to);
  }
  for (let ticket = 1; ticket < end; ticket++) counts[ticket] += counts[ticket - 1];
  for (const { kind, began, ended } of calls) {
    if (kind !== 'empty') continue;
    const most = Math.max(...counts.subarray(began, ended + 1));
    if (most < capacity) {
      faults.push(`EMPTY at ${began}..${ended}, and at most ${most} of ${capacity} were in use`);
    }
  }
}

/** @param {number} handle */
function nameOf(handle) {
  const generation = Math.floor(handle / INDEX_SPAN) % GENERATION_SPAN;
  return `use ${generation} of slot ${handle % INDEX_SPAN}`;
}
