/**
 * Types of containers. Nothing here exists at run time.
 */
import type { AnyClass } from '../struct/infer.js';
import type { Element } from '../struct/pack-infer.js';
import type { Numbers } from '../struct/pack-values.js';
import type { ImageArray } from './array.js';
import type { ContainerKind, ContainerType } from './container-type.js';
import type { Packable, PackableValue } from './extend.js';
import type { ImageMap } from './map.js';
import type { ImageMultiMap } from './multi-map.js';
import type { ImageSet } from './set.js';

/** What a value of a type reads as: a struct class stands for its views. */
export type ValueOf<V> = V extends AnyClass ? InstanceType<V> : Element<V>;

/** What may be given for it: a struct may be an object with its fields. */
export type InputOf<V> = V extends AnyClass
  ? InstanceType<V> | Packable<InstanceType<V>>
  : PackableValue<Element<V>>;

/** What a key is asked for with: integers of 64 bits also as numbers. */
export type KeyOf<K> = Element<K> extends bigint ? bigint | number : Element<K>;

type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

/** What a container is built from. */
export type EntriesOf<Kind extends ContainerKind, K, V> = Kind extends 'array'
  ? AnyIterable<InputOf<V>>
  : Kind extends 'set'
    ? AnyIterable<KeyOf<K>>
    : AnyIterable<readonly [KeyOf<K>, InputOf<V>]>;

/** What may be merged: open containers and what they are built from. */
export type MergedOf<Kind extends ContainerKind, K, V> =
  | EntriesOf<Kind, K, V>
  | ViewOf<ContainerType<Kind, K, V>>;

type ArrayOfKind = {
  i8: Int8Array;
  u8: Uint8Array;
  i16: Int16Array;
  u16: Uint16Array;
  i32: Int32Array;
  u32: Uint32Array;
  i64: BigInt64Array;
  u64: BigUint64Array;
  f32: Float32Array;
  f64: Float64Array;
};

/** The values of a key of a multi-map: numbers are a typed array. */
export type ValuesOf<V> = V extends { readonly kind: infer N }
  ? N extends keyof ArrayOfKind
    ? ArrayOfKind[N]
    : ImageArray<ValueOf<V>>
  : ImageArray<ValueOf<V>>;

/** What reads a container in place. */
export type ViewOf<C> =
  C extends ContainerType<infer Kind, infer K, infer V>
    ? Kind extends 'array'
      ? ImageArray<ValueOf<V>>
      : Kind extends 'map'
        ? ImageMap<KeyOf<K>, ValueOf<V>>
        : Kind extends 'multiMap'
          ? ImageMultiMap<KeyOf<K>, ValueOf<V>, ValuesOf<V>>
          : ImageSet<KeyOf<K>>
    : never;

export type { Numbers };
