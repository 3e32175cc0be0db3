/**
 * The example of quelling blade's README, line by line: trees of nodes that are made where the code runs,
 * in the heap, in an arena, and in an arena that one of them outlives.
 *
 * It prints three lines, and a warning on stderr about the one that is still alive.
 *
 *   node demo/node/tree.js
 *
 * @module demo/tree
 */
import assert from 'node:assert/strict';
import { Heap, struct, t } from '../../js/index.js';

/** A simple binary tree node. */
class Node extends struct('Node', {
  /** The value of the node. */
  value: t.any,
  /** Getters, because Node is known only when its class is complete. */
  get left() {
    return t.ref(Node);
  },
  get right() {
    return t.ref(Node);
  },
}) {
  /**
   * @param {unknown} value
   * @param {Node | null} [left]
   * @param {Node | null} [right]
   */
  constructor(value, left = null, right = null) {
    super();
    this.value = value;
    this.left = left;
    this.right = right;
  }

  /**
   * @param {number} [level]
   * @returns {string}
   */
  pretty(level = 0) {
    const outer = '  '.repeat(level);
    const inner = '  '.repeat(level + 1);
    const left = this.left?.pretty(level + 1) ?? `${inner}null`;
    const right = this.right?.pretty(level + 1) ?? `${inner}null`;
    return `${outer}Node(\n${inner}${JSON.stringify(this.value)},\n${left},\n${right},\n${outer})`;
  }

  /**
   * The nodes of the tree, this one first.
   *
   * @override
   * @returns {IterableIterator<Node>}
   */
  *[Symbol.iterator]() {
    yield this;
    if (this.left !== null) yield* this.left;
    if (this.right !== null) yield* this.right;
  }
}

/** A binary tree of letters. */
function createTree() {
  return new Node(
    'a',
    new Node(
      'b',
      new Node('c', new Node('d'), new Node('e')),
      new Node('f', new Node('g'), new Node('h')),
    ),
    new Node(
      'i',
      new Node('j', new Node('k'), new Node('l')),
      new Node('m', new Node('n'), new Node('o')),
    ),
  );
}

/**
 * @param {unknown[]} values sorted
 * @returns {Node | null}
 */
function treeOf(values) {
  if (values.length === 0) return null;
  const pivot = values.length >> 1;
  return new Node(values[pivot], treeOf(values.slice(0, pivot)), treeOf(values.slice(pivot + 1)));
}

/**
 * A balanced search tree of the same values.
 *
 * @param {Node} tree
 */
function sort(tree) {
  const sorted = treeOf(Array.from(tree, (node) => node.value).sort());
  assert(sorted !== null);
  return sorted;
}

/**
 * Makes a tree and processes it.
 *
 * @param {string} message
 * @param {boolean} [isReturned]
 */
function doWork(message, isReturned = false) {
  console.log(message);

  // Allocate some objects, wherever Node allocates now.
  const tree = createTree();

  // Process the objects and allocate some more.
  const sorted = sort(tree);

  // The heap keeps a struct until it is freed. In an arena this frees nothing: all goes at its exit.
  Node.free(tree, { graph: true });
  if (isReturned) return sorted;
  Node.free(sorted, { graph: true });
  return null;
}

const heap = Heap.create({ maximum: 2 ** 24 });

// The first use of a class stores its schema in the heap, for other workers. It stays.
heap.schemas.add(Node);
const idleBytes = heap.stats().liveBytes;

// Work as usual: nodes are blocks of the heap.
doWork('global scope');
assert.equal(heap.stats().liveBytes, idleBytes);

// In this arena stand all nodes and those of subclasses, one behind the other.
const arena = heap.arena(Node);
try {
  doWork('in context');
} finally {
  arena.close();
}
// Nothing was alive at the exit, so the storage went in one step.
assert.equal(heap.stats().liveBytes, idleBytes);

// The result outlives its arena. It cannot be freed at the exit, which would invalidate it: it becomes the
// owner of all the memory, and a warning says so.
const scope = heap.arena(Node);
const escaped = scope.run(() => doWork('escape context', true));

assert(escaped !== null);
assert.equal(
  Array.from(escaped, (node) => node.value)
    .sort()
    .join(''),
  'abcdefghijklmno',
);
assert.match(escaped.pretty(), /^Node\(\n {2}"h",\n {2}Node\(\n {4}"d",/);
assert(heap.stats().liveBytes > idleBytes);

// The last one that is alive is released, and the whole arena goes with it.
scope.release(escaped);
assert.equal(heap.stats().liveBytes, idleBytes);
assert.throws(() => escaped.value, { code: 'CLOSED' });
heap.close();
