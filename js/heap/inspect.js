/**
 * Looking at a heap: counts, the page map for pictures, and the check of all invariants.
 *
 * Layer: heap. Any thread.
 *
 * @module heap/inspect
 */
import {
  ADDRESSES,
  CLASS,
  FAULT,
  FAULT_ENTRY,
  HEADER,
  LIMITS,
  OPTIONS,
  OWNER,
  PAGE_KIND,
  REGION_KIND,
  REGION_RECORD,
  STATS,
  THREAD,
} from '../base/generated/layout.js';

/** @typedef {import('../base/memory.js').Memory} Memory */
/** @typedef {import('../base/module.js').Core} Core */

/**
 * Exact while no other thread allocates.
 *
 * @typedef {object} HeapStats
 * @property {number} memoryBytes the memory's present length
 * @property {number} maximumBytes what it can grow to
 * @property {number} availableBytes of free pages, the growth to come included
 * @property {number} liveBytes in blocks, spans, arenas and slabs, rounded up as they are
 * @property {number} arenaBytes of these: arenas and their slabs
 * @property {number} poolBytes of these: pools
 * @property {number} memoryPoolBytes of these: memory pools and owners
 * @property {number} blocksLive blocks in use
 * @property {number} blocksShared blocks and spans owned by nobody
 * @property {number} blocksQuarantine debug heaps: freed, not yet reusable
 * @property {number} spansLive spans in use
 * @property {number} arenasLive arenas that were not released
 * @property {number} poolsLive pools that were not released
 * @property {number} memoryPoolsLive memory pools and owners
 * @property {number} threadsLive threads that are attached
 * @property {number} rootsLive names that are taken, those of schemas and locks included
 * @property {number} pageCount pages that the memory has now
 * @property {number} pagesMeta that hold the tables
 * @property {number} pagesVirgin never used
 * @property {number} pagesFree pages that hold nothing
 * @property {number} pagesBlocks pages of blocks
 * @property {number} pagesSpan pages of spans
 * @property {number} pagesAbandoned of pagesBlocks: without an owner
 * @property {number} pagesPending pages that a thread is taking at this moment
 */

/**
 * One entry a page. The arrays are private copies.
 *
 * @typedef {object} PageMap
 * @property {number} pageBytes bytes of a page
 * @property {number} pageCount pages that the memory has now
 * @property {number} pageMax pages that it can grow to
 * @property {Uint8Array<ArrayBuffer>} kinds see `kindNames`
 * @property {Uint8Array<ArrayBuffer>} owners thread number, 0 = nobody, 251 = a channel, 254 = an arena, 255 = shared
 * @property {Uint8Array<ArrayBuffer>} regions of a span that belongs to one: its kind, see `regionNames`; else 0
 * @property {Uint8Array<ArrayBuffer>} classes size class of a page of blocks, else 255
 * @property {Uint16Array<ArrayBuffer>} live blocks in use
 * @property {Uint16Array<ArrayBuffer>} capacity blocks that fit
 * @property {Float32Array<ArrayBuffer>} fill 0 .. 1
 * @property {Uint32Array<ArrayBuffer>} classBytes index: size class
 * @property {readonly string[]} kindNames index: kind
 * @property {readonly string[]} regionNames index: kind of region; '' for 0
 */

/**
 * What `heap.check()` found wrong.
 *
 * @typedef {object} Fault
 * @property {number} code number of the invariant that does not hold
 * @property {string} text the invariant in words
 * @property {number} page index of the page, or 0
 * @property {number} detail an address or index that belongs to it
 */

const NO_CLASS = 255;
/** Index: kind of a page. */
const KIND_NAMES = Object.freeze(
  Object.entries(PAGE_KIND)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name.toLowerCase()),
);

/** Index: kind of a region. */
export const REGION_NAMES = Object.freeze(
  Object.entries(REGION_KIND).reduce(
    (names, [name, kind]) => {
      names[kind] = name.toLowerCase();
      return names;
    },
    [''],
  ),
);

/**
 * A word of the header.
 *
 * @param {Memory} memory
 * @param {number} offset HEADER.x
 * @returns {number}
 */
export function headerWord(memory, offset) {
  return Atomics.load(memory.root.u32, (ADDRESSES.HEADER + offset) >>> 2);
}

/** @param {Memory} memory @returns {boolean} whether its heap was made with {debug: true} */
export function isDebug(memory) {
  return (headerWord(memory, HEADER.options) & OPTIONS.DEBUG) !== 0;
}

/**
 * @param {Memory} memory
 * @param {number} page index
 * @returns {number} the page's state word
 */
function pageState(memory, page) {
  const states = headerWord(memory, HEADER.statesAddress);
  return Atomics.load(memory.root.u32, (states >>> 2) + page);
}

/** @param {Memory} memory @param {number} page index @returns {number} PAGE_KIND */
export function pageKind(memory, page) {
  return pageState(memory, page) & 15;
}

/** @param {Memory} memory @param {number} page index @returns {number} of a page of blocks */
export function pageClass(memory, page) {
  return pageState(memory, page) >>> 12;
}

/**
 * Bytes of free pages, the growth to come included. Looks at the page states only, so that a loop of
 * failing allocations does not count blocks each time.
 *
 * @param {Memory} memory
 * @returns {number}
 */
export function availableBytes(memory) {
  const pageCount = headerWord(memory, HEADER.pageCount);
  let free = headerWord(memory, HEADER.pageMax) - pageCount;
  for (let page = 0; page < pageCount; page++) {
    const kind = pageKind(memory, page);
    if (kind === PAGE_KIND.VIRGIN || kind === PAGE_KIND.FREE) free++;
  }
  return free * LIMITS.PAGE_BYTES;
}

/**
 * @param {Core} core
 * @param {Memory} memory
 * @returns {HeapStats}
 */
export function readStats(core, memory) {
  const address = core.stats();
  memory.refresh();
  const { u32, u64 } = memory.root;
  /** @param {number} offset */
  const at = (offset) => u32[(address + offset) >>> 2];
  const pageCount = at(STATS.pageCount);
  const pageMax = at(STATS.pageMax);
  const pagesVirgin = at(STATS.pagesVirgin);
  const pagesFree = at(STATS.pagesFree);
  return {
    memoryBytes: memory.byteLength,
    maximumBytes: pageMax * LIMITS.PAGE_BYTES,
    availableBytes: (pageMax - pageCount + pagesVirgin + pagesFree) * LIMITS.PAGE_BYTES,
    liveBytes: Number(u64[(address + STATS.bytesLive) >>> 3]),
    arenaBytes: Number(u64[(address + STATS.bytesArena) >>> 3]),
    poolBytes: Number(u64[(address + STATS.bytesPool) >>> 3]),
    memoryPoolBytes: Number(u64[(address + STATS.bytesMemoryPool) >>> 3]),
    blocksLive: at(STATS.blocksLive),
    blocksShared: at(STATS.blocksShared),
    blocksQuarantine: at(STATS.blocksQuarantine),
    spansLive: at(STATS.spansLive),
    arenasLive: at(STATS.arenasLive),
    poolsLive: at(STATS.poolsLive),
    memoryPoolsLive: at(STATS.memoryPoolsLive),
    threadsLive: at(STATS.threadsLive),
    rootsLive: at(STATS.rootsLive),
    pageCount,
    pagesMeta: at(STATS.pagesMeta),
    pagesVirgin,
    pagesFree,
    pagesBlocks: at(STATS.pagesBlocks),
    pagesSpan: at(STATS.pagesSpan),
    pagesAbandoned: at(STATS.pagesAbandoned),
    pagesPending: at(STATS.pagesPending),
  };
}

/**
 * @param {Core} core
 * @param {Memory} memory
 * @returns {Fault[]} the first faults; none: the heap is sound
 */
export function readFaults(core, memory) {
  const found = core.check();
  const { u32 } = memory.root;
  const list = core.threadAddress + THREAD.faults;
  const faults = [];
  for (let i = 0; i < Math.min(found, LIMITS.FAULTS_MAX); i++) {
    const entry = list + i * FAULT_ENTRY.bytes;
    const code = u32[(entry + FAULT_ENTRY.code) >>> 2];
    faults.push({
      code,
      text: FAULT[code] ?? `fault ${code}`,
      page: u32[(entry + FAULT_ENTRY.pageIndex) >>> 2],
      detail: u32[(entry + FAULT_ENTRY.detail) >>> 2],
    });
  }
  return faults;
}

/**
 * @param {Memory} memory
 * @returns {PageMap}
 */
export function readPageMap(memory) {
  memory.refresh();
  const { u32 } = memory.root;
  const pageCount = headerWord(memory, HEADER.pageCount);
  const classesAt = (ADDRESSES.HEADER + HEADER.classes) >>> 2;
  /** @param {number} index @param {number} offset */
  const classWord = (index, offset) => u32[classesAt + ((index * CLASS.bytes + offset) >>> 2)];
  /** @type {PageMap} */
  const map = {
    pageBytes: LIMITS.PAGE_BYTES,
    pageCount,
    pageMax: headerWord(memory, HEADER.pageMax),
    kinds: new Uint8Array(pageCount),
    owners: new Uint8Array(pageCount),
    regions: new Uint8Array(pageCount),
    classes: new Uint8Array(pageCount).fill(NO_CLASS),
    live: new Uint16Array(pageCount),
    capacity: new Uint16Array(pageCount),
    fill: new Float32Array(pageCount),
    classBytes: Uint32Array.from({ length: LIMITS.CLASS_COUNT }, (_, i) =>
      classWord(i, CLASS.blockBytes),
    ),
    kindNames: KIND_NAMES,
    regionNames: REGION_NAMES,
  };
  let spanOwner = 0;
  let spanRegion = 0;
  for (let page = 0; page < pageCount; page++) {
    const state = pageState(memory, page);
    const kind = state & 15;
    const isTail = kind === PAGE_KIND.TAIL;
    const owner = isTail ? spanOwner : (state >>> 4) & 255;
    spanOwner = kind === PAGE_KIND.SPAN || isTail ? owner : 0;
    if (!isTail) spanRegion = spanOwner === OWNER.REGION ? regionKind(memory, state >>> 12) : 0;
    map.regions[page] = spanRegion;
    map.kinds[page] = kind;
    map.owners[page] = owner;
    if (kind === PAGE_KIND.BLOCKS) {
      const sizeClass = state >>> 12;
      const capacity = classWord(sizeClass, CLASS.blockCount);
      const live = countLive(memory, page, capacity);
      map.classes[page] = sizeClass;
      map.capacity[page] = capacity;
      map.live[page] = live;
      map.fill[page] = capacity === 0 ? 0 : live / capacity;
    } else if (kind !== PAGE_KIND.VIRGIN && kind !== PAGE_KIND.FREE) {
      map.fill[page] = 1;
    }
  }
  return map;
}

/**
 * @param {Memory} memory
 * @param {number} region its address in units of LIMITS.REGION_BYTES
 * @returns {number} REGION_KIND, or 0
 */
export function regionKind(memory, region) {
  const record = headerWord(memory, HEADER.regionsAddress) + region * REGION_RECORD.bytes;
  return Atomics.load(memory.root.u32, (record + REGION_RECORD.state) >>> 2) >>> 12;
}

/**
 * @param {Memory} memory
 * @param {number} page
 * @param {number} capacity
 * @returns {number} blocks of the page whose owner byte says they are in use
 */
function countLive(memory, page, capacity) {
  const { u8 } = memory.root;
  const map = headerWord(memory, HEADER.mapsAddress) + page * LIMITS.MAP_BYTES;
  let live = 0;
  for (let i = 0; i < capacity; i++) {
    const owner = u8[map + i];
    if (owner !== OWNER.NONE && owner !== OWNER.QUARANTINE) live++;
  }
  return live;
}
