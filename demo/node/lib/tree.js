/**
 * The index as a tree in shared memory.
 *
 *     node  | hash | nameBytes | left | right | count | files | lastFile | name ... |
 *
 * A plain binary search tree, ordered by the hash of the name, then by its bytes. Hashes are spread evenly,
 * so the tree stays flat without balancing. Whichever worker made it, a tree has the same order: that is
 * what lets the main thread read several side by side (merge.js).
 *
 * All nodes of a worker stand in one arena: bumped one behind the other, never freed one by one. Every
 * token comes through here, so this code works on addresses, with the static accessors of the struct.
 *
 * @module demo/lib/tree
 */
import { struct, t } from '../../../js/index.js';

/** The name's bytes follow the struct. */
export class IndexNode extends struct('IndexNode', {
  hash: t.u32,
  nameBytes: t.u32,
  left: t.ref('IndexNode'),
  right: t.ref('IndexNode'),
  count: t.u32,
  files: t.u32,
  lastFile: t.u32,
}) {}

const RECENT_COUNT = 2 ** 14;

/** @typedef {{root: number, arena: import('../../../js/index.js').Arena['descriptor']}} Handed */

/**
 * The worker's side.
 */
export class TreeBuilder {
  #arena;
  #table;
  #get = IndexNode.get;
  #set = IndexNode.set;
  #fileNumber = 0;
  /** Address of the root node; 0: the tree is empty. */
  #root = 0;
  /** The node that was last found for a hash that ends so: most tokens are names just seen. */
  #recent = new Uint32Array(RECENT_COUNT);

  /** @param {import('../../../js/index.js').Heap} heap */
  constructor(heap) {
    this.#arena = heap.arena(IndexNode, { ambient: false });
    this.#table = heap.memory.root;
  }

  /**
   * @param {Uint8Array} bytes of one file
   * @param {typeof import('./tokens.js').eachIdentifier} eachIdentifier
   */
  addFile(bytes, eachIdentifier) {
    const get = this.#get;
    const set = this.#set;
    const fileNumber = ++this.#fileNumber;
    eachIdentifier(bytes, (start, end) => {
      const node = this.#nodeOf(bytes, start, end);
      set.count(node, get.count(node) + 1);
      if (get.lastFile(node) === fileNumber) return;
      set.lastFile(node, fileNumber);
      set.files(node, get.files(node) + 1);
    });
  }

  /** @returns {Handed} all that the main thread needs: where the tree begins, and the arena to hold on to */
  handOver() {
    return { root: this.#root, arena: this.#arena.descriptor };
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} start of the name
   * @param {number} end
   * @returns {number} address of its node
   */
  #nodeOf(bytes, start, end) {
    const hash = hashOf(bytes, start, end);
    const recent = this.#recent[hash % RECENT_COUNT];
    if (
      recent !== 0 &&
      this.#get.hash(recent) === hash &&
      this.#compareName(bytes, start, end, recent) === 0
    ) {
      return recent;
    }
    const node = this.#findOrMake(bytes, start, end, hash);
    this.#recent[hash % RECENT_COUNT] = node;
    return node;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} start
   * @param {number} end
   * @param {number} wanted hash of the name
   * @returns {number} address of its node
   */
  #findOrMake(bytes, start, end, wanted) {
    const { hash, left, right } = this.#get;
    let parent = 0;
    let order = 0;
    for (let at = this.#root; at !== 0; at = order < 0 ? left(at) : right(at)) {
      order = wanted - hash(at) || this.#compareName(bytes, start, end, at);
      if (order === 0) return at;
      parent = at;
    }
    const made = this.#make(bytes, start, end, wanted);
    if (parent === 0) this.#root = made;
    else if (order < 0) this.#set.left(parent, made);
    else this.#set.right(parent, made);
    return made;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} start
   * @param {number} end
   * @param {number} hash
   * @returns {number} address of a new node
   */
  #make(bytes, start, end, hash) {
    const node = this.#arena.alloc(IndexNode.bytes + end - start);
    const name = node + IndexNode.bytes;
    const set = this.#set;
    set.hash(node, hash);
    set.nameBytes(node, end - start);
    set.left(node, 0);
    set.right(node, 0);
    set.count(node, 0);
    set.files(node, 0);
    set.lastFile(node, 0);
    const { u8 } = this.#table;
    for (let i = start; i < end; i++) u8[name + i - start] = bytes[i];
    return node;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} start
   * @param {number} end
   * @param {number} node
   * @returns {number} below 0: the name comes before the node's
   */
  #compareName(bytes, start, end, node) {
    const lengths = end - start - this.#get.nameBytes(node);
    if (lengths !== 0) return lengths;
    const { u8 } = this.#table;
    const name = node + IndexNode.bytes - start;
    for (let i = start; i < end; i++) {
      const difference = bytes[i] - u8[name + i];
      if (difference !== 0) return difference;
    }
    return 0;
  }
}

/**
 * FNV-1a, and then mixed so that all bits depend on all others: the tree is as flat as they are even.
 *
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 * @returns {number} uint32
 */
function hashOf(bytes, start, end) {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
