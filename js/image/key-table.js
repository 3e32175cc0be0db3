/**
 * The index of a map while it is built: which keys are there already. It is what will stand in the image.
 *
 *     slot  | entry + 1 | hash |        chunks of 64 Ki slots
 *
 * It is never more than three quarters full. It grows by chunks: while it doubles, each old chunk is given up as soon
 * as its slots have moved, and serves again as a new one. So doubling costs no second copy.
 *
 * Layer: image. A table belongs to one agent.
 *
 * @module image/key-table
 */

/** @typedef {import('./spool.js').Sink} Sink */

const CHUNK_LOG2 = 16;
const CHUNK_SLOTS = 2 ** CHUNK_LOG2;
const FIRST_SLOTS = 256;

/**
 * What tells whether two entries are one.
 *
 * @typedef {object} Comparer
 * @property {(entry: number) => boolean} isSame whether the key at hand is that of an entry
 */

export class KeyTable {
  /** @type {Uint32Array<ArrayBuffer>[]} */
  #chunks = [new Uint32Array(FIRST_SLOTS * 2)];
  #slots = FIRST_SLOTS;
  #limit = (FIRST_SLOTS / 4) * 3;
  #free = 0;

  /** Keys so far. */
  count = 0;

  /**
   * Looks for a key.
   *
   * @param {number} hash
   * @param {Comparer} comparer
   * @returns {number} its entry; -1 when there is none, and then {@link KeyTable.add} adds it
   */
  find(hash, comparer) {
    if (this.count >= this.#limit) this.#double();
    const chunks = this.#chunks;
    const mask = this.#slots - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const chunk = chunks[slot >>> CHUNK_LOG2];
      const word = (slot & (CHUNK_SLOTS - 1)) * 2;
      const entry = chunk[word];
      if (entry === 0) {
        this.#free = slot;
        return -1;
      }
      if (chunk[word + 1] === hash && comparer.isSame(entry - 1)) return entry - 1;
    }
  }

  /**
   * Adds the key that was looked for last and not found.
   *
   * @param {number} hash
   * @returns {number} its entry
   */
  add(hash) {
    const chunk = this.#chunks[this.#free >>> CHUNK_LOG2];
    const word = (this.#free & (CHUNK_SLOTS - 1)) * 2;
    chunk[word] = ++this.count;
    chunk[word + 1] = hash;
    return this.count - 1;
  }

  /**
   * @param {number} slots a power of two
   * @param {Uint32Array | null} rank new number of each entry, when the order changed
   * @param {Sink} sink takes the slots as they stand in an image
   */
  writeTo(slots, rank, sink) {
    while (this.#slots < slots) this.#double();
    if (rank !== null) this.#renumber(rank);
    if (this.#slots > slots) this.#rebuild(slots);
    for (const chunk of this.#chunks) {
      sink.append(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    }
  }

  /** @param {Uint32Array} rank */
  #renumber(rank) {
    for (const chunk of this.#chunks) {
      for (let word = 0; word < chunk.length; word += 2) {
        if (chunk[word] !== 0) chunk[word] = rank[chunk[word] - 1] + 1;
      }
    }
  }

  #double() {
    const slots = this.#slots * 2;
    if (this.#slots < CHUNK_SLOTS) {
      this.#rebuild(slots);
      return;
    }
    const old = this.#chunks;
    /** @type {(Uint32Array<ArrayBuffer> | undefined)[]} */
    const chunks = new Array(old.length * 2);
    /** @type {Uint32Array<ArrayBuffer>[]} */
    const spare = [];
    for (const chunk of old) {
      for (let word = 0; word < chunk.length; word += 2) {
        if (chunk[word] !== 0) put(chunks, slots - 1, chunk[word], chunk[word + 1], spare);
      }
      spare.push(chunk.fill(0));
    }
    this.#chunks = Array.from(chunks, (chunk) => chunk ?? spareOf(spare));
    this.#setSlots(slots);
  }

  /** @param {number} slots up to one chunk, or fewer than there are */
  #rebuild(slots) {
    const chunkSlots = Math.min(slots, CHUNK_SLOTS);
    const chunks = Array.from(
      { length: slots / chunkSlots },
      () => new Uint32Array(chunkSlots * 2),
    );
    for (const chunk of this.#chunks) {
      for (let word = 0; word < chunk.length; word += 2) {
        if (chunk[word] !== 0) put(chunks, slots - 1, chunk[word], chunk[word + 1], []);
      }
    }
    this.#chunks = chunks;
    this.#setSlots(slots);
  }

  /** @param {number} slots */
  #setSlots(slots) {
    this.#slots = slots;
    this.#limit = (slots / 4) * 3;
  }
}

/**
 * @param {(Uint32Array<ArrayBuffer> | undefined)[]} chunks
 * @param {number} mask slots - 1
 * @param {number} entry + 1
 * @param {number} hash
 * @param {Uint32Array<ArrayBuffer>[]} spare zeroed chunks
 */
function put(chunks, mask, entry, hash, spare) {
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const index = slot >>> CHUNK_LOG2;
    let chunk = chunks[index];
    if (chunk === undefined) {
      chunk = spareOf(spare);
      chunks[index] = chunk;
    }
    const word = (slot & (CHUNK_SLOTS - 1)) * 2;
    if (chunk[word] !== 0) continue;
    chunk[word] = entry;
    chunk[word + 1] = hash;
    return;
  }
}

/** @param {Uint32Array<ArrayBuffer>[]} spare */
function spareOf(spare) {
  return spare.pop() ?? new Uint32Array(CHUNK_SLOTS * 2);
}
