/**
 * The types of the structs in one packed value, as they are written.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-type-table
 */
import { QbError } from '../base/errors.js';
import { BODY_BYTES, HEAD, TAG, TYPE_ENTRY_BYTES } from './pack-format.js';
import { layoutOf } from './pack-layout.js';
import { checkTypeCount, registrationOf } from './pack-types.js';

/** @typedef {import('./link.js').StructMeta} StructMeta */
/** @typedef {import('./pack-write.js').Packer} Packer */
/** @typedef {import('./schema.js').Schema} Schema */

/**
 * The types of the structs in one packed value.
 */
export class TypeTable {
  #withLayouts;
  /** @type {{ schema: Schema, code: number }[]} */
  #entries = [];
  /** @type {Map<StructMeta, number>} */
  #indices = new Map();
  /** @type {Map<string, Schema>} */
  #names = new Map();
  /** The one that was asked for last. @type {StructMeta | null} */
  #last = null;
  #lastIndex = 0;

  /** @param {boolean} withLayouts */
  constructor(withLayouts) {
    this.#withLayouts = withLayouts;
  }

  /** Forgets the types. @param {boolean} withLayouts */
  reset(withLayouts) {
    this.#withLayouts = withLayouts;
    if (this.#entries.length === 0) return;
    this.#last = null;
    this.#entries = [];
    this.#indices.clear();
    this.#names.clear();
  }

  /**
   * @param {StructMeta} meta
   * @returns {number} index of the type
   */
  indexOf(meta) {
    if (meta !== this.#last) {
      this.#lastIndex = this.#indices.get(meta) ?? this.#add(meta);
      this.#last = meta;
    }
    return this.#lastIndex;
  }

  /** @param {StructMeta} meta @returns {number} */
  #add(meta) {
    const { schema } = meta;
    const code = registrationOf(meta)?.code ?? 0;
    const same = this.#names.get(schema.name);
    if (same !== undefined && same !== schema) {
      throw new QbError(
        'AMBIGUOUS',
        `two different structs are called ${schema.name}, and packed bytes tell types by their names. ` +
          'Rename one, or pack them apart.',
      );
    }
    this.#names.set(schema.name, schema);
    let index = this.#entries.findIndex((entry) => entry.schema === schema && entry.code === code);
    if (index < 0) {
      index = this.#entries.length;
      checkTypeCount(index);
      this.#entries.push({ schema, code });
    }
    this.#indices.set(meta, index);
    for (const field of schema.nested) {
      if (field.link !== null) this.indexOf(field.link.found);
    }
    return index;
  }

  /** @param {Packer} packer */
  write({ out }) {
    const entries = this.#entries;
    if (entries.length === 0) return;
    const table = out.body(TAG.TYPES, 0, 0, entries.length, entries.length * TYPE_ENTRY_BYTES);
    out.point(HEAD.TYPES, table);
    /** @type {Map<Schema, number>} */
    const texts = new Map();
    entries.forEach(({ schema, code }, i) => {
      const at = table + BODY_BYTES + i * TYPE_ENTRY_BYTES;
      const { utf8, print } = layoutOf(schema);
      out.m.u16[at >>> 1] = code;
      out.m.u32[(at + 4) >>> 2] = schema.bytes;
      out.m.u32[(at + 8) >>> 2] = print;
      if (!this.#withLayouts) return;
      let text = texts.get(schema);
      if (text === undefined) {
        text = out.body(TAG.STRING, 0, 0, utf8.length, utf8.length);
        out.m.u8.set(utf8, text + BODY_BYTES);
        texts.set(schema, text);
      }
      out.point(at + 12, text);
    });
  }
}
