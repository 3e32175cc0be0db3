/**
 * From rows to the entries of a container.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/entries
 */
import { FITS } from '../struct/codec.js';

/** @typedef {import('./rows.js').RowReader} RowReader */
/** @typedef {import('./schema.js').Choice} Choice */
/** @typedef {import('./schema.js').ContainerPlan} ContainerPlan */
/** @typedef {Record<string, unknown>} Row */

/**
 * One pass over the rows.
 *
 * @param {RowReader} reader
 * @param {ContainerPlan} plan
 * @param {boolean} checksAll whether rows are converted as a whole, so that all of them is checked
 * @returns {AsyncGenerator<unknown, void>} elements, keys, or pairs of key and value
 */
export async function* entriesOf(reader, plan, checksAll) {
  const { key, value, missing } = plan;
  const choices = [key, value].filter((choice) => choice !== null);
  const isWhole = checksAll || choices.some(({ what }) => what === 'row');
  const fields = isWhole ? null : new Set(choices.map(({ field }) => field));
  let index = -1;
  for await (const row of reader.rows(fields)) {
    index++;
    const part = value === null ? undefined : take(value, row, index, reader);
    if (value !== null && isMissing(part, value)) {
      if (missing === 'skip') continue;
      throw lacking(reader, value, plan);
    }
    if (key === null) {
      yield part;
      continue;
    }
    const taken = take(key, row, index, reader);
    if (isMissing(taken, key)) {
      if (missing === 'skip') continue;
      throw lacking(reader, key, plan);
    }
    const keys = key.what === 'each' ? elementsOf(taken) : [taken];
    for (const one of keys) yield value === null ? one : [one, part];
  }
}

/**
 * @param {Choice} choice
 * @param {unknown} row
 * @param {number} index
 * @param {RowReader} reader
 * @returns {unknown}
 */
function take({ what, field, type }, row, index, reader) {
  if (what === 'row') return row;
  if (what !== 'index') return /** @type {Row} */ (row)[field];
  if (FITS[/** @type {'u32'} */ (type.kind)](index)) return index;
  throw reader.error(`the number of the row, ${index}, does not fit ${type}; choose a larger type`);
}

/** @param {unknown} value @param {Choice} choice */
function isMissing(value, { what, type }) {
  if (what === 'row') return false;
  return value === undefined || (value === null && type.kind !== 'any');
}

/** @param {RowReader} reader @param {Choice} choice @param {ContainerPlan} plan */
function lacking(reader, { field }, { name }) {
  const container = name === '' ? 'the container' : name;
  return reader.error(
    `the row has no value, and ${container} needs one. Say "missing": "skip" in the schema to leave such rows out`,
    [field],
  );
}

/** @param {unknown} value of a field with elements @returns {Iterable<unknown>} */
function elementsOf(value) {
  if (value instanceof Map) return value.keys();
  return /** @type {Iterable<unknown>} */ (value);
}
