/**
 * Reading the trees of all workers side by side, where they stand. Nothing is copied but the names that
 * are printed.
 *
 *     tree 1    3  7  8     12          each cursor walks its tree in order
 *     tree 2    3     8  9  12  15      equal names stand at the front of several cursors at once
 *     visit     3  7  8  9  12  15      with the sums of their counts
 *
 * @module demo/lib/merge
 */
import { IndexNode } from './tree.js';

/**
 * @callback VisitName
 * @param {number} node address of one of the nodes of that name
 * @param {number} count of all trees
 * @param {number} files of all trees
 */

/**
 * Visits every name once.
 *
 * @param {import('../../../js/index.js').Heap} heap
 * @param {number[]} roots
 * @param {VisitName} visit
 */
export function mergeTrees(heap, roots, visit) {
  // The workers may have grown the memory since this thread last looked.
  heap.memory.refresh();
  const { count, files } = IndexNode.get;
  const cursors = roots.map((root) => new Cursor(heap, root)).filter(({ node }) => node !== 0);
  /** Those at the least name. @type {Cursor[]} */
  const front = [];
  while (cursors.length > 0) {
    front.length = 0;
    for (const cursor of cursors) {
      const order = front.length === 0 ? 0 : cursor.compareNode(front[0].node);
      if (order < 0) front.length = 0;
      if (order <= 0) front.push(cursor);
    }
    const { node } = front[0];
    let countSum = 0;
    let filesSum = 0;
    for (const cursor of front) {
      countSum += count(cursor.node);
      filesSum += files(cursor.node);
      cursor.next();
      if (cursor.node === 0) cursors.splice(cursors.indexOf(cursor), 1);
    }
    visit(node, countSum, filesSum);
  }
}

/**
 * @param {import('../../../js/index.js').Heap} heap
 * @param {number} node
 * @returns {string} its name, which is ASCII
 */
export function nameOf(heap, node) {
  const start = node + IndexNode.bytes;
  const name = heap.memory.root.u8.subarray(start, start + IndexNode.get.nameBytes(node));
  return String.fromCharCode(...name);
}

/**
 * A place in a tree that moves from name to name in order.
 */
class Cursor {
  #heap;
  #get = IndexNode.get;
  /** The nodes above that are still to come, lowest last. @type {number[]} */
  #path = [];

  /**
   * @param {import('../../../js/index.js').Heap} heap
   * @param {number} root
   */
  constructor(heap, root) {
    this.#heap = heap;
    this.#descend(root);
    /** Address of the present node; 0 behind the last one. */
    this.node = this.#path.pop() ?? 0;
  }

  next() {
    this.#descend(this.#get.right(this.node));
    this.node = this.#path.pop() ?? 0;
  }

  /** @param {number} other node @returns {number} below 0: the present name comes before the other */
  compareNode(other) {
    const { hash, nameBytes } = this.#get;
    const { node } = this;
    const order = hash(node) - hash(other) || nameBytes(node) - nameBytes(other);
    if (order !== 0) return order;
    const { u8 } = this.#heap.memory.root;
    const end = node + IndexNode.bytes + nameBytes(node);
    for (let i = node + IndexNode.bytes, j = other + IndexNode.bytes; i < end; i++, j++) {
      if (u8[i] !== u8[j]) return u8[i] - u8[j];
    }
    return 0;
  }

  /** @param {number} node */
  #descend(node) {
    const { left } = this.#get;
    for (let at = node; at !== 0; at = left(at)) this.#path.push(at);
  }
}
