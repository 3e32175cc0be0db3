/**
 * The example of cymem's README: sparse matrices in memory that one object owns. There each struct and each array
 * is allocated by hand, and its fields are C's; here they are structs in shared memory, read and written by name.
 *
 * A matrix is a struct with an array of rows; a row has two arrays, of the columns that are not zero and of their
 * values. Nobody frees any of these: they end with their owner, in one step.
 *
 *   node demo/node/sparse-matrix.js
 *
 * @module demo/sparse-matrix
 */
import assert from 'node:assert/strict';
import { Heap, struct, t } from '../../js/index.js';

/** @typedef {Record<number, number>} PlainRow column to value */

class SparseRow extends struct('SparseRow', {
  length: t.u32,
  /** Address of so many u32. */
  indices: t.u32,
  /** Address of so many f64. */
  values: t.u32,
}) {}

class SparseMatrix extends struct('SparseMatrix', {
  length: t.u32,
  /** Address of so many rows, one behind the other. */
  rows: t.u32,
}) {}

/** Some matrices that end together. */
class MatrixArray {
  #owner;
  /** @type {SparseMatrix[]} */
  #matrices = [];

  /**
   * @param {Heap} heap
   * @param {PlainRow[][]} plainMatrices
   */
  constructor(heap, plainMatrices) {
    this.#owner = heap.owner();
    for (const rows of plainMatrices) this.#matrices.push(this.#makeMatrix(rows));
  }

  get length() {
    return this.#matrices.length;
  }

  /** How many blocks it takes: one a matrix, one for its rows, two a row. */
  get blockCount() {
    return this.#owner.size;
  }

  /** @param {PlainRow[]} plainRows */
  #makeMatrix(plainRows) {
    const matrix = this.#owner.view(SparseMatrix, this.#owner.alloc(1, SparseMatrix.bytes));
    matrix.length = plainRows.length;
    matrix.rows = this.#owner.alloc(plainRows.length, SparseRow.bytes);
    plainRows.forEach((plainRow, i) => {
      this.#fillRow(this.#rowAt(matrix, i), plainRow);
    });
    return matrix;
  }

  /** @param {SparseRow} row @param {PlainRow} plainRow */
  #fillRow(row, plainRow) {
    const entries = Object.entries(plainRow);
    row.length = entries.length;
    row.indices = this.#owner.alloc(entries.length, 4);
    row.values = this.#owner.alloc(entries.length, 8);
    const { indices, values } = this.#arraysOf(row);
    entries.forEach(([column, value], i) => {
      indices[i] = Number(column);
      values[i] = value;
    });
  }

  /** @param {SparseMatrix} matrix @param {number} index */
  #rowAt(matrix, index) {
    return this.#owner.view(SparseRow, matrix.rows + index * SparseRow.bytes);
  }

  /** Of a row: typed arrays over its memory. @param {SparseRow} row */
  #arraysOf({ length, indices, values }) {
    const { buffer } = this.#owner.bytes(indices);
    return {
      indices: new Uint32Array(buffer, indices, length),
      values: new Float64Array(buffer, values, length),
    };
  }

  /**
   * Matrix times vector.
   *
   * @param {number} index of the matrix
   * @param {ArrayLike<number>} vector
   * @returns {number[]}
   */
  multiply(index, vector) {
    const matrix = this.#matrices[index];
    return Array.from({ length: matrix.length }, (_, i) => {
      const { indices, values } = this.#arraysOf(this.#rowAt(matrix, i));
      return indices.reduce((sum, column, at) => sum + values[at] * vector[column], 0);
    });
  }

  /** All matrices, rows and arrays are free. */
  dispose() {
    this.#owner.dispose();
  }
}

const heap = Heap.create({ maximum: 2 ** 24 });
const matrices = new MatrixArray(heap, [
  [{ 0: 2 }, { 1: 2 }, { 2: 2 }], // twice the identity
  [{ 0: 1, 2: 0.5 }, {}, { 0: -1, 1: 4, 2: 10 }],
]);

console.log(`${matrices.length} matrices in ${matrices.blockCount} blocks`);
const vector = [1, 2, 4];
for (let i = 0; i < matrices.length; i++) {
  console.log(`matrix ${i} times (${vector}) = (${matrices.multiply(i, vector)})`);
}
assert.deepEqual(matrices.multiply(0, vector), [2, 4, 8]);
assert.deepEqual(matrices.multiply(1, vector), [3, 0, 47]);

const taken = heap.stats().memoryPoolBytes;
matrices.dispose();
assert.equal(heap.stats().memoryPoolBytes, 0);
assert.throws(() => matrices.multiply(0, vector), { code: 'CLOSED' });
console.log(`disposed of: ${taken} bytes are free again`);
heap.close();
