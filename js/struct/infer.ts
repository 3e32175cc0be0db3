/**
 * What TypeScript makes of a schema literal. The one module of types only; nothing here exists at run
 * time.
 *
 * `F extends Record<string, any>` and no narrower: a narrower constraint makes TypeScript look into the
 * literal while the class is still being defined, and a class that refers to itself is an error (TS7022).
 */

import type { MemoryTable } from '../base/memory.js';
import type { Heap } from '../heap/heap.js';
import type { AtomicField } from './atomics.js';
import type { Field } from './schema.js';

declare const VALUE: unique symbol;
declare const NAME: unique symbol;
declare const CLASS: unique symbol;
declare const PART: unique symbol;
declare const INNER: unique symbol;

/** A field type whose values are `T`. */
export interface FieldTypeOf<T> {
  /** Which of the types. */
  readonly kind: string;
  /** For TypeScript alone. @internal */
  readonly [VALUE]?: T;
}

/** A reference to a struct by its name. */
export interface RefByName<N extends string> extends FieldTypeOf<object> {
  readonly [NAME]: N;
}

/** A reference to a class. */
export interface RefToClass<C> extends FieldTypeOf<object> {
  readonly [CLASS]: C;
}

/** A struct in place. */
export interface NestedType<C> extends FieldTypeOf<object> {
  readonly [PART]: C;
}

/** A field that may be unset. */
export interface OptionalType<T> extends FieldTypeOf<object> {
  readonly [INNER]: T;
}

/** A class, whatever its constructor takes. */
// biome-ignore lint/suspicious/noExplicitAny: constructor parameters are contravariant
export type AnyClass = abstract new (...args: any[]) => any;
// biome-ignore lint/suspicious/noExplicitAny: see the head of this file
export type FieldLiterals = Record<string, any>;

/** What every view has besides its fields. */
export interface StructBase {
  /** Byte offset of the struct in the memory. */
  readonly address: number;
  /** The memory table that this view reads through. */
  readonly m: MemoryTable;
  /** Plain values, deep; bigint as decimal string, so that JSON takes it. */
  toJSON(): Record<string, unknown>;
  /** True when both have the same struct type and equal values, references followed. */
  equals(other: unknown): boolean;
  /** Pairs of name and value in schema order. */
  // biome-ignore lint/suspicious/noExplicitAny: so that a class may iterate over something else
  [Symbol.iterator](): IterableIterator<any>;
}

/** The value of a field type, in the struct `N` with the fields `F`. */
export type ValueOf<T, N extends string, F extends FieldLiterals> =
  T extends OptionalType<infer I>
    ? ValueOf<I, N, F> | undefined
    : T extends RefByName<infer M>
      ? (M extends N ? StructView<N, F> : StructBase) | null
      : T extends RefToClass<infer C>
        ? (C extends AnyClass ? InstanceType<C> : never) | null
        : T extends NestedType<infer C>
          ? C extends AnyClass
            ? InstanceType<C>
            : never
          : T extends FieldTypeOf<infer V>
            ? V
            : never;

/** A view: the fields of the schema over the bytes of a struct. */
export type StructView<N extends string, F extends FieldLiterals> = StructBase & {
  -readonly [K in keyof F]: ValueOf<F[K], N, F>;
};

/** What a static accessor takes and gives: as a view's field, but structs are addresses. */
export type StaticValueOf<T, N extends string, F extends FieldLiterals> =
  T extends RefByName<string> ? number : T extends RefToClass<unknown> ? number : ValueOf<T, N, F>;

export type StaticGetters<N extends string, F extends FieldLiterals> = {
  readonly [K in keyof F]: (address: number) => StaticValueOf<F[K], N, F>;
};

export type StaticSetters<N extends string, F extends FieldLiterals> = {
  readonly [K in keyof F]: (address: number, value: StaticValueOf<F[K], N, F>) => void;
};

type IntegerKind = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64';

/** The integer fields of a literal. */
export type AtomicFields<F extends FieldLiterals> = {
  readonly [K in keyof F as F[K] extends { readonly kind: IntegerKind } ? K : never]: AtomicField<
    F[K] extends FieldTypeOf<bigint> ? bigint : number
  >;
};

/** Fields to set in `new Type({...})`. */
export type StructInit<N extends string, F extends FieldLiterals> = {
  [K in keyof F]?: ValueOf<F[K], N, F>;
};

/** What `struct(name, fields)` returns: a class to extend. */
export interface StructClass<N extends string, F extends FieldLiterals> {
  new (init?: StructInit<N, F>): StructView<N, F>;
  /** What views inherit from. */
  readonly prototype: StructView<N, F>;
  /** Bytes of one struct. */
  readonly bytes: number;
  /** Field table: name to type, offset and size in bytes. */
  readonly fields: { readonly [K in keyof F]: Field };
  /** Reads by address, for hot loops: hoist `const { x } = Type.get` out of the loop. */
  readonly get: StaticGetters<N, F>;
  /** Writes by address, for hot loops. */
  readonly set: StaticSetters<N, F>;
  /** Atomic operations on integer fields: `Type.atomic.count.add(view, 1)`. */
  readonly atomic: AtomicFields<F>;
  /** A view of the struct at an address. Runs no constructor. */
  at<C extends AnyClass>(this: C, heap: Heap, address: number): InstanceType<C>;
  /** Frees a struct of the heap and its boxed values; with `graph`, also what is reachable from it. */
  free<C extends AnyClass>(this: C, view: InstanceType<C>, options?: { graph?: boolean }): void;
}

/** A property of the static side of a parent. */
type Static<P, K extends string> = P extends { readonly [Key in K]: infer V } ? V : unknown;

/** What `struct(name, fields, Parent)` returns: the parent's fields and those of its own. */
export type ExtendedClass<P extends AnyClass, N extends string, F extends FieldLiterals> = Omit<
  StructClass<N, F>,
  'prototype' | 'fields' | 'get' | 'set' | 'atomic'
> & {
  // biome-ignore lint/suspicious/noExplicitAny: the parent's constructor decides what it takes
  new (...args: any[]): InstanceType<P> & StructView<N, F>;
  /** What views inherit from. */
  readonly prototype: InstanceType<P> & StructView<N, F>;
  /** Field table: name to type, offset and size in bytes. */
  readonly fields: Static<P, 'fields'> & StructClass<N, F>['fields'];
  /** Atomic operations on integer fields. */
  readonly atomic: Static<P, 'atomic'> & AtomicFields<F>;
  /** Reads by address, for hot loops. */
  readonly get: Static<P, 'get'> & StaticGetters<N, F>;
  /** Writes by address, for hot loops. */
  readonly set: Static<P, 'set'> & StaticSetters<N, F>;
};
