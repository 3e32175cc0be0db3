import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  describe as describeValue,
  QbError,
  QbRangeError,
  QbTypeError,
  TimeoutError,
  warnPerformance,
} from '../../js/base/errors.js';
import { STATUS, STATUS_NAMES } from '../../js/base/generated/layout.js';
import { statusError } from '../../js/base/status.js';

afterEach(() => vi.unstubAllGlobals());

describe('QbError', () => {
  it('is an Error with a stable code', () => {
    const error = new QbError('SIZE', 'too large');
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.code, error.message]).toEqual(['QbError', 'SIZE', 'too large']);
  });

  it('has the fields that were given and no others', () => {
    const error = new QbError('ADDRESS', 'x', { address: 4096, requestedBytes: 8 });
    expect({ ...error }).toEqual({ code: 'ADDRESS', address: 4096, requestedBytes: 8 });
  });

  it('keeps the cause', () => {
    const cause = new Error('behind');
    expect(new QbError('DESCRIPTOR', 'x', { cause }).cause).toBe(cause);
  });

  it('keeps a given undefined apart from nothing given', () => {
    expect('given' in new QbError('TYPE', 'x', { given: undefined })).toBe(true);
    expect('given' in new QbError('TYPE', 'x')).toBe(false);
  });
});

describe('a refused argument', () => {
  it('is a TypeError or RangeError, and an error of this library', () => {
    const type = new QbTypeError('x', 1);
    const range = new QbRangeError('SIZE', 'y', -1);
    expect([type instanceof TypeError, type instanceof QbError]).toEqual([true, true]);
    expect([range instanceof RangeError, range instanceof QbError]).toEqual([true, true]);
    expect({ ...range }).toEqual({ code: 'SIZE', given: -1 });
    expect([type.name, range.name]).toEqual(['TypeError', 'RangeError']);
  });

  it('is told from errors of others and from other errors of this library', () => {
    const all = [new Error('x'), new RangeError('x'), null, undefined, 7, { code: 'SIZE' }];
    expect(all.filter((value) => value instanceof QbError)).toEqual([]);
    expect(new QbError('SIZE', 'x')).not.toBeInstanceOf(TimeoutError);
    expect(new QbError('SIZE', 'x')).not.toBeInstanceOf(RangeError);
    expect(new TimeoutError('late')).toBeInstanceOf(QbError);
    expect(new TimeoutError('late')).toMatchObject({ name: 'TimeoutError', code: 'TIMEOUT' });
  });
});

describe('a value in a message', () => {
  it.each([
    [-0, '-0'],
    [Number.NaN, 'NaN'],
    [2 ** 53, '9007199254740992'],
    ['16', 'the string "16"'],
    ['x'.repeat(1000), `the string "${'x'.repeat(40)}"...`],
    [16n, 'the bigint 16n'],
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [[1], 'an array'],
    [() => 1, 'a function'],
    [Symbol('s'), 'a symbol'],
  ])('%# is shown by kind', (value, text) => {
    expect(describeValue(value)).toBe(text);
  });

  it('runs no code of the value', () => {
    const trap = () => {
      throw new Error('user code ran');
    };
    const value = new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap });
    expect(describeValue(value)).toBe('an object');
  });
});

describe('an error from a status', () => {
  it.each(STATUS_NAMES.filter((name) => name !== 'OK'))('%s says what and what to do', (name) => {
    const status = STATUS[/** @type {keyof typeof STATUS} */ (name)];
    const error = statusError(status, 'call(1)', { address: 1 });
    expect(error.code).toBe(name);
    expect(error.message).toMatch(/^call\(1\): [a-z].*\. .{10,}\.$/);
    expect(error.address).toBe(1);
  });

  it('says how many bytes are left when the heap is full', () => {
    const error = statusError(STATUS.OUT_OF_MEMORY, 'alloc(9 bytes)', { requestedBytes: 9 }, 65536);
    expect(error).toMatchObject({ requestedBytes: 9, availableBytes: 65536 });
    expect(error.message).toContain('65536 bytes');
    expect(error.message).toContain('larger maximum');
  });

  it('admits a status it does not know', () => {
    expect(statusError(999, 'call()')).toMatchObject({ code: 'UNKNOWN' });
  });
});

describe('a performance warning', () => {
  it('goes through process.emitWarning in Node', () => {
    const emitWarning = vi.fn();
    vi.stubGlobal('process', { emitWarning });
    warnPerformance('1 object is still alive');
    expect(emitWarning).toHaveBeenCalledWith('1 object is still alive', 'PerformanceWarning');
  });

  it('goes to the console elsewhere', () => {
    const warn = vi.fn();
    vi.stubGlobal('process', undefined);
    vi.stubGlobal('console', { ...console, warn });
    warnPerformance('slow');
    vi.unstubAllGlobals();
    expect(warn).toHaveBeenCalledWith('PerformanceWarning: slow');
  });
});
