/**
 * Settings of object pools: what is allowed, and what contradicts.
 *
 * Layer: lifetime. Any thread.
 *
 * @module lifetime/pool-options
 */
import {
  argumentError,
  checkBoolean,
  checkChoice,
  checkInteger,
  checkOptions,
  typeError,
} from '../base/check.js';
import { describe, QbError } from '../base/errors.js';

/** Most slots of a pool. */
export const SLOTS_MAX = 2 ** 24;
/** Growth factors are 16.16 fixed point in the core. */
const FACTOR_ONE = 65536;
const FACTOR_MAX = 65535;

/**
 * A pool that grows by so many slots.
 *
 * @typedef {object} LinearGrowth
 * @property {number} by slots at a time, 1 .. 2^24
 * @property {number} [max] capacity at most; 2^24 by default
 */

/**
 * A pool that grows by a factor.
 *
 * @typedef {object} ExponentialGrowth
 * @property {number} factor more than 1
 * @property {number} [max] capacity at most; 2^24 by default
 */

/** Whether a pool gets more slots when none is free. @typedef {'fixed' | LinearGrowth | ExponentialGrowth} Growth */

/**
 * What pools of structs and of JS objects have in common.
 *
 * @template T
 * @typedef {object} CommonOptions
 * @property {number} capacity slots at first, 1 .. 2^24
 * @property {Growth} [growth] `'fixed'` by default: an acquire that finds no free slot fails
 * @property {'eager' | 'lazy'} [init] when a slot's object is made: when the pool opens, or at its first use
 *   (the default). Slots that come by growth are made at their first use
 * @property {(object: T) => void} [reset] called at each release
 * @property {boolean} [stats] count; false by default, and then free of cost
 */

/**
 * What a dead worker had acquired: released as well (the default), left acquired by nobody, or by this agent.
 *
 * @typedef {'release' | 'keep' | 'own'} SlotDecision
 */

/**
 * What pools of structs have besides.
 *
 * @template T
 * @typedef {object} StructOnlyOptions
 * @property {'thread' | 'shared'} [sharing] `'shared'` (the default): any thread that attaches acquires and
 *   releases; `'thread'`: only this one, which is faster
 * @property {(object: T) => void} [factory] called with each struct once, before its first use; it is zero
 * @property {(object: T, handle: number) => SlotDecision | undefined | void} [onOrphan] asked, in the agent that
 *   reaps a dead worker, of each struct that it had acquired
 */

/**
 * What `heap.pool` takes.
 *
 * @template T
 * @typedef {CommonOptions<T> & StructOnlyOptions<T>} PoolOptions
 */

/** @typedef {{ capacity: number, capacityMax: number, growthSlots: number, growthFactor: number }} Sizes */

/**
 * @template T
 * @typedef {object} Settings
 * @property {Sizes} sizes
 * @property {boolean} isShared
 * @property {boolean} isEager
 * @property {boolean} hasStats
 * @property {((object: T) => void) | null} reset
 * @property {((object: T) => void) | null} factory
 * @property {NonNullable<StructOnlyOptions<T>['onOrphan']> | null} onOrphan
 */

const COMMON_NAMES = ['capacity', 'growth', 'init', 'reset', 'stats'];
const STRUCT_NAMES = [...COMMON_NAMES, 'sharing', 'factory', 'onOrphan'];

/**
 * @template T
 * @param {PoolOptions<T> | undefined} options
 * @returns {Settings<T>}
 * @throws {QbError} `ARGUMENT`, `TYPE`, `CONFIGURATION`
 */
export function checkPoolOptions(options) {
  const given = checkOptions('pool options', options, STRUCT_NAMES);
  const sharing = checkChoice('sharing', given.sharing ?? 'shared', ['shared', 'thread']);
  return {
    ...checkCommon(given),
    isShared: sharing === 'shared',
    factory: checkFunction('factory', given.factory),
    onOrphan: checkFunction('onOrphan', given.onOrphan),
  };
}

/**
 * @template T
 * @param {CommonOptions<T> | undefined} options
 * @returns {Settings<T>}
 * @throws {QbError} `ARGUMENT`, `TYPE`, `CONFIGURATION`
 */
export function checkObjectPoolOptions(options) {
  const given = checkOptions('ObjectPool options', options, COMMON_NAMES);
  return { ...checkCommon(given), isShared: false, factory: null, onOrphan: null };
}

/**
 * @template T
 * @param {Partial<CommonOptions<T>>} given
 */
function checkCommon({ capacity, growth = 'fixed', init = 'lazy', reset, stats = false }) {
  if (capacity === undefined) {
    throw configurationError(
      `a pool needs a capacity; give an integer from 1 to ${SLOTS_MAX}, as in {capacity: 1000}.`,
    );
  }
  return {
    sizes: sizesOf(checkInteger('capacity', capacity, 1, SLOTS_MAX), growth),
    isEager: checkChoice('init', init, ['eager', 'lazy']) === 'eager',
    hasStats: checkBoolean('stats', stats),
    reset: checkFunction('reset', reset),
  };
}

/**
 * @param {number} capacity
 * @param {Growth} growth
 * @returns {Sizes}
 */
function sizesOf(capacity, growth) {
  if (growth === 'fixed') {
    return { capacity, capacityMax: capacity, growthSlots: 0, growthFactor: 0 };
  }
  if (typeof growth !== 'object' || growth === null) {
    throw argumentError('growth', growth, "'fixed', {by: slots, max?} or {factor: number, max?}");
  }
  const given = /** @type {Partial<LinearGrowth & ExponentialGrowth>} */ (
    checkOptions('growth', growth, ['by', 'factor', 'max'])
  );
  const { by, factor, max = SLOTS_MAX } = given;
  if ((by === undefined) === (factor === undefined)) {
    throw configurationError(
      `growth has ${by === undefined ? 'neither by nor' : 'both by and'} factor; give one of the two.`,
    );
  }
  const capacityMax = checkInteger('growth.max', max, capacity, SLOTS_MAX);
  if (by !== undefined) {
    const growthSlots = checkInteger('growth.by', by, 1, SLOTS_MAX);
    return { capacity, capacityMax, growthSlots, growthFactor: 0 };
  }
  if (typeof factor !== 'number') throw typeError('growth.factor', factor, 'a number');
  const growthFactor = Math.round(factor * FACTOR_ONE);
  if (!(growthFactor > FACTOR_ONE && factor <= FACTOR_MAX)) {
    throw argumentError('growth.factor', factor, `a number above 1, up to ${FACTOR_MAX}`);
  }
  return { capacity, capacityMax, growthSlots: 0, growthFactor };
}

/**
 * The capacity after one step of growth; the core computes the same.
 *
 * @param {Sizes} sizes
 * @param {number} capacity
 * @returns {number}
 */
export function grownCapacity({ capacityMax, growthSlots, growthFactor }, capacity) {
  const scaled = Math.max(Math.floor((capacity * growthFactor) / FACTOR_ONE), capacity + 1);
  return Math.min(growthSlots > 0 ? capacity + growthSlots : scaled, capacityMax);
}

/**
 * @template {Function} F
 * @param {string} what
 * @param {F | undefined} given
 * @returns {F | null}
 */
export function checkFunction(what, given) {
  if (given === undefined) return null;
  if (typeof given !== 'function') throw typeError(what, given, 'a function');
  return given;
}

/**
 * @param {string} message
 * @returns {QbError}
 */
export function configurationError(message) {
  return new QbError('CONFIGURATION', message);
}

/**
 * @param {unknown} count
 * @returns {number}
 */
export function checkCount(count) {
  return checkInteger('count', count, 0, SLOTS_MAX);
}

/**
 * @param {string} name of the pool, for the message
 * @param {unknown} given
 * @returns {QbError}
 */
export function foreignError(name, given) {
  return new QbError(
    'TYPE',
    `${name} was given ${describe(given)}, which is no object of this pool. Release what its acquire() ` +
      'returned, to the same pool.',
    { given },
  );
}
