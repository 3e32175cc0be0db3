/**
 * An AudioWorklet that attaches, and acquires and releases objects of a shared pool in each render quantum.
 *
 * Garbage shows by a canary: an object that is no longer in V8's young generation has seen two collections. It is
 * counted how often that happens in each phase. The engine makes garbage of its own, which the silent phase shows; the
 * last phase makes more, to prove that it would be noticed.
 *
 * @module
 */
import { capabilities, Pool } from '../../js/index.js';
import { attach } from '../../js/worker.js';
import { Meter, PHASE_QUANTA, PHASES, VOICES, Voice } from './voice.js';

/**
 * @typedef {object} Scope what an AudioWorklet has
 * @property {new () => { port: MessagePort }} AudioWorkletProcessor
 * @property {(name: string, processor: unknown) => void} registerProcessor
 */

const { AudioWorkletProcessor, registerProcessor } = /** @type {Scope} */ (
  /** @type {unknown} */ (globalThis)
);

/** V8 under --allow-natives-syntax tells. @type {((object: object) => boolean) | null} */
const isYoung = (() => {
  try {
    return /** @type {any} */ (new Function('object', 'return %InYoungGeneration(object);'));
  } catch {
    return null;
  }
})();

class Voices extends AudioWorkletProcessor {
  /** @type {object[]} */
  #voices = Array(VOICES).fill(null);
  #canary = {};
  /** Canaries that grew old, by phase. */
  #collections = PHASES.map(() => 0);

  /** @param {{ processorOptions: { heap: any, pool: any, meter: number } }} options */
  constructor({ processorOptions }) {
    super();
    const heap = attach(processorOptions.heap);
    this.pool = Pool.attach(heap, processorOptions.pool, { type: Voice });
    this.meter = Meter.at(heap, processorOptions.meter);
    this.port.onmessage = async () => {
      const refusals = await this.#waitInVain();
      heap.detach();
      const collections = isYoung === null ? null : this.#collections;
      this.port.postMessage({ collections, refusals, says: capabilities() });
    };
  }

  /** @param {unknown} _inputs @param {Float32Array[][]} outputs */
  process(_inputs, [[output]]) {
    const { meter } = this;
    const phase = Math.floor(meter.quanta / PHASE_QUANTA);
    if (phase === 0 || phase === 2) output.fill(this.#play());
    if (phase === 3) this.#litter();
    meter.quanta++;
    if (isYoung?.(this.#canary) === false) {
      this.#collections[phase]++;
      this.#canary = {};
    }
    return true;
  }

  /** @returns {Promise<string[]>} the codes of what waiting throws here */
  async #waitInVain() {
    const { pool } = this;
    const all = pool.acquireMany(VOICES);
    const waits = [() => pool.acquireWait(), () => pool.acquireAsync()];
    const codes = waits.map(async (wait) => {
      try {
        await wait();
        return 'OK';
      } catch (error) {
        return /** @type {{ code: string }} */ (error).code;
      }
    });
    const answers = await Promise.all(codes);
    pool.releaseMany(all);
    return answers;
  }

  #play() {
    const { pool, meter } = this;
    const voices = /** @type {Voice[]} */ (this.#voices);
    let sum = 0;
    for (let i = 0; i < VOICES; i++) {
      const voice = pool.acquire();
      voice.phase = i;
      voice.gain = meter.level;
      voices[i] = voice;
    }
    for (let i = 0; i < VOICES; i++) {
      sum += voices[i].gain;
      pool.release(voices[i]);
    }
    meter.acquired += VOICES;
    return sum / VOICES;
  }

  #litter() {
    for (let i = 0; i < VOICES; i++) this.#voices[i] = { phase: i };
  }
}

registerProcessor('voices', Voices);
