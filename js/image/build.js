/**
 * Building an image: the values of its root, then the parts of its containers one after the other.
 *
 *     | header 64 | root, bodies of containers | parts of the first | parts of the second ... | types |
 *         last              filled in at the end
 *
 * Entries are asked for one by one. What is kept of them is what the containers need: of a map 8 bytes a slot of its
 * index. Everything else goes out, or waits in spill files.
 *
 * Layer: image. A build belongs to one agent.
 *
 * @module image/build
 */
import { checkBoolean, checkOptions, typeError } from '../base/check.js';
import { PACK_LIMITS } from '../struct/pack-format.js';
import { Whole } from '../struct/pack-place.js';
import { containerWriter } from './container-writer.js';
import { combineCrc32c, crc32c } from './crc.js';
import { openDestination } from './destination.js';
import { feed } from './feed.js';
import {
  HEADER,
  IMAGE_MAGIC,
  IMAGE_OLDEST_READER,
  IMAGE_VERSION,
  PART_ALIGN_BYTES,
} from './format.js';
import { ImagePacker } from './packer.js';
import { ContainerSource } from './source.js';
import { padTo } from './spool.js';

/** @typedef {import('./container-writer.js').ContainerCounts} ContainerCounts */
/** @typedef {import('./destination-base.js').Destination} Destination */
/** @typedef {import('./destination.js').DestinationLike} DestinationLike */
/** @typedef {import('./feed.js').FeedOptions} FeedOptions */
/** @typedef {import('./feed.js').Progress} Progress */

/**
 * How an image is built.
 *
 * @typedef {object} BuildOptions
 * @property {(progress: Progress) => void} [progress] called about ten times a second
 * @property {AbortSignal} [signal] ends the build; nothing of it is left behind
 * @property {string} [root] of a heap: the name under which the image is published
 * @property {string | URL} [spill] folder of temporary files. Left out: that of the destination file; for other destinations
 *   parts wait in memory
 * @property {boolean} [layouts] whether the image tells the layouts of its structs (true). Without, it is smaller, and only
 *   readable by classes of the same layout
 */

/**
 * The image in place; null when it is a file.
 *
 * @template {DestinationLike} D
 * @typedef {D extends string | URL ? null : Uint8Array} BufferOf
 */

/**
 * What was built, and where it is.
 *
 * @template {DestinationLike} [D=DestinationLike]
 * @typedef {object} BuildResult
 * @property {number} bytes of the image
 * @property {BufferOf<D>} buffer the image in place; null when it is a file
 * @property {number} address of the image in a heap, else 0
 * @property {ContainerCounts} counts of all containers
 * @property {Record<string, ContainerCounts>} containers by their names in the root; the root itself is 'root'
 */

const OPTIONS = Object.freeze(['progress', 'signal', 'root', 'spill', 'layouts']);

/**
 * Builds an image.
 *
 * @template {DestinationLike} D
 * @param {D} dest left out: a private buffer; a buffer to write into; a path or file URL; a Heap
 * @param {unknown} root what stands in it: a container (`type.from(entries)`), or any value that can be packed, with
 *   containers in it; mostly an object
 * @param {BuildOptions} [options]
 * @returns {Promise<BuildResult<D>>}
 * @throws {QbError} what packing throws; `DUPLICATE`; `SIZE` when it does not fit, or has 4 GiB and more; `OUT_OF_MEMORY`, `EXISTS` of a heap; the
 *   reason of the signal; what the iterable throws. Then the destination is as it was
 *
 * @example
 * class City extends struct('City', { name: t.string, people: t.u32 }) {}
 * const cities = [{ name: 'Lima', people: 10_000_000 }, { name: 'Oslo', people: 710_000 }];
 * await buildImage('cities.qbi', {
 *   cities: arrayOf(City).from(cities),
 *   byName: mapOf(t.string, t.u32).from(cities.map(({ name }, i) => [name, i])),
 *   made: new Date(),
 * });
 * const image = await open('cities.qbi');
 * image.get('byName', mapOf(t.string, t.u32)).get('Oslo'); // 1
 */
export async function buildImage(dest, root, options) {
  const given = checkOptions('buildImage', options, OPTIONS);
  const { layouts = true, progress, signal } = given;
  checkBoolean('layouts', layouts);
  if (progress !== undefined && typeof progress !== 'function') {
    throw typeError('progress', progress, 'a function');
  }
  signal?.throwIfAborted();
  const destination = openDestination(dest, given);
  const packer = new ImagePacker(PACK_LIMITS.BYTES, layouts);
  try {
    const build = new Build(destination, packer);
    await build.run(root, { progress, signal });
    const result = await destination.finish(build.result());
    return /** @type {BuildResult<D>} */ (result);
  } catch (error) {
    await destination.abort();
    throw error;
  }
}

class Build {
  #destination;
  #packer;
  /** Root and bodies of containers: they stand behind the header, and are filled in at the end. */
  #head = new Uint8Array(0);
  #rootAt = 0;
  #typesAt = 0;
  /** @type {Record<string, ContainerCounts>} */
  #counts = {};

  /** @param {Destination} destination @param {ImagePacker} packer */
  constructor(destination, packer) {
    this.#destination = destination;
    this.#packer = packer;
  }

  /** @param {unknown} root @param {FeedOptions} options */
  async run(root, options) {
    const image = this.#destination;
    const packer = this.#packer;
    const rootAt = packer.pack(root, null, new Whole('root'));
    if (rootAt < 0) throw typeError('the root of an image', root, 'a container or a value');
    this.#rootAt = HEADER.BYTES + rootAt;
    this.#head = packer.bodies().slice();
    const containers = [...packer.containers];
    const names = namesOf(root);
    image.append(new Uint8Array(HEADER.BYTES));
    image.append(this.#head);
    padTo(image, PART_ALIGN_BYTES);
    const end = image.length;
    this.#head = padded(this.#head, end - HEADER.BYTES);
    image.restartChecksum();
    for (const [source, position] of containers) {
      const name = names.get(source) ?? 'root';
      const at = position - 16 + HEADER.BYTES;
      await this.#container(source, name, at, options);
    }
    const types = packer.packTypes();
    if (types >= 0) {
      padTo(image, 8);
      this.#typesAt = image.length;
      image.append(packer.bodies());
    }
    padTo(image, 8);
    this.#writeHead(image.length - end);
  }

  /** @returns {Omit<BuildResult, 'buffer' | 'address'>} */
  result() {
    const counts = { entries: 0, keys: 0, values: 0 };
    for (const { entries, keys, values } of Object.values(this.#counts)) {
      counts.entries += entries;
      counts.keys += keys;
      counts.values += values;
    }
    return { bytes: this.#destination.length, counts, containers: this.#counts };
  }

  /** @param {ContainerSource} source @param {string} name @param {number} at @param {FeedOptions} options */
  async #container(source, name, at, options) {
    const image = this.#destination;
    const writer = containerWriter(source, name, this.#packer, image);
    try {
      await feed(source.entries, writer, name, options);
      writer.writeTo(image);
      this.#head.set(writer.body(at), at - HEADER.BYTES);
      this.#counts[name] = writer.counts;
    } finally {
      writer.close();
    }
  }

  /** @param {number} restBytes behind the head */
  #writeHead(restBytes) {
    const image = this.#destination;
    const header = new DataView(new ArrayBuffer(HEADER.BYTES));
    IMAGE_MAGIC.forEach((word, i) => {
      header.setUint32(i * 4, word, true);
    });
    header.setUint16(HEADER.VERSION, IMAGE_VERSION, true);
    header.setUint16(HEADER.OLDEST, IMAGE_OLDEST_READER, true);
    header.setBigUint64(HEADER.FILE_BYTES, BigInt(image.length), true);
    header.setBigUint64(HEADER.ROOT, BigInt(this.#rootAt), true);
    header.setBigUint64(HEADER.TYPES, BigInt(this.#typesAt), true);
    const sum = combineCrc32c(crc32c(this.#head), image.checksum, restBytes);
    header.setUint32(HEADER.CHECKSUM, sum, true);
    const bytes = new Uint8Array(header.buffer);
    const headerSum = crc32c(bytes.subarray(0, HEADER.HEADER_CHECKSUM));
    header.setUint32(HEADER.HEADER_CHECKSUM, headerSum, true);
    image.patch(HEADER.BYTES, this.#head);
    image.patch(0, bytes);
  }
}

/** @param {Uint8Array} bytes @param {number} length */
function padded(bytes, length) {
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

/**
 * Names of the containers that stand in an object, for errors and progress.
 *
 * @param {unknown} root
 * @returns {Map<ContainerSource, string>}
 */
function namesOf(root) {
  /** @type {Map<ContainerSource, string>} */
  const names = new Map();
  if (typeof root !== 'object' || root === null) return names;
  const entries = root instanceof Map ? root : Object.entries(root);
  for (const [name, value] of entries) {
    if (value instanceof ContainerSource) names.set(value, String(name));
  }
  return names;
}
