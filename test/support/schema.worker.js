/**
 * A worker that has definitions of its own, or none: workerData is {heap, job, ...}. Answers by one message.
 *
 * @module
 */
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { struct, t } from '../../js/index.js';
import { enter } from './enter.js';
import { THINGS } from './schemas.js';

const heap = await enter(workerData.heap);

function content() {
  const { blocksLive, liveBytes, rootsLive, poolsLive } = heap.stats();
  return [blocksLive, liveBytes, rootsLive, poolsLive].join();
}

/**
 * What a try gave: a value, or what its error says.
 *
 * @typedef {{ value?: unknown, code?: string, struct?: string, field?: string, message?: string,
 *   isUnchanged?: boolean }} Outcome
 */

/**
 * What the jobs answer.
 *
 * @typedef {object} Answers
 * @property {Outcome[]} use
 * @property {{ text: string, plain: object, names: string[] }} print
 * @property {Outcome[]} race
 */

/** @param {() => unknown} run @returns {Outcome} */
function outcome(run) {
  const before = content();
  try {
    return { value: run() };
  } catch (error) {
    const { code, field, message } =
      /** @type {{ code: string, field: string, struct: string, message: string }} */ (error);
    const isUnchanged = before === content();
    return { code, field, message, struct: Reflect.get(Object(error), 'struct'), isUnchanged };
  }
}

/** @type {{ [J in keyof Answers]: () => Answers[J] }} */
const jobs = {
  /** Reads and writes what the other thread made, with a definition of its own. */
  use() {
    const Thing = THINGS[workerData.thing].make();
    return [
      outcome(() => {
        const view = Thing.at(heap, workerData.address);
        Reflect.set(view, 'y', 2);
        return Reflect.get(view, 'x');
      }),
      outcome(() => Reflect.get(new Thing(), 'x')),
      outcome(() => Object.keys(Thing.get).length),
      outcome(() => heap.pool(Thing, { capacity: 4 }).capacity),
    ];
  },

  /** Shows a struct without its class. */
  print() {
    const view = heap.schemas.at(workerData.name, workerData.address);
    return {
      text: inspect(view, { depth: 5 }),
      plain: JSON.parse(JSON.stringify(view)),
      names: heap.schemas.names(),
    };
  },

  /** Uses 40 structs as soon as all are ready. Every thread has the same, in another order. */
  race() {
    const { gate, first, type } = workerData;
    const flags = new Int32Array(gate);
    Atomics.add(flags, 0, 1);
    Atomics.notify(flags, 0);
    Atomics.wait(flags, 1, 0);
    /** @type {Outcome[]} */
    const outcomes = [];
    for (let i = 0; i < 40; i++) {
      const number = (i + first) % 40;
      const Type = struct(`Race ${number}`, {
        x: number === 7 ? t[/** @type {'u8'} */ (type)] : t.f32,
      });
      outcomes[number] = outcome(() => new Type().address > 0);
    }
    return outcomes;
  },
};

parentPort?.postMessage(jobs[/** @type {keyof Answers} */ (workerData.job)]());
// The test ends it.
parentPort?.on('message', () => {});
