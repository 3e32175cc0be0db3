/**
 * The methods that qbwasm/image gives to struct classes, for TypeScript: the struct layer must not know packing.
 */
import type { AnyClass, FieldLiterals } from '../struct/infer.js';
import type { Bytes, PackOptions, ViewOptions } from '../struct/pack.js';
import type { DictLike, ListLike } from '../struct/pack-infer.js';

/** Fields of a value that is packed or unpacked: all may be left out. */
export type Packable<T> = {
  readonly [K in keyof T as T[K] extends (...args: never[]) => unknown
    ? never
    : K extends 'address' | 'm' | symbol
      ? never
      : K]?: PackableValue<T[K]>;
};

/** A field's value: a struct may be an object with its fields, an array a plain one; an optional may be null. */
export type PackableValue<V> = V extends
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  ? V | null
  : V extends { readonly address: number }
    ? V | Packable<V>
    : V extends BigInt64Array | BigUint64Array
      ? V | readonly bigint[]
      : V extends ArrayBufferView
        ? V | readonly number[]
        : V extends ListLike<infer E>
          ? V | readonly PackableValue<E>[]
          : V extends DictLike<infer K, infer E>
            ? V | ReadonlyMap<K, PackableValue<E>> | { readonly [name: string]: PackableValue<E> }
            : V | null;

/** The methods themselves. */
export interface StructPacking {
  /**
   * Packs a struct: a live or packed view, or an object with its fields.
   *
   * @throws QbError `TYPE`, `RANGE`, `SIZE`, `DUPLICATE`
   */
  pack<C extends AnyClass>(
    this: C,
    value: InstanceType<C> | Packable<InstanceType<C>>,
    options?: PackOptions,
  ): Uint8Array<ArrayBuffer>;
  /**
   * Packs a struct to a place in a buffer, a multiple of 8.
   *
   * @returns the offset of the first byte behind it
   * @throws QbError as `pack`, `ALIGN`; `SIZE` when it does not fit
   */
  packInto<C extends AnyClass>(
    this: C,
    value: InstanceType<C> | Packable<InstanceType<C>>,
    buffer: Bytes,
    offset?: number,
    options?: PackOptions,
  ): number;
  /**
   * A view that reads a packed struct in place.
   *
   * @throws QbError `CORRUPT`, `VERSION`, `SCHEMA`
   */
  unpackFrom<C extends AnyClass>(
    this: C,
    buffer: Bytes,
    offset?: number,
    options?: ViewOptions,
  ): InstanceType<C>;
  /**
   * The fields of a packed struct that are set, as plain values.
   *
   * @throws QbError `CORRUPT`, `VERSION`, `SCHEMA`
   */
  unpack<C extends AnyClass>(
    this: C,
    buffer: Bytes,
    offset?: number,
    options?: ViewOptions,
  ): Packable<InstanceType<C>>;
}

declare module '../struct/infer.js' {
  interface StructClass<N extends string, F extends FieldLiterals> extends StructPacking {}
}
