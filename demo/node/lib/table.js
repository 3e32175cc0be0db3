/**
 * The index as one would write it without shared memory: a Map in each worker, sent by postMessage.
 *
 * @module demo/lib/table
 */

/** @typedef {{count: number, files: number}} Entry */
/** @typedef {Map<string, Entry>} Table */

/**
 * The worker's side: counts into a Map.
 */
export class TableBuilder {
  /** @type {Table} */
  #table = new Map();

  /**
   * @param {Uint8Array} bytes of one file
   * @param {typeof import('./tokens.js').eachIdentifier} eachIdentifier
   */
  addFile(bytes, eachIdentifier) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    /** @type {Map<string, number>} */
    const counts = new Map();
    eachIdentifier(bytes, (start, end) => {
      const name = text.slice(start, end);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    });
    for (const [name, count] of counts) add(this.#table, name, count, 1);
  }

  /** @returns {Table} which the caller posts: the engine copies it into the other thread */
  handOver() {
    return this.#table;
  }
}

/**
 * The main thread's side.
 *
 * @param {Table[]} tables
 * @returns {Table}
 */
export function mergeTables([first = new Map(), ...others]) {
  for (const table of others) {
    for (const [name, { count, files }] of table) add(first, name, count, files);
  }
  return first;
}

/**
 * @param {Table} table
 * @param {string} name
 * @param {number} count
 * @param {number} files
 */
function add(table, name, count, files) {
  const entry = table.get(name);
  if (entry === undefined) {
    table.set(name, { count, files });
  } else {
    entry.count += count;
    entry.files += files;
  }
}
