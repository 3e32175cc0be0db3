/**
 * Packed values: `pack` writes one, `view` reads it in place, `unpack` gives plain JS values.
 *
 *     value  -- pack -->  bytes  -- view -->    views that read in place
 *                                -- unpack -->  plain values, copies
 *
 * The bytes are those of docs/format.md: self-contained, readable at any base, in a message, a file, a plain
 * ArrayBuffer or a heap.
 *
 * Layer: struct. Bytes belong to all, views to one agent.
 *
 * @module struct/pack
 */
import { checkBoolean, checkInteger, checkOptions } from '../base/check.js';
import { describe, QbError, QbRangeError, QbTypeError } from '../base/errors.js';
import { metaOf } from './link.js';
import { HEAD, MAGIC, PACK_LIMITS, TAG, VERSION } from './pack-format.js';
import { isDetached } from './pack-place.js';
import { readBody } from './pack-read.js';
import { Session, snapshot } from './pack-session.js';
import { unpackBody } from './pack-unpack.js';
import { VERIFY_OPTIONS, verifySession } from './pack-verify.js';
import { isOfClass, readerOf, readStruct } from './pack-view.js';
import { Packer } from './pack-write.js';
import { FieldType } from './types.js';

/** Up to this size values are unpacked from a copy. */
const SCRATCH_BYTES = 4096;
/** The first characters of an image (js/image/format.js): QBIM. */
const IMAGE_WORD = 0x4d494251;

/** @typedef {import('./link.js').StructMeta} StructMeta */
/** @typedef {import('./pack-session.js').Source} Source */
/** @typedef {import('./pack-verify.js').VerifyLimits} VerifyLimits */
/** @typedef {import('./pack-verify.js').VerifyReport} VerifyReport */
/** A buffer, or a part of one. @typedef {ArrayBufferLike | ArrayBufferView} Bytes */
/** @typedef {unknown} PackedView a value, or an object that reads in place */

/**
 * What packed bytes have besides the value.
 *
 * @typedef {object} PackOptions
 * @property {boolean} [layouts] whether the bytes tell the layouts of the structs in them (true). Without, they are smaller,
 *   and only readable by classes of the same layout
 * @property {number} [maxBytes] more are refused (1 GiB)
 */

/**
 * How packed bytes are read.
 *
 * @typedef {object} ViewOptions
 * @property {boolean} [readOnly] fields of structs and their atomics refuse to be written (false). Typed arrays are the bytes in
 *   place, which JS cannot protect: do not write them, take `slice()`
 * @property {boolean | VerifyLimits} [verify] foreign bytes: read a private copy, after `verify` (false)
 */

/**
 * Packs a value.
 *
 * @param {unknown} value null, a boolean, number, bigint, string, Uint8Array, typed array, Date, DateTime, Decimal,
 *   NdArray, array, Tuple, Set, Map, plain object, struct, or view of packed bytes; with cycles
 * @param {PackOptions} [options]
 * @returns {Uint8Array<ArrayBuffer>} private bytes, their length a multiple of 8
 * @throws {QbError} `TYPE`, `RANGE`, `SIZE`, `DUPLICATE`
 *
 * @example
 * const bytes = pack({ name: 'ada', tags: new Set(['a', 'b']), at: [1, 2, 3] });
 * view(bytes).get('tags').has('a'); // true
 * unpack(bytes).at; // [1, 2, 3]
 */
export function pack(value, options) {
  return packed(value, null, 'value', options, copied);
}

/**
 * Packs a value to a place in a buffer.
 *
 * @param {unknown} value
 * @param {Bytes} buffer
 * @param {number} [offset] in bytes; where it stands must be a multiple of 8
 * @param {PackOptions} [options]
 * @returns {number} offset of the first byte behind it: a multiple of 8, the next one may stand there
 * @throws {QbError} as `pack`, and `SIZE` when it does not fit: then the buffer is as it was
 */
export function packInto(value, buffer, offset = 0, options = undefined) {
  return putInto(value, null, 'value', buffer, offset, options);
}

/**
 * Reads packed bytes in place.
 *
 * @template [T=unknown] what the caller knows of it; nothing checks that
 * @param {Bytes} buffer
 * @param {number} [offset] in bytes
 * @param {ViewOptions} [options]
 * @returns {T} null, boolean, number, bigint, string, Date, DateTime, Decimal; or a view of the bytes: PackedList,
 *   PackedSet, PackedDict, NdArray, typed array, struct. Bytes that stand at no multiple of 8 are copied first, and
 *   read only
 * @throws {QbError} `CORRUPT`, `VERSION`, `SCHEMA`; also later, when a damaged part is reached
 */
export function view(buffer, offset = 0, options = undefined) {
  const session = openPacked(buffer, offset, options);
  const root = session.follow(session.base + HEAD.ROOT);
  return /** @type {T} */ (root === 0 ? undefined : readBody(session, root));
}

/**
 * Plain values from packed bytes: copies, no views.
 *
 * @template [T=unknown] what the caller knows of it; nothing checks that
 * @param {Bytes} buffer
 * @param {number} [offset] in bytes
 * @param {ViewOptions} [options]
 * @returns {T} lists are arrays, tuples Tuples, sets Sets, dicts Maps or plain objects, structs plain objects;
 *   shared references and cycles as they were
 * @throws {QbError} `CORRUPT`, `VERSION`, `SCHEMA`
 */
export function unpack(buffer, offset = 0, options = undefined) {
  return /** @type {T} */ (unpackFrom(buffer, offset, options, null));
}

/**
 * Checks foreign bytes as a whole, on a private copy: every pointer, count, text and type.
 *
 * @param {Bytes} buffer
 * @param {VerifyLimits & { offset?: number }} [options]
 * @returns {VerifyReport}
 * @throws {QbError} `CORRUPT`, `VERSION`, `SCHEMA`; `LIMIT` when they are deeper, more or larger than allowed
 */
export function verify(buffer, options) {
  const { offset = 0, ...limits } = checkOptions('verify', options, VERIFY_OPTIONS);
  const source = snapshot(sourceOf(buffer, offset));
  return verifySession(openHead(source, false), limits);
}

/* ---- of a struct class ---- */

/**
 * @param {unknown} Type
 * @param {unknown} value a view of the class, or an object with its fields
 * @param {PackOptions} [options]
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function packStruct(Type, value, options) {
  const meta = metaOf(Type);
  return packed(value, refTo(meta), meta.schema.name, options, copied);
}

/**
 * @param {unknown} Type
 * @param {unknown} value
 * @param {Bytes} buffer
 * @param {number} offset
 * @param {PackOptions} [options]
 * @returns {number}
 */
export function packStructInto(Type, value, buffer, offset, options) {
  const meta = metaOf(Type);
  return putInto(value, refTo(meta), meta.schema.name, buffer, offset, options);
}

/**
 * @param {unknown} Type
 * @param {Bytes} buffer
 * @param {number} offset
 * @param {ViewOptions} [options]
 * @returns {import('./scope.js').View}
 */
export function viewStruct(Type, buffer, offset, options) {
  const session = openPacked(buffer, offset, options);
  const meta = metaOf(Type);
  return readStruct(session, structIn(meta, session), meta);
}

/**
 * @param {unknown} Type
 * @param {Bytes} buffer
 * @param {number} offset
 * @param {ViewOptions} [options]
 * @returns {unknown}
 */
export function unpackStruct(Type, buffer, offset, options) {
  return unpackFrom(buffer, offset, options, metaOf(Type));
}

/**
 * A small value is read from a copy: arrays over a buffer that was not met before cost more than that.
 *
 * @type {Uint8Array<ArrayBuffer> | null}
 */
let keptScratch = new Uint8Array(SCRATCH_BYTES);

/**
 * @param {Bytes} buffer
 * @param {number} offset
 * @param {ViewOptions | undefined} options
 * @param {StructMeta | null} meta what it must be; null for any value
 */
function unpackFrom(buffer, offset, options, meta) {
  const scratch = keptScratch;
  keptScratch = null; // hooks, and classes that are told by functions, may unpack something meanwhile
  try {
    const session = openPacked(buffer, offset, options, scratch);
    const root = meta ? structIn(meta, session) : session.follow(session.base + HEAD.ROOT);
    return root === 0 ? undefined : unpackBody(session, root, meta);
  } finally {
    keptScratch = scratch;
  }
}

/** @param {StructMeta} meta @param {Session} session @returns {number} body */
function structIn(meta, session) {
  const root = session.follow(session.base + HEAD.ROOT);
  const tag = root === 0 ? 0 : session.tag(root);
  const isOther = tag < TAG.TYPES && tag !== TAG.STRUCT;
  if (!isOther && isOfClass(readerOf(session, root, meta), meta)) return root;
  throw new QbError(
    'SCHEMA',
    `the packed value is no ${meta.schema.name}; read it with view() to see what it is.`,
  );
}

/** @type {WeakMap<StructMeta, FieldType>} */
const references = new WeakMap();

/** @param {StructMeta} meta @returns {FieldType} */
function refTo(meta) {
  let type = references.get(meta);
  if (type === undefined) {
    const { name } = meta.schema;
    const allowed = `a ${name} or an object with its fields`;
    type = new FieldType('struct', 4, 4, { allowed, jsType: 'object', target: meta.Class });
    references.set(meta, type);
  }
  return type;
}

/* ---- writing ---- */

/** One is kept for the next value: a small one costs no allocation but its result. @type {Packer | null} */
let keptPacker = null;

/** @param {import('./pack-buffer.js').PackBuffer} out */
const copied = (out) => out.copy();

/**
 * @template R
 * @param {unknown} value
 * @param {FieldType | null} type
 * @param {string} name
 * @param {PackOptions | undefined} options
 * @param {(out: import('./pack-buffer.js').PackBuffer) => R} use
 * @returns {R}
 */
function packed(value, type, name, options, use) {
  const { layouts = true, maxBytes = PACK_LIMITS.BYTES } = checkOptions('pack', options, [
    'layouts',
    'maxBytes',
  ]);
  checkBoolean('layouts', layouts);
  checkInteger('maxBytes', maxBytes, HEAD.BYTES, PACK_LIMITS.BYTES_MAX);
  const packer = keptPacker ?? new Packer(maxBytes, layouts);
  keptPacker = null; // a getter or hook may pack something else meanwhile
  packer.reset(maxBytes, layouts);
  const hooks = packer.after;
  let result;
  try {
    packer.run(value, type, name);
    result = use(packer.out);
  } finally {
    if (hooks.length > 0) packer.after = [];
    packer.forget();
    if (packer.out.isKept) keptPacker = packer;
  }
  for (const done of hooks) done();
  return result;
}

/**
 * @param {unknown} value
 * @param {FieldType | null} type
 * @param {string} name
 * @param {Bytes} buffer
 * @param {number} offset
 * @param {PackOptions} [options]
 */
function putInto(value, type, name, buffer, offset, options) {
  const target = sourceOf(buffer, offset);
  if (target.base % 8 !== 0) {
    throw new QbRangeError(
      'ALIGN',
      `offset ${offset} is byte ${target.base} of the buffer; packed values stand at multiples of 8.`,
      offset,
    );
  }
  return packed(value, type, name, options, (out) => {
    const bytes = out.bytes();
    if (target.base + bytes.length > target.end) {
      throw new QbRangeError(
        'SIZE',
        `the packed value has ${bytes.length} bytes, and behind offset ${offset} there are ` +
          `${target.end - target.base}. Give a larger buffer.`,
        bytes.length,
      );
    }
    new Uint8Array(target.buffer, target.base, bytes.length).set(bytes);
    return offset + bytes.length;
  });
}

/* ---- opening ---- */

/**
 * @param {unknown} buffer
 * @param {unknown} offset
 * @returns {Source} from the offset to the end of the buffer
 */
export function sourceOf(buffer, offset) {
  const isView = ArrayBuffer.isView(buffer);
  const isShared =
    typeof SharedArrayBuffer === 'function' &&
    /** @type {unknown} */ (buffer) instanceof SharedArrayBuffer;
  if (!isView && !isShared && !(buffer instanceof ArrayBuffer)) {
    throw new QbTypeError(
      `packed bytes are in a Uint8Array, ArrayBuffer or SharedArrayBuffer, not in ${describe(buffer)}.`,
      buffer,
    );
  }
  const start = isView ? buffer.byteOffset : 0;
  const { byteLength } = /** @type {ArrayBufferLike} */ (buffer);
  if (isDetached(isView ? buffer.buffer : /** @type {ArrayBufferLike} */ (buffer))) {
    throw new QbTypeError(
      'the buffer of the packed bytes is detached: it was transferred to another thread. Read there, or transfer a copy.',
      buffer,
    );
  }
  checkInteger('offset', offset, 0, byteLength);
  return {
    buffer: isView ? buffer.buffer : /** @type {ArrayBufferLike} */ (buffer),
    base: start + Number(offset),
    end: start + byteLength,
  };
}

/**
 * @param {Bytes} buffer
 * @param {number} offset
 * @param {ViewOptions} [options]
 * @param {Uint8Array<ArrayBuffer> | null} [scratch] where a small value may be copied to and read from
 * @returns {Session}
 */
function openPacked(buffer, offset, options, scratch = null) {
  const { readOnly = false, verify: checks = false } = checkOptions('view', options, [
    'readOnly',
    'verify',
  ]);
  checkBoolean('readOnly', readOnly);
  const source = sourceOf(buffer, offset);
  if (checks !== false) {
    const session = openHead(snapshot(source), false);
    verifySession(session, checks === true ? {} : checks);
    return session;
  }
  const small = scratch === null ? null : copiedTo(scratch, source);
  if (small !== null) return openHead(small, false);
  return source.base % 8 === 0 ? openHead(source, !readOnly) : openHead(snapshot(source), false);
}

/**
 * @param {Uint8Array<ArrayBuffer>} scratch
 * @param {Source} source
 * @returns {Source | null} the packed value in the scratch; null when it is larger, or what is there is none
 */
function copiedTo(scratch, { buffer, base, end }) {
  const there = new Uint8Array(buffer, base, Math.min(end - base, scratch.length));
  const bytes = there.length < HEAD.BYTES ? 0 : there[0] | (there[1] << 8) | (there[2] << 16);
  const isSmall = bytes >= HEAD.BYTES && bytes % 8 === 0 && bytes <= there.length && there[3] === 0;
  if (!isSmall) return null;
  scratch.set(bytes === there.length ? there : there.subarray(0, bytes));
  return { buffer: scratch.buffer, base: 0, end: bytes };
}

/**
 * @param {Source} source
 * @param {boolean} writable
 * @returns {Session}
 * @throws {QbError} `CORRUPT`, `VERSION`
 */
export function openHead({ buffer, base, end }, writable) {
  const session = new Session(buffer, base, end, writable);
  session.need(base + HEAD.BYTES, base);
  const { m } = session;
  if (m.u16[(base + HEAD.MAGIC) >>> 1] !== MAGIC) {
    const isImage = m.u32[base >>> 2] === IMAGE_WORD;
    session.fail(
      `no head of a packed value${isImage ? ' but an image: openBytes() opens it' : ''}`,
      base,
    );
  }
  if (m.u8[base + HEAD.OLDEST] > VERSION) {
    throw new QbError(
      'VERSION',
      `the bytes were packed in version ${m.u8[base + HEAD.VERSION]} of the format, for readers from version ` +
        `${m.u8[base + HEAD.OLDEST]} on; this one reads version ${VERSION}. Use a newer qbwasm.`,
    );
  }
  const bytes = m.u32[base >>> 2];
  const isLength = bytes >= HEAD.BYTES && bytes % 8 === 0 && base + bytes <= end;
  if (!isLength) session.fail(`a packed value of ${bytes} bytes, ${end - base} are there`, base);
  session.narrow(base + bytes);
  const types = session.follow(base + HEAD.TYPES);
  if (types !== 0) session.openTypes(types);
  return session;
}
