/**
 * The names of the package, by one of the entries that make heaps.
 *
 * @module
 */

/** @typedef {Pick<typeof import('qbwasm'), 'Heap' | 'QbError'>} Names */

/**
 * @param {string | undefined} entry `main`, `external`, `parts`
 * @param {string | URL} [core] where `external` finds the core, if not where the package has it
 * @returns {Promise<Names>}
 */
export async function namesOf(entry = 'main', core) {
  if (entry === 'main') return import('./entries/main.js');
  if (entry === 'parts') return import('./entries/parts.js');
  const { load, ...names } = await import('./entries/external.js');
  await load(core);
  return names;
}
