import { afterEach, describe, expect, it } from 'vitest';
import {
  allocatorAt,
  closeScope,
  currentAllocator,
  defaultAllocator,
  openScope,
  siteOf,
} from '../../js/heap/ambient.js';
import { Heap } from '../../js/index.js';
import { expectError } from '../support/heap.js';

class Node {}
class Leaf extends Node {}
class Edge {}

/** @type {Heap[]} */
const opened = [];

/** @param {string} [name] */
function open(name = 'heap') {
  const heap = Heap.create({ maximum: 2 ** 20, name });
  opened.push(heap);
  return heap;
}

/** @type {import('../../js/heap/ambient.js').Allocator[]} */
const scopes = [];

/** @param {Heap} heap @param {(abstract new () => object)[]} types */
function openFor(heap, ...types) {
  /** @type {import('../../js/heap/ambient.js').Allocator} */
  const allocator = {
    kind: 'arena',
    heap,
    table: heap.memory.createTable(),
    allocate: () => 0,
  };
  openScope(allocator, types);
  scopes.push(allocator);
  return allocator;
}

afterEach(() => {
  for (const scope of scopes.splice(0)) closeScope(scope);
  for (const heap of opened.splice(0)) heap.close();
});

/** @param {import('../../js/heap/ambient.js').Allocator} a @param {unknown} b */
const expectSame = (a, b) => expect(a === b).toBe(true);

describe('the default heap', () => {
  it('is the one that was made last and is open', () => {
    const first = open();
    expectSame(currentAllocator(Node), first.allocator);
    const second = open();
    expectSame(currentAllocator(Node), second.allocator);
    second.close();
    expectSame(currentAllocator(Node), first.allocator);
  });

  it('can be chosen', () => {
    const first = open();
    open();
    first.use();
    expectSame(currentAllocator(Edge), first.allocator);
  });

  it('is missing when none is open, which names the class and the cure', () => {
    const error = expectError(() => currentAllocator(Leaf), 'NO_HEAP');
    expect(error.message).toMatch(/new Leaf\(\).*Heap\.create\(\)/);
    expect(defaultAllocator()).toBe(null);
    open().close();
    expectError(() => currentAllocator(Leaf), 'NO_HEAP');
  });

  it('allocates, aligned, within what its table covers', () => {
    const { allocator } = open();
    for (const [bytes, align] of [
      [10, 1],
      [100, 16],
      [100, 4096],
      [300_000, 8],
    ]) {
      const address = allocator.allocate(bytes, align);
      expect(address % align).toBe(0);
      expect(allocator.table.byteLength).toBeGreaterThanOrEqual(address + bytes);
    }
  });
});

describe('scopes', () => {
  it('serve their classes and the subclasses of these', () => {
    const heap = open();
    const scope = openFor(heap, Node);
    expectSame(currentAllocator(Node), scope);
    expectSame(currentAllocator(Leaf), scope);
    expectSame(currentAllocator(Edge), heap.allocator);
  });

  it('nest: the innermost that has the class or a superclass wins', () => {
    const heap = open();
    const leafs = openFor(heap, Leaf);
    const both = openFor(heap, Node, Edge);
    const edges = openFor(heap, Edge);
    expectSame(currentAllocator(Leaf), both);
    expectSame(currentAllocator(Node), both);
    expectSame(currentAllocator(Edge), edges);
    closeScope(both);
    expectSame(currentAllocator(Leaf), leafs);
    expectSame(currentAllocator(Node), heap.allocator);
  });

  it('close in any order, once', () => {
    const heap = open();
    const [outer, inner] = [openFor(heap, Node), openFor(heap, Node)];
    expect(closeScope(outer)).toBe(true);
    expectSame(currentAllocator(Node), inner);
    expect(closeScope(outer)).toBe(false);
    expect(closeScope(inner)).toBe(true);
    expectSame(currentAllocator(Node), heap.allocator);
  });

  it('win over a heap that was made while they are open', () => {
    const scope = openFor(open(), Node);
    open();
    expectSame(currentAllocator(Node), scope);
  });

  it('are not remembered by a class once they are closed', () => {
    const heap = open();
    const scope = openFor(heap, Node);
    const site = siteOf(Leaf);
    expectSame(allocatorAt(site), scope);
    closeScope(scope);
    expect(site.allocator).toBe(null);
    allocatorAt(site);
    heap.close();
    expect(site.allocator).toBe(null);
  });
});
