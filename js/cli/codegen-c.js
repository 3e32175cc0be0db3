/**
 * A C header whose structs are those of a schema, byte by byte.
 *
 *     { id: u32, weight: optional(f64) }   -->   typedef struct thing {
 *                                                    uint32_t id;
 *                                                    QB_ALIGNED(8) double weight;
 *                                                    uint8_t weight_presence;
 *                                                } thing_t;
 *
 * Every size and offset is asserted when the header is compiled.
 *
 * Layer: entries. Any runtime.
 *
 * @module cli/codegen-c
 */
import { DTYPES } from '../struct/pack-format.js';
import { CNames, comment, literals } from './c-names.js';
import { badError } from './errors.js';
import { typeText } from './layouts.js';
import { printable } from './text.js';

/** @typedef {import('./layouts.js').FieldLayout} FieldLayout */
/** @typedef {import('./layouts.js').StructLayout} StructLayout */
/** @typedef {import('../struct/types.js').FieldType} FieldType */

/** C types of the kinds that stand in place. All others are pointers. @type {Readonly<Record<string, string>>} */
const C_TYPES = Object.freeze({
  i8: 'int8_t',
  u8: 'uint8_t',
  i16: 'int16_t',
  u16: 'uint16_t',
  i32: 'int32_t',
  u32: 'uint32_t',
  i64: 'int64_t',
  u64: 'uint64_t',
  f32: 'float',
  f64: 'double',
  bool: 'uint8_t',
  date: 'double',
});
const POINTER = 'qb_pointer_t';
/** Most names of an enum that become constants. */
const ENUM_NAMES_MAX = 4096;

const PREAMBLE = Object.freeze([
  '#include <stddef.h>',
  '#include <stdint.h>',
  '',
  '#ifndef QB_CODEGEN',
  '#define QB_CODEGEN',
  '/* The address of a value is that of the pointer + 4 * the pointer; 0 is none. See qb_value_pointer. */',
  'typedef int32_t qb_pointer_t;',
  '/* Presence bytes of optional fields. */',
  '#define QB_UNSET 0',
  '#define QB_SET 1',
  '#define QB_NULL 2',
  '#ifdef __cplusplus',
  '#define QB_ALIGNED(bytes) alignas(bytes)',
  '#define QB_ASSERT_LAYOUT(is_so) static_assert(is_so, "not the layout of the schema")',
  '#else',
  '#define QB_ALIGNED(bytes) _Alignas(bytes)',
  '#define QB_ASSERT_LAYOUT(is_so) _Static_assert(is_so, "not the layout of the schema")',
  '#endif',
  '#endif',
]);

/**
 * @param {readonly StructLayout[]} layouts
 * @param {{ source: string, prefix: string }} options where they come from; what the names of the structs begin with
 * @returns {string}
 * @throws {import('./errors.js').CliError} when no C struct can have such a layout
 */
export function cHeader(layouts, options) {
  return new Header(layouts, options).text();
}

/** What C knows of a struct. @typedef {{ cName: string, macro: string, align: number }} CStruct */

/**
 * One member of a C struct.
 *
 * @typedef {object} Member
 * @property {string} name
 * @property {string} type
 * @property {number} count of an array; 0: it is none
 * @property {number} offset
 * @property {number} bytes
 * @property {number} align
 * @property {string} note
 */

class Header {
  #source;
  #layouts;
  #guard;
  #constants = new CNames();
  /** By the name in the schema. @type {Map<string, CStruct>} */
  #structs = new Map();

  /** @param {readonly StructLayout[]} layouts @param {{ source: string, prefix: string }} options */
  constructor(layouts, { source, prefix }) {
    this.#source = source;
    this.#layouts = layouts;
    this.#guard = this.#constants.constant('QB_GENERATED_', `${source}_h`);
    const names = new CNames();
    for (const { name } of layouts) {
      const cName = names.struct(name, prefix);
      this.#structs.set(name, { cName, macro: cName.toUpperCase(), align: 1 });
    }
  }

  /** @returns {string} */
  text() {
    const lines = [
      `/* Structs of ${comment(this.#source)}, as qbwasm packs them. Printed by qbwasm codegen: do not edit. */`,
      `#ifndef ${this.#guard}`,
      `#define ${this.#guard}`,
      '',
      ...PREAMBLE,
    ];
    for (const layout of this.#inOrder()) lines.push('', ...this.#struct(layout));
    lines.push('', `#endif /* ${this.#guard} */`, '');
    return lines.join('\n');
  }

  /** Structs in place before those that they stand in. @returns {StructLayout[]} */
  #inOrder() {
    const byName = new Map(this.#layouts.map((layout) => [layout.name, layout]));
    /** @type {Map<StructLayout, boolean>} true: its structs are there */
    const visited = new Map();
    /** @param {StructLayout} layout */
    const visit = (layout) => {
      const state = visited.get(layout);
      if (state === false) throw this.#error(layout.name, 'stands in itself');
      if (state === true) return;
      visited.set(layout, false);
      for (const { type, target } of layout.fields) {
        if (type.kind !== 'struct') continue;
        const inner = byName.get(target);
        if (inner === undefined)
          throw this.#error(layout.name, `lacks the struct ${printable(target)}`);
        visit(inner);
      }
      visited.delete(layout); // in the order in which they are complete
      visited.set(layout, true);
    };
    for (const layout of byName.values()) visit(layout);
    return [...visited.keys()];
  }

  /** @param {StructLayout} layout @returns {string[]} */
  #struct({ name, bytes, print, fields, text }) {
    const own = /** @type {CStruct} */ (this.#structs.get(name));
    const { cName, macro } = own;
    if (text === '') {
      return [
        `/* ${comment(name)}: ${bytes} bytes; the writer left its layout out of the bytes. */`,
      ];
    }
    const members = this.#members(fields);
    const placed = placedMembers(members, bytes);
    own.align = Math.max(1, ...members.map(({ align }) => align));
    const isSound = placed !== null && bytes % own.align === 0;
    if (!isSound)
      throw this.#error(name, `of ${bytes} bytes has a layout that no C struct can have`);
    const layoutMacro = this.#constants.constant(`${macro}_LAYOUT`);
    return [
      `/* ---- ${comment(name)} ---- */`,
      '',
      `#define ${this.#constants.constant(`${macro}_BYTES`)} ${bytes}u`,
      `#define ${this.#constants.constant(`${macro}_PRINT`)} 0x${print.toString(16).padStart(8, '0')}u`,
      [`#define ${layoutMacro}`, ...literals(text)].join(' \\\n    '),
      ...this.#enums(fields, members, own),
      '',
      `typedef struct ${cName} {`,
      ...placed.map((member) => `    ${memberText(member)}`),
      `} ${cName}_t;`,
      '',
      `QB_ASSERT_LAYOUT(sizeof(${cName}_t) == ${bytes});`,
      ...members.map(
        (member) => `QB_ASSERT_LAYOUT(offsetof(${cName}_t, ${member.name}) == ${member.offset});`,
      ),
    ];
  }

  /** @param {readonly FieldLayout[]} fields @returns {Member[]} by offset */
  #members(fields) {
    const names = new CNames();
    /** @type {Member[]} */
    const members = [];
    /** @type {[string, number][]} */
    const presences = [];
    for (const { name, type, offset, bytes, presence, target } of fields) {
      const cName = names.member(name);
      const shown = presence < 0 ? typeText(type) : `optional(${typeText(type)})`;
      const label = name === cName ? '' : `${JSON.stringify(name)}: `;
      const isTold =
        presence < 0 &&
        (DTYPES.includes(/** @type {'u8'} */ (type.kind)) || type.kind === 'struct');
      const note = isTold && label === '' ? '' : `${label}${shown}`;
      members.push({ name: cName, offset, bytes, note, ...this.#cType(type, bytes, target) });
      if (presence >= 0) presences.push([`${cName}_presence`, presence]);
    }
    for (const [name, offset] of presences) {
      const traits = { type: 'uint8_t', count: 0, bytes: 1, align: 1, note: '' };
      members.push({ name: names.member(name), offset, ...traits });
    }
    return members.sort((a, b) => a.offset - b.offset);
  }

  /** @param {FieldType} type @param {number} bytes @param {string} target */
  #cType({ kind, inner, count }, bytes, target) {
    if (kind === 'struct') {
      const { cName, align } = /** @type {CStruct} */ (this.#structs.get(target));
      return { type: `${cName}_t`, count: 0, align };
    }
    if (kind === 'array' && inner !== null) {
      return { type: C_TYPES[inner.kind], count, align: inner.bytes };
    }
    if (kind === 'enum') {
      return { type: bytes === 1 ? 'uint8_t' : 'uint16_t', count: 0, align: bytes };
    }
    return { type: C_TYPES[kind] ?? POINTER, count: 0, align: bytes };
  }

  /**
   * @param {readonly FieldLayout[]} fields
   * @param {readonly Member[]} members
   * @param {CStruct} struct
   * @returns {string[]}
   */
  #enums(fields, members, { cName, macro }) {
    const lines = [];
    for (const { type, offset } of fields) {
      if (type.kind !== 'enum') continue;
      const names = type.names ?? [];
      const member = String(members.find((one) => one.offset === offset)?.name);
      lines.push('', `/* ${names.length} names of ${cName}_t.${member} */`);
      if (names.length > ENUM_NAMES_MAX) continue;
      lines.push('enum {');
      const last = names.length - 1;
      names.forEach((name, i) => {
        const constant = this.#constants.constant(`${macro}_${member}_`, name);
        lines.push(
          `    ${constant} = ${i}${i < last ? ',' : ''} /* ${comment(JSON.stringify(name))} */`,
        );
      });
      lines.push('};');
    }
    return lines;
  }

  /** @param {string} name @param {string} what */
  #error(name, what) {
    return badError(this.#source, `the struct ${printable(name)} ${what}`);
  }
}

/**
 * Members where they belong: padding that a compiler would not make by itself becomes a member.
 *
 * @param {readonly Member[]} members by offset
 * @param {number} bytes of the struct
 * @returns {Member[] | null} null when they overlap or do not fit
 */
function placedMembers(members, bytes) {
  /** @type {Member[]} */
  const placed = [];
  let end = 0;
  let align = 1;
  const padTo = (/** @type {number} */ offset) => {
    const name = `qb_pad${placed.length}`;
    const count = offset - end;
    placed.push({ name, type: 'uint8_t', count, offset: end, bytes: count, align: 1, note: '' });
    end = offset;
  };
  for (const member of members) {
    if (member.offset < end || member.offset % member.align !== 0) return null;
    if (member.offset > roundUp(end, member.align)) padTo(member.offset);
    placed.push(member);
    end = member.offset + member.bytes;
    align = Math.max(align, member.align);
  }
  if (end > bytes) return null;
  if (end === 0 || roundUp(end, align) < bytes) padTo(bytes);
  return placed;
}

/** @param {number} value @param {number} multiple */
function roundUp(value, multiple) {
  return Math.ceil(value / multiple) * multiple;
}

/** @param {Member} member */
function memberText({ name, type, count, align, note }) {
  const aligned = align === 8 ? 'QB_ALIGNED(8) ' : '';
  const size = count === 0 ? '' : `[${count}]`;
  return `${aligned}${type} ${name}${size};${note === '' ? '' : ` /* ${comment(note)} */`}`;
}
