/**
 * Struct graphs: a struct and what it refers to, copied or freed as a whole.
 *
 * Both work with a list of their own instead of recursion, so a chain of a million structs is no deeper than
 * one; and both remember what they met, so cycles end and a struct that is referred to twice is copied or
 * freed once.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/graph
 */
import { QbError } from '../base/errors.js';
import { readField, writeField } from './codec.js';
import { isView, keyOf, metaOfView } from './reflect.js';
import { arenaAddressAt, dropFar, scopeOf } from './scope.js';
import { clearSlot } from './slot.js';

/** @typedef {import('../base/memory.js').MemoryTable} MemoryTable */
/** @typedef {import('./schema.js').Field} Field */
/** @typedef {import('./schema.js').Schema} Schema */
/** @typedef {import('./scope.js').View} View */

/**
 * The structs that a view refers to directly, also out of structs nested in it.
 *
 * @param {View} view
 * @returns {View[]}
 */
function targetsOf(view) {
  const { schema } = metaOfView(view);
  const direct = schema.references.map((field) => readField(field, view.m, view.address));
  const nested = schema.nested.map((field) => readField(field, view.m, view.address));
  return [...direct.filter(isView), ...nested.filter(isView).flatMap(targetsOf)];
}

/* ---- free ---- */

/**
 * Frees a struct of the heap with its boxes; with `isGraph` also what is reachable from it within the heap. A
 * struct of an arena goes with its arena; there this only ends the view.
 *
 * @param {View} root its view throws afterwards
 * @param {boolean} isGraph
 * @throws {import('../base/errors.js').QbError} `ADDRESS`, `DOUBLE_FREE`, `FREED`, `CLOSED`
 */
export function freeStructs(root, isGraph) {
  void root.m.u8[root.address]; // throws when its scope is closed, or when it was freed
  const { kind, heap } = scopeOf(root.m);
  if (kind === 'pool') {
    throw new QbError(
      'OWNER',
      'the struct belongs to a pool; give it back with pool.release(view).',
      {
        address: root.address,
      },
    );
  }
  if (kind === 'arena' || arenaAddressAt(root.m, root.address) !== 0) {
    clearOwned(metaOfView(root).schema, root.m, root.address);
    endView(root);
    return;
  }
  // The core knows why this is no live block, and says so.
  if (heap.core.usableBytes(root.address) === 0) heap.core.free(root.address);
  for (const view of isGraph ? reachable(root) : [root]) freeOne(view);
}

/**
 * @param {View} root
 * @returns {View[]} blocks of the heap that can be reached, the root first
 */
function reachable(root) {
  const { core } = scopeOf(root.m).heap;
  const seen = new Set([root.address]);
  const views = [root];
  for (let i = 0; i < views.length; i++) {
    for (const target of targetsOf(views[i])) {
      const isOwnBlock = target.m === root.m && core.usableBytes(target.address) > 0;
      if (!isOwnBlock || seen.has(target.address)) continue;
      seen.add(target.address);
      views.push(target);
    }
  }
  return views;
}

/** @param {View} view */
function freeOne(view) {
  clearOwned(metaOfView(view).schema, view.m, view.address);
  scopeOf(view.m).heap.core.free(view.address);
  endView(view);
}

/** @param {View} view every access to it throws from now on; other views of the struct do not */
function endView(view) {
  /** @type {{ m: MemoryTable }} */ (view).m = freedTable(scopeOf(view.m).heap);
}

/**
 * Frees the boxes of a struct and forgets its far references.
 *
 * @param {Schema} schema
 * @param {MemoryTable} m
 * @param {number} address
 */
export function clearOwned(schema, m, address) {
  for (const field of schema.boxed) clearSlot(m, address + field.offset);
  if (m.far !== null) for (const field of schema.references) dropFar(m, address + field.offset);
  for (const { offset, link } of schema.nested) {
    if (link !== null) clearOwned(link.found.schema, m, address + offset);
  }
}

/**
 * @param {Schema} schema
 * @returns {boolean} whether its structs can have boxes
 */
export function ownsBoxes(schema) {
  return (
    schema.boxed.length > 0 ||
    schema.nested.some(({ link }) => link !== null && ownsBoxes(link.found.schema))
  );
}

/** @type {WeakMap<object, MemoryTable>} by heap */
const freedTables = new WeakMap();

/**
 * The table that views of freed structs get: every access throws.
 *
 * @param {import('../heap/heap.js').Heap} heap
 * @returns {MemoryTable}
 */
function freedTable(heap) {
  let table = freedTables.get(heap);
  if (table === undefined) {
    table = heap.memory.createTable();
    table.scope = heap.allocator;
    table.revoke(new QbError('FREED', 'the struct was freed. Make a new one, or drop the view.'));
    freedTables.set(heap, table);
  }
  return table;
}

/* ---- copy ---- */

/**
 * Copies a struct and what it refers to within its scope. References that leave the scope stay as they are.
 * A reference into the middle of a struct becomes a copy of that part alone.
 *
 * @param {View} root
 * @param {(meta: import('./link.js').StructMeta) => View} create makes an empty struct where the copies go
 * @param {(view: View) => boolean} isInside whether a struct is to be copied
 * @returns {View} the copy of the root
 */
export function copyGraph(root, create, isInside) {
  /** @type {Map<string, View>} */
  const copies = new Map();
  /** @type {[View, View][]} source and copy, still to be filled */
  const open = [];
  /** @param {View} source */
  const copyOf = (source) => {
    const key = keyOf(source);
    let copy = copies.get(key);
    if (copy === undefined) {
      copy = create(metaOfView(source));
      copies.set(key, copy);
      open.push([source, copy]);
    }
    return copy;
  };
  try {
    const result = copyOf(root);
    for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
      fill(metaOfView(pair[0]).schema, pair[0], pair[1], (target) =>
        isInside(target) ? copyOf(target) : target,
      );
    }
    return result;
  } catch (error) {
    for (const copy of copies.values()) giveBack(copy);
    throw error;
  }
}

/**
 * @param {Schema} schema
 * @param {View} source
 * @param {View} copy
 * @param {(target: View) => View} follow
 */
function fill(schema, source, copy, follow) {
  for (const field of schema.list) {
    const value = readField(field, source.m, source.address);
    if (field.kind === 'struct' && isView(value)) {
      const part = readField(field, copy.m, copy.address);
      if (isView(part)) fill(metaOfView(value).schema, value, part, follow);
    } else {
      const isTarget = field.storedKind === 'ref' && isView(value);
      writeField(field, copy.m, copy.address, isTarget ? follow(value) : value);
    }
  }
}

/** @param {View} copy */
function giveBack(copy) {
  const { kind } = scopeOf(copy.m);
  if (kind === 'heap') freeOne(copy);
}
