/**
 * Atomic operations on the integer fields of a struct: `Type.atomic.count.add(view, 1)`.
 *
 * A plain read or write of an aligned field never tears, but a read-modify-write of two threads can lose one
 * of them, and neither orders what stands around it. These do: they are the operations of Atomics, with the
 * field's checks and the view's protection. Sums wrap around as in C.
 *
 * Layer: struct. Any thread; `wait` blocks and is refused by the main thread of browsers.
 *
 * @module struct/atomics
 */
import { capabilities } from '../base/environment.js';
import { QbError } from '../base/errors.js';
import { FITS } from './codec.js';
import { FieldTypeError, fieldError } from './errors.js';
import { nullMap } from './schema.js';

/** @typedef {import('./link.js').StructType} StructType */
/** @typedef {import('./schema.js').Field} Field */
/** @typedef {import('./scope.js').View} View */
/** @typedef {'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64'} IntegerKind */
/** @typedef {'ok' | 'not-equal' | 'timed-out'} WaitResult */

/** @type {readonly string[]} */
const INTEGER_KINDS = ['i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64'];
/** @type {readonly string[]} those that a thread can wait on */
const WAITABLE_KINDS = ['i32', 'i64'];

/**
 * One integer field. `T` is number or bigint.
 *
 * @template {number | bigint} [T=number]
 */
export class AtomicField {
  #field;
  #kind;
  #fits;
  #prototype;
  #shift;

  /**
   * @param {Field} field
   * @param {object} prototype of the classes that have it
   */
  constructor(field, prototype) {
    this.#field = field;
    this.#kind = /** @type {IntegerKind} */ (field.kind);
    this.#fits = FITS[this.#kind];
    this.#prototype = prototype;
    this.#shift = Math.log2(field.bytes);
    Object.freeze(this);
  }

  /** @param {object} view @returns {T} */
  load(view) {
    return this.#result(Atomics.load(this.#array(view), this.#index(view)));
  }

  /**
   * @param {object} view
   * @param {T} value
   * @returns {T} the value
   */
  store(view, value) {
    return this.#result(Atomics.store(this.#array(view), this.#index(view), this.#check(value)));
  }

  /**
   * @param {object} view
   * @param {T} value
   * @returns {T} what stood there before
   */
  add(view, value) {
    return this.#result(Atomics.add(this.#array(view), this.#index(view), this.#check(value)));
  }

  /**
   * @param {object} view
   * @param {T} value
   * @returns {T} what stood there before
   */
  sub(view, value) {
    return this.#result(Atomics.sub(this.#array(view), this.#index(view), this.#check(value)));
  }

  /**
   * @param {object} view
   * @param {T} value
   * @returns {T} what stood there before
   */
  and(view, value) {
    return this.#result(Atomics.and(this.#array(view), this.#index(view), this.#check(value)));
  }

  /**
   * @param {object} view
   * @param {T} value
   * @returns {T} what stood there before
   */
  or(view, value) {
    return this.#result(Atomics.or(this.#array(view), this.#index(view), this.#check(value)));
  }

  /**
   * @param {object} view
   * @param {T} value
   * @returns {T} what stood there before
   */
  xor(view, value) {
    return this.#result(Atomics.xor(this.#array(view), this.#index(view), this.#check(value)));
  }

  /**
   * @param {object} view
   * @param {T} value
   * @returns {T} what stood there before
   */
  exchange(view, value) {
    return this.#result(Atomics.exchange(this.#array(view), this.#index(view), this.#check(value)));
  }

  /**
   * Writes the replacement if the field is as expected.
   *
   * @param {object} view
   * @param {T} expected
   * @param {T} replacement
   * @returns {T} what stood there before: equal to `expected` when it was replaced
   */
  compareExchange(view, expected, replacement) {
    const array = this.#array(view);
    const [from, to] = [this.#check(expected), this.#check(replacement)];
    return this.#result(Atomics.compareExchange(array, this.#index(view), from, to));
  }

  /**
   * Blocks until another thread notifies, while the field has a value.
   *
   * @param {object} view
   * @param {T} value
   * @param {number} [timeoutMs] no limit by default
   * @returns {WaitResult} `not-equal` at once when it has another value
   * @throws {QbError} `UNSUPPORTED` for kinds other than i32 and i64, and on a browser's main thread
   */
  wait(view, value, timeoutMs = Number.POSITIVE_INFINITY) {
    const array = this.#waitable(view);
    if (!capabilities().atomicsWait) throw blockingError();
    const expected = this.#check(value);
    return Atomics.wait(array, this.#index(view), expected, checkTimeout(timeoutMs));
  }

  /**
   * The same without blocking.
   *
   * @param {object} view
   * @param {T} value
   * @param {number} [timeoutMs]
   * @returns {Promise<WaitResult>}
   * @throws {QbError} `UNSUPPORTED` for kinds other than i32 and i64, and where there is no Atomics.waitAsync
   */
  async waitAsync(view, value, timeoutMs = Number.POSITIVE_INFINITY) {
    const array = this.#waitable(view);
    const expected = this.#check(value);
    const { waitAsync } = /** @type {WaitingAtomics} */ (/** @type {unknown} */ (Atomics));
    if (waitAsync === undefined) throw asyncError();
    return waitAsync(array, this.#index(view), expected, checkTimeout(timeoutMs)).value;
  }

  /**
   * Wakes threads that wait on the field. A thread that dies may swallow its wake-up, so wake all unless you
   * know better.
   *
   * @param {object} view
   * @param {number} [count] all by default
   * @returns {number} how many were woken
   * @throws {QbError} `UNSUPPORTED`
   */
  notify(view, count = Number.POSITIVE_INFINITY) {
    const array = this.#waitable(view);
    return Atomics.notify(array, this.#index(view), count);
  }

  /**
   * The typed array of the field's kind. Atomics has no signature for all of them, so they count as one.
   *
   * @param {object} view
   */
  #array(view) {
    if (!Object.prototype.isPrototypeOf.call(this.#prototype, view) || !Object.hasOwn(view, 'm')) {
      const { owner, name } = this.#field;
      throw new FieldTypeError(`${owner}.atomic.${name} takes a view of a ${owner}.`, name, view);
    }
    const { m, address } = /** @type {View} */ (view);
    const scope = /** @type {{ kind: string, checkAtomic(field: Field): void } | null} */ (m.scope);
    if (scope !== null && scope.kind === 'packed') scope.checkAtomic(this.#field);
    const array = m[this.#kind];
    void array[(address + this.#field.offset) >>> this.#shift]; // throws when the scope is closed
    return /** @type {Int32Array<SharedArrayBuffer>} */ (array);
  }

  /** @param {object} view */
  #waitable(view) {
    const { owner, name } = this.#field;
    if (WAITABLE_KINDS.includes(this.#kind)) return this.#array(view);
    throw new QbError(
      'UNSUPPORTED',
      `${owner}.${name} is ${this.#kind}; threads can wait on i32 and i64 fields only.`,
    );
  }

  /** @param {object} view */
  #index(view) {
    const { address } = /** @type {View} */ (view);
    return (address + this.#field.offset) >>> this.#shift;
  }

  /**
   * @param {unknown} value
   * @returns {number} the value, which is a bigint where the kind says so
   */
  #check(value) {
    if (!this.#fits(value)) throw fieldError(this.#field, value);
    return /** @type {number} */ (value);
  }

  /**
   * @param {unknown} value
   * @returns {T}
   */
  #result(value) {
    return /** @type {T} */ (value);
  }
}

/**
 * @typedef {object} WaitingAtomics
 * @property {(array: ArrayBufferView, index: number, value: unknown, timeoutMs: number) =>
 *   { value: WaitResult | Promise<WaitResult> }} waitAsync
 */

function blockingError() {
  return new QbError(
    'UNSUPPORTED',
    'this thread may not block. Use waitAsync(), or wait in a worker.',
  );
}

function asyncError() {
  return new QbError(
    'UNSUPPORTED',
    'this engine has no Atomics.waitAsync: use wait() in a worker. capabilities().waitAsync tells before.',
  );
}

/**
 * @param {number} timeoutMs
 * @returns {number}
 */
function checkTimeout(timeoutMs) {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return timeoutMs;
  throw new QbError('ARGUMENT', 'the timeout must be a number of milliseconds, 0 or more.', {
    given: timeoutMs,
  });
}

/**
 * The atomic fields of a struct type, by name. Null prototype.
 *
 * @param {StructType} type
 * @param {object} prototype of the class that struct() returned
 * @returns {Readonly<Record<string, AtomicField>>}
 */
export function atomicFields(type, prototype) {
  const integers = type.schema.list.filter(({ kind }) => INTEGER_KINDS.includes(kind));
  return nullMap(integers.map((field) => [field.name, new AtomicField(field, prototype)]));
}
