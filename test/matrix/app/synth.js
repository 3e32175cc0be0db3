/** The AudioWorklet of the page: a tone whose state is an object of a shared pool. */
import { Pool } from 'qbwasm';
import { attach } from 'qbwasm/worker';
import { Voice } from './voice.js';

/**
 * @typedef {object} Scope what an AudioWorklet has
 * @property {new () => object} AudioWorkletProcessor
 * @property {(name: string, processor: unknown) => void} registerProcessor
 */

const { AudioWorkletProcessor, registerProcessor } = /** @type {Scope} */ (
  /** @type {unknown} */ (globalThis)
);

class Synth extends AudioWorkletProcessor {
  /** @param {{ processorOptions: { heap: any, pool: any } }} options */
  constructor({ processorOptions: { heap, pool } }) {
    super();
    this.voice = Pool.attach(attach(heap), pool, { type: Voice }).acquire();
    this.voice.step = 0.1;
  }

  /** @param {unknown} _inputs @param {Float32Array[][]} outputs */
  process(_inputs, [[samples]]) {
    const { voice } = this;
    for (let i = 0; i < samples.length; i++) {
      samples[i] = Math.sin(voice.phase);
      voice.phase += voice.step;
    }
    return true;
  }
}

registerProcessor('synth', Synth);
