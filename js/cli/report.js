/**
 * The report of qbwasm inspect, for people.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/report
 */
import { inspect } from 'node:util';
import { PackedDict } from '../struct/pack-dict.js';
import { typeText } from './layouts.js';
import { aligned, counted, grouped, printable, sized } from './text.js';

/** @typedef {import('./containers.js').ContainerInfo} ContainerInfo */
/** @typedef {import('./inspect.js').Report} Report */
/** @typedef {import('./layouts.js').StructLayout} StructLayout */

/** How much of a value is shown, in short and in full. */
const BRIEF = Object.freeze({ depth: 1, maxArrayLength: 8, maxStringLength: 80 });
const FULL = Object.freeze({ depth: 8, maxArrayLength: 1000, maxStringLength: 100_000 });
const LINE_CHARACTERS = 100;

/**
 * A value as Node prints it: nothing in it is obeyed by a terminal, and it ends.
 *
 * @param {unknown} value
 * @param {boolean} inFull
 * @returns {string}
 */
export function shownValue(value, inFull) {
  const options = inFull ? FULL : BRIEF;
  return inspect(value, { ...options, breakLength: LINE_CHARACTERS, compact: 3 });
}

/**
 * @param {Report} report
 * @returns {string}
 */
export function reportText(report) {
  const { file, kind, bytes, version, oldestReader, root } = report;
  const what = kind === 'image' ? 'image' : 'packed';
  const size = bytes < 1024 ? `${bytes} bytes` : `${sized(bytes)} (${grouped(bytes)} bytes)`;
  return [
    `${file}: ${what}, ${size}, format ${version}, for readers from ${oldestReader} on`,
    `root: ${root}`,
    ...containerLines(report.containers),
    ...valueLines(report.values, kind === 'packed'),
    ...report.structs.flatMap(structLines),
    ...report.entries.flatMap(([name, entries, isMap]) => entryLines(name, entries, isMap)),
  ].join('\n');
}

/** @param {readonly ContainerInfo[]} containers */
function containerLines(containers) {
  if (containers.length === 0) return [];
  const rows = containers.map(({ name, kind, key, value, count, values, bytes, parts, traits }) => [
    name === '' ? '(root)' : printable(name),
    [kind, ...traits].join(', '),
    printable([key, value].filter((type) => type !== '').join(' -> ')),
    grouped(count),
    kind === 'multiMap' ? grouped(values) : '',
    sized(bytes),
    Object.entries(parts)
      .map(([part, size]) => `${part} ${sized(size)}`)
      .join(', '),
  ]);
  const head = ['container', 'kind', 'types', 'count', 'values', 'size', 'parts'];
  return ['', ...aligned([head, ...rows], [3, 4, 5])];
}

/** @param {readonly [string, unknown][]} values @param {boolean} inFull */
function valueLines(values, inFull) {
  if (values.length === 0) return [];
  const lines = values.map(([name, value]) => {
    const label = name === '' ? '' : `${printable(name)}: `;
    return `  ${label}${indented(shownValue(value, inFull))}`;
  });
  return ['', 'values', ...lines];
}

/** @param {string} text below a line that begins with two blanks */
function indented(text) {
  return text.replaceAll('\n', '\n  ');
}

/** @param {StructLayout} layout */
function structLines({ name, bytes, print, code, text, fields }) {
  const shownPrint = print.toString(16).padStart(8, '0');
  const traits = [`${bytes} bytes`, `print ${shownPrint}`];
  if (code !== 0) traits.push(`code ${code}`);
  if (text === '') traits.push('its layout was left out');
  const rows = fields.map((field) => [
    String(field.offset),
    printable(field.name),
    printable(field.presence < 0 ? typeText(field.type) : `optional(${typeText(field.type)})`),
    field.presence < 0 ? '' : `presence at ${field.presence}`,
  ]);
  return ['', `struct ${printable(name)}: ${traits.join(', ')}`, ...aligned(rows, [0])];
}

/** @param {string} name @param {readonly unknown[]} entries @param {boolean} isMap */
function entryLines(name, entries, isMap) {
  const lines = entries.map((entry) => {
    const [key, value] = isMap ? /** @type {[unknown, unknown]} */ (entry) : ['', entry];
    const label = isMap ? `${shownValue(key, false)} => ` : '';
    return `  ${label}${indented(shownValue(value, false))}`;
  });
  const title = `${name === '' ? '(root)' : printable(name)}: the first ${counted(entries.length, 'entry')}`;
  return ['', title, ...lines];
}

/**
 * The first entries of a container.
 *
 * @param {unknown} container
 * @param {number} count
 * @returns {[entries: unknown[], isMap: boolean]}
 */
export function some(container, count) {
  const entries = [];
  const isIterable = typeof container === 'object' && container !== null;
  if (isIterable && count > 0) {
    for (const entry of /** @type {Iterable<unknown>} */ (container)) {
      entries.push(entry);
      if (entries.length === count) break;
    }
  }
  return [entries, container instanceof PackedDict];
}
