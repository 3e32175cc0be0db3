/**
 * qbwasm/image: packed values, and structs as packed values.
 *
 * An entry of its own, so that programs that only share memory do not load it. It works without a heap and without
 * wasm, on a plain ArrayBuffer. Importing it gives struct classes their `pack`, `packInto`, `unpackFrom` and `unpack`.
 *
 * @module qbwasm/image
 */
import './install.js';

/** Packs any value; reads it in place; plain values; the check of foreign bytes. */
export { pack, packInto, unpack, view } from '../struct/pack.js';
/** Dicts in packed bytes. */
export { PackedDict } from '../struct/pack-dict.js';
/** The field types of a struct, with those that are packed. */
export { t } from '../struct/pack-fields.js';
/** Lists and tuples in packed bytes. */
export { PackedList } from '../struct/pack-list.js';
/** Sets in packed bytes. */
export { PackedSet } from '../struct/pack-set.js';
/** Gives a struct class a code in packed bytes, and hooks. */
export { registerType } from '../struct/pack-types.js';
/** Values that JS has no type for. */
export { DateTime, Decimal, NdArray, Tuple, tuple } from '../struct/pack-values.js';
/** Makes a struct class to extend. */
export { struct } from '../struct/view.js';
/** Containers of an image, read in place. */
export { ImageArray } from './array.js';
/** Builds an image. */
export { buildImage } from './build.js';
/** What a container holds: for building it, and for reading it. */
export { arrayOf, ContainerType, mapOf, multiMapOf, setOf } from './container-type.js';
/** An open image. */
export { Image } from './image.js';
export { ImageMap } from './map.js';
export { ImageMultiMap } from './multi-map.js';
/** Opens an image. */
export { open, openBytes, openRoot } from './open.js';
export { ImageSet } from './set.js';

/** The check of foreign bytes: images and packed values. */
export { verify } from './verify.js';

/** @typedef {import('./build.js').BuildOptions} BuildOptions */
/**
 * @template {DestinationLike} [D=DestinationLike]
 * @typedef {import('./build.js').BuildResult<D>} BuildResult
 */
/** @typedef {import('./container-type.js').ContainerKind} ContainerKind */
/** @typedef {import('./container-type.js').KeyOptions} KeyOptions */
/** @typedef {import('./container-writer.js').ContainerCounts} ContainerCounts */
/** @typedef {import('./destination.js').DestinationLike} DestinationLike */
/** @typedef {import('./feed.js').Progress} Progress */
/** @typedef {import('./range.js').RangeOptions} RangeOptions */
/** @typedef {import('./source.js').ContainerOptions} ContainerOptions */
/** @typedef {import('./source.js').ContainerSource} ContainerSource */
/** @typedef {import('../struct/pack.js').Bytes} Bytes */
/**
 * @template [T=unknown]
 * @typedef {import('../struct/pack-set.js').SetLike<T>} SetLike
 */
/** @typedef {import('../struct/pack-values.js').Numbers} Numbers */
/** @typedef {import('../struct/types.js').NumericKind} NumericKind */
/** @typedef {import('./open.js').OpenBytesOptions} OpenBytesOptions */
/** @typedef {import('./open.js').OpenOptions} OpenOptions */
/** @typedef {import('./extend.js').StructPacking} StructPacking what structs can do once this is imported */
/** @typedef {import('../struct/pack.js').PackOptions} PackOptions */
/** @typedef {import('../struct/pack.js').ViewOptions} ViewOptions */
/** @typedef {import('../struct/pack-types.js').TypeOptions} TypeOptions */
/** @typedef {import('../struct/pack-verify.js').VerifyLimits} VerifyLimits */
/** @typedef {import('../struct/pack-verify.js').VerifyReport} VerifyReport */
