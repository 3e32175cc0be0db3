/**
 * Verification of foreign bytes as a whole.
 *
 * It walks every body once, with a stack of its own, over a private copy. Every 8 bytes of the range are marked when a
 * body takes them: bodies that overlap are found, and the work is bounded by the size of the range, whatever the
 * pointers say.
 *
 * Layer: struct. Any thread.
 *
 * @module struct/pack-verify
 */
import { checkInteger, checkOptions } from '../base/check.js';
import { QbError } from '../base/errors.js';
import {
  BODY_BYTES,
  FLAG,
  HEAD,
  KIND_TAGS,
  POINTER_KINDS,
  PRESENCE,
  padded,
  TAG,
  TYPE_ENTRY_BYTES,
} from './pack-format.js';
import { checkFlags, checkTable, checkUtf8, KEY_TAGS, leafBytes } from './pack-sound.js';
import { hasPointers, layoutNamed, soundLayouts, typeEntry } from './pack-stored.js';

/** Options of `verify`. */
export const VERIFY_OPTIONS = Object.freeze(['offset', 'depth', 'nodes', 'bytes']);

/** @typedef {import('./pack-layout.js').StoredLayout} StoredLayout */
/** @typedef {import('./pack-session.js').Session} Session */
/** @typedef {import('./schema.js').Field} Field */
/** @typedef {import('./types.js').FieldType} FieldType */

/**
 * What foreign bytes may have at most.
 *
 * @typedef {object} VerifyLimits
 * @property {number} [depth] of nesting: length of the way on which a body is first met (64)
 * @property {number} [nodes] bodies (1 048 576)
 * @property {number} [bytes] of all bodies (64 MiB)
 */

/**
 * What foreign bytes have.
 *
 * @typedef {object} VerifyReport
 * @property {number} depth of nesting
 * @property {number} nodes bodies
 * @property {number} bytes of all bodies
 */

const DEFAULTS = Object.freeze({ depth: 64, nodes: 2 ** 20, bytes: 64 * 2 ** 20 });
/**
 * @param {Session} session over a private copy
 * @param {VerifyLimits} limits
 * @returns {VerifyReport}
 * @throws {QbError} `CORRUPT`, `SCHEMA`, `LIMIT`
 */
export function verifySession(session, limits) {
  const root = session.base + HEAD.ROOT;
  session.follow(root);
  const walk = new Walk(session, limits, HEAD.BYTES);
  walk.point(root, 0, null);
  return walk.run();
}

/**
 * The walk through all bodies; those that it shall begin with are given by {@link Walk.point} or {@link Walk.reach}.
 */
export class Walk {
  /** Depth of those to come. @type {number[]} */
  #depths = [];
  /** @type {number[]} */
  #bodies = [];
  /** Lists that are keys, and wait to be looked into as such. @type {number[]} */
  #keys = [];
  /** @type {readonly StoredLayout[]} */
  #layouts = [];
  #session;
  #limits;
  /** 1: a body begins here, 2: it goes on, 3: a list begins here that is a key. */
  #marks;

  /** @param {Session} session @param {VerifyLimits} limits @param {number} headBytes before the bodies */
  constructor(session, limits, headBytes) {
    const given = checkOptions('verify', limits, ['depth', 'nodes', 'bytes']);
    for (const name of /** @type {const} */ (['depth', 'nodes', 'bytes'])) {
      if (given[name] !== undefined) checkInteger(name, given[name], 0, Number.MAX_SAFE_INTEGER);
    }
    this.#session = session;
    this.#limits = { ...DEFAULTS, ...given };
    this.#marks = new Uint8Array((session.end - session.base) / 8);
    this.#marks.fill(2, 0, headBytes / 8);
    this.depth = 0;
    this.nodes = 0;
    this.bytes = 0;
    this.#types();
  }

  /** The type table, and all layouts. */
  #types() {
    const session = this.#session;
    if (session.typesAt === 0) return;
    this.take(session.typesAt, BODY_BYTES + session.typeCount * TYPE_ENTRY_BYTES, 0);
    this.#marks[(session.typesAt - session.base) / 8] = 2; // it is no value that anything leads to
    this.#layouts = soundLayouts(session);
    for (let i = 0; i < session.typeCount; i++) {
      this.point(typeEntry(session, i).at + 12, 0, KIND_TAGS.string);
    }
  }

  /**
   * Visits what is left. What is in a list is anything, but not when the list is a key. The same list may be both, so
   * keys are looked into at the end, when all bodies have been visited.
   *
   * @returns {VerifyReport}
   */
  run() {
    for (let body = this.#bodies.pop(); body !== undefined; body = this.#bodies.pop()) {
      this.#visit(body, Number(this.#depths.pop()));
    }
    for (let list = this.#keys.pop(); list !== undefined; list = this.#keys.pop()) {
      this.#pointKeys(list + BODY_BYTES, this.#session.open(list).count, 4, 0);
    }
    return { depth: this.depth, nodes: this.nodes, bytes: this.bytes };
  }

  /**
   * @param {number} at of a pointer
   * @param {number} depth of the body that it leads to
   * @param {readonly number[] | null} tags that may stand there
   */
  point(at, depth, tags) {
    const body = this.#session.follow(at);
    if (body !== 0) this.reach(body, at, depth, tags);
  }

  /**
   * @param {number} body
   * @param {number} at who refers to it
   * @param {number} depth
   * @param {readonly number[] | null} tags that may stand there
   */
  reach(body, at, depth, tags) {
    const session = this.#session;
    const tag = session.tag(body);
    if (tags !== null && !tags.includes(tag)) session.fail(`tag ${tag} where it cannot be`, body);
    const mark = this.#marks[(body - session.base) / 8];
    if (mark === 1 || mark === 3) return;
    if (mark === 2) session.fail('a pointer into the middle of a body', at);
    this.#marks[(body - session.base) / 8] = 1;
    this.#bodies.push(body);
    this.#depths.push(depth);
  }

  /**
   * The same, of a body that must be one that can be a key.
   *
   * @param {number} body
   * @param {number} at who refers to it
   * @param {number} depth
   */
  reachKey(body, at, depth) {
    this.reach(body, at, depth, KEY_TAGS);
    const tag = this.#session.tag(body);
    if (tag !== TAG.LIST && tag !== TAG.TUPLE) return;
    const unit = (body - this.#session.base) / 8;
    if (this.#marks[unit] === 3) return;
    this.#marks[unit] = 3;
    this.#keys.push(body);
  }

  /**
   * A body that stands in images only.
   *
   * @param {number} body
   * @param {number} _depth
   */
  container(body, _depth) {
    const session = this.#session;
    session.fail(`the tag ${session.tag(body)}, which is none of a value`, body);
  }

  /**
   * The structs of a column, one behind the other: they have no pointers.
   *
   * @param {number} type
   * @param {number} stride
   * @param {number} at
   * @param {number} count
   * @param {number} depth
   */
  column(type, stride, at, count, depth) {
    const session = this.#session;
    const layout = this.#layouts[type];
    if (layout === undefined) session.fail(`type ${type} of ${this.#layouts.length}`, at);
    const { name, bytes } = layout;
    if (stride !== bytes) session.fail(`structs of ${bytes} bytes, ${stride} apart`, at);
    if (hasPointers(session, layout))
      session.fail(`pointers in ${name}, which stands in place`, at);
    for (let i = 0; i < count; i++) this.fields(layout, at + i * bytes, depth);
  }

  /**
   * Takes the bytes of a body.
   *
   * @param {number} body
   * @param {number} bytes
   * @param {number} depth
   */
  take(body, bytes, depth) {
    this.nodes++;
    this.#takeBytes(body, body + 8, body + padded(bytes), depth);
    this.#marks[(body - this.#session.base) / 8] ||= 1;
  }

  /**
   * Takes bytes that no pointer may lead to: a part of a container.
   *
   * @param {number} at a multiple of 8
   * @param {number} bytes
   * @param {number} depth
   */
  takePart(at, bytes, depth) {
    if (bytes > 0) this.#takeBytes(at, at, at + padded(bytes), depth);
  }

  /**
   * @param {number} start
   * @param {number} from where nothing else may stand
   * @param {number} end
   * @param {number} depth
   */
  #takeBytes(start, from, end, depth) {
    const session = this.#session;
    session.need(end, start);
    this.bytes += end - start;
    if (depth > this.depth) this.depth = depth;
    const { nodes, bytes: most, depth: deepest } = this.#limits;
    if (this.nodes > nodes || this.bytes > most || depth > deepest) {
      throw new QbError(
        'LIMIT',
        `the packed bytes are larger than allowed: depth ${depth} of ${deepest}, ${this.nodes} bodies of ${nodes}, ` +
          `${this.bytes} bytes of ${most}. Raise the limits if you trust them that far.`,
      );
    }
    const last = (end - session.base) / 8;
    for (let i = (from - session.base) / 8; i < last; i++) {
      if (this.#marks[i] !== 0) session.fail('a body in the middle of another one', start);
      this.#marks[i] = 2;
    }
  }

  /** @param {number} body @param {number} depth */
  #visit(body, depth) {
    const session = this.#session;
    const { tag, aux, count } = session.open(body);
    if (tag >= TAG.CONTAINERS) {
      this.container(body, depth);
      return;
    }
    checkFlags(session, body);
    switch (tag) {
      case TAG.LIST:
      case TAG.TUPLE:
        this.take(body, BODY_BYTES + count * 4, depth);
        this.#pointers(body + BODY_BYTES, count, 4, depth);
        return;
      case TAG.SET:
      case TAG.DICT:
        this.#entries(body, depth);
        return;
      case TAG.STRUCT:
      case TAG.STRUCTS:
        this.#structs(body, tag, aux, count, depth);
        return;
      default: {
        const bytes = leafBytes(session, body);
        if (bytes < 0) session.fail(`the tag ${tag}, which is none of a value`, body);
        this.take(body, bytes, depth);
      }
    }
  }

  /**
   * @param {number} at
   * @param {number} count
   * @param {number} step
   * @param {number} depth
   */
  #pointers(at, count, step, depth) {
    for (let i = 0; i < count; i++) this.point(at + i * step, depth + 1, null);
  }

  /** @param {number} at @param {number} count @param {number} step @param {number} depth */
  #pointKeys(at, count, step, depth) {
    const session = this.#session;
    for (let i = 0; i < count; i++) {
      const place = at + i * step;
      const body = session.follow(place);
      if (body === 0) session.fail('undefined, which can be no key', place);
      this.reachKey(body, place, depth + 1);
    }
  }

  /** @param {number} body of a set or dict @param {number} depth */
  #entries(body, depth) {
    const session = this.#session;
    const { tag, flags, count } = session.open(body);
    const { bytes, step } = checkTable(session, body);
    this.take(body, bytes, depth);
    const keys = body + 20;
    this.#pointKeys(keys, count, step, depth);
    for (let i = 0; i < count && flags === FLAG.OBJECT; i++) {
      this.point(keys + i * step, depth + 1, KIND_TAGS.string);
    }
    if (tag === TAG.DICT) this.#pointers(keys + 4, count, step, depth);
  }

  /** @param {number} start @param {number} bytes that must be well-formed UTF-8 */
  utf8(start, bytes) {
    checkUtf8(this.#session, start, bytes);
  }

  /* ---- structs ---- */

  /** @param {number} body @param {number} tag @param {number} aux @param {number} count @param {number} depth */
  #structs(body, tag, aux, count, depth) {
    const session = this.#session;
    const layout = this.#layouts[aux];
    if (layout === undefined) session.fail(`type ${aux} of ${this.#layouts.length}`, body);
    const isOne = tag === TAG.STRUCT;
    if (isOne && count !== layout.bytes) session.fail(`a struct of ${count} bytes`, body);
    const structs = isOne ? 1 : count;
    this.take(body, BODY_BYTES + structs * layout.bytes, depth);
    for (let i = 0; i < structs; i++) {
      this.fields(layout, body + BODY_BYTES + i * layout.bytes, depth);
    }
  }

  /** @param {StoredLayout} layout @param {number} at @param {number} depth */
  fields(layout, at, depth) {
    const session = this.#session;
    for (const field of layout.fields) {
      const { kind, offset, presenceDistance } = field;
      const place = at + offset;
      if (kind === 'struct') {
        this.fields(layoutNamed(session, String(field.type.target)), place, depth);
        continue;
      }
      if (kind === 'optional' && session.m.u8[place + presenceDistance] > PRESENCE.NULL) {
        session.fail(`a presence byte of ${field.owner}.${field.name} that is none`, place);
      }
      this.#value(field.inner ?? field, place, depth);
    }
  }

  /** @param {Field} field @param {number} at @param {number} depth */
  #value({ kind, type, owner, name }, at, depth) {
    const session = this.#session;
    if (POINTER_KINDS.includes(kind)) {
      this.point(at, depth + 1, KIND_TAGS[kind] ?? null);
      const body = session.follow(at);
      const flags = body === 0 ? 0 : session.open(body).flags;
      // A plain date or typed array is another value than these.
      const isOther =
        (kind === 'datetime' && body !== 0 && flags === 0) ||
        (kind === 'ndarray' && (flags & FLAG.PLAIN) !== 0);
      if (isOther) session.fail(`another value for ${owner}.${name}`, body);
    }
    if (kind !== 'enum') return;
    const code = type.bytes === 1 ? session.m.u8[at] : session.m.u16[at >>> 1];
    if (code >= (type.names?.length ?? 0)) session.fail(`${code} for ${owner}.${name}`, at);
  }
}
