/**
 * An image that is open: a header, checked, and the value behind it.
 *
 *     | header 64 | bodies and parts ... |        session.base is the first byte of the header
 *
 * Opening looks at the header and at the body of the root. It costs the same whatever the size of the image is.
 *
 * Layer: image. An Image belongs to one agent, its bytes to all.
 *
 * @module image/image
 */
import { checkString } from '../base/check.js';
import { QbError } from '../base/errors.js';
import { DictView } from '../struct/pack-dict.js';
import { BODY_BYTES, HEAD, MAGIC } from '../struct/pack-format.js';
import { readBody } from '../struct/pack-read.js';
import { Session } from '../struct/pack-session.js';
import { checkContainer } from './container-check.js';
import { openContainer } from './containers.js';
import { crc32c } from './crc.js';
import { HEADER, IMAGE_BYTES_MAX, IMAGE_MAGIC, IMAGE_VERSION } from './format.js';
import { u64At } from './parts.js';

/** @typedef {import('../struct/pack-session.js').Source} Source */
/** @typedef {import('./container-type.js').ContainerType} ContainerType */

/**
 * A range of bytes that is an image.
 */
export class ImageSession extends Session {
  /** @override @param {number} body @returns {import('./containers.js').Container} */
  container(body) {
    return openContainer(this, body, null);
  }
}

/** Kept in this module: only the functions that open make an Image. */
const SECRET = Symbol('Image');

/**
 * An open image. Its containers are read in place; they live as long as the Image is not closed.
 *
 * @template [T=unknown]
 */
export class Image {
  #session;
  #rootAt;
  /** @type {{ value: T } | null} */
  #root = null;

  /**
   * Not for users: see `open`, `openBytes`, `openRoot`.
   *
   * @param {typeof SECRET} secret
   * @param {ImageSession} session
   * @param {number} rootAt address of the root
   * @param {number} address
   */
  constructor(secret, session, rootAt, address) {
    if (secret !== SECRET) {
      throw new QbError('ARGUMENT', 'images are opened with open, openBytes or openRoot.');
    }
    this.#session = session;
    this.#rootAt = rootAt;
    /** In the heap that has it; 0 for none. @readonly */
    this.address = address;
    /** In bytes. @readonly */
    this.size = session.end - session.base;
  }

  /**
   * The value of the image: a container, or any other packed value, such as a dict of containers.
   *
   * @returns {T}
   * @throws {QbError} `CORRUPT`, `SCHEMA`, `CLOSED`
   */
  get root() {
    if (this.#root === null || this.#session.m.revoked) {
      this.#root = { value: /** @type {T} */ (readBody(this.#session, this.#rootAt)) };
    }
    return this.#root.value;
  }

  /** Whether numbers and other fields of fixed size may be written. */
  get isWritable() {
    return this.#session.writable;
  }

  /** The bytes of the image in place, header included. @throws {QbError} `CLOSED` */
  get bytes() {
    const { m, base, end } = this.#session;
    const { u8 } = m;
    return new Uint8Array(u8.buffer, u8.byteOffset + base, end - base);
  }

  /**
   * A value of the root, which must be a dict: what `buildImage` makes of an object.
   *
   * @template {ContainerType | undefined} [C=undefined]
   * @param {string} name
   * @param {C} [type] what container it must be
   * @returns {C extends ContainerType ? import('./infer.js').ViewOf<C> : unknown} undefined when there is none of
   *   that name, and no type is given
   * @throws {QbError} `SCHEMA` when the root is no dict, or the value is another container; `NOT_FOUND`, `CORRUPT`,
   *   `CLOSED`
   */
  get(name, type) {
    checkString('name', name);
    const { root } = this;
    if (!(root instanceof DictView)) {
      throw new QbError(
        'SCHEMA',
        'the root of the image is no dict; read it with image.root or image.as(type).',
      );
    }
    if (type !== undefined) return /** @type {never} */ (this.#typed(root, name, type));
    return /** @type {never} */ (root.get(name));
  }

  /**
   * The root as a container.
   *
   * @template {ContainerType} C
   * @param {C} type
   * @returns {import('./infer.js').ViewOf<C>}
   * @throws {QbError} `SCHEMA` when it is another one; `CORRUPT`, `CLOSED`
   */
  as(type) {
    return /** @type {never} */ (this.#open(this.#rootAt, 'the root', type));
  }

  /** Every further read through this Image and what it gave out, but for typed arrays, throws `CLOSED`. The bytes stay. */
  close() {
    this.#session.m.revoke(
      new QbError('CLOSED', 'the image is closed; open it again, or close it later.'),
    );
  }

  /** The same as close(). */
  dispose() {
    this.close();
  }

  /** @param {DictView} root @param {string} name @param {ContainerType} type */
  #typed(root, name, type) {
    const at = root.pointerOf(name);
    const body = at === 0 ? 0 : this.#session.follow(at);
    if (body !== 0) return this.#open(body, name, type);
    throw new QbError(
      'NOT_FOUND',
      `the image has no '${name}'; there are ${[...root.keys()].slice(0, 20).join(', ')}.`,
      { given: name },
    );
  }

  /** @param {number} body @param {string} name @param {ContainerType} type */
  #open(body, name, type) {
    checkContainer(this.#session, body, name, type);
    return openContainer(this.#session, body, type.meta);
  }
}

if ('dispose' in Symbol) {
  Object.defineProperty(Image.prototype, Symbol.dispose, {
    value: Image.prototype.dispose,
    configurable: true,
    writable: true,
  });
}

/**
 * @param {Source} source from the first byte of the header on, a multiple of 8
 * @param {boolean} writable
 * @param {number} [address] in a heap
 * @returns {Image}
 * @throws {QbError} `CORRUPT`, `VERSION`
 */
export function openSource(source, writable, address = 0) {
  const { session, root } = openHeader(source, writable);
  return new Image(SECRET, session, root, address);
}

/**
 * Checks the header, and opens what is behind it.
 *
 * @param {Source} source
 * @param {boolean} writable
 * @returns {{ session: ImageSession, root: number }} the session of the whole image, and the address of its root
 * @throws {QbError} `CORRUPT`, `VERSION`, `SIZE`
 */
export function openHeader({ buffer, base, end }, writable) {
  const outer = new ImageSession(buffer, base, end, writable);
  const bytes = checkHeader(outer);
  if (base + bytes > end) outer.fail(`an image of ${bytes} bytes, ${end - base} are there`, base);
  const session = new ImageSession(buffer, base, base + bytes, writable);
  const types = u64At(session, base + HEADER.TYPES);
  if (types !== 0) session.openTypes(bodyAt(session, types));
  return { session, root: bodyAt(session, u64At(session, base + HEADER.ROOT)) };
}

/**
 * How large the image is that begins so.
 *
 * @param {Uint8Array} head its first bytes, all those of the header
 * @returns {number} bytes
 * @throws {QbError} `CORRUPT`, `VERSION`, `SIZE`
 */
export function imageBytes(head) {
  const copy = new Uint8Array(HEADER.BYTES);
  copy.set(head.subarray(0, HEADER.BYTES));
  return checkHeader(new ImageSession(copy.buffer, 0, Math.min(head.length, copy.length), false));
}

/**
 * @param {ImageSession} session from the header on
 * @returns {number} bytes that the image says it has
 */
function checkHeader(session) {
  const { m, base } = session;
  if (base + HEAD.BYTES <= session.end && m.u16[(base + HEAD.MAGIC) >>> 1] === MAGIC) {
    session.fail('no header of an image but a packed value: view() reads it', base);
  }
  session.need(base + HEADER.BYTES, base);
  const isImage = IMAGE_MAGIC.every((word, i) => m.u32[(base + i * 4) >>> 2] === word);
  if (!isImage) session.fail('no header of an image', base);
  const sum = crc32c(m.u8.slice(base, base + HEADER.HEADER_CHECKSUM));
  if (m.u32[(base + HEADER.HEADER_CHECKSUM) >>> 2] !== sum) {
    session.fail('a header whose checksum is wrong', base + HEADER.HEADER_CHECKSUM);
  }
  const oldest = m.u16[(base + HEADER.OLDEST) >>> 1];
  if (oldest > IMAGE_VERSION) {
    throw new QbError(
      'VERSION',
      `the image was written in version ${m.u16[(base + HEADER.VERSION) >>> 1]} of the format, for readers from version ` +
        `${oldest} on; this one reads version ${IMAGE_VERSION}. Use a newer qbwasm.`,
    );
  }
  const bytes = u64At(session, base + HEADER.FILE_BYTES);
  if (bytes > IMAGE_BYTES_MAX) {
    throw new QbError(
      'SIZE',
      `the image has ${bytes} bytes; JS opens up to ${IMAGE_BYTES_MAX}. Make several.`,
    );
  }
  if (bytes < HEADER.BYTES || bytes % 8 !== 0) session.fail(`an image of ${bytes} bytes`, base);
  return bytes;
}

/** @param {ImageSession} session @param {number} offset of a body from the start of the file */
function bodyAt(session, offset) {
  const body = session.base + offset;
  const isBody = offset % 8 === 0 && offset >= HEADER.BYTES && body + BODY_BYTES <= session.end;
  return isBody
    ? body
    : session.fail(`a header that leads to ${offset}, which is no body`, session.base);
}
