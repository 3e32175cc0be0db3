/**
 * Types of packed values. Nothing here exists at run time.
 */
import type {
  AnyClass,
  FieldTypeOf,
  NestedType,
  OptionalType,
  RefByName,
  RefToClass,
} from './infer.js';
import type { PackedView } from './pack.js';

/** What an array and a list in packed bytes have in common. */
export interface ListLike<T> extends Iterable<T> {
  readonly length: number;
  at(index: number): T | undefined;
  includes(value: T): boolean;
  slice(start?: number, end?: number): ListLike<T>;
}

/** What a Set and a set in packed bytes have in common. */
export interface SetLike<T> extends Iterable<T> {
  readonly size: number;
  has(value: T): boolean;
}

/** What a Map and a dict in packed bytes have in common. */
export interface DictLike<K, V> extends Iterable<[K, V]> {
  readonly size: number;
  has(key: K): boolean;
  get(key: K): V | undefined;
}

/** The value of a field type within a list, set or dict. */
export type Element<T> =
  T extends OptionalType<infer I>
    ? Element<I> | null | undefined
    : T extends RefToClass<infer C>
      ? (C extends AnyClass ? InstanceType<C> : never) | null
      : T extends NestedType<infer C>
        ? C extends AnyClass
          ? InstanceType<C>
          : never
        : T extends RefByName<string>
          ? object | null
          : T extends FieldTypeOf<infer V>
            ? V
            : never;

export type ListType<T> = FieldTypeOf<ListLike<Element<T>> | undefined>;
export type TupleType<T extends readonly unknown[]> = FieldTypeOf<
  ListLike<Element<T[number]>> | undefined
>;
export type SetType<T> = FieldTypeOf<SetLike<Element<T>> | undefined>;
export type DictType<K, V> = FieldTypeOf<DictLike<Element<K>, Element<V>> | undefined>;

/** A view of packed bytes: a value, or an object that reads in place. */
export type { PackedView };
