/**
 * qbwasm inspect: what is in an image or packed value.
 *
 * Layer: entries. Node alone.
 *
 * @module cli/inspect
 */
import { inspect } from 'node:util';
import { QbError } from '../base/errors.js';
import { HEADER } from '../image/format.js';
import { openHeader } from '../image/image.js';
import { DictView } from '../struct/pack-dict.js';
import { HEAD } from '../struct/pack-format.js';
import { jsonOf } from '../struct/pack-json.js';
import { readBody } from '../struct/pack-read.js';
import { describeContainers, isContainer } from './containers.js';
import { badError, EXIT, usageError } from './errors.js';
import { readPacked } from './files.js';
import { layoutsOfSession } from './layouts.js';
import { find } from './lookup.js';
import { sessionsOf } from './packed-values.js';
import { reportText, shownValue, some } from './report.js';
import { printable } from './text.js';

/** @typedef {import('../struct/pack-session.js').Session} Session */
/** @typedef {import('./args.js').Arguments} Arguments */
/** @typedef {import('./containers.js').ContainerInfo} ContainerInfo */
/** @typedef {import('./files.js').PackedFile} PackedFile */
/** @typedef {import('./layouts.js').StructLayout} StructLayout */

/**
 * What inspect tells of a file.
 *
 * @typedef {object} Report
 * @property {string} file
 * @property {'image' | 'packed'} kind
 * @property {number} bytes
 * @property {number} version of the format that the writer knew
 * @property {number} oldestReader
 * @property {string} root what the value is
 * @property {ContainerInfo[]} containers
 * @property {[name: string, value: unknown][]} values what else is in the root; of a packed value the value itself
 * @property {StructLayout[]} structs
 * @property {[name: string, entries: unknown[], isMap: boolean][]} entries the first ones, with --head
 */

/**
 * A value of the root: one alone without a name is the root itself.
 *
 * @typedef {object} Part
 * @property {string} name
 * @property {number} body 0 for undefined
 * @property {unknown} value
 * @property {boolean} isContainer
 */

/** @type {import('./args.js').Command} */
export const command = {
  name: 'inspect',
  usage: `qbwasm inspect FILE [--key K] [--container NAME] [--head N] [--json]

Tells what is in an image or packed value: its root, containers with their types and sizes, structs.
FILE - is the standard input.

  -n, --head N           show the first N entries of each container
  -k, --key K            show the value of a key; of an array or list K is a position, of a struct a field.
                         NAME/K looks in one container, K alone in all of them
  -c, --container NAME   only this container; K is then taken as it is, with any / in it
      --json             print JSON
  -h, --help

Exit codes: 0; 1 the file is damaged or the key is not there; 2 wrong arguments; 3 the file cannot be read.`,
  options: {
    key: { type: 'string', short: 'k' },
    container: { type: 'string', short: 'c' },
    head: { type: 'count', short: 'n' },
    json: { type: 'boolean' },
  },
  positionals: ['FILE'],
  run,
};

/** @param {Arguments} args @returns {Promise<number>} */
async function run({ texts, counts, flags, positionals }) {
  const { key, container } = texts;
  if (key !== undefined && counts.head !== undefined) {
    throw usageError('inspect: --key shows one value and --head the first ones; give one of them');
  }
  const file = await readPacked(positionals[0]);
  const sessions = file.kind === 'image' ? [imageSession(file)] : sessionsOf(file);
  let isFound = false;
  for (const { session, root } of sessions) {
    const parts = partsOf(session, root);
    if (container !== undefined && !parts.some(({ name }) => name === container)) {
      throw noContainer(file.name, container, parts);
    }
    if (key !== undefined) {
      isFound = tell(find(valuesOf(parts), key, container), flags.json === true) || isFound;
      continue;
    }
    const report = reportOf(file, session, parts, { container, head: counts.head });
    const text = flags.json === true ? JSON.stringify(plainReport(report)) : reportText(report);
    process.stdout.write(`${text}\n`);
  }
  if (key === undefined || isFound) return EXIT.OK;
  process.stderr.write(`qbwasm: ${file.name} has no key ${printable(JSON.stringify(key))}\n`);
  return EXIT.BAD;
}

/** @param {PackedFile} file */
function imageSession({ bytes }) {
  return openHeader({ buffer: bytes.buffer, base: 0, end: bytes.length }, false);
}

/** @param {Session} session @param {number} root @returns {Part[]} */
function partsOf(session, root) {
  const whole = partAt(session, '', root);
  if (!(whole.value instanceof DictView)) return [whole];
  const dict = whole.value;
  return Array.from(dict.keys(), (key) => {
    const name = typeof key === 'string' ? key : inspect(key, { breakLength: Infinity });
    return partAt(session, name, session.follow(dict.pointerOf(key)));
  });
}

/** @param {Session} session @param {string} name @param {number} body @returns {Part} */
function partAt(session, name, body) {
  if (body === 0) return { name, body, value: undefined, isContainer: false };
  return { name, body, value: readBody(session, body), isContainer: isContainer(session, body) };
}

/** @param {readonly Part[]} parts @returns {[string, unknown][]} */
function valuesOf(parts) {
  return parts.map(({ name, value }) => [name, value]);
}

/** @param {string} file @param {string} name @param {readonly Part[]} parts */
function noContainer(file, name, parts) {
  const names = parts.filter((part) => part.isContainer).map((part) => part.name || '(root)');
  return badError(
    file,
    `there is no container ${printable(JSON.stringify(name))}; there are: ` +
      `${names.map((one) => printable(one)).join(', ') || 'none'}`,
  );
}

/**
 * @param {PackedFile} file
 * @param {Session} session
 * @param {readonly Part[]} parts
 * @param {{ container: string | undefined, head: number | undefined }} asked
 * @returns {Report}
 */
function reportOf({ name: file, kind }, session, parts, { container, head }) {
  const { m, base, end } = session;
  const isImage = kind === 'image';
  const structs = layoutsOfSession(session);
  const isAsked = (/** @type {Part} */ { name }) => container === undefined || name === container;
  const asked = parts.filter((part) => isAsked(part));
  const containers = asked.filter((part) => part.isContainer);
  const bodies = containers.map(({ name, body }) => /** @type {[string, number]} */ ([name, body]));
  return {
    file,
    kind,
    bytes: end - base,
    version: isImage ? m.u16[(base + HEADER.VERSION) >>> 1] : m.u8[base + HEAD.VERSION],
    oldestReader: isImage ? m.u16[(base + HEADER.OLDEST) >>> 1] : m.u8[base + HEAD.OLDEST],
    root: rootText(parts),
    containers: describeContainers(session, bodies, structs),
    values: valuesOf(asked.filter((part) => !part.isContainer)),
    structs: container === undefined ? structs : [],
    entries:
      head === undefined ? [] : containers.map(({ name, value }) => entriesOf(name, value, head)),
  };
}

/** @param {string} name @param {unknown} value @param {number} head @returns {Report['entries'][number]} */
function entriesOf(name, value, head) {
  try {
    return [name, ...some(value, head)];
  } catch (error) {
    // An approximate map has no keys to show.
    if (error instanceof QbError && error.code === 'UNSUPPORTED') return [name, [], true];
    throw error;
  }
}

/** @param {readonly Part[]} parts */
function rootText(parts) {
  const isWhole = parts.length === 1 && parts[0].name === '';
  if (!isWhole) return `dict of ${parts.length}`;
  return parts[0].isContainer ? 'a container' : 'a value';
}

/**
 * Prints what was found.
 *
 * @param {ReturnType<typeof find>} found
 * @param {boolean} isJson
 * @returns {boolean} whether there is something
 */
function tell(found, isJson) {
  const isAlone = found.length === 1;
  for (const { name, value } of found) {
    const text = isJson
      ? JSON.stringify({ container: name, value: jsonOf(value) ?? null })
      : `${isAlone ? '' : `${printable(name)}: `}${shownValue(value, true)}`;
    process.stdout.write(`${text}\n`);
  }
  return found.length > 0;
}

/** @param {Report} report */
function plainReport({ structs, values, entries, ...rest }) {
  return {
    ...rest,
    values: values.map(([name, value]) => ({ name, value: jsonOf(value) ?? null })),
    structs: structs.map(({ name, bytes, print, code, text }) => ({
      name,
      bytes,
      print,
      code,
      layout: text === '' ? null : JSON.parse(text),
    })),
    entries: entries.map(([name, list]) => ({ name, entries: list.map(plainEntry) })),
  };
}

/** @param {unknown} entry a value, or a pair of key and value */
function plainEntry(entry) {
  return Array.isArray(entry) ? entry.map((part) => jsonOf(part) ?? null) : (jsonOf(entry) ?? null);
}
