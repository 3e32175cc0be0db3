/**
 * Where the live allocations of a debug heap were made: `heap.leaks()`.
 *
 * Everything is allocated by a few methods of Core. Those of a debug heap are replaced on its one core by ones that
 * note the caller; other heaps keep theirs and pay nothing. What was noted is compared with the memory when it is
 * asked for, because other threads free as well:
 *
 *     block     live when its owner byte says so
 *     region    live when its record still has the serial that it was opened with
 *
 * Layer: heap. What was noted belongs to one agent.
 *
 * @module heap/leaks
 */
import { framesOutside } from '../base/call-site.js';
import { QbError } from '../base/errors.js';
import { LIMITS, REGION } from '../base/generated/layout.js';
import { REGION_NAMES, regionKind } from './inspect.js';
import { regionSerial } from './region.js';
import { readRoots } from './roots.js';

/** @typedef {import('../base/memory.js').Memory} Memory */
/** @typedef {import('../base/module.js').Core} Core */

/**
 * What one place in the program has allocated and not freed.
 *
 * @typedef {object} Leak
 * @property {'block' | 'arena' | 'pool' | 'memory_pool' | 'channel'} kind a struct that stands alone is a block
 * @property {string} site the innermost line of the stack that is not of this library; in a bundle that has both, all lines
 * @property {number} count how many allocations
 * @property {number} bytes of all of them: of blocks what was asked for, of the others what they take now
 */

/** What was noted. `serial` of a block is 0. @typedef {{ site: string, bytes: number, serial: number }} Note */

/** @type {WeakMap<Core, Map<number, Note>>} by core, then by address */
const notes = new WeakMap();

/**
 * From now on this agent notes what it allocates.
 *
 * @param {Core} core
 * @param {Memory} memory
 */
export function noteAllocations(core, memory) {
  /** @type {Map<number, Note>} */
  const noted = new Map();
  notes.set(core, noted);
  const { alloc, allocAligned, calloc, realloc, free } = core;

  /** @param {number} address @param {number} bytes @param {Function} method */
  const note = (address, bytes, method) => {
    noted.set(address, { site: siteOf(method), bytes, serial: 0 });
    return address;
  };
  core.alloc = function noteAlloc(bytes) {
    return note(alloc.call(core, bytes), bytes, noteAlloc);
  };
  core.allocAligned = function noteAllocAligned(bytes, align) {
    return note(allocAligned.call(core, bytes, align), bytes, noteAllocAligned);
  };
  core.calloc = function noteCalloc(count, bytes) {
    return note(calloc.call(core, count, bytes), count * bytes, noteCalloc);
  };
  core.realloc = function noteRealloc(address, bytes) {
    const moved = realloc.call(core, address, bytes);
    noted.delete(address);
    return note(moved, bytes, noteRealloc);
  };
  core.free = (address) => {
    free.call(core, address);
    noted.delete(address);
  };

  /**
   * @template {unknown[]} A
   * @param {(...args: A) => number} open
   * @param {object} owner of the method
   */
  const noting = (open, owner) =>
    /** @param {A} args */
    function noteOpen(...args) {
      const address = open.apply(owner, args);
      memory.ensure(address + LIMITS.REGION_BYTES);
      const serial = regionSerial(memory, address);
      noted.set(address, { site: siteOf(noteOpen), bytes: 0, serial });
      return address;
    };
  core.arenaOpen = noting(core.arenaOpen, core);
  core.poolOpen = noting(core.poolOpen, core);
  core.memory.open = noting(core.memory.open, core.memory);
  core.channels.open = noting(core.channels.open, core.channels);
}

/**
 * @param {Core} core
 * @param {Memory} memory
 * @returns {Leak[]} most bytes first
 * @throws {QbError} `UNSUPPORTED`
 */
export function readLeaks(core, memory) {
  const noted = notes.get(core);
  if (noted === undefined) {
    throw new QbError(
      'UNSUPPORTED',
      'only a debug heap notes where its allocations were made. Make it with Heap.create({ debug: true }).',
    );
  }
  memory.refresh();
  const published = new Set(Array.from(readRoots(memory), ([, { value }]) => value));
  /** @type {Map<string, Leak>} */
  const leaks = new Map();
  for (const [address, { site, bytes, serial }] of noted) {
    const live = serial === 0 ? block(core, address, bytes) : region(memory, address, serial);
    if (live === null) noted.delete(address);
    else if (!published.has(address)) {
      const leak = leaks.get(live.kind + site) ?? { kind: live.kind, site, count: 0, bytes: 0 };
      leak.count++;
      leak.bytes += live.bytes;
      leaks.set(live.kind + site, leak);
    }
  }
  return [...leaks.values()].sort((a, b) => b.bytes - a.bytes || b.count - a.count);
}

/** @param {Function} method @returns {string} */
function siteOf(method) {
  const { frames, isWhole } = framesOutside(method);
  return isWhole ? frames.join('\n') : frames[0];
}

/** @param {Core} core @param {number} address @param {number} bytes */
function block(core, address, bytes) {
  return core.blockOwner(address) === 0 ? null : { kind: /** @type {const} */ ('block'), bytes };
}

/** @param {Memory} memory @param {number} address @param {number} serial */
function region(memory, address, serial) {
  const kind = regionKind(memory, Math.floor(address / LIMITS.REGION_BYTES));
  if (kind === 0 || regionSerial(memory, address) !== serial) return null;
  const pages = memory.root.u32[(address + REGION.spanPages) >>> 2];
  const name = /** @type {Exclude<Leak['kind'], 'block'>} */ (REGION_NAMES[kind]);
  return { kind: name, bytes: LIMITS.REGION_BYTES + pages * LIMITS.PAGE_BYTES };
}
