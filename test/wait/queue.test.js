import { describe, expect, it } from 'vitest';
import { SLICE_MILLISECONDS, WaitQueue } from '../../js/wait/queue.js';

/** Tokens in a shared word, and the marks that a queue made. */
function tokens() {
  const words = new Int32Array(new SharedArrayBuffer(8));
  /** @type {boolean[]} */
  const marks = [];
  /** @type {boolean[]} */
  const queued = [];
  const state = { error: /** @type {Error | null} */ (null) };
  const queue = new WaitQueue({
    attempt() {
      if (state.error !== null) throw state.error;
      if (words[0] === 0) return null;
      return words[0]--;
    },
    refusal: (waited) => new Error(waited === undefined ? 'none' : `none in ${waited} ms`),
    words: () => words,
    wordIndex: () => 1,
    mark: (isWaiting) => marks.push(isWaiting),
    queued: (isQueued) => queued.push(isQueued),
  });
  const give = (count = 1, isSilent = false) => {
    words[0] += count;
    if (isSilent) return;
    Atomics.add(words, 1, 1);
    Atomics.notify(words, 1);
  };
  return { queue, marks, queued, state, give };
}

describe('those who wait without blocking', () => {
  it('are served in the order in which they came', async () => {
    const { queue, give } = tokens();
    /** @type {string[]} */
    const order = [];
    const all = ['a', 'b', 'c'].map((name) => queue.join({}).then(() => order.push(name)));
    expect(queue.length).toBe(3);
    give(1);
    await all[0];
    give(2);
    await Promise.all(all);
    expect(order).toEqual(['a', 'b', 'c']);
    expect(queue.length).toBe(0);
  });

  it('are not overtaken by one who comes while something is available', async () => {
    const { queue, give } = tokens();
    /** @type {string[]} */
    const order = [];
    const first = queue.join({}).then(() => order.push('first'));
    give(2, true);
    const second = queue.join({}).then(() => order.push('second'));
    await Promise.all([first, second]);
    expect(order).toEqual(['first', 'second']);
  });

  it('get it after a slice when nobody woke them', async () => {
    const { queue, give } = tokens();
    const promise = queue.join({ timeout: 100 * SLICE_MILLISECONDS });
    give(1, true);
    await expect(promise).resolves.toBe(1);
  });

  it('mark themselves once, and take the mark away when the last has gone', async () => {
    const { queue, marks, queued, give } = tokens();
    const both = Promise.all([queue.join({}), queue.join({})]);
    expect(marks).toEqual([true]);
    give(2);
    await both;
    expect(marks).toEqual([true, false]);
    expect(queued).toEqual([true, false]);
  });

  it('leave on a timeout and on an abort, and the others stay', async () => {
    const { queue, give } = tokens();
    const abort = new AbortController();
    const late = queue.join({ timeout: 5 });
    const aborted = queue.join({ signal: abort.signal });
    const patient = queue.join({});
    abort.abort(new Error('enough'));
    const reasons = await Promise.allSettled([late, aborted]);
    expect(reasons.map((r) => r.status === 'rejected' && r.reason.message)).toEqual([
      'none in 5 ms',
      'enough',
    ]);
    give();
    await expect(patient).resolves.toBe(1);
  });

  it('are all told when trying throws', async () => {
    const { queue, state, marks, give } = tokens();
    const both = [queue.join({}), queue.join({})];
    state.error = new Error('gone');
    give();
    const reasons = await Promise.allSettled(both);
    expect(reasons.map((r) => r.status === 'rejected' && r.reason.message)).toEqual([
      'gone',
      'gone',
    ]);
    expect(marks).toEqual([true, false]);
    await expect(queue.join({})).rejects.toThrow('gone');
  });

  it('are refused at once with a timeout of 0, or an aborted signal', async () => {
    const { queue, marks } = tokens();
    await expect(queue.join({ timeout: 0 })).rejects.toThrow('none');
    await expect(queue.join({ signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    expect(marks).toEqual([]);
  });

  it.each([-1, Number.NaN])('get a RangeError for the timeout %s', (timeout) => {
    expect(() => tokens().queue.join({ timeout })).toThrow(RangeError);
    expect(() => tokens().queue.block(timeout)).toThrow(RangeError);
  });
});

describe('one who blocks', () => {
  it('takes what is there, and is refused after its time', () => {
    const { queue, give, marks } = tokens();
    give();
    expect(queue.block(0)).toBe(1);
    expect(() => queue.block(0)).toThrow('none');
    expect(marks).toEqual([]);
    expect(() => queue.block(3)).toThrow('none in 3 ms');
    expect(marks).toEqual([true, false]);
  });
});
